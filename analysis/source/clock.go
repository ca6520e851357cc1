package source

import (
	"bytes"
	"fmt"

	"custos.example/analysis/event"
)

// timeReader reads one time from its columns.
type timeReader struct {
	columns []int
	layouts []*layout
	has     [numParts]bool
}

// compileTime makes the start and the end ready, and settles the zone.
func (m *mapping) compileTime() error {
	t := m.shape.Start
	var err error
	if m.start, err = m.timeReader("start", t); err != nil {
		return err
	}
	if m.start == nil {
		return refuse("%sstart.columns and start.layouts must be given, one layout a column", m.where())
	}
	if e := m.shape.End; e.Zone+e.Basis+e.Order != "" {
		return refuse("%send has no zone, basis or order of its own: those of start hold", m.where())
	}
	if m.end, err = m.timeReader("end", m.shape.End); err != nil {
		return err
	}
	m.minute = !m.start.has[partSecond] && !m.start.has[partEpoch]
	if err := oneOf("start.order", t.Order, "", "day-first", "month-first", "by-file"); err != nil {
		return err
	}
	if err := m.compileOrder(t.Order); err != nil {
		return err
	}
	return m.compileZone(t)
}

func (m *mapping) timeReader(key string, t TimeShape) (*timeReader, error) {
	if len(t.Columns) == 0 && len(t.Layouts) == 0 {
		return nil, nil
	}
	if len(t.Columns) != len(t.Layouts) {
		return nil, refuse("%s%s.columns and %s.layouts must be given, one layout a column", m.where(), key, key)
	}
	r := new(timeReader)
	for i, name := range t.Columns {
		at, err := m.column(key+".columns", name)
		if err != nil {
			return nil, err
		}
		if at == absent {
			return nil, refuse("%s%s.columns has a blank name", m.where(), key)
		}
		l, err := compileLayout(t.Layouts[i])
		if err != nil {
			return nil, err
		}
		for unit, yes := range l.has {
			if yes && r.has[unit] {
				return nil, refuse("%s%s.layouts name a part of the time twice", m.where(), key)
			}
			r.has[unit] = r.has[unit] || yes
		}
		r.columns, r.layouts = append(r.columns, at), append(r.layouts, l)
	}
	if r.has[partEpoch] {
		if len(r.layouts) > 1 {
			return nil, refuse("%s%s: an epoch is a time on its own", m.where(), key)
		}
		return r, nil
	}
	for unit := partYear; unit <= partMinute; unit++ {
		if !r.has[unit] {
			return nil, refuse("%s%s.layouts must name year, month, day, hour and minute", m.where(), key)
		}
	}
	return r, nil
}

// compileOrder settles which number of a date is the day. Layouts are written
// day first; month first swaps the two.
func (m *mapping) compileOrder(order string) error {
	o := &m.book.order
	if order == "" || order == "day-first" {
		return nil
	}
	for _, r := range []*timeReader{m.start, m.end} {
		if r == nil {
			continue
		}
		for _, l := range r.layouts {
			if l.namesMonth() || l.epoch > 0 {
				return refuse("start.order is for layouts whose month is a number")
			}
		}
	}
	if order == "by-file" {
		o.byFile = true
		return nil
	}
	m.monthFirst()
	return nil
}

func (m *mapping) monthFirst() {
	for _, r := range []*timeReader{m.start, m.end} {
		if r == nil {
			continue
		}
		for _, l := range r.layouts {
			l.swapDayAndMonth()
		}
	}
}

func (m *mapping) compileZone(t TimeShape) error {
	b := m.book
	name, basis := t.Zone, t.Basis
	if name == "" || name != "asserted" && basis == "" {
		return refuse("%sstart.zone must be an IANA zone with its basis, or asserted", m.where())
	}
	if d := b.zone; d != nil {
		if name != "asserted" {
			return fmt.Errorf("%w: profile %s states the zone %s itself; %q is for profiles that do not",
				ErrDecision, b.profile.Name, name, AssertZone)
		}
		name, basis = d.Value, d.Why
	}
	if name == "asserted" {
		return fmt.Errorf("%w: profile %s does not say in which zone its times are; record a decision %q", ErrDecision, b.profile.Name, AssertZone)
	}
	var err error
	m.zoneFrom = basis
	m.clock, err = b.clock(name)
	return err
}

// read takes a time from a row's fields.
func (r *timeReader) read(f [][]byte, t *moment) bool {
	for i, at := range r.columns {
		text := f[at]
		if !isTrimmed(text) {
			text = bytes.TrimSpace(text)
		}
		if !r.layouts[i].read(text, t) {
			return false
		}
	}
	return true
}

// blank reports that a row states no time here.
func (r *timeReader) blank(f [][]byte) bool {
	for _, at := range r.columns {
		if len(bytes.TrimSpace(f[at])) > 0 {
			return false
		}
	}
	return true
}

// raw returns the texts that a time was read from.
func (r *timeReader) raw(f [][]byte) []byte {
	var raw []byte
	for i, at := range r.columns {
		if i > 0 {
			raw = append(raw, ' ')
		}
		raw = append(raw, f[at]...)
	}
	return raw
}

// startTime reads the start and turns it into an instant.
func (m *mapping) startTime(f [][]byte, c *code, e *event.Event) string {
	var t moment
	if !m.start.read(f, &t) {
		return reasonTime
	}
	clock := m.clock
	if c.clock != nil {
		clock = c.clock
		e.Zone = clock.Name()
	}
	if t.isInstant || t.hasOffset {
		return m.stated(&t, clock, f, e)
	}
	local, ok := t.local()
	if !ok {
		return reasonTime
	}
	first, _, n := clock.Instants(local)
	if n == 0 {
		return reasonGap
	}
	if !inYears(first) {
		return reasonTime
	}
	e.Start, e.OffsetS = first, int(local-first)
	rule := "Z-LOCAL"
	if n == 2 {
		e.Fold = "unknown"
		m.flags.set(flagFoldUnknown)
		rule = "Z-FOLD-EARLIER"
	}
	if m.trace != nil {
		m.note(event.StartUTC, m.start.columns[0], m.start.raw(f), rule+" "+clock.Name(), event.AppendInstant(nil, first))
	}
	return ""
}

// stated reads a start whose instant the source gives: an epoch, or an offset
// from UTC beside the clock time. The zone only says how it is shown; where the
// source's offset is not that of the zone, the source's stands, with a flag.
func (m *mapping) stated(t *moment, clock *event.Clock, f [][]byte, e *event.Event) string {
	rule := "Z-EPOCH"
	if t.isInstant {
		e.Start = t.instant
		offset, _ := clock.At(e.Start)
		e.OffsetS = offset
	} else {
		rule = "Z-OFFSET"
		local, ok := t.local()
		if !ok {
			return reasonTime
		}
		e.Start, e.OffsetS = local-int64(t.offset), t.offset
		offset, _ := clock.At(e.Start)
		if t.offset == 0 { // a time in UTC, which says nothing of the place
			e.OffsetS = offset
		} else if offset != t.offset {
			m.flags.set(flagOffsetDiffers)
		}
	}
	if !inYears(e.Start) {
		return reasonTime
	}
	if first, second, n := clock.Instants(e.Start + int64(e.OffsetS)); n == 2 {
		switch e.Start {
		case first:
			e.Fold = "0"
		case second:
			e.Fold = "1"
		}
	}
	if m.trace != nil {
		m.note(event.StartUTC, m.start.columns[0], m.start.raw(f), rule+" "+clock.Name(), event.AppendInstant(nil, e.Start))
	}
	return ""
}

// inYears reports an instant of the years that a file of events can hold.
func inYears(instant int64) bool { return instant >= firstInstant && instant <= lastInstant }

var (
	firstInstant, _ = event.LocalSeconds(event.FirstYear, 1, 1, 0, 0, 0)
	lastInstant, _  = event.LocalSeconds(event.LastYear, 12, 31, 23, 59, 59)
)

// local returns the seconds of a clock time from 1970-01-01 00:00 on that clock.
func (t *moment) local() (int64, bool) {
	h, ok := t.hour()
	if !ok {
		return 0, false
	}
	return event.LocalSeconds(t.part[partYear], t.part[partMonth], t.part[partDay], h, t.part[partMinute], t.part[partSecond])
}

// endTime reads the end, holds it against the start and the duration, and
// makes the duration where the source states only the end.
func (m *mapping) endTime(f [][]byte, c *code, e *event.Event) {
	if m.end == nil || m.end.blank(f) {
		return
	}
	var t moment
	if !m.end.read(f, &t) {
		m.flags.set(flagEndShape)
		return
	}
	end, ok := m.endInstant(&t, c, e)
	if !ok {
		return
	}
	if !inYears(end) {
		m.flags.set(flagEndShape)
		return
	}
	length, later := end-e.Start, m.laterStart(c, e)
	if e.HasDuration {
		slack := int64(1)
		if m.minute || !m.end.has[partSecond] && !t.isInstant {
			slack = 60
		}
		near := func(d int64) bool { return -slack <= d && d <= slack }
		if d := length - e.Duration; !near(d) && (later == 0 || !near(d-later)) {
			m.flags.set(flagEndDiffers)
		}
		return
	}
	if length < 0 {
		m.flags.set(flagEndBeforeStart)
		return
	}
	if !c.hasDuration {
		if length != 0 {
			m.flags.set(flagDurationUnused)
		}
		return
	}
	e.End, e.HasEnd = end, true
	if later > 0 && length >= later { // from either start it is possible
		m.flags.set(flagEndUncertain)
		return
	}
	e.Duration, e.HasDuration = length, true
	if m.trace != nil {
		m.note(event.DurationS, m.end.columns[0], m.end.raw(f), "D-END", appendInt(nil, length))
	}
}

// laterStart returns by how many seconds a start may be later than the one that is
// shown, since its hour happens twice; 0 for a start that is known.
func (m *mapping) laterStart(c *code, e *event.Event) int64 {
	if e.Fold != "unknown" {
		return 0
	}
	clock := m.clock
	if c.clock != nil {
		clock = c.clock
	}
	first, second, _ := clock.Instants(e.Start + int64(e.OffsetS))
	return second - first
}

// endInstant returns the instant of an end. A clock time that happens twice is
// the one that the duration or the start leaves possible; where both are, the
// end is left out with a flag.
func (m *mapping) endInstant(t *moment, c *code, e *event.Event) (int64, bool) {
	if t.isInstant {
		return t.instant, true
	}
	local, ok := t.local()
	if !ok {
		m.flags.set(flagEndShape)
		return 0, false
	}
	if t.hasOffset {
		return local - int64(t.offset), true
	}
	clock := m.clock
	if c.clock != nil {
		clock = c.clock
	}
	first, second, n := clock.Instants(local)
	switch {
	case n == 0:
		m.flags.set(flagEndShape)
		return 0, false
	case n == 1:
		return first, true
	case e.HasDuration && e.Start+e.Duration == second:
		return second, true
	case e.HasDuration:
		return first, true
	case first < e.Start && second >= e.Start:
		return second, true
	}
	m.flags.set(flagEndUncertain)
	return 0, false
}
