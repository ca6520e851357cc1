package source

import (
	"bytes"
	"strings"
)

// pattern matches a whole text: letters stand for themselves, * for any text,
// {count} for a whole number with or without thousands marks, {subject} for the
// text of an identifier.
type pattern struct {
	text  string
	parts []patternPart
	must  []byte // the longest literal: what every matching text contains
}

type patternPart struct {
	literal string
	wild    string // "", "*", "count" or "subject"
}

// captured is what a pattern found.
type captured struct {
	count    int64
	hasCount bool
	subject  []byte
}

// compilePattern returns the matcher of a pattern.
// Errors: ErrProfile for a bracket that names nothing known.
func compilePattern(key, text string) (*pattern, error) {
	p := &pattern{text: text}
	for rest := text; rest != ""; {
		i := strings.IndexAny(rest, "*{")
		if i < 0 {
			p.parts = append(p.parts, patternPart{literal: rest})
			break
		}
		if i > 0 {
			p.parts = append(p.parts, patternPart{literal: rest[:i]})
			rest = rest[i:]
			continue
		}
		wild := "*"
		switch {
		case rest[0] == '*':
			rest = rest[1:]
		case strings.HasPrefix(rest, "{count}"):
			wild, rest = "count", rest[len("{count}"):]
		case strings.HasPrefix(rest, "{subject}"):
			wild, rest = "subject", rest[len("{subject}"):]
		default:
			return nil, refuse("%s: %q has a bracket that is neither {count} nor {subject}", key, text)
		}
		p.parts = append(p.parts, patternPart{wild: wild})
	}
	if len(p.parts) == 0 || len(p.parts) > 16 {
		return nil, refuse("%s: the pattern %q must have 1 to 16 parts", key, text)
	}
	captures := 0
	for _, part := range p.parts {
		if len(part.literal) > len(p.must) {
			p.must = []byte(part.literal)
		}
		if part.wild == "count" || part.wild == "subject" {
			captures++
		}
	}
	if captures > 1 {
		return nil, refuse("%s: the pattern %q has more than one bracket", key, text)
	}
	return p, nil
}

// has reports that the pattern holds a part of that kind.
func (p *pattern) has(wild string) bool {
	for _, part := range p.parts {
		if part.wild == wild {
			return true
		}
	}
	return false
}

// first marks the bytes with which a matching text can begin.
func (p *pattern) first(set *[256]bool) {
	switch part := p.parts[0]; {
	case part.literal != "":
		set[part.literal[0]] = true
	case part.wild == "count":
		for c := '0'; c <= '9'; c++ {
			set[c] = true
		}
	default:
		for i := range set {
			set[i] = true
		}
	}
}

// match reports whether the whole text has the pattern, and what it captured.
func (p *pattern) match(text []byte) (captured, bool) {
	var c captured
	if !bytes.Contains(text, p.must) {
		return c, false
	}
	budget := 10_000
	ok := matchParts(p.parts, text, &c, &budget)
	return c, ok
}

// matchParts is bounded by its budget, so that no pattern can take for ever.
func matchParts(parts []patternPart, text []byte, c *captured, budget *int) bool {
	if *budget--; *budget < 0 {
		return false
	}
	if len(parts) == 0 {
		return len(text) == 0
	}
	part := parts[0]
	switch part.wild {
	case "":
		rest, ok := bytes.CutPrefix(text, []byte(part.literal))
		return ok && matchParts(parts[1:], rest, c, budget)
	case "count":
		for n := countLength(text); n > 0; n-- {
			if value, ok := readCount(text[:n]); ok && matchParts(parts[1:], text[n:], c, budget) {
				c.count, c.hasCount = value, true
				return true
			}
		}
		return false
	}
	for n := 0; n <= len(text); n++ {
		if part.wild == "subject" && n == 0 {
			continue
		}
		if matchParts(parts[1:], text[n:], c, budget) {
			if part.wild == "subject" {
				c.subject = text[:n]
			}
			return true
		}
	}
	return false
}

// countLength returns how much of a text can be a number with thousands marks.
func countLength(text []byte) int {
	n := 0
	for n < len(text) && n < 20 && (text[n] >= '0' && text[n] <= '9' || n > 0 && bytes.IndexByte([]byte(",.' "), text[n]) >= 0) {
		n++
	}
	return n
}

// readCount reads 1234, 1,234, 1.234, 1'234 or 1 234.
func readCount(text []byte) (int64, bool) {
	var n int64
	mark, run, groups := byte(0), 0, 0
	for _, c := range text {
		if c >= '0' && c <= '9' {
			n = n*10 + int64(c-'0')
			run++
			continue
		}
		if mark == 0 {
			mark = c
		}
		if c != mark || groups == 0 && run > 3 || groups > 0 && run != 3 || run == 0 {
			return 0, false
		}
		groups, run = groups+1, 0
	}
	return n, run > 0 && run <= 18 && (groups == 0 || run == 3)
}
