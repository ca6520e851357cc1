package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"custos.example/custody"
)

var errDisk = errors.New("input/output error")

// The two faults of a commit: what was to be written is not on disk, or it is;
// the writer is told the same.
func failedAndNotWritten(context.Context, *session, func()) error {
	return fmt.Errorf("%w: %w", errUnknownOutcome, errDisk)
}

func failedButWritten(ctx context.Context, s *session, _ func()) error {
	if err := s.commit(ctx); err != nil {
		return err
	}
	return fmt.Errorf("%w: %w", errUnknownOutcome, errDisk)
}

func TestFailedCommitEndsWriting(t *testing.T) {
	for name, fault := range map[string]struct {
		commit  func(context.Context, *session, func()) error
		written uint64
	}{"failed and not written": {failedAndNotWritten, 0}, "failed but written": {failedButWritten, 1}} {
		t.Run(name, func(t *testing.T) {
			onEngines(t, func(t *testing.T, w *world) {
				w.mustAppend(t, itemReceived(w.work, "X/1").mustDraft(t))
				unsure := requestOf(itemReceived(w.work, "X/2").mustDraft(t))
				w.commit = fault.commit
				if _, err := w.Append(t.Context(), unsure); !errors.Is(err, custody.ErrIntegrity) || !errors.Is(err, errDisk) {
					t.Fatalf("append: %v", err)
				}
				w.commit = commitThenDeliver
				for range 2 {
					if _, err := w.Append(t.Context(), requestOf(itemReceived(w.work, "X/3").mustDraft(t))); !errors.Is(err, custody.ErrIntegrity) {
						t.Fatalf("append after it: %v", err)
					}
				}
				if err := w.OpenChain(t.Context(), chainOf(1, caseA, 77)); !errors.Is(err, custody.ErrIntegrity) {
					t.Fatalf("open a chain after it: %v", err)
				}
				if _, err := w.Entry(t.Context(), w.work.ID, 1); err != nil {
					t.Fatalf("reading goes on: %v", err)
				}
				w.reopen(t)
				if size, err := w.Size(t.Context()); size != 1+fault.written || err != nil {
					t.Fatalf("size %d, %v", size, err)
				}
				placed, err := w.Append(t.Context(), unsure)
				if err != nil || placed[0].N != 2 {
					t.Fatalf("repeated under its key: %+v, %v", placed, err)
				}
				if size, err := w.Size(t.Context()); size != 2 || err != nil {
					t.Fatalf("size %d, %v", size, err)
				}
				mustBeSound(t, w)
			})
		})
	}
}

func TestLostConnectionBeforeTheCommitIsPushedBack(t *testing.T) {
	w := newWorld(t, postgresURL(t))
	w.mustAppend(t, itemReceived(w.work, "X/1").mustDraft(t))
	raw := rawDatabase(t, w.config.URL)
	if _, err := raw.Exec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'custos' AND datname = current_database()`); err != nil {
		t.Fatal(err)
	}
	r := requestOf(itemReceived(w.work, "X/2").mustDraft(t))
	var err error
	for range 20 { // every connection of the pool has to be thrown away once
		if _, err = w.Append(t.Context(), r); !errors.Is(err, custody.ErrPushback) {
			break
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	mustBeSound(t, w)
}

// A process that stops inside its transaction holds the lock of the log. The
// server ends that transaction, and the others go on.
func TestStoppedProcessDoesNotHoldTheLogForEver(t *testing.T) {
	w := newWorld(t, postgresURL(t))
	other, err := Open(t.Context(), w.config)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	other.writing.Lock()
	if _, err := other.openGroup(t.Context(), nil, true); err != nil {
		t.Fatal(err)
	}
	other.writing.Unlock() // its transaction stays open
	began := time.Now()
	w.mustAppend(t, itemReceived(w.work, "X/1").mustDraft(t))
	if waited := time.Since(began); waited < time.Second || waited > 20*time.Second {
		t.Fatalf("waited %v; the lock was held until the server ended the transaction after %s ms", waited, postgresIdle)
	}
	// The stopped process wakes up: its connection is gone, and nothing was written.
	if _, err := other.Append(t.Context(), requestOf(itemReceived(w.work, "X/2").mustDraft(t))); !errors.Is(err, custody.ErrPushback) {
		t.Fatalf("append of the stopped process: %v", err)
	}
	if _, err := other.Append(t.Context(), requestOf(itemReceived(w.work, "X/2").mustDraft(t))); err != nil {
		t.Fatalf("it goes on: %v", err)
	}
	mustBeSound(t, w)
}

func TestEditedHeadStopsTheWriter(t *testing.T) {
	onEngines(t, func(t *testing.T, w *world) {
		fillSmall(t, w)
		for _, text := range []string{`UPDATE log_head SET size = size - 1`, `DELETE FROM log_head`} {
			edit(t, w, text)
			if _, err := w.Append(t.Context(), requestOf(itemReceived(w.work, "X/9").mustDraft(t))); !errors.Is(err, custody.ErrIntegrity) {
				t.Fatalf("append: %v", err)
			}
			w.writing.Lock()
			w.broken = nil // as after a restart
			w.writing.Unlock()
		}
	})
}

func TestContradictingRowsStopTheWriter(t *testing.T) {
	onEngines(t, func(t *testing.T, w *world) {
		fillSmall(t, w)
		edit(t, w, `UPDATE entries SET nodes = commitment`)
		w.reopen(t) // a writer that goes on has the tree's edge at hand, and fsck names the edit
		if _, err := w.Append(t.Context(), requestOf(itemReceived(w.work, "X/9").mustDraft(t))); !errors.Is(err, custody.ErrIntegrity) {
			t.Fatalf("append: %v", err)
		}
		if _, err := w.Append(t.Context(), requestOf(looked(w.reads, "row.read").mustDraft(t))); !errors.Is(err, custody.ErrIntegrity) {
			t.Fatalf("append after it: %v", err)
		}
	})
}

func TestClosedStoreTakesNothing(t *testing.T) {
	w := newWorld(t, sqliteURL(t))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Append(t.Context(), requestOf(itemReceived(w.work, "X/1").mustDraft(t))); !errors.Is(err, custody.ErrPushback) {
		t.Fatalf("append: %v", err)
	}
	if err := w.Close(); err != nil {
		t.Fatalf("close again: %v", err)
	}
}

func TestMessagesDoNotRepeatThePassword(t *testing.T) {
	for _, url := range []string{"postgres://user:hunter2@[::1/x", "mysql://user:hunter2@host/x", "postgres://user:hunter2@127.0.0.1:1/x?connect_timeout=1"} {
		_, err := Open(t.Context(), Config{URL: url, Sealer: newTestSealer(1), Clock: newTestClock()})
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%v", err)
		}
	}
}

func TestRefusedWriteIsNotAnUnknownOutcome(t *testing.T) {
	onEngines(t, func(t *testing.T, w *world) {
		w.writing.Lock()
		defer w.writing.Unlock()
		ctx := t.Context()
		for range 2 {
			if _, err := w.openGroup(ctx, nil, true); err != nil {
				t.Fatal(err)
			}
			w.session.write(`INSERT INTO log_head (id, size, chains, mac) VALUES (2, $1, 0, $2)`, int64(1), "a second head")
			err := w.session.commit(ctx)
			if err == nil || errors.Is(err, errUnknownOutcome) || !w.db.dialect.constraint(err) {
				t.Fatalf("commit: %v", err)
			}
			w.session.rollback(ctx)
		}
	})
}
