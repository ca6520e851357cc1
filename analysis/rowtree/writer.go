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
	n := len(p)
	for len(p) > 0 {
		if !w.header || len(w.part) > 0 {
			rest, err := w.finish(p)
			if err != nil {
				return 0, err
			}
			p = rest
			continue
		}
		end, err := w.row(p)
		if err != nil {
			return 0, err
		}
		if end < 0 {
			break
		}
		p = p[end+1:]
	}
	if err := w.keep(p); err != nil {
		return 0, err
	}
	return n, nil
}

// finish takes as much as the row has that is not yet whole, and returns the rest.
func (w *Writer) finish(p []byte) (rest []byte, err error) {
	end := bytes.IndexByte(p, '\n') + 1
	if end == 0 {
		return nil, w.keep(p)
	}
	if err := w.keep(p[:end]); err != nil || w.odd {
		return p[end:], err
	}
	if !w.header {
		w.header = true
		err = checkHeader(w.part[:len(w.part)-1])
	} else {
		_, err = w.row(w.part)
	}
	w.part = w.part[:0]
	return p[end:], err
}

// keep keeps the beginning of a row.
func (w *Writer) keep(p []byte) error {
	if len(w.part)+len(p) > maxRow {
		return fmt.Errorf("%w: row %d is longer than %d bytes", event.ErrNotCanonical, w.count+1, maxRow)
	}
	if bytes.Count(p, quote)%2 == 1 {
		w.odd = !w.odd
	}
	w.part = append(w.part, p...)
	return nil
}

var quote = []byte{'"'}

// row takes the first row of a text and returns where it ends; -1 when it is not whole.
func (w *Writer) row(text []byte) (end int, err error) {
	if end, err = w.batch.next(text); err != nil {
		return 0, fmt.Errorf("row %d: %w", w.count+1, err)
	}
	if end < 0 {
		return end, nil
	}
	w.count++
	if w.batch.add(text[:end]) {
		w.batch.addTo(&w.edge)
		w.batch.empty()
	}
	return end, nil
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
