package bundle

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"custos.example/ledger"
)

// asked is a number and a name that are to stand in one line of a file, as both are
// compared.
type asked struct{ number, name string }

// search is what was looked for in one received file.
// Shape: readable tells whether the file can be read as text at all.
type search struct {
	holds    map[asked]bool
	readable bool
}

// digitsCompared is how many of the last digits of a number are looked for: the
// ones that every way of writing it has.
const digitsCompared = 9

// asked returns what a file has to hold for an attribution to stand on it.
func (f followed) asked() asked {
	number := digits(f.Identifier)
	if len(number) > digitsCompared {
		number = number[len(number)-digitsCompared:]
	}
	return asked{number, folded(f.Person)}
}

// searchAll looks in each file that is the basis of an attribution for the numbers
// and names that are said to stand on it, by the number of its entry. Each file is
// read once.
func (c *checker) searchAll(list []followed) map[uint64]*search {
	held := map[uint64]*search{}
	var order []ledger.Entry
	for _, f := range list {
		if f.kind != subscriber {
			continue
		}
		for _, entries := range f.found {
			for _, e := range entries {
				if held[e.N] == nil {
					held[e.N] = &search{holds: map[asked]bool{}}
					order = append(order, e)
				}
				held[e.N].holds[f.asked()] = false
			}
		}
	}
	for _, e := range order {
		c.search(e, held[e.N])
	}
	return held
}

// search reads one received file line by line, until everything that is looked for
// was found or the check is stopped.
func (c *checker) search(e ledger.Entry, s *search) {
	if len(e.Statement.Subject) == 0 || c.ctx.Err() != nil {
		return
	}
	data, here := c.small(e.Statement.Subject[0].Digest)
	if !here || !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0 {
		return
	}
	s.readable = true
	var left []asked
	for a := range s.holds {
		if a.number != "" && a.name != "" {
			left = append(left, a)
		}
	}
	for line := range bytes.Lines(data) {
		if len(left) == 0 || c.ctx.Err() != nil {
			return
		}
		numbers, names := digits(string(line)), ""
		kept := left[:0]
		for _, a := range left {
			if strings.Contains(numbers, a.number) {
				if names == "" {
					names = folded(string(line))
				}
				s.holds[a] = strings.Contains(names, a.name)
			}
			if !s.holds[a] {
				kept = append(kept, a)
			}
		}
		left = kept
	}
}

// folded returns text in small letters, with one space where there are several.
func folded(text string) string {
	var b strings.Builder
	space := false
	for _, r := range text {
		if unicode.IsSpace(r) {
			space = true
			continue
		}
		if space && b.Len() > 0 {
			b.WriteByte(' ')
		}
		space = false
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// digits returns the digits of text; letters between them part numbers.
func digits(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9':
			return r
		case r == ' ' || r == '-' || r == '(' || r == ')' || r == '+':
			return -1
		}
		return 'x'
	}, text)
}
