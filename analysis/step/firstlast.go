package step

import (
	"cmp"
	"io"
	"slices"
	"strconv"
	"strings"

	"custos.example/analysis"
	"custos.example/analysis/event"
)

// noIdentifier is the rule under which a row names none of the identifiers asked for.
const noIdentifier = "NO_IDENTIFIER"

// FirstLast is the step first-last-use@1: when each number, subscriber and
// handset first and last stands in the records held, and what these cover.
type FirstLast struct{}

// Info returns the step's name, ports and parameters.
func (FirstLast) Info() analysis.Info {
	return analysis.Info{
		Name: "first-last-use", Version: 1, Class: analysis.Analyse, Title: "First and last use in the records held",
		Inputs: eventInputs(), Outputs: outputs("usage", "excluded"),
		Params: append(periodParams(),
			analysis.Param{Name: "identifiers", Doc: "numbers, IMSIs and IMEIs (14 digits) with commas between them; blank = all"},
			analysis.Param{Name: "types", Doc: "event types with commas between them; blank = all"},
			zoneParam("IANA zone in which times are shown beside the table"),
		),
		Caveats: []string{analysis.CavOpinion, analysis.CavHandset, analysis.CavHeld, analysis.CavAbsence},
	}
}

// usageFields returns the columns of the port `usage`.
func usageFields() []analysis.Field {
	return []analysis.Field{
		derived("kind", "Kind", analysis.KindText, "number = the column Records of; imsi; imei = its first 14 digits"),
		fact("identifier", "Identifier", analysis.KindIdentifier),
		derived("first", "First (UTC)", analysis.KindInstant, "earliest start in the records held"),
		derived("last", "Last (UTC)", analysis.KindInstant, "greatest start in the records held"),
		derived("events", "Events", analysis.KindCount, "rows counted, repeats once"),
		derived("coverage_from", "Records from (UTC)", analysis.KindInstant, "earliest start of any row of the sources that hold the identifier"),
		derived("coverage_to", "Records to (UTC)", analysis.KindInstant, "greatest start of any row of the sources that hold the identifier"),
		derived("first_source", "Source of the first", analysis.KindRow, "the row of the first"),
		derived("first_row", "Row of the first", analysis.KindRow, "the row of the first"),
		derived("last_source", "Source of the last", analysis.KindRow, "the row of the last"),
		derived("last_row", "Row of the last", analysis.KindRow, "the row of the last"),
		derived("flags", "Flags", analysis.KindFlags, "FOLD_UNKNOWN when the first or last row lies in the hour that happens twice"),
	}
}

// use is what is known of one identifier.
type use struct {
	no                  int
	kind, id            string
	events              int64
	first, last         int64
	firstAt, lastAt     place
	firstFold, lastFold bool
	sources             map[string]bool
}

// place is where a row stands.
type place struct {
	source string
	row    int64
}

// cover is the first and last start in a source.
type cover struct{ from, to int64 }

type firstLast struct {
	*question
	asks   map[string]bool
	uses   map[[2]string]*use
	covers map[string]*cover
	from   string // the source named last
}

// Run finds the first and last start of each identifier.
//
// A row is used once for its subject, once for its IMSI and once for the first
// 14 digits of its IMEI; for each, one row of a group of repeats counts, and a
// row that counts for none is a repeat. A row is left out by the first rule that
// it breaks: OUTSIDE_PERIOD, OUTSIDE_TYPES, NO_IDENTIFIER when it holds none
// that was asked for. Of two rows with one start the first taken stands. A row in the hour that happens twice
// counts at the earlier instant and is flagged.
// Shape: order by kind (imei, imsi, number), identifier.
// Errors: ErrParameter, event.ErrNotCanonical.
func (s FirstLast) Run(env analysis.Env, in map[string]analysis.Input, params analysis.Params, out map[string]io.Writer) (analysis.Result, error) {
	q, err := ask(env, s.Info(), in, params, out)
	if err != nil {
		return analysis.Result{}, err
	}
	ids, err := list("identifiers", params["identifiers"])
	if err != nil {
		return analysis.Result{}, err
	}
	r := &firstLast{question: q, asks: set(ids), uses: map[[2]string]*use{}, covers: map[string]*cover{}}
	r.cells = false
	r.caveats = []string{analysis.CavHandset, analysis.CavHeld}
	if err := r.each(in["events"], r.row); err != nil {
		return analysis.Result{}, err
	}
	if err := r.write(); err != nil {
		return analysis.Result{}, err
	}
	return r.finish(usageFields())
}

func (r *firstLast) row(row *event.Row) error {
	r.cover(row)
	if in, err := r.asked(row); !in || err != nil {
		return err
	}
	named, used := false, false
	for _, c := range [...]struct {
		kind string
		id   []byte
	}{{"imei", handset(row)}, {"imsi", row.Field(event.IMSI)}, {"number", row.Field(event.Subject)}} {
		if len(c.id) > 0 && (len(r.asks) == 0 || r.asks[string(c.id)]) {
			named = true
			u := r.of(c.kind, c.id)
			_, again, err := r.groups.join(row, u.no, 0)
			if err != nil {
				return err
			}
			if !again {
				r.use(u, row)
				used = true
			}
		}
	}
	switch {
	case !named:
		return r.leave(noIdentifier, row)
	case used:
		r.show(row)
	default:
		r.repeats++
		r.tallies.repeat(row)
	}
	return nil
}

// handset returns the first 14 digits of a row's IMEI, or nothing.
func handset(row *event.Row) []byte {
	if imei := row.Field(event.IMEI); len(imei) >= 14 {
		return imei[:14]
	}
	return nil
}

// cover takes a row into what its source covers, whatever was asked.
func (r *firstLast) cover(row *event.Row) {
	if c := r.covers[string(row.Field(event.Source))]; c != nil {
		c.to = row.Start()
		return
	}
	r.covers[string(row.Field(event.Source))] = &cover{row.Start(), row.Start()}
}

// of returns what is known of an identifier.
func (r *firstLast) of(kind string, id []byte) *use {
	u := r.uses[[2]string{kind, string(id)}]
	if u == nil {
		u = &use{no: len(r.uses), kind: kind, id: string(id), sources: map[string]bool{}}
		r.uses[[2]string{kind, u.id}] = u
	}
	return u
}

// use counts a row for an identifier that it names.
func (r *firstLast) use(u *use, row *event.Row) {
	if from := row.Field(event.Source); r.from != string(from) {
		r.from = string(from)
	}
	at := place{r.from, row.SourceRow()}
	fold := string(row.Field(event.Fold)) == "unknown"
	if u.events == 0 {
		u.first, u.firstAt, u.firstFold = row.Start(), at, fold
	}
	u.events++
	u.sources[r.from] = true
	if row.Start() > u.last || u.events == 1 {
		u.last, u.lastAt, u.lastFold = row.Start(), at, fold
	}
}

func (r *firstLast) write() error {
	table := make([]*use, 0, len(r.uses))
	for _, u := range r.uses {
		table = append(table, u)
	}
	slices.SortFunc(table, func(a, b *use) int { return cmp.Or(strings.Compare(a.kind, b.kind), strings.Compare(a.id, b.id)) })
	line := event.AppendRecord(nil, analysis.Table{Fields: usageFields()}.Header()...)
	for _, u := range table {
		whole := cover{u.first, u.last}
		for from := range u.sources { // the least and greatest of a set do not depend on its order
			whole.from, whole.to = min(whole.from, r.covers[from].from), max(whole.to, r.covers[from].to)
		}
		flags := ""
		if u.firstFold || u.lastFold {
			flags = event.FoldUnknown
		}
		line = event.AppendRecord(line, u.kind, u.id, instant(u.first), instant(u.last), strconv.FormatInt(u.events, 10),
			instant(whole.from), instant(whole.to),
			u.firstAt.source, strconv.FormatInt(u.firstAt.row, 10), u.lastAt.source, strconv.FormatInt(u.lastAt.row, 10), flags)
	}
	return r.table("usage", line)
}

func instant(unix int64) string { return string(event.AppendInstant(nil, unix)) }
