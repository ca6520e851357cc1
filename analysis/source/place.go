package source

import (
	"bytes"

	"custos.example/analysis/event"
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
	found, ok := m.book.spot(f, s, out)
	if !ok {
		m.flags.set(flagPositionShape)
	}
	if !found || m.trace == nil {
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

// spot reads coordinates; found is false when there are none, ok when what
// stands there is none.
func (b *book) spot(f [][]byte, s *spot, out *event.Site) (found, ok bool) {
	if s.grid != absent {
		raw := bytes.TrimSpace(f[s.grid])
		if len(raw) == 0 {
			return false, true
		}
		e, n, ok := gridLetters(raw)
		if ok {
			out.X, out.Y, out.HasXY = e, n, true
		}
		return ok, ok
	}
	if s.x == absent {
		return false, true
	}
	rx, ry := bytes.TrimSpace(f[s.x]), bytes.TrimSpace(f[s.y])
	if len(rx) == 0 && len(ry) == 0 {
		return false, true
	}
	crs := crsOf(b.profile.CRS)
	var px, py int64
	var okX, okY bool
	if s.dms {
		px, okX = readDMS(rx, 'E', 'W')
		py, okY = readDMS(ry, 'N', 'S')
	} else {
		px, okX = readDecimal(rx, crs.places, b.point)
		py, okY = readDecimal(ry, crs.places, b.point)
	}
	if !okX || !okY || px < crs.xLeast || px > crs.xMost || py < crs.yLeast || py > crs.yMost {
		return false, false
	}
	out.X, out.Y, out.HasXY = px, py, true
	return true, true
}

// readDMS reads degrees, minutes and seconds as 1e-7 degree: N515715,
// 0014512.5W, 51 57 15 N, 51°57'15.2"N. The letter stands first or last.
func readDMS(raw []byte, plus, minus byte) (int64, bool) {
	if len(raw) < 2 || len(raw) > 40 {
		return 0, false
	}
	letter, body := raw[0]&^0x20, raw[1:]
	if letter != plus && letter != minus {
		letter, body = raw[len(raw)-1]&^0x20, raw[:len(raw)-1]
	}
	if letter != plus && letter != minus {
		return 0, false
	}
	parts, whole := dmsParts(body)
	if parts == 1 {
		packed := whole[0]
		if packed.digits != 6 && packed.digits != 7 {
			return 0, false
		}
		n := packed.n / 10_000
		whole = [3]dmsPart{{n: n / 10_000 * 10_000}, {n: n / 100 % 100 * 10_000}, {n: n%100*10_000 + packed.n%10_000}}
	} else if parts != 3 {
		return 0, false
	}
	d, m, s := whole[0].n, whole[1].n, whole[2].n
	if d%10_000 != 0 || m%10_000 != 0 || m >= 60*10_000 || s >= 60*10_000 {
		return 0, false
	}
	// 1e-4 seconds to 1e-7 degrees: 1e7 / (3600 * 1e4) = 5/18.
	n := halfEven((d*3600+m*60+s)*5, 18)
	if letter == minus {
		n = -n
	}
	return n, true
}

// dmsPart is a number in 1e-4, and how many digits it has before the point.
type dmsPart struct {
	n      int64
	digits int
}

// dmsParts finds up to three numbers between anything that is no digit.
func dmsParts(text []byte) (int, [3]dmsPart) {
	var out [3]dmsPart
	parts := 0
	for i := 0; i < len(text); {
		if text[i] < '0' || text[i] > '9' {
			if c := text[i]; c == '.' || c == ',' || c == '-' || c == '+' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' {
				return 0, out
			}
			i++
			continue
		}
		from := i
		for i < len(text) && text[i] >= '0' && text[i] <= '9' {
			i++
		}
		size := i - from
		if i < len(text) && (text[i] == '.' || text[i] == ',') {
			for i++; i < len(text) && text[i] >= '0' && text[i] <= '9'; i++ {
			}
		}
		n, ok := readDecimal(bytes.ReplaceAll(text[from:i], []byte{','}, []byte{'.'}), 4, '.')
		if !ok || parts == 3 {
			return 0, out
		}
		out[parts] = dmsPart{n, size}
		parts++
	}
	return parts, out
}

// gridLetters reads a National Grid reference such as TQ 300 800 as metres of
// the south-west corner of the square that it names.
func gridLetters(raw []byte) (e, n int64, ok bool) {
	if len(raw) < 4 || len(raw) > 20 {
		return 0, 0, false
	}
	first, ok1 := gridLetter(raw[0])
	second, ok2 := gridLetter(raw[1])
	if !ok1 || !ok2 {
		return 0, 0, false
	}
	// The 500 km squares begin two squares west and one south of the origin.
	east := (first%5-2)*5 + second%5
	north := (19-first/5*5)/5*5 - second/5
	figures := bytes.Join(bytes.Fields(raw[2:]), nil)
	half := len(figures) / 2
	if len(figures)%2 == 1 || half < 1 || half > 5 || east < 0 || east > 6 || north < 0 || north > 12 {
		return 0, 0, false
	}
	de, okE := digits(figures[:half], 5)
	dn, okN := digits(figures[half:], 5)
	for i := half; i < 5; i++ {
		de, dn = de*10, dn*10
	}
	return int64(east)*100_000 + de, int64(north)*100_000 + dn, okE && okN
}

// gridLetter returns a letter's place from 0; the grid leaves out I.
func gridLetter(c byte) (int, bool) {
	c &^= 0x20
	if c < 'A' || c > 'Z' || c == 'I' {
		return 0, false
	}
	if c > 'I' {
		return int(c-'A') - 1, true
	}
	return int(c - 'A'), true
}
