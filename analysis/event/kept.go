package event

import (
	"bytes"
	"cmp"
	"slices"
)

// Kept is a row that stays valid when its reader reads on.
type Kept struct {
	Row
	text []byte
}

// Take makes k a copy of a row.
func (k *Kept) Take(row *Row) {
	size := 0
	for _, f := range row.fields {
		size += len(f)
	}
	if cap(k.text) < size {
		k.text = make([]byte, 0, size)
	}
	text, fields := k.text[:0], k.fields[:0]
	for _, f := range row.fields {
		at := len(text)
		text = append(text, f...)
		fields = append(fields, text[at:len(text):len(text)])
	}
	k.text, k.fields = text, fields
	k.start, k.row, k.off = row.start, row.row, row.off
}

// InOrder appends rows of one start, which stand as in an events file, in the
// order in which they are taken. Rows of one source stay as they are. Of several
// sources the fuller row comes first: one with a start cell or position before
// one without, then one with an IMEI, then one with an IMSI, then the one with
// more columns filled; then the columns' text decides, of rows that say the same
// whether one repeats another of its source, then how they were read, and at last
// source and row.
func InOrder(dst []*Kept, rows []Kept) []*Kept {
	several := false
	for i := range rows {
		several = several || !bytes.Equal(rows[i].fields[Source], rows[0].fields[Source])
		dst = append(dst, &rows[i])
	}
	if several {
		slices.SortFunc(dst[len(dst)-len(rows):], func(a, b *Kept) int { return a.compare(b) })
	}
	return dst
}

func (k *Kept) compare(o *Kept) int {
	for c, full := range k.fullness() {
		if by := cmp.Compare(o.fullness()[c], full); by != 0 {
			return by
		}
	}
	for c := range Flags {
		if by := bytes.Compare(k.fields[c], o.fields[c]); by != 0 {
			return by
		}
	}
	return cmp.Or(cmp.Compare(k.repeatsOwn(), o.repeatsOwn()), bytes.Compare(k.fields[Flags], o.fields[Flags]),
		bytes.Compare(k.fields[Source], o.fields[Source]), cmp.Compare(k.row, o.row))
}

// repeatsOwn is 1 for a row that repeats one of its own source, which stands before it
// whatever flags the two have.
func (k *Kept) repeatsOwn() int {
	if of := k.fields[RepeatOf]; len(of) > 0 && bytes.IndexByte(of, ':') < 0 {
		return 1
	}
	return 0
}

// fullness returns what makes a row fuller than another, the weightiest first.
func (r *Row) fullness() [4]int {
	var full [4]int
	for _, c := range [...]struct {
		weight int
		column Column
	}{{0, StartCell}, {0, StartX}, {1, IMEI}, {2, IMSI}} {
		if len(r.fields[c.column]) > 0 {
			full[c.weight] = 1
		}
	}
	for c := range Flags {
		if len(r.fields[c]) > 0 {
			full[3]++
		}
	}
	return full
}
