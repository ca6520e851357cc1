package source

import (
	"fmt"
	"slices"
	"strings"
)

// layout reads a date or time written in one fixed way.
type layout struct {
	ops []layoutOp
	has [6]bool
}

// layoutOp reads one part (unit 0 to 5: year, month, day, hour, minute,
// second) of least to most digits, or one literal character (unit -1).
type layoutOp struct {
	unit, least, most int
	literal           byte
}

// moment collects the parts that layouts have read.
type moment [6]int

// tokens of the layout language, longest first.
var layoutTokens = []struct {
	text              string
	unit, least, most int
}{
	{"YYYY", 0, 4, 4},
	{"MM", 1, 2, 2},
	{"DD", 2, 2, 2},
	{"hh", 3, 2, 2},
	{"mm", 4, 2, 2},
	{"ss", 5, 2, 2},
	{"M", 1, 1, 2},
	{"D", 2, 1, 2},
	{"h", 3, 1, 2},
}

// compileLayout returns the reader of a layout such as "DD/MM/YYYY h:mm".
// Errors: ErrProfile for a letter that is no token, or a part named twice.
func compileLayout(text string) (*layout, error) {
	l := new(layout)
next:
	for rest := text; rest != ""; {
		for _, t := range layoutTokens {
			if !strings.HasPrefix(rest, t.text) {
				continue
			}
			if l.has[t.unit] {
				return nil, fmt.Errorf("%w: layout %q names a part twice", ErrProfile, text)
			}
			l.has[t.unit] = true
			l.ops = append(l.ops, layoutOp{unit: t.unit, least: t.least, most: t.most})
			rest = rest[len(t.text):]
			continue next
		}
		if c := rest[0]; !strings.ContainsRune(" /-.:,T", rune(c)) {
			return nil, fmt.Errorf("%w: layout %q has %q, which is no part of a time", ErrProfile, text, rest[:1])
		}
		l.ops = append(l.ops, layoutOp{unit: -1, literal: rest[0]})
		rest = rest[1:]
	}
	return l, nil
}

// read takes the parts of a text into m; false when the text is written otherwise.
func (l *layout) read(text []byte, m *moment) bool {
	for i := range l.ops {
		op := &l.ops[i]
		if op.unit < 0 {
			if len(text) == 0 || text[0] != op.literal {
				return false
			}
			text = text[1:]
			continue
		}
		n, k := 0, 0
		for k < op.most && k < len(text) && text[k] >= '0' && text[k] <= '9' {
			n = n*10 + int(text[k]-'0')
			k++
		}
		if k < op.least {
			return false
		}
		m[op.unit] = n
		text = text[k:]
	}
	return len(text) == 0
}

// readDuration reads a duration in whole seconds under its layout.
// Errors: false when it is written otherwise.
func readDuration(layout string, text []byte) (int64, bool) {
	switch layout {
	case "seconds":
		return digits(text, 9)
	case "hh:mm:ss":
		parts := strings.Split(string(text), ":")
		if len(parts) != 3 || len(parts[1]) != 2 || len(parts[2]) != 2 {
			return 0, false
		}
		h, ok1 := digits([]byte(parts[0]), 5)
		m, ok2 := digits([]byte(parts[1]), 2)
		s, ok3 := digits([]byte(parts[2]), 2)
		return h*3600 + m*60 + s, ok1 && ok2 && ok3 && m < 60 && s < 60
	}
	return 0, false
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

// readFixed reads a decimal number as an integer of 10^-places units, rounding
// half to even in decimal.
// Errors: false for anything but an optional sign, digits and one point.
func readFixed(p []byte, places int) (int64, bool) {
	negative := false
	if len(p) > 0 && (p[0] == '-' || p[0] == '+') {
		negative = p[0] == '-'
		p = p[1:]
	}
	var n int64
	seen, whole, fraction, point := 0, 0, 0, false
	half, rest := byte(0), false
	for _, c := range p {
		switch {
		case c == '.' && !point:
			point = true
		case c < '0' || c > '9':
			return 0, false
		case !point:
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

func contains(list []string, s string) bool { return slices.Contains(list, s) }
