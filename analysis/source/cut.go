package source

import (
	"bytes"
	"encoding/binary"
	"math/bits"
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
