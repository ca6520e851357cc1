package custody

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"

	"custos.example/analysis"
)

// table reads a CSV output of a step row by row.
type table struct {
	header []string
	r      *csv.Reader
}

// newTable reads the header of a table.
// Errors: ErrIntegrity for text that is no table.
func newTable(in analysis.Input) (*table, error) {
	r := csv.NewReader(io.NewSectionReader(in, 0, in.Size()))
	header, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("%w: a table has no header: %w", ErrIntegrity, err)
	}
	return &table{header, r}, nil
}

// next returns the next row, with as many fields as the header.
// Errors: io.EOF after the last; ErrIntegrity.
func (t *table) next() ([]string, error) {
	row, err := t.r.Read()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: %w", ErrIntegrity, err)
	}
	return row, err
}

// offset is where the next row begins.
func (t *table) offset() int64 { return t.r.InputOffset() }

// rowAt reads one row of a table again.
func rowAt(in analysis.Input, offset int64) ([]string, error) {
	row, err := csv.NewReader(io.NewSectionReader(in, offset, in.Size()-offset)).Read()
	if err != nil {
		return nil, fmt.Errorf("%w: a row of a table: %w", ErrIntegrity, err)
	}
	return row, nil
}
