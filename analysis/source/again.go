package source

import (
	"bytes"

	"custos.example/analysis/event"
)

// again remembers some cells of the row that was read last and the flags that
// reading them raised: neighbouring rows of a return mostly name one subject,
// one handset and one mast. It is only used where what is read follows from
// those cells alone, and never while a row is being explained.
type again struct {
	columns []int
	text    []byte
	ends    []int
	flags   flagSet
	known   bool
}

// watch names the cells; absent ones do not count.
func (a *again) watch(columns ...int) {
	for _, at := range columns {
		if at != absent {
			a.columns = append(a.columns, at)
		}
	}
}

// same reports that the cells are those of the row before.
func (a *again) same(f [][]byte) bool {
	if !a.known {
		return false
	}
	from := 0
	for i, at := range a.columns {
		if !bytes.Equal(f[at], a.text[from:a.ends[i]]) {
			return false
		}
		from = a.ends[i]
	}
	return true
}

// keep remembers a row's cells and flags.
func (a *again) keep(f [][]byte, flags flagSet) {
	a.text, a.ends, a.flags, a.known = a.text[:0], a.ends[:0], flags, true
	for _, at := range a.columns {
		a.text = append(a.text, f[at]...)
		a.ends = append(a.ends, len(a.text))
	}
}

// againSite is again for a site.
type againSite struct {
	again
	site event.Site
	room [3][]byte // for its texts
}

func (a *againSite) watch(s *site) {
	a.again.watch(s.cell, s.area, s.radio, s.azimuth, s.place, s.spot.x, s.spot.y, s.spot.grid)
}

// siteAgain is site, or what it gave for the same cells in the row before. A
// site that is looked up in a table is read each time, since the table may have
// grown.
func (m *mapping) siteAgain(f [][]byte, s *site, out *event.Site, first event.Column, keep *[]byte) {
	if m.trace != nil || len(s.lookup) > 0 {
		m.site(f, s, out, first, keep)
		return
	}
	a := &s.again
	if a.same(f) {
		m.flags |= a.flags
		*out = a.site
		return
	}
	before := m.flags
	m.flags = 0
	m.site(f, s, out, first, keep)
	a.keep(f, m.flags)
	m.flags |= before
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
