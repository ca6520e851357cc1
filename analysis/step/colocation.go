package step

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"custos.example/analysis"
	"custos.example/analysis/event"
	"custos.example/analysis/grid"
)

// noMatch is the rule under which a row lies in no cluster.
const noMatch = "NO_MATCH"

// CoLocation is the step co-location@1: when the records of two subjects name
// one cell, or sites within a distance, within a time.
type CoLocation struct{}

// Info returns the step's name, ports and parameters.
func (CoLocation) Info() analysis.Info {
	return analysis.Info{
		Name: "co-location", Version: 1, Class: analysis.Analyse, Title: "Records of two subjects on one cell within a time",
		Inputs: eventInputs(), Outputs: outputs("clusters", "members", "excluded"),
		Params: append([]analysis.Param{
			{Name: "subjects", Doc: "canonical identifiers with commas between them; blank = every subject in the records"},
			{Name: "within_s", Default: "900", Doc: "greatest difference in seconds between the starts of two events"},
			{Name: "distance_m", Default: "0", Doc: "greatest distance in metres between the sites of two cells; 0 = the same cell only"},
			{Name: "distance_basis", Doc: "on what the distance stands; must be given when distance_m is not 0"},
			{Name: "evidence", Default: "at", Doc: "what the time must say of the cell: at, at-or-before-start, at-or-before-end, within, with commas between them; blank = all"},
			{Name: "types", Doc: "event types with commas between them; blank = all"},
			zoneParam("IANA zone in which times are shown beside the table"),
		}, periodParams()...),
		Caveats: []string{analysis.CavOpinion, analysis.CavCellArea, analysis.CavCellChose, analysis.CavSameCell, analysis.CavAbsence},
	}
}

// clusterFields returns the columns of the port `clusters`.
func clusterFields() []analysis.Field {
	const pairs = "pairs of events, one of each subject, that start no further apart than the time asked for, on the same cell or on sites no further apart than the distance asked for; pairs with no more than that time between them are one cluster"
	return []analysis.Field{
		derived("cluster", "No.", analysis.KindCount, "order of time"),
		fact("subject_1", "Records of", analysis.KindIdentifier),
		fact("subject_2", "and of", analysis.KindIdentifier),
		derived("from", "From (UTC)", analysis.KindInstant, pairs),
		derived("to", "To (UTC)", analysis.KindInstant, pairs),
		derived("events_1", "Events of the first", analysis.KindCount, "rows in the cluster, repeats once"),
		derived("events_2", "Events of the second", analysis.KindCount, "rows in the cluster, repeats once"),
		derived("pairs", "Pairs", analysis.KindCount, pairs),
		derived("cells", "Start cells", analysis.KindText, "the different cells of these events, in order"),
		derived("max_site_m", "Greatest distance of sites", analysis.KindMetres, grid.Method+" Blank where a site has no position."),
		derived("flags", "Flags", analysis.KindFlags, "CELL_NAME: cells were compared by the name that a source gives them, not by an identity"),
	}
}

// MemberColumns returns the header of the port `members` of co-location: the
// rows of each cluster.
func MemberColumns() []string {
	return []string{"cluster", "subject", "start_utc", "cell", "source", "row"}
}

// candidate is a row that can lie in a cluster.
type candidate struct {
	start         int64
	row           int64
	spot, subject int32
	source        int32
	matched       bool
}

// spot is a cell at a position.
type spot struct {
	cell  string
	point grid.Point
	known bool
	near  []neighbour
	last  []int32 // candidates of the last within_s seconds, in order
}

// neighbour is a spot that a spot matches; metres is -1 where not known.
type neighbour struct {
	spot   int32
	metres int64
	byName bool
}

type coLocation struct {
	*question
	within, distance int64
	asks             map[string]bool
	sources          interned
	keys             interned
	key              []byte
	spots            []spot
	sites            *sites
	rows             []candidate
	pairs            map[[2]int32][]*cluster
	clusters, held   int64 // clusters so far, and rows held for them
}

// What one run holds in memory at most: clusters, and rows listed for them, a
// row once for each subject whom it met. Two subjects never need more rows than
// there are, so many beyond these are allowed.
const (
	mostClusters = 100_000
	mostMembers  = 2_000_000
)

// bounded refuses a question whose answer has the size of all pairs of subjects.
// Errors: ErrParameter.
func (r *coLocation) bounded() error {
	if r.clusters <= mostClusters && r.held <= mostMembers+4*int64(len(r.rows)) {
		return nil
	}
	subjects := map[int32]bool{}
	for i := range r.rows {
		subjects[r.rows[i].subject] = true
	}
	return fmt.Errorf("%w: %d subjects have rows here, and the times that two of them share are more than the %d clusters of %d rows that one result can hold; name in subjects those asked about, or ask for a shorter period, fewer seconds or a smaller distance",
		analysis.ErrParameter, len(subjects), mostClusters, mostMembers)
}

// interned gives texts small numbers.
type interned struct {
	names []string
	by    map[string]int32
}

func (n *interned) of(text []byte) (id int32, isNew bool) {
	if id, ok := n.by[string(text)]; ok {
		return id, false
	}
	if n.by == nil {
		n.by = map[string]int32{}
	}
	id = int32(len(n.names)) //nolint:gosec // fewer than rows
	n.names = append(n.names, string(text))
	n.by[n.names[id]] = id
	return id, true
}

// Run finds the pairs and puts them together to clusters.
//
// Only start cells count. A row is left out by the first rule that it breaks:
// OUTSIDE_SUBJECTS, OUTSIDE_PERIOD, OUTSIDE_TYPES, OUTSIDE_EVIDENCE,
// FOLD_UNKNOWN (it cannot be ordered against other sources), NO_CELL (neither a
// cell nor, with distance_m, a position); and, if it is no repeat of a row of the
// same subject, NO_MATCH when it lies in no cluster.
// Shape: order by from, to, subject_1, subject_2; subject_1 is the lesser text.
// Errors: ErrParameter, event.ErrNotCanonical.
func (s CoLocation) Run(env analysis.Env, in map[string]analysis.Input, params analysis.Params, out map[string]io.Writer) (analysis.Result, error) {
	q, err := ask(env, s.Info(), in, params, out)
	if err != nil {
		return analysis.Result{}, err
	}
	r := &coLocation{question: q, sites: newSites(), pairs: map[[2]int32][]*cluster{}}
	r.caveats = []string{analysis.CavSameCell}
	if err := r.parameters(params); err != nil {
		return analysis.Result{}, err
	}
	if err := r.each(in["events"], r.row); err != nil {
		return analysis.Result{}, err
	}
	r.neighbours()
	if err := r.match(); err != nil {
		return analysis.Result{}, err
	}
	if err := r.write(); err != nil {
		return analysis.Result{}, err
	}
	if err := r.account(in["events"]); err != nil {
		return analysis.Result{}, err
	}
	if r.distance > 0 {
		r.figure(derived("distance_m", "Distance asked for", analysis.KindMetres, params["distance_basis"]), params["distance_m"])
	}
	return r.finish(clusterFields())
}

func (r *coLocation) parameters(params analysis.Params) error {
	subjects, err := list("subjects", params["subjects"])
	if err != nil {
		return err
	}
	if len(subjects) == 1 {
		return fmt.Errorf("%w: subjects names one; there must be two or more, or none for all", analysis.ErrParameter)
	}
	r.asks = set(subjects)
	if r.within, err = whole(params, "within_s", 0); err != nil {
		return err
	}
	if r.distance, err = whole(params, "distance_m", 0); err != nil {
		return err
	}
	if r.distance > 0 && strings.TrimSpace(params["distance_basis"]) == "" {
		return fmt.Errorf("%w: a distance without a basis is refused; say in distance_basis why sites so far apart are compared", analysis.ErrParameter)
	}
	return nil
}

func (r *coLocation) row(row *event.Row) error {
	subject := row.Field(event.Subject)
	if len(subject) == 0 || len(r.asks) > 0 && !r.asks[string(subject)] {
		r.outside.Add(outsideSubjects)
		return nil
	}
	if in, err := r.asked(row); !in || err != nil {
		return err
	}
	at, known, err := r.sites.of(row, eventEnds()[0])
	if err != nil {
		return err
	}
	cell := row.Field(event.StartCell)
	switch {
	case len(r.evidence) > 0 && !r.evidence[string(row.Field(event.Evidence))]:
		return r.leave(outsideEvidence, row)
	case string(row.Field(event.Fold)) == "unknown":
		return r.leave(foldUnknown, row)
	case len(cell) == 0 && (!known || r.distance == 0):
		return r.leave(noCell, row)
	}
	if again, err := r.repeatedOfSubject(row); again || err != nil {
		return err
	}
	id, _ := r.of.of(subject)
	source, _ := r.sources.of(row.Field(event.Source))
	r.rows = append(r.rows, candidate{start: row.Start(), row: row.SourceRow(), spot: r.spot(cell, at, known), subject: id, source: source})
	return nil
}

// spot returns the number of a cell at a position.
func (r *coLocation) spot(cell []byte, at grid.Point, known bool) int32 {
	r.key = append(append(strconv.AppendBool(r.key[:0], known), ' '), cell...)
	r.key = strconv.AppendInt(append(strconv.AppendInt(append(r.key, ' '), at.Lat, 10), ' '), at.Lon, 10)
	id, isNew := r.keys.of(r.key)
	if isNew {
		r.spots = append(r.spots, spot{cell: string(cell), point: at, known: known})
	}
	return id
}

// account lists the rows in no cluster, and takes those in one into the figures.
func (r *coLocation) account(in analysis.Input) error {
	for i := range r.rows {
		if c := &r.rows[i]; !c.matched {
			if err := r.leaveAt(noMatch, c.start, place{r.sources.names[c.source], c.row}); err != nil {
				return err
			}
		}
	}
	k := 0
	_, err := eachRow(in, func(row *event.Row) error {
		if k == len(r.rows) {
			return nil
		}
		c := &r.rows[k]
		if row.Start() != c.start || row.SourceRow() != c.row || string(row.Field(event.Source)) != r.sources.names[c.source] {
			return nil
		}
		if k++; c.matched {
			r.show(row)
		}
		return nil
	})
	return err
}
