package recorder_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"path/filepath"
	"sync"
	"testing"

	"custos.example/ledger"
	"custos.example/ledger/recorder"
	"custos.example/ledger/sign"
	"custos.example/ledger/tree"
	"custos.example/ledger/tree/memlog"
)

const origin = "log.example/2026"

// commitment is that of the made-up entry at an index; variant tells branches of
// history apart.
func commitment(index uint64, variant string) ledger.Commitment {
	return sha256.Sum256(binary.BigEndian.AppendUint64([]byte(variant), index))
}

// grow adds count leaves to a tree.
func grow(tb testing.TB, engine tree.Engine, count uint64, variant string) {
	tb.Helper()
	size, err := engine.Size(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	var leaves [][]byte
	for i := size; i < size+count; i++ {
		leaves = append(leaves, commitment(i, variant).Leaf())
	}
	if err := engine.Append(tb.Context(), size, leaves); err != nil {
		tb.Fatal(err)
	}
}

func newLog(tb testing.TB, size uint64) *memlog.Log {
	tb.Helper()
	l := memlog.New()
	grow(tb, l, size, "")
	return l
}

func newKey(tb testing.TB) (*sign.Key, ledger.NoteKey) {
	tb.Helper()
	key, err := sign.Generate(rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	return key, noteKey(tb, key, origin)
}

func noteKey(tb testing.TB, key *sign.Key, name string) ledger.NoteKey {
	tb.Helper()
	text, err := key.VerifierKey(name)
	if err != nil {
		tb.Fatal(err)
	}
	public, err := ledger.ParseNoteKey(text)
	if err != nil {
		tb.Fatal(err)
	}
	return public
}

func newGuard(tb testing.TB) *recorder.FileGuard {
	tb.Helper()
	g, err := recorder.CreateFileGuard(filepath.Join(tb.TempDir(), "guard"))
	if err != nil {
		tb.Fatal(err)
	}
	return g
}

// config is that of a recorder with a key of its own and a file guard.
func config(tb testing.TB, log recorder.Log) recorder.Config {
	tb.Helper()
	key, public := newKey(tb)
	return recorder.Config{
		Origin: origin, Log: log, Signer: key.NoteSigner(origin),
		Keys: []ledger.NoteKey{public}, Guard: newGuard(tb),
	}
}

// checkpoint asks a recorder for a checkpoint and checks it as a stranger would.
func checkpoint(tb testing.TB, c recorder.Config, r *recorder.Recorder, atLeast uint64) ledger.SignedCheckpoint {
	tb.Helper()
	note, stated, err := r.Checkpoint(tb.Context(), atLeast)
	if err != nil {
		tb.Fatalf("checkpoint: %v", err)
	}
	signed, err := ledger.ParseCheckpoint(note)
	if err != nil {
		tb.Fatalf("checkpoint: %v", err)
	}
	if err := signed.Verify(c.Keys...); err != nil {
		tb.Fatalf("checkpoint: %v", err)
	}
	root, err := c.Log.Root(tb.Context(), signed.Size)
	if err != nil || signed.Root != root || signed.Checkpoint != stated || signed.Size < atLeast {
		tb.Fatalf("checkpoint: %+v and %+v, asked for %d, root %s, %v", signed.Checkpoint, stated, atLeast, root, err)
	}
	return signed
}

// memory is a guard in memory that fails as told.
type memory struct {
	mu      sync.Mutex
	stored  []byte
	swaps   int
	before  error // Swap fails with it and stores nothing
	after   error // Swap stores and fails with it
	loading error
}

func (m *memory) Load(context.Context) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return bytes.Clone(m.stored), m.loading
}

func (m *memory) Swap(_ context.Context, old, next []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.before != nil {
		return m.before
	}
	if !bytes.Equal(m.stored, old) {
		return recorder.ErrGuardMoved
	}
	m.swaps++
	m.stored = bytes.Clone(next)
	return m.after
}

func (m *memory) fail(before, after error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.before, m.after = before, after
}

// gate is a log whose answers for Size wait until they are let through.
type gate struct {
	recorder.Log
	asked chan struct{}
	pass  chan struct{}
}

func (g *gate) Size(ctx context.Context) (uint64, error) {
	g.asked <- struct{}{}
	<-g.pass
	return g.Log.Size(ctx)
}

func wantError(tb testing.TB, got, want error, what string) {
	tb.Helper()
	if !errors.Is(got, want) {
		tb.Fatalf("%s: got %v, want %v", what, got, want)
	}
}
