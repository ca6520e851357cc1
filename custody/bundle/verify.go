package bundle

import (
	"context"
	"io"
)

// Verify checks a bundle and returns what was found, whatever was found.
//
// The checks are made in the order of their numbers: a difference ends the
// check after its phase, since later answers would mean nothing. Scratch
// streams are given back before it returns.
// Trust: r is hostile; only o is believed.
func Verify(ctx context.Context, r io.ReaderAt, size int64, o Options) Report {
	c := newChecker(ctx, r, size, o)
	defer c.close()
	return c.conclude(c.walk())
}

// newChecker returns a checker that has checked nothing.
func newChecker(ctx context.Context, r io.ReaderAt, size int64, o Options) *checker {
	o.Scratch = marked(o.Scratch)
	c := &checker{
		ctx: ctx, o: o, r: r, size: size, p: realPrimitives(),
		findings: map[int][]Finding{}, done: map[string]bool{},
	}
	if o.primitives != nil {
		c.p = *o.primitives
	}
	return c
}

// close gives back every scratch stream. What cannot be given back changes no
// answer; whoever made the stream sees to it.
func (c *checker) close() {
	for _, s := range c.scratch {
		_ = s.Close()
	}
	c.scratch = nil
}
