package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"custos.example/analysis"
)

// Limits of the scanner, and so of its memory.
const (
	maxField  = 64 << 10 // bytes in one field
	maxRecord = 1 << 20  // bytes in one record
	blockSize = 1 << 20
	readBytes = 256 << 10 // at a time: what the processor's second memory holds
	maxOpen   = 1000      // records whose quotation mark never closes, in a multi-line file
)

// Reasons that concern the text of a row, before any column has a meaning.
const (
	reasonColumns  = "WRONG_COLUMN_COUNT"
	reasonQuote    = "BAD_QUOTES"
	reasonUnclosed = "UNCLOSED_QUOTE"
	reasonLong     = "FIELD_TOO_LONG"
	reasonNUL      = "NUL_BYTE"
	reasonUTF8     = "NOT_UTF8"
)

// record is one row of the file as text. Its fields are valid until the next.
type record struct {
	fields [][]byte
	line   []byte // of which the fields are parts, where it was cut by what find found; or nil
	row    int64  // number of the record, the file's first line being 1
	offset int64  // of its first byte in the file
	fault  string
	column int  // of the fault, from 0; -1 when it concerns the whole row
	odd    bool // holds a byte below 0x20 or above 0x7e
}

// scanner cuts a file into records with exact byte offsets.
//
// A record is one line; when multiline is set a quoted field may hold line
// ends. A line whose quotes break RFC 4180 is one damaged record and reading
// goes on with the next line, so that one stray quotation mark cannot swallow
// the rest of the file.
type scanner struct {
	in        io.ReaderAt
	size      int64
	sink      io.Writer // every byte of the file passes here once, in order
	buf       []byte
	lo, hi    int
	base      int64 // file offset of buf[0]
	read      int64 // file offset of the next byte to read
	row       int64
	blank     int64
	separator byte
	multiline bool
	anyBytes  bool  // a single-byte encoding: every byte above 0x7f is a letter
	noQuotes  bool  // a quotation mark is a letter
	equals    bool  // a cell may be written ="text"
	cuts      []cut // fixed width: where the fields stand
	find      analysis.Find
	end       [64]byte // of a line, for find
	wide      *wideText
	open      int // multi-line records that never closed
	rec       record
	plain     []byte
}

func newScanner(in analysis.Input, separator byte, multiline bool, sink io.Writer) *scanner {
	return &scanner{in: in, size: in.Size(), sink: sink, separator: separator, multiline: multiline}
}

// skipBOM passes over a byte order mark and reports it.
// Errors: ErrNotThisFormat when the mark is that of another encoding.
func (s *scanner) skipBOM() (bool, error) {
	if err := s.fill(); err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	head := s.buf[:s.hi]
	switch {
	case s.anyBytes && bytes.HasPrefix(head, []byte{0xef, 0xbb, 0xbf}):
		return false, wrongMark("utf-8")
	case bytes.HasPrefix(head, []byte{0xef, 0xbb, 0xbf}):
		s.pass(3)
		return true, nil
	case s.wide == nil && bytes.HasPrefix(head, []byte{0xff, 0xfe}):
		return false, wrongMark("utf-16le")
	case s.wide == nil && bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return false, wrongMark("utf-16be")
	case s.wide != nil && bytes.HasPrefix(head, []byte("\uFFFE")):
		return false, wrongMark("the other order of UTF-16")
	}
	return false, nil
}

func wrongMark(found string) error {
	return fmt.Errorf("%w: the file begins with the byte order mark of %s, and the profile says another encoding; "+
		"use a profile that says so, or record a decision %q", analysis.ErrNotThisFormat, found, AssertEncoding)
}

// pass moves to a place in the buffer, counting the file's bytes on the way.
func (s *scanner) pass(to int) {
	if s.wide != nil {
		s.wide.at += 2 * units(s.buf[s.lo:to])
	}
	s.lo = to
}

// offset returns where in the file the next byte of the buffer stands.
func (s *scanner) offset() int64 {
	if s.wide != nil {
		return s.wide.at
	}
	return s.base + int64(s.lo)
}

// next returns the next record. Lines with nothing on them are counted, not returned.
// Errors: io.EOF after the last; a failure to read; too many quotation marks left open.
func (s *scanner) next() (*record, error) {
	for {
		line, err := s.line()
		if err != nil {
			return nil, err
		}
		if len(line) == 0 && s.rec.fault == "" {
			s.blank++
			continue
		}
		if s.rec.fault == "" {
			s.split(line)
		}
		return &s.rec, nil
	}
}

// line advances over one record and returns its text without the line end.
func (s *scanner) line() ([]byte, error) {
	from := 0
	r := &s.rec
	r.fields, r.line, r.fault, r.column, r.odd = r.fields[:0], nil, "", -1, false
	for {
		i := bytes.IndexByte(s.buf[s.lo+from:s.hi], '\n')
		if i < 0 {
			if s.read < s.size && s.hi-s.lo < maxRecord {
				from = s.hi - s.lo
				if err := s.fill(); err != nil {
					return nil, err
				}
				continue
			}
			if s.read < s.size {
				return s.tooLong()
			}
			if s.lo == s.hi {
				return nil, io.EOF
			}
		}
		end := s.hi
		if i >= 0 {
			end = s.lo + from + i
		}
		line := bytes.TrimSuffix(s.buf[s.lo:end], []byte{'\r'})
		if s.multiline && !s.noQuotes && i >= 0 && quotesOpen(line, s.separator) {
			whole, wait, err := s.joined(end)
			if err != nil {
				return nil, err
			}
			if wait {
				from = 0
				continue
			}
			if whole >= 0 {
				end = whole
				line = bytes.TrimSuffix(s.buf[s.lo:end], []byte{'\r'})
			}
		}
		s.row++
		r.row, r.offset = s.row, s.offset()
		s.pass(min(end+1, s.hi))
		return line, nil
	}
}

// joined looks for the end of a record whose first line leaves a quotation
// mark open. It returns the end, or -1 when there is none within the limits;
// wait asks the caller to look again, since more of the file was read.
func (s *scanner) joined(first int) (end int, wait bool, err error) {
	at := first
	for {
		j := bytes.IndexByte(s.buf[at+1:s.hi], '\n')
		switch {
		case j >= 0:
			at += 1 + j
		case s.read < s.size && s.hi-s.lo < maxRecord:
			return -1, true, s.fill()
		case s.read >= s.size && at < s.hi:
			at = s.hi
		default:
			at = s.hi + 1
		}
		if at > s.hi || at-s.lo > maxField {
			break
		}
		if !quotesOpen(s.buf[s.lo:at], s.separator) {
			return at, false, nil
		}
		if at == s.hi {
			break
		}
	}
	if s.open++; s.open > maxOpen {
		return -1, false, fmt.Errorf("row %d: more than %d rows open a quotation mark that never closes; this is not a CSV file that can be read", s.row+1, maxOpen)
	}
	return -1, false, nil
}

// quotesOpen reports that a text ends inside a quoted field.
func quotesOpen(line []byte, separator byte) bool {
	in, start := false, true
	for _, c := range line {
		switch {
		case c == '"' && (start || in):
			in = !in
			start = false
		case c == separator && !in:
			start = true
			continue
		case c == '"':
			in = true // the second of a doubled mark
		default:
			start = false
		}
	}
	return in
}

// tooLong passes over a line that is longer than a record may be.
func (s *scanner) tooLong() ([]byte, error) {
	s.row++
	r := &s.rec
	r.row, r.offset, r.fault = s.row, s.offset(), reasonLong
	r.column = longColumn(s.buf[s.lo:s.hi], s.separator)
	for {
		if i := bytes.IndexByte(s.buf[s.lo:s.hi], '\n'); i >= 0 {
			s.pass(s.lo + i + 1)
			return nil, nil
		}
		s.pass(s.hi)
		if s.read >= s.size {
			return nil, nil
		}
		if err := s.fill(); err != nil {
			return nil, err
		}
	}
}

// longColumn returns the first column of a text that passes the field limit.
func longColumn(text []byte, separator byte) int {
	for column := 0; ; column++ {
		i := bytes.IndexByte(text, separator)
		if i < 0 || i > maxField {
			return column
		}
		text = text[i+1:]
	}
}

// fill reads the next block of the file, moving what is unread to the front.
func (s *scanner) fill() error {
	if s.read >= s.size {
		return io.EOF
	}
	if s.wide != nil {
		return s.fillWide()
	}
	if s.buf == nil {
		s.buf = make([]byte, min(s.size, blockSize+maxRecord))
	}
	if s.lo > 0 {
		copy(s.buf, s.buf[s.lo:s.hi])
		s.base += int64(s.lo)
		s.hi -= s.lo
		s.lo = 0
	}
	want := min(int64(len(s.buf)-s.hi), s.size-s.read, readBytes)
	n, err := s.in.ReadAt(s.buf[s.hi:s.hi+int(want)], s.read)
	if int64(n) < want {
		if err == nil || errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return fmt.Errorf("reading at byte %d: %w", s.read, err)
	}
	if s.sink != nil {
		if _, err := s.sink.Write(s.buf[s.hi : s.hi+n]); err != nil {
			return err
		}
	}
	s.hi += n
	s.read += int64(n)
	return nil
}

// split cuts a record's text into fields and marks what breaks the form.
func (s *scanner) split(line []byte) {
	r := &s.rec
	if s.find != nil && s.cutFound(line) {
		return
	}
	if r.odd = hasOdd(line); r.odd {
		s.checkBytes(line)
	}
	if s.cuts != nil {
		s.cutUp(line)
		return
	}
	quotes := !s.noQuotes && bytes.IndexByte(line, '"') >= 0
	s.plain = s.plain[:0]
	if quotes && cap(s.plain) < len(line) {
		s.plain = make([]byte, 0, 2*len(line))
	}
	short := len(line) <= maxField
	for rest := line; ; {
		done := false
		if short {
			if rest, done = s.cutPlain(rest); done {
				return
			}
		}
		if quotes && s.opens(rest) {
			field, after, ok := s.quoted(rest)
			if !ok {
				return
			}
			r.fields = append(r.fields, field)
			if after == nil {
				return
			}
			rest = after
			continue
		}
		i := bytes.IndexByte(rest, s.separator)
		field := rest
		if i >= 0 {
			field = rest[:i]
		}
		if quotes && bytes.IndexByte(field, '"') >= 0 {
			s.fault(reasonQuote, len(r.fields))
		}
		if len(field) > maxField {
			s.fault(reasonLong, len(r.fields))
		}
		r.fields = append(r.fields, field)
		if i < 0 {
			return
		}
		rest = rest[i+1:]
	}
}

// fault marks the record with its first fault.
func (s *scanner) fault(reason string, column int) {
	if s.rec.fault == "" {
		s.rec.fault, s.rec.column = reason, column
	}
}
