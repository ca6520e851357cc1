package blob

import (
	"bytes"
	"context"
	"errors"
	"testing"
)

// In whatever pieces content is written, it is what Put keeps.
func TestWriterKeepsWhatPutKeeps(t *testing.T) {
	p := open(t)
	for _, size := range []int{0, 1, plainFrom - 1, plainFrom, plainFrom + 1, 64 << 10, 64<<10 + 1, 300_000} {
		content := noise(byte(size), size)
		want := p.put(t, caseA, content)
		for _, piece := range []int{1000, 4096, 70_000, 400_000} {
			w, err := p.store.Writer(t.Context(), caseB)
			if err != nil {
				t.Fatal(err)
			}
			for rest := content; len(rest) > 0; rest = rest[min(piece, len(rest)):] {
				if n, err := w.Write(rest[:min(piece, len(rest))]); err != nil || n != min(piece, len(rest)) {
					t.Fatal(n, err)
				}
			}
			got, err := w.Commit()
			if err != nil || got.SHA256 != want.SHA256 || got.Size != want.Size {
				t.Fatalf("%d bytes in pieces of %d: %+v, %v; want %+v", size, piece, got, err, want)
			}
			if err := w.Discard(); err != nil {
				t.Error(err)
			}
			if kept := p.get(t, got); !bytes.Equal(kept, content) {
				t.Fatalf("%d bytes in pieces of %d: %d other bytes are kept", size, piece, len(kept))
			}
			if _, err := w.Write([]byte("more")); !errors.Is(err, errEnded) {
				t.Error("written after the end:", err)
			}
		}
	}
}

func TestWriterThatIsDiscardedLeavesNothing(t *testing.T) {
	p := open(t)
	for _, size := range []int{10, 9000} {
		for name, end := range map[string]func(*Writer, context.CancelFunc) error{
			"discarded": func(w *Writer, _ context.CancelFunc) error { return w.Discard() },
			"cut off": func(w *Writer, cancel context.CancelFunc) error {
				cancel()
				_, err := w.Write([]byte("more"))
				if _, again := w.Commit(); !errors.Is(err, context.Canceled) || !errors.Is(again, context.Canceled) {
					t.Error("a payload of a caller who has gone:", err, again)
				}
				return nil
			},
		} {
			ctx, cancel := context.WithCancel(t.Context())
			w, err := p.store.Writer(ctx, caseA)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write(noise(1, size)); err != nil {
				t.Fatal(err)
			}
			if err := end(w, cancel); err != nil {
				t.Error(name, err)
			}
			cancel()
			if faults := p.fsck(t); len(faults) != 0 {
				t.Errorf("%s: %v", name, faults)
			}
		}
	}
	p.put(t, caseA, noise(1, 9000))
	if faults := p.fsck(t); len(faults) == 0 {
		t.Error("control: a payload that nobody names was not found")
	}
}

func TestRehearsal(t *testing.T) {
	for _, work := range []Work{{}, {Sealed: 1, Opened: 1, ScratchSealed: 1, ScratchOpened: 1}, {Sealed: 3<<20 + 5, Opened: 2<<20 + 7, ScratchSealed: 600 << 10, ScratchOpened: 600 << 10}} {
		if err := Rehearse(t.Context(), work); err != nil {
			t.Errorf("%+v: %v", work, err)
		}
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Rehearse(gone, Work{Sealed: 1 << 20}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
