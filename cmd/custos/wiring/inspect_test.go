package wiring_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/custody/blob"
	"custos.example/ledger"
)

// checked opens the folder as fsck does, beside whoever has it open.
func checked(t *testing.T, o wiring.Options, options wiring.FsckOptions) wiring.FsckReport {
	t.Helper()
	s, err := wiring.OpenToCheck(t.Context(), o, options.From != nil)
	if err != nil {
		t.Fatal(err)
	}
	s.Service.Module = nil
	report, err := s.Inspect(t.Context(), options)
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	return report
}

func stateOf(r wiring.FsckReport, level wiring.Level) wiring.State {
	for _, l := range r.Levels {
		if l.Level == level {
			return l.State
		}
	}
	return ""
}

func closed(t *testing.T, s *wiring.Station) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestLevels shows that each level sees what it is for, that a level that was not
// run is never reported as good, and that the exhibits are named.
func TestLevels(t *testing.T) {
	o := place(t)
	s := founded(t, o)
	imported(t, s, "R-v-LEVELS")
	closed(t, s)
	for i, level := range wiring.Levels()[:3] {
		r := checked(t, o, wiring.FsckOptions{Level: level})
		for j, other := range wiring.Levels() {
			want := wiring.NotRun
			if j <= i {
				want = wiring.Agrees
			}
			if got := stateOf(r, other); got != want {
				t.Errorf("fsck to %s: level %s %s, want %s", level, other, got, want)
			}
		}
	}
	if r := checked(t, o, wiring.FsckOptions{Level: wiring.Recompute}); stateOf(r, wiring.Recompute) != wiring.NotRun {
		t.Errorf("without a module: %+v", r.Levels)
	}
	lost := largest(t, o, ".key")
	if err := os.Remove(lost); err != nil {
		t.Fatal(err)
	}
	if r := checked(t, o, wiring.FsckOptions{Level: wiring.Entries}); r.Open() != 0 {
		t.Errorf("level entries reads payloads: %+v", r.Findings)
	}
	r := checked(t, o, wiring.FsckOptions{})
	if stateOf(r, wiring.Content) != wiring.Differs || r.Open() != 1 || r.Findings[0].Payload == nil || r.Findings[0].Case == "" {
		t.Errorf("a lost payload: %+v", r)
	}
}

// largest returns the largest payload file of that kind.
func largest(t *testing.T, o wiring.Options, suffix string) string {
	t.Helper()
	best, size := "", int64(-1)
	for _, path := range filesIn(t, filepath.Join(o.Dir, "blobs")) {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(path, suffix) && (suffix == ".age" || strings.Contains(path, "case-")) && info.Size() > size {
			best, size = path, info.Size()
		}
	}
	if best == "" {
		t.Fatalf("no %s", suffix)
	}
	return best
}

// TestHeads holds a log that was put back to an older state, as a whole, against
// what others kept of it: each shows it. The control is the folder itself.
func TestHeads(t *testing.T) {
	o := place(t)
	s := founded(t, o)
	imported(t, s, "R-v-FIRST")
	closed(t, s)
	older := o
	older.Dir, older.Keys = filepath.Join(t.TempDir(), "record"), filepath.Join(t.TempDir(), "keys")
	copied := func(from, to string) {
		t.Helper()
		if err := os.CopyFS(to, os.DirFS(from)); err != nil {
			t.Fatal(err)
		}
		err := filepath.WalkDir(to, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.IsDir() {
				return os.Chmod(path, 0o700)
			}
			return errors.Join(err, os.Chmod(path, 0o600))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	copied(o.Dir, older.Dir)
	copied(o.KeyFolder(), older.Keys)
	s = opened(t, o)
	received := imported(t, s, "R-v-SECOND")
	checkpoint, _, err := s.Service.Recorder.Checkpoint(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	known, err := ledger.MarshalCanonical(ledger.Acknowledgement{
		Chain: received.Rows.Placed.Chain, Commitment: received.Rows.Placed.Commitment, Index: received.Rows.Placed.Index,
		N: received.Rows.Placed.N, Origin: origin,
	})
	if err != nil {
		t.Fatal(err)
	}
	closed(t, s)
	heads := map[string][]byte{"checkpoint": checkpoint, "acknowledgement": received.Rows.Ack, "known head": known}
	for name, text := range heads {
		options := wiring.FsckOptions{Level: wiring.Entries, Heads: []wiring.Head{{Name: name, Text: text}}}
		if r := checked(t, o, options); r.Open() != 0 || len(r.Against) != 1 {
			t.Errorf("control: %s against the folder itself: %+v", name, r.Findings)
		}
		if r := checked(t, older, options); stateOf(r, wiring.Heads) != wiring.Differs {
			t.Errorf("%s against an older state: %+v", name, r)
		}
	}
	if r := checked(t, older, wiring.FsckOptions{}); r.Open() != 0 {
		t.Errorf("with its own guard the older state cannot be told: %+v", r.Findings)
	}
	beside, err := wiring.OpenToCheck(t.Context(), o, false)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = beside.Close() }()
	for name, text := range map[string][]byte{
		"nothing": nil, "words": []byte("checkpoint"), "cut": checkpoint[:len(checkpoint)-4], "another log's": []byte(strings.ReplaceAll(string(known), origin, "other.example/log")),
	} {
		_, err := beside.Inspect(t.Context(), wiring.FsckOptions{Heads: []wiring.Head{{Name: name, Text: text}}})
		if !errors.Is(err, custody.ErrInvalid) {
			t.Errorf("a head that is %s: %v", name, err)
		}
	}
	t.Logf("PROOF harness=stale-restore-heads trials=%d failures=%d control=%q", len(heads), failed(t), "the folder itself agrees with each head")
}

func failed(t *testing.T) int {
	if t.Failed() {
		return 1
	}
	return 0
}

// TestBesideAService checks the folder again and again while it is written to:
// nothing is found and no writer waits for it. The control is a payload that is
// changed meanwhile.
func TestBesideAService(t *testing.T) {
	o := place(t)
	s := founded(t, o)
	imported(t, s, "R-v-ZERO")
	ctx, stop := context.WithCancel(t.Context())
	var writer sync.WaitGroup
	var written atomic.Int64
	writer.Go(func() {
		for ; ctx.Err() == nil; written.Add(1) {
			_, err := s.Service.Cases().Open(context.WithoutCancel(ctx), custody.Actor{ID: "si1"}, custody.OpenCase{
				Reference: fmt.Sprintf("R-v-%d", written.Load()), Title: "While it is checked", Assigned: []string{"si1"},
			})
			if err != nil {
				t.Error(err)
				return
			}
		}
	})
	for rounds := 0; !t.Failed() && (rounds < 3 || written.Load() < 5); rounds++ {
		if r := checked(t, o, wiring.FsckOptions{}); r.Open() != 0 {
			t.Fatalf("beside a writer: %+v", r.Findings)
		}
	}
	stop()
	writer.Wait()
	lost := largest(t, o, ".key")
	if err := os.Truncate(lost, 10); err != nil {
		t.Fatal(err)
	}
	if r := checked(t, o, wiring.FsckOptions{}); r.Open() == 0 {
		t.Error("control: a payload that was cut short is not seen")
	}
}

// TestRestore loses, cuts and changes every payload file in turn, restores them
// from a copy, by folder and over HTTP, and tries copies that lie.
func TestRestore(t *testing.T) {
	o := place(t)
	s := founded(t, o)
	imported(t, s, "R-v-RESTORE")
	closed(t, s)
	second := filepath.Join(t.TempDir(), "second")
	if err := os.CopyFS(second, os.DirFS(o.Dir)); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.FileServer(http.Dir(filepath.Join(second, "blobs"))))
	defer server.Close()
	folder, err := blob.FolderCopy(second)
	if err != nil {
		t.Fatal(err)
	}
	web, err := blob.URLCopy(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	damages := map[string]func([]byte) []byte{
		"lost": nil, "cut short": func(b []byte) []byte { return b[:len(b)/2] },
		"changed": func(b []byte) []byte { b[len(b)/2] ^= 1; return b },
	}
	trials := 0
	for where, from := range map[string]blob.Copy{"folder": folder, "web": web} {
		for name, damage := range damages {
			trials += ruin(t, o, damage)
			r := checked(t, o, wiring.FsckOptions{From: from})
			restored := 0
			for _, f := range r.Findings {
				if f.Restored {
					restored++
				} else if f.Where != "payloads" { // what is left over has no name
					t.Errorf("%s, from the %s: %s: %s", name, where, f.Where, f.What)
				}
			}
			if restored == 0 {
				t.Errorf("%s, from the %s: nothing was restored", name, where)
			}
			if r := checked(t, o, wiring.FsckOptions{}); r.Open() != 0 {
				t.Fatalf("%s, after restoring from the %s: %+v", name, where, r.Findings)
			}
		}
	}
	if err := os.RemoveAll(filepath.Join(o.Dir, "tiles", "tile")); err != nil {
		t.Fatal(err)
	}
	if r := checked(t, o, wiring.FsckOptions{From: folder}); r.Open() != 0 || len(r.Findings) != 1 || !r.Findings[0].Restored {
		t.Errorf("the public tiles: %+v", r.Findings)
	}
	if r := checked(t, o, wiring.FsckOptions{}); r.Open() != 0 {
		t.Errorf("after the tiles were published anew: %+v", r.Findings)
	}
	// Control: a copy that was changed the same way is not believed.
	lying := wiring.Options{Dir: second}
	ruin(t, lying, damages["changed"])
	ruin(t, o, nil)
	if r := checked(t, o, wiring.FsckOptions{From: folder}); r.Open() == 0 {
		t.Error("control: a copy that lies was believed")
	}
	t.Logf("PROOF harness=restore trials=%d failures=%d control=%q", trials, failed(t), "a copy that lies is not believed")
}

// ruin damages every payload file of a folder; nil removes them.
func ruin(t *testing.T, o wiring.Options, damage func([]byte) []byte) int {
	t.Helper()
	n := 0
	for _, path := range filesIn(t, filepath.Join(o.Dir, "blobs")) {
		var err error
		if damage == nil {
			err = os.Remove(path)
		} else {
			var was []byte
			if was, err = os.ReadFile(path); err == nil {
				err = os.WriteFile(path, damage(was), 0o600)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	return n
}

// TestDailyParts reads a part a day and has read everything after thirty; a
// payload that is changed is found within them.
func TestDailyParts(t *testing.T) {
	o := place(t)
	s := founded(t, o)
	imported(t, s, "R-v-DAILY")
	if _, err := s.Payloads.Put(t.Context(), "", strings.NewReader(strings.Repeat("kept before a step that failed. ", 10_000))); err != nil {
		t.Fatal(err)
	}
	whole, err := s.Inspect(t.Context(), wiring.FsckOptions{})
	if err != nil {
		t.Fatal(err)
	}
	lost := largest(t, o, ".age")
	was, err := os.ReadFile(lost)
	if err != nil {
		t.Fatal(err)
	}
	was[len(was)/2] ^= 1
	if err := os.WriteFile(lost, was, 0o600); err != nil {
		t.Fatal(err)
	}
	read, found, seen := 0, 0, map[int]bool{}
	for range wiring.Parts {
		part, err := s.DuePart()
		if err != nil {
			t.Fatal(err)
		}
		seen[part.Number] = true
		r, err := s.Inspect(t.Context(), wiring.FsckOptions{Part: part})
		if err != nil {
			t.Fatal(err)
		}
		if r.Open() == 0 && stateOf(r, wiring.Content) != wiring.InPart {
			t.Errorf("part %d: %+v", part.Number, r.Levels)
		}
		read, found = read+r.Payloads, found+r.Open()
		if _, err := s.NotePart(part); err != nil {
			t.Fatal(err)
		}
	}
	if len(seen) != wiring.Parts || read != whole.Payloads || found != 1 {
		t.Errorf("%d parts, %d of %d payloads read, the changed one found %d times", len(seen), read, whole.Payloads, found)
	}
	since, err := s.NotePart(blob.Part{})
	if err != nil || !strings.HasPrefix(since, "all content has been read since ") {
		t.Errorf("%q, %v", since, err)
	}
	if err := os.WriteFile(filepath.Join(o.Dir, "read-parts.json"), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if part, err := s.DuePart(); err != nil || part.Number != 0 {
		t.Errorf("after its memory was damaged: %+v, %v", part, err)
	}
}
