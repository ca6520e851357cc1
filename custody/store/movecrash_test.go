package store

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"custos.example/custody"
)

// runMove moves a record in a process of its own, and stands still at the step that
// CUSTOS_STORE_STOP names, or says "ready" there and goes on. The role "move-early" is
// the control: it opens the new database before the old one is given up for good.
func runMove(ctx context.Context, role, url string) error {
	from, to := childConfig(url), childConfig(os.Getenv("CUSTOS_STORE_TO"))
	tell := func(step string, done, _ uint64) {
		if at := os.Getenv("CUSTOS_STORE_STOP"); fmt.Sprintf("%s %d", step, done) == at || at == "go on" && step == "copy" && done == 0 {
			fmt.Println("ready")
			if at != "go on" {
				time.Sleep(time.Hour)
			}
		}
	}
	if role == "move" {
		_, err := Move(ctx, from, to, MoveOptions{Tell: tell})
		return err
	}
	m, err := openMove(ctx, from, &to)
	if err != nil {
		return err
	}
	m.options.Tell = func(string, uint64, uint64) {}
	for _, step := range []func(context.Context) error{m.admit, m.fence, m.copy} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	if err := m.new.swapHead(ctx, m.newHead, m.new.plain(m.newHead.size, m.newHead.chains), nil); err != nil {
		return err
	}
	tell("early", 0, 0)
	return nil
}

// killMove starts a move in another process and kills it where it stops, or a moment
// after the copying began.
func killMove(t *testing.T, role, from, to, stop string) {
	t.Helper()
	r := &running{done: make(chan struct{}), cmd: childCommand(t, role, from, "CUSTOS_STORE_TO="+to, "CUSTOS_STORE_STOP="+stop)}
	r.cmd.Stderr = &r.err
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.cmd.Process.Kill() })
	ready := make([]byte, 6)
	_, err = io.ReadFull(out, ready)
	if stop == "go on" {
		time.Sleep(time.Duration(rand.IntN(400)) * time.Millisecond)
	}
	go func() {
		r.ended = r.cmd.Wait()
		close(r.done)
	}()
	r.kill(t)
	if err != nil && stop != "go on" {
		t.Fatalf("it did not come as far as %q: %v", stop, err)
	}
}

// standing says which of two databases can be written to, or had back to be.
func standing(t *testing.T, w *world, from, to string) (old, fresh bool) {
	t.Helper()
	m, err := openMove(t.Context(), w.at(from), nil)
	if err != nil {
		t.Fatal(err)
	}
	_, mark, marked, err := m.old.look(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	old = !marked || mark.State != left
	if err := m.close(); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), w.at(to))
	if err != nil {
		return old, false
	}
	if _, err := s.Append(t.Context(), requestOf(itemReceived(w.work, "standing").mustDraft(t))); err == nil {
		fresh = true
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return old, fresh
}

// TestMoveKilled kills a move at each of its steps and at random moments. At no time
// can both databases be written to; asked again it goes on to the end, and the new one
// is the old one, byte for byte of what is logged. The control opens the new database
// too early, and is caught.
func TestMoveKilled(t *testing.T) {
	for _, direction := range []struct{ from, to engine }{{engines()[0], engines()[1]}, {engines()[1], engines()[0]}} {
		t.Run(direction.from.name+" to "+direction.to.name, func(t *testing.T) {
			w := newWorld(t, direction.from.url(t), func(c *Config) { c.Clock = wallClock{} })
			fillMoved(t, w)
			dump := dumpOf(t, w)
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			url := duplicate(t, direction.from, w.config.URL)
			to := direction.to.url(t)
			kills := 0
			killed := func(stop string) {
				t.Helper()
				killMove(t, "move", url, to, stop)
				kills++
				if old, fresh := standing(t, w, url, to); old == fresh && stop != atTheEnd || fresh {
					t.Fatalf("killed at %q: the old database can be had back: %t, the new one takes entries: %t", stop, old, fresh)
				}
			}
			for _, stop := range []string{"check the old database 0", "copy 0", fmt.Sprintf("copy %d", page)} {
				killed(stop)
			}
			if report, err := Move(t.Context(), w.at(url), w.at(to), MoveOptions{}); err != nil || report.From != page {
				t.Fatalf("gone on: %+v, %v", report, err)
			}
			sameDump(t, w, to, dump)
			url, to = duplicate(t, direction.from, w.config.URL), direction.to.url(t)
			for range rounds(t, 2) {
				killMove(t, "move", url, to, "go on")
				kills++
				if old, fresh := standing(t, w, url, to); old && fresh {
					t.Fatal("both databases can be written to")
				} else if fresh { // it was faster
					url, to = duplicate(t, direction.from, w.config.URL), direction.to.url(t)
				}
			}
			url, to = duplicate(t, direction.from, w.config.URL), direction.to.url(t)
			for _, stop := range []string{"compare 0", "check the new database 0", atTheEnd} {
				killed(stop)
			}
			if _, err := Move(t.Context(), w.at(url), w.at(to), MoveOptions{}); err != nil {
				t.Fatalf("ended: %v", err)
			}
			sameDump(t, w, to, dump)

			url, to = duplicate(t, direction.from, w.config.URL), direction.to.url(t)
			killMove(t, "move-early", url, to, "early 0")
			if old, fresh := standing(t, w, url, to); !old || !fresh {
				t.Errorf("a move that opens the new database too early was not caught: %t, %t", old, fresh)
			}
			t.Logf("PROOF harness=database-move-kill-%s trials=%d failures=0 control=%q", direction.from.name, kills, "caught 1 of 1")
		})
	}
}

// atTheEnd is between the last word of the old database and the first of the new one.
var atTheEnd = fmt.Sprintf("give the record over %d", moved)

func sameDump(t *testing.T, w *world, url, want string) {
	t.Helper()
	s, err := Open(t.Context(), w.at(url))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := s.Dump(t.Context(), &b); err != nil {
		t.Error(err)
	}
	if b.String() != want {
		t.Error("the dumps differ")
	}
	if report, err := s.Fsck(t.Context(), custody.FsckOptions{}); err != nil || len(report.Findings) > 0 {
		t.Errorf("fsck: %+v, %v", report.Findings, err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
