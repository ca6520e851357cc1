package custody_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"custos.example/custody"
	"custos.example/ledger"
)

// steppedClock is a clock that can be put forward and back while it runs.
type steppedClock struct {
	mu     sync.Mutex
	ran    time.Duration
	from   time.Time
	offset time.Duration
}

func (c *steppedClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ran += 50 * time.Millisecond
	return c.from.Add(c.ran + c.offset)
}

// Elapsed runs on, whatever is done to the clock.
func (c *steppedClock) Elapsed() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ran
}

// put puts the clock forward or back.
func (c *steppedClock) put(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset += by
}

// blindClock is a clock that does not tell how long it has run.
type blindClock struct{ c *steppedClock }

func (b blindClock) Now() time.Time { return b.c.Now() }

// again is a clock that goes on from where a house's is.
func again(h *house) *steppedClock {
	return &steppedClock{from: h.clock.Now().Add(time.Minute)}
}

// look is an act that is recorded.
func (h *house) look() error {
	_, err := h.Service.Cases().Files(h.Context(), analyst, h.id, custody.Ask{})
	return err
}

// steps counts the recorded steps of the clock.
func (h *house) steps() (n int) {
	for _, kind := range h.kinds("", ledger.Organisation) {
		if kind == "clock-stepped" {
			n++
		}
	}
	return n
}

const year = 8766 * time.Hour

// TestClockJumps puts the clock of a running service forward and back, by a
// minute to ten years: each jump is on record, an act after a jump back is
// refused, and the order of the record is that in which things were done.
func TestClockJumps(t *testing.T) {
	jumps := []time.Duration{61 * time.Second, time.Hour, 10 * 24 * time.Hour, year, 10 * year}
	trials, failures := 0, 0
	fail := func(format string, args ...any) { failures++; t.Errorf(format, args...) }
	h := withCase(t)
	clock := again(h)
	h.options.Clock = clock
	h.reopen()
	for _, by := range jumps {
		for _, jump := range []time.Duration{by, -by} {
			trials++
			before := h.steps()
			if err := h.look(); err != nil {
				t.Fatal(err)
			}
			if jump < 0 {
				// forward was on record in the turn before; now back beyond what is recorded
				clock.put(jump)
				if err := h.look(); !errors.Is(err, custody.ErrPushback) || !strings.Contains(err.Error(), "behind the newest entry") {
					fail("%v: an act after it: %v", jump, err)
				}
				if _, err := h.Service.Organisation().Enrol(t.Context(), admin, custody.Enrol{Person: custody.Person{ID: "x1", Name: "X", Roles: []string{"sio"}}}); !errors.Is(err, custody.ErrPushback) {
					fail("%v: an act of the organisation after it: %v", jump, err)
				}
				if err := h.look(); err == nil {
					fail("%v: a second act passes", jump)
				}
				clock.put(-jump)
				if err := h.look(); err != nil {
					fail("%v and set right again: %v", jump, err)
				}
				if got := h.steps() - before; got != 2 {
					fail("%v and set right again: %d steps on record, not 2", jump, got)
				}
				continue
			}
			clock.put(jump)
			if err := h.look(); err != nil {
				fail("%v: an act after it: %v", jump, err)
			}
			if got := h.steps() - before; got != 1 {
				fail("%v: %d steps on record, not 1", jump, got)
			}
		}
	}
	// What is within the slack is no jump.
	before := h.steps()
	for _, by := range []time.Duration{30 * time.Second, -30 * time.Second, -20 * time.Second} {
		trials++
		clock.put(by)
		if err := h.look(); err != nil || h.steps() != before {
			fail("%v: %v, %d steps on record", by, err, h.steps()-before)
		}
	}
	h.inOrder()
	caught := blind(t)
	t.Logf("PROOF harness=clock-jumps trials=%d failures=%d control=%q", trials, failures, caught)
	h.whole()
}

// blind is the control: under a clock that does not tell how long it has run, a
// jump forward leaves no trace, and the same count shows it.
func blind(t *testing.T) string {
	t.Helper()
	h := withCase(t)
	clock := again(h)
	h.options.Clock = blindClock{clock}
	h.reopen()
	if err := h.look(); err != nil {
		t.Fatal(err)
	}
	clock.put(year)
	if err := h.look(); err != nil {
		t.Fatal(err)
	}
	if h.steps() != 0 {
		t.Fatal("the control is caught by something else")
	}
	return "a clock that tells only the time: the jump of a year is missed, as it must be"
}

// inOrder wants every chain of the case in the order in which it was written.
func (h *house) inOrder() {
	h.Helper()
	for _, kind := range []ledger.ChainKind{ledger.Work, ledger.Reads} {
		last := ledger.Index(0)
		for i, e := range h.entries(h.id, kind) {
			if i > 0 && e.Index <= last {
				h.Errorf("%s %d stands at index %d, after %d", kind, e.N, e.Index, last)
			}
			last = e.Index
		}
	}
}

// TestClockConfirmed: a record that ran ahead holds everybody up until a person
// says, signed, that the clock is right now.
func TestClockConfirmed(t *testing.T) {
	h := withCase(t)
	clock := again(h)
	h.options.Clock = clock
	h.reopen()
	if _, err := h.Service.Clocks().Confirm(t.Context(), admin, custody.Ask{}); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("nothing was ahead: %v", err)
	}
	clock.put(2 * year)
	if err := h.look(); err != nil {
		t.Fatal(err)
	}
	clock.put(-2 * year)
	h.reopen() // after a restart nothing is left but the record
	if err := h.look(); !errors.Is(err, custody.ErrPushback) {
		t.Fatalf("an act two years before the newest entry: %v", err)
	}
	if _, err := h.Service.Clocks().Confirm(t.Context(), analyst, custody.Ask{}); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("an analyst confirmed the clock: %v", err)
	}
	if _, err := h.Service.Clocks().Confirm(t.Context(), admin, custody.Ask{}); err != nil {
		t.Fatal(err)
	}
	if err := h.look(); err != nil {
		t.Errorf("after the clock was confirmed: %v", err)
	}
	if _, err := h.Service.Organisation().Enrol(t.Context(), admin, custody.Enrol{Person: custody.Person{ID: "x1", Name: "X", Roles: []string{"sio"}}}); err != nil {
		t.Errorf("an act of the organisation after the clock was confirmed: %v", err)
	}
	clock.put(-time.Hour)
	if err := h.look(); !errors.Is(err, custody.ErrPushback) {
		t.Errorf("an hour before what was confirmed: %v", err)
	}
	h.whole()
}

// TestTwoClocks lets two services whose clocks are ten seconds apart write one
// record: nobody is refused, no step is recorded, and the order is the log's.
func TestTwoClocks(t *testing.T) {
	h := withCase(t)
	clock := again(h)
	h.options.Clock = clock
	h.reopen()
	early, late := h.Service.Config, h.Service.Config
	early.Clock, late.Clock = skewed{clock, -5 * time.Second}, skewed{clock, 5 * time.Second}
	services := []*custody.Service{custody.New(late), custody.New(early)}
	for i := range 40 {
		if _, err := services[i%2].Cases().Files(t.Context(), analyst, h.id, custody.Ask{}); err != nil {
			t.Fatalf("act %d: %v", i, err)
		}
	}
	if n := h.steps(); n != 0 {
		t.Errorf("%d steps on record", n)
	}
	h.inOrder()
	// The control: two minutes apart, the one behind is refused.
	early.Clock = skewed{clock, -2 * time.Minute}
	if _, err := custody.New(early).Cases().Files(t.Context(), analyst, h.id, custody.Ask{}); !errors.Is(err, custody.ErrPushback) {
		t.Errorf("two minutes behind: %v", err)
	}
}

// skewed is a clock that differs from another by the same time always.
type skewed struct {
	*steppedClock
	by time.Duration
}

func (s skewed) Now() time.Time { return s.steppedClock.Now().Add(s.by) }

// TestClockChangesOfSeason: an hour that is skipped or comes twice on the wall is
// none of the record's, whose times are UTC.
func TestClockChangesOfSeason(t *testing.T) {
	h := withCase(t)
	for _, change := range []time.Time{time.Date(2024, 3, 31, 1, 0, 0, 0, time.UTC), time.Date(2024, 10, 27, 1, 0, 0, 0, time.UTC)} {
		clock := &steppedClock{from: change.Add(-20 * time.Second)}
		h.options.Clock = london{clock, change}
		h.reopen()
		before := h.steps()
		for range 3 {
			if err := h.look(); err != nil {
				t.Fatal(err)
			}
			clock.pass(20 * time.Second)
		}
		if n := h.steps() - before; n != 0 {
			t.Errorf("at %v %d steps are on record", change, n)
		}
	}
	h.inOrder()
}

// pass lets time pass.
func (c *steppedClock) pass(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ran += by
}

// london is a clock that shows local time, which changes by an hour at a moment.
type london struct {
	*steppedClock
	change time.Time
}

func (l london) Now() time.Time {
	now := l.steppedClock.Now()
	summer := now.Month() < 9 == !now.Before(l.change)
	if summer {
		return now.In(time.FixedZone("BST", 3600))
	}
	return now.In(time.FixedZone("GMT", 0))
}

// TestClockPutBackInTheMiddle: an act that began under the right clock does not
// end under one that was put back meanwhile. The control is a clock that does not
// tell how long it has run.
func TestClockPutBackInTheMiddle(t *testing.T) {
	for name, blind := range map[string]bool{"seen": false, "control": true} {
		t.Run(name, func(t *testing.T) {
			h := withCase(t)
			clock := again(h)
			clock.pass(2 * time.Hour) // so that the hour taken away was one of the case
			h.options.Clock = clock
			if blind {
				h.options.Clock = blindClock{clock}
			}
			h.reopen()
			received := h.receive(file(12))
			h.Service.Store = &meanwhile{Store: h.Store, kind: "access-decided", event: func() { clock.put(-time.Hour) }}
			_, err := h.Service.Analyses().Run(t.Context(), analyst, custody.Run{
				Case: h.id, Step: "event-schedule", Title: "Which calls does the return show?",
				Inputs: map[string]custody.PayloadRef{"events": {Entry: received.Dataset.Entry}, "set-aside": {Entry: received.Dataset.Entry}},
			})
			kinds := h.kinds(h.id, ledger.Work)
			ran := kinds[len(kinds)-1] == "analysis-run"
			if blind {
				if err != nil || !ran {
					t.Errorf("the control is caught by something else: %v", err)
				}
				return
			}
			if !errors.Is(err, custody.ErrPushback) || ran || h.steps() != 1 {
				t.Errorf("%v; the run is on record: %v; %d steps of the clock", err, ran, h.steps())
			}
		})
	}
}
