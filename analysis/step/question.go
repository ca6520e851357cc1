package step

import (
	"fmt"
	"io"
	"slices"
	"strconv"

	"custos.example/analysis"
	"custos.example/analysis/event"
)

// More rules under which a row is left out of a result.
const (
	noCell          = "NO_CELL"
	foldUnknown     = "FOLD_UNKNOWN"
	outsideEvidence = "OUTSIDE_EVIDENCE"
)

// question is what every analysis of events asks, and what it has to account
// for: the period and types, the rows received, shown, left out and repeated.
type question struct {
	env    analysis.Env
	info   analysis.Info
	params analysis.Params
	out    map[string]io.Writer

	window   window
	types    map[string]bool
	evidence map[string]bool
	clocks   *clocks
	zone     *event.Clock

	aside                               analysis.Tally
	asideRows, received, shown, repeats int64
	outside                             analysis.Tally
	tallies                             *tallies
	groups                              groups
	of                                  interned // subjects, where repeats are counted by subject
	left                                []byte
	figures                             []analysis.Figure
	caveats                             []string
	cells                               bool // the result shows cells
}

// LeftOutColumns returns the header of the port `excluded` of the analyses that
// list rows there: the rule and the row that it left out.
func LeftOutColumns() []string { return []string{"rule", "start_utc", "source", "row"} }

// eventInputs returns the input ports of every analysis.
func eventInputs() []analysis.Port {
	return []analysis.Port{
		{Name: "events", Media: "text/csv", Extension: "csv"},
		{Name: "set-aside", Media: "text/csv", Extension: "csv"},
	}
}

// outputs returns the ports of a result: tables first, the main one before all.
func outputs(tables ...string) []analysis.Port {
	ports := make([]analysis.Port, 0, len(tables)+1)
	for _, name := range tables {
		ports = append(ports, analysis.Port{Name: name, Media: "text/csv", Extension: "csv"})
	}
	return append(ports, analysis.Port{Name: "summary", Media: "application/json", Extension: "json"})
}

func periodParams() []analysis.Param {
	return []analysis.Param{
		{Name: "from", Doc: "first instant of the period, such as 2026-10-24T17:00:00Z; blank = no limit"},
		{Name: "until", Doc: "first instant after the period; blank = no limit"},
	}
}

func zoneParam(doc string) analysis.Param {
	return analysis.Param{Name: "zone", Default: "Europe/London", Doc: doc}
}

// ask reads the parameters that most analyses share, those that the step has,
// and the rows set aside.
// Errors: ErrParameter, event.ErrNotCanonical.
func ask(env analysis.Env, info analysis.Info, in map[string]analysis.Input, params analysis.Params, out map[string]io.Writer) (*question, error) {
	q := &question{
		env: env, info: info, params: params, out: out, clocks: newClocks(env),
		outside: analysis.Tally{}, tallies: newTallies(), figures: []analysis.Figure{}, cells: true,
	}
	var err error
	if q.window, err = parseWindow(params); err != nil {
		return nil, err
	}
	if q.types, err = types(params["types"]); err != nil {
		return nil, err
	}
	if q.evidence, err = evidenceClasses(params["evidence"]); err != nil {
		return nil, err
	}
	if q.zone, err = q.clocks.of(params["zone"]); err != nil {
		return nil, fmt.Errorf("%w: zone: %w", analysis.ErrParameter, err)
	}
	if q.aside, q.asideRows, err = setAside(in["set-aside"]); err != nil {
		return nil, err
	}
	if _, lists := out["excluded"]; lists {
		q.left = event.AppendRecord(nil, LeftOutColumns()...)
	}
	return q, nil
}

// evidenceClasses reads the parameter `evidence`.
func evidenceClasses(text string) (map[string]bool, error) {
	parts, err := list("evidence", text)
	if err != nil {
		return nil, err
	}
	for _, p := range parts {
		if !slices.Contains([]string{"at", "at-or-before-start", "at-or-before-end", "within"}, p) {
			return nil, fmt.Errorf("%w: evidence has %q; it is at, at-or-before-start, at-or-before-end or within", analysis.ErrParameter, p)
		}
	}
	return set(parts), nil
}

// each passes every row of the events to use.
func (q *question) each(in analysis.Input, use func(*event.Row) error) error {
	var err error
	q.received, err = eachRow(in, use)
	return err
}

// asked reports that a row lies in the period and has one of the types; a row
// that does not is counted under its rule.
func (q *question) asked(row *event.Row) (bool, error) {
	in, err := q.clocks.inside(q.window, row)
	if err != nil {
		return false, err
	}
	switch {
	case !in:
		q.outside.Add(outsidePeriod)
		return false, nil
	case len(q.types) > 0 && !q.types[string(row.Field(event.Type))]:
		q.outside.Add(outsideTypes)
		return false, nil
	}
	return true, nil
}

// repeated reports, and counts, a row of whose group one was used before. It is
// asked of rows that can be used only: a row without the cell, say, that an
// analysis needs must not stand for the record that holds it.
func (q *question) repeated(row *event.Row, scope int) (bool, error) {
	_, again, err := q.groups.join(row, scope, 0)
	if again {
		q.repeats++
		q.tallies.repeat(row)
	}
	return again, err
}

// repeatedOfSubject is as repeated among the rows of one subject: what another
// source holds of the same event for another subject, with that subject's
// handset and cells, is no repeat.
func (q *question) repeatedOfSubject(row *event.Row) (bool, error) {
	id, _ := q.of.of(row.Field(event.Subject))
	return q.repeated(row, int(id))
}

// askedOf reports that a row is a record of the subject and was asked for; one
// that is not is counted.
func (q *question) askedOf(row *event.Row, subject string) (bool, error) {
	if string(row.Field(event.Subject)) != subject {
		q.outside.Add(outsideSubject)
		return false, nil
	}
	return q.asked(row)
}

// leave counts a row that a rule leaves out, and lists it.
func (q *question) leave(rule string, row *event.Row) error {
	return q.leaveAt(rule, row.Start(), place{string(row.Field(event.Source)), row.SourceRow()})
}

func (q *question) leaveAt(rule string, start int64, at place) error {
	q.outside.Add(rule)
	q.left = append(append(q.left, rule...), ',')
	q.left = append(event.AppendInstant(q.left, start), ',')
	q.left = append(event.AppendField(q.left, []byte(at.source)), ',')
	q.left = append(strconv.AppendInt(q.left, at.row, 10), '\n')
	return q.flush("excluded", &q.left, flushAt)
}

// flushAt is the number of bytes after which a table is written on.
const flushAt = 128 << 10

func (q *question) flush(port string, text *[]byte, least int) error {
	if len(*text) <= least {
		return nil
	}
	_, err := q.out[port].Write(*text)
	*text = (*text)[:0]
	return err
}

// show counts a row that the result stands on.
func (q *question) show(row *event.Row) {
	q.shown++
	q.tallies.add(row)
}

// figure adds a value that belongs to the whole result.
func (q *question) figure(f analysis.Field, value string) {
	q.figures = append(q.figures, analysis.Figure{Field: f, Value: value})
}

// table writes a whole table.
func (q *question) table(port string, text []byte) error {
	_, err := q.out[port].Write(text)
	return err
}

// finish writes the list of rows left out and the summary.
// Errors: ErrField when the table does not describe itself as it must.
func (q *question) finish(fields []analysis.Field) (analysis.Result, error) {
	if err := q.flush("excluded", &q.left, 0); err != nil {
		return analysis.Result{}, err
	}
	if !q.cells {
		q.tallies.cell, q.tallies.azimuth = false, false
	}
	b := balance(q.received+q.asideRows, q.shown, q.repeats, q.outside, q.aside)
	sum, err := q.tallies.summary(q.env, q.info, q.params, b, fields, q.caveats...)
	if err != nil {
		return analysis.Result{}, err
	}
	sum.Figures = q.figures
	return conclude(sum, q.out["summary"])
}
