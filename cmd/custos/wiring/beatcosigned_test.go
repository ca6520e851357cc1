package wiring

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/ledger/witness"
)

// beatStation is a record on a beat, with a co-signer whose clock the test moves and whose
// line it cuts.
type beatStation struct {
	*Station
	tiler *tiler
	key   ledger.NoteKey
	now   atomic.Int64 // of the co-signer. Units: seconds
	off   atomic.Bool
}

func newBeatStation(t *testing.T) *beatStation {
	t.Helper()
	b := &beatStation{}
	b.now.Store(time.Date(2026, 10, 22, 9, 0, 0, 0, time.UTC).Unix())
	folder := filepath.Join(t.TempDir(), "co-signer")
	if err := CreateCoSigner(folder, "oversight.example/2026"); err != nil {
		t.Fatal(err)
	}
	c, err := OpenCoSigner(folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	b.key = c.Key()
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		if b.off.Load() {
			panic(http.ErrAbortHandler)
		}
		c.Handler(slog.New(slog.DiscardHandler)).ServeHTTP(out, in)
	}))
	t.Cleanup(server.Close)
	policy := fmt.Sprintf("witness w %s %s\nquorum w\n", b.key, server.URL)
	o := Options{Dir: filepath.Join(t.TempDir(), "record"), Quorum: []byte(policy), Beat: "24h"}
	if err := Init(t.Context(), o, "custos.example/beat", custody.Person{ID: "ad1", Name: "A. Admin", Roles: []string{"administrator"}}); err != nil {
		t.Fatal(err)
	}
	if b.Station, err = Open(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	key, err := ledger.ParseNoteKey(b.signers.LogKey())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Admit(key); err != nil {
		t.Fatal(err)
	}
	c.Witness = witness.New(witness.Config{
		Folder: coSignerMemory(folder), Key: b.key, Signer: c.key, Logs: c.Logs(), Now: func() time.Time { return time.Unix(b.now.Load(), 0) },
	})
	for _, closer := range b.closers {
		if found, is := closer.(*tiler); is {
			b.tiler = found
		}
	}
	return b
}

// told returns when the co-signer of the public checkpoint says that it was co-signed; the
// zero time when none is public.
func (b *beatStation) told(t *testing.T) (at time.Time) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(b.TilesFolder(), "checkpoint"))
	if os.IsNotExist(err) {
		return at
	}
	if err != nil {
		t.Fatal(err)
	}
	signed, err := ledger.ParseCheckpoint(text)
	if err != nil {
		t.Fatal(err)
	}
	list, err := signed.CoSignatures(b.key)
	if err != nil || len(list) != 1 {
		t.Fatalf("%v, %v", list, err)
	}
	return list[0].At
}

// TestBeatIsCoSignedAnew wants a published summary to bear the time of the beat, and not that
// of the receipt for which it was co-signed first; and nothing published on a beat on which the
// co-signer is not there. The control publishes what there is, and tells the time of the receipt.
func TestBeatIsCoSignedAnew(t *testing.T) {
	b := newBeatStation(t)
	receipt := b.now.Load()
	if _, _, err := b.Service.Recorder.Checkpoint(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	if at := b.told(t); !at.IsZero() {
		t.Fatalf("published between two beats, at %v", at)
	}
	b.now.Add(437)
	if err := b.Recorder.Publish(t.Context()); err != nil {
		t.Fatal(err)
	}
	if at := b.told(t); at.Unix() != receipt {
		t.Fatalf("control: what there is was co-signed at %v, and the receipt was given at %v", at, time.Unix(receipt, 0))
	}
	for range 2 { // once for what is new, and once where nothing is
		beat := b.now.Add(163)
		b.tiler.onBeat()
		if at := b.told(t); at.Unix() != beat {
			t.Errorf("published on the beat at %v with a co-signature of %v", time.Unix(beat, 0), at)
		}
	}
	last := b.told(t)
	b.now.Add(600)
	b.off.Store(true)
	b.tiler.onBeat()
	if at := b.told(t); !at.Equal(last) {
		t.Errorf("published without the co-signer: %v", at)
	}
}
