// Package continuity owns the line of one item's custody: what may happen to it
// next, where it is and who has it after each thing that happened, and where the
// line has a gap.
//
// It is pure: the same events give the same line. It reads no clock, no record and
// no payload; who asks for it brings the events in the order of the record. Seals
// here are the numbers on bags.
package continuity

import (
	"cmp"
	"time"
)

// Act is what was done to an item. The list is closed.
type Act string

// What can be done to an item. Offered to Withdrawn are the steps of a hand-over
// between two parties; Collected is one in which only the receiver signs.
const (
	Taken        Act = "taken" // into custody, under a reference
	Described    Act = "described"
	Linked       Act = "linked" // with a received file, an extraction or a run
	Placed       Act = "placed" // in a storage location
	TakenOut     Act = "taken-out"
	Sealed       Act = "sealed"
	Opened       Act = "opened"
	Examined     Act = "examined"
	Photographed Act = "photographed"
	Split        Act = "split"
	FoundBroken  Act = "found-broken"
	FoundMissing Act = "found-missing"
	FoundAgain   Act = "found-again"
	Condemned    Act = "to-be-destroyed"
	Spared       Act = "not-to-be-destroyed"
	Returned     Act = "returned"
	Destroyed    Act = "destroyed"
	Offered      Act = "offered"
	Accepted     Act = "accepted"
	Refused      Act = "refused"
	Withdrawn    Act = "withdrawn"
	Collected    Act = "collected"
)

// Handlings returns the acts that one person does alone to an item on record.
func Handlings() []Act {
	return []Act{
		Described, Linked, Placed, TakenOut, Sealed, Opened, Examined, Photographed, Split, FoundBroken, FoundMissing, FoundAgain,
		Condemned, Spared, Returned, Destroyed, Collected,
	}
}

// Party is somebody who has an item: an enrolled person by id, or somebody outside
// who is named in words.
type Party struct {
	Person string `json:"person,omitempty"`
	Name   string `json:"name,omitempty"`
}

// Nobody tells whether it is no party at all.
func (p Party) Nobody() bool { return p == Party{} }

// Same tells whether two parties are one: by id, or by name when neither has one.
func (p Party) Same(other Party) bool {
	if p.Person != "" || other.Person != "" {
		return p.Person == other.Person
	}
	return p.Name == other.Name
}

// String is the name, or the id when there is none.
func (p Party) String() string { return cmp.Or(p.Name, p.Person, "nobody") }

// Event is one thing that happened to one item.
// Shape: From and To are of hand-overs: who gave it and who has it now; of Taken, To
// is the first holder. SealIn is a seal that was put on, SealOut one that was taken
// off, read at a hand-over or found broken. Offer is the entry of the offer that is
// answered, of Offered the event's own. Entry, By and Index come from the record.
type Event struct {
	Act      Act
	Item     string
	Entry    string
	Index    uint64
	By       string // who signed it
	At       time.Time
	Recorded time.Time
	From, To Party
	Place    string
	SealIn   string
	SealOut  string
	Offer    string
	Due      time.Time // of an offer: when it is to have arrived
	Courier  bool      // of an offer: somebody carries it between the two
	OnPaper  bool      // the other party signed on paper, or not at all: their key did not
	Keeper   bool      // By keeps the place in which the item lay
	Before   time.Time // of Taken: since when it was in somebody's hands before the record
	BeforeBy Party     // of Taken: in whose
	Words    string    // what is said of it
}

// State is an item after some events.
type State struct {
	Item    string
	Holder  Party
	Place   string // empty: in the holder's hands
	Seal    string // the seal on it; empty: none
	Opened  bool   // it was under seal once and is not now
	Broken  bool   // its seal was found broken and no new one was put on
	Missing bool
	Offer   string // the open offer
	By      string // of the open offer
	To      Party  // of the open offer
	Courier bool   // of the open offer
	Due     time.Time
	Doomed  string // by whom its destruction was ordered
	End     Act    // Returned or Destroyed
	Last    time.Time
	Begun   bool
}

// Known tells whether the item is on record.
func (s State) Known() bool { return s.Begun }

// After returns the state after an event, whether the event was right or not.
func (s State) After(e Event) State {
	if e.At.After(s.Last) {
		s.Last = e.At
	}
	switch e.Act { //nolint:exhaustive // the others go on
	case Offered:
		s.hands(e)
		s.Offer, s.By, s.To, s.Due, s.Courier = e.Offer, e.By, e.To, e.Due, e.Courier
		return s
	case Refused, Withdrawn:
		return s.answered()
	case Accepted:
		s = s.answered()
		s.Holder, s.Place = e.To, ""
		return s
	case Taken:
		s.Begun, s.Item, s.Holder, s.Seal = true, e.Item, e.To, e.SealIn
		return s
	case Collected:
		s.Holder, s.Place = e.To, ""
		return s
	}
	s.hands(e)
	return s.handled(e)
}

// hands gives the item to the keeper who took hold of it where it lay.
func (s *State) hands(e Event) {
	if e.Keeper && e.By != s.Holder.Person {
		s.Holder = Party{Person: e.By}
	}
}

// answered is the state without the open offer.
func (s State) answered() State {
	s.Offer, s.By, s.To, s.Due, s.Courier = "", "", Party{}, time.Time{}, false
	return s
}

func (s State) handled(e Event) State {
	switch e.Act { //nolint:exhaustive // the others go on
	case Placed:
		s.Place = e.Place
	case TakenOut:
		s.Place = ""
	case Sealed:
		s.Seal, s.Opened, s.Broken = e.SealIn, false, false
	case Opened:
		s.Seal, s.Opened = "", true
	case FoundBroken:
		s.Seal, s.Opened, s.Broken = "", true, true
	case FoundMissing:
		s.Missing = true
	case FoundAgain:
		s.Missing = false
	case Condemned:
		s.Doomed = e.By
	case Spared:
		s.Doomed = ""
	case Returned, Destroyed:
		s.End, s.Holder, s.Place = e.Act, Party{}, ""
		if e.Act == Returned {
			s.Holder = e.To
		}
	}
	return s
}
