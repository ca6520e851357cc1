package source

import (
	"bytes"
	"maps"
	"slices"
	"strconv"
	"strings"

	"custos.example/analysis/cell"
	"custos.example/analysis/event"
)

// site says where a cell and its mast stand in a row.
type site struct {
	cell, area, radio, azimuth, place int
	pattern                           *cell.Pattern            // for every row
	byRadio                           map[string]*cell.Pattern // for the rows with a radio code
	base                              int
	plmn                              cell.PLMN
	spot                              spot
	lookup                            []int
	read                              map[string]cellText // cells that were read before
	again                             againSite
}

// cellText is a cell that was read: its canonical text, or nothing, and the
// flag that reading it raised, or noFlag.
type cellText struct {
	text []byte
	flag int
}

const noFlag = -1

// maxCellTexts bounds the memory of cells that were read before.
const maxCellTexts = 50_000

func (m *mapping) compileSite(key string, c CellShape) (site, error) {
	s := site{read: map[string]cellText{}}
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
	if err := s.compileCell(key, c); err != nil {
		return s, err
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
	s.again.watch(&s)
	if n := len(m.book.profile.Sites.Key); len(s.lookup) > 0 && len(s.lookup) != n {
		return s, refuse("%s.lookup has %d columns, and sites.key has %d", key, len(s.lookup), n)
	}
	return s, nil
}

// sites reads the cells and masts of both ends.
func (m *mapping) sites(f [][]byte, e *event.Event) {
	m.siteAgain(f, &m.from, &e.StartAt, event.StartCell, &m.cellB[0])
	m.siteAgain(f, &m.to, &e.EndAt, event.EndCell, &m.cellB[1])
	if e.StartAt.HasXY || e.EndAt.HasXY {
		e.CRS = m.book.profile.CRS
	}
}

// site reads one end; first is the column of its cell, the others follow it.
func (m *mapping) site(f [][]byte, s *site, out *event.Site, first event.Column, keep *[]byte) {
	const azimuth, place = 3, 4
	if s.cell != absent {
		if raw := bytes.TrimSpace(f[s.cell]); len(raw) > 0 {
			out.Cell = m.cell(raw, s, f, keep)
			if m.trace != nil {
				m.note(first, s.cell, f[s.cell], s.rule(f), out.Cell)
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

// compileCell makes the pattern of a cell's identity ready.
func (s *site) compileCell(key string, c CellShape) error {
	if s.cell == absent {
		if c.Pattern+c.Base+c.PLMN+c.Area+c.Radio != "" || len(c.ByRadio) > 0 || c.GNBBits != 0 {
			return refuse("%s names no column of a cell", key)
		}
		return nil
	}
	if (c.Pattern == "") == (len(c.ByRadio) == 0) || (s.radio == absent) != (len(c.ByRadio) == 0) {
		return refuse("%s has either a pattern, or a radio column and patterns by-radio", key)
	}
	if err := oneOf(key+".base", c.Base, "", "decimal", "hex"); err != nil {
		return err
	}
	s.base = 10
	if c.Base == "hex" {
		s.base = 16
	}
	if c.PLMN != "" {
		var err error
		if s.plmn, err = cell.ParsePLMN(c.PLMN); err != nil {
			return refuse("%s.plmn: %s", key, err)
		}
	}
	var err error
	if c.Pattern != "" {
		s.pattern, err = s.compilePattern(key, c.Pattern, c.GNBBits)
		return err
	}
	s.byRadio = map[string]*cell.Pattern{}
	for _, code := range slices.Sorted(maps.Keys(c.ByRadio)) {
		if s.byRadio[code], err = s.compilePattern(key, c.ByRadio[code], c.GNBBits); err != nil {
			return err
		}
	}
	return nil
}

func (s *site) compilePattern(key, text string, gnb int) (*cell.Pattern, error) {
	if !strings.Contains(text, "gnb") {
		gnb = 0
	}
	p, err := cell.NewPattern(text, s.base, gnb)
	switch {
	case err != nil:
		return nil, refuse("%s: %s", key, err)
	case p.NeedsNetwork() && s.plmn == (cell.PLMN{}):
		return nil, refuse("%s: the pattern %q does not state the network; give plmn", key, text)
	case p.NeedsArea() && s.area == absent:
		return nil, refuse("%s: the pattern %q does not state the location area; give area", key, text)
	}
	return p, nil
}

// cell reads a cell's identity; one that is not written as its pattern says is
// kept as a name, with a flag. One that a spreadsheet rounded is left blank: many
// cells have the same rounded text, and none of them is meant by it.
func (m *mapping) cell(raw []byte, s *site, f [][]byte, keep *[]byte) []byte {
	k := append(m.key[:0], raw...)
	if s.radio != absent {
		k = append(append(k, 0x1f), bytes.TrimSpace(f[s.radio])...)
	}
	if s.area != absent {
		k = append(append(k, 0x1f), bytes.TrimSpace(f[s.area])...)
	}
	m.key = k
	known, there := s.read[string(k)]
	if !there {
		if len(s.read) >= maxCellTexts {
			clear(s.read)
		}
		known = s.identity(raw, f)
		s.read[string(k)] = known
	}
	if known.flag != noFlag {
		m.flags.set(known.flag)
	}
	*keep = append((*keep)[:0], known.text...)
	return *keep
}

func (s *site) identity(raw []byte, f [][]byte) cellText {
	p := s.pattern
	if s.byRadio != nil {
		p = s.byRadio[string(bytes.TrimSpace(f[s.radio]))]
	}
	given := cell.Given{PLMN: s.plmn}
	if s.area != absent {
		if n, err := strconv.ParseUint(string(bytes.TrimSpace(f[s.area])), s.base, 32); err == nil {
			given.Area, given.HasArea = n, true
		}
	}
	names := p == nil || p.Scheme() == cell.Name
	if names && roundedName(raw) {
		return cellText{flag: flagCellRounded}
	}
	if p != nil {
		if id, err := p.Read(string(raw), given); err == nil {
			return cellText{id.Append(nil), noFlag}
		}
	}
	if !names && event.Scientific(raw) {
		return cellText{flag: flagCellRounded}
	}
	if id, err := cell.Named(string(raw)); err == nil {
		return cellText{id.Append(nil), flagCellShape}
	}
	return cellText{flag: flagCellShape}
}

// roundedName reports a name or a key as a spreadsheet leaves it that took it for
// a number: 1.2E+46. An operator may well name a cell 12E45.
func roundedName(raw []byte) bool {
	return bytes.IndexByte(raw, '+') > 0 && event.Scientific(raw)
}

// rule names how a cell was read.
func (s *site) rule(f [][]byte) string {
	p := s.pattern
	if s.byRadio != nil {
		p = s.byRadio[string(bytes.TrimSpace(f[s.radio]))]
	}
	if p == nil {
		return "C-NAME"
	}
	return "C-" + p.String()
}

var omni = []byte("omni")

// azimuth360 reads a direction as cell.ParseAzimuth does, without allocating.
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
