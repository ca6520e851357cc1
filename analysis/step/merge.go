package step

import (
	"bytes"
	"cmp"
	"container/heap"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"custos.example/analysis"
	"custos.example/analysis/event"
)

// mergeMost is the number of data sets that one run merges.
const mergeMost = 64

// Merge is the step merge-events@1: several normalised data sets as one, with
// reports of one event in several sources linked.
type Merge struct{}

// Info returns the step's name, ports and parameters.
func (Merge) Info() analysis.Info {
	info := analysis.Info{
		Name: "merge-events", Version: 1, Class: analysis.Analyse, Title: "Events of several sources as one list",
		Inputs:  eventInputs(),
		Outputs: append([]analysis.Port{{Name: "events", Media: "text/csv", Extension: "csv"}, {Name: "set-aside", Media: "text/csv", Extension: "csv"}}, outputs("groups")...),
		Params: []analysis.Param{
			{Name: "start_s", Default: "2", Doc: "greatest difference in seconds between the starts of two reports of one event, 0 to 3600"},
			{Name: "duration_s", Default: "2", Doc: "greatest difference in seconds between their durations"},
			zoneParam("IANA zone in which times are shown beside the table"),
		},
		Caveats: []string{analysis.CavOpinion, analysis.CavClock},
	}
	for i := 2; i <= mergeMost; i++ {
		for _, p := range eventInputs() {
			p.Name += "-" + strconv.Itoa(i)
			p.Optional = true
			info.Inputs = append(info.Inputs, p)
		}
	}
	return info
}

// GroupColumns returns the header of the port `groups` of merge-events: the
// rows of each group that spans sources, its first row first.
// Units: differences in seconds from the first row, blank on it and where a
// duration is not recorded.
func GroupColumns() []string {
	return []string{"group", "member", "start_utc", "start_difference", "duration_difference", "type", "a_number", "b_number", "subject", "source", "row"}
}

// part is one data set being merged.
type part struct {
	port   string
	events *event.Reader
	row    *event.Row
	source string // of all its rows, or "*" when there are several
}

// before orders parts by their next row: start, source, row.
func (p *part) before(o *part) int {
	return cmp.Or(cmp.Compare(p.row.Start(), o.row.Start()),
		bytes.Compare(p.row.Field(event.Source), o.row.Field(event.Source)), cmp.Compare(p.row.SourceRow(), o.row.SourceRow()))
}

// parts is a heap of data sets.
type parts []*part

func (p parts) Len() int           { return len(p) }
func (p parts) Less(i, j int) bool { return p[i].before(p[j]) < 0 }
func (p parts) Swap(i, j int)      { p[i], p[j] = p[j], p[i] }

// Push appends a data set; it is called by package heap.
func (p *parts) Push(x any) {
	if one, ok := x.(*part); ok {
		*p = append(*p, one)
	}
}

// Pop removes the last data set; it is called by package heap.
func (p *parts) Pop() any {
	last := (*p)[len(*p)-1]
	*p = (*p)[:len(*p)-1]
	return last
}

type merge struct {
	*question
	start, duration int64
	linker          *linker
	events          []byte
	groupText       []byte
	rowsNow         []event.Kept                // rows of one start
	seen            map[string]map[int64]uint64 // the rows of each source, 64 to a word
}

// Run puts the rows of all data sets in order and links those that report one
// event, under the rule REPEAT-ACROSS:
//
//  1. Rows are taken in the order of event.InOrder.
//  2. A row that repeats an earlier one of its own source keeps that link and
//     is no member of a group.
//  3. Any other row joins the first open group whose first row has the same
//     type, a_number and b_number, a start no more than start_s before, and a
//     duration that differs by no more than duration_s (or, like it, none),
//     and that has no row of this source. Its repeat_of then names the first
//     row as source:row.
//  4. A row that joins none is the first of a group of its own. A row with
//     neither a_number nor b_number is never joined.
//
// Nothing is deleted; links of an earlier merge are worked out anew, so that
// the order and the steps in which data sets are merged make no difference.
// The rows set aside are listed together, each row as source:row, ? standing
// for a data set without events.
// Errors: ErrParameter; ErrPorts when a row stands in two data sets;
// event.ErrNotCanonical.
func (s Merge) Run(env analysis.Env, in map[string]analysis.Input, params analysis.Params, out map[string]io.Writer) (analysis.Result, error) {
	if err := pairedPorts(in); err != nil {
		return analysis.Result{}, err
	}
	q, err := ask(env, s.Info(), in, params, out)
	if err != nil {
		return analysis.Result{}, err
	}
	r := &merge{question: q, events: event.AppendHeader(nil), groupText: event.AppendRecord(nil, GroupColumns()...), seen: map[string]map[int64]uint64{}}
	r.caveats = []string{analysis.CavClock}
	if r.start, err = whole(params, "start_s", 0); err != nil {
		return analysis.Result{}, err
	}
	if r.start > maxLink {
		return analysis.Result{}, fmt.Errorf("%w: start_s is more than %d", analysis.ErrParameter, maxLink)
	}
	if r.duration, err = whole(params, "duration_s", 0); err != nil {
		return analysis.Result{}, err
	}
	r.linker = &linker{start: r.start, duration: r.duration, open: map[string][]*linked{}, write: r.group}
	all, err := r.open(in)
	if err != nil {
		return analysis.Result{}, err
	}
	if err := r.rows(all); err != nil {
		return analysis.Result{}, err
	}
	if err := r.mergeAside(in, all); err != nil {
		return analysis.Result{}, err
	}
	r.figure(derived("data_sets", "Data sets", analysis.KindCount, "merged"), strconv.Itoa(len(all)))
	r.figure(derived("groups", "Events reported by several sources", analysis.KindCount, "groups under rule "+RuleAcross), strconv.FormatInt(r.linker.written, 10))
	return r.finish(eventFields())
}

// pairedPorts wants events and set-aside of each data set together.
func pairedPorts(in map[string]analysis.Input) error {
	for i := 2; i <= mergeMost; i++ {
		n := "-" + strconv.Itoa(i)
		_, events := in["events"+n]
		_, aside := in["set-aside"+n]
		if events != aside {
			return fmt.Errorf("%w: events%s and set-aside%s must be given together", analysis.ErrPorts, n, n)
		}
	}
	return nil
}

// open opens every data set that was given.
func (r *merge) open(in map[string]analysis.Input) ([]*part, error) {
	var all []*part
	for i := 1; i <= mergeMost; i++ {
		n := ""
		if i > 1 {
			n = "-" + strconv.Itoa(i)
		}
		input, given := in["events"+n]
		if !given {
			continue
		}
		events, err := event.NewReader(reader(input))
		if err != nil {
			return nil, fmt.Errorf("events%s: %w", n, err)
		}
		all = append(all, &part{port: n, events: events})
	}
	return all, nil
}

func (r *merge) rows(all []*part) error {
	var live parts
	for _, p := range all {
		more, err := p.next()
		if err != nil {
			return err
		}
		if more {
			live = append(live, p)
		}
	}
	heap.Init(&live)
	for len(live) > 0 {
		if err := r.instant(&live); err != nil {
			return err
		}
	}
	r.linker.close(1 << 62)
	if err := r.flush("events", &r.events, 0); err != nil {
		return err
	}
	return r.flush("groups", &r.groupText, 0)
}

// next reads the data set's next row.
func (p *part) next() (bool, error) {
	row, err := p.events.Next()
	if errors.Is(err, io.EOF) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("events%s: %w", p.port, err)
	}
	p.row = row
	if from := row.Field(event.Source); p.source == "" {
		p.source = string(from)
	} else if p.source != string(from) {
		p.source = "*"
	}
	return true, nil
}

// instant takes the rows of one start from all data sets, links them in the order
// in which rows are taken, and writes them as they stand in a file.
func (r *merge) instant(live *parts) error {
	start, n := (*live)[0].row.Start(), 0
	for ; len(*live) > 0 && (*live)[0].row.Start() == start; n++ {
		p := (*live)[0]
		if err := r.once(p.row); err != nil {
			return err
		}
		if n == len(r.rowsNow) {
			r.rowsNow = append(r.rowsNow, event.Kept{})
		}
		r.rowsNow[n].Take(p.row)
		more, err := p.next()
		if err != nil {
			return err
		}
		if more {
			heap.Fix(live, 0)
		} else {
			heap.Pop(live)
		}
	}
	for _, row := range event.InOrder(nil, r.rowsNow[:n]) {
		if err := r.link(&row.Row); err != nil {
			return err
		}
	}
	for i := range n {
		r.events = r.rowsNow[i].Append(r.events)
	}
	if err := r.flush("groups", &r.groupText, flushAt); err != nil {
		return err
	}
	return r.flush("events", &r.events, flushAt)
}

// once refuses a row that stands in two data sets, be it read in two ways.
func (r *merge) once(row *event.Row) error {
	rows := r.seen[string(row.Field(event.Source))]
	if rows == nil {
		rows = map[int64]uint64{}
		r.seen[string(row.Field(event.Source))] = rows
	}
	word, bit := row.SourceRow()>>6, uint64(1)<<(row.SourceRow()&63)
	if rows[word]&bit != 0 {
		return fmt.Errorf("%w: row %d of source %s stands in two of the data sets; give each source once", analysis.ErrPorts, row.SourceRow(), row.Field(event.Source))
	}
	rows[word] |= bit
	r.received++
	return nil
}

// link works out which row a row repeats.
func (r *merge) link(row *event.Row) error {
	_, other, err := groupOf(row)
	if err != nil {
		return err
	}
	if row.IsRepeat() && !other {
		r.repeats++
		r.tallies.equal = true
		return nil
	}
	first, err := r.linker.link(row)
	if err != nil {
		return err
	}
	if first == nil {
		row.Set(event.RepeatOf, nil)
		r.show(row)
		return nil
	}
	r.repeats++
	r.tallies.across = true
	row.Set(event.RepeatOf, strconv.AppendInt(append([]byte(first.source), ':'), first.row, 10))
	return nil
}

// group lists the rows of a group that spans sources.
func (r *merge) group(no int64, g *linked) {
	first := g.members[0]
	for i, m := range g.members {
		start, duration := "", ""
		if i > 0 {
			start = strconv.FormatInt(m.start-first.start, 10)
		}
		if i > 0 && m.duration >= 0 {
			duration = strconv.FormatInt(m.duration-first.duration, 10)
		}
		r.groupText = event.AppendRecord(r.groupText, strconv.FormatInt(no, 10), strconv.Itoa(i+1), instant(m.start), start, duration,
			g.kind, g.a, g.b, m.subject, m.source, strconv.FormatInt(m.row, 10))
	}
}

// mergeAside writes the rows set aside of every data set, in the order of
// source and row.
func (r *merge) mergeAside(in map[string]analysis.Input, all []*part) error {
	type line struct {
		source string
		row    int64
		text   string
	}
	var lines []line
	r.aside, r.asideRows = analysis.Tally{}, 0
	for _, p := range all {
		t, err := event.NewTable(reader(in["set-aside"+p.port]), event.SetAsideColumns())
		if err != nil {
			return fmt.Errorf("set-aside%s: %w", p.port, err)
		}
		for {
			f, err := t.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return fmt.Errorf("set-aside%s: %w", p.port, err)
			}
			source, number, found := strings.Cut(string(f[0]), ":")
			if !found {
				source, number = p.source, source
				if source == "" {
					source = "?"
				}
			}
			row, ok := parseWhole([]byte(number))
			if !ok || source == "*" || len(f[2]) == 0 {
				return fmt.Errorf("set-aside%s: %w: line %d does not name a row of one source and a reason", p.port, event.ErrNotCanonical, t.Line())
			}
			r.aside.Add(string(f[2]))
			r.asideRows++
			rest := []string{source + ":" + number}
			for _, field := range f[1:] {
				rest = append(rest, string(field))
			}
			lines = append(lines, line{source, row, string(event.AppendRecord(nil, rest...))})
		}
	}
	slices.SortFunc(lines, func(a, b line) int {
		return cmp.Or(strings.Compare(a.source, b.source), cmp.Compare(a.row, b.row), strings.Compare(a.text, b.text))
	})
	text := event.AppendRecord(nil, event.SetAsideColumns()...)
	for _, l := range lines {
		text = append(text, l.text...)
	}
	return r.table("set-aside", text)
}
