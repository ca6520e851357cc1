package source

import (
	"fmt"
	"strings"
)

// Parts of a time that a layout can name. The first six are those of a moment.
const (
	partYear = iota
	partMonth
	partDay
	partHour
	partMinute
	partSecond
	partFraction
	partHalf   // AM or PM
	partOffset // Z, +01:00, +0100 or +01
	partEpoch
	numParts
)

// layout reads a date or time written in one fixed way.
type layout struct {
	ops   []layoutOp
	has   [numParts]bool
	epoch int64 // units a second, for epoch layouts
	again dateAgain
}

// dateAgain is the date that was read last: the next row mostly has the same.
type dateAgain struct {
	text  [16]byte
	size  int    // of the text; 0: none was read
	parts [3]int // year, month, day
}

// layoutOp reads one part of least to most digits, or one literal character
// (unit -1).
type layoutOp struct {
	unit, least, most int
	literal           byte
	name              bool // the month as three letters
}

// moment collects the parts that layouts have read.
type moment struct {
	part      [6]int
	half      byte // 0, 'A' or 'P'
	offset    int
	hasOffset bool
	instant   int64
	isInstant bool
}

// tokens of the layout language, longest first.
var layoutTokens = []struct {
	text              string
	unit, least, most int
}{
	{"YYYY", partYear, 4, 4},
	{"MMM", partMonth, 3, 3},
	{"YY", partYear, 2, 2},
	{"MM", partMonth, 2, 2},
	{"DD", partDay, 2, 2},
	{"hh", partHour, 2, 2},
	{"mm", partMinute, 2, 2},
	{"ss", partSecond, 2, 2},
	{"AM", partHalf, 2, 2},
	{"M", partMonth, 1, 2},
	{"D", partDay, 1, 2},
	{"h", partHour, 1, 2},
	{"f", partFraction, 1, 9},
	{"Z", partOffset, 1, 6},
}

// compileLayout returns the reader of a layout such as "DD/MM/YYYY h:mm".
// Errors: ErrProfile for a letter that is no token, or a part named twice.
func compileLayout(text string) (*layout, error) {
	l := new(layout)
	switch text {
	case "epoch-s":
		l.epoch = 1
	case "epoch-ms":
		l.epoch = 1000
	case "epoch-us":
		l.epoch = 1_000_000
	}
	if l.epoch > 0 {
		l.has[partEpoch] = true
		return l, nil
	}
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
			l.ops = append(l.ops, layoutOp{unit: t.unit, least: t.least, most: t.most, name: t.text == "MMM"})
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

// swapDayAndMonth makes a layout that is written day first read month first.
func (l *layout) swapDayAndMonth() {
	for i := range l.ops {
		switch l.ops[i].unit {
		case partMonth:
			l.ops[i].unit = partDay
		case partDay:
			l.ops[i].unit = partMonth
		}
	}
}

// namesMonth reports that the month is written as letters.
func (l *layout) namesMonth() bool {
	for _, op := range l.ops {
		if op.name {
			return true
		}
	}
	return false
}

// read takes the parts of a text into m; false when the text is written otherwise.
func (l *layout) read(text []byte, m *moment) bool {
	if l.epoch > 0 {
		return l.readEpoch(text, m)
	}
	again := &l.again
	if again.size == len(text) && string(again.text[:again.size]) == string(text) && again.size > 0 {
		copy(m.part[:], again.parts[:])
		return true
	}
	whole := text
	for i := range l.ops {
		op := &l.ops[i]
		if op.unit < 0 {
			if len(text) == 0 || text[0] != op.literal {
				return false
			}
			text = text[1:]
			continue
		}
		if op.unit > partSecond || op.name {
			n, ok := op.readWord(text, m)
			if !ok {
				return false
			}
			text = text[n:]
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
		if op.unit == partYear && op.most == 2 {
			n += 1900
			if n < 1970 {
				n += 100
			}
		}
		m.part[op.unit] = n
		text = text[k:]
	}
	if len(text) > 0 {
		return false
	}
	if l.has == justADate && len(whole) <= len(again.text) {
		again.size, again.parts = copy(again.text[:], whole), [3]int(m.part[:3])
	}
	return true
}

// justADate is what the layouts of a date have.
var justADate = [numParts]bool{partYear: true, partMonth: true, partDay: true}

const monthNames = "JanFebMarAprMayJunJulAugSepOctNovDec"

// readWord reads what is not a number of fixed length and returns its length.
func (op *layoutOp) readWord(text []byte, m *moment) (int, bool) {
	switch op.unit {
	case partMonth:
		for i := range 12 {
			if len(text) >= 3 && strings.EqualFold(monthNames[3*i:3*i+3], string(text[:3])) {
				m.part[partMonth] = i + 1
				return 3, true
			}
		}
	case partFraction:
		k := 0
		for k < op.most && k < len(text) && text[k] >= '0' && text[k] <= '9' {
			k++
		}
		return k, k > 0
	case partHalf:
		if len(text) >= 2 && text[1]&^0x20 == 'M' && (text[0]&^0x20 == 'A' || text[0]&^0x20 == 'P') {
			m.half = text[0] &^ 0x20
			return 2, true
		}
	case partOffset:
		return readOffset(text, m)
	}
	return 0, false
}

// readOffset reads Z, +hh:mm, +hhmm or +hh.
func readOffset(text []byte, m *moment) (int, bool) {
	if len(text) > 0 && text[0] == 'Z' {
		m.offset, m.hasOffset = 0, true
		return 1, true
	}
	if len(text) < 3 || text[0] != '+' && text[0] != '-' {
		return 0, false
	}
	hours, ok := digits(text[1:3], 2)
	n, minutes := 3, int64(0)
	if rest := text[3:]; ok && len(rest) > 0 {
		from := 0
		if rest[0] == ':' {
			from = 1
		}
		if len(rest) < from+2 {
			return 0, false
		}
		minutes, ok = digits(rest[from:from+2], 2)
		n += from + 2
	}
	if !ok || hours > 15 || minutes > 59 {
		return 0, false
	}
	m.offset, m.hasOffset = int(hours*3600+minutes*60), true
	if text[0] == '-' {
		m.offset = -m.offset
	}
	return n, true
}

// readEpoch reads whole units since 1970-01-01T00:00:00Z; what is less than a
// second is cut off.
func (l *layout) readEpoch(text []byte, m *moment) bool {
	n, ok := digits(text, 17)
	if !ok {
		return false
	}
	m.instant, m.isInstant = n/l.epoch, true
	return true
}

// hour returns the hour of the day, with AM and PM worked in.
func (t *moment) hour() (int, bool) {
	h := t.part[partHour]
	if t.half == 0 {
		return h, true
	}
	if h < 1 || h > 12 {
		return 0, false
	}
	h %= 12
	if t.half == 'P' {
		h += 12
	}
	return h, true
}
