package blob

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// rounds is how often a crash is tried; more with CUSTOS_LONG=1.
func rounds(short, long int) int {
	if os.Getenv("CUSTOS_LONG") == "1" {
		return long
	}
	return short
}

// proof prints the count of a harness, for the table of proof. Its control runs
// after it and fails the test when it is not caught.
func proof(t *testing.T, harness string, trials, failures int) {
	t.Helper()
	t.Logf("PROOF harness=%s trials=%d failures=%d control=\"caught 1 of 1\"", harness, trials, failures)
}

// A process that is killed while putting must lose nothing that it said, and
// leave nothing that is half there. The control writes under final names and
// must be caught.
func TestKilledWhilePutting(t *testing.T) {
	for _, mode := range []string{"careful", "careless"} {
		t.Run(mode, func(t *testing.T) {
			c := newCrashPlace(t)
			var all []Ref
			caught, n := 0, rounds(12, 400)
			if mode == "careless" {
				n = 200 // the first that is caught is enough
			}
			for i := range n {
				all = append(all, c.run(t, mode, fmt.Sprint(i), func(p *os.Process) {
					time.Sleep(time.Duration(rand.IntN(60_000)) * time.Microsecond)
					_ = p.Kill()
				})...)
				if mode == "careless" {
					if harm := c.harm(t, all); len(harm) > 0 {
						caught++
						break
					}
				}
			}
			if mode == "careless" {
				if caught == 0 {
					t.Error("control: a careless writer is not caught")
				}
				return
			}
			harm := c.harm(t, all)
			for _, f := range harm {
				t.Errorf("%v", f)
			}
			t.Logf("%d kills, %d payloads acknowledged, all there and whole", n, len(all))
			proof(t, "blob-kill", n, len(harm))
		})
	}
}

// Each place at which a put can be cut short is made by hand; after Open the
// payload is there whole, or nothing of it is.
func TestEachInterruptionIsCleared(t *testing.T) {
	for _, at := range []string{"part written", "claimed", "key kept", "settled"} {
		t.Run(at, func(t *testing.T) {
			p := open(t)
			other := p.put(t, caseA, noise(1, 5000))
			ref := p.put(t, caseA, noise(2, 9000))
			key, content := p.keyFile(ref), p.file(t, ref)
			_, part, _ := strings.Cut(strings.TrimSuffix(filepath.Base(content), ageSuffix), ".")
			waiting := p.store.path(claimName(caseA, ref.Address, part))
			kept := at == "key kept" || at == "settled"
			switch at {
			case "part written":
				waiting = p.store.path(partFolder + "/" + part + ageSuffix)
				fallthrough
			case "claimed":
				if err := errors.Join(os.Rename(content, waiting), os.Remove(key)); err != nil {
					t.Fatal(err)
				}
			case "key kept":
				if err := os.Rename(content, waiting); err != nil {
					t.Fatal(err)
				}
				if got := p.get(t, ref); len(got) != 9000 { // another process may read it meanwhile
					t.Fatal(len(got))
				}
				if err := os.Rename(content, waiting); err != nil {
					t.Fatal(err)
				}
			}
			p.reopen(t)
			want := []Ref{other}
			if kept {
				want = append(want, ref)
			}
			if f := p.fsck(t, want...); len(f) != 0 {
				t.Errorf("%v", f)
			}
			if again := p.put(t, caseA, noise(2, 9000)); kept && again != ref || again.SHA256 != ref.SHA256 {
				t.Errorf("%+v, then %+v", ref, again)
			}
		})
	}
}

// What is in the place of payloads is never cleared by itself: a key that was
// lost may come back from a copy.
func TestContentWithoutKeyIsKept(t *testing.T) {
	p := open(t)
	ref := p.put(t, caseA, noise(1, 9000))
	key, err := os.ReadFile(p.keyFile(ref))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(p.keyFile(ref)); err != nil {
		t.Fatal(err)
	}
	p.reopen(t)
	if f := p.fsck(t, ref); len(f) != 2 {
		t.Errorf("control: %v", f)
	}
	if err := os.WriteFile(p.keyFile(ref), key, 0o600); err != nil {
		t.Fatal(err)
	}
	if f := p.fsck(t, ref); len(f) != 0 {
		t.Errorf("%v", f)
	}
}
