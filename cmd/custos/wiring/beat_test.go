package wiring_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/ledger"
)

// seen is what somebody saw who looked at the public checkpoint each second.
// Shape: times are those at which it was another file than the second before.
type seen struct {
	times []time.Duration
	sizes []uint64
}

// watched opens a record and watches what it publishes for 35 minutes, while work is
// done at its own moments; at the end of the first quarter of an hour the server is
// started anew, without a word about the beat. All of it runs by a clock that moves
// when nothing is left to do.
func watched(t *testing.T, beat string, work map[time.Duration]int) (public seen) {
	t.Helper()
	o := place(t)
	synctest.Test(t, func(t *testing.T) {
		if err := wiring.Init(t.Context(), o, origin, first); err != nil {
			t.Fatal(err)
		}
		o.Beat = beat
		s := started(t, o)
		began, checkpoint := time.Now(), filepath.Join(s.TilesFolder(), "checkpoint")
		last := published(t, checkpoint)
		for time.Since(began) < 35*time.Minute {
			time.Sleep(time.Second)
			synctest.Wait()
			if now := published(t, checkpoint); !os.SameFile(last, now) {
				public.times, public.sizes, last = append(public.times, time.Since(began)), append(public.sizes, stated(t, checkpoint)), now
			}
			for range work[time.Since(began)] {
				act(t, s)
			}
			if time.Since(began) == 15*time.Minute {
				closed(t, s)
				o.Beat = ""
				s = started(t, o)
			}
		}
		closed(t, s)
		if beat != "none" && !os.SameFile(last, published(t, checkpoint)) {
			t.Error("what was left was published when the record was closed, and not on the beat")
		}
	})
	return public
}

func started(t *testing.T, o wiring.Options) *wiring.Station {
	t.Helper()
	s, err := wiring.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func published(t *testing.T, checkpoint string) os.FileInfo {
	t.Helper()
	info, err := os.Stat(checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

// stated returns how many entries a public checkpoint is of.
func stated(t *testing.T, checkpoint string) uint64 {
	t.Helper()
	text, err := os.ReadFile(checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := ledger.ParseCheckpoint(text)
	if err != nil {
		t.Fatal(err)
	}
	return signed.Size
}

// act adds entries and has the receipt of the last, which no beat holds back.
func act(t *testing.T, s *wiring.Station) {
	t.Helper()
	before, err := s.Store.Size(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	id := fmt.Sprintf("person-%d", before)
	if _, err := s.Service.Organisation().Enrol(t.Context(), custody.Actor{ID: "ad1"}, custody.Enrol{
		Person: custody.Person{ID: id, Name: "Person " + id, Roles: []string{"analyst"}}, Qualify: able(),
	}); err != nil {
		t.Fatal(err)
	}
	after, err := s.Store.Size(t.Context())
	if err != nil || after <= before {
		t.Fatalf("%d entries, then %d: %v", before, after, err)
	}
	receipt, err := s.Service.Recorder.Receipt(t.Context(), after-1)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := ledger.ParseReceipt(receipt); err != nil || r.Checkpoint.Size < after {
		t.Fatalf("the receipt of entry %d waits for the beat: %v", after-1, err)
	}
}

// TestBeat wants the public summary published at the same moments whatever happens, with
// all that there is by then. The control has no beat: it tells when something happened.
func TestBeat(t *testing.T) {
	load := map[time.Duration]int{65 * time.Second: 1, 754 * time.Second: 3, 1500 * time.Second: 1, 1501 * time.Second: 2}
	beats := []time.Duration{10 * time.Minute, 20 * time.Minute, 30 * time.Minute}
	idle, busy := watched(t, "10m", nil), watched(t, "10m", load)
	if !slices.Equal(idle.times, beats) || !slices.Equal(busy.times, beats) {
		t.Fatalf("published at %v when nothing happened, and at %v when something did; the beat is at %v", idle.times, busy.times, beats)
	}
	if n := idle.sizes; n[0] != n[1] || n[1] != n[2] {
		t.Errorf("nothing happened, and %v entries were published", n)
	}
	if n := busy.sizes; n[0] <= idle.sizes[0] || n[1] <= n[0] || n[2] <= n[1] {
		t.Errorf("%v entries were published, although some came before each beat", n)
	}
	idle, busy = watched(t, "none", nil), watched(t, "none", load)
	if slices.Equal(idle.times, busy.times) || len(busy.times) < 3 {
		t.Errorf("control: without a beat nothing is told either: %v", busy.times)
	}
}

// TestBeatIsKept wants a beat that cannot be one refused, and a damaged one not taken for none.
func TestBeatIsKept(t *testing.T) {
	o := place(t)
	s := founded(t, o)
	closed(t, s)
	for _, bad := range []string{"1s", "25h", "10500ms", "-10m", "10", "soon"} {
		o.Beat = bad
		if s, err := wiring.Open(t.Context(), o); err == nil {
			closed(t, s)
			t.Errorf("a beat of %q was taken", bad)
		}
	}
	for given, want := range map[string]time.Duration{"10m": 10 * time.Minute, "none": 0} {
		o.Beat = given
		closed(t, started(t, o))
		o.Beat = ""
		s := started(t, o)
		if s.Beat() != want {
			t.Errorf("after %q the beat is %v", given, s.Beat())
		}
		closed(t, s)
	}
	if err := os.WriteFile(filepath.Join(o.Dir, "beat"), []byte("10\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := wiring.Open(t.Context(), o); err == nil {
		closed(t, s)
		t.Error("a damaged beat is taken for none")
	}
}
