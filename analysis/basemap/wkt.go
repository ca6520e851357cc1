package basemap

import (
	"strings"
)

// maxWKTDepth bounds how deep well-known text is nested.
const maxWKTDepth = 12

// wkt reads well-known text.
// Source: OGC 06-103r4, clause 7.
type wkt struct {
	text []byte
	s    system
}

// readWKT returns the pieces of a geometry in well-known text.
// Shape: POINT, LINESTRING, POLYGON, their MULTI forms and GEOMETRYCOLLECTION;
// Z and M are read and not drawn. Errors: errShape, errNumber, errOutside, errMany.
func readWKT(text []byte, s system) ([]piece, error) {
	w := &wkt{text: text, s: s}
	pieces, err := w.geometry(0)
	if err != nil {
		return nil, err
	}
	if w.blank(); len(w.text) > 0 {
		return nil, errShape
	}
	return pieces, nil
}

func (w *wkt) blank() {
	for len(w.text) > 0 && (w.text[0] == ' ' || w.text[0] == '\t' || w.text[0] == '\n' || w.text[0] == '\r') {
		w.text = w.text[1:]
	}
}

// word takes a run of letters.
func (w *wkt) word() string {
	w.blank()
	n := 0
	for n < len(w.text) && n < 32 && (w.text[n]|0x20) >= 'a' && (w.text[n]|0x20) <= 'z' {
		n++
	}
	word := strings.ToUpper(string(w.text[:n]))
	w.text = w.text[n:]
	return word
}

// take moves past a byte and reports whether it stood there.
func (w *wkt) take(c byte) bool {
	w.blank()
	if len(w.text) == 0 || w.text[0] != c {
		return false
	}
	w.text = w.text[1:]
	return true
}

func wktName(word string) string {
	return map[string]string{
		"POINT": "Point", "MULTIPOINT": "MultiPoint", "LINESTRING": "LineString", "MULTILINESTRING": "MultiLineString",
		"POLYGON": "Polygon", "MULTIPOLYGON": "MultiPolygon",
	}[word]
}

func (w *wkt) geometry(depth int) ([]piece, error) {
	word := w.word()
	if depth > maxWKTDepth {
		return nil, errShape
	}
	rest := w.text
	switch dimension := w.word(); dimension {
	case "Z", "M", "ZM":
		rest = w.text
	default:
		w.text = rest
	}
	if w.word() == "EMPTY" {
		if wktName(word) == "" && word != "GEOMETRYCOLLECTION" {
			return nil, errShape
		}
		return nil, nil
	}
	w.text = rest
	if word == "GEOMETRYCOLLECTION" {
		return w.collection(depth)
	}
	name := wktName(word)
	if name == "" {
		return nil, errShape
	}
	var n nest
	if err := w.list(&n, 1); err != nil {
		return nil, err
	}
	if name == "MultiPoint" && n.depth == 3 && !n.uneven {
		n.depth = 2 // each point in brackets of its own
	}
	if name == "Point" {
		if len(n.points) != 1 || n.depth != 2 {
			return nil, errShape
		}
		n.depth = 1
	}
	return n.pieces(name)
}

func (w *wkt) collection(depth int) ([]piece, error) {
	if !w.take('(') {
		return nil, errShape
	}
	var all []piece
	for {
		pieces, err := w.geometry(depth + 1)
		if err != nil {
			return nil, err
		}
		all = append(all, pieces...)
		if w.take(')') {
			return all, nil
		}
		if !w.take(',') {
			return nil, errShape
		}
	}
}

// list reads brackets and what they hold: more brackets, or positions.
func (w *wkt) list(n *nest, depth int) error {
	if depth > maxWKTDepth || !w.take('(') {
		return errShape
	}
	for {
		w.blank()
		var err error
		switch {
		case len(w.text) > 0 && w.text[0] == '(':
			err = w.list(n, depth+1)
		case len(w.text) > 0 && w.text[0]|0x20 == 'e':
			if w.word() != "EMPTY" {
				err = errShape
			}
		default:
			err = w.position(n, depth+1)
		}
		if err != nil {
			return err
		}
		if w.take(')') {
			break
		}
		if !w.take(',') {
			return errShape
		}
	}
	if len(n.points) > n.done() {
		n.ends = append(n.ends, len(n.points))
	}
	return nil
}

// position reads two to four numbers.
func (w *wkt) position(n *nest, depth int) error {
	var pair [2]int64
	numbers := 0
	for {
		w.blank()
		end := 0
		for end < len(w.text) && strings.IndexByte("0123456789+-.eE", w.text[end]) >= 0 {
			end++
		}
		if end == 0 {
			break
		}
		if numbers < 2 {
			var err error
			if pair[numbers], err = decimal(w.text[:end], w.s.places()); err != nil { //nolint:gosec // numbers is below 2
				return err
			}
		}
		if numbers++; numbers > 4 {
			return errShape
		}
		w.text = w.text[end:]
	}
	if numbers < 2 {
		return errShape
	}
	var fault error
	n.add(w.s, pair, depth, &fault)
	return fault
}
