package bundle

import (
	"crypto/sha256"
	"fmt"
	"hash"
	"io"

	"custos.example/analysis"
	"custos.example/ledger"
)

// comparer takes what a step writes and compares it with what was recorded.
type comparer struct {
	recorded  analysis.Input // nil when the bundle does not hold it
	sum       hash.Hash
	n         int64
	line      int64 // number of the line at n, from 1
	lineStart int64
	found     bool
	first     difference
	err       error
}

// difference is the first place where two results differ.
// Units: Line from 1, Offset in bytes from 0.
type difference struct {
	line   int64
	offset int64
	was    string
	is     string
}

// newComparer returns a comparer that has seen nothing.
func newComparer(recorded analysis.Input) *comparer {
	return &comparer{recorded: recorded, sum: sha256.New(), line: 1}
}

// Write compares the next bytes; it fails only when the recorded ones cannot
// be read.
func (c *comparer) Write(p []byte) (int, error) {
	c.sum.Write(p)
	if c.recorded == nil || c.found {
		c.n += int64(len(p))
		return len(p), nil
	}
	want := make([]byte, len(p))
	k, err := c.recorded.ReadAt(want, c.n)
	if err != nil && c.n+int64(k) < c.recorded.Size() {
		c.err = fmt.Errorf("read what was recorded: %w", err)
		return 0, c.err
	}
	for i := range p {
		if i >= k || p[i] != want[i] {
			c.differ(c.n+int64(i), p[i:])
			break
		}
		if p[i] == '\n' {
			c.line++
			c.lineStart = c.n + int64(i) + 1
		}
	}
	c.n += int64(len(p))
	return len(p), nil
}

// How much of a line a report shows before and after a difference, in bytes.
const (
	excerptBefore = 60
	excerptAfter  = 100
)

// differ notes the first difference, at offset, where made was written.
func (c *comparer) differ(offset int64, made []byte) {
	c.found = true
	from, lead := c.lineStart, ""
	if offset-from > excerptBefore {
		from, lead = offset-excerptBefore, "..."
	}
	before := make([]byte, offset-from)
	_, _ = c.recorded.ReadAt(before, from)
	rest := make([]byte, excerptAfter)
	k, _ := c.recorded.ReadAt(rest, offset)
	c.first = difference{
		line: c.line, offset: offset,
		was: lead + string(before) + firstLine(rest[:k]),
		is:  lead + string(before) + firstLine(made[:min(len(made), excerptAfter)]),
	}
}

// firstLine returns data up to its first line end.
func firstLine(data []byte) string {
	for i, b := range data {
		if b == '\n' {
			return string(data[:i])
		}
	}
	return string(data)
}

// finish returns nil when what was written is what was recorded under k.
// Errors: *mismatch; io errors of the recorded content.
func (c *comparer) finish(k key, salt *ledger.Salt) error {
	if c.err != nil {
		return c.err
	}
	digest := ledger.Digest(c.sum.Sum(nil))
	if c.recorded == nil {
		if k.algorithm == ledger.SHA256 && digest != k.digest {
			return &mismatch{}
		}
		if k.algorithm != ledger.SHA256 {
			return errNotHere
		}
		return nil
	}
	if !c.found && c.n != c.recorded.Size() {
		c.differ(c.n, nil)
	}
	if c.found {
		return &mismatch{c.first}
	}
	var s ledger.Salt
	if salt != nil {
		s = *salt
	}
	if namedBy(k.algorithm, s, digest) != k.digest {
		return &mismatch{}
	}
	return nil
}

// mismatch is a result that came out otherwise.
type mismatch struct{ difference }

// Error says where.
func (m *mismatch) Error() string {
	return fmt.Sprintf("line %d, byte %d", m.line, m.offset)
}

var _ io.Writer = (*comparer)(nil)
