package source

// The shapes of a mapping profile's parts, as YAML. PROFILES.md says what each
// key means; Compile says what makes sense.

// FileShape says how the file is laid out as text.
type FileShape struct {
	Encoding  string   `yaml:"encoding"`
	Separator string   `yaml:"separator"`
	Quotes    string   `yaml:"quotes"`
	Multiline bool     `yaml:"multiline"`
	Decimal   string   `yaml:"decimal"`
	Unwrap    []string `yaml:"unwrap"`
	Head      `yaml:",inline"`
	Lines     []LineRule `yaml:"lines"`
}

// Head says which columns a table has and where its header stands.
type Head struct {
	Header       []string      `yaml:"header"`
	Columns      []ColumnShape `yaml:"columns"`
	HeaderRow    int           `yaml:"header-row"`
	HeaderWithin int           `yaml:"header-within"`
	Headerless   bool          `yaml:"headerless"`
}

// ColumnShape finds one column by its name, a pattern or its place.
type ColumnShape struct {
	Name     string   `yaml:"name"`
	Is       string   `yaml:"is"`
	Any      []string `yaml:"any"`
	Like     string   `yaml:"like"`
	At       int      `yaml:"at"`
	To       int      `yaml:"to"`
	Optional bool     `yaml:"optional"`
}

// LineRule recognises a line that is no record.
type LineRule struct {
	Like     string `yaml:"like"`
	Kind     string `yaml:"kind"`
	Of       string `yaml:"of"`
	Required bool   `yaml:"required"`
}

// TableShape is one of several tables in a file.
type TableShape struct {
	Table   string `yaml:"table"`
	Head    `yaml:",inline"`
	Mapping `yaml:",inline"`
}

// Mapping says what the columns of a table mean.
type Mapping struct {
	SetApart   []RowRule   `yaml:"set-apart"`
	Start      TimeShape   `yaml:"start"`
	End        TimeShape   `yaml:"end"`
	Subject    PartyShape  `yaml:"subject"`
	Other      PartyShape  `yaml:"other"`
	Calling    PartyShape  `yaml:"calling"`
	Called     PartyShape  `yaml:"called"`
	Forwarded  PartyShape  `yaml:"forwarded"`
	Dialled    Column      `yaml:"dialled"`
	Events     CodeShape   `yaml:"events"`
	Duration   Duration    `yaml:"duration"`
	IMEI       Column      `yaml:"imei"`
	IMSI       Column      `yaml:"imsi"`
	Bearer     CodedColumn `yaml:"bearer"`
	Roaming    Column      `yaml:"roaming"`
	APN        Column      `yaml:"apn"`
	Volume     Volume      `yaml:"volume"`
	VolumeUp   Volume      `yaml:"volume-up"`
	VolumeDown Volume      `yaml:"volume-down"`
	CallRef    Column      `yaml:"call-ref"`
	Outcome    CodedColumn `yaml:"outcome"`
	StartCell  CellShape   `yaml:"start-cell"`
	EndCell    CellShape   `yaml:"end-cell"`
}

// RowRule sets rows apart that are no events.
type RowRule struct {
	Column string `yaml:"column"`
	Equals string `yaml:"equals"`
	Like   string `yaml:"like"`
	Blank  bool   `yaml:"blank"`
	Reason string `yaml:"reason"`
}

// TimeShape says where a time stands and how it is written.
type TimeShape struct {
	Columns []string `yaml:"columns"`
	Layouts []string `yaml:"layouts"`
	Order   string   `yaml:"order"`
	Zone    string   `yaml:"zone"`
	Basis   string   `yaml:"basis"`
}

// PartyShape says where a party's identifier stands and how it is read.
type PartyShape struct {
	Column   string `yaml:"column"`
	From     string `yaml:"from"`
	Read     string `yaml:"read"`
	Blank    string `yaml:"blank"`
	Asserted bool   `yaml:"asserted"`
}

// CodeShape says which codes make which event.
type CodeShape struct {
	Columns []string  `yaml:"columns"`
	Rows    []CodeRow `yaml:"rows"`
}

// CodeRow is one combination of codes and the event that it stands for.
type CodeRow struct {
	When     []string `yaml:"when"`
	Type     string   `yaml:"type"`
	Leg      string   `yaml:"leg"`
	Other    string   `yaml:"other"`
	Evidence string   `yaml:"evidence"`
	Zone     string   `yaml:"zone"`
}

// Duration says where the duration stands and for which types it counts.
type Duration struct {
	Column   string   `yaml:"column"`
	Layout   string   `yaml:"layout"`
	Types    []string `yaml:"types"`
	Required []string `yaml:"required"`
}

// Column names one column, or a value that holds for every row.
type Column struct {
	Column string `yaml:"column"`
	Value  string `yaml:"value"`
}

// CodedColumn is a column whose codes stand for words of the canonical event.
type CodedColumn struct {
	Column string            `yaml:"column"`
	Value  string            `yaml:"value"`
	Codes  map[string]string `yaml:"codes"`
}

// Volume is a column of data volumes and their unit.
type Volume struct {
	Column string `yaml:"column"`
	Unit   string `yaml:"unit"`
}

// CellShape says where a cell and its site stand.
type CellShape struct {
	Column  string            `yaml:"column"`
	Pattern string            `yaml:"pattern"`
	ByRadio map[string]string `yaml:"by-radio"`
	Radio   string            `yaml:"radio"`
	Base    string            `yaml:"base"`
	GNBBits int               `yaml:"gnb-bits"`
	PLMN    string            `yaml:"plmn"`
	Area    string            `yaml:"area"`
	Lookup  []string          `yaml:"lookup"`
	Azimuth string            `yaml:"azimuth"`
	Place   string            `yaml:"place"`
	Spot    `yaml:",inline"`
}

// Spot says where coordinates stand and how they are written.
type Spot struct {
	X    string `yaml:"x"`
	Y    string `yaml:"y"`
	Grid string `yaml:"grid"`
	Form string `yaml:"form"`
}

// SiteShape is a table of sites that rows refer to by a key.
type SiteShape struct {
	In        string   `yaml:"in"`
	Optional  bool     `yaml:"optional"`
	Encoding  string   `yaml:"encoding"`
	Separator string   `yaml:"separator"`
	Quotes    string   `yaml:"quotes"`
	Key       []string `yaml:"key"`
	Azimuth   string   `yaml:"azimuth"`
	Place     string   `yaml:"place"`
	Head      `yaml:",inline"`
	Spot      `yaml:",inline"`
}
