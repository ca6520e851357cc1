package step

import (
	"errors"
	"fmt"
	"io"

	"custos.example/analysis"
	"custos.example/analysis/event"
)

// RuleLeg is the rule under which two rows of one source for two subjects are
// the two legs of one event.
const RuleLeg = "REPEAT-LEG"

// linker finds the rows that report one event: of several sources under the
// rule REPEAT-ACROSS, or with legs of one source under REPEAT-LEG.
type linker struct {
	start, duration int64
	legs            bool
	open            map[string][]*linked // by type, a_number, b_number; firsts in order
	queue           []*linked            // all open groups, firsts in order
	key             []byte
	write           func(no int64, g *linked)
	written         int64
}

// linked is a group: its first row and the rows that joined it.
type linked struct {
	key, kind, a, b string
	members         []report
}

// report is one row of a group; duration is -1 where none is recorded.
type report struct {
	start, duration, row int64
	source, subject      string
}

// link returns the first row of the group that a row joins, or nothing when it
// is the first of its own. Rows come in order.
// Errors: event.ErrNotCanonical.
func (l *linker) link(row *event.Row) (*report, error) {
	l.close(row.Start() - l.start)
	kind, a, b := row.Field(event.Type), row.Field(event.ANumber), row.Field(event.BNumber)
	if len(a) == 0 && len(b) == 0 {
		return nil, nil //nolint:nilnil // nothing is joined
	}
	own := report{start: row.Start(), duration: -1, row: row.SourceRow()}
	if d := row.Field(event.DurationS); len(d) > 0 {
		var ok bool
		if own.duration, ok = parseWhole(d); !ok {
			return nil, fmt.Errorf("%w: row %d has the duration %q", event.ErrNotCanonical, row.SourceRow(), d)
		}
	}
	own.source, own.subject = string(row.Field(event.Source)), string(row.Field(event.Subject))
	l.key = l.key[:0]
	for _, part := range [][]byte{kind, a, b} {
		l.key = append(append(l.key, part...), 0)
	}
	if l.legs {
		l.key = append(l.key, own.source...)
	}
	for _, g := range l.open[string(l.key)] {
		if g.takes(&own, l) {
			g.members = append(g.members, own)
			return &g.members[0], nil
		}
	}
	g := &linked{key: string(l.key), kind: string(kind), a: string(a), b: string(b), members: []report{own}}
	l.open[g.key] = append(l.open[g.key], g)
	l.queue = append(l.queue, g)
	return nil, nil //nolint:nilnil // the first of its group
}

// takes reports that a row may join the group.
func (g *linked) takes(r *report, l *linker) bool {
	first := &g.members[0]
	if (first.duration < 0) != (r.duration < 0) || first.duration-r.duration > l.duration || r.duration-first.duration > l.duration {
		return false
	}
	for i := range g.members {
		if m := &g.members[i]; l.legs && m.subject == r.subject || !l.legs && m.source == r.source {
			return false
		}
	}
	return true
}

// legs finds the second leg of an event whose two parties are subjects of one
// source.
type legs struct{ *linker }

// legParam is the parameter of the analyses that count events between parties.
func legParam() analysis.Param {
	return analysis.Param{Name: "leg_s", Default: "2", Doc: "two rows of one source for two subjects, of one type and with the same parties, are one event when their starts, and their durations, differ by no more than so many seconds, 0 to 3600; blank = each is counted"}
}

func newLegs(params analysis.Params) (legs, error) {
	if params["leg_s"] == "" {
		return legs{}, nil
	}
	most, err := whole(params, "leg_s", 0)
	if err == nil && most > maxLink {
		err = fmt.Errorf("%w: leg_s is more than %d", analysis.ErrParameter, maxLink)
	}
	return legs{&linker{start: most, duration: most, legs: true, open: map[string][]*linked{}}}, err
}

// second reports that a row is the second leg of an event. A row that repeats one
// of its own source is no leg.
func (l legs) second(row *event.Row) (bool, error) {
	if _, other, err := groupOf(row); err != nil || l.linker == nil || row.IsRepeat() && !other {
		return false, err
	}
	first, err := l.link(row)
	return first != nil, err
}

// each passes the rows that are asked for to use, with whether each is the second
// leg of an event. Of one start second legs come first: what another source has of
// such a leg repeats it, whichever of the two stands first in the file.
func (l legs) each(in analysis.Input, asked func(*event.Row) (bool, error), use func(row *event.Row, second bool) error) (int64, error) {
	file, err := event.NewReader(reader(in))
	if err != nil {
		return 0, err
	}
	events, received := event.NewOrdered(file), int64(0)
	var rows, first, second []*event.Row
	for {
		rows, err = events.Instant(rows[:0])
		if errors.Is(err, io.EOF) {
			return received, nil
		}
		if err != nil {
			return received, err
		}
		received += int64(len(rows))
		first, second = first[:0], second[:0]
		for _, row := range rows {
			if in, err := asked(row); err != nil {
				return received, err
			} else if !in {
				continue
			}
			leg, err := l.second(row)
			if err != nil {
				return received, err
			}
			if leg {
				second = append(second, row)
			} else {
				first = append(first, row)
			}
		}
		for n, row := range append(second, first...) {
			if err := use(row, n < len(second)); err != nil {
				return received, err
			}
		}
	}
}

// close closes the groups whose first row starts before an instant, and writes
// those that span sources.
func (l *linker) close(before int64) {
	for len(l.queue) > 0 && l.queue[0].members[0].start < before {
		g := l.queue[0]
		l.queue = l.queue[1:]
		if left := l.open[g.key][1:]; len(left) > 0 {
			l.open[g.key] = left
		} else {
			delete(l.open, g.key)
		}
		if len(g.members) > 1 && l.write != nil {
			l.written++
			l.write(l.written, g)
		}
	}
}
