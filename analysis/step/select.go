// Package step owns the analyses: one file each, from canonical events to a
// result table, the rows it leaves aside by rule, and a summary.
//
// An analysis never guesses and never infers: it selects, counts and sorts. It
// uses no floats, no clock and no order of a map.
package step

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"custos.example/analysis"
	"custos.example/analysis/event"
)

// Rules under which a row lies outside the question.
const (
	outsideIdentifiers = "OUTSIDE_IDENTIFIERS"
	outsidePeriod      = "OUTSIDE_PERIOD"
	outsideTypes       = "OUTSIDE_TYPES"
)

// RuleRepeat is the rule under which a row is a repeat of an earlier one of the
// same source: every content column is equal.
const RuleRepeat = "REPEAT-EQUAL"

// window is a half-open period of instants.
type window struct {
	from, until       int64
	hasFrom, hasUntil bool
}

func parseWindow(params analysis.Params) (window, error) {
	var w window
	for _, p := range []struct {
		name string
		at   *int64
		has  *bool
	}{{"from", &w.from, &w.hasFrom}, {"until", &w.until, &w.hasUntil}} {
		text := params[p.name]
		if text == "" {
			continue
		}
		at, ok := event.ParseInstant([]byte(text))
		if !ok {
			return w, fmt.Errorf("%w: %s is %q; write it as 2026-10-24T17:00:00Z", analysis.ErrParameter, p.name, text)
		}
		*p.at, *p.has = at, true
	}
	if w.hasFrom && w.hasUntil && w.until <= w.from {
		return w, fmt.Errorf("%w: until is not after from", analysis.ErrParameter)
	}
	return w, nil
}

func (w window) holds(unix int64) bool {
	return (!w.hasFrom || unix >= w.from) && (!w.hasUntil || unix < w.until)
}

// list splits a parameter at commas; blanks around and empty parts are refused.
func list(name, text string) ([]string, error) {
	if text == "" {
		return nil, nil
	}
	parts := strings.Split(text, ",")
	seen := make(map[string]bool, len(parts))
	for _, p := range parts {
		if p == "" || p != strings.TrimSpace(p) || seen[p] {
			return nil, fmt.Errorf("%w: %s is %q; write different values with commas between them and no blanks", analysis.ErrParameter, name, text)
		}
		seen[p] = true
	}
	return parts, nil
}

func set(values []string) map[string]bool {
	m := make(map[string]bool, len(values))
	for _, v := range values {
		m[v] = true
	}
	return m
}

// types reads the parameter `types`.
func types(text string) (map[string]bool, error) {
	parts, err := list("types", text)
	if err != nil {
		return nil, err
	}
	known := set([]string{"voice", "sms", "mms", "data", "voicemail", "forward", "system", "other"})
	for _, p := range parts {
		if !known[p] {
			return nil, fmt.Errorf("%w: types has %q, which is no event type", analysis.ErrParameter, p)
		}
	}
	return set(parts), nil
}

// clocks gives the clock of a zone, made once a run.
type clocks struct {
	env  analysis.Env
	made map[string]*event.Clock
}

func newClocks(env analysis.Env) *clocks { return &clocks{env: env, made: map[string]*event.Clock{}} }

func (c *clocks) of(zone string) (*event.Clock, error) {
	if k := c.made[zone]; k != nil {
		return k, nil
	}
	loc, err := c.env.Zone(zone)
	if err != nil {
		return nil, err
	}
	c.made[zone] = event.NewClock(loc)
	return c.made[zone], nil
}

// second returns the later of the two instants that a row's local time can
// stand for; the row's fold is unknown.
func (c *clocks) second(row *event.Row) (int64, error) {
	k, err := c.of(string(row.Field(event.Zone)))
	if err != nil {
		return 0, err
	}
	offset, _ := k.At(row.Start())
	_, second, n := k.Instants(row.Start() + int64(offset))
	if n != 2 {
		return 0, fmt.Errorf("%w: row %d says that its hour happens twice; under these zone rules it does not", event.ErrNotCanonical, row.SourceRow())
	}
	return second, nil
}

// inside reports that a row can lie in the window: a row whose hour happens
// twice is inside when either of its instants is, so that none is lost.
func (c *clocks) inside(w window, row *event.Row) (bool, error) {
	if w.holds(row.Start()) {
		return true, nil
	}
	if string(row.Field(event.Fold)) != "unknown" {
		return false, nil
	}
	second, err := c.second(row)
	return err == nil && w.holds(second), err
}

// shown returns the local date, the time of day and the zone of an instant of a
// row; other is the second instant that a row in the hour that happens twice can
// have there, else the same. Both are named: by their zones where the clock shows
// one time for both, else by the other time as well.
func shown(clock *event.Clock, row *event.Row, at, other int64) (date, time, zone string) {
	read := func(at int64) (date, time, zone string) {
		offset, zone := clock.At(at)
		local := instant(at + int64(offset))
		if string(row.Field(event.Precision)) == "m" {
			return local[:10], local[11:16], zone
		}
		return local[:10], local[11:19], zone
	}
	date, time, zone = read(at)
	if other == at {
		return date, time, zone
	}
	days, times, zones := read(other)
	switch {
	case date == days && time == times && other < at:
		zone = zones + "/" + zone
	case date == days && time == times:
		zone += "/" + zones
	case date == days:
		zone += " or " + times + " " + zones
	default:
		zone += " or " + days + " " + times + " " + zones
	}
	return date, time, zone
}

// ends tells which ends of a row lie in the period, and their instants: of a row
// in the hour that happens twice the earlier that lies in it, with the other one.
func (w window) ends(row *event.Row, clocks *clocks) (in [2]bool, at, other [2]int64, err error) {
	at = [2]int64{row.Start(), row.Start()}
	if text := row.Field(event.EndUTC); len(text) > 0 {
		unix, ok := event.ParseInstant(text)
		if !ok {
			return in, at, at, fmt.Errorf("%w: row %d has the end %q", event.ErrNotCanonical, row.SourceRow(), text)
		}
		at[1] = unix
	}
	later := int64(0)
	if string(row.Field(event.Fold)) == "unknown" {
		second, err := clocks.second(row)
		if err != nil {
			return in, at, at, err
		}
		later = second - row.Start()
	}
	in = w.endsAt(row, at)
	other = [2]int64{at[0] + later, at[1] + later}
	if endKnown(row) {
		other[1] = at[1]
	}
	if later == 0 {
		return in, at, other, nil
	}
	for i, late := range w.endsAt(row, other) {
		if late && !in[i] {
			in[i], at[i], other[i] = true, other[i], at[i]
		}
	}
	return in, at, other, nil
}

// endKnown reports that a row's end is an instant of its own, which does not move
// with the start: there is no duration from which it was made.
func endKnown(row *event.Row) bool {
	return len(row.Field(event.EndUTC)) > 0 && len(row.Field(event.DurationS)) == 0
}

// endsAt tells which ends of a row lie in the period when they are at these instants.
func (w window) endsAt(row *event.Row, at [2]int64) [2]bool {
	if string(row.Field(event.Evidence)) == "within" {
		whole := (!w.hasUntil || at[0] < w.until) && (!w.hasFrom || at[1] >= w.from)
		return [2]bool{whole, whole}
	}
	return [2]bool{w.holds(at[0]), w.holds(at[1])}
}

// setAside counts the rows of a set-aside list by their reason, and in all.
func setAside(in analysis.Input) (analysis.Tally, int64, error) {
	t, err := event.NewTable(reader(in), event.SetAsideColumns())
	if err != nil {
		return nil, 0, fmt.Errorf("set-aside: %w", err)
	}
	tally := analysis.Tally{}
	for {
		fields, err := t.Next()
		if errors.Is(err, io.EOF) {
			return tally, t.Line() - 1, nil
		}
		if err != nil {
			return nil, 0, fmt.Errorf("set-aside: %w", err)
		}
		if len(fields[2]) == 0 {
			return nil, 0, fmt.Errorf("set-aside: %w: line %d has no reason", event.ErrNotCanonical, t.Line())
		}
		tally.Add(string(fields[2]))
	}
}

func reader(in analysis.Input) io.Reader { return io.NewSectionReader(in, 0, in.Size()) }

// balance puts the counts of a run together; received was counted by itself.
func balance(received, shown, repeats int64, outside, aside analysis.Tally) analysis.Balance {
	return analysis.Balance{
		Received: received,
		Shown:    shown, Outside: outside.Total(), Repeats: repeats, SetAside: aside.Total(),
		OutsideBy: outside.List(), SetAsideBy: aside.List(),
	}
}
