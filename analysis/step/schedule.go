package step

import (
	"fmt"
	"io"
	"strconv"

	"custos.example/analysis"
	"custos.example/analysis/event"
)

// Schedule is the step event-schedule@1: the events of the identifiers asked
// for, in a period, as one table in the order of time.
type Schedule struct{}

// Info returns the step's name, ports and parameters.
func (Schedule) Info() analysis.Info {
	return analysis.Info{
		Name: "event-schedule", Version: 1, Class: analysis.Analyse, Title: "Schedule of events",
		Inputs: []analysis.Port{
			{Name: "events", Media: "text/csv", Extension: "csv"},
			{Name: "set-aside", Media: "text/csv", Extension: "csv"},
		},
		Outputs: []analysis.Port{
			{Name: "schedule", Media: "text/csv", Extension: "csv"},
			{Name: "repeats", Media: "text/csv", Extension: "csv"},
			{Name: "summary", Media: "application/json", Extension: "json"},
		},
		Params: []analysis.Param{
			{Name: "identifiers", Doc: "canonical identifiers with commas between them; blank = all"},
			{Name: "from", Doc: "first instant of the period, such as 2026-10-24T17:00:00Z; blank = no limit"},
			{Name: "until", Doc: "first instant after the period; blank = no limit"},
			{Name: "types", Doc: "event types with commas between them; blank = all"},
			{Name: "zone", Default: "Europe/London", Doc: "IANA zone in which times are shown"},
		},
		Caveats: []string{analysis.CavOpinion, analysis.CavTime, analysis.CavAbsence},
	}
}

// schedule is one run of event-schedule.
type schedule struct {
	window      window
	identifiers map[string]bool
	types       map[string]bool
	clocks      *clocks
	shown       *event.Clock
	out         map[string]io.Writer

	received, no, repeats int64
	outside               analysis.Tally
	tallies               *tallies
	groups                groups
	of                    interned // subjects
	others                int64    // rows that are another subject's record of an event shown before
	fuller                int64    // repeats with a cell or IMEI that the row shown lacks
	line, repeatLine      []byte
}

// Run selects rows and writes them in order.
//
// A row is outside the question by the first of these rules that it breaks:
// OUTSIDE_IDENTIFIERS (none of subject and parties was asked for),
// OUTSIDE_PERIOD ([from, until); a row whose hour happens twice is inside when
// either instant is), OUTSIDE_TYPES. Of the rest, the first row of each group of
// repeats is shown for each subject, and the others go to the port `repeats`
// under its number. What another source holds of the same event for another
// subject has that one's own handset and cells, so it stays a row, with the
// flag OTHER_RECORD, and a figure says how many rows bear it. A repeat with a cell
// or an IMEI that the row shown lacks has the flag HOLDS_MORE, and is counted.
// Errors: ErrParameter, event.ErrZone, event.ErrNotCanonical.
func (s Schedule) Run(env analysis.Env, in map[string]analysis.Input, params analysis.Params, out map[string]io.Writer) (analysis.Result, error) {
	r, err := newSchedule(env, params, out)
	if err != nil {
		return analysis.Result{}, err
	}
	aside, asideRows, err := setAside(in["set-aside"])
	if err != nil {
		return analysis.Result{}, err
	}
	if err := r.rows(in["events"]); err != nil {
		return analysis.Result{}, err
	}
	b := balance(r.received+asideRows, r.no, r.repeats, r.outside, aside)
	sum, err := r.tallies.summary(env, s.Info(), params, b, scheduleFields())
	if err != nil {
		return analysis.Result{}, err
	}
	sum.Figures = r.figures()
	return conclude(sum, out["summary"])
}

func newSchedule(env analysis.Env, params analysis.Params, out map[string]io.Writer) (*schedule, error) {
	r := &schedule{clocks: newClocks(env), out: out, outside: analysis.Tally{}, tallies: newTallies()}
	var err error
	if r.window, err = parseWindow(params); err != nil {
		return nil, err
	}
	ids, err := list("identifiers", params["identifiers"])
	if err != nil {
		return nil, err
	}
	r.identifiers = set(ids)
	if r.types, err = types(params["types"]); err != nil {
		return nil, err
	}
	if r.shown, err = r.clocks.of(params["zone"]); err != nil {
		return nil, fmt.Errorf("%w: zone: %w", analysis.ErrParameter, err)
	}
	r.line = event.AppendRecord(nil, event.ScheduleColumns()...)
	r.repeatLine = event.AppendRecord(nil, event.ScheduleColumns()...)
	return r, nil
}

func (r *schedule) rows(in analysis.Input) error {
	var err error
	if r.received, err = eachRow(in, r.row); err != nil {
		return err
	}
	if err := r.flush("schedule", &r.line, 0); err != nil {
		return err
	}
	return r.flush("repeats", &r.repeatLine, 0)
}

func (r *schedule) row(row *event.Row) error {
	rule, err := r.rule(row)
	if err != nil {
		return err
	}
	if rule != "" {
		r.outside.Add(rule)
		return nil
	}
	return r.show(row)
}

// rule returns the first rule by which a row is outside the question.
func (r *schedule) rule(row *event.Row) (string, error) {
	if len(r.identifiers) > 0 && !namesAny(r.identifiers, row) {
		return outsideIdentifiers, nil
	}
	if in, err := r.clocks.inside(r.window, row); err != nil || !in {
		return outsidePeriod, err
	}
	if len(r.types) > 0 && !r.types[string(row.Field(event.Type))] {
		return outsideTypes, nil
	}
	return "", nil
}

// otherRecord flags a row whose event stands in the schedule already, as another
// source reports it of another subject.
const otherRecord = "OTHER_RECORD"

// holdsMore flags a repeat with a cell or an IMEI that the row shown does not have.
const holdsMore = "HOLDS_MORE"

// held says which of a cell and an IMEI a row has, as a number below 4.
func held(row *event.Row) int64 {
	var mask int64
	if len(row.Field(event.StartCell))+len(row.Field(event.StartX)) > 0 {
		mask = 1
	}
	if len(row.Field(event.IMEI)) > 0 {
		mask |= 2
	}
	return mask
}

// show writes a row to the schedule, or to the repeats.
func (r *schedule) show(row *event.Row) error {
	_, other, err := r.groups.join(row, 0, 0)
	if err != nil {
		return err
	}
	id, _ := r.of.of(row.Field(event.Subject))
	first, again, err := r.groups.join(row, 1+int(id), 4*(r.no+1)+held(row))
	if err != nil {
		return err
	}
	if again {
		return r.repeat(row, first/4, held(row)&^(first%4) != 0)
	}
	r.no++
	r.tallies.add(row)
	flag := ""
	if other {
		r.others++
		r.tallies.flags.Add(otherRecord)
		flag = otherRecord
	}
	if r.line, err = r.append(r.line, r.no, row, flag); err != nil {
		return err
	}
	return r.flush("schedule", &r.line, flushAt)
}

// repeat writes a row under the number of the one that it repeats.
func (r *schedule) repeat(row *event.Row, no int64, more bool) error {
	r.repeats++
	r.tallies.repeat(row)
	flag := ""
	if more {
		r.fuller++
		flag = holdsMore
	}
	var err error
	if r.repeatLine, err = r.append(r.repeatLine, no, row, flag); err != nil {
		return err
	}
	return r.flush("repeats", &r.repeatLine, flushAt)
}

// figures says how many rows are other records of events shown before, and how
// many repeats hold what the rows shown do not.
func (r *schedule) figures() []analysis.Figure {
	figures := []analysis.Figure{}
	if r.others > 0 {
		figures = append(figures, analysis.Figure{
			Field: derived("other_records", "Rows that are another party's record of an event shown before", analysis.KindCount,
				"flag "+otherRecord+": rows that merge-events linked under rule "+RuleAcross+" and whose subject is another; counted as rows, the event itself is shown before"),
			Value: strconv.FormatInt(r.others, 10),
		})
	}
	if r.fuller > 0 {
		figures = append(figures, analysis.Figure{
			Field: derived("fuller_repeats", "Repeats with a cell or an IMEI that the row shown does not have", analysis.KindCount,
				"flag "+holdsMore+" among the repeats: the earliest record of an event is shown"),
			Value: strconv.FormatInt(r.fuller, 10),
		})
	}
	return figures
}

func (r *schedule) flush(port string, line *[]byte, least int) error {
	if len(*line) <= least {
		return nil
	}
	_, err := r.out[port].Write(*line)
	*line = (*line)[:0]
	return err
}

// append writes one schedule line with a flag, if any, among its own; its columns
// are event.ScheduleColumns.
func (r *schedule) append(dst []byte, no int64, row *event.Row, flag string) ([]byte, error) {
	second := row.Start()
	if string(row.Field(event.Fold)) == "unknown" {
		var err error
		if second, err = r.clocks.second(row); err != nil {
			return nil, err
		}
	}
	date, time, zone := shown(r.shown, row, row.Start(), second)
	dst = append(strconv.AppendInt(dst, no, 10), ',')
	for i, text := range [...]string{date, time, zone} {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, text...)
	}
	for _, c := range event.ScheduleFields() {
		value := row.Field(c)
		if flag != "" && c == event.Flags {
			value = []byte(addFlag(string(value), flag))
		}
		dst = event.AppendField(append(dst, ','), value)
	}
	return append(dst, '\n'), nil
}
