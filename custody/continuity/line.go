package continuity

import (
	"fmt"
	"time"
)

// Leg is a stretch of the line: one holder, in one place.
// Units: Until is zero while it lasts.
type Leg struct {
	Holder  Party     `json:"holder"`
	Place   string    `json:"place,omitempty"`
	From    time.Time `json:"from"`
	Until   time.Time `json:"until,omitzero"`
	Begins  Act       `json:"begins"` // by which act it began
	Signed  bool      `json:"signed"` // every party to its beginning signed with a key of their own
	Missing bool      `json:"missing,omitempty"`
	Carried bool      `json:"carried,omitempty"` // with a courier, on the way to the next
	Before  bool      `json:"before,omitempty"`  // before the record: on the word of who took it in
	Marks   []Mark    `json:"marks"`
}

// Mark is a thing that was done on a leg.
type Mark struct {
	Act   Act       `json:"act"`
	At    time.Time `json:"at"`
	By    string    `json:"by"`
	Seal  string    `json:"seal,omitempty"`
	Words string    `json:"words,omitempty"`
	Entry string    `json:"entry"`
}

// GapKind is a reason why a line cannot be followed by signatures alone. The list
// is closed.
type GapKind string

// The kinds of gap.
const (
	GapBefore   GapKind = "before-the-record" // who had it first did not sign
	GapOneSided GapKind = "one-sided"         // a hand-over that one of two parties signed
	GapJump     GapKind = "jump"              // it was with one and was given by another
	GapStranger GapKind = "other-hands"       // somebody handled it who did not have it
	GapOrder    GapKind = "out-of-order"      // recorded as done before what stands before it
	GapSeal     GapKind = "seal-broken"
	GapUnsealed GapKind = "unsealed" // it changed hands opened, with no new seal
	GapMissing  GapKind = "missing"
	GapLate     GapKind = "recorded-late"
	GapOverdue  GapKind = "overdue" // an offer was not answered in time
)

// GapKinds returns every kind with its words.
func GapKinds() map[GapKind]string {
	return map[GapKind]string{
		GapBefore: "before the record", GapOneSided: "signed by one party", GapJump: "does not join", GapStranger: "in other hands",
		GapOrder: "out of order", GapSeal: "seal broken", GapUnsealed: "changed hands unsealed", GapMissing: "missing",
		GapLate: "recorded late", GapOverdue: "overdue",
	}
}

// Gap is a place where the line needs more than the record to be followed.
type Gap struct {
	Kind    GapKind   `json:"kind"`
	Words   string    `json:"words"`
	From    time.Time `json:"from"`
	Until   time.Time `json:"until,omitzero"` // zero: it lasts
	Entries []string  `json:"entries"`
}

// Line is an item's custody from the first hand to the last.
type Line struct {
	Item  string    `json:"item"`
	Legs  []Leg     `json:"legs"`
	Gaps  []Gap     `json:"gaps"`
	State State     `json:"-"`
	Now   time.Time `json:"-"`
}

// lateAfter is how much later than it happened a thing may be written down without
// being called late.
const lateAfter = 24 * time.Hour

// Follow returns the line of one item from its events in the order of the record.
// Nothing is taken on trust: events that no rule would have let in become gaps.
// Shape: legs join: each begins when the one before it ends.
func Follow(events []Event, now time.Time) Line {
	l := &Line{Legs: []Leg{}, Gaps: []Gap{}, Now: now}
	for _, e := range events {
		l.event(e)
	}
	l.open(now)
	return *l
}

func (l *Line) event(e Event) {
	before := l.State
	l.question(before, e)
	l.State = before.After(e)
	l.Item = e.Item
	switch {
	case e.Act == Taken:
		l.begin(e)
	case l.moved(before):
		l.leg(e)
	}
	l.mark(e)
}

// moved tells whether a new leg begins.
func (l *Line) moved(before State) bool {
	after := l.State
	return !before.Holder.Same(after.Holder) || before.Place != after.Place || before.Missing != after.Missing || before.End != after.End ||
		(before.Offer != "" && before.Courier) != (after.Offer != "" && after.Courier)
}

// begin draws the first leg, and one before it when somebody else had the item first.
func (l *Line) begin(e Event) {
	if !e.Before.IsZero() && e.Before.Before(e.At) {
		l.Legs = append(l.Legs, Leg{Holder: e.BeforeBy, From: e.Before, Until: e.At, Begins: Taken, Before: true, Marks: []Mark{}})
		if !e.BeforeBy.Same(e.To) {
			l.gap(GapBefore, e.Before, e.At, fmt.Sprintf("%s had it before it was taken in; they have signed nothing here: their statement is needed", e.BeforeBy), e.Entry)
		}
	}
	l.Legs = append(l.Legs, Leg{Holder: e.To, From: e.At, Begins: Taken, Signed: true, Marks: []Mark{}})
}

func (l *Line) leg(e Event) {
	at := e.At
	if n := len(l.Legs); n > 0 {
		if at.Before(l.Legs[n-1].From) {
			at = l.Legs[n-1].From
		}
		l.Legs[n-1].Until = at
	}
	s := l.State
	l.Legs = append(l.Legs, Leg{
		Holder: s.Holder, Place: s.Place, From: at, Begins: e.Act, Signed: !e.oneSided(), Missing: s.Missing,
		Carried: s.Offer != "" && s.Courier, Marks: []Mark{},
	})
}

func (l *Line) mark(e Event) {
	if n := len(l.Legs); n > 0 {
		seal := e.SealIn
		if seal == "" {
			seal = e.SealOut
		}
		l.Legs[n-1].Marks = append(l.Legs[n-1].Marks, Mark{e.Act, e.At, e.By, seal, e.Words, e.Entry})
	}
}

func (l *Line) gap(kind GapKind, from, until time.Time, words string, entries ...string) {
	l.Gaps = append(l.Gaps, Gap{kind, words, from, until, entries})
}

// question notes what is wrong about an event, seen from the state before it.
func (l *Line) question(s State, e Event) {
	if e.Act == Taken {
		if s.Known() {
			l.gap(GapJump, s.Last, e.At, "it was taken in a second time", e.Entry)
		}
		return
	}
	if e.At.Before(s.Last) {
		l.gap(GapOrder, e.At, s.Last, fmt.Sprintf("recorded as done at %s, before what stands before it", moment(e.At)), e.Entry)
	}
	if late := e.Recorded.Sub(e.At); late > lateAfter {
		l.gap(GapLate, e.At, e.Recorded, fmt.Sprintf("%s: written down %s after it was done", e.Act, span(late)), e.Entry)
	}
	l.whose(s, e)
	if (e.Act == Accepted || e.Act == Opened || e.Act == FoundBroken) && e.SealOut != "" && e.SealOut != s.Seal {
		on := "no seal is"
		if s.Seal != "" {
			on = "seal " + s.Seal + " is"
		}
		l.gap(GapSeal, e.At, e.At, fmt.Sprintf("%s: seal %s was read on it, and %s on record", e.Act, e.SealOut, on), e.Entry)
	}
	switch e.Act { //nolint:exhaustive // the others go on
	case FoundBroken:
		l.gap(GapSeal, e.At, e.At, fmt.Sprintf("seal %s was found broken", e.SealOut), e.Entry)
	case FoundMissing:
		l.gap(GapMissing, e.At, time.Time{}, "it was found missing", e.Entry)
	case FoundAgain:
		l.ended(GapMissing, e.At, e.Entry)
	case Accepted, Collected, Returned:
		l.changed(s, e)
	case Refused, Withdrawn:
		l.overdue(s, e)
	}
}

// whose notes an event by somebody who did not have the item.
func (l *Line) whose(s State, e Event) {
	switch e.Act { //nolint:exhaustive // the others go on
	case Accepted, Refused, Withdrawn:
		if s.Offer == "" || s.Offer != e.Offer {
			l.gap(GapJump, s.Last, e.At, fmt.Sprintf("%s without an open offer", e.Act), e.Entry)
		}
	case Collected:
	default:
		switch {
		case s.Holder.Person != e.By && (!e.Keeper || s.Place == "") || s.End != "":
			l.gap(GapStranger, e.At, e.At, fmt.Sprintf("%s by %s, while it was with %s", e.Act, e.By, s.Holder), e.Entry)
		case s.Offer != "":
			l.gap(GapJump, e.At, e.At, fmt.Sprintf("%s by %s, while it was offered to %s", e.Act, e.By, s.To), e.Entry)
		}
	}
}

// oneSided tells whether one of two parties signed. Who gets an item back answers
// nothing here, whoever they are.
func (e Event) oneSided() bool { return e.OnPaper || e.Act == Returned }

// changed notes what is wrong about a change of hands.
func (l *Line) changed(s State, e Event) {
	if !e.From.Nobody() && !e.From.Same(s.Holder) {
		l.gap(GapJump, s.Last, e.At, fmt.Sprintf("given by %s, while it was with %s", e.From, s.Holder), e.Entry)
	}
	if e.oneSided() {
		other := e.To
		if e.Act == Collected {
			other = s.Holder
		}
		l.gap(GapOneSided, e.At, e.At, fmt.Sprintf("%s signed with no key of their own; %s recorded it", other, e.By), e.Entry)
	}
	if s.Opened {
		l.gap(GapUnsealed, e.At, e.At, "it had been under seal, was opened, and changed hands without a new seal", e.Entry)
	}
	l.overdue(s, e)
}

func (l *Line) overdue(s State, e Event) {
	if s.Offer != "" && !s.Due.IsZero() && e.At.After(s.Due) {
		l.gap(GapOverdue, s.Due, e.At, fmt.Sprintf("due with %s at %s, answered %s later", s.To, moment(s.Due), span(e.At.Sub(s.Due))), s.Offer, e.Entry)
	}
}

// ended closes the newest gap of a kind.
func (l *Line) ended(kind GapKind, at time.Time, entry string) {
	for n := len(l.Gaps) - 1; n >= 0; n-- {
		if l.Gaps[n].Kind == kind && l.Gaps[n].Until.IsZero() {
			l.Gaps[n].Until, l.Gaps[n].Entries = at, append(l.Gaps[n].Entries, entry)
			return
		}
	}
}

// open notes what is open at the end of the line.
func (l *Line) open(now time.Time) {
	s := l.State
	if s.Offer != "" && !s.Due.IsZero() && now.After(s.Due) {
		l.gap(GapOverdue, s.Due, time.Time{}, fmt.Sprintf("due with %s at %s, and not answered", s.To, moment(s.Due)), s.Offer)
	}
}

// span is a length of time in words.
func span(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d days", d/(24*time.Hour))
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d hours", d/time.Hour)
	}
	return fmt.Sprintf("%d minutes", d/time.Minute)
}
