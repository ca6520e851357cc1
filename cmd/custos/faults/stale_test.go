package faults_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"custos.example/cmd/custos/wiring/wiringtest"
	"custos.example/custody"
	"custos.example/ledger"
)

// parts are what may be put back to an earlier state, by name below a place.
var parts = map[string][]string{
	"data":               {"record"},
	"database":           {"record/custos.db", "record/custos.db-wal", "record/custos.db-shm"},
	"data, keys":         {"record", "keys"},
	"data, tiles":        {"record/custos.db", "record/custos.db-wal", "record/custos.db-shm", "record/tiles"},
	"database, payloads": {"record/custos.db", "record/custos.db-wal", "record/custos.db-shm", "record/blobs"},
}

// TestStaleRestore puts a record back to each of its earlier states, in several
// ways, beside a guard that was not put back: it is refused every time, and the
// message says what happened. A record that is put back with its guard opens,
// which is the control; then what a client kept still shows it.
//
// CUSTOS_LONG=1: 40 states; else 5.
func TestStaleRestore(t *testing.T) {
	ctx := context.WithoutCancel(t.Context())
	place := quick(t)
	now, states := filepath.Join(place, "now"), trials(5, 40)
	if err := os.Mkdir(now, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := found(ctx, at(now)); err != nil {
		t.Fatal(err)
	}
	c := newClients(1)
	state := func(i int) string { return filepath.Join(place, fmt.Sprint("state-", i)) }
	for i := range states {
		wiringtest.Duplicate(t, now, state(i))
		r, err := openRecord(ctx, wholeStation, now)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := r.next(ctx, c.last[0])
		if err != nil {
			t.Fatal(err)
		}
		c.keep(answer)
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
	made, failures, caught := 0, 0, 0
	for i := range states {
		for what, paths := range parts {
			made++
			folder := filepath.Join(place, "restored")
			wiringtest.Duplicate(t, now, folder)
			for _, path := range paths {
				putBack(t, filepath.Join(state(i), path), filepath.Join(folder, path))
			}
			r, err := openRecord(ctx, wholeStation, folder)
			if err == nil {
				_ = r.Close()
			}
			if !errors.Is(err, custody.ErrIntegrity) || !strings.Contains(err.Error(), "put back") {
				failures++
				t.Errorf("state %d of %d, %s put back: %v", i, states, what, err)
			}
			if err := os.RemoveAll(folder); err != nil {
				t.Fatal(err)
			}
		}
		caught += seenByClient(t, state(i), c)
	}
	t.Logf("%d states put back in %d ways; without a guard %d were seen by what a client kept", states, len(parts), caught)
	proof(t, "stale-restore", made, failures, caught, states)
}

// putBack replaces a file or a folder by its earlier state, or by its absence.
func putBack(t *testing.T, earlier, path string) {
	t.Helper()
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(earlier)
	if errors.Is(err, os.ErrNotExist) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if info.IsDir() {
		wiringtest.Duplicate(t, earlier, path)
		return
	}
	content, err := os.ReadFile(earlier)
	if err == nil {
		err = os.WriteFile(path, content, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// seenByClient opens an earlier state with the guard of that time, which has to
// work, and checks it from the newest receipt that a client kept.
func seenByClient(t *testing.T, folder string, c *clients) int {
	t.Helper()
	r, err := openRecord(t.Context(), wholeStation, folder)
	if err != nil {
		t.Errorf("control: with its guard of that time it does not open: %v", err)
		return 0
	}
	defer r.Close()
	last := c.all[len(c.all)-1].Proofs
	receipt, err := ledger.ParseReceipt(last[len(last)-1].Receipt)
	if err != nil {
		t.Fatal(err)
	}
	alone, err := r.entries().Fsck(t.Context(), custody.FsckOptions{})
	if err != nil || len(alone.Findings) > 0 {
		t.Errorf("control: an earlier state by itself: %+v, %v", alone.Findings, err)
	}
	report, err := r.entries().Fsck(t.Context(), custody.FsckOptions{From: receipt.Checkpoint.Checkpoint})
	if err != nil || len(report.Findings) == 0 {
		return 0
	}
	return 1
}
