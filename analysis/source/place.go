package source

import (
	"bytes"

	"custos.example/analysis/event"
	"custos.example/analysis/grid"
)

// spot says where coordinates stand and how they are written.
type spot struct {
	x, y, grid int
	dms        bool
}

// crsShape holds what a reference system allows.
type crsShape struct {
	places             int // decimal places kept
	xLeast, xMost      int64
	yLeast, yMost      int64
	degrees, supported bool
}

func crsOf(name string) crsShape {
	switch name {
	case "EPSG:27700":
		return crsShape{0, 0, 700_000, 0, 1_300_000, false, true}
	case "EPSG:4326":
		return crsShape{7, -180_0000000, 180_0000000, -90_0000000, 90_0000000, true, true}
	}
	return crsShape{}
}

// compileSpot finds the columns of coordinates.
func (b *book) compileSpot(key string, s Spot, column func(key, name string) (int, error)) (spot, error) {
	out := spot{x: absent, y: absent, grid: absent}
	for _, c := range []columnRef{{&out.x, key + ".x", s.X}, {&out.y, key + ".y", s.Y}, {&out.grid, key + ".grid", s.Grid}} {
		at, err := column(c.key, c.name)
		if err != nil {
			return out, err
		}
		*c.at = at
	}
	if (out.x == absent) != (out.y == absent) {
		return out, refuse("%s must name both x and y, or neither", key)
	}
	if out.x != absent && out.grid != absent {
		return out, refuse("%s has either x and y or grid", key)
	}
	if err := oneOf(key+".form", s.Form, "", "decimal", "dms"); err != nil {
		return out, err
	}
	crs := crsOf(b.profile.CRS)
	if b.profile.CRS != "" && !crs.supported {
		return out, refuse("crs is %q; it can be EPSG:27700 or EPSG:4326", b.profile.CRS)
	}
	switch {
	case out.x == absent && out.grid == absent:
		if s.Form != "" {
			return out, refuse("%s.form is for x and y", key)
		}
	case !crs.supported:
		return out, refuse("crs must be EPSG:27700 or EPSG:4326 when a cell has coordinates")
	case out.grid != absent && crs.degrees:
		return out, refuse("%s.grid is for crs EPSG:27700", key)
	case s.Form == "dms" && !crs.degrees:
		return out, refuse("%s.form dms is for crs EPSG:4326", key)
	}
	out.dms = s.Form == "dms"
	return out, nil
}

// position reads a site's coordinates, both or none.
func (m *mapping) position(f [][]byte, s *spot, out *event.Site, first event.Column) {
	const x, y = 1, 2
	at := m.book.spot(f, s, out)
	if !at.ok {
		m.flags.set(flagPositionShape)
	}
	if at.square {
		m.flags.set(flagPositionSquare)
	}
	if !at.found || m.trace == nil {
		return
	}
	rule, atX, atY := "G-"+m.book.profile.CRS, s.x, s.y
	if s.grid != absent {
		rule, atX, atY = "G-LETTERS", s.grid, s.grid
	} else if s.dms {
		rule = "G-DMS"
	}
	m.note(first+x, atX, f[atX], rule, appendInt(nil, out.X))
	m.note(first+y, atY, f[atY], rule, appendInt(nil, out.Y))
}

// spotFound tells what became of coordinates: found when there are some, ok
// unless something else stands there, square when they name a square larger than
// a metre.
type spotFound struct{ found, ok, square bool }

// spot reads coordinates.
func (b *book) spot(f [][]byte, s *spot, out *event.Site) spotFound {
	if s.grid != absent {
		raw := bytes.TrimSpace(f[s.grid])
		if len(raw) == 0 {
			return spotFound{ok: true}
		}
		e, n, whole, ok := gridReference(string(raw))
		if ok {
			out.X, out.Y, out.HasXY = e, n, true
		}
		return spotFound{ok, ok, ok && !whole}
	}
	if s.x == absent {
		return spotFound{ok: true}
	}
	rx, ry := bytes.TrimSpace(f[s.x]), bytes.TrimSpace(f[s.y])
	if len(rx) == 0 && len(ry) == 0 {
		return spotFound{ok: true}
	}
	crs := crsOf(b.profile.CRS)
	var px, py int64
	var okX, okY bool
	if s.dms {
		px, okX = readDMS(rx, false)
		py, okY = readDMS(ry, true)
	} else {
		px, okX = readDecimal(rx, crs.places, b.point)
		py, okY = readDecimal(ry, crs.places, b.point)
	}
	if !okX || !okY || px < crs.xLeast || px > crs.xMost || py < crs.yLeast || py > crs.yMost {
		return spotFound{}
	}
	if px == 0 && py == 0 {
		return spotFound{} // how many systems write that they do not know
	}
	out.X, out.Y, out.HasXY = px, py, true
	return spotFound{found: true, ok: true}
}

// gridReference reads a National Grid reference as metres. One of ten digits
// names a metre; for a larger square its middle is taken, and whole is false.
func gridReference(text string) (e, n int64, whole, ok bool) {
	square, err := grid.ParseReference(text)
	if err != nil {
		return 0, 0, false, false
	}
	at := square.Corner
	if whole = square.Side <= grid.Metre; !whole {
		at = square.Centre()
	}
	e, n = at.Metres()
	return e, n, whole, true
}

// readDMS reads degrees, minutes and seconds as 1e-7 degree: N515715,
// 0014512.5W, or as grid.ParseDMS does, such as 51°57'15.2"N.
func readDMS(raw []byte, north bool) (int64, bool) {
	plus, minus, axis := byte('E'), byte('W'), byte('E')
	if north {
		plus, minus, axis = 'N', 'S', 'N'
	}
	if len(raw) < 2 || len(raw) > 60 {
		return 0, false
	}
	letter, body := raw[0], raw[1:]
	if letter != plus && letter != minus {
		letter, body = raw[len(raw)-1], raw[:len(raw)-1]
	}
	if letter == plus || letter == minus {
		if n, ok := packedDMS(body); ok {
			if letter == minus {
				n = -n
			}
			return n, true
		}
	}
	n, found, err := grid.ParseDMS(string(raw))
	return n, err == nil && found == axis
}

// packedDMS reads DDMMSS or DDDMMSS, with decimals of a second behind a point.
func packedDMS(text []byte) (int64, bool) {
	whole, _, _ := bytes.Cut(text, []byte{'.'})
	if len(whole) != 6 && len(whole) != 7 || !allDigits(whole) {
		return 0, false
	}
	at := len(whole) - 4
	d, _ := digits(whole[:at], 3)
	m, _ := digits(whole[at:at+2], 2)
	s, ok := readDecimal(text[at+2:], 4, '.')
	if !ok || m > 59 || s >= 60*10_000 {
		return 0, false
	}
	// 1e-4 seconds to 1e-7 degrees: 1e7 / (3600 * 1e4) = 5/18.
	return halfEven((d*36_000_000+m*600_000+s)*5, 18), true
}
