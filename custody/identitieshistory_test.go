package custody_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"custos.example/custody"
)

// spell is what the model of TestRandomIdentities believes of a role or an assignment.
type spell struct{ from, until time.Time }

func (s spell) holds(now time.Time) bool {
	return !s.from.IsZero() && !now.Before(s.from) && (s.until.IsZero() || now.Before(s.until))
}

// TestRandomIdentities gives and ends roles and assignments at random, moves the
// clock, and has the people look at the case: who may is exactly who the model says,
// and every decision can be taken again, its facts being those of then.
// The control is a model that knows of no end.
func TestRandomIdentities(t *testing.T) {
	steps, seeds := 120, []uint64{1, 2}
	if os.Getenv("CUSTOS_LONG") == "1" {
		steps, seeds = 600, []uint64{1, 2, 3, 4, 5, 6}
	}
	trials, failures, caught, yes, again := 0, 0, 0, 0, 0
	for _, seed := range seeds {
		h := withCase(t)
		rng := rand.New(rand.NewPCG(seed, 5)) //nolint:gosec // a test repeats itself
		people, roles := []custody.Actor{analyst, second, stranger}, []string{"analyst", "disclosure-officer"}
		held, assigned := map[string]spell{}, map[string]spell{}
		for _, p := range people {
			held[p.ID+" analyst"] = spell{from: time.Unix(0, 0)}
			if p != stranger {
				assigned[p.ID] = spell{from: time.Unix(0, 0)}
			}
		}
		endless := func(m map[string]spell, key string) bool { return !m[key].from.IsZero() }
		for range steps {
			p := people[rng.IntN(len(people))]
			role := roles[rng.IntN(len(roles))]
			now := h.clock.now
			var from, until time.Time
			if rng.IntN(4) == 0 {
				from = now.Add(time.Duration(1+rng.IntN(5)) * time.Hour)
			}
			if rng.IntN(2) == 0 {
				until = now.Add(time.Duration(6+rng.IntN(9)) * time.Hour)
			}
			next := spell{from, until}
			if from.IsZero() {
				next.from = now
			}
			var err error
			switch rng.IntN(8) {
			case 0:
				_, err = h.Service.Roles().Give(t.Context(), admin, custody.GiveRole{Person: p.ID, Role: role, From: from, Until: until, Reason: custody.Appointed})
				apply(held, p.ID+" "+role, next, err)
			case 1:
				_, err = h.Service.Roles().End(t.Context(), admin, custody.EndRole{Person: p.ID, Role: role, Reason: custody.Moved})
				apply(held, p.ID+" "+role, spell{time.Unix(1, 0), time.Unix(1, 0)}, err)
			case 2:
				_, err = h.Service.Assignments().Add(t.Context(), sio, custody.Assign{Case: h.id, Person: p.ID, From: from, Until: until, Reason: "r"})
				apply(assigned, p.ID, next, err)
			case 3:
				_, err = h.Service.Assignments().End(t.Context(), sio, custody.Unassign{Case: h.id, Person: p.ID, Reason: "r"})
				apply(assigned, p.ID, spell{time.Unix(1, 0), time.Unix(1, 0)}, err)
			case 4:
				h.advance(time.Duration(20+rng.IntN(400)) * time.Minute)
			default:
				now = h.clock.now
				want := assigned[p.ID].holds(now) && (held[p.ID+" analyst"].holds(now) || held[p.ID+" disclosure-officer"].holds(now))
				got := h.sees(p)
				if trials++; got != want {
					failures++
					t.Errorf("seed %d: %s may look: %v, the model says %v", seed, p.ID, got, want)
				}
				if got {
					yes++
				}
				if loose := endless(assigned, p.ID) && (endless(held, p.ID+" analyst") || endless(held, p.ID+" disclosure-officer")); loose != got {
					caught++
				}
			}
			if err != nil && !errors.Is(err, custody.ErrConflict) && !errors.Is(err, custody.ErrNotFound) {
				t.Fatal(err)
			}
		}
		h.signed()
		h.whole()
		report, err := h.Service.Audit().Replay(t.Context(), auditor, custody.Replay{})
		if err != nil {
			t.Fatal(err)
		}
		if report.Agree != report.Decisions || report.Refused == 0 {
			failures++
			t.Errorf("seed %d: taken again: %+v", seed, report)
		}
		again += report.Decisions
	}
	if caught == 0 || yes == 0 || yes == trials {
		t.Errorf("%d looks, %d allowed, and the control differs in %d: this shows nothing", trials, yes, caught)
	}
	t.Logf("PROOF harness=random-identities trials=%d failures=%d control=\"a model without ends is wrong %d times\"", trials, failures, caught)
	t.Logf("%d decisions were taken again from the log, each with the facts and the answer on record", again)
}

// apply changes the model when the record was changed.
func apply(m map[string]spell, key string, next spell, err error) {
	if err == nil {
		m[key] = next
	}
}
