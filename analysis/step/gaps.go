package step

import (
	"fmt"
	"io"
	"strconv"

	"custos.example/analysis"
	"custos.example/analysis/event"
)

// Gaps is the step gaps@1: stretches of the period without a record of a
// subject, and what the records cover.
type Gaps struct{}

// Info returns the step's name, ports and parameters.
func (Gaps) Info() analysis.Info {
	return analysis.Info{
		Name: "gaps", Version: 1, Class: analysis.Analyse, Title: "Stretches without a record",
		Inputs: eventInputs(), Outputs: outputs("gaps", "excluded"),
		Params: append([]analysis.Param{
			{Name: "subject", Required: true, Doc: "canonical identifier whose records are looked at, such as +447700900142"},
			{Name: "gap_s", Default: "21600", Doc: "a stretch is listed when it is longer than so many seconds"},
			{Name: "types", Doc: "event types with commas between them; blank = all, data sessions too"},
			zoneParam("IANA zone in which times are shown beside the table"),
		}, analysis.Param{Name: "from", Doc: "first instant that the records cover; blank = that of the first record"},
			analysis.Param{Name: "until", Doc: "first instant that the records do not cover; blank = after the last record"}),
		Caveats: []string{analysis.CavOpinion, analysis.CavAbsence},
	}
}

// gapFields returns the columns of the port `gaps`.
func gapFields() []analysis.Field {
	return []analysis.Field{
		derived("no", "No.", analysis.KindCount, "order of time"),
		derived("where", "Where", analysis.KindText, "before the first record, between two, after the last, or no record in the whole period; of the types asked for"),
		derived("from", "From (UTC)", analysis.KindInstant, "latest end recorded so far (start where no end is recorded), or the beginning of the period"),
		derived("to", "To (UTC)", analysis.KindInstant, "start of the next record, or the end of the period"),
		derived("seconds", "Length", analysis.KindSeconds, "to less from"),
		fact("last_cell", "Last cell before", analysis.KindCell),
		fact("next_cell", "First cell after", analysis.KindCell),
		fact("last_source", "Source of the record before", analysis.KindRow),
		fact("last_row", "Row of the record before", analysis.KindRow),
		fact("next_source", "Source of the record after", analysis.KindRow),
		fact("next_row", "Row of the record after", analysis.KindRow),
		derived("flags", "Flags", analysis.KindFlags, "FOLD_UNKNOWN: a record at one end lies in the hour that happens twice; the shorter reading is listed"),
	}
}

// edge is the record at one end of a gap.
type edge struct {
	at   int64
	cell string
	place
	fold bool
}

type gaps struct {
	*question
	subject string
	least   int64
	before  *edge // the record that ends last
	no      int64
	text    []byte
	total   int64
}

// Run lists the stretches that are longer than gap_s.
//
// A stretch begins at the latest end of the records so far (the start, where no
// duration is recorded) and ends at the next start. A record in the hour that
// happens twice counts at both instants, so that no stretch is listed that one
// of them would close. A row is left out by the first rule that it breaks:
// OUTSIDE_SUBJECT (its subject is another), OUTSIDE_PERIOD, OUTSIDE_TYPES. A
// record in progress when the period begins counts from its beginning.
// Shape: order of time.
// Errors: ErrParameter, event.ErrNotCanonical.
func (s Gaps) Run(env analysis.Env, in map[string]analysis.Input, params analysis.Params, out map[string]io.Writer) (analysis.Result, error) {
	q, err := ask(env, s.Info(), in, params, out)
	if err != nil {
		return analysis.Result{}, err
	}
	r := &gaps{question: q, subject: params["subject"]}
	if r.least, err = whole(params, "gap_s", 0); err != nil {
		return analysis.Result{}, err
	}
	r.text = event.AppendRecord(nil, analysis.Table{Fields: gapFields()}.Header()...)
	if err := r.each(in["events"], r.row); err != nil {
		return analysis.Result{}, err
	}
	switch {
	case r.before != nil && r.window.hasUntil:
		r.gap("after the last", *r.before, edge{at: r.window.until})
	case r.window.hasFrom && r.window.hasUntil:
		r.gap("no record", edge{at: r.window.from}, edge{at: r.window.until})
	}
	if err := r.flush("gaps", &r.text, 0); err != nil {
		return analysis.Result{}, err
	}
	r.coverage()
	return r.finish(gapFields())
}

func (r *gaps) row(row *event.Row) error {
	if string(row.Field(event.Subject)) != r.subject {
		r.outside.Add(outsideSubject)
		return nil
	}
	first, last, err := r.bounds(row)
	if err != nil {
		return err
	}
	begun := r.window.hasFrom && first < r.window.from && last > r.window.from // and not ended
	switch in, err := r.clocks.inside(r.window, row); {
	case err != nil:
		return err
	case !in && !begun:
		r.outside.Add(outsidePeriod)
		return nil
	case len(r.types) > 0 && !r.types[string(row.Field(event.Type))]:
		r.outside.Add(outsideTypes)
		return nil
	}
	if again, err := r.repeatedOfSubject(row); again || err != nil {
		return err
	}
	r.show(row)
	if begun {
		first = r.window.from
	}
	at := place{string(row.Field(event.Source)), row.SourceRow()}
	fold := string(row.Field(event.Fold)) == "unknown"
	start := edge{at: first, cell: string(row.Field(event.StartCell)), place: at, fold: fold}
	switch {
	case r.before != nil:
		r.gap("between", *r.before, start)
	case r.window.hasFrom:
		r.gap("before the first", edge{at: r.window.from}, start)
	}
	if r.before == nil || last >= r.before.at {
		cell := string(row.Field(event.EndCell))
		if cell == "" {
			cell = start.cell
		}
		r.before = &edge{at: last, cell: cell, place: at, fold: fold}
	}
	return r.flush("gaps", &r.text, flushAt)
}

// bounds returns the earliest start and the latest end that a row can have.
func (r *gaps) bounds(row *event.Row) (first, last int64, err error) {
	first, last = row.Start(), row.Start()
	if end := row.Field(event.EndUTC); len(end) > 0 {
		at, ok := event.ParseInstant(end)
		if !ok {
			return 0, 0, fmt.Errorf("%w: row %d has the end %q", event.ErrNotCanonical, row.SourceRow(), end)
		}
		last = max(last, at)
	}
	if string(row.Field(event.Fold)) == "unknown" {
		second, err := r.clocks.second(row)
		if err != nil {
			return 0, 0, err
		}
		if endKnown(row) {
			return first, max(last, second), nil
		}
		last += second - first
	}
	return first, last, nil
}

// gap lists a stretch when it is long enough.
func (r *gaps) gap(where string, before, after edge) {
	if after.at-before.at <= r.least {
		return
	}
	r.no++
	r.total += after.at - before.at
	flags := ""
	if before.fold || after.fold {
		flags = event.FoldUnknown
	}
	r.text = event.AppendRecord(r.text, strconv.FormatInt(r.no, 10), where, instant(before.at), instant(after.at),
		strconv.FormatInt(after.at-before.at, 10), before.cell, after.cell,
		before.source, rowNumber(before.row), after.source, rowNumber(after.row), flags)
}

// rowNumber writes a source row; there is no row 0.
func rowNumber(row int64) string {
	if row == 0 {
		return ""
	}
	return strconv.FormatInt(row, 10)
}

// coverage says what the stretches were looked for in.
func (r *gaps) coverage() {
	const stated = "stated with the question"
	const held = "the records held"
	from, fromBasis, to, toBasis := "", held, "", held
	if r.tallies.any {
		from, to = instant(r.tallies.first), instant(r.before.at)
	}
	if r.window.hasFrom {
		from, fromBasis = instant(r.window.from), stated
	}
	if r.window.hasUntil {
		to, toBasis = instant(r.window.until), stated
	}
	r.figure(derived("coverage_from", "Period from (UTC)", analysis.KindInstant, fromBasis), from)
	r.figure(derived("coverage_to", "Period to (UTC)", analysis.KindInstant, toBasis), to)
	r.figure(derived("data_sessions", "Data sessions counted", analysis.KindCount, "rows of the type data"), strconv.FormatInt(r.tallies.types["data"], 10))
	r.figure(derived("gaps", "Stretches listed", analysis.KindCount, "longer than the parameter gap_s"), strconv.FormatInt(r.no, 10))
	r.figure(derived("gap_seconds", "Their length in all", analysis.KindSeconds, "lengths added"), strconv.FormatInt(r.total, 10))
}
