package grid

import (
	"errors"
	"fmt"
	"math/bits"
	"strings"
	"unicode/utf8"
)

// ErrAngle is returned for a text that is no latitude or longitude.
var ErrAngle = errors.New("not degrees")

// ParseDegrees reads decimal degrees such as -2.394288988713205.
//
// Units: 1e-7 degree, rounded half to even from every digit given; exact is
// false when rounding lost something.
// Shape: an optional minus sign, one to three digits, and at most 30 after a
// point. Nothing else: no exponent, no plus sign, no spaces.
// Errors: ErrAngle; the size is not checked beyond three digits.
func ParseDegrees(text string) (v int64, exact bool, err error) {
	rest, negative := strings.CutPrefix(text, "-")
	whole, part, point := strings.Cut(rest, ".")
	if len(whole) < 1 || len(whole) > 3 || point && part == "" || len(part) > 30 || !allDigits(whole) || !allDigits(part) {
		return 0, false, fmt.Errorf("%w: %.40q", ErrAngle, text)
	}
	v, exact = fraction(number(whole), part, 1)
	return sign(v, negative), exact, nil
}

// fraction returns (whole + 0.part) units of 1/parts degree in 1e-7 degree, half
// to even.
func fraction(whole int64, part string, parts int64) (v int64, exact bool) {
	kept := part
	rest := false
	if len(kept) > 9 {
		rest = strings.Trim(kept[9:], "0") != ""
		kept = kept[:9]
	}
	ten := int64(1)
	for range kept {
		ten *= 10
	}
	d := uint64(parts * ten)                                     //nolint:gosec // at most 3600e9
	hi, lo := bits.Mul64(uint64(whole*ten+number(kept)), Degree) //nolint:gosec // at most 1e15
	q, r := bits.Div64(hi, lo, d)                                // at most 999 degrees
	if 2*r > d || 2*r == d && (rest || q&1 == 1) {
		return int64(q) + 1, false //nolint:gosec // at most 1e10
	}
	return int64(q), r == 0 && !rest //nolint:gosec // at most 1e10
}

// ParseDMS reads degrees, minutes and seconds such as 51°23'17.04"N, or
// N 51 23 17.04.
//
// Shape: a letter N, S, E or W before or behind; two or three numbers, apart by
// spaces or by the signs for degree, minute and second; only the last has a
// point. Units: as ParseDegrees; axis is 'N' for a latitude and 'E' for a
// longitude, or 0 where no letter is given and a minus sign may stand in front.
// Errors: ErrAngle when a number is missing, or minutes or seconds reach 60.
func ParseDMS(text string) (v int64, axis byte, err error) {
	fail := func() (int64, byte, error) { return 0, 0, fmt.Errorf("%w: %.40q", ErrAngle, text) }
	numbers, letter, ok := splitDMS(text)
	if !ok || len(numbers) < 2 || len(numbers) > 3 {
		return fail()
	}
	var whole int64
	parts, part := int64(1), ""
	for i, n := range numbers {
		if i < len(numbers)-1 && strings.Contains(n, ".") {
			return fail()
		}
		n, part, _ = strings.Cut(n, ".")
		limit := int64(60)
		if i == 0 {
			limit = 181
		} else {
			parts *= 60
		}
		if n == "" || len(n) > 3 || len(part) > 30 || !allDigits(n) || !allDigits(part) || number(n) >= limit {
			return fail()
		}
		whole = whole*limitOf(i) + number(n)
	}
	v, _ = fraction(whole, part, parts)
	axis, negative := letter, letter == '-'
	switch letter {
	case 'S':
		axis, negative = 'N', true
	case 'W':
		axis, negative = 'E', true
	case '-':
		axis = 0
	}
	if v > 180*Degree || axis == 'N' && v > 90*Degree {
		return fail()
	}
	return sign(v, negative), axis, nil
}

func limitOf(i int) int64 {
	if i == 0 {
		return 1
	}
	return 60
}

// splitDMS returns the runs of digits and points, and the letter or minus sign.
func splitDMS(text string) (numbers []string, letter byte, ok bool) {
	text = strings.Trim(text, " ")
	if len(text) > 60 || !utf8.ValidString(text) {
		return nil, 0, false
	}
	if text != "" && strings.IndexByte("NSEWnsew-", text[0]) >= 0 {
		letter, text = text[0], text[1:]
	}
	if text != "" && strings.IndexByte("NSEWnsew", text[len(text)-1]) >= 0 {
		if letter != 0 {
			return nil, 0, false
		}
		letter, text = text[len(text)-1], text[:len(text)-1]
	}
	if letter >= 'a' {
		letter -= 'a' - 'A'
	}
	for _, c := range text {
		if !strings.ContainsRune("0123456789. °º'′’\"″”", c) {
			return nil, 0, false
		}
	}
	return strings.FieldsFunc(text, func(c rune) bool { return c != '.' && (c < '0' || c > '9') }), letter, true
}

func allDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// number returns the value of at most 18 digits.
func number(digits string) (n int64) {
	for i := range len(digits) {
		n = n*10 + int64(digits[i]-'0')
	}
	return n
}
