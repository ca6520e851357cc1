// Package basemap owns the ground that a map is drawn on: shores, rivers, roads
// and boundaries, read from the formats in which they are published into one
// canonical text with their credit and licence.
//
// It never fetches anything, never leaves a point out without saying so, and
// knows nothing of paper: package render draws.
package basemap

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"custos.example/analysis/event"
	"custos.example/analysis/grid"
)

// Version names the form below. Another form is another version.
const Version = "custos/base-map/v1"

// The kinds of feature.
const (
	Dot  = "point"
	Line = "line"
	Area = "area"
)

// The kinds of row in front of the features, in their order. Each has its text
// in the column name.
const (
	headFormat  = "format"
	headCredit  = "credit"
	headLicence = "licence"
	headDetail  = "detail"
	headBounds  = "bounds"
)

// Limits of the form, and so of a reader's memory.
const (
	maxPositions = 2_000_000 // of one part
	rowPositions = 2_000     // of one row
)

// Classes returns what a feature can be, so that a page can draw each its way.
func Classes() []string {
	return []string{"area", "boundary", "building", "coast", "other", "path", "place", "rail", "river", "road", "water"}
}

// Columns returns the header of the canonical form.
//
// Shape: rows of kind format, credit, licence, detail and bounds come first,
// with their text in the column name. Then each part of each feature: kind
// point, line or area; class; name, blank when it has none; feature, from 1
// and rising; part, from 1 in each feature; source, the first 16 hex digits of
// its file's SHA-256; row, the record or feature of that file; points, as
// longitude and latitude in turn. A part of more than 2000 positions goes on in
// the next row. Every part of an area is a ring that ends where it began; what
// lies in an odd number of a feature's rings is inside it.
// Units: 1e-7 degree, WGS 84.
func Columns() []string {
	return []string{"kind", "class", "name", "feature", "part", "source", "row", "points"}
}

// Head is what stands in front of the features.
// Shape: Credits must be printed wherever the map is shown; Details are whole
// sentences on how the file was made, such as what was left out; Bounds is the
// smallest rectangle that holds every position: west, south, east, north.
type Head struct {
	Credits  []string
	Licences []string
	Details  []string
	Bounds   [4]int64
	Empty    bool // there are no positions, and no Bounds
}

// Part is one piece of a feature. Points are valid until the next is read.
type Part struct {
	Kind, Class, Name string
	Feature, Part     int64
	Source            string
	Row               int64
	Points            []grid.Point
}

// Reader reads a base map in canonical form.
// Trust: none; any other form is refused.
type Reader struct {
	table   *event.Table
	head    Head
	next    Part
	bounds  [4]int64
	any     bool
	pending bool
	points  []grid.Point
	feature int64
	part    int64
}

// NewReader reads the head of a base map.
// Errors: event.ErrNotCanonical.
func NewReader(in io.Reader) (*Reader, error) {
	table, err := event.NewTable(in, Columns())
	if err != nil {
		return nil, fmt.Errorf("base map: %w", err)
	}
	r := &Reader{table: table}
	return r, r.readHead()
}

// Head returns what stands in front of the features.
func (r *Reader) Head() Head { return r.head }

func (r *Reader) fail(format string, args ...any) error {
	return fmt.Errorf("%w: base map line %d: %s", event.ErrNotCanonical, r.table.Line(), fmt.Sprintf(format, args...))
}

func (r *Reader) readHead() error {
	order := []string{headFormat, headCredit, headLicence, headDetail, headBounds}
	at := -1
	for {
		f, err := r.table.Next()
		if errors.Is(err, io.EOF) {
			return r.headDone(at)
		}
		if err != nil {
			return err
		}
		kind, text := string(f[0]), string(f[2])
		i := slices.Index(order, kind)
		if i < 0 {
			if err := r.headDone(at); err != nil {
				return err
			}
			return r.take(f)
		}
		rest := string(f[1]) + string(f[3]) + string(f[4]) + string(f[5]) + string(f[6]) + string(f[7])
		if i < at || i > at+1 && (i != 4 || at != 2) || rest != "" || text == "" || i == at && (i == 0 || i == 4) {
			return r.fail("%q stands where it does not belong", kind)
		}
		at = i
		switch kind {
		case headFormat:
			if text != Version {
				return r.fail("format %q is not %s", text, Version)
			}
		case headCredit:
			r.head.Credits = append(r.head.Credits, text)
		case headLicence:
			r.head.Licences = append(r.head.Licences, text)
		case headDetail:
			r.head.Details = append(r.head.Details, text)
		case headBounds:
			if r.head.Bounds, err = parseBounds(text); err != nil {
				return r.fail("%v", err)
			}
		}
	}
}

func (r *Reader) headDone(at int) error {
	if at < 2 || len(r.head.Credits) == 0 || len(r.head.Licences) == 0 {
		return r.fail("there is no format, credit or licence in front")
	}
	r.head.Empty = at != 4
	return nil
}

// take reads a row of a feature into next.
func (r *Reader) take(f [][]byte) error {
	p := Part{Kind: string(f[0]), Class: string(f[1]), Name: string(f[2]), Source: string(f[5])}
	var ok [3]bool
	p.Feature, ok[0] = count(f[3])
	p.Part, ok[1] = count(f[4])
	p.Row, ok[2] = count(f[6])
	if p.Kind != Dot && p.Kind != Line && p.Kind != Area || !slices.Contains(Classes(), p.Class) || !ok[0] || !ok[1] || !ok[2] || len(p.Source) != 16 || strings.Trim(p.Source, "0123456789abcdef") != "" {
		return r.fail("kind, class, feature, part, source or row is malformed")
	}
	points, err := appendPoints(nil, f[7])
	if err != nil {
		return r.fail("%v", err)
	}
	p.Points = points
	r.next, r.pending = p, true
	return nil
}

// Next returns the next part.
// Errors: io.EOF after the last; event.ErrNotCanonical with the line.
func (r *Reader) Next() (*Part, error) {
	if !r.pending {
		return nil, r.checkBounds()
	}
	if r.head.Empty {
		return nil, r.fail("there are positions and no bounds")
	}
	p := r.next
	if p.Feature != r.feature && (p.Feature != r.feature+1 || p.Part != 1) || p.Feature == r.feature && p.Part != r.part+1 {
		return nil, r.fail("feature %d part %d follows feature %d part %d", p.Feature, p.Part, r.feature, r.part)
	}
	r.feature, r.part = p.Feature, p.Part
	r.points = append(r.points[:0], p.Points...)
	full := len(p.Points) == rowPositions
	for {
		r.pending = false
		f, err := r.table.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if err := r.take(f); err != nil {
			return nil, err
		}
		n := r.next
		if n.Feature != p.Feature || n.Part != p.Part {
			break
		}
		if !full || n.Kind != p.Kind || n.Class != p.Class || n.Name != p.Name || n.Source != p.Source || n.Row != p.Row || len(r.points)+len(n.Points) > maxPositions {
			return nil, r.fail("the part goes on as another, after a row that was not full, or for too long")
		}
		full = len(n.Points) == rowPositions
		r.points = append(r.points, n.Points...)
	}
	p.Points = r.points
	if err := check(p); err != nil {
		return nil, r.fail("%v", err)
	}
	r.bounds, r.any = extend(r.bounds, r.any, p.Points), true
	return &p, nil
}

func (r *Reader) checkBounds() error {
	if r.any == r.head.Empty || r.any && r.bounds != r.head.Bounds {
		return r.fail("the bounds in front are not those of the positions")
	}
	return io.EOF
}

// check wants a part to have the shape of its kind.
func check(p Part) error {
	switch n := len(p.Points); {
	case p.Kind == Dot && n != 1:
		return fmt.Errorf("a point has %d positions", n)
	case p.Kind == Line && n < 2:
		return fmt.Errorf("a line has %d positions", n)
	case p.Kind == Area && (n < 4 || p.Points[0] != p.Points[n-1]):
		return fmt.Errorf("a ring has %d positions or does not end where it began", n)
	}
	return nil
}

func extend(b [4]int64, some bool, points []grid.Point) [4]int64 {
	for _, p := range points {
		if !some {
			b, some = [4]int64{p.Lon, p.Lat, p.Lon, p.Lat}, true
		}
		b = [4]int64{min(b[0], p.Lon), min(b[1], p.Lat), max(b[2], p.Lon), max(b[3], p.Lat)}
	}
	return b
}

// appendPoints reads the positions of one row.
func appendPoints(dst []grid.Point, text []byte) ([]grid.Point, error) {
	n := 0
	for len(text) > 0 {
		var v [2]int64
		for i := range v {
			end := 0
			for end < len(text) && text[end] != ' ' {
				end++
			}
			var ok bool
			if v[i], ok = integer(text[:end]); !ok {
				return dst, errors.New("a position is no two whole numbers")
			}
			text = text[end:]
			last := len(text) == 0
			if !last {
				text = text[1:]
			}
			if i == 0 && last || !last && len(text) == 0 {
				return dst, errors.New("a position has no latitude, or a blank stands at the end")
			}
		}
		p := grid.Point{Lat: v[1], Lon: v[0]}
		if n++; n > rowPositions || p.Verify() != nil {
			return dst, errors.New("a position is not on the earth, or the row has too many")
		}
		dst = append(dst, p)
	}
	if n == 0 {
		return dst, errors.New("there is no position")
	}
	return dst, nil
}

// integer reads a canonical decimal number of at most ten digits.
func integer(text []byte) (int64, bool) {
	digits := text
	if len(digits) > 0 && digits[0] == '-' {
		digits = digits[1:]
	}
	v, ok := count(digits)
	if len(digits) > 10 || len(digits) < len(text) && v == 0 {
		return 0, false
	}
	if len(digits) < len(text) {
		v = -v
	}
	return v, ok
}

// count reads a canonical number that is not negative.
func count(text []byte) (int64, bool) {
	if len(text) == 0 || len(text) > 15 || text[0] == '0' && len(text) > 1 {
		return 0, false
	}
	var v int64
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0, false
		}
		v = v*10 + int64(c-'0')
	}
	return v, true
}

func parseBounds(text string) (b [4]int64, err error) {
	p, err := appendPoints(nil, []byte(text))
	if err != nil || len(p) != 2 || p[0].Lon > p[1].Lon || p[0].Lat > p[1].Lat {
		return b, errors.New("bounds are not west, south, east and north")
	}
	return [4]int64{p[0].Lon, p[0].Lat, p[1].Lon, p[1].Lat}, nil
}

// appendHead appends the header line and the rows in front of the features.
func appendHead(dst []byte, h Head) []byte {
	dst = event.AppendRecord(dst, Columns()...)
	row := func(kind, text string) { dst = event.AppendRecord(dst, kind, "", text, "", "", "", "", "") }
	row(headFormat, Version)
	for _, t := range h.Credits {
		row(headCredit, t)
	}
	for _, t := range h.Licences {
		row(headLicence, t)
	}
	for _, t := range h.Details {
		row(headDetail, t)
	}
	if !h.Empty {
		row(headBounds, string(positions(nil, []grid.Point{{Lat: h.Bounds[1], Lon: h.Bounds[0]}, {Lat: h.Bounds[3], Lon: h.Bounds[2]}})))
	}
	return dst
}

// appendPart appends a part, as many rows as it needs.
func appendPart(dst []byte, p Part) []byte {
	for from := 0; from < len(p.Points); from += rowPositions {
		dst = append(append(append(dst, p.Kind...), ','), p.Class...)
		dst = append(event.AppendField(append(dst, ','), []byte(p.Name)), ',')
		dst = append(strconv.AppendInt(dst, p.Feature, 10), ',')
		dst = append(strconv.AppendInt(dst, p.Part, 10), ',')
		dst = append(append(dst, p.Source...), ',')
		dst = append(strconv.AppendInt(dst, p.Row, 10), ',')
		dst = append(positions(dst, p.Points[from:min(from+rowPositions, len(p.Points))]), '\n')
	}
	return dst
}

func positions(dst []byte, points []grid.Point) []byte {
	for i, p := range points {
		if i > 0 {
			dst = append(dst, ' ')
		}
		dst = append(strconv.AppendInt(dst, p.Lon, 10), ' ')
		dst = strconv.AppendInt(dst, p.Lat, 10)
	}
	return dst
}
