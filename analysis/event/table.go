package event

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// ErrNotCanonical is returned for a file that is not in canonical CSV text.
var ErrNotCanonical = errors.New("not canonical")

// maxLine bounds one line of a canonical file, and so a reader's memory.
const maxLine = 4 << 20

// Table reads a canonical CSV file: UTF-8, LF, RFC 4180 quotes only where they
// must be, a fixed header and the same number of fields on every line.
// Trust: none; it rejects every other form, and never holds more than a line.
type Table struct {
	lines  Lines
	fields [][]byte
	plain  []byte
	raw    []byte
}

// Lines cuts a canonical CSV file into its records, without their LF; the
// header is the first. A field in quotes may hold line ends.
type Lines struct {
	in     io.Reader
	buf    []byte
	lo, hi int
	eof    bool
	number int64
}

// NewLines returns a reader of records.
func NewLines(in io.Reader) *Lines { return &Lines{in: in, buf: make([]byte, 64<<10)} }

// NewTable returns a reader of a file with exactly this header.
// Errors: ErrNotCanonical when the header is another.
func NewTable(in io.Reader, header []string) (*Table, error) {
	t := &Table{lines: *NewLines(in), fields: make([][]byte, len(header))}
	fields, err := t.Next()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: the file is empty", ErrNotCanonical)
	}
	if err != nil {
		return nil, err
	}
	for i, name := range header {
		if string(fields[i]) != name {
			return nil, fmt.Errorf("%w: column %d is %q, expected %q", ErrNotCanonical, i+1, fields[i], name)
		}
	}
	return t, nil
}

// Line returns the number of the line read last, the header being 1.
func (t *Table) Line() int64 { return t.lines.number }

// Raw returns the line read last without its LF; valid until the next call.
func (t *Table) Raw() []byte { return t.raw }

// Next returns the fields of the next line; they are valid until the next call.
// Errors: io.EOF after the last line; ErrNotCanonical.
func (t *Table) Next() ([][]byte, error) {
	line, err := t.lines.Next()
	if err != nil {
		return nil, err
	}
	t.raw = line
	if bytes.IndexByte(line, '"') < 0 && bytes.IndexByte(line, '\r') < 0 {
		return t.fields, t.plainLine(line)
	}
	t.plain = t.plain[:0]
	if cap(t.plain) < len(line) {
		t.plain = make([]byte, 0, 2*len(line)) // fields must not move while the line is split
	}
	rest := line
	for i := range t.fields {
		var more bool
		if t.fields[i], rest, more, err = t.field(rest); err != nil {
			return nil, err
		}
		if more != (i < len(t.fields)-1) {
			return nil, fmt.Errorf("%w: line %d does not have %d fields", ErrNotCanonical, t.Line(), len(t.fields))
		}
	}
	return t.fields, nil
}

// plainLine splits a line without quotes.
func (t *Table) plainLine(line []byte) error {
	last := len(t.fields) - 1
	for i := range t.fields[:last] {
		at := bytes.IndexByte(line, ',')
		if at < 0 {
			return fmt.Errorf("%w: line %d does not have %d fields", ErrNotCanonical, t.Line(), len(t.fields))
		}
		t.fields[i], line = line[:at], line[at+1:]
	}
	if bytes.IndexByte(line, ',') >= 0 {
		return fmt.Errorf("%w: line %d does not have %d fields", ErrNotCanonical, t.Line(), len(t.fields))
	}
	t.fields[last] = line
	return nil
}

// field cuts the first field off a line.
func (t *Table) field(line []byte) (field, rest []byte, more bool, err error) {
	if len(line) == 0 || line[0] != '"' {
		field, rest, more = bytes.Cut(line, []byte{','})
		if bytes.IndexByte(field, '"') >= 0 || bytes.IndexByte(field, '\r') >= 0 {
			return nil, nil, false, fmt.Errorf("%w: line %d has a quotation mark or CR in a plain field", ErrNotCanonical, t.Line())
		}
		return field, rest, more, nil
	}
	from, needed := len(t.plain), false
	for i := 1; i < len(line); i++ {
		c := line[i]
		if c == '"' {
			if i+1 < len(line) && line[i+1] == '"' {
				i++
				needed = true
			} else if i+1 == len(line) || line[i+1] == ',' {
				if !needed {
					return nil, nil, false, fmt.Errorf("%w: line %d quotes a field that needs no quotes", ErrNotCanonical, t.Line())
				}
				field = t.plain[from:]
				if i+1 == len(line) {
					return field, nil, false, nil
				}
				return field, line[i+2:], true, nil
			} else {
				return nil, nil, false, fmt.Errorf("%w: line %d has text after a closing quotation mark", ErrNotCanonical, t.Line())
			}
		}
		if c == ',' || c == '\n' || c == '\r' {
			needed = true
		}
		t.plain = append(t.plain, c)
	}
	return nil, nil, false, fmt.Errorf("%w: line %d has a quotation mark that is not closed", ErrNotCanonical, t.Line())
}

// Next returns the bytes up to the next LF outside quotes; they are valid until
// the next call.
// Errors: io.EOF after the last record; ErrNotCanonical when it has no LF.
func (l *Lines) Next() ([]byte, error) {
	at, quotes := l.lo, 0
	for {
		i := bytes.IndexByte(l.buf[at:l.hi], '\n')
		if i >= 0 {
			quotes += bytes.Count(l.buf[at:at+i], []byte{'"'})
			if quotes%2 == 0 {
				line := l.buf[l.lo : at+i]
				l.lo = at + i + 1
				l.number++
				return line, nil
			}
			at += i + 1
			continue
		}
		quotes += bytes.Count(l.buf[at:l.hi], []byte{'"'})
		used := l.hi - l.lo
		if l.eof {
			if used == 0 {
				return nil, io.EOF
			}
			return nil, fmt.Errorf("%w: the last line does not end with LF", ErrNotCanonical)
		}
		if err := l.fill(used); err != nil {
			return nil, err
		}
		at = l.lo + used
	}
}

// ahead returns the first n bytes of what follows, or nothing where they are not
// at hand.
func (l *Lines) ahead(n int) []byte {
	if l.hi-l.lo < n {
		return nil
	}
	return l.buf[l.lo : l.lo+n]
}

func (l *Lines) fill(used int) error {
	if l.lo > 0 {
		copy(l.buf, l.buf[l.lo:l.hi])
		l.lo, l.hi = 0, used
	}
	if l.hi == len(l.buf) {
		if len(l.buf) >= maxLine {
			return fmt.Errorf("%w: line %d is longer than %d bytes", ErrNotCanonical, l.number+1, maxLine)
		}
		l.buf = append(l.buf, make([]byte, len(l.buf))...)
	}
	for range 100 {
		n, err := l.in.Read(l.buf[l.hi:])
		l.hi += n
		if errors.Is(err, io.EOF) {
			l.eof = true
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
