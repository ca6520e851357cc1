package recorder_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/transparency-dev/formats/log"
	"github.com/transparency-dev/formats/proof"
	"golang.org/x/mod/sumdb/note"

	"custos.example/ledger"
	"custos.example/ledger/recorder"
	"custos.example/ledger/tree"
)

// TestCheckpoint makes checkpoints of a growing log, which others' code reads.
func TestCheckpoint(t *testing.T) {
	engine := newLog(t, 0)
	c := config(t, engine)
	r := recorder.New(c)
	verifier, err := note.NewVerifier(c.Keys[0].String())
	if err != nil {
		t.Fatal(err)
	}
	for size := range uint64(40) {
		signed := checkpoint(t, c, r, size)
		if signed.Size != size {
			t.Fatalf("a checkpoint of %d leaves where there are %d", signed.Size, size)
		}
		theirs, _, _, err := log.ParseCheckpoint(signed.Bytes(), origin, verifier)
		if err != nil || theirs.Size != size || [32]byte(theirs.Hash) != signed.Root {
			t.Fatalf("another reader says %+v, %v", theirs, err)
		}
		stored, err := c.Guard.Load(t.Context())
		if err != nil || string(stored) != string(signed.Bytes()) {
			t.Fatalf("the guard holds %q, %v", stored, err)
		}
		grow(t, engine, 1, "")
	}
	// what is covered already needs no new one; what all the log holds does
	if signed := checkpoint(t, c, r, 7); signed.Size != 39 {
		t.Fatalf("a checkpoint of %d leaves", signed.Size)
	}
	if signed := checkpoint(t, c, r, 0); signed.Size != 40 {
		t.Fatalf("a checkpoint of %d leaves", signed.Size)
	}
	_, _, err = r.Checkpoint(t.Context(), 41)
	wantError(t, err, recorder.ErrBehind, "more than there is")
	wantError(t, err, tree.ErrUnavailable, "more than there is")
}

// TestReceipt makes receipts, which others' code reads.
func TestReceipt(t *testing.T) {
	engine := newLog(t, 30)
	c := config(t, engine)
	r := recorder.New(c)
	verifier, err := note.NewVerifier(c.Keys[0].String())
	if err != nil {
		t.Fatal(err)
	}
	for index := range uint64(50) {
		if index >= 30 {
			grow(t, engine, 1, "")
		}
		text, err := r.Receipt(t.Context(), index)
		if err != nil {
			t.Fatal(err)
		}
		receipt, err := ledger.ParseReceipt(text)
		if err != nil || uint64(receipt.Index) != index || receipt.Checkpoint.Size <= index {
			t.Fatalf("receipt %d: %+v, %v", index, receipt, err)
		}
		if err := errors.Join(receipt.Verify(commitment(index, "")), receipt.Checkpoint.Verify(c.Keys...)); err != nil {
			t.Fatalf("receipt %d: %v", index, err)
		}
		if receipt.Verify(commitment(index, "other")) == nil {
			t.Fatal("control: a receipt for another entry")
		}
		var theirs proof.TLogProof
		if err := theirs.Unmarshal(text); err != nil || theirs.Index != index || len(theirs.Hashes) != len(receipt.Path) {
			t.Fatalf("receipt %d: another reader says %+v, %v", index, theirs, err)
		}
		if _, err := note.Open(theirs.Checkpoint, note.VerifierList(verifier)); err != nil {
			t.Fatal(err)
		}
	}
	_, err = r.Receipt(t.Context(), 50)
	wantError(t, err, recorder.ErrBehind, "a receipt for a leaf that is not there")
	_, err = r.Receipt(t.Context(), 1<<64-1)
	wantError(t, err, tree.ErrRange, "a receipt for the last number there is")
}

// altered is a log in which one leaf was changed and its tree was not.
type altered struct {
	recorder.Log
	at uint64
}

func (a altered) LeafHashes(ctx context.Context, from, to uint64) ([]ledger.Digest, error) {
	hashes, err := a.Log.LeafHashes(ctx, from, to)
	if a.at >= from && a.at < to {
		hashes = slices.Clone(hashes)
		hashes[a.at-from][0] ^= 1
	}
	return hashes, err
}

// TestReceiptOfAlteredLeaf shows that a receipt that does not verify is not
// handed out.
func TestReceiptOfAlteredLeaf(t *testing.T) {
	r := recorder.New(config(t, altered{newLog(t, 20), 7}))
	if _, err := r.Receipt(t.Context(), 6); err != nil {
		t.Fatal(err)
	}
	_, err := r.Receipt(t.Context(), 7)
	wantError(t, err, recorder.ErrRollback, "a receipt for a leaf that was changed")
	wantError(t, err, ledger.FaultInclusion, "a receipt for a leaf that was changed")
}

// TestSharing lets 200 callers, who have each added a leaf, ask at the same time.
func TestSharing(t *testing.T) {
	engine := newLog(t, 0)
	c := config(t, engine)
	guard := &memory{}
	c.Guard = guard
	r := recorder.New(c)
	var adding sync.Mutex
	var callers sync.WaitGroup
	for range 200 {
		callers.Go(func() {
			adding.Lock()
			size, err := engine.Size(t.Context())
			err = errors.Join(err, engine.Append(t.Context(), size, [][]byte{commitment(size, "").Leaf()}))
			adding.Unlock()
			if err != nil {
				t.Error(err)
			}
			size++
			_, stated, err := r.Checkpoint(t.Context(), size)
			if err != nil || stated.Size < size {
				t.Errorf("asked for %d, got %d, %v", size, stated.Size, err)
			}
		})
	}
	callers.Wait()
	if signed := checkpoint(t, c, r, 200); signed.Size != 200 {
		t.Fatalf("%d leaves", signed.Size)
	}
	if guard.swaps > 200 {
		t.Fatalf("%d checkpoints for 200 callers", guard.swaps)
	}
	t.Logf("%d checkpoints for 200 callers", guard.swaps)
}

// TestJoining lets callers come while a checkpoint is being made that does not
// reach far enough for them: they share the next one.
func TestJoining(t *testing.T) {
	engine := newLog(t, 5)
	g := &gate{Log: engine, asked: make(chan struct{}), pass: make(chan struct{})}
	c := config(t, g)
	guard := &memory{}
	c.Guard = guard
	r := recorder.New(c)
	results := make(chan uint64, 100)
	ask := func(atLeast uint64) {
		_, stated, err := r.Checkpoint(t.Context(), atLeast)
		if err != nil {
			t.Error(err)
		}
		results <- stated.Size
	}
	go ask(5)
	<-g.asked // the first one is being made
	var others sync.WaitGroup
	for range 50 {
		others.Go(func() { ask(6) })
	}
	g.pass <- struct{}{} // it reaches 5 leaves
	if size := <-results; size != 5 {
		t.Fatalf("the first caller got %d", size)
	}
	<-g.asked // the second one is being made, for all the others
	grow(t, engine, 1, "")
	close(g.pass)
	others.Wait()
	for range 50 {
		if size := <-results; size != 6 {
			t.Fatalf("a caller got %d", size)
		}
	}
	if guard.swaps != 2 {
		t.Fatalf("%d checkpoints were made", guard.swaps)
	}
}

// TestLeaving lets the caller who began a checkpoint go away; who waits for the
// same one gets it all the same.
func TestLeaving(t *testing.T) {
	engine := newLog(t, 5)
	g := &gate{Log: engine, asked: make(chan struct{}), pass: make(chan struct{})}
	r := recorder.New(config(t, g))
	leaving, leave := context.WithCancel(t.Context())
	first, second := make(chan error), make(chan error)
	go func() {
		_, _, err := r.Checkpoint(leaving, 5)
		first <- err
	}()
	<-g.asked
	go func() {
		_, _, err := r.Checkpoint(t.Context(), 5)
		second <- err
	}()
	leave()
	wantError(t, <-first, context.Canceled, "the one who left")
	go func() {
		for range g.asked { // whoever begins anew is let through
		}
	}()
	close(g.pass)
	wantError(t, <-second, nil, "the one who stayed")
}

// TestRotation signs with a new key over a guard that the old key signed.
func TestRotation(t *testing.T) {
	engine := newLog(t, 5)
	c := config(t, engine)
	checkpoint(t, c, recorder.New(c), 5)
	key, public := newKey(t)
	c.Signer = key.NoteSigner(origin)
	c.Keys = append(c.Keys, public)
	signed := checkpoint(t, c, recorder.New(c), 5)
	if err := signed.Verify(public); err != nil {
		t.Fatal(err)
	}
	c.Keys = c.Keys[:1] // the new key is not one of the log's
	grow(t, engine, 1, "")
	if _, _, err := recorder.New(c).Checkpoint(t.Context(), 6); err == nil {
		t.Fatal("a checkpoint that verifies under no key of the log")
	}
	c.Signer = key.NoteSigner("another.example")
	_, _, err := recorder.New(config(t, engine)).Checkpoint(t.Context(), 6)
	wantError(t, err, nil, "a recorder with a key of its own")
	_, _, err = recorder.New(c).Checkpoint(t.Context(), 6)
	if err == nil {
		t.Fatal("a checkpoint under another name than the origin")
	}
}
