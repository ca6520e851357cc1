package event

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Row is one line of an events file. Its fields are valid until the next one
// is read.
type Row struct {
	fields   [][]byte
	start    int64
	row, off int64
}

// Field returns the text of a column.
func (r *Row) Field(c Column) []byte { return r.fields[c] }

// Start returns the instant at which the event starts, in Unix seconds.
func (r *Row) Start() int64 { return r.start }

// SourceRow returns the number of the record in its source file.
func (r *Row) SourceRow() int64 { return r.row }

// SourceOffset returns the byte offset of the record in its source file.
func (r *Row) SourceOffset() int64 { return r.off }

// IsRepeat reports that an earlier row of the same source has the same content.
func (r *Row) IsRepeat() bool { return len(r.fields[RepeatOf]) > 0 }

// Outside returns the reasons for which an event of an excess file lies outside
// the scope, joined by a blank; nothing of an event of an events file.
func (r *Row) Outside() []byte {
	if len(r.fields) <= int(NumColumns) {
		return nil
	}
	return r.fields[NumColumns]
}

// AddFlag adds a flag to the row.
func (r *Row) AddFlag(flag string) {
	words := append(strings.Fields(string(r.fields[Flags])), flag)
	slices.Sort(words)
	r.fields[Flags] = []byte(strings.Join(slices.Compact(words), " "))
}

// Set puts another text in the place of a column; what was read of the row before
// stays as it is.
func (r *Row) Set(c Column, text []byte) { r.fields[c] = text }

// Append appends the row as a line of an events file.
func (r *Row) Append(dst []byte) []byte {
	for c, field := range r.fields[:NumColumns] {
		if c > 0 {
			dst = append(dst, ',')
		}
		dst = AppendField(dst, field)
	}
	return append(dst, '\n')
}

// Reader reads a canonical events file.
// Trust: none; another header, order or form is refused.
type Reader struct {
	table *Table
	row   Row
	prev  Row
	from  []byte // source of the row before
}

// NewReader returns a reader of a canonical events file.
// Errors: ErrNotCanonical.
func NewReader(in io.Reader) (*Reader, error) {
	t, err := NewTable(in, Columns())
	if err != nil {
		return nil, fmt.Errorf("events: %w", err)
	}
	return &Reader{table: t}, nil
}

// NewExcessReader returns a reader of the events that lie outside a scope; each
// row says why (Outside).
// Errors: ErrNotCanonical.
func NewExcessReader(in io.Reader) (*Reader, error) {
	t, err := NewTable(in, ExcessColumns())
	if err != nil {
		return nil, fmt.Errorf("excess: %w", err)
	}
	return &Reader{table: t}, nil
}

// Next returns the next row, valid until the call after.
// Errors: io.EOF after the last; ErrNotCanonical with the line.
func (r *Reader) Next() (*Row, error) {
	fields, err := r.table.Next()
	if err != nil {
		return nil, err
	}
	first := r.table.Line() == 2
	w := &r.row
	w.fields = fields
	var ok [3]bool
	w.start, ok[0] = ParseInstant(fields[StartUTC])
	w.row, ok[1] = parseCount(fields[Record])
	w.off, ok[2] = parseCount(fields[Offset])
	if !ok[0] || !ok[1] || !ok[2] {
		return nil, fmt.Errorf("%w: events line %d: start, row or offset is malformed", ErrNotCanonical, r.table.Line())
	}
	if !first && !r.ordered() {
		return nil, fmt.Errorf("%w: events line %d is out of order", ErrNotCanonical, r.table.Line())
	}
	r.from = append(r.from[:0], fields[Source]...)
	r.prev.start, r.prev.row = w.start, w.row
	return w, nil
}

// alone reports that the next row is known to have another start; the row read
// last stays valid.
func (r *Reader) alone() bool {
	next := r.table.lines.ahead(len(r.row.fields[StartUTC]))
	return next != nil && !bytes.Equal(next, r.row.fields[StartUTC])
}

// Raw returns the line of the row read last, without its LF.
func (r *Reader) Raw() []byte { return r.table.Raw() }

func (r *Reader) ordered() bool {
	if r.prev.start != r.row.start {
		return r.prev.start < r.row.start
	}
	if from := string(r.row.fields[Source]); string(r.from) != from {
		return string(r.from) < from
	}
	return r.prev.row < r.row.row
}

// parseCount reads a canonical non-negative decimal integer.
func parseCount(p []byte) (int64, bool) {
	if len(p) == 0 || len(p) > 18 || p[0] == '0' && len(p) > 1 {
		return 0, false
	}
	for _, c := range p {
		if c < '0' || c > '9' {
			return 0, false
		}
	}
	n, err := strconv.ParseInt(string(p), 10, 64)
	return n, err == nil
}
