package store

import (
	"errors"
	"slices"
	"testing"

	"custos.example/custody"
	"custos.example/ledger"
)

// TestKeysOfEntriesStandTogether appends entries of requests that come one after the
// other: their keys are in that order and their ids in none, and each is found by its id.
func TestKeysOfEntriesStandTogether(t *testing.T) {
	for _, e := range engines() {
		t.Run(e.name, func(t *testing.T) {
			w := newWorld(t, e.url(t))
			var ids []ledger.EntryID
			for range 64 {
				d := itemReceived(w.work, "one of many")
				d.entry = nextID(t, w)
				w.mustAppend(t, d.mustDraft(t))
				ids = append(ids, d.entry)
			}
			var keys [][]byte
			err := w.query(t.Context(), question{`SELECT entry_key FROM entries ORDER BY idx`, nil, func(row scanner) error {
				var key []byte
				err := row.Scan(&key)
				keys = append(keys, key)
				return err
			}})
			if err != nil || len(keys) != len(ids) {
				t.Fatalf("%d keys of %d entries: %v", len(keys), len(ids), err)
			}
			byTime := func(a, b []byte) int { return slices.Compare(a[:6], b[:6]) }
			if !slices.IsSortedFunc(keys, byTime) {
				t.Error("the keys are not in the order of the requests")
			}
			if slices.IsSortedFunc(ids, func(a, b ledger.EntryID) int { return byTime(a[:], b[:]) }) {
				t.Error("the ids are in the order of the requests: they say when")
			}
			for i, id := range ids {
				if got, err := w.ByEntryID(t.Context(), id); err != nil || got.Entry != id || slices.Equal(keys[i], id[:]) {
					t.Errorf("entry %d is found as %s under the key %x: %v", i, got.Entry, keys[i], err)
				}
			}
		})
	}
}

// TestEntryIsNotMissingWithoutKeys looks for an entry while the organisation's key cannot
// be read: that it is not there is not said.
func TestEntryIsNotMissingWithoutKeys(t *testing.T) {
	w := newWorld(t, sqliteURL(t))
	d := itemReceived(w.work, "still there").mustDraft(t)
	w.mustAppend(t, d)
	w.reopen(t)
	w.sealer.failAt("", 1)
	if _, err := w.ByEntryID(t.Context(), d.Entry); !errors.Is(err, errKeys) || errors.Is(err, custody.ErrNotFound) {
		t.Errorf("without the key: %v", err)
	}
	if got, err := w.ByEntryID(t.Context(), d.Entry); err != nil || got.Entry != d.Entry {
		t.Errorf("with the key: %v", err)
	}
	if _, err := w.ByEntryID(t.Context(), ledger.EntryID{1}); !errors.Is(err, custody.ErrNotFound) {
		t.Errorf("control: an entry that is not there: %v", err)
	}
}
