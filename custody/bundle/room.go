package bundle

import (
	"errors"
	"fmt"

	"custos.example/analysis"
)

// marked gives scratch streams whose failures are known as such: a computer without
// room says nothing about the bundle.
func marked(scratch func() (analysis.Scratch, error)) func() (analysis.Scratch, error) {
	return func() (analysis.Scratch, error) {
		s, err := scratch()
		if err != nil {
			return nil, fmt.Errorf("%w: %w", analysis.ErrScratchFull, err)
		}
		return room{s}, nil
	}
}

// room is a scratch stream of this computer.
type room struct{ analysis.Scratch }

// Write appends p. Errors: analysis.ErrScratchFull.
func (r room) Write(p []byte) (int, error) {
	n, err := r.Scratch.Write(p)
	if err != nil {
		err = fmt.Errorf("%w: %w", analysis.ErrScratchFull, err)
	}
	return n, err
}

// here tells whether something failed for a reason that lies in this computer, or in
// whoever stopped the check, and not in the bundle.
func (c *checker) here(err error) bool {
	return err != nil && (c.ctx.Err() != nil || errors.Is(err, analysis.ErrScratchFull))
}
