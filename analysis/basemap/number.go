package basemap

import (
	"errors"
	"math/bits"

	"custos.example/analysis/grid"
)

// errNumber is returned for a coordinate that is no number, or far too large.
var errNumber = errors.New("a coordinate is not a number that can be read")

// decimal reads a number as JSON and well-known text write it, in units of
// 10^-places, half to even; what is beyond 18 digits of them is refused.
// Shape: sign, digits, a point and an exponent are all optional but the digits.
func decimal(text []byte, places int) (int64, error) {
	if len(text) == 0 || len(text) > 64 {
		return 0, errNumber
	}
	negative := text[0] == '-'
	if negative || text[0] == '+' {
		text = text[1:]
	}
	var digits []byte
	point, seen, i := 0, false, 0
	for ; i < len(text); i++ {
		c := text[i]
		if c == '.' && !seen {
			seen = true
			continue
		}
		if c < '0' || c > '9' {
			break
		}
		digits = append(digits, c)
		if !seen {
			point++
		}
	}
	if len(digits) == 0 {
		return 0, errNumber
	}
	exponent, err := power(text[i:])
	if err != nil {
		return 0, err
	}
	v, err := rounded(digits, point+exponent+places)
	if negative {
		v = -v
	}
	return v, err
}

// power reads an exponent, or nothing.
func power(text []byte) (int, error) {
	if len(text) == 0 {
		return 0, nil
	}
	if text[0] != 'e' && text[0] != 'E' {
		return 0, errNumber
	}
	text = text[1:]
	sign := 1
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		if text[0] == '-' {
			sign = -1
		}
		text = text[1:]
	}
	if len(text) == 0 || len(text) > 4 {
		return 0, errNumber
	}
	n := 0
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0, errNumber
		}
		n = n*10 + int(c-'0')
	}
	return sign * n, nil
}

// rounded returns the digits before a place, rounded half to even by those
// behind it.
func rounded(digits []byte, place int) (int64, error) {
	for len(digits) > 0 && digits[0] == '0' {
		digits = digits[1:]
		place--
	}
	if len(digits) == 0 || place < 0 {
		return 0, nil
	}
	if place > 18 {
		return 0, errNumber
	}
	var v int64
	for i := range place {
		v *= 10
		if i < len(digits) {
			v += int64(digits[i] - '0')
		}
	}
	if place >= len(digits) {
		return v, nil
	}
	more := false
	for _, c := range digits[place+1:] {
		more = more || c != '0'
	}
	if c := digits[place]; c > '5' || c == '5' && (more || v&1 == 1) {
		v++
	}
	return v, nil
}

// system turns pairs of coordinates into positions.
type system struct {
	metres bool // National Grid; else degrees of WGS 84
}

// errOutside is returned for a position that its reference system does not have.
var errOutside = errors.New("a position lies outside its reference system")

// places returns in how many decimals of its unit a coordinate is read.
func (s system) places() int {
	if s.metres {
		return 3
	}
	return 7
}

// point returns the position of x and y as they stand in a file.
func (s system) point(x, y []byte) (grid.Point, error) {
	a, err := decimal(x, s.places())
	if err != nil {
		return grid.Point{}, err
	}
	b, err := decimal(y, s.places())
	if err != nil {
		return grid.Point{}, err
	}
	return s.at(a, b)
}

// at returns the position of x and y in units of places.
func (s system) at(x, y int64) (grid.Point, error) {
	if s.metres {
		p, err := grid.FromGrid(grid.Grid{E: x, N: y})
		if err != nil {
			return p, errOutside
		}
		return p, nil
	}
	p := grid.Point{Lat: y, Lon: x}
	if p.Verify() != nil {
		return p, errOutside
	}
	return p, nil
}

// stretch returns v*scale + translate, where scale and translate are in units
// of 10^-16 for degrees or 10^-10 for metres, in units of places.
func (s system) stretch(v, scale, translate int64) (int64, error) {
	unit := int64(1_000_000_000)
	if s.metres {
		unit = 10_000_000
	}
	hi, lo := bits.Mul64(size(v), size(scale))
	if hi != 0 || lo > 1<<62 || size(translate) > 1<<62 {
		return 0, errOutside
	}
	product := int64(lo)
	if (v < 0) != (scale < 0) {
		product = -product
	}
	return grid.Nearest(product+translate, unit), nil
}

func size(a int64) uint64 {
	if a < 0 {
		return uint64(-a)
	}
	return uint64(a)
}
