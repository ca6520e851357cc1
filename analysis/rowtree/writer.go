package rowtree

import (
	"bytes"
	"fmt"
	"slices"

	"custos.example/analysis/event"
)

// maxRow bounds a row, and so a writer's memory.
const maxRow = 4 << 20

// Writer commits to the rows of a file of events while the file is written,
// so that it need not be read again. Commitment gives what Commit would give
// for the same bytes.
// Trust: it looks at line ends, commas and quotation marks only, as Commit does.
type Writer struct {
	batch  *batch
	edge   edge
	count  uint64 // of rows
	part   []byte // the row that is not yet whole
	odd    bool   // part ends within quotation marks
	header bool   // has passed
}

// NewWriter returns a writer under a seed that takes its digests from crypto/sha256.
func NewWriter(seed *Seed) *Writer { return NewWriterOf(seed, oneByOne{}) }

// NewWriterOf returns a writer under a seed that takes its digests from sums.
func NewWriterOf(seed *Seed, sums Sums) *Writer { return &Writer{batch: newBatch(seed, sums)} }

// Write takes the next bytes of the file.
// Errors: event.ErrNotCanonical for a row of more than 4 MiB, or with other columns
// than those of events.
func (w *Writer) Write(p []byte) (int, error) {
	n, from, at := len(p), 0, 0
	for {
		i := bytes.IndexByte(p[at:], '\n')
		if i < 0 {
			break
		}
		if bytes.Count(p[at:at+i], quote)%2 == 1 {
			w.odd = !w.odd
		}
		end := at + i
		at = end + 1
		if w.odd {
			continue
		}
		if err := w.row(p[from:end]); err != nil {
			return 0, err
		}
		from = at
	}
	if bytes.Count(p[at:], quote)%2 == 1 {
		w.odd = !w.odd
	}
	if len(w.part)+n-from > maxRow {
		return 0, fmt.Errorf("%w: row %d is longer than %d bytes", event.ErrNotCanonical, w.count+1, maxRow)
	}
	w.part = append(w.part, p[from:]...)
	return n, nil
}

var quote = []byte{'"'}

// row takes one row, of which the beginning may have come before.
func (w *Writer) row(rest []byte) error {
	row := rest
	if len(w.part) > 0 {
		w.part = append(w.part, rest...)
		row = w.part
	}
	defer func() { w.part = w.part[:0] }()
	if !w.header {
		w.header = true
		return checkHeader(row)
	}
	w.count++
	full, err := w.batch.add(row)
	if err != nil {
		return fmt.Errorf("row %d: %w", w.count, err)
	}
	if full {
		w.batch.addTo(&w.edge)
		w.batch.empty()
	}
	return nil
}

// Commitment returns the commitment of the rows that were written.
// Errors: event.ErrNotCanonical when the file does not end with a whole row, or
// has no header.
func (w *Writer) Commitment() (Commitment, error) {
	if !w.header {
		return Commitment{}, fmt.Errorf("%w: the file has no header", event.ErrNotCanonical)
	}
	if len(w.part) > 0 {
		return Commitment{}, fmt.Errorf("%w: the last row does not end with LF", event.ErrNotCanonical)
	}
	whole := edge{w.edge.count, slices.Clone(w.edge.nodes)} // more rows may follow
	w.batch.addTo(&whole)
	return Commitment{Root: whole.root(), Count: w.count}, nil
}
