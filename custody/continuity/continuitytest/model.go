// Package continuitytest owns random histories of items and a model of them that
// is written apart from the rules of custody: what may be done, and where each item
// is afterwards.
//
// It is run against the rules themselves and against the whole service. It never
// decides anything outside a test.
package continuitytest

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"custos.example/custody/continuity"
)

// The world of a history. Keeps says who keeps which storage location.
var (
	People  = []string{"p0", "p1", "p2", "p3", "p4"}
	Keeps   = map[string][]string{"S1": {"p0", "p1"}, "S2": {"p2"}}
	Outside = "A Laboratory Ltd"
	// Leaver is who loses their key in the course of a history.
	Leaver = "p4"
)

// Reading is what a receiver says of seals.
type Reading int

// The readings.
const (
	ReadRight Reading = iota
	ReadWrong
	ReadNothing
	ReadBroken
)

// When is the instant that is stated.
type When int

// The instants.
const (
	Now When = iota
	ToCome
	Before // what stands on record of the item
)

// Step is one thing that somebody tries.
// Shape: To is a person, Outside, or nobody known; Offer counts the offers that
// were made, from 0.
type Step struct {
	By      string
	Act     continuity.Act
	Items   []string
	To      string
	Place   string
	Seal    string // that goes on, or that was read
	Offer   int
	Reading Reading
	When    When
}

// Where is where one item is.
type Where struct {
	Holder string // a person or Outside; empty only when it was destroyed
	Place  string
	Seal   string
	Ended  bool
}

// System is what a history is tried on.
type System interface {
	// Do does a step, or returns why it is refused.
	Do(s Step) error
	// Where says where every item is.
	Where() (map[string]Where, error)
	// Leave takes the leaver's key out of force; Hold places or lifts a hold.
	Leave() error
	Hold(on bool) error
}

type thing struct {
	Where
	missing bool
	offer   int // -1: none
	doomed  string
}

type offering struct {
	by, to string
	items  []string
	open   bool
}

// Model is what is believed of the items.
type Model struct {
	things map[string]*thing
	offers []offering
	seals  map[string]bool
	gone   bool
	hold   bool
	parts  map[string]int
}

// NewModel returns a model without items.
func NewModel() *Model {
	return &Model{things: map[string]*thing{}, seals: map[string]bool{}, parts: map[string]int{}}
}

func (m *Model) signs(who string) bool {
	return slices.Contains(People, who) && (who != Leaver || !m.gone)
}

func (m *Model) has(by string, t *thing) bool {
	return t.Holder == by || t.Place != "" && slices.Contains(Keeps[t.Place], by)
}

// May tells whether a step is right.
func (m *Model) May(s Step) bool {
	if s.When == ToCome {
		return false
	}
	if s.Act == continuity.Taken {
		_, known := m.things[s.Items[0]]
		return !known && !m.seals[s.Seal]
	}
	for _, name := range s.Items {
		t := m.things[name]
		if t == nil || t.Ended || s.When == Before {
			return false
		}
	}
	switch s.Act { //nolint:exhaustive // the others go on
	case continuity.Accepted, continuity.Refused, continuity.Withdrawn:
		return m.mayAnswer(s)
	case continuity.Offered:
		return m.mayOffer(s)
	}
	t := m.things[s.Items[0]]
	return t.offer < 0 && t.missing == (s.Act == continuity.FoundAgain) && m.mayHandle(s, t)
}

func (m *Model) mayHandle(s Step, t *thing) bool {
	if s.Act == continuity.Collected {
		return t.Holder != s.By && !m.signs(t.Holder)
	}
	if !m.has(s.By, t) {
		return false
	}
	switch s.Act { //nolint:exhaustive // the others go on
	case continuity.Placed:
		return slices.Contains(Keeps[s.Place], s.By) && t.Place != s.Place
	case continuity.TakenOut:
		return t.Place != ""
	case continuity.Sealed:
		return t.Seal == "" && s.Seal != "" && !m.seals[s.Seal]
	case continuity.Opened, continuity.FoundBroken:
		return t.Seal != "" && t.Seal == s.Seal
	case continuity.Examined:
		return t.Seal == ""
	case continuity.Split:
		return t.Seal == "" && !partOfPart(s.Items[0]) && m.parts[s.Items[0]] < 26
	case continuity.Condemned:
		return t.doomed == "" && !m.hold
	case continuity.Spared:
		return t.doomed != ""
	case continuity.Destroyed:
		return t.doomed != "" && t.doomed != s.By && !m.hold
	case continuity.Returned:
		return t.doomed == "" && !m.hold
	}
	return true
}

// partOfPart tells whether a reference ends in two letters, as KO/1AA does.
func partOfPart(name string) bool {
	letter := func(b byte) bool { return b >= 'A' && b <= 'Z' }
	return letter(name[len(name)-1]) && letter(name[len(name)-2])
}

func (m *Model) mayOffer(s Step) bool {
	lent := 0
	for _, name := range s.Items {
		t := m.things[name]
		if t.offer >= 0 || t.missing || t.doomed != "" || !m.has(s.By, t) || s.To == t.Holder {
			return false
		}
		if t.Holder != s.By {
			lent++
		}
	}
	return s.To != s.By && (s.To == Outside || m.signs(s.To)) && (lent == 0 || lent == len(s.Items))
}

func (m *Model) mayAnswer(s Step) bool {
	if s.Offer >= len(m.offers) || !m.offers[s.Offer].open {
		return false
	}
	o := m.offers[s.Offer]
	if s.Act == continuity.Withdrawn {
		return s.By == o.by || !m.signs(o.by)
	}
	if o.to == Outside && s.By != o.by || o.to != Outside && s.By != o.to {
		return false
	}
	if s.Act == continuity.Refused {
		return true
	}
	sealed := slices.ContainsFunc(o.items, func(name string) bool { return m.things[name].Seal != "" })
	return s.Reading != ReadWrong && (s.Reading != ReadNothing || !sealed)
}

// Does takes a step that was right.
func (m *Model) Does(s Step) {
	switch s.Act { //nolint:exhaustive // the others go on
	case continuity.Taken:
		m.things[s.Items[0]] = &thing{Where: Where{Holder: s.By, Seal: s.Seal}, offer: -1}
		m.use(s.Seal)
		return
	case continuity.Offered:
		for _, name := range s.Items {
			m.things[name].offer, m.things[name].Holder = len(m.offers), s.By
		}
		m.offers = append(m.offers, offering{s.By, s.To, slices.Clone(s.Items), true})
		return
	case continuity.Accepted, continuity.Refused, continuity.Withdrawn:
		m.answered(s)
		return
	}
	t := m.things[s.Items[0]]
	t.Holder = s.By
	switch s.Act { //nolint:exhaustive // the others go on
	case continuity.Placed:
		t.Place = s.Place
	case continuity.TakenOut, continuity.Collected:
		t.Place = ""
	case continuity.Sealed:
		t.Seal = s.Seal
		m.use(s.Seal)
	case continuity.Opened, continuity.FoundBroken:
		t.Seal = ""
	case continuity.FoundMissing:
		t.missing = true
	case continuity.FoundAgain:
		t.missing = false
	case continuity.Condemned:
		t.doomed = s.By
	case continuity.Spared:
		t.doomed = ""
	case continuity.Returned:
		t.Ended, t.Holder, t.Place = true, Outside, ""
	case continuity.Destroyed:
		t.Ended, t.Holder, t.Place = true, "", ""
	case continuity.Split:
		part := s.Items[0] + string(rune('A'+m.parts[s.Items[0]]))
		m.parts[s.Items[0]]++
		m.things[part] = &thing{Where: Where{Holder: s.By}, offer: -1}
	}
}

func (m *Model) answered(s Step) {
	o := &m.offers[s.Offer]
	o.open = false
	for _, name := range o.items {
		t := m.things[name]
		t.offer = -1
		if s.Act != continuity.Accepted {
			continue
		}
		t.Holder, t.Place = o.to, ""
		if s.Reading == ReadBroken {
			t.Seal = ""
		}
	}
}

func (m *Model) use(seal string) {
	if seal != "" {
		m.seals[seal] = true
	}
}

// Differs says where the system's items are not where the model has them.
func (m *Model) Differs(found map[string]Where) []string {
	var list []string
	for name, t := range m.things {
		if got, there := found[name]; !there || got != t.Where {
			list = append(list, fmt.Sprintf("%s is %+v, and should be %+v", name, got, t.Where))
		}
	}
	if len(found) != len(m.things) {
		list = append(list, fmt.Sprintf("there are %d items, and should be %d", len(found), len(m.things)))
	}
	slices.Sort(list)
	return list
}

// Items are the names of the items, sorted.
func (m *Model) Items() []string {
	names := make([]string, 0, len(m.things))
	for name := range m.things {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// pick returns one of a list.
func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }
