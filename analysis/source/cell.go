package source

import (
	"bytes"
	"strconv"

	"custos.example/analysis/event"
)

// sites reads the cells and masts of both ends.
func (m *mapping) sites(f [][]byte, e *event.Event) {
	m.site(f, &m.start, &e.StartAt, event.StartCell, &m.cellB[0])
	m.site(f, &m.end, &e.EndAt, event.EndCell, &m.cellB[1])
	if e.StartAt.HasXY || e.EndAt.HasXY {
		e.CRS = m.profile.CRS
	}
}

// site reads one end; first is the column of its cell, the others follow it.
func (m *mapping) site(f [][]byte, s *site, out *event.Site, first event.Column, keep *[]byte) {
	const x, y, azimuth, place = 1, 2, 3, 4
	if s.cell != absent {
		if raw := bytes.TrimSpace(f[s.cell]); len(raw) > 0 {
			m.cell(raw, s.scheme, keep)
			out.Cell = *keep
			if m.trace != nil {
				m.note(first, s.cell, f[s.cell], "C-"+s.scheme, *keep)
			}
		}
	}
	if s.x != absent {
		m.position(f, s, out)
		if out.HasXY && m.trace != nil {
			m.note(first+x, s.x, f[s.x], "G-"+m.profile.CRS, strconv.AppendInt(nil, out.X, 10))
			m.note(first+y, s.y, f[s.y], "G-"+m.profile.CRS, strconv.AppendInt(nil, out.Y, 10))
		}
	}
	if s.azimuth != absent {
		if raw := bytes.TrimSpace(f[s.azimuth]); len(raw) > 0 {
			out.Azimuth = m.azimuth(raw)
			m.note(first+azimuth, s.azimuth, f[s.azimuth], "C-AZIMUTH", out.Azimuth)
		}
	}
	if s.place != absent {
		out.Place = m.text(first+place, s.place, f)
	}
}

// cell keeps a cell's identity under its scheme; one that does not have the
// scheme's shape is kept as a name, with a flag.
func (m *mapping) cell(raw []byte, scheme string, keep *[]byte) {
	parts := 0
	switch scheme {
	case "cgi":
		parts = 4
	case "ecgi":
		parts = 3
	}
	*keep = (*keep)[:0]
	if parts > 0 && dashed(raw) != parts {
		m.flags.set(flagCellShape)
		scheme = "name"
	}
	*keep = append(append(append(*keep, scheme...), ':'), raw...)
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

// position reads a site's coordinates, both or none.
func (m *mapping) position(f [][]byte, s *site, out *event.Site) {
	rx, ry := bytes.TrimSpace(f[s.x]), bytes.TrimSpace(f[s.y])
	if len(rx) == 0 && len(ry) == 0 {
		return
	}
	x, okX := readFixed(rx, m.places)
	y, okY := readFixed(ry, m.places)
	low := int64(0)
	if m.places > 0 {
		low = 1
	}
	if !okX || !okY || x > m.lonLimit || y > m.latLimit || x < -low*m.lonLimit || y < -low*m.latLimit {
		m.flags.set(flagPositionShape)
		return
	}
	out.X, out.Y, out.HasXY = x, y, true
}

var omni = []byte("omni")

// azimuth reads whole degrees; 360 and OMNI say that there is no direction.
func (m *mapping) azimuth(raw []byte) []byte {
	if bytes.EqualFold(raw, omni) {
		return omni
	}
	n, ok := digits(raw, 3)
	switch {
	case ok && n == 360:
		return omni
	case ok && n < 360:
		for len(raw) > 1 && raw[0] == '0' {
			raw = raw[1:]
		}
		return raw
	}
	m.flags.set(flagAzimuthShape)
	return nil
}

// flagSet is a set of flags; the bits stand in the order of the flags' names.
type flagSet uint32

const (
	flagAzimuthShape = iota
	flagCellShape
	flagControlText
	flagDurationUnused
	flagFoldUnknown
	flagFormulaText
	flagIMEICheck
	flagIMEIRounded
	flagIMEIShape
	flagIMSIRounded
	flagIMSIShape
	flagUnrecognised
	flagPositionShape
	flagRepairedZero
	flagSubjectAsserted
	flagCount
)

func flagName(bit int) string {
	return [flagCount]string{
		event.AzimuthShape, event.CellShape, event.ControlText, event.DurationUnused, event.FoldUnknown, event.FormulaText,
		event.IMEICheck, event.IMEIRounded, event.IMEIShape, event.IMSIRounded, event.IMSIShape, event.Unrecognised,
		event.PositionShape, event.RepairedZero, event.SubjectAsserted,
	}[bit]
}

func (s *flagSet) set(bit int) { *s |= 1 << bit }

func (s flagSet) append(dst []byte) []byte {
	if s == 0 {
		return dst
	}
	for bit := range flagCount {
		if s&(1<<bit) == 0 {
			continue
		}
		if len(dst) > 0 {
			dst = append(dst, ' ')
		}
		dst = append(dst, flagName(bit)...)
	}
	return dst
}
