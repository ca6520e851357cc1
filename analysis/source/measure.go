package source

import (
	"slices"
	"strings"
)

// durationLayouts are the ways in which a duration can be written.
var durationLayouts = []string{"seconds", "milliseconds", "minutes", "days", "mm:ss", "hh:mm", "hh:mm:ss"}

// readDuration reads a duration in whole seconds under its layout. Fractions of
// a second are rounded, half to even.
// Errors: false when it is written otherwise.
func readDuration(layout string, text []byte, point byte) (int64, bool) {
	switch layout {
	case "seconds":
		if n, ok := digits(text, 9); ok {
			return n, true
		}
		return positive(readDecimal(text, 0, point))
	case "milliseconds":
		n, ok := digits(text, 12)
		return halfEven(n, 1000), ok
	case "minutes":
		n, ok := positive(readDecimal(text, 6, point))
		return halfEven(n*60, 1_000_000), ok
	case "days":
		n, ok := positive(readDecimal(text, 8, point))
		if n > 100_000*100_000_000 {
			return 0, false
		}
		return halfEven(n*864, 1_000_000), ok
	}
	return clockDuration(layout, text)
}

// positive refuses what is below zero.
func positive(n int64, ok bool) (int64, bool) { return n, ok && n >= 0 }

// clockDuration reads hh:mm:ss, hh:mm or mm:ss; the first part has no limit.
func clockDuration(layout string, text []byte) (int64, bool) {
	parts := strings.Split(string(text), ":")
	if len(parts) != strings.Count(layout, ":")+1 {
		return 0, false
	}
	var total int64
	for i, p := range parts {
		most := 2
		if i == 0 {
			most = 5
		}
		n, ok := digits([]byte(p), most)
		if !ok || i > 0 && (n > 59 || len(p) != 2) {
			return 0, false
		}
		total = total*60 + n
	}
	if layout == "hh:mm" {
		total *= 60
	}
	return total, true
}

// fastHMS reads hh:mm:ss of exactly eight characters without allocating.
func fastHMS(t []byte) (int64, bool) {
	if len(t) != 8 || t[2] != ':' || t[5] != ':' {
		return 0, false
	}
	var n [6]int64
	k := 0
	for i, c := range t {
		if i == 2 || i == 5 {
			continue
		}
		if c < '0' || c > '9' {
			return 0, false
		}
		n[k] = int64(c - '0')
		k++
	}
	h, m, s := n[0]*10+n[1], n[2]*10+n[3], n[4]*10+n[5]
	return h*3600 + m*60 + s, m < 60 && s < 60
}

// digits reads 1 to most decimal digits.
func digits(p []byte, most int) (int64, bool) {
	if len(p) == 0 || len(p) > most {
		return 0, false
	}
	var n int64
	for _, c := range p {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}

// halfEven divides a number that is not negative, rounding half to even.
func halfEven(n, by int64) int64 {
	q, r := n/by, n%by
	if 2*r > by || 2*r == by && q%2 == 1 {
		q++
	}
	return q
}

// readDecimal reads a decimal number as an integer of 10^-places units,
// rounding half to even in decimal. point is the decimal mark.
// Errors: false for anything but an optional sign, digits and one mark.
func readDecimal(p []byte, places int, point byte) (int64, bool) {
	negative := false
	if len(p) > 0 && (p[0] == '-' || p[0] == '+') {
		negative = p[0] == '-'
		p = p[1:]
	}
	var n int64
	seen, whole, fraction, mark := 0, 0, 0, false
	half, rest := byte(0), false
	for _, c := range p {
		switch {
		case c == point && !mark:
			mark = true
		case c < '0' || c > '9':
			return 0, false
		case !mark:
			if whole++; whole > 9 {
				return 0, false
			}
			n, seen = n*10+int64(c-'0'), seen+1
		case fraction < places:
			n, seen, fraction = n*10+int64(c-'0'), seen+1, fraction+1
		case fraction == places:
			half, fraction = c, fraction+1
			seen++
		default:
			rest = rest || c != '0'
		}
	}
	if seen == 0 || len(p) > 40 {
		return 0, false
	}
	for f := min(fraction, places); f < places; f++ {
		n *= 10
	}
	if half > '5' || half == '5' && (rest || n%2 == 1) {
		n++
	}
	if negative {
		n = -n
	}
	return n, true
}

// volumeUnit returns how many bytes a unit of data volume holds, or 0.
func volumeUnit(name string) int64 {
	switch name {
	case "bytes":
		return 1
	case "kilobytes":
		return 1000
	case "kibibytes":
		return 1024
	case "megabytes":
		return 1_000_000
	case "mebibytes":
		return 1 << 20
	}
	return 0
}

func contains(list []string, s string) bool { return slices.Contains(list, s) }
