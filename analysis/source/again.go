package source

import (
	"encoding/binary"
	"slices"

	"custos.example/analysis/event"
)

// again remembers some cells of the row that was read last and the flags that
// reading them raised: neighbouring rows of a return mostly name one subject
// and one handset. It is only used where what is read follows from those cells
// alone, and never while a row is being explained.
type again struct {
	columns []int
	seen
}

// seen are the texts of some cells, and the flags that they raised.
type seen struct {
	text  []byte
	ends  []int
	flags flagSet
	known bool
}

// watch names the cells; absent ones do not count.
func (a *again) watch(columns ...int) {
	for _, at := range columns {
		if at != absent {
			a.columns = append(a.columns, at)
		}
	}
}

func (a *again) same(f [][]byte) bool { return a.is(f, a.columns) }

func (a *again) keep(f [][]byte, flags flagSet) { a.set(f, a.columns, flags) }

// is reports that the cells have these texts.
func (s *seen) is(f [][]byte, columns []int) bool {
	if !s.known {
		return false
	}
	from := 0
	for i, at := range columns {
		end := s.ends[i]
		if size := end - from; len(f[at]) != size || size > 0 && string(f[at]) != string(s.text[from:end]) {
			return false
		}
		from = end
	}
	return true
}

// set remembers a row's cells and flags.
func (s *seen) set(f [][]byte, columns []int, flags flagSet) {
	s.text, s.ends, s.flags, s.known = s.text[:0], s.ends[:0], flags, true
	for _, at := range columns {
		s.text = append(s.text, f[at]...)
		s.ends = append(s.ends, len(s.text))
	}
}

// againSite remembers the sites that were read lately: a subject goes to and
// fro between a few.
type againSite struct {
	again
	first, last int // of the columns
	slots       []siteSlot
}

const siteSlots = 256

type siteSlot struct {
	seen
	span []byte // all that stands from the first of the cells to the last, where that is known
	site event.Site
	room [3][]byte // for its texts
}

func (a *againSite) watch(s *site) {
	a.again.watch(s.cell, s.area, s.radio, s.azimuth, s.place, s.spot.x, s.spot.y, s.spot.grid)
	if len(a.columns) > 0 {
		a.first, a.last = slices.Min(a.columns), slices.Max(a.columns)
	}
}

// slot returns where a row's site is remembered, if it is: cells mostly differ
// in their last bytes.
func (a *againSite) slot(f [][]byte) *siteSlot {
	if a.slots == nil {
		a.slots = make([]siteSlot, siteSlots)
	}
	if len(a.columns) == 0 {
		return &a.slots[0]
	}
	return &a.slots[slotOf(f[a.columns[0]], siteSlots)]
}

// slotOf returns in which of n slots, a power of two, a text is remembered. It goes
// by the text's last eight bytes.
func slotOf(text []byte, n int) int {
	var h uint64
	if len(text) >= 8 {
		h = binary.BigEndian.Uint64(text[len(text)-8:])
	} else {
		for _, c := range text {
			h = h<<8 | uint64(c)
		}
	}
	return int(h * 0x9e3779b97f4a7c15 >> 40 & uint64(n-1)) //nolint:gosec // below n
}

// siteAgain is site, or what it gave for the same cells in a row before. A site
// that is looked up in a table is read each time, since the table may have
// grown.
func (m *mapping) siteAgain(f [][]byte, s *site, out *event.Site, first event.Column, keep *[]byte) {
	if m.trace != nil || len(s.lookup) > 0 {
		m.site(f, s, out, first, keep)
		return
	}
	a := s.again.slot(f)
	var span []byte
	if m.record != nil && len(s.again.columns) > 0 {
		span = m.record.span(s.again.first, s.again.last)
	}
	if len(span) > 0 && string(span) == string(a.span) || a.is(f, s.again.columns) {
		m.flags |= a.flags
		*out = a.site
		return
	}
	before := m.flags
	m.flags = 0
	m.site(f, s, out, first, keep)
	a.set(f, s.again.columns, m.flags)
	a.span = append(a.span[:0], span...)
	m.flags |= before
	m.book.marks++
	out.Mark = m.book.marks
	a.site = *out
	for i, text := range []*[]byte{&a.site.Cell, &a.site.Azimuth, &a.site.Place} {
		if *text != nil {
			a.room[i] = append(a.room[i][:0], *text...)
			*text = a.room[i]
		}
	}
}

// againHandset is again for the numbers of the handset and of the SIM.
type againHandset struct {
	again
	imei, imsi []byte
	room       [2][]byte
}

// handsetAgain is handset, or what it gave for the same cells in the row before.
func (m *mapping) handsetAgain(f [][]byte, e *event.Event) {
	if m.trace != nil {
		m.handset(f, e)
		return
	}
	a := &m.sameHandset
	if a.same(f) {
		m.flags |= a.flags
		e.IMEI, e.IMSI = a.imei, a.imsi
		return
	}
	before := m.flags
	m.flags = 0
	m.handset(f, e)
	a.keep(f, m.flags)
	m.flags |= before
	a.imei, a.imsi = e.IMEI, e.IMSI
	for i, text := range []*[]byte{&a.imei, &a.imsi} {
		if *text != nil {
			a.room[i] = append(a.room[i][:0], *text...)
			*text = a.room[i]
		}
	}
}

// subjectAgain is identifier for the subject's cell, or what it gave for the
// same cell in the row before; that still stands in keep.
func (m *mapping) subjectAgain(f [][]byte, keep *[]byte) ([]byte, string) {
	a := &m.sameSubject
	if m.trace == nil && a.same(f) {
		m.flags |= a.flags
		return *keep, ""
	}
	before := m.flags
	m.flags = 0
	value, reason := m.identifier(event.Subject, m.subject.id, m.subject.at, f, keep)
	a.keep(f, m.flags)
	a.known = value != nil
	m.flags |= before
	return value, reason
}

// againNumber remembers the numbers that were read lately: a subject speaks with
// few others.
type againNumber struct{ slots []numberSlot }

const (
	numberSlots = 1024
	mostText    = 32 // of a number that is remembered
)

// numberSlot is a cell, the number that it was read as, and the flags that it raised.
type numberSlot struct {
	text, value [mostText]byte
	size, long  int // of text, or 0; of value
	flags       flagSet
}

// numberAgain is identifier for a party's number, or what it gave for the same
// text in a row before.
func (m *mapping) numberAgain(field event.Column, at int, f [][]byte, keep *[]byte) ([]byte, string) {
	a, raw := &m.numbers, f[at]
	if m.trace != nil || len(raw) == 0 || len(raw) > mostText {
		return m.identifier(field, false, at, f, keep)
	}
	if a.slots == nil {
		a.slots = make([]numberSlot, numberSlots)
	}
	s := &a.slots[slotOf(raw, numberSlots)]
	if string(s.text[:s.size]) == string(raw) {
		m.flags |= s.flags
		*keep = append((*keep)[:0], s.value[:s.long]...)
		return *keep, ""
	}
	before := m.flags
	m.flags = 0
	value, reason := m.identifier(field, false, at, f, keep)
	if reason == "" && value != nil && len(value) <= mostText {
		s.size, s.long, s.flags = copy(s.text[:], raw), copy(s.value[:], value), m.flags
	}
	m.flags |= before
	return value, reason
}
