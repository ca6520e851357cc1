package continuitytest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"custos.example/custody/continuity"
)

// Outcome counts what a history showed.
type Outcome struct {
	Steps, Done, Refused int
	// Wrong are the steps in which the system and the model differ.
	Wrong []string
}

// Run tries a random history on a system. After every step that was done, each item
// is in exactly one place with exactly one holder, and both are those of the model.
func Run(t *testing.T, sys System, seed uint64, steps int) Outcome {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 6)) //nolint:gosec // a test repeats itself
	m, out := NewModel(), Outcome{}
	for n := range steps {
		if err := m.world(r, sys, n, steps); err != nil {
			t.Fatal(err)
		}
		s := m.next(r)
		may, err := m.May(s), sys.Do(s)
		out.Steps++
		if may != (err == nil) {
			out.Wrong = append(out.Wrong, fmt.Sprintf("seed %d, step %d: %+v: the model says %v, the system says %v", seed, n, s, may, err))
			return out // from here on the two are of different items
		}
		if err != nil {
			out.Refused++
			continue
		}
		out.Done++
		m.Does(s)
		found, err := sys.Where()
		if err != nil {
			t.Fatal(err)
		}
		if wrong := m.Differs(found); len(wrong) > 0 {
			out.Wrong = append(out.Wrong, fmt.Sprintf("seed %d, step %d: %+v: %v", seed, n, s, wrong))
			return out
		}
	}
	return out
}

// world moves what is not an item: the leaver goes once, and a hold comes and goes.
func (m *Model) world(r *rand.Rand, sys System, n, steps int) error {
	if n == steps/2 {
		m.gone = true
		if err := sys.Leave(); err != nil {
			return err
		}
	}
	if r.IntN(25) == 0 {
		m.hold = !m.hold
		return sys.Hold(m.hold)
	}
	return nil
}

// next makes up a step, more often a right one than not.
func (m *Model) next(r *rand.Rand) Step {
	s := m.guess(r)
	for range 12 { // most moves at random are wrong; some right ones are wanted
		if m.May(s) || r.IntN(8) == 0 {
			return s
		}
		s = m.guess(r)
	}
	return s
}

var handlings = []continuity.Act{
	continuity.Placed, continuity.Placed, continuity.TakenOut, continuity.Sealed, continuity.Sealed, continuity.Opened, continuity.FoundBroken,
	continuity.Examined, continuity.Split, continuity.FoundMissing, continuity.FoundAgain, continuity.FoundAgain, continuity.Condemned, continuity.Spared,
	continuity.Destroyed, continuity.Returned, continuity.Collected,
}

func (m *Model) guess(r *rand.Rand) Step {
	s := Step{By: m.actor(r), Place: pick(r, []string{"S1", "S2", "S9"})}
	if r.IntN(12) == 0 {
		s.When = pick(r, []When{ToCome, Before})
	}
	names := m.Items()
	switch k := r.IntN(10); {
	case k == 0 || len(names) < 3:
		s.Act, s.Items = continuity.Taken, []string{fmt.Sprintf("KO/%d", 1+r.IntN(6+len(names)))}
		if s.When == Before {
			s.When = Now // nothing is on record of it yet
		}
		if s.Seal = ""; r.IntN(2) == 0 {
			s.Seal = fmt.Sprintf("A%04d", r.IntN(40+4*len(m.seals)))
		}
	case k < 3:
		s.Act, s.To = continuity.Offered, pick(r, append([]string{Outside, "nobody", Leaver}, People...))
		s.Items = []string{pick(r, names)}
		if other := pick(r, names); other != s.Items[0] && r.IntN(2) == 0 {
			s.Items = append(s.Items, other)
		}
	case k < 6 && len(m.offers) > 0:
		m.answer(r, &s)
	default:
		s.Act, s.Items = pick(r, handlings), []string{pick(r, names)}
		t := m.things[s.Items[0]]
		if r.IntN(2) == 0 && slices.Contains(People, t.Holder) && m.signs(t.Holder) {
			s.By = t.Holder
		}
		switch s.Act { //nolint:exhaustive // the others go on
		case continuity.Sealed:
			if s.Seal = fmt.Sprintf("A%04d", r.IntN(40+4*len(m.seals))); r.IntN(8) == 0 {
				s.Seal = ""
			}
		case continuity.Opened, continuity.FoundBroken:
			if s.Seal = t.Seal; r.IntN(4) == 0 {
				s.Seal = "Z9999"
			}
		}
	}
	return s
}

func (m *Model) answer(r *rand.Rand, s *Step) {
	s.Act = pick(r, []continuity.Act{continuity.Accepted, continuity.Accepted, continuity.Accepted, continuity.Refused, continuity.Withdrawn})
	s.Offer = r.IntN(len(m.offers))
	if r.IntN(3) > 0 {
		s.Offer = len(m.offers) - 1
	}
	o := m.offers[s.Offer]
	s.Items, s.Reading = o.items, pick(r, []Reading{ReadRight, ReadRight, ReadRight, ReadWrong, ReadNothing, ReadBroken})
	if by := pick(r, []string{o.by, o.to}); r.IntN(3) > 0 && m.signs(by) {
		s.By = by
	}
}

// actor is somebody who can sign.
func (m *Model) actor(r *rand.Rand) string {
	for {
		if who := pick(r, People); m.signs(who) {
			return who
		}
	}
}
