package analysis

// SummaryFormat is the value of the key `format` in a summary.
const SummaryFormat = "custos/summary/v1"

// Summary is the port `summary` of every analysis: what a page must say beside
// the result.
// Shape: canonical JSON; the lists of counts are sorted by name.
type Summary struct {
	Format     string      `json:"format"`
	Step       string      `json:"step"`
	Title      string      `json:"title"` // of the step, as a page heads its table
	Parameters Params      `json:"parameters"`
	Table      Table       `json:"table"`
	Figures    []Figure    `json:"figures"`
	Balance    Balance     `json:"balance"`
	Time       SummaryTime `json:"time"`
	Types      []Count     `json:"types"`
	Flags      []Count     `json:"flags"`
	Sources    []string    `json:"sources"`
	RepeatRule string      `json:"repeatRule"`
	Caveats    []Caveat    `json:"caveats"`
}

// Figure is one value that belongs to the whole result, such as the first
// instant that the records cover.
// Shape: Field describes Value as it would a column.
type Figure struct {
	Field
	Value string `json:"value"`
}

// SummaryTime says how times are to be read.
// Shape: Shown is an IANA zone, Supplied the zones of the rows shown, joined by
// commas; First and Last are instants, blank when no row is shown.
type SummaryTime struct {
	Shown       string `json:"shown"`
	Supplied    string `json:"supplied"`
	ZoneData    string `json:"zoneData"`
	ZoneVersion string `json:"zoneVersion"`
	First       string `json:"first"`
	Last        string `json:"last"`
	FoldUnknown int64  `json:"foldUnknown"`
	WholeMinute int64  `json:"wholeMinute"`
}

// Count is a number of rows under a name.
type Count struct {
	Name string `json:"name"`
	Rows int64  `json:"rows"`
}

// CaveatIDs returns the ids of the summary's caveats in their order.
func (s *Summary) CaveatIDs() []string {
	list := make([]string, 0, len(s.Caveats))
	for _, c := range s.Caveats {
		list = append(list, c.ID)
	}
	return list
}
