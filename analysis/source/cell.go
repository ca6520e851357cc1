package source

import (
	"bytes"

	"custos.example/analysis/event"
)

// site says where a cell and its mast stand in a row.
type site struct {
	cell, area, radio, azimuth, place int
	scheme, plmn                      string
	spot                              spot
	lookup                            []int
}

func (m *mapping) compileSite(key string, c CellShape) (site, error) {
	s := site{scheme: c.Scheme, plmn: c.PLMN}
	err := m.columns(
		columnRef{&s.cell, key + ".column", c.Column},
		columnRef{&s.area, key + ".area", c.Area},
		columnRef{&s.radio, key + ".radio", c.Radio},
		columnRef{&s.azimuth, key + ".azimuth", c.Azimuth},
		columnRef{&s.place, key + ".place", c.Place},
	)
	if err != nil {
		return s, err
	}
	if s.cell != absent {
		if err := oneOf(key+".scheme", c.Scheme, "cgi", "ecgi", "ncgi", "name"); err != nil {
			return s, err
		}
	} else if c.Scheme+c.PLMN+c.Area+c.Radio != "" {
		return s, refuse("%s names no column of a cell", key)
	}
	if c.PLMN != "" && dashed([]byte(c.PLMN)) != 2 {
		return s, refuse("%s.plmn is %q; it is written 234-15", key, c.PLMN)
	}
	if s.area != absent && s.scheme == "name" {
		return s, refuse("%s: a cell's name has no area", key)
	}
	if s.spot, err = m.book.compileSpot(key, c.Spot, m.column); err != nil {
		return s, err
	}
	for _, name := range c.Lookup {
		at, err := m.column(key+".lookup", name)
		if err != nil {
			return s, err
		}
		if at == absent {
			return s, refuse("%s.lookup has a blank name", key)
		}
		s.lookup = append(s.lookup, at)
	}
	if n := len(m.book.profile.Sites.Key); len(s.lookup) > 0 && len(s.lookup) != n {
		return s, refuse("%s.lookup has %d columns, and sites.key has %d", key, len(s.lookup), n)
	}
	return s, nil
}

// sites reads the cells and masts of both ends.
func (m *mapping) sites(f [][]byte, e *event.Event) {
	m.site(f, &m.from, &e.StartAt, event.StartCell, &m.cellB[0])
	m.site(f, &m.to, &e.EndAt, event.EndCell, &m.cellB[1])
	if e.StartAt.HasXY || e.EndAt.HasXY {
		e.CRS = m.book.profile.CRS
	}
}

// site reads one end; first is the column of its cell, the others follow it.
func (m *mapping) site(f [][]byte, s *site, out *event.Site, first event.Column, keep *[]byte) {
	const azimuth, place = 3, 4
	if s.cell != absent {
		if raw := bytes.TrimSpace(f[s.cell]); len(raw) > 0 {
			m.cell(raw, s, f, keep)
			out.Cell = *keep
			if m.trace != nil {
				m.note(first, s.cell, f[s.cell], "C-"+s.scheme, *keep)
			}
		}
	}
	m.position(f, &s.spot, out, first)
	if s.azimuth != absent {
		if raw := bytes.TrimSpace(f[s.azimuth]); len(raw) > 0 {
			var ok bool
			if out.Azimuth, ok = azimuth360(raw); !ok {
				m.flags.set(flagAzimuthShape)
			}
			m.note(first+azimuth, s.azimuth, f[s.azimuth], "C-AZIMUTH", out.Azimuth)
		}
	}
	if s.place != absent {
		out.Place = m.text(first+place, s.place, f)
	}
	if len(s.lookup) > 0 && m.book.sites.known != nil {
		m.lookUp(f, s, out, first)
	}
}

// cell keeps a cell's identity under its scheme; one that does not have the
// scheme's shape is kept as a name, with a flag.
func (m *mapping) cell(raw []byte, s *site, f [][]byte, keep *[]byte) {
	scheme, parts := s.scheme, 0
	switch scheme {
	case "cgi":
		parts = 4
	case "ecgi", "ncgi":
		parts = 3
	}
	b := append((*keep)[:0], scheme...)
	b = append(b, ':')
	if s.plmn != "" {
		b = append(append(b, s.plmn...), '-')
	}
	if s.area != absent {
		b = append(append(b, bytes.TrimSpace(f[s.area])...), '-')
	}
	b = append(b, raw...)
	if parts > 0 && dashed(b[len(scheme)+1:]) != parts {
		m.flags.set(flagCellShape)
		scheme = "name"
		b = append(append(append(b[:0], scheme...), ':'), raw...)
	}
	*keep = b
	if scheme == "name" && hasOdd(raw) && hasControl(raw) {
		m.flags.set(flagControlText)
	}
}

// dashed returns the number of runs of digits that single dashes join, or 0.
func dashed(raw []byte) int {
	parts, run := 1, 0
	for _, c := range raw {
		switch {
		case c >= '0' && c <= '9':
			run++
		case c == '-' && run > 0:
			parts, run = parts+1, 0
		default:
			return 0
		}
	}
	if run == 0 {
		return 0
	}
	return parts
}

var omni = []byte("omni")

// azimuth360 reads whole degrees; 360 and OMNI say that there is no direction.
func azimuth360(raw []byte) ([]byte, bool) {
	if bytes.EqualFold(raw, omni) {
		return omni, true
	}
	n, ok := digits(raw, 3)
	switch {
	case ok && n == 360:
		return omni, true
	case ok && n < 360:
		for len(raw) > 1 && raw[0] == '0' {
			raw = raw[1:]
		}
		return raw, true
	}
	return nil, false
}
