package source

import "unicode/utf8"

// isPrinted reports a text that begins with a letter, digit or mark of ASCII.
func isPrinted(p []byte) bool { return len(p) > 0 && p[0]-'!' <= '~'-'!' }

// isTrimmed reports a text that begins and ends with a letter of ASCII, so that nothing
// would be trimmed off. It does so of nearly all, not of all.
func isTrimmed(p []byte) bool {
	last := len(p) - 1
	return last >= 0 && (p[0]-'!')|(p[last]-'!') <= '~'-'!'
}

func hasLetter(p []byte) bool {
	for _, c := range p {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80 {
			return true
		}
	}
	return false
}

func allDigits(p []byte) bool {
	for _, c := range p {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(p) > 0
}

// isFormula reports text that a spreadsheet program would run.
func isFormula(p []byte) bool {
	return len(p) > 0 && (p[0] == '=' || p[0] == '+' || p[0] == '-' || p[0] == '@')
}

// hasControl reports control characters, and characters that only change the
// direction or the look of the text around them.
func hasControl(p []byte) bool {
	for len(p) > 0 {
		r, n := utf8.DecodeRune(p)
		switch {
		case r < 0x20, r >= 0x7f && r < 0xa0, r == utf8.RuneError && n == 1,
			r >= 0x200b && r <= 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2060 && r <= 0x2069, r == 0xfeff:
			return true
		}
		p = p[n:]
	}
	return false
}

// luhn reports that 15 digits end with their own check digit.
func luhn(imei []byte) bool {
	sum := 0
	for i, c := range imei {
		d := int(c - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}
