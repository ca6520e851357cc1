package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/ledger/recorder"
	"custos.example/ledger/sign"
	"custos.example/ledger/tree"
	"custos.example/ledger/witness"
)

// keeper is whoever holds every key of a log: of its database, its service, its
// people and its checkpoints. What it does not hold are the guard and the
// memories of the co-signers.
type keeper struct {
	t      *testing.T
	log    *sign.Key
	note   ledger.NoteKey
	guard  *recorder.FileGuard
	others []*witness.Witness
	truth  []draftOf // the log as it was
	last   ledger.SignedCheckpoint
}

// newKeeper keeps a log of some entries and has it guarded and co-signed.
func newKeeper(t *testing.T, entries, coSigners int) *keeper {
	t.Helper()
	k := &keeper{t: t}
	k.log, k.note = k.newKey(testOrigin, ledger.LogKey)
	var err error
	if k.guard, err = recorder.CreateFileGuard(filepath.Join(t.TempDir(), "guard")); err != nil {
		t.Fatal(err)
	}
	for i := range coSigners {
		key, note := k.newKey(fmt.Sprintf("co-signer-%d.example/log", i), ledger.CoSignerKey)
		folder := t.TempDir()
		if err := witness.Admit(folder, testOrigin); err != nil {
			t.Fatal(err)
		}
		k.others = append(k.others, witness.New(witness.Config{Folder: folder, Key: note, Signer: key, Logs: []ledger.NoteKey{k.note}, Now: time.Now}))
	}
	w := newWorld(t, sqliteURL(t))
	for i := range entries {
		k.truth = append(k.truth, itemReceived([]custody.Chain{w.work, w.other}[i%2], fmt.Sprintf("X/%d", i)))
	}
	k.write(w, k.truth)
	if signed, err := k.sign(w); err != nil {
		t.Fatal(err)
	} else {
		k.last = signed
	}
	for i := range k.others {
		if err := k.coSign(w, i, k.last, 0); err != nil {
			t.Fatal(err)
		}
	}
	return k
}

func (k *keeper) newKey(name string, kind byte) (*sign.Key, ledger.NoteKey) {
	k.t.Helper()
	key, err := sign.Generate(rand.Reader)
	if err != nil {
		k.t.Fatal(err)
	}
	public, err := ledger.NewPublicKey(key.Public())
	if err != nil {
		k.t.Fatal(err)
	}
	note, err := ledger.NewNoteKey(name, kind, public)
	if err != nil {
		k.t.Fatal(err)
	}
	return key, note
}

// write signs every draft with the live keys and appends it. A past of which
// nothing is left appends nothing.
func (k *keeper) write(w *world, log []draftOf) {
	k.t.Helper()
	if len(log) == 0 {
		return
	}
	var drafts []custody.Draft
	for _, d := range log {
		drafts = append(drafts, d.mustDraft(k.t))
	}
	w.mustAppend(k.t, drafts...)
}

// recorder signs with the log's live key, under the guard or without.
func (k *keeper) recorder(w *world, guard recorder.Guard) *recorder.Recorder {
	return recorder.New(recorder.Config{
		Origin: testOrigin, Log: w.Log(), Signer: k.log.NoteSigner(testOrigin), Keys: []ledger.NoteKey{k.note}, Guard: guard,
	})
}

func (k *keeper) sign(w *world) (ledger.SignedCheckpoint, error) {
	return k.signed(k.recorder(w, k.guard).Checkpoint(k.t.Context(), 0))
}

func (k *keeper) signed(note []byte, _ ledger.Checkpoint, err error) (ledger.SignedCheckpoint, error) {
	if err != nil {
		return ledger.SignedCheckpoint{}, err
	}
	return ledger.ParseCheckpoint(note)
}

// coSign asks one co-signer, with the proof that the log's own tree gives.
func (k *keeper) coSign(w *world, i int, signed ledger.SignedCheckpoint, from uint64) error {
	k.t.Helper()
	r := witness.Request{Old: from, Checkpoint: signed}
	if from > 0 && from < signed.Size {
		path, err := w.Log().Consistency(k.t.Context(), from, signed.Size)
		if err != nil {
			k.t.Fatal(err)
		}
		r.Path = path
	}
	_, err := k.others[i].Add(k.t.Context(), r.Bytes())
	return err
}

// rewritings are what a keeper may want of the past. at is the place.
var rewritings = []struct {
	name string
	do   func(log []draftOf, at int) []draftOf
}{
	{"altered", func(log []draftOf, at int) []draftOf {
		d := log[at]
		log[at] = itemReceived(d.chain, "altered")
		return log
	}},
	{"left out", func(log []draftOf, at int) []draftOf {
		spare := itemReceived(log[at].chain, "put in its stead, at the end")
		return append(slices.Delete(log, at, at+1), spare)
	}},
	{"cut off", func(log []draftOf, at int) []draftOf { return log[:at] }},
	{"put in", func(log []draftOf, at int) []draftOf {
		return slices.Insert(log, at, itemReceived(log[at].chain, "put in"))
	}},
	{"exchanged", func(log []draftOf, at int) []draftOf {
		other := (at + 1) % len(log)
		log[at], log[other] = log[other], log[at]
		return log
	}},
}

// TestRewrittenPastIsCaught lets the keeper write the past anew with every live
// key: entries, database, tree and checkpoint all agree with each other, and
// fsck by itself finds nothing, which is the control. The guard and each of four
// co-signers have to refuse every time.
//
// CUSTOS_LONG=1: every entry of 200 in five ways; else 24 of them.
func TestRewrittenPastIsCaught(t *testing.T) {
	const entries = 200
	k := newKeeper(t, entries, 4)
	trials := 24
	if os.Getenv("CUSTOS_LONG") != "" {
		trials = entries * len(rewritings)
	}
	made, failures, blind := 0, 0, 0
	for trial := range trials {
		at, how := trial/len(rewritings), rewritings[trial%len(rewritings)]
		if trials < entries { // the first, the last, and some between
			at = []int{0, entries - 1, 1 + mathrand.IntN(entries-2)}[min(at, 2)]
		}
		made++
		unseen, err := k.rewrite(fmt.Sprintf("entry %d %s", at, how.name), how.do(slices.Clone(k.truth), at))
		if err != nil {
			failures++
			t.Error(err)
		}
		if unseen {
			blind++
		}
	}
	t.Logf("PROOF harness=store-resigned trials=%d failures=%d control=\"fsck alone saw nothing %d of %d times\"", made, failures, blind, made)
	if blind != made {
		t.Errorf("fsck without the guard named %d of %d: then the keeper did not have every key, and the harness shows less than it says", made-blind, made)
	}
}

// rewrite makes the record of another past and returns whether fsck alone saw
// nothing, and an error when guard or co-signers let it pass.
func (k *keeper) rewrite(what string, log []draftOf) (unseen bool, err error) {
	k.t.Helper()
	ctx := context.WithoutCancel(k.t.Context())
	w := newWorld(k.t, sqliteURL(k.t))
	defer func() { err = errors.Join(err, w.Close()) }()
	k.write(w, log)
	alone, fsckErr := w.Fsck(ctx, custody.FsckOptions{})
	held, heldErr := w.Fsck(ctx, custody.FsckOptions{From: k.last.Checkpoint})
	if e := errors.Join(fsckErr, heldErr); e != nil {
		return false, e
	}
	unseen = len(alone.Findings) == 0
	if len(held.Findings) == 0 {
		err = errors.Join(err, fmt.Errorf("%s: fsck from the guard finds nothing", what))
	}
	if _, e := k.sign(w); !errors.Is(e, tree.ErrIntegrity) {
		err = errors.Join(err, fmt.Errorf("%s: the recorder signs it: %w", what, e))
	}
	// Without the guard the live key signs anything.
	forged, e := k.signed(k.recorder(w, nil).Checkpoint(ctx, 0))
	if e != nil {
		return unseen, errors.Join(err, e)
	}
	for i := range k.others {
		for _, from := range []uint64{0, min(k.last.Size, forged.Size)} {
			var no *witness.Refusal
			if e := k.coSign(w, i, forged, from); !errors.As(e, &no) {
				err = errors.Join(err, fmt.Errorf("%s: co-signer %d signed it: %w", what, i, e))
			}
		}
	}
	return unseen, err
}
