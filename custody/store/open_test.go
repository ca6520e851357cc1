package store

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/migrations"
)

func TestChainsAreRegisteredOnce(t *testing.T) {
	onEngines(t, func(t *testing.T, w *world) {
		for _, c := range w.chains() {
			if err := w.OpenChain(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		}
		other := w.work
		other.Case = caseB
		if err := w.OpenChain(t.Context(), other); !errors.Is(err, custody.ErrConflict) {
			t.Fatalf("the same name for another case: %v", err)
		}
		chains, err := w.Chains(t.Context(), caseA)
		if err != nil || len(chains) != 2 || chains[0] != w.work || chains[1] != w.reads {
			t.Fatalf("chains %+v, %v", chains, err)
		}
		if chains, err := w.Chains(t.Context(), ""); err != nil || len(chains) != 2 {
			t.Fatalf("chains of the organisation %+v, %v", chains, err)
		}
		mustBeSound(t, w)
	})
}

func TestManyCallersShareTheLog(t *testing.T) {
	onEngines(t, func(t *testing.T, w *world) {
		const callers, each = 64, 20
		chains := []custody.Chain{w.work, w.other, w.work}
		var mu sync.Mutex
		seen := map[ledger.Index]ledger.Commitment{}
		var wg sync.WaitGroup
		for c := range callers {
			wg.Go(func() {
				var after ledger.Head
				for i := range each {
					d := itemReceived(chains[c%3], fmt.Sprintf("%d/%d", c, i))
					d.after, d.changes = after, i%7 == 0
					draft, err := d.draft(t.Context())
					if err != nil {
						t.Error(err)
						return
					}
					placed, err := w.Append(t.Context(), requestOf(draft))
					if err != nil {
						t.Error(err)
						return
					}
					after = ledger.Head{N: placed[0].N, Commitment: placed[0].Commitment}
					mu.Lock()
					seen[placed[0].Index] = placed[0].Commitment
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if len(seen) != callers*each {
			t.Fatalf("%d places for %d entries", len(seen), callers*each)
		}
		leaves, err := w.Leaves(t.Context(), 0, callers*each)
		if err != nil {
			t.Fatal(err)
		}
		naive := &naiveTree{}
		for i, c := range leaves {
			if seen[ledger.Index(i)] != c {
				t.Fatalf("entry %d is not what its caller was told", i)
			}
			naive.add(c.LeafHash())
		}
		root, err := w.Log().Root(t.Context(), callers*each)
		if err != nil || root != naive.root() {
			t.Fatalf("root %s, %v; naive %s", root, err, naive.root())
		}
		report := mustBeSound(t, w)
		if report.Root != root || report.Entries != callers*each {
			t.Fatalf("fsck reports %d entries and root %s", report.Entries, report.Root)
		}
	})
}

func TestFsckFindsARollbackOnlyWithACheckpoint(t *testing.T) {
	onEngines(t, func(t *testing.T, w *world) {
		fillSmall(t, w)
		root, err := w.Log().Root(t.Context(), 8)
		if err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			from ledger.Checkpoint
			want int
		}{
			"none":      {ledger.Checkpoint{}, 0},
			"the same":  {ledger.Checkpoint{Size: 8, Root: root}, 0},
			"longer":    {ledger.Checkpoint{Size: 12, Root: root}, 1},
			"otherwise": {ledger.Checkpoint{Size: 7, Root: root}, 1},
		} {
			report, err := w.Fsck(t.Context(), custody.FsckOptions{From: c.from})
			if err != nil || len(report.Findings) != c.want {
				t.Errorf("%s: %+v, %v", name, report.Findings, err)
			}
		}
	})
}

func TestSecondProcessIsRefusedTheFolder(t *testing.T) {
	url := sqliteURL(t)
	w := newWorld(t, url)
	if _, err := Open(t.Context(), w.config); !errors.Is(err, errLocked) {
		t.Fatalf("open in the same process: %v", err)
	}
	out, err := childCommand(t, "open", url).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "in use by another process (process "+fmt.Sprint(os.Getpid())+")") {
		t.Fatalf("open in another process: %v\n%s", err, out)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if out, err := childCommand(t, "open", url).CombinedOutput(); err != nil { // the control
		t.Fatalf("open after the first has closed: %v\n%s", err, out)
	}
}

func TestNewerSchemaIsRefused(t *testing.T) {
	for _, e := range engines() {
		t.Run(e.name, func(t *testing.T) {
			for name, change := range map[string]string{
				"newer":     `INSERT INTO schema_versions (version, name, digest) VALUES (99, '0099_later.sql', 'x')`,
				"different": `UPDATE schema_versions SET digest = 'x' WHERE version = 1`,
			} {
				w := newWorld(t, e.url(t))
				edit(t, w, change)
				if err := w.Close(); err != nil {
					t.Fatal(err)
				}
				if s, err := Open(t.Context(), w.config); !errors.Is(err, migrations.ErrUnknownVersion) {
					t.Fatalf("%s: %v, %v", name, s, err)
				}
			}
		})
	}
}

func TestLostHeadIsNotMadeAnew(t *testing.T) {
	onEngines(t, func(t *testing.T, w *world) {
		fillSmall(t, w)
		edit(t, w, `DELETE FROM log_head`)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(t.Context(), w.config); !errors.Is(err, custody.ErrIntegrity) {
			t.Fatalf("open: %v", err)
		}
	})
}

// childCommand runs this test binary again as another process.
func childCommand(t testing.TB, role, url string, extra ...string) *exec.Cmd {
	t.Helper()
	c := exec.Command(os.Args[0], "-test.run=^$")
	c.Env = append(os.Environ(), append([]string{"CUSTOS_STORE_CHILD=" + role, "CUSTOS_STORE_URL=" + url}, extra...)...)
	c.WaitDelay = 10 * time.Second
	return c
}

func TestMain(m *testing.M) {
	if role := os.Getenv("CUSTOS_STORE_CHILD"); role != "" {
		if err := runChild(role, os.Getenv("CUSTOS_STORE_URL")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}
