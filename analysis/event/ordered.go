package event

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// mostAtOnce bounds the rows of one start that are held to be put in order.
const mostAtOnce = 1 << 16

// Ordered reads the rows of an events file in an order that does not depend on
// how the digests of its sources sort: by start; of one start, as they stand in
// the file when all are of one source, else as InOrder puts them.
type Ordered struct {
	in   *Reader
	rows []Kept // of one start
	next []*Kept
	held *Row   // read on, of another start
	from int64  // the start of the rows
	long []byte // their source, where they are too many to hold
}

// NewOrdered returns a reader of the rows of an events file in order.
func NewOrdered(in *Reader) *Ordered { return &Ordered{in: in} }

// Next returns the next row, valid until the call after.
// Errors: io.EOF after the last; ErrNotCanonical, also for more than 65,536 rows
// of one start that are not all of one source.
func (o *Ordered) Next() (*Row, error) {
	for {
		if len(o.next) > 0 {
			row := &o.next[0].Row
			o.next = o.next[1:]
			return row, nil
		}
		row := o.held
		o.held = nil
		if row == nil {
			var err error
			if row, err = o.in.Next(); err != nil {
				return nil, err
			}
		}
		if o.long != nil && row.start == o.from {
			if !bytes.Equal(row.Field(Source), o.long) {
				return nil, tooMany(row)
			}
			return row, nil
		}
		o.long = nil
		if o.in.alone() {
			return row, nil
		}
		if err := o.gather(row); err != nil {
			return nil, err
		}
	}
}

// Instant returns the next rows that have one start, valid until the call after;
// of a start with too many rows to hold they come in parts.
// Errors: as Next.
func (o *Ordered) Instant(dst []*Row) ([]*Row, error) {
	row, err := o.Next()
	if err != nil {
		return dst, err
	}
	dst = append(dst, row)
	for _, k := range o.next {
		dst = append(dst, &k.Row)
	}
	o.next = nil
	return dst, nil
}

// gather takes the rows of one start together.
func (o *Ordered) gather(row *Row) error {
	o.from = row.start
	for n := 0; ; n++ {
		if n == mostAtOnce {
			if o.long = bytes.Clone(o.rows[0].Field(Source)); !bytes.Equal(o.long, row.Field(Source)) {
				return tooMany(row)
			}
			o.held = row
			o.next = InOrder(o.next[:0], o.rows[:n])
			return nil
		}
		if n == len(o.rows) {
			o.rows = append(o.rows, Kept{})
		}
		o.rows[n].Take(row)
		next, err := o.in.Next()
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if row = next; row == nil || row.start != o.from {
			o.held = row
			o.next = InOrder(o.next[:0], o.rows[:n+1])
			return nil
		}
	}
}

func tooMany(row *Row) error {
	return fmt.Errorf("%w: more than %d rows of several sources start at %s, too many to be put in order", ErrNotCanonical, mostAtOnce, row.Field(StartUTC))
}
