package faults_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/ledger/recorder"
)

// kind is what becomes of a durable step.
type kind string

const (
	notWritten  kind = "fails and is not written"
	butWritten  kind = "fails and is written"
	diesBefore  kind = "the process dies before it"
	diesAfter   kind = "the process dies after it"
	noFault     kind = ""
	afterDeath       = "nothing is done after the death"
	anyFaulting      = "input/output error, made on purpose"
)

var (
	kinds     = []kind{notWritten, butWritten, diesBefore, diesAfter}
	errFault  = errors.New(anyFaulting)
	errIsDead = errors.New(afterDeath)
)

// points stand before and after every durable step of a record. A plan says what
// becomes of the nth step that is taken.
type points struct {
	mu    sync.Mutex
	taken []string // names of the steps, in order
	plan  map[int]kind
	met   int
	dead  bool
}

// do takes a step, or what the plan makes of it.
func (p *points) do(name string, step func() error) error {
	if p == nil {
		return step()
	}
	p.mu.Lock()
	if p.dead {
		p.mu.Unlock()
		return errIsDead
	}
	fault := p.plan[len(p.taken)]
	p.taken = append(p.taken, name)
	if fault != noFault {
		p.met++
	}
	p.dead = fault == diesBefore || fault == diesAfter
	p.mu.Unlock()
	if fault == notWritten || fault == diesBefore {
		return fmt.Errorf("%s: %w", name, errFault)
	}
	if err := step(); err != nil {
		return err
	}
	if fault == butWritten || fault == diesAfter {
		return fmt.Errorf("%s: %w", name, errFault)
	}
	return nil
}

// revive is the restart after a death; it says whether there was one.
func (p *points) revive() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	was := p.dead
	p.dead = false
	return was
}

// pointedGuard has a point at each swap.
type pointedGuard struct {
	recorder.Guard
	*points
}

func (g pointedGuard) Swap(ctx context.Context, old, next []byte) error {
	return g.do("guard", func() error { return g.Guard.Swap(ctx, old, next) })
}

// pointedTiles has a point at each publication.
type pointedTiles struct {
	recorder.Publisher
	*points
}

func (t pointedTiles) Publish(ctx context.Context, c ledger.SignedCheckpoint) error {
	return t.do("tiles", func() error { return t.Publisher.Publish(ctx, c) })
}

// The parts of a service, with a point at each thing that they make durable.
type (
	pointedStore struct {
		custody.Store
		*points
	}
	pointedBlobs struct {
		custody.Blobs
		*points
	}
	pointedWriter struct {
		custody.PayloadWriter
		*points
	}
	pointedVault struct {
		custody.Vault
		*points
	}
	pointedRecorder struct {
		custody.Recorder
		*points
	}
)

func (s pointedStore) Append(ctx context.Context, r custody.Request) (placed []custody.Placed, err error) {
	err = s.do("append "+r.Drafts[len(r.Drafts)-1].Kind, func() error { // a decision stands before its act
		placed, err = s.Store.Append(ctx, r)
		return err
	})
	return placed, err
}

func (s pointedStore) OpenChain(ctx context.Context, c custody.Chain) error {
	return s.do("open a chain", func() error { return s.Store.OpenChain(ctx, c) })
}

func (b pointedBlobs) Put(ctx context.Context, id custody.CaseID, r io.Reader) (kept custody.Blob, err error) {
	err = b.do("put a payload", func() error {
		kept, err = b.Blobs.Put(ctx, id, r)
		return err
	})
	return kept, err
}

func (b pointedBlobs) Writer(ctx context.Context, id custody.CaseID) (custody.PayloadWriter, error) {
	w, err := b.Blobs.Writer(ctx, id)
	return pointedWriter{w, b.points}, err
}

func (w pointedWriter) Commit() (kept custody.Blob, err error) {
	err = w.do("keep what was written", func() error {
		kept, err = w.PayloadWriter.Commit()
		return err
	})
	return kept, err
}

func (v pointedVault) CreateCase(ctx context.Context, id custody.CaseID) error {
	return v.do("key of a case", func() error { return v.Vault.CreateCase(ctx, id) })
}

func (r pointedRecorder) Receipt(ctx context.Context, index uint64) (receipt []byte, err error) {
	err = r.do("receipt", func() error {
		receipt, err = r.Recorder.Receipt(ctx, index)
		return err
	})
	return receipt, err
}

// withPoints puts a point at every durable step of a record.
func withPoints(r record, p *points) record {
	switch r := r.(type) {
	case *core:
		r.points = p
		config := r.config
		config.Guard, config.Tiles = pointedGuard{r.guard, p}, pointedTiles{r.tiles, p}
		r.recorder = recorder.New(config)
	case station:
		s := r.Service
		s.Store, s.Blobs, s.Vault = pointedStore{s.Store, p}, pointedBlobs{s.Blobs, p}, pointedVault{s.Vault, p}
		s.Recorder = pointedRecorder{s.Recorder, p}
	}
	return r
}
