package continuity

import (
	"fmt"
	"time"
)

// Move is an event that somebody wants to record, with what is known beside the
// item's own state.
type Move struct {
	Event
	Now         time.Time
	PlaceKnown  bool   // the place that it is to be put in is registered and open
	PlaceKept   bool   // and the asker keeps it
	SealUsed    string // where the new seal's number is on record already, in words; empty: nowhere
	Recipient   bool   // who is to have it is enrolled and can sign, or is named as somebody outside
	HolderSigns bool   // who has it is enrolled and can sign
	Hold        string // of the case, in force; empty: none
}

// Fault is why a move is wrong.
type Fault struct { //nolint:errname // the word of the field
	Rule string
	// Denied says that the asker is not the one who may; else the item is not as it
	// would have to be.
	Denied bool
	Says   string
}

// Error says what is wrong and what to do.
func (f *Fault) Error() string { return f.Says }

// Rule is one thing that every move has to keep to.
type Rule struct {
	Name   string
	Denied bool
	// Says returns what is wrong with a move, or nothing.
	Says func(s State, m Move) string
}

// Rules returns every rule, in the order in which they are asked.
func Rules() []Rule { return append(ruleList(), sealRules()...) }

// Check returns nil when a move keeps to every rule.
// Errors: *Fault, of the first rule that it breaks.
func Check(rules []Rule, s State, m Move) error {
	for _, r := range rules {
		if says := r.Says(s, m); says != "" {
			return &Fault{r.Name, r.Denied, says}
		}
	}
	return nil
}

// slack is by how much clocks may differ.
const slack = time.Minute

func answer(a Act) bool { return a == Accepted || a == Refused || a == Withdrawn }

// moment is an instant as messages print it.
func moment(t time.Time) string { return t.UTC().Format("2 January 2006 15:04:05") + " UTC" }

func ruleList() []Rule {
	return []Rule{
		{"known", false, func(s State, m Move) string {
			switch {
			case m.Act == Taken && s.Known():
				return fmt.Sprintf("%s is on record already: references are never used twice", m.Item)
			case m.Act != Taken && !s.Known():
				return fmt.Sprintf("%s is not on record: take it into custody first", m.Item)
			}
			return ""
		}},
		{"not-ended", false, func(s State, m Move) string {
			if s.End == "" {
				return ""
			}
			return fmt.Sprintf("%s was %s; nothing is done to it any more", m.Item, s.End)
		}},
		{"time-not-to-come", false, func(_ State, m Move) string {
			if m.At.After(m.Now.Add(slack)) {
				return fmt.Sprintf("%s is still to come: say when it was done", moment(m.At))
			}
			return ""
		}},
		{"time-in-order", false, func(s State, m Move) string {
			if s.Known() && m.At.Before(s.Last) {
				return fmt.Sprintf("%s is before the last thing that is on record of %s, at %s: what happened is recorded in its order", moment(m.At), m.Item, moment(s.Last))
			}
			return ""
		}},
		{"one-offer", false, func(s State, m Move) string {
			if s.Offer == "" || answer(m.Act) || m.Act == Taken {
				return ""
			}
			return fmt.Sprintf("%s is offered to %s: it waits for their answer, or for the offer to be withdrawn", m.Item, s.To)
		}},
		{"open-offer", false, func(s State, m Move) string {
			if answer(m.Act) && (s.Offer == "" || s.Offer != m.Offer) {
				return fmt.Sprintf("that offer of %s is not open", m.Item)
			}
			return ""
		}},
		{"hands", true, hands},
		{"the-one-named", true, named},
		{"two-parties", true, func(s State, m Move) string {
			if m.Act == Accepted && !m.OnPaper && m.By == s.By {
				return fmt.Sprintf("whoever offered %s cannot accept it: a hand-over has two parties", m.Item)
			}
			return ""
		}},
		{"withdrawn-by-offerer", true, func(s State, m Move) string {
			if m.Act == Withdrawn && m.By != s.By && m.HolderSigns {
				return fmt.Sprintf("%s was offered by %s, who alone can withdraw the offer; you can refuse it if it was made to you", m.Item, s.By)
			}
			return ""
		}},
		{"not-missing", false, func(s State, m Move) string {
			switch {
			case s.Missing && m.Act != FoundAgain:
				return fmt.Sprintf("%s is missing: nothing can be done to it before it is found again", m.Item)
			case !s.Missing && m.Act == FoundAgain:
				return fmt.Sprintf("%s is not missing", m.Item)
			}
			return ""
		}},
		{"recipient", false, recipient},
		{"place", false, place},
		{"place-keeper", true, func(_ State, m Move) string {
			if m.Act == Placed && m.PlaceKnown && !m.PlaceKept {
				return fmt.Sprintf("only a keeper of %s puts items there: hand it over to one", m.Place)
			}
			return ""
		}},
		{"two-people-destroy", true, func(s State, m Move) string {
			if m.Act == Destroyed && s.Doomed == m.By {
				return fmt.Sprintf("you ordered the destruction of %s; another person carries it out", m.Item)
			}
			return ""
		}},
		{"ordered", false, ordered},
		{"no-hold", false, func(_ State, m Move) string {
			if m.Hold != "" && (m.Act == Condemned || m.Act == Destroyed || m.Act == Returned) {
				return fmt.Sprintf("the case is under hold %s: %s is kept until it is lifted", m.Hold, m.Item)
			}
			return ""
		}},
	}
}

// hands wants the asker to have the item, or to keep the place where it lies.
func hands(s State, m Move) string {
	switch {
	case m.Act == Taken || answer(m.Act):
		return ""
	case m.Act == Collected && s.Holder.Person == m.By:
		return fmt.Sprintf("you have %s already", m.Item)
	case m.Act == Collected && m.HolderSigns:
		return fmt.Sprintf("%s, who has %s, can sign: let them offer it to you", s.Holder, m.Item)
	case m.Act == Collected || s.Holder.Person == m.By && m.By != "" || m.Keeper && s.Place != "":
		return ""
	case s.Place != "":
		return fmt.Sprintf("%s lies in %s with %s; only they or another keeper of it can do this", m.Item, s.Place, s.Holder)
	}
	return fmt.Sprintf("%s is with %s; only who has it can do this", m.Item, s.Holder)
}

// named wants an offer to be answered by whom it was made to.
func named(s State, m Move) string {
	if m.Act != Accepted && m.Act != Refused {
		return ""
	}
	switch {
	case s.To.Person != "" && m.OnPaper:
		return fmt.Sprintf("%s, to whom %s was offered, signs with their own key", s.To, m.Item)
	case s.To.Person != "" && s.To.Person != m.By:
		return fmt.Sprintf("%s was offered to %s, not to you", m.Item, s.To)
	case s.To.Person == "" && (!m.OnPaper || m.By != s.By):
		return fmt.Sprintf("%s was offered to %s, who is not enrolled: %s records what they signed on paper", m.Item, s.To, s.By)
	}
	return ""
}

// recipient wants an offer to be made to somebody else who can take it, in time.
func recipient(s State, m Move) string {
	if m.Act != Offered {
		return ""
	}
	switch {
	case m.To.Nobody() || !m.Recipient:
		return fmt.Sprintf("%s, who is to have %s, is not enrolled or has no key in force: name somebody else, or somebody outside in words", m.To, m.Item)
	case m.To.Same(s.Holder) || m.To.Person != "" && m.To.Person == m.By:
		return fmt.Sprintf("%s has %s already", m.To, m.Item)
	case !m.Due.After(m.At):
		return "say by when it is to have arrived: an instant after the offer"
	}
	return ""
}

// place wants a registered place, and the item in it or not.
func place(s State, m Move) string {
	switch {
	case m.Act == Placed && !m.PlaceKnown:
		return fmt.Sprintf("there is no open storage location %q: register it first", m.Place)
	case m.Act == Placed && m.Place == s.Place:
		return fmt.Sprintf("%s lies in %s already", m.Item, s.Place)
	case m.Act == TakenOut && s.Place == "":
		return fmt.Sprintf("%s lies in no storage location; %s has it", m.Item, s.Holder)
	}
	return ""
}

// ordered wants a destruction to be ordered before it is done.
func ordered(s State, m Move) string {
	switch {
	case m.Act == Condemned && s.Doomed != "":
		return fmt.Sprintf("the destruction of %s is ordered already", m.Item)
	case m.Act == Destroyed && s.Doomed == "":
		return fmt.Sprintf("nobody has ordered the destruction of %s: one person orders it, another carries it out", m.Item)
	case m.Act == Spared && s.Doomed == "":
		return fmt.Sprintf("the destruction of %s is not ordered", m.Item)
	case s.Doomed != "" && (m.Act == Returned || m.Act == Offered):
		return fmt.Sprintf("the destruction of %s is ordered: call it off first", m.Item)
	}
	return ""
}
