package continuity_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"custos.example/custody/continuity"
	"custos.example/custody/continuity/continuitytest"
)

// machine is the rules of custody and nothing else.
type machine struct {
	rules  []continuity.Rule
	now    time.Time
	states map[string]continuity.State
	events map[string][]continuity.Event
	seals  map[string]bool
	offers []continuity.Event
	items  [][]string
	parts  map[string]int
	gone   bool
	hold   string
	entry  int
}

func newMachine(rules []continuity.Rule) *machine {
	return &machine{
		rules: rules, now: time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC), states: map[string]continuity.State{}, events: map[string][]continuity.Event{},
		seals: map[string]bool{}, parts: map[string]int{},
	}
}

func (m *machine) Leave() error { m.gone = true; return nil }

func (m *machine) Hold(on bool) error {
	if m.hold = ""; on {
		m.hold = "H-1"
	}
	return nil
}

func (m *machine) signs(who string) bool {
	return slices.Contains(continuitytest.People, who) && (who != continuitytest.Leaver || !m.gone)
}

func party(who string) continuity.Party {
	if who == continuitytest.Outside {
		return continuity.Party{Name: who}
	}
	return continuity.Party{Person: who}
}

var errMixed = errors.New("some are with you and some with another")

// Do checks every item of a step before any of them changes.
func (m *machine) Do(s continuitytest.Step) error {
	m.now, m.entry = m.now.Add(time.Minute), m.entry+1
	type change struct {
		item string
		e    continuity.Event
	}
	var changes []change
	lent := 0
	for _, item := range s.Items {
		state := m.states[item]
		mv := m.move(s, item, state)
		if err := continuity.Check(m.rules, state, mv); err != nil {
			return err
		}
		if mv.Keeper = mv.Keeper && s.By != state.Holder.Person; mv.Keeper {
			lent++
		}
		changes = append(changes, change{item, mv.Event})
		if s.Act == continuity.Accepted && s.Reading == continuitytest.ReadBroken && state.Seal != "" {
			broken := mv.Event
			broken.Act, broken.OnPaper, broken.Keeper = continuity.FoundBroken, false, false
			changes = append(changes, change{item, broken})
		}
	}
	if s.Act == continuity.Offered && lent > 0 && lent < len(s.Items) {
		return errMixed
	}
	if s.Act == continuity.Split {
		part, err := m.part(s.Items[0])
		if err != nil {
			return err
		}
		e := changes[0].e
		e.Act, e.Item, e.To, e.Keeper = continuity.Taken, part, party(s.By), false
		changes = append(changes, change{part, e})
	}
	for _, c := range changes {
		m.states[c.item], m.events[c.item] = m.states[c.item].After(c.e), append(m.events[c.item], c.e)
		if c.e.SealIn != "" {
			m.seals[c.e.SealIn] = true
		}
	}
	if s.Act == continuity.Offered {
		m.offers, m.items = append(m.offers, changes[0].e), append(m.items, s.Items)
	}
	return nil
}

func (m *machine) part(item string) (string, error) {
	if end := strings.TrimLeft(item, "KO/0123456789"); len(end) > 1 || m.parts[item] == 26 {
		return "", errors.New("no more parts")
	}
	m.parts[item]++
	return item + string(rune('A'+m.parts[item]-1)), nil
}

// move is a step as it concerns one item.
func (m *machine) move(s continuitytest.Step, item string, state continuity.State) continuity.Move {
	mv := continuity.Move{
		Event: continuity.Event{
			Act: s.Act, Item: item, Entry: fmt.Sprintf("e%d", m.entry), Index: uint64(m.entry), By: s.By, At: m.now, Recorded: m.now, From: state.Holder, Place: s.Place,
		},
		Now: m.now, PlaceKnown: continuitytest.Keeps[s.Place] != nil, PlaceKept: slices.Contains(continuitytest.Keeps[s.Place], s.By),
		HolderSigns: m.signs(state.Holder.Person), Hold: m.hold,
	}
	switch s.When {
	case continuitytest.ToCome:
		mv.At = m.now.Add(time.Hour)
	case continuitytest.Before:
		mv.At = state.Last.Add(-time.Second)
	case continuitytest.Now:
	}
	mv.Keeper = state.Place != "" && slices.Contains(continuitytest.Keeps[state.Place], s.By)
	switch s.Act { //nolint:exhaustive // the others go on
	case continuity.Taken:
		mv.To, mv.SealIn = party(s.By), s.Seal
	case continuity.Sealed:
		mv.SealIn = s.Seal
	case continuity.Opened, continuity.FoundBroken:
		mv.SealOut = s.Seal
	case continuity.Offered:
		mv.To, mv.Due, mv.Offer = party(s.To), mv.At.Add(time.Hour), mv.Entry
		mv.Recipient = s.To == continuitytest.Outside || m.signs(s.To)
	case continuity.Accepted, continuity.Refused, continuity.Withdrawn:
		m.answer(&mv, s, state)
	case continuity.Collected:
		mv.To, mv.OnPaper = party(s.By), true
	case continuity.Returned:
		mv.To = party(continuitytest.Outside)
	}
	if mv.SealIn != "" && m.seals[mv.SealIn] {
		mv.SealUsed = "elsewhere"
	}
	return mv
}

func (m *machine) answer(mv *continuity.Move, s continuitytest.Step, state continuity.State) {
	offer := m.offers[s.Offer]
	mv.Offer, mv.To = offer.Entry, offer.To
	mv.OnPaper = offer.To.Person == "" && s.Act != continuity.Withdrawn
	switch s.Reading {
	case continuitytest.ReadRight, continuitytest.ReadBroken:
		mv.SealOut = state.Seal
	case continuitytest.ReadWrong:
		mv.SealOut = "Z9999"
	case continuitytest.ReadNothing:
	}
	if s.Act != continuity.Accepted {
		mv.SealOut = ""
	}
}

func (m *machine) Where() (map[string]continuitytest.Where, error) {
	found := map[string]continuitytest.Where{}
	for name, s := range m.states {
		found[name] = continuitytest.Where{Holder: s.Holder.Person + s.Holder.Name, Place: s.Place, Seal: s.Seal, Ended: s.End != ""}
	}
	return found, nil
}

// implied are rules that others make superfluous as long as nothing is recorded
// around them, each with a test of its own below.
var implied = map[string]string{
	"two-parties": "nobody is offered what they offer themselves (recipient)",
}

// TestRulesOfCustody holds the rules against a model that was written apart, over
// random histories. The control leaves out one rule after the other: each must be
// missed by some history.
func TestRulesOfCustody(t *testing.T) {
	trials, failures, done := 0, 0, 0
	for seed := range uint64(40) {
		out := continuitytest.Run(t, newMachine(continuity.Rules()), seed, 600)
		trials, failures, done = trials+out.Steps, failures+len(out.Wrong), done+out.Done
		for _, wrong := range out.Wrong {
			t.Error(wrong)
		}
	}
	caught, of := 0, 0
	for n, rule := range continuity.Rules() {
		if implied[rule.Name] != "" {
			continue
		}
		of++
		missed := false
		for seed := uint64(0); seed < 40 && !missed; seed++ {
			without := slices.Delete(continuity.Rules(), n, n+1)
			missed = len(continuitytest.Run(t, newMachine(without), seed, 600).Wrong) > 0
		}
		if !missed {
			t.Errorf("control: without the rule %s nothing is noticed", rule.Name)
			continue
		}
		caught++
	}
	if done*4 < trials {
		t.Errorf("only %d of %d steps were done: this shows little", done, trials)
	}
	t.Logf("PROOF harness=custody-rules trials=%d failures=%d control=\"caught %d of %d\"", trials, failures, caught, of)
}

// TestLinesJoin follows every line of random histories: legs join, no line has a
// gap of the kinds that no rule lets in, and each ends where the item is. The control
// takes one event out of each line: the line says so, or ends elsewhere.
func TestLinesJoin(t *testing.T) {
	never := []continuity.GapKind{continuity.GapJump, continuity.GapOrder}
	lines, caught, cut := 0, 0, 0
	for seed := range uint64(20) {
		m := newMachine(continuity.Rules())
		if out := continuitytest.Run(t, m, seed, 500); len(out.Wrong) > 0 {
			t.Fatal(out.Wrong)
		}
		for name, events := range m.events {
			lines++
			line := continuity.Follow(events, m.now)
			state := m.states[name]
			last := line.Legs[len(line.Legs)-1]
			if !last.Holder.Same(state.Holder) || last.Place != state.Place {
				t.Errorf("seed %d: the line of %s ends with %s in %q, and it is with %s in %q", seed, name, last.Holder, last.Place, state.Holder, state.Place)
			}
			for n := 1; n < len(line.Legs); n++ {
				if !line.Legs[n].From.Equal(line.Legs[n-1].Until) {
					t.Errorf("seed %d: %s: leg %d does not begin where the one before it ends", seed, name, n)
				}
			}
			for _, g := range line.Gaps {
				if slices.Contains(never, g.Kind) {
					t.Errorf("seed %d: %s: %+v", seed, name, g)
				}
			}
			for n, e := range events {
				if e.Act != continuity.Accepted {
					continue
				}
				cut++
				without := continuity.Follow(slices.Delete(slices.Clone(events), n, n+1), m.now)
				added := slices.ContainsFunc(without.Gaps, func(g continuity.Gap) bool {
					return !slices.ContainsFunc(line.Gaps, func(known continuity.Gap) bool { return known.Kind == g.Kind && known.Words == g.Words })
				})
				if end := without.Legs[len(without.Legs)-1]; !end.Holder.Same(last.Holder) || added {
					caught++
				}
			}
		}
	}
	if cut == 0 || caught != cut {
		t.Errorf("control: an acceptance taken out is noticed %d times of %d", caught, cut)
	}
	t.Logf("PROOF harness=custody-lines trials=%d failures=0 control=\"caught %d of %d\"", lines, caught, cut)
}

// TestTwoParties refuses an acceptance by whoever made the offer, were such an offer
// ever on record.
func TestTwoParties(t *testing.T) {
	at := time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC)
	s := continuity.State{}.After(continuity.Event{Act: continuity.Taken, Item: "KO/1", By: "p0", At: at, To: party("p0")})
	s = s.After(continuity.Event{Act: continuity.Offered, Item: "KO/1", By: "p0", At: at, To: party("p0"), Offer: "o", Due: at.Add(time.Hour)})
	var fault *continuity.Fault
	err := continuity.Check(continuity.Rules(), s, continuity.Move{Event: continuity.Event{Act: continuity.Accepted, Item: "KO/1", By: "p0", At: at, Offer: "o"}, Now: at})
	if !errors.As(err, &fault) || fault.Rule != "two-parties" || !fault.Denied {
		t.Errorf("%v", err)
	}
}

// TestSwappedSealIsAGap follows an item of which another seal was read than the one on
// record, which no rule would have let in. The control is the seal on record.
func TestSwappedSealIsAGap(t *testing.T) {
	at := time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC)
	for read, gaps := range map[string]int{"A1": 0, "B2": 1} {
		event := func(act continuity.Act, minutes int, by string, more continuity.Event) continuity.Event {
			more.Act, more.Item, more.By, more.Entry = act, "JAS/1", by, fmt.Sprint(minutes)
			more.At = at.Add(time.Duration(minutes) * time.Minute)
			more.Recorded = more.At
			return more
		}
		line := continuity.Follow([]continuity.Event{
			event(continuity.Taken, 0, "ann", continuity.Event{To: party("ann"), SealIn: "A1"}),
			event(continuity.Offered, 10, "ann", continuity.Event{From: party("ann"), To: party("bob"), Offer: "O-1"}),
			event(continuity.Accepted, 20, "bob", continuity.Event{From: party("ann"), To: party("bob"), Offer: "O-1", SealOut: read}),
		}, at.Add(time.Hour))
		if len(line.Gaps) != gaps || gaps > 0 && (line.Gaps[0].Kind != continuity.GapSeal || !strings.Contains(line.Gaps[0].Words, "seal A1 is on record")) {
			t.Errorf("seal %s read: %+v", read, line.Gaps)
		}
	}
}
