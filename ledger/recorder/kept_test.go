package recorder

import (
	"bytes"
	"crypto/rand"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"custos.example/ledger"
	"custos.example/ledger/durable"
	"custos.example/ledger/sign"
)

// keeping is a recorder that keeps checkpoints, a short and a long one signed by its
// log, and what it warned of.
func keeping(t *testing.T) (r *Recorder, short, long ledger.SignedCheckpoint, warned *bytes.Buffer) {
	t.Helper()
	key, err := sign.Generate(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	const origin = "log.example/2026"
	text, err := key.VerifierKey(origin)
	if err != nil {
		t.Fatal(err)
	}
	public, err := ledger.ParseNoteKey(text)
	if err != nil {
		t.Fatal(err)
	}
	warned = &bytes.Buffer{}
	r = New(Config{
		Origin: origin, Signer: key.NoteSigner(origin), Keys: []ledger.NoteKey{public},
		Kept: filepath.Join(t.TempDir(), "kept"), Warnings: slog.New(slog.NewTextHandler(warned, nil)),
	})
	signed := func(size uint64) ledger.SignedCheckpoint {
		s, err := r.sign(ledger.Checkpoint{Origin: origin, Size: size})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	return r, signed(5), signed(5_000_000_000), warned
}

// TestKeptByManyAtOnce lets many keep a checkpoint at once, as receipts and the
// renewal do: nobody fails, nobody reads half of one, and the newest stays. Control:
// written by two hands without the lock, the file goes wrong.
func TestKeptByManyAtOnce(t *testing.T) {
	r, short, long, _ := keeping(t)
	var hands sync.WaitGroup
	for _, s := range []ledger.SignedCheckpoint{short, long, short, long} {
		hands.Go(func() {
			for range 40 {
				if err := r.keep(s); err != nil {
					t.Error(err)
					return
				}
				if _, found, err := r.kept.load(keptLatest); err != nil || !found {
					t.Errorf("found %v, %v", found, err)
					return
				}
			}
		})
	}
	hands.Wait()
	if err := r.keep(short); err != nil {
		t.Fatal(err)
	}
	if got, _, err := r.kept.load(keptLatest); err != nil || got.Size != long.Size {
		t.Errorf("%d entries are kept, %v; the newest has %d", got.Size, err, long.Size)
	}

	path := filepath.Join(t.TempDir(), "latest")
	var wrong sync.Map
	for _, s := range []ledger.SignedCheckpoint{short, long} {
		hands.Go(func() {
			for range 400 {
				if err := durable.Replace(path, s.Bytes(), 0o600); err != nil {
					wrong.Store("failed", err)
				}
			}
		})
	}
	hands.Wait()
	if _, failed := wrong.Load("failed"); !failed {
		t.Error("control: two hands without a lock did each other no harm")
	}
}

// TestKeptIsOnlyACopy damages the checkpoint that was kept, in every way that a torn
// write does: it is passed over, said aloud, and replaced by the next one. Control: a
// whole one of more entries is not.
func TestKeptIsOnlyACopy(t *testing.T) {
	r, short, long, warned := keeping(t)
	path := filepath.Join(string(r.kept), keptLatest)
	if err := r.keep(long); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"empty": nil, "cut short": long.Bytes()[:40], "mixed": append(bytes.Clone(short.Bytes()), long.Bytes()[60:]...),
	} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		warned.Reset()
		if err := r.resume(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !strings.Contains(warned.String(), "co-signers are asked again") {
			t.Errorf("%s: warned of %q", name, warned)
		}
		if err := r.keep(short); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got, found, err := r.kept.load(keptLatest); err != nil || !found || got.Size != short.Size {
			t.Errorf("%s: %d entries are kept, %v", name, got.Size, err)
		}
	}
	warned.Reset()
	err := errors.Join(r.keep(long), r.keep(short))
	if got, _, e := r.kept.load(keptLatest); err != nil || e != nil || got.Size != long.Size || warned.Len() > 0 {
		t.Errorf("control: %d entries are kept, %v, %v, warned of %q", got.Size, err, e, warned)
	}
}
