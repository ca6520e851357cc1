package rowtree

import (
	"errors"
	"fmt"
	"io"
	"slices"
)

// Opening shows one row under a commitment.
// Shape: of a part that is shown the salt, of one that is withheld the hash; of
// the part that is always shown neither.
type Opening struct {
	Index  uint64
	Shown  [NumParts]bool
	Salts  [NumParts]Salt
	Hashes [NumParts]Hash
}

// Leaf returns the leaf of the row whose parts have these texts; what the texts
// of withheld parts say is not looked at.
func (o *Opening) Leaf(texts *Texts) Hash {
	hashes := o.Hashes
	for p := Subject; p < NumParts; p++ {
		if o.Shown[p] {
			hashes[p] = PartHash(o.Salts[p], texts[p])
		}
	}
	return LeafHash(&hashes, texts[Event])
}

// span is the rows from..to-1 of a file.
type span struct{ from, to uint64 }

// gaps returns, from left to right, the largest subtrees of a tree of count rows
// of which no row is chosen. A subtree is what RFC 6962 makes of a range of rows.
func gaps(count uint64, chosen []uint64) []span {
	var list []span
	var walk func(s span, chosen []uint64)
	walk = func(s span, chosen []uint64) {
		switch {
		case len(chosen) == 0:
			list = append(list, s)
		case s.to-s.from > 1:
			middle := s.from + half(s.to-s.from)
			at, _ := slices.BinarySearch(chosen, middle)
			walk(span{s.from, middle}, chosen[:at])
			walk(span{middle, s.to}, chosen[at:])
		}
	}
	if count > 0 {
		walk(span{0, count}, chosen)
	}
	return list
}

// Prove shows some rows of a file of events: it calls open for each of them, in
// the order of the file, and then path for each hash that stands for the rows
// between them, from left to right. It reads the file once.
// Shape: count is the number of rows in the file, known from its commitment;
// chosen rises, nothing twice; of the parts in withheld only the hash is given.
// Errors: ErrNoRow for rows that are not there, or when the file has another
// number of rows; event.ErrNotCanonical; those of open and path.
func Prove(seed *Seed, file io.Reader, count uint64, chosen []uint64, withheld [NumParts]bool,
	open func(Opening) error, path func(Hash) error,
) (Commitment, error) {
	for i, index := range chosen {
		if index >= count || i > 0 && chosen[i-1] >= index {
			return Commitment{}, fmt.Errorf("%w: index %d of %d, or not in order", ErrNoRow, index, count)
		}
	}
	w := proving{h: newHasher(seed), withheld: withheld, open: open, path: path, chosen: chosen, gaps: gaps(count, chosen)}
	if err := eachRow(file, w.row); err != nil {
		return Commitment{}, err
	}
	if w.whole.count != count {
		return Commitment{}, fmt.Errorf("%w: the file has %d rows, %d were stated", ErrNoRow, w.whole.count, count)
	}
	return Commitment{Root: w.whole.root(), Count: count}, nil
}

// proving is a proof on its way through the file.
type proving struct {
	h        *hasher
	withheld [NumParts]bool
	open     func(Opening) error
	path     func(Hash) error
	chosen   []uint64
	gaps     []span
	whole    edge
	gap      edge
}

func (w *proving) row(index uint64, row []byte) error {
	leaf, err := w.h.row(row)
	if err != nil {
		return err
	}
	w.whole.add(leaf, 1)
	if len(w.chosen) > 0 && w.chosen[0] == index {
		w.chosen = w.chosen[1:]
		return w.open(w.opening(index))
	}
	w.gap.add(leaf, 1)
	if len(w.gaps) == 0 || index+1 < w.gaps[0].to {
		return nil
	}
	root := w.gap.root()
	w.gaps, w.gap = w.gaps[1:], edge{nodes: w.gap.nodes[:0]}
	return w.path(root)
}

// opening shows the row that the hasher did last.
func (w *proving) opening(index uint64) Opening {
	o := Opening{Index: index}
	for p := Subject; p < NumParts; p++ {
		if w.withheld[p] {
			o.Hashes[p] = w.h.parts[p]
		} else {
			o.Shown[p], o.Salts[p] = true, Salt(w.h.salt(p))
		}
	}
	return o
}

// Verify returns nil when rows and path together make the commitment: then each
// row shown is the one at its index, none stands there twice, and the hashes of
// path stand for exactly the others.
// Shape: row gives index and leaf of the rows shown, path the hashes between
// them, each in the order of the file; both end with io.EOF.
// Errors: ErrNotProved; those of row and path.
// Trust: none; any rows and hashes may be given. It keeps one hash for each level
// of the tree.
func (c Commitment) Verify(row func() (uint64, Hash, error), path func() (Hash, error)) error {
	v := verifying{row: row, path: path}
	if err := v.next(); err != nil {
		return err
	}
	root := (&edge{}).root()
	if c.Count > 0 {
		var err error
		if root, err = v.walk(span{0, c.Count}); err != nil {
			return err
		}
	}
	if !v.done {
		return fmt.Errorf("%w: the row with index %d stands there twice, out of order, or past the end of %d rows", ErrNotProved, v.index, c.Count)
	}
	if _, err := path(); !errors.Is(err, io.EOF) {
		return errors.Join(fmt.Errorf("%w: there are more hashes than rows that are not shown", ErrNotProved), err)
	}
	if root != c.Root {
		return fmt.Errorf("%w: rows and hashes do not lead to the root", ErrNotProved)
	}
	return nil
}

// verifying is a proof that is checked.
type verifying struct {
	row   func() (uint64, Hash, error)
	path  func() (Hash, error)
	index uint64 // of the next row shown
	leaf  Hash
	done  bool // no further row is shown
}

// next reads the next row shown.
func (v *verifying) next() (err error) {
	v.index, v.leaf, err = v.row()
	if errors.Is(err, io.EOF) {
		v.done, err = true, nil
	}
	return err
}

// walk returns the hash of a range of rows.
func (v *verifying) walk(s span) (Hash, error) {
	if v.done || v.index < s.from || v.index >= s.to {
		h, err := v.path()
		if errors.Is(err, io.EOF) {
			err = fmt.Errorf("%w: there are fewer hashes than rows that are not shown", ErrNotProved)
		}
		return h, err
	}
	if s.to-s.from == 1 {
		leaf := v.leaf
		return leaf, v.next()
	}
	middle := s.from + half(s.to-s.from)
	left, err := v.walk(span{s.from, middle})
	if err != nil {
		return left, err
	}
	right, err := v.walk(span{middle, s.to})
	return nodeHash(left, right), err
}
