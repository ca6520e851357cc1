package step

import (
	"cmp"
	"container/heap"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"custos.example/analysis"
	"custos.example/analysis/event"
)

// Timeline is the step merged-timeline@1: the events of several sources as one
// list in the order of time, each with its source.
type Timeline struct{}

// Info returns the step's name, ports and parameters.
func (Timeline) Info() analysis.Info {
	return analysis.Info{
		Name: "merged-timeline", Version: 1, Class: analysis.Analyse, Title: "Events of all sources in order of time",
		Inputs: eventInputs(), Outputs: outputs("timeline", "repeats", "excluded"),
		Params: append([]analysis.Param{
			{Name: "identifiers", Doc: "canonical identifiers with commas between them; blank = all"},
			{Name: "sources", Doc: "the sources (first 16 digits of SHA-256) in the order in which rows of one instant are listed, with commas between them; others follow in the order of their digits"},
			{Name: "clocks", Doc: "what is known of the clocks of sources, as SOURCE=SECONDS=BASIS with semicolons between them: seconds by which a clock was ahead; printed, not applied"},
			{Name: "types", Doc: "event types with commas between them; blank = all"},
			zoneParam("IANA zone in which times are shown"),
		}, periodParams()...),
		Caveats: []string{analysis.CavOpinion, analysis.CavTime, analysis.CavClock, analysis.CavAbsence},
	}
}

// timelineColumns are the columns of the event in a timeline.
var timelineColumns = [...]event.Column{
	event.Type, event.ANumber, event.BNumber, event.CNumber, event.DurationS, event.StartCell, event.Evidence, event.Flags, event.Source, event.Record,
}

// timelineFields returns the columns of the ports `timeline` and `repeats`.
func timelineFields() []analysis.Field {
	const shown = "the start in UTC, on the clock of the zone shown"
	fields := []analysis.Field{
		derived("no", "No.", analysis.KindCount, "number of the event; both lines of an event in the hour that happens twice have one number"),
		derived("position", "Position", analysis.KindText, "1 of 2 and 2 of 2: the two instants that an event in the hour that happens twice can have"),
		derived("date", "Date", analysis.KindDay, shown),
		derived("time", "Time", analysis.KindHour, shown),
		derived("shown_zone", "Zone", analysis.KindText, shown),
		derived("instant_utc", "Instant (UTC)", analysis.KindInstant, "the instant by which the line is placed"),
	}
	all := eventFields()
	all[event.Evidence].Title = "Cell used"
	for _, c := range timelineColumns {
		fields = append(fields, all[c])
	}
	return fields
}

// moment is one line of a timeline on its way out.
type moment struct {
	at       int64
	priority int
	no       int64
	position string
	minute   bool
	cells    []byte // the event's columns as CSV text
}

func (m *moment) before(o *moment) bool {
	return cmp.Or(cmp.Compare(m.at, o.at), cmp.Compare(m.priority, o.priority), cmp.Compare(m.no, o.no), strings.Compare(m.position, o.position)) < 0
}

// waiting holds the lines that a row still to be read could come before.
type waiting []*moment

func (w waiting) Len() int           { return len(w) }
func (w waiting) Less(i, j int) bool { return w[i].before(w[j]) }
func (w waiting) Swap(i, j int)      { w[i], w[j] = w[j], w[i] }

// Push appends a line; it is called by package heap.
func (w *waiting) Push(x any) {
	if m, ok := x.(*moment); ok {
		*w = append(*w, m)
	}
}

// Pop removes the last line; it is called by package heap.
func (w *waiting) Pop() any {
	last := (*w)[len(*w)-1]
	*w = (*w)[:len(*w)-1]
	return last
}

type timeline struct {
	*question
	asks     map[string]bool
	priority map[string]int
	no       int64
	lines    waiting
	text     []byte
	again    []byte
}

// Run lists the events in order.
//
// A row in the hour that happens twice stands at both instants, marked 1 of 2
// and 2 of 2 under one number, and is counted once. Numbers follow the order in
// which rows are taken, by the earlier instant (event.Ordered). Lines of one
// instant stand in the order of `sources`, then of their numbers. Of each group of repeats the first is
// listed, the others go to the port `repeats` under its number. A row is left
// out by the first rule that it breaks: OUTSIDE_IDENTIFIERS, OUTSIDE_PERIOD,
// OUTSIDE_TYPES.
// Errors: ErrParameter, event.ErrNotCanonical.
func (s Timeline) Run(env analysis.Env, in map[string]analysis.Input, params analysis.Params, out map[string]io.Writer) (analysis.Result, error) {
	q, err := ask(env, s.Info(), in, params, out)
	if err != nil {
		return analysis.Result{}, err
	}
	r := &timeline{question: q, priority: map[string]int{}}
	r.caveats = []string{analysis.CavClock}
	ids, err := list("identifiers", params["identifiers"])
	if err != nil {
		return analysis.Result{}, err
	}
	r.asks = set(ids)
	sources, err := list("sources", params["sources"])
	if err != nil {
		return analysis.Result{}, err
	}
	for i, name := range sources {
		r.priority[name] = i - len(sources)
	}
	header := analysis.Table{Fields: timelineFields()}.Header()
	r.text, r.again = event.AppendRecord(nil, header...), event.AppendRecord(nil, header...)
	if err := r.each(in["events"], r.row); err != nil {
		return analysis.Result{}, err
	}
	for len(r.lines) > 0 {
		r.line(&r.text, r.next())
	}
	if err := r.flush("timeline", &r.text, 0); err != nil {
		return analysis.Result{}, err
	}
	if err := r.flush("repeats", &r.again, 0); err != nil {
		return analysis.Result{}, err
	}
	if err := r.clockFigures(params["clocks"]); err != nil {
		return analysis.Result{}, err
	}
	return r.finish(timelineFields())
}

func (r *timeline) row(row *event.Row) error {
	for len(r.lines) > 0 && r.lines[0].at < row.Start() {
		r.line(&r.text, r.next())
	}
	if err := r.flush("timeline", &r.text, flushAt); err != nil {
		return err
	}
	if len(r.asks) > 0 && !namesAny(r.asks, row) {
		r.outside.Add(outsideIdentifiers)
		return nil
	}
	if in, err := r.asked(row); !in || err != nil {
		return err
	}
	no, again, err := r.groups.join(row, 0, r.no+1)
	if err != nil {
		return err
	}
	instants := []int64{row.Start()}
	if string(row.Field(event.Fold)) == "unknown" {
		second, err := r.clocks.second(row)
		if err != nil {
			return err
		}
		instants = append(instants, second)
	}
	if again {
		r.repeats++
		r.tallies.repeat(row)
		r.line(&r.again, r.moment(row, no, instants[0], ""))
		return r.flush("repeats", &r.again, flushAt)
	}
	r.no = no
	r.show(row)
	for i, at := range instants {
		position := ""
		if len(instants) == 2 {
			position = strconv.Itoa(i+1) + " of 2"
		}
		heap.Push(&r.lines, r.moment(row, no, at, position))
	}
	return nil
}

// namesAny reports that a row's subject or one of its parties was asked for.
func namesAny(asks map[string]bool, row *event.Row) bool {
	for _, c := range [...]event.Column{event.Subject, event.ANumber, event.BNumber, event.CNumber} {
		if id := row.Field(c); len(id) > 0 && asks[string(id)] {
			return true
		}
	}
	return false
}

func (r *timeline) moment(row *event.Row, no, at int64, position string) *moment {
	m := &moment{
		at: at, priority: r.priority[string(row.Field(event.Source))], no: no, position: position,
		minute: string(row.Field(event.Precision)) == "m",
	}
	for i, c := range timelineColumns {
		if i > 0 {
			m.cells = append(m.cells, ',')
		}
		m.cells = event.AppendField(m.cells, row.Field(c))
	}
	return m
}

// next takes the first of the lines that wait.
func (r *timeline) next() *moment {
	m, _ := heap.Pop(&r.lines).(*moment)
	return m
}

// line writes a line; the columns of the event follow its own.
func (r *timeline) line(dst *[]byte, m *moment) {
	offset, abbr := r.zone.At(m.at)
	local := instant(m.at + int64(offset))
	clock := local[11:19]
	if m.minute {
		clock = local[11:16]
	}
	text := append(strconv.AppendInt(*dst, m.no, 10), ',')
	for _, s := range []string{m.position, local[:10], clock, abbr, instant(m.at)} {
		text = append(append(text, s...), ',')
	}
	*dst = append(append(text, m.cells...), '\n')
}

// clockFigures prints what is known of the clock of each source.
func (r *timeline) clockFigures(text string) error {
	known := map[string][2]string{}
	for _, part := range strings.Split(text, ";") {
		if part == "" && text == "" {
			break
		}
		f := strings.SplitN(part, "=", 3)
		if len(f) != 3 || strings.TrimSpace(f[2]) == "" || len(f[0]) != 16 {
			return fmt.Errorf("%w: clocks has %q; write SOURCE=SECONDS=BASIS, such as 44a0cf5d169d3267=12=compared with the exchange on 24 October", analysis.ErrParameter, part)
		}
		if _, err := strconv.ParseInt(f[1], 10, 32); err != nil {
			return fmt.Errorf("%w: clocks has %q; the seconds are a whole number", analysis.ErrParameter, part)
		}
		if _, twice := known[f[0]]; twice {
			return fmt.Errorf("%w: clocks names the source %s twice", analysis.ErrParameter, f[0])
		}
		known[f[0]] = [2]string{f[1], f[2]}
	}
	sources := names(r.tallies.sources)
	slices.Sort(sources)
	for i, s := range sources {
		value, basis := "", "not known"
		if k, ok := known[s]; ok {
			value, basis = k[0], k[1]
		}
		clock := fact("clock_"+strconv.Itoa(i+1), "Seconds by which the clock of source "+s+" was ahead", analysis.KindSeconds)
		clock.Basis = basis
		r.figure(clock, value)
	}
	return nil
}
