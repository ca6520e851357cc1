package rowtree

import (
	"fmt"
	"slices"

	"custos.example/analysis/event"
)

// Part is what of a row is shown or withheld together: columns that say nearly
// the same, so that one of them withheld beside another shown would be in vain.
// Shape: numbered from 0; Event is shown with every row.
type Part int

// The parts of a row, in the order in which a leaf holds them.
const (
	Event   Part = iota // when, what, how long, how it was read, and which row of the file
	Subject             // whose records these are
	Calling             // the calling party
	Called              // the called party, the one it was forwarded to, and the digits as dialled
	Handset             // handset and subscriber identity
	Network             // what only the network knows: references, access point, volumes, visited network
	Place               // cells and where they stand
	Trail               // the file's digest and the row's place in it, from which lengths of other rows would follow
	NumParts
)

// partNames are the parts as documents name them.
var partNames = [NumParts]string{"event", "subject", "calling", "called", "handset", "network", "place", "trail"}

// String returns the name of the part.
func (p Part) String() string { return partNames[p] }

// ParsePart returns the part of a name.
func ParsePart(name string) (Part, bool) {
	at := slices.Index(partNames[:], name)
	return Part(at), at >= 0
}

// Columns returns the columns of a part, in the order of the file.
func (p Part) Columns() []event.Column {
	var list []event.Column
	for c := range event.NumColumns {
		if partOf(c) == p {
			list = append(list, c)
		}
	}
	return list
}

// partOf returns the part that a column belongs to.
func partOf(c event.Column) Part {
	switch {
	case c == event.Subject:
		return Subject
	case c == event.ANumber:
		return Calling
	case c == event.BNumber, c == event.CNumber, c == event.Dialled:
		return Called
	case c == event.IMEI, c == event.IMSI:
		return Handset
	case c >= event.Roaming && c <= event.CallRef:
		return Network
	case c >= event.CRS && c <= event.EndPlace:
		return Place
	case c == event.Source, c == event.Offset:
		return Trail
	}
	return Event
}

// run is columns beside each other that belong to one part.
type run struct {
	part        Part
	first, last event.Column
	more        bool // the part begins before this run
}

// runs are the columns of a row in their order, worked out once.
var runs = func() (list []run) {
	var begun [NumParts]bool
	for c := range event.NumColumns {
		if p := partOf(c); c > 0 && partOf(c-1) == p {
			list[len(list)-1].last = c
		} else {
			list = append(list, run{p, c, c, begun[p]})
			begun[p] = true
		}
	}
	return list
}()

// runsOf are the runs of each part.
var runsOf = func() (list [NumParts][]run) {
	for _, r := range runs {
		list[r.part] = append(list[r.part], r)
	}
	return list
}()

// Texts is one row cut into its parts.
// Shape: the columns of a part as they stand in the file, quotes too, with
// commas between them.
type Texts [NumParts][]byte

// cutter cuts rows, one after another.
type cutter struct {
	texts  Texts // of the last row; they may be parts of it
	joined [NumParts][]byte
	ends   [event.NumColumns]int
}

// cut cuts a row into its parts, valid until the next one and as long as the row.
// Errors: event.ErrNotCanonical for another number of columns.
func (t *cutter) cut(row []byte) error {
	if err := t.fields(row); err != nil {
		return err
	}
	from := 0
	for _, r := range runs {
		text := row[from:t.ends[r.last]]
		from = t.ends[r.last] + 1
		if !r.more {
			t.texts[r.part] = text
			continue
		}
		t.joined[r.part] = append(append(append(t.joined[r.part][:0], t.texts[r.part]...), ','), text...)
		t.texts[r.part] = t.joined[r.part]
	}
	return nil
}

// fields finds where each field of a row ends.
func (t *cutter) fields(row []byte) error {
	c, within := event.Column(0), false
	for i, b := range row {
		switch {
		case b > ',': // as nearly every byte is
		case b == '"':
			within = !within
		case b == ',' && !within:
			if c == event.NumColumns-1 {
				return errMoreColumns
			}
			t.ends[c] = i
			c++
		}
	}
	return t.last(c, len(row))
}

// last takes the end of the row as that of its last field.
func (t *cutter) last(c event.Column, end int) error {
	if c != event.NumColumns-1 {
		return fmt.Errorf("%w: a row has %d columns, not %d", event.ErrNotCanonical, c+1, event.NumColumns)
	}
	t.ends[c] = end
	return nil
}

var errMoreColumns = fmt.Errorf("%w: a row has more than %d columns", event.ErrNotCanonical, event.NumColumns)

// putText writes the text of a part of a row whose fields were found, at a place
// with room for it, and returns where it ends.
func (t *cutter) putText(dst []byte, at int, row []byte, p Part) int {
	for _, r := range runsOf[p] {
		from := 0
		if r.first > 0 {
			from = t.ends[r.first-1] + 1
		}
		if r.more {
			dst[at] = ','
			at++
		}
		at = put(dst, at, row, from, t.ends[r.last])
	}
	return at
}

// put copies a text to a place. Most are so short that to copy 32 bytes, where
// there are as many, is quicker than to copy as few as are wanted; behind a row
// mostly stands the next.
func put(dst []byte, at int, row []byte, from, to int) int {
	n := to - from
	if n > 32 || cap(row)-from < 32 || len(dst)-at < 32 {
		return at + copy(dst[at:], row[from:to])
	}
	in, out := row[from:from+32], dst[at:at+32]
	*(*[16]byte)(out) = *(*[16]byte)(in)
	*(*[16]byte)(out[16:]) = *(*[16]byte)(in[16:])
	return at + n
}

// Cut returns the parts of a row of a file of events; they may be parts of row.
// Errors: event.ErrNotCanonical for another number of columns.
func Cut(row []byte) (Texts, error) {
	var t cutter
	err := t.cut(row)
	return t.texts, err
}
