package source

import (
	"bytes"
	"encoding/binary"
	"math/bits"

	"custos.example/analysis/event"
)

// cutPlain cuts the fields off a text until one has a quotation mark in it; that
// and what follows is the rest. done says that there was none.
func (s *scanner) cutPlain(text []byte) (rest []byte, done bool) {
	plain := text
	if i := bytes.IndexByte(text, '"'); i >= 0 && !s.noQuotes {
		plain = text[:i]
	}
	fields, from := s.rec.fields, 0
	for at := 0; at < len(plain); at += 64 {
		for found := findByte(plain[at:], s.separator); found != 0; found &= found - 1 {
			end := at + bits.TrailingZeros64(found)
			fields = append(fields, text[from:end])
			from = end + 1
		}
	}
	if len(plain) < len(text) {
		s.rec.fields = fields
		return text[from:], false
	}
	s.rec.fields = append(fields, text[from:])
	return nil, true
}

// cutFound cuts a line into its fields as split does, with what find finds of it. It leaves
// to split what is not printable ASCII, and quotation marks that do not just stand around
// a field.
func (s *scanner) cutFound(line []byte) bool {
	if s.cuts != nil || s.equals || len(line) > maxField {
		return false
	}
	fields, from := s.rec.fields, 0
	var within uint64 // every bit, within quotation marks
	marks, around := 0, 0
	for at := 0; at < len(line); at += 64 {
		text, n := s.block(line[at:])
		here := ^uint64(0) >> (64 - n)
		separators, quotes, odd := s.find(text, s.separator)
		if odd&here != 0 {
			return false
		}
		separators &= here
		if quotes &= here; s.noQuotes {
			quotes = 0
		}
		if quotes|within != 0 {
			marks += bits.OnesCount64(quotes)
			within ^= event.WithinMarks(quotes)
			separators &^= within
			within = uint64(int64(within) >> 63) //nolint:gosec // the bits of it
		}
		for ; separators != 0; separators &= separators - 1 {
			end := at + bits.TrailingZeros64(separators)
			field := line[from:end]
			if marks > 2*around && wholeQuoted(field) {
				field = field[1 : len(field)-1]
				around++
			}
			fields, from = append(fields, field), end+1
		}
	}
	last := line[from:]
	if marks > 2*around && wholeQuoted(last) {
		last = last[1 : len(last)-1]
		around++
	}
	if marks != 2*around { // one within a field, doubled, or never closed
		return false
	}
	s.rec.fields, s.rec.line = append(fields, last), line
	return true
}

// span returns what stands in the line from one field to a later one, with the byte before,
// which tells whether the first is quoted: where it is the same in two rows, so is each of
// the fields. It is nil where the fields are not parts of the line.
func (r *record) span(from, to int) []byte {
	if r.line == nil {
		return nil
	}
	first, last := r.fields[from], r.fields[to]
	// All reach to the end of one room, so that what they have of it tells where they begin.
	begin := cap(r.line) - cap(first)
	return r.line[max(begin-1, 0) : cap(r.line)-cap(last)+len(last)]
}

// block returns the first 64 bytes of a text and how many of them are the text's.
func (s *scanner) block(text []byte) (*[64]byte, int) {
	if cap(text) >= 64 {
		return (*[64]byte)(text[:64]), min(len(text), 64)
	}
	copy(s.end[:], text)
	return &s.end, len(text)
}

// wholeQuoted reports a field that begins and ends with a quotation mark.
func wholeQuoted(field []byte) bool {
	return len(field) > 1 && field[0] == '"' && field[len(field)-1] == '"'
}

// findByte sets bit i where byte i of a text is b, for its first 64 bytes.
func findByte(text []byte, b byte) (found uint64) {
	const ones = 0x0101010101010101
	all := uint64(b) * ones
	text = text[:min(len(text), 64)]
	at := 0
	for ; at+8 <= len(text); at += 8 {
		found |= zeroBytes(binary.LittleEndian.Uint64(text[at:])^all) << (at & 63)
	}
	if last := len(text) - 8; at < len(text) && last >= 0 { // some bytes are looked at twice
		return found | zeroBytes(binary.LittleEndian.Uint64(text[last:])^all)<<last
	}
	for ; at < len(text); at++ {
		if text[at] == b {
			found |= 1 << at
		}
	}
	return found
}

// zeroBytes sets bit i where byte i of w is 0.
func zeroBytes(w uint64) uint64 {
	const low, gather = 0x7f7f7f7f7f7f7f7f, 0x0102040810204080
	high := ^((w&low + low) | w | low) // the high bit of each such byte
	return (high >> 7) * gather >> 56
}

// opens reports that a quoted field begins here.
func (s *scanner) opens(text []byte) bool {
	return len(text) > 0 && text[0] == '"' || s.equals && len(text) > 1 && text[0] == '=' && text[1] == '"'
}

// quoted reads a field that begins with a quotation mark; after is nil when it
// is the last of its record.
func (s *scanner) quoted(text []byte) (field, after []byte, ok bool) {
	if text[0] == '=' {
		text = text[1:]
	}
	column := len(s.rec.fields)
	from, at := len(s.plain), 1
	doubled := false
	for {
		i := bytes.IndexByte(text[at:], '"')
		if i < 0 {
			s.fault(reasonUnclosed, column)
			return nil, nil, false
		}
		end := at + i
		if end+1 < len(text) && text[end+1] == '"' {
			s.plain = append(s.plain, text[at:end+1]...)
			at, doubled = end+2, true
			continue
		}
		field = text[1:end]
		if doubled {
			s.plain = append(s.plain, text[at:end]...)
			field = s.plain[from:]
		}
		if len(field) > maxField {
			s.fault(reasonLong, column)
		}
		if end+1 == len(text) {
			return field, nil, true
		}
		if text[end+1] != s.separator {
			s.fault(reasonQuote, column)
			return nil, nil, false
		}
		return field, text[end+2:], true
	}
}
