package store

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"custos.example/custody"
)

func onEngines(t *testing.T, run func(t *testing.T, w *world)) {
	for _, e := range engines() {
		t.Run(e.name, func(t *testing.T) { run(t, newWorld(t, e.url(t))) })
	}
}

func TestAppendedEntryIsReadBack(t *testing.T) {
	onEngines(t, func(t *testing.T, w *world) {
		for i := range 5 {
			d := itemReceived(w.work, fmt.Sprintf("X/%d", i)).mustDraft(t)
			placed := w.mustAppend(t, d)
			if len(placed) != 1 || placed[0].N != uint64(i+1) || placed[0].Index != custodyIndex(i) {
				t.Fatalf("placed %+v", placed)
			}
			got, err := w.Entry(t.Context(), w.work.ID, uint64(i+1))
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got.Envelope, d.Envelope) || got.Salt != d.Salt || got.Placed != placed[0] || got.Entry != d.Entry || got.Kind != d.Kind || got.Case != caseA {
				t.Fatalf("read %+v", got)
			}
			byID, err := w.ByEntryID(t.Context(), d.Entry)
			if err != nil || byID.Placed != placed[0] {
				t.Fatalf("by id: %+v, %v", byID, err)
			}
		}
		root, err := w.Log().Root(t.Context(), 5)
		if err != nil {
			t.Fatal(err)
		}
		t.Log(root)
		r, err := w.Find(t.Context(), caseA, "item", "X/3", 0)
		if err != nil || string(r.Value) != `{"from":"PC 1234","n":4}` {
			t.Fatalf("fact %s, %v", r.Value, err)
		}
		if _, err := w.Find(t.Context(), caseA, "item", "X/3", 3); !errors.Is(err, custody.ErrNotFound) {
			t.Fatalf("fact as of 3: %v", err)
		}
	})
}
