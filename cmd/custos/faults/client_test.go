package faults_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"custos.example/custody"
	"custos.example/custody/store"
	"custos.example/ledger"
)

// clients are all clients of one record and everything that they were ever told.
type clients struct {
	last []told
	all  []told
	size uint64 // largest log that a receipt spoke of
	hung string // where a process stood that had to be ended
	late int    // answers that were told after it
	off  int64  // when the power was last cut; 0 = never. Told later, it was told by nobody
}

func newClients(writers int) *clients {
	c := &clients{last: make([]told, writers)}
	for i := range c.last {
		c.last[i].Writer = i
	}
	return c
}

// hear keeps what a process has told until now.
func (c *clients) hear(p *child) {
	for answer := range p.heard {
		if c.off != 0 && answer.At >= c.off {
			c.late++
			continue
		}
		c.keep(answer)
	}
}

func (c *clients) keep(answer told) {
	c.last[answer.Writer] = answer
	c.all = append(c.all, answer)
}

// entries is how many entries were acknowledged.
func (c *clients) entries() (n int) {
	for _, a := range c.all {
		n += len(a.Proofs)
	}
	return n
}

// verdict is what became of what clients were told.
type verdict struct {
	Lost, Forked int
	Faults       []string // everything else that is wrong, in words
}

func (v verdict) clean() bool { return v.Lost+v.Forked+len(v.Faults) == 0 }

func (v verdict) String() string {
	return fmt.Sprintf("%d acknowledged entries lost, %d contradicted, and %d other faults %v", v.Lost, v.Forked, len(v.Faults), v.Faults)
}

func (v *verdict) fault(format string, args ...any) {
	v.Faults = append(v.Faults, fmt.Sprintf(format, args...))
}

// judge opens the record and holds it against what the clients were told: every
// entry at its place, every receipt under a root of this log, the guard no older
// than the newest receipt, a full check without a finding, and the last request
// that was answered, made again, answered with the same places.
func (c *clients) judge(t *testing.T, kind, folder string) (v verdict) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	r, err := openRecord(ctx, kind, folder)
	if err != nil {
		v.fault("it cannot be opened: %v", err)
		return v
	}
	defer func() {
		if err := r.Close(); err != nil {
			v.fault("close: %v", err)
		}
	}()
	c.judgeEntries(ctx, r.entries(), &v)
	c.judgeGuard(folder, &v)
	v.Faults = append(v.Faults, r.whole(ctx, c)...)
	if len(c.all) > 0 && v.clean() {
		c.judgeAgain(ctx, r, &v)
	}
	return v
}

func (c *clients) judgeEntries(ctx context.Context, s *store.Store, v *verdict) {
	size, err := s.Size(ctx)
	if err != nil {
		v.fault("size: %v", err)
		return
	}
	leaves, err := s.Leaves(ctx, 0, ledger.Index(size))
	if err != nil {
		v.fault("leaves: %v", err)
		return
	}
	roots := map[uint64]ledger.Digest{}
	for _, answer := range c.all {
		for _, p := range answer.Proofs {
			switch at := p.Placed; {
			case uint64(at.Index) >= size:
				v.Lost++
				continue
			case leaves[at.Index] != at.Commitment:
				v.Forked++
				continue
			}
			if stored, err := s.Entry(ctx, p.Placed.Chain, p.Placed.N); err != nil || stored.Placed != p.Placed || stored.Entry != p.Entry {
				v.fault("entry %d of chain %s is not what was acknowledged: %v", p.Placed.N, p.Placed.Chain, err)
			}
			if p.Receipt != nil {
				c.judgeReceipt(ctx, s, p, roots, v)
			}
		}
	}
}

// judgeReceipt requires that the checkpoint of a receipt is one of this log.
func (c *clients) judgeReceipt(ctx context.Context, s *store.Store, p custody.Proof, roots map[uint64]ledger.Digest, v *verdict) {
	r, err := ledger.ParseReceipt(p.Receipt)
	if err == nil {
		err = r.Verify(p.Placed.Commitment)
	}
	if err != nil {
		v.fault("receipt of entry %d: %v", p.Placed.Index, err)
		return
	}
	size := r.Checkpoint.Size
	if _, ok := roots[size]; !ok {
		if roots[size], err = s.Log().Root(ctx, size); err != nil {
			v.fault("a receipt speaks of %d entries: %v", size, err)
			return
		}
	}
	if roots[size] != r.Checkpoint.Root {
		v.Forked++
	}
	c.size = max(c.size, size)
}

func (c *clients) judgeGuard(folder string, v *verdict) {
	held, err := os.ReadFile(guardFile(folder))
	if err != nil {
		v.fault("guard: %v", err)
		return
	}
	checkpoint, err := ledger.ParseCheckpoint(held)
	if err != nil && c.size > 0 {
		v.fault("guard: %v", err)
	} else if checkpoint.Size < c.size {
		v.fault("the guard holds %d entries and a receipt was given for %d", checkpoint.Size, c.size)
	}
}

// judgeAgain makes the last answered request again.
func (c *clients) judgeAgain(ctx context.Context, r record, v *verdict) {
	last := c.all[len(c.all)-1]
	before := last
	before.Turn--
	again, err := r.next(ctx, before)
	if err != nil {
		v.fault("turn %d of writer %d, made again: %v", last.Turn, last.Writer, err)
		return
	}
	for i, p := range last.Proofs {
		if again.Proofs[i].Placed != p.Placed {
			v.fault("turn %d of writer %d, made again, stands at %d and not at %d", last.Turn, last.Writer, again.Proofs[i].Placed.Index, p.Placed.Index)
		}
	}
}

// goOn opens the record once more and makes the next request of every client.
func (c *clients) goOn(t *testing.T, kind, folder string) (v verdict) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	r, err := openRecord(ctx, kind, folder)
	if err != nil {
		v.fault("it cannot be opened again: %v", err)
		return v
	}
	for _, last := range c.last {
		answer, err := r.next(ctx, last)
		if err != nil {
			v.fault("turn %d of writer %d cannot be made after a restart: %v", last.Turn+1, last.Writer, err)
			continue
		}
		c.keep(answer)
	}
	v.Faults = append(v.Faults, r.whole(ctx, c)...)
	if err := r.Close(); err != nil {
		v.fault("close: %v", err)
	}
	return v
}
