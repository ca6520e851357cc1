package source

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// cutPlain cuts the fields off a text, eight bytes at a time, until one has a
// quotation mark in it; that and what follows is the rest. done says that there
// was none.
func (s *scanner) cutPlain(text []byte) (rest []byte, done bool) {
	const ones, low = 0x0101010101010101, 0x7f7f7f7f7f7f7f7f
	separator := uint64(s.separator) * ones
	quote := uint64('"') * ones
	if s.noQuotes {
		quote = separator
	}
	fields := s.rec.fields
	from, i := 0, 0
	for ; i+8 <= len(text); i += 8 {
		w := binary.LittleEndian.Uint64(text[i:])
		x, y := w^separator, w^quote
		ends := ^((x&low + low) | x | low) // the high bit of each byte that is a separator
		marks := ^((y&low + low) | y | low)
		stop := marks != 0 && !s.noQuotes
		if stop {
			ends &= marks&-marks - 1
		}
		for ; ends != 0; ends &= ends - 1 {
			at := i + bits.TrailingZeros64(ends)>>3
			fields = append(fields, text[from:at])
			from = at + 1
		}
		if stop {
			s.rec.fields = fields
			return text[from:], false
		}
	}
	for ; i < len(text); i++ {
		switch c := text[i]; {
		case c == s.separator:
			fields = append(fields, text[from:i])
			from = i + 1
		case c == '"' && !s.noQuotes:
			s.rec.fields = fields
			return text[from:], false
		}
	}
	s.rec.fields = append(fields, text[from:])
	return nil, true
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
