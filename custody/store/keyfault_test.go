package store

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"custos.example/custody"
)

// TestFaultOfTheKeysIsNoAnswer makes the key of a case unreadable at each use in turn,
// as a folder is that is not mounted, or for a process that has too many files open:
// nothing is called absent or damaged for that, and nothing is stored that could not be
// found again. Controls: the same without a fault, and under a key that was destroyed.
func TestFaultOfTheKeysIsNoAnswer(t *testing.T) {
	onEngines(t, func(t *testing.T, w *world) {
		w.mustAppend(t, itemReceived(w.work, "X/1").mustDraft(t))
		for name, read := range map[string]func() error{
			"find":    func() error { _, err := w.Find(t.Context(), caseA, "item", "X/1", 0); return err },
			"list":    func() error { _, err := w.List(t.Context(), caseA, "item", 0); return err },
			"entry":   func() error { _, err := w.Entry(t.Context(), w.work.ID, 1); return err },
			"entries": func() error { _, err := w.Entries(t.Context(), w.work.ID, 1, 1); return err },
			"fsck":    func() error { return soundly(t, w) },
		} {
			use := 1
			for ; ; use++ {
				w.reopen(t)
				w.sealer.failAt(caseA, use)
				err := read()
				if !w.sealer.failed(caseA) {
					w.sealer.failAt(caseA, 0)
					if err != nil {
						t.Errorf("control: %s with the key: %v", name, err)
					}
					break
				}
				if err == nil || errors.Is(err, custody.ErrNotFound) || errors.Is(err, custody.ErrIntegrity) || !strings.Contains(err.Error(), "look at the key folder") {
					t.Errorf("%s, the key fails at use %d: %v", name, use, err)
				}
			}
			if use == 1 {
				t.Errorf("%s was never without the key", name)
			}
		}
		for use, done := 1, false; !done; use++ {
			item := fmt.Sprintf("Y/%d", use)
			w.sealer.failAt(caseA, use)
			_, err := w.Append(t.Context(), requestOf(itemReceived(w.work, item).mustDraft(t)))
			done = !w.sealer.failed(caseA)
			w.sealer.failAt(caseA, 0)
			w.reopen(t)
			_, found := w.Find(t.Context(), caseA, "item", item, 0)
			if (err == nil) != (found == nil) || done && err != nil {
				t.Errorf("the key fails at use %d: appended %v, found %v", use, err, found)
			}
		}
		if err := soundly(t, w); err != nil {
			t.Error(err)
		}
		w.sealer.destroy(caseA)
		if _, err := w.Find(t.Context(), caseA, "item", "X/1", 0); !errors.Is(err, custody.ErrNotFound) {
			t.Errorf("control: a destroyed key: %v", err)
		}
		if report, err := w.Fsck(t.Context(), custody.FsckOptions{}); err != nil || len(report.Findings) == 0 {
			t.Errorf("control: fsck under a destroyed key: %v, %v", report.Findings, err)
		}
	})
}

// soundly runs fsck over a sound store.
func soundly(t *testing.T, w *world) error {
	t.Helper()
	report, err := w.Fsck(t.Context(), custody.FsckOptions{})
	if len(report.Findings) > 0 {
		t.Errorf("fsck finds what is not there: %v", report.Findings)
	}
	return err
}
