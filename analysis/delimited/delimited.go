// Package delimited owns the cutting of a delimited text into records: quotes
// as RFC 4180 has them, the number and the byte offset of each record, and a
// bound on memory that a hostile file cannot move.
//
// It never interprets a field, and never drops a record: one that cannot be cut
// is returned with the reason. Mapping profiles of call data have a scanner of
// their own, which reads more encodings.
package delimited

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"custos.example/analysis"
)

// Why a record cannot be used.
const (
	BadQuotes     = "BAD_QUOTES"      // a quotation mark stands where none may
	UnclosedQuote = "UNCLOSED_QUOTE"  // the rest of its line is the record
	TooLong       = "RECORD_TOO_LONG" // longer than the limit; the rest of its line is left unread
	NULByte       = "NUL_BYTE"
	NotUTF8       = "NOT_UTF8"
)

// Record is one record; its fields are valid until the next is read.
// Shape: Row counts from 1, the file's first line; lines with nothing on them
// have no number. Fields is empty when there is a Fault.
type Record struct {
	Row    int64
	Offset int64
	Fields [][]byte
	Fault  string
}

// Reader cuts a text.
type Reader struct {
	in        io.Reader
	separator byte
	limit     int
	buf       []byte
	lo, hi    int
	offset    int64 // of buf[lo]
	eof       bool
	begun     bool
	rec       Record
	plain     []byte
}

// NewReader returns a reader of records no longer than limit bytes.
func NewReader(in io.Reader, separator byte, limit int) *Reader {
	return &Reader{in: in, separator: separator, limit: limit, buf: make([]byte, 64<<10)}
}

// Next returns the next record.
// Errors: io.EOF after the last; analysis.ErrNotThisFormat for UTF-16; a failure
// to read.
func (r *Reader) Next() (*Record, error) {
	if err := r.begin(); err != nil {
		return nil, err
	}
	for {
		r.rec = Record{Row: r.rec.Row, Offset: r.offset, Fields: r.rec.Fields[:0]}
		length, end, err := r.find()
		if err != nil {
			return nil, err
		}
		line := r.buf[r.lo : r.lo+length]
		r.lo += end
		r.offset += int64(end)
		if r.rec.Fault == TooLong {
			if err := r.pass(); err != nil {
				return nil, err
			}
		}
		if len(line) == 0 && r.rec.Fault == "" {
			continue
		}
		r.rec.Row++
		if r.rec.Fault == "" {
			r.split(line)
		}
		return &r.rec, nil
	}
}

// begin reads the first bytes and passes over a byte order mark.
func (r *Reader) begin() error {
	if r.begun {
		return nil
	}
	r.begun = true
	for r.hi < 3 && !r.eof {
		if err := r.fill(); err != nil {
			return err
		}
	}
	head := r.buf[:r.hi]
	if bytes.HasPrefix(head, []byte{0xff, 0xfe}) || bytes.HasPrefix(head, []byte{0xfe, 0xff}) {
		return fmt.Errorf("%w: the file begins with the byte order mark of UTF-16; save it as UTF-8", analysis.ErrNotThisFormat)
	}
	if bytes.HasPrefix(head, []byte{0xef, 0xbb, 0xbf}) {
		r.lo, r.offset = 3, 3
	}
	return nil
}

// find returns the length of the record at lo without its line end, and with it.
// A quotation mark opens a field only where a field begins; a record in which
// one does not close, or closes before the field ends, is its first line, so
// that a stray one cannot swallow what follows. Every byte is looked at a fixed
// number of times, because each mark looked for in vain is the last in the limit.
// Errors: io.EOF when nothing is left.
func (r *Reader) find() (length, end int, err error) {
	const start, plain, quoted, closing = 0, 1, 2, 3
	state := start
	for i := 0; ; i++ {
		for r.lo+i >= r.hi {
			if r.eof {
				return r.last(i, state == quoted)
			}
			if err := r.fill(); err != nil {
				return 0, 0, err
			}
		}
		if i >= r.limit {
			return r.tooLong(i, state == quoted)
		}
		c := r.buf[r.lo+i]
		switch {
		case c == '\n' && state != quoted:
			return r.trim(i), i + 1, nil
		case c == '"' && (state == start || state == closing):
			state = quoted
		case c == '"' && state == quoted:
			state = closing
		case state == quoted:
		case c == r.separator:
			state = start
		case state == closing && c != '\r' && bytes.IndexByte(r.buf[r.lo:r.lo+i], '\n') >= 0:
			r.rec.Fault = BadQuotes
			return r.firstLine()
		default:
			state = plain
		}
	}
}

// trim takes off the CR of a line end.
func (r *Reader) trim(n int) int {
	if n > 0 && r.buf[r.lo+n-1] == '\r' {
		return n - 1
	}
	return n
}

// last returns what stands before the end of the file.
func (r *Reader) last(n int, inside bool) (length, end int, err error) {
	if n == 0 {
		return 0, 0, io.EOF
	}
	if inside {
		return r.unclosed()
	}
	return r.trim(n), n, nil
}

func (r *Reader) tooLong(n int, inside bool) (length, end int, err error) {
	if inside {
		return r.unclosed()
	}
	r.rec.Fault = TooLong
	return n, n, nil
}

// unclosed returns the first line of a record whose quotation mark does not close.
func (r *Reader) unclosed() (length, end int, err error) {
	r.rec.Fault = UnclosedQuote
	return r.firstLine()
}

func (r *Reader) firstLine() (length, end int, err error) {
	if i := bytes.IndexByte(r.buf[r.lo:r.hi], '\n'); i >= 0 {
		return r.trim(i), i + 1, nil
	}
	if !r.eof {
		r.rec.Fault = TooLong
	}
	return r.hi - r.lo, r.hi - r.lo, nil
}

// pass leaves the rest of a line unread.
func (r *Reader) pass() error {
	for {
		if i := bytes.IndexByte(r.buf[r.lo:r.hi], '\n'); i >= 0 {
			r.lo += i + 1
			r.offset += int64(i + 1)
			return nil
		}
		r.offset += int64(r.hi - r.lo)
		r.lo = r.hi
		if r.eof {
			return nil
		}
		if err := r.fill(); err != nil {
			return err
		}
	}
}

// fill reads more behind hi, making room first.
func (r *Reader) fill() error {
	if r.lo > 0 {
		copy(r.buf, r.buf[r.lo:r.hi])
		r.lo, r.hi = 0, r.hi-r.lo
	}
	if r.hi == len(r.buf) {
		r.buf = append(r.buf, make([]byte, min(len(r.buf), r.limit+1))...)
	}
	for range 100 {
		n, err := r.in.Read(r.buf[r.hi:])
		r.hi += n
		if errors.Is(err, io.EOF) {
			r.eof = true
			return nil
		}
		if err != nil {
			return err
		}
		if n > 0 {
			return nil
		}
	}
	return io.ErrNoProgress
}

// split cuts a record into fields.
func (r *Reader) split(line []byte) {
	switch {
	case bytes.IndexByte(line, 0) >= 0:
		r.rec.Fault = NULByte
		return
	case !utf8.Valid(line):
		r.rec.Fault = NotUTF8
		return
	}
	r.plain = r.plain[:0]
	if cap(r.plain) < len(line) {
		r.plain = make([]byte, 0, len(line)+len(line)/4) // fields must not move while the line is cut
	}
	for {
		field, rest, more, ok := r.field(line)
		if !ok {
			r.rec.Fault, r.rec.Fields = BadQuotes, r.rec.Fields[:0]
			return
		}
		r.rec.Fields = append(r.rec.Fields, field)
		if !more {
			return
		}
		line = rest
	}
}

// field cuts the first field off a line.
func (r *Reader) field(line []byte) (field, rest []byte, more, ok bool) {
	if len(line) == 0 || line[0] != '"' {
		field, rest, more = bytes.Cut(line, []byte{r.separator})
		return field, rest, more, bytes.IndexByte(field, '"') < 0
	}
	from := len(r.plain)
	line = line[1:]
	for {
		i := bytes.IndexByte(line, '"')
		if i < 0 {
			return nil, nil, false, false
		}
		r.plain = append(r.plain, line[:i]...)
		line = line[i+1:]
		switch {
		case len(line) == 0:
			return r.plain[from:], nil, false, true
		case line[0] == r.separator:
			return r.plain[from:], line[1:], true, true
		case line[0] != '"':
			return nil, nil, false, false
		}
		r.plain = append(r.plain, '"')
		line = line[1:]
	}
}
