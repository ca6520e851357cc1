package source

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// encoding is how the file's text stands in bytes.
type encoding uint8

const (
	utf8Text encoding = iota
	windows1252Text
	utf16LE
	utf16BE
	utf8Twice // UTF-8 that was taken for windows-1252 and written as UTF-8 again
)

func encodingNames() []string {
	return []string{"utf-8", "windows-1252", "utf-16le", "utf-16be", "utf-8-twice"}
}

func encodingOf(name string) encoding {
	for i, n := range encodingNames() {
		if n == name {
			return encoding(i) //nolint:gosec // five names
		}
	}
	return utf8Text
}

func (e encoding) String() string { return encodingNames()[e] }

// wide reports two bytes a unit.
func (e encoding) wide() bool { return e == utf16LE || e == utf16BE }

// windows1252 holds what the bytes 0x80 to 0x9f stand for; five stand for nothing.
const windows1252 = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ"

// appendWide appends text of windows-1252 as UTF-8.
func appendWide(dst, text []byte) []byte {
	table := []rune(windows1252)
	for _, c := range text {
		r := rune(c)
		if c >= 0x80 && c < 0xa0 {
			r = table[c-0x80]
		}
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}

// widen turns the fields of a row in windows-1252 into UTF-8.
func widen(wide []byte, f [][]byte) []byte {
	need := 0
	for _, field := range f {
		need += 3 * len(field)
	}
	if cap(wide) < need {
		wide = make([]byte, 0, 2*need)
	}
	wide = wide[:0]
	for i, field := range f {
		if ascii(field) {
			continue
		}
		from := len(wide)
		wide = appendWide(wide, field)
		f[i] = wide[from:]
	}
	return wide
}

func ascii(p []byte) bool {
	for _, c := range p {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// narrow returns the bytes that text would be in windows-1252.
// Errors: false when a letter is none of that set.
func narrow(dst, text []byte) ([]byte, bool) {
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		switch {
		case r == utf8.RuneError && n == 1:
			return dst, false
		case r < 0x80, r >= 0xa0 && r <= 0xff:
			dst = append(dst, byte(r))
		default:
			i := bytes.IndexRune([]byte(windows1252), r)
			if i < 0 {
				return dst, false
			}
			dst = append(dst, byte(0x80+utf8.RuneCount([]byte(windows1252)[:i]))) //nolint:gosec // 32 letters
		}
		text = text[n:]
	}
	return dst, true
}

// doubled reports text that was encoded twice: taken as windows-1252 its
// letters beyond ASCII make UTF-8, every one of them.
func doubled(scratch, text []byte) bool {
	if ascii(text) {
		return false
	}
	once, ok := narrow(scratch[:0], text)
	return ok && !ascii(once) && utf8.Valid(once)
}

// undouble turns the fields of a row that was encoded twice into UTF-8.
// Errors: the first field that was not, or -1.
func undouble(wide []byte, f [][]byte) ([]byte, int) {
	wide = wide[:0]
	for i, field := range f {
		if ascii(field) {
			continue
		}
		once, ok := narrow(nil, field)
		if !ok || !utf8.Valid(once) {
			return wide, i
		}
		f[i] = once
	}
	return wide, -1
}

// appendUTF16 appends text of UTF-16 as UTF-8. Half a surrogate pair is written
// as the three bytes that UTF-8 refuses, so that it is found as damage and still
// counts as one unit. It returns how many bytes of text were used: a pair that
// is cut by the end of the text waits, unless it is the last.
func appendUTF16(dst, text []byte, big, last bool) ([]byte, int) {
	unit := func(i int) rune {
		if big {
			return rune(text[i])<<8 | rune(text[i+1])
		}
		return rune(text[i+1])<<8 | rune(text[i])
	}
	i := 0
	for i+1 < len(text) {
		r := unit(i)
		if utf16.IsSurrogate(r) {
			if r < 0xdc00 && i+3 >= len(text) && !last {
				return dst, i
			}
			if i+3 < len(text) {
				if pair := utf16.DecodeRune(r, unit(i+2)); pair != utf8.RuneError {
					dst = utf8.AppendRune(dst, pair)
					i += 4
					continue
				}
			}
			dst = append(dst, 0xe0|byte(r>>12), 0x80|byte(r>>6)&0x3f, 0x80|byte(r)&0x3f) //nolint:gosec // parts of 16 bits
			i += 2
			continue
		}
		dst = utf8.AppendRune(dst, r)
		i += 2
	}
	return dst, i
}

// units returns how many units of UTF-16 a text that appendUTF16 made stands for.
func units(text []byte) int64 {
	var n int64
	for _, c := range text {
		if c&0xc0 != 0x80 {
			n++
		}
		if c >= 0xf0 {
			n++
		}
	}
	return n
}
