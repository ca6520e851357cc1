package render

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
)

// xmlText returns text that is safe between tags and in quoted attributes.
// Control, direction and unassigned characters, and bytes that are not UTF-8,
// appear as [U+202E]: a page never obeys the evidence on it.
func xmlText(s string) string {
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	for at, r := range s {
		switch r {
		case '&':
			b.WriteString("&amp;")
		case '<':
			b.WriteString("&lt;")
		case '>':
			b.WriteString("&gt;")
		case '"':
			b.WriteString("&quot;")
		default:
			if e := escape(s[at:], r); e != "" {
				b.WriteString(e)
			} else {
				b.WriteRune(r)
			}
		}
	}
	return b.String()
}

// escape returns what is written for the first character of a text where it has
// no mark of its own; blank where it has.
func escape(s string, r rune) string {
	switch {
	case r == unicode.ReplacementChar && !strings.HasPrefix(s, "\uFFFD"):
		return fmt.Sprintf("[byte %02X]", s[0])
	case shownAsEscape(r):
		return fmt.Sprintf("[U+%04X]", r)
	}
	return ""
}

// cellUnits returns the length of a text as a spreadsheet counts it, in UTF-16
// units of what the cell shows: a character that is written as [U+202E] counts 8.
func cellUnits(s string) int {
	n := 0
	for at, r := range s {
		if e := escape(s[at:], r); e != "" {
			n += len(e)
		} else {
			n += utf16.RuneLen(r)
		}
	}
	return n
}

// isPlain tells whether a text is printable ASCII that XML takes as it is.
func isPlain(s string) bool {
	for n := range len(s) {
		if c := s[n]; c < 0x20 || c > 0x7E || c == '&' || c == '<' || c == '>' || c == '"' {
			return false
		}
	}
	return true
}

// shownAsEscape tells whether a character has no mark of its own on paper.
// Shape: fixed ranges rather than the tables of package unicode, which grow
// with each release of Go.
func shownAsEscape(r rune) bool {
	switch {
	case r < 0x20, r >= 0x7F && r <= 0xA0, r == 0xAD, r == 0x61C, r == 0x180E,
		r >= 0x200B && r <= 0x200F, r >= 0x2028 && r <= 0x202E, r >= 0x2060 && r <= 0x206F,
		r >= 0xD800 && r <= 0xF8FF, r == 0xFEFF, r >= 0xFFF0 && r <= 0xFFFB, r&0xFFFE == 0xFFFE,
		r >= 0xE0000:
		return true
	}
	return false
}

// cellText returns xmlText with the spreadsheet's own escape, _xHHHH_, defused.
// Source: ECMA-376 part 1, 22.9.2.19 (ST_Xstring).
func cellText(s string) string {
	text := xmlText(s)
	if !strings.Contains(text, "_x") {
		return text
	}
	var b strings.Builder
	for at := range len(text) {
		if isXstringEscape(text[at:]) {
			b.WriteString("_x005F")
		}
		b.WriteByte(text[at])
	}
	return b.String()
}

func isXstringEscape(s string) bool {
	if len(s) < 7 || s[0] != '_' || s[1] != 'x' || s[6] != '_' {
		return false
	}
	for _, c := range []byte(s[2:6]) {
		if !strings.ContainsRune("0123456789abcdefABCDEF", rune(c)) {
			return false
		}
	}
	return true
}
