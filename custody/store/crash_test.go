package store

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"custos.example/custody"
	"custos.example/ledger"
)

// rounds returns how many kills to make: CUSTOS_ROUNDS, or the default.
func rounds(t *testing.T, standard int) int {
	t.Helper()
	n, err := strconv.Atoi(os.Getenv("CUSTOS_ROUNDS"))
	if os.Getenv("CUSTOS_ROUNDS") == "" {
		return standard
	}
	if err != nil || n < 1 {
		t.Fatalf("CUSTOS_ROUNDS=%q is not a number of rounds", os.Getenv("CUSTOS_ROUNDS"))
	}
	return n
}

// running is a process of clients. done is closed when it has ended, and ended
// is then how.
type running struct {
	cmd   *exec.Cmd
	err   bytes.Buffer
	done  chan struct{}
	ended error
}

// startClients starts a process of clients and returns when they run.
func startClients(t *testing.T, role, url, acks, clients string, quota int, extra ...string) *running {
	t.Helper()
	r := &running{done: make(chan struct{}), cmd: childCommand(t, role, url, append(extra,
		"CUSTOS_STORE_ACKS="+acks, "CUSTOS_STORE_CLIENTS="+clients, "CUSTOS_STORE_QUOTA="+strconv.Itoa(quota))...)}
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
	_, err = out.Read(ready)
	go func() {
		r.ended = r.cmd.Wait()
		close(r.done)
	}()
	if err != nil || string(ready) != "ready\n" {
		<-r.done
		t.Fatalf("the process of clients did not start: %v\n%s", err, r.err.String())
	}
	return r
}

// kill ends the process as kill -9 does, and says whether it was in time. It
// fails the test if the process had failed by itself.
func (r *running) kill(t *testing.T) bool {
	t.Helper()
	r.end()
	if r.err.Len() > 0 {
		t.Fatalf("the process of clients failed by itself: %v\n%s", r.ended, r.err.String())
	}
	return r.ended != nil
}

// end ends the process, whatever became of it.
func (r *running) end() {
	_ = r.cmd.Process.Kill() // it may have ended by itself
	<-r.done
}

// promises are all acknowledgements that clients were ever given.
func promises(t *testing.T, folder string) []ack {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "acks-*"))
	if err != nil {
		t.Fatal(err)
	}
	var all []ack
	for _, f := range files {
		acks, err := readAcks(f)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, acks...)
	}
	return all
}

// waitForAcks returns when clients have been told of more than before entries,
// so that every round has something to lose.
func waitForAcks(t *testing.T, folder string, before int) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); len(promises(t, folder)) <= before; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("no acknowledgement in a minute")
		}
	}
}

// verdict is what became of the promises.
type verdict struct {
	acks, size  int
	lost        int // promised and not in the log
	forked      int // another entry stands at the promised index, or two promises of one index differ
	moved       int // another number in its chain than promised
	wrongRoot   bool
	fsck        []custody.Finding
	fsckChecked bool
}

func (v verdict) clean() bool {
	return v.lost+v.forked+v.moved+len(v.fsck) == 0 && !v.wrongRoot
}

func (v verdict) String() string {
	return fmt.Sprintf("%d acknowledgements, %d entries: %d lost, %d forked, %d moved, wrong root %t, fsck %d findings (run %t)",
		v.acks, v.size, v.lost, v.forked, v.moved, v.wrongRoot, len(v.fsck), v.fsckChecked)
}

// judge opens the store and compares it with what the clients were told.
func judge(t *testing.T, url, folder string, full bool) verdict {
	t.Helper()
	s, err := Open(t.Context(), childConfig(url))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	size, err := s.Size(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	leaves, err := s.Leaves(t.Context(), 0, ledger.Index(size))
	if err != nil {
		t.Fatal(err)
	}
	acks := promises(t, folder)
	v := verdict{acks: len(acks), size: int(size)}
	promised := map[ledger.Index]ledger.Commitment{}
	for _, a := range acks {
		if before, ok := promised[a.placed.Index]; ok && before != a.placed.Commitment {
			v.forked++
		}
		promised[a.placed.Index] = a.placed.Commitment
		switch {
		case a.placed.Index >= ledger.Index(size):
			v.lost++
		case leaves[a.placed.Index] != a.placed.Commitment:
			v.forked++
		}
	}
	naive := &naiveTree{}
	for _, c := range leaves {
		naive.add(c.LeafHash())
	}
	root, err := s.Log().Root(t.Context(), size)
	if err != nil {
		t.Fatal(err)
	}
	v.wrongRoot = root != naive.root()
	if full {
		for _, a := range acks {
			if a.placed.Index < ledger.Index(size) && leaves[a.placed.Index] == a.placed.Commitment {
				if e, err := s.Entry(t.Context(), a.placed.Chain, a.placed.N); err != nil || e.Index != a.placed.Index || e.Commitment != a.placed.Commitment {
					v.moved++
				}
			}
		}
		report, err := s.Fsck(t.Context(), custody.FsckOptions{})
		if err != nil {
			t.Fatal(err)
		}
		v.fsck, v.fsckChecked = report.Findings, true
	}
	return v
}

// contradicted is the control of a judgement: it adds a promise beyond the log
// and one of another entry, and says how many of the two are seen.
func (v verdict) contradicted(t *testing.T, url, folder string) int {
	t.Helper()
	text := fmt.Sprintf("%s %s %d %d %s\n%s %s %d %d %s\n", ledger.EntryID{1}, randomDigest(), 1, v.size+5, randomDigest(),
		ledger.EntryID{2}, randomDigest(), 1, 0, randomDigest())
	file := filepath.Join(folder, "acks-control")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	defer os.Remove(file)
	with := judge(t, url, folder, false)
	caught := 0
	if with.lost == v.lost+1 {
		caught++
	}
	if with.forked > v.forked {
		caught++
	}
	return caught
}

// TestKilledProcessLosesNothingAcknowledged kills a process of 16 clients, opens
// the store again, and asks whether every acknowledgement that any client ever
// had still holds. Unacknowledged requests are made again under their key. The
// control is the same with a store that answers before it commits: it has to be
// caught.
func TestKilledProcessLosesNothingAcknowledged(t *testing.T) {
	for _, e := range engines() {
		t.Run(e.name, func(t *testing.T) {
			url, folder, n := e.url(t), t.TempDir(), rounds(t, 20)
			var v verdict
			for round := range n {
				r := startClients(t, "clients", url, folder, "0-15", 1<<40)
				time.Sleep(time.Duration(5+rand.IntN(120)) * time.Millisecond)
				waitForAcks(t, folder, v.acks)
				if !r.kill(t) {
					t.Fatal("the process had ended by itself")
				}
				if v = judge(t, url, folder, round == n-1 || round%25 == 24); !v.clean() {
					t.Fatalf("after %d kills: %v\n%v", round+1, v, v.fsck)
				}
			}
			t.Logf("%d kills: %v", n, v)
			if v.acks < n {
				t.Errorf("%d acknowledgements in %d rounds show nothing", v.acks, n)
			}
			t.Run("control", func(t *testing.T) {
				control, folder, early := e.url(t), t.TempDir(), verdict{}
				for round := range 30 {
					r := startClients(t, "early", control, folder, "0-15", 1<<40)
					time.Sleep(time.Duration(5+rand.IntN(60)) * time.Millisecond)
					waitForAcks(t, folder, early.acks)
					r.kill(t)
					if early = judge(t, control, folder, false); !early.clean() {
						t.Logf("the store that answers before it commits was caught after %d kills: %v", round+1, early)
						t.Logf("PROOF harness=store-kill-%s trials=%d failures=0 control=%q", e.name, n, "caught 1 of 1")
						return
					}
				}
				t.Error("a store that answers before it commits was not caught: the harness shows nothing")
			})
		})
	}
}

// TestTwoProcessesShareOneCase lets two processes of six clients append to one
// case, kills one or the other again and again, and judges what was promised.
// On SQLite the folder's lock refuses the second process instead.
func TestTwoProcessesShareOneCase(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		url, folder := sqliteURL(t), t.TempDir()
		r := startClients(t, "clients", url, folder, "0-5", 1<<40)
		second := childCommand(t, "open", url)
		out, err := second.CombinedOutput()
		if err == nil || !strings.Contains(string(out), "in use by another process") {
			t.Errorf("the second process was not refused: %v\n%s", err, out)
		}
		r.kill(t)
		if out, err := childCommand(t, "open", url).CombinedOutput(); err != nil {
			t.Errorf("the lock of a killed process is still held: %v\n%s", err, out)
		}
		if v := judge(t, url, folder, true); !v.clean() {
			t.Errorf("%v\n%v", v, v.fsck)
		}
	})
	t.Run("postgres", func(t *testing.T) {
		const clients = 12
		entries, kills := 2_000, 6
		if os.Getenv("CUSTOS_LONG") != "" {
			entries, kills = 10_000, 20
		}
		url, folder := postgresURL(t), t.TempDir()
		groups := [2]string{"0-5", "6-11"}
		start := func(i int) *running {
			return startClients(t, "clients", url, folder, groups[i], entries/clients+1, "CUSTOS_STORE_ONE_CASE=1")
		}
		both, made := [2]*running{start(0), start(1)}, 0
		for k := range kills {
			time.Sleep(time.Duration(20+rand.IntN(150)) * time.Millisecond)
			if both[k%2].kill(t) {
				made++
			}
			both[k%2] = start(k % 2)
		}
		for _, r := range both {
			if <-r.done; r.ended != nil {
				t.Errorf("%v\n%s", r.ended, r.err.String())
			}
		}
		if made < kills/2 {
			t.Errorf("only %d of %d kills came before the entries were all there", made, kills)
		}
		v := judge(t, url, folder, true)
		t.Logf("%d kills: %v", made, v)
		forged := v.contradicted(t, url, folder)
		t.Logf("PROOF harness=store-two-processes trials=%d failures=%d control=\"caught %d of 2\"", v.acks, v.lost+v.forked+v.moved, forged)
		if forged != 2 {
			t.Errorf("of a lost and a forked promise that were made up, %d were caught: the harness shows nothing", forged)
		}
		if !v.clean() {
			t.Errorf("%v", v.fsck)
		}
		if v.acks < entries || v.acks != v.size {
			t.Errorf("%d acknowledgements of %d entries, %d wanted: every request is made again until it is acknowledged", v.acks, v.size, entries)
		}
	})
}
