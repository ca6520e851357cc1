package witness_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"custos.example/ledger"
	"custos.example/ledger/sign"
	"custos.example/ledger/tree/memlog"
	"custos.example/ledger/witness"
)

const origin = "log.example/2026"

// proof prints one line for the table of proof.
func proof(t *testing.T, name string, trials, failures int, control string) {
	t.Helper()
	t.Logf("PROOF harness=%s trials=%d failures=%d control=%q", name, trials, failures, control)
	if failures > 0 {
		t.Errorf("%s: %d failures", name, failures)
	}
}

func long() bool { return os.Getenv("CUSTOS_LONG") == "1" }

// keys is a key with its public half under a name.
type keys struct {
	*sign.Key
	note ledger.NoteKey
}

func newKeys(tb testing.TB, name string, kind byte) keys {
	tb.Helper()
	k, err := sign.Generate(rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	public, err := ledger.NewPublicKey(k.Public())
	if err != nil {
		tb.Fatal(err)
	}
	n, err := ledger.NewNoteKey(name, kind, public)
	if err != nil {
		tb.Fatal(err)
	}
	return keys{k, n}
}

// branch is a log with one history; several may share a beginning and a key.
type branch struct {
	tb  testing.TB
	log *memlog.Log
	key keys
}

// newBranch makes a history: leaves up to shared are the same for every name.
func newBranch(tb testing.TB, key keys, name string, shared, size uint64) branch {
	tb.Helper()
	var leaves [][]byte
	for i := range size {
		text := ""
		if i >= shared {
			text = name
		}
		c := ledger.Commitment(sha256.Sum256(binary.BigEndian.AppendUint64([]byte(text), i)))
		leaves = append(leaves, c.Leaf())
	}
	l := memlog.New()
	if err := l.Append(context.Background(), 0, leaves); err != nil {
		tb.Fatal(err)
	}
	return branch{tb, l, key}
}

// at returns the signed checkpoint of that size.
func (b branch) at(size uint64) ledger.SignedCheckpoint {
	b.tb.Helper()
	root, err := b.log.Root(context.Background(), size)
	if err != nil {
		b.tb.Fatal(err)
	}
	text, err := ledger.Checkpoint{Origin: b.key.note.Name, Size: size, Root: root}.Sign(b.key.NoteSigner(b.key.note.Name))
	if err != nil {
		b.tb.Fatal(err)
	}
	s, err := ledger.ParseCheckpoint(text)
	if err != nil {
		b.tb.Fatal(err)
	}
	return s
}

// request asks for a checkpoint, going on from an earlier size.
func (b branch) request(from, to uint64) witness.Request {
	b.tb.Helper()
	r := witness.Request{Old: from, Checkpoint: b.at(to)}
	if from > 0 && from < to {
		path, err := b.log.Consistency(context.Background(), from, to)
		if err != nil {
			b.tb.Fatal(err)
		}
		r.Path = path
	}
	return r
}

// oneWitness is a co-signer in a folder of its own that follows the given logs.
func oneWitness(tb testing.TB, name string, logs ...ledger.NoteKey) (*witness.Witness, string) {
	tb.Helper()
	k, folder := newKeys(tb, name, ledger.CoSignerKey), filepath.Join(tb.TempDir(), "memory")
	admit(tb, folder, logs...)
	return witnessIn(folder, k, logs...), folder
}

func admit(tb testing.TB, folder string, logs ...ledger.NoteKey) {
	tb.Helper()
	for _, l := range logs {
		if err := witness.Admit(folder, l.Name); err != nil {
			tb.Fatal(err)
		}
	}
}

func witnessIn(folder string, k keys, logs ...ledger.NoteKey) *witness.Witness {
	return witness.New(witness.Config{Folder: folder, Key: k.note, Signer: k, Logs: logs, Now: time.Now})
}

// holds returns nil if lines are w's co-signature of s.
func holds(w *witness.Witness, s ledger.SignedCheckpoint, lines []byte) error {
	with, err := s.With(lines)
	if err != nil {
		return err
	}
	list, err := with.CoSignatures(w.Key())
	if err == nil && len(list) != 1 {
		err = fmt.Errorf("%d co-signatures", len(list))
	}
	return err
}
