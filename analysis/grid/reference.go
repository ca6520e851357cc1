package grid

import (
	"errors"
	"fmt"
	"strings"
)

// ErrReference is returned for a text that is no National Grid reference.
var ErrReference = errors.New("not a National Grid reference")

// letters are those of the grid's squares, row by row from the north west.
const letters = "ABCDEFGHJKLMNOPQRSTUVWXYZ"

// Square is what a reference names: a square on the ground.
// Units: Corner is its south-west corner; Side is in millimetres. A reference
// of two letters and ten digits has a side of one metre.
type Square struct {
	Corner Grid
	Side   int64
}

// Centre returns the middle of the square.
func (s Square) Centre() Grid { return Grid{s.Corner.E + s.Side/2, s.Corner.N + s.Side/2} }

// ParseReference reads a National Grid reference: two letters and an even
// number of digits up to ten, such as ST76886550 or "ST 749 646".
//
// Shape: letters in either case; spaces only between the letters, the easting
// and the northing. No digits at all name a square of 100 km.
// Errors: ErrReference, saying what is wrong.
func ParseReference(text string) (Square, error) {
	fail := func(why string) (Square, error) {
		return Square{}, fmt.Errorf("%w: %.40q: %s", ErrReference, text, why)
	}
	parts := strings.Split(text, " ")
	plain := strings.Join(parts, "")
	last, lettersAlone := parts[len(parts)-1], len(parts[0]) == 2
	if len(parts) > 3 || len(parts) == 3 && !lettersAlone || len(parts) > 1 && (last == "" || parts[0] == "") {
		return fail("one space may stand after the letters and one between easting and northing")
	}
	if (len(parts) == 3 || len(parts) == 2 && !lettersAlone) && 2*len(last) != len(plain)-2 {
		return fail("easting and northing have different numbers of digits")
	}
	if len(plain) < 2 {
		return fail("it does not begin with two letters; Ireland's grid, which has one, is not read")
	}
	first, second := letterAt(plain[0]), letterAt(plain[1])
	if first < 0 || second < 0 {
		return fail("it does not begin with two letters of the grid (A to Z without I)")
	}
	digits := plain[2:]
	if len(digits)%2 != 0 || len(digits) > 10 {
		return fail("there must be 0, 2, 4, 6, 8 or 10 digits after the letters")
	}
	east := int64(first%5-2)*5 + int64(second%5)
	north := int64(3-first/5)*5 + int64(4-second/5)
	s := Square{Corner: Grid{east * 100_000 * Metre, north * 100_000 * Metre}, Side: 100_000 * Metre}
	if s.Corner.Verify() != nil {
		return fail("no part of Great Britain has a square of these letters")
	}
	half := len(digits) / 2
	for i := range half {
		e, n := digits[i], digits[half+i]
		if e < '0' || e > '9' || n < '0' || n > '9' {
			return fail("there is something other than digits after the letters")
		}
		s.Side /= 10
		s.Corner.E += int64(e-'0') * s.Side
		s.Corner.N += int64(n-'0') * s.Side
	}
	return s, nil
}

func letterAt(c byte) int {
	if c >= 'a' && c <= 'z' {
		c -= 'a' - 'A'
	}
	return strings.IndexByte(letters, c)
}

// Reference returns the reference of the square of one metre that holds a
// position: two letters and ten digits.
// Errors: ErrOutside.
func (g Grid) Reference() (string, error) {
	if err := g.Verify(); err != nil {
		return "", err
	}
	const hundred = 100_000 * Metre
	e, n := g.E/hundred, g.N/hundred
	first := (3-n/5)*5 + e/5 + 2
	second := (4-n%5)*5 + e%5
	return fmt.Sprintf("%c%c%05d%05d", letters[first], letters[second], g.E%hundred/Metre, g.N%hundred/Metre), nil
}
