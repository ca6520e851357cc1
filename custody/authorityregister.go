package custody

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"custos.example/ledger"
	"custos.example/policy"
)

// RegisteredAuthority is an authority as it stands in the register.
type RegisteredAuthority struct {
	Authority ledger.EntryID    `json:"authority"` // the entry that first recorded it
	State     ledger.EntryID    `json:"state"`     // the entry of its newest state
	Document  AuthorityDocument `json:"document"`
	Extent    Extent            `json:"extent"`
	States    []AuthorityState  `json:"states"` // in the order of recording; empty in a list
}

// AuthorityState is one entry about an authority.
type AuthorityState struct {
	Entry ledger.EntryID `json:"entry"`
	By    string         `json:"by"`
	Role  string         `json:"role"`
	Time  ledger.Time    `json:"time"`
	Why   string         `json:"why,omitempty"`
}

// Extent says how far an authority reaches, on the day on which it was asked.
type Extent struct {
	Word    ExtentWord    `json:"word"`
	LastDay policy.Date   `json:"lastDay"` // on which it has or had effect; NoDate when the law sets none
	Late    []policy.Date `json:"late"`    // renewals that came after the period had ended, and count for nothing
	Text    string        `json:"text"`
}

// ExtentWord is the state of an authority in one word.
type ExtentWord string

// The words.
const (
	HasEffect    ExtentWord = "in force"
	HasEnded     ExtentWord = "ended"
	WasCancelled ExtentWord = "cancelled"
	NoPeriod     ExtentWord = "no period"
)

// Read returns an authority with everything that was recorded of it. That somebody
// asked is recorded.
// Errors: ErrDenied; ErrNotFound.
func (u Authorities) Read(ctx context.Context, actor Actor, id CaseID, authority ledger.EntryID, ask Ask) (RegisteredAuthority, error) {
	a, err := u.s.readRegister(ctx, actor, id, ask)
	if err != nil {
		return RegisteredAuthority{}, err
	}
	fact, err := find[authorityFact](ctx, a.Store, id, inAuthority, authority.String(), 0)
	if err != nil {
		return RegisteredAuthority{}, fmt.Errorf("authority %s: %w", authority, err)
	}
	registered, err := a.registered(ctx, fact)
	if err != nil {
		return RegisteredAuthority{}, err
	}
	states, err := u.s.statesOf(ctx, id, authority)
	if err != nil {
		return RegisteredAuthority{}, err
	}
	for _, state := range states {
		document, err := documentOf[AuthorityDocument](ctx, u.s, id, state.Payload)
		if err != nil {
			return RegisteredAuthority{}, fmt.Errorf("authority %s: %w", authority, err)
		}
		registered.States = append(registered.States, AuthorityState{state.Entry, state.RecordedBy, state.Role, state.Time, document.Changed})
	}
	return registered, nil
}

// List lists the authorities of a case in the order of their references. That
// somebody asked is recorded.
// Errors: ErrDenied.
func (u Authorities) List(ctx context.Context, actor Actor, id CaseID, ask Ask) ([]RegisteredAuthority, error) {
	a, err := u.s.readRegister(ctx, actor, id, ask)
	if err != nil {
		return nil, err
	}
	facts, err := list[authorityFact](ctx, a.Store, id, inAuthority, 0)
	if err != nil {
		return nil, err
	}
	listed := make([]RegisteredAuthority, len(facts))
	for i, fact := range facts {
		if listed[i], err = a.registered(ctx, fact); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(listed, func(x, y RegisteredAuthority) int {
		return strings.Compare(x.Document.Reference+x.Authority.String(), y.Document.Reference+y.Authority.String())
	})
	return listed, nil
}

// registered is an authority without its history.
func (a *act) registered(ctx context.Context, fact authorityFact) (RegisteredAuthority, error) {
	state, err := a.stateOf(ctx, a.id, fact, 0)
	if err != nil {
		return RegisteredAuthority{}, fmt.Errorf("authority %s: %w", fact.First, err)
	}
	extent, err := a.extent(ctx, state)
	return RegisteredAuthority{Authority: fact.First, State: fact.Entry, Document: state.document, Extent: extent, States: []AuthorityState{}}, err
}

// extent says how far an authority reaches, by the rules in force.
func (a *act) extent(ctx context.Context, state authorityState) (Extent, error) {
	return a.extentAsOf(ctx, state, 0)
}

// extentAsOf says how far it reached by the rules that were in force when the log
// had asOf entries; 0 is now.
func (a *act) extentAsOf(ctx context.Context, state authorityState, asOf uint64) (Extent, error) {
	today, err := dayOf(a.now)
	if err != nil {
		return Extent{}, err
	}
	rules, err := a.inForce(ctx, asOf)
	if err != nil {
		return Extent{}, fmt.Errorf("the policy release in force: %w", err)
	}
	s := Extent{LastDay: policy.NoDate, Late: []policy.Date{}}
	facts, renewals := state.facts, state.facts.Renewals
	facts.Renewals = []policy.Date{}
	if s.LastDay, err = rules.LastDay(ctx, facts); err != nil {
		return s, err
	}
	for _, day := range renewals {
		if s.LastDay == policy.NoDate || day > s.LastDay {
			s.Late = append(s.Late, day)
			continue
		}
		facts.Renewals = append(facts.Renewals, day)
		longer, err := rules.LastDay(ctx, facts)
		if err != nil {
			return s, err
		}
		if longer == policy.NoDate || longer == s.LastDay { // it is not one that can be renewed
			facts.Renewals, s.Late = facts.Renewals[:len(facts.Renewals)-1], append(s.Late, day)
			continue
		}
		s.LastDay = longer
	}
	s.say(state.document, today, len(facts.Renewals))
	return s, nil
}

// lengthens returns nil if a renewal of that day gives an authority more time. What
// another decided elsewhere is recorded all the same, and counts for nothing.
// Errors: ErrConflict.
func (a *act) lengthens(ctx context.Context, d AuthorityDocument, before authorityState, on policy.Date) error {
	before.facts.Renewals = append(slices.Clone(before.facts.Renewals), on)
	extent, err := a.extent(ctx, authorityState{before.fact, d, before.facts})
	if err != nil {
		return err
	}
	if slices.Contains(extent.Late, on) {
		return fmt.Errorf("%s cannot be renewed: it had effect until the end of %s, or is one that the law does not renew; a new authority is needed: %w",
			d.Reference, inWords(extent.LastDay), ErrConflict)
	}
	return nil
}

// say puts an extent into words.
func (s *Extent) say(d AuthorityDocument, today policy.Date, renewed int) {
	var text strings.Builder
	switch {
	case d.Cancelled.On != "":
		s.Word = WasCancelled
		fmt.Fprintf(&text, "Cancelled on %s%s. Nothing can be obtained under it from that day on.", inWords(d.Cancelled.On), byWhom(d.Cancelled.By))
	case s.LastDay == policy.NoDate:
		s.Word = NoPeriod
		fmt.Fprintf(&text, "Given on %s. The rules set no last day for it.", inWords(d.Granted.On))
	case today <= s.LastDay:
		s.Word = HasEffect
		fmt.Fprintf(&text, "In force until the end of %s, United Kingdom time.", inWords(s.LastDay))
	default:
		s.Word = HasEnded
		fmt.Fprintf(&text, "Ended with %s, United Kingdom time. What was obtained in time stays in use.", inWords(s.LastDay))
		if d.Instrument == policy.Notice && d.Route != policy.Route61A {
			text.WriteString(" What its notice brings later may still be in time: see rule A-09.")
		}
	}
	if renewed > 0 {
		fmt.Fprintf(&text, " Renewals counted: %d.", renewed)
	}
	for _, day := range s.Late {
		fmt.Fprintf(&text, " The renewal of %s came too late, or cannot be: it counts for nothing.", inWords(day))
	}
	if d.Granted.Form == policy.OralRecorded && d.Granted.ConfirmedOn == "" {
		text.WriteString(" It was given orally, and no confirmation in writing is recorded.")
	}
	s.Text = text.String()
}

func byWhom(who string) string {
	if who == "" {
		return ""
	}
	return " by " + who
}

// inWords is a day as people write it.
func inWords(day policy.Date) string {
	t, err := time.Parse(time.DateOnly, string(day))
	if err != nil {
		return string(day)
	}
	return t.Format("2 January 2006")
}

// CheckAuthority asks whether a return could be imported under an authority.
type CheckAuthority struct {
	Ask
	Case      CaseID
	Authority ledger.EntryID
	Return    Return
	Importer  Actor // who would import it; zero = the asker
}

// AuthorityChecked is what the rules would say.
type AuthorityChecked struct {
	Allowed  bool            `json:"allowed"`
	Reasons  []policy.Reason `json:"reasons"`
	Duties   []policy.Duty   `json:"duties"`
	Release  string          `json:"release"`
	Sentence string          `json:"sentence"`
}

// Check asks the rules about an import that is only described. What is recorded is
// that somebody looked; nothing is imported, and the answer binds nobody.
// Errors: ErrDenied when the asker may not see the register; *Undeclared.
func (u Authorities) Check(ctx context.Context, actor Actor, request CheckAuthority) (AuthorityChecked, error) {
	if err := request.Return.declared(); err != nil {
		return AuthorityChecked{}, err
	}
	a, err := u.s.readRegister(ctx, actor, request.Case, request.Ask)
	if err != nil {
		return AuthorityChecked{}, err
	}
	asks := *a
	asks.action = policy.SourceImport
	if request.Importer != (Actor{}) {
		asks.actor = request.Importer
	}
	size, err := a.Store.Size(ctx)
	if err != nil {
		return AuthorityChecked{}, fmt.Errorf("size of the log: %w", err)
	}
	in, err := asks.input(ctx, resource{authority: request.Authority, source: request.Return.facts("CHK/1")}, size)
	if err != nil {
		return AuthorityChecked{}, err
	}
	decision, in, err := asks.judge(ctx, in)
	if err != nil {
		return AuthorityChecked{}, err
	}
	return AuthorityChecked{
		Allowed: decision.Allowed, Reasons: notNil(decision.Reasons), Duties: notNil(decision.Duties), Release: decision.Release,
		Sentence: decision.Sentence(in.Action, a.where(ctx), ""),
	}, nil
}
