package custody

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"custos.example/ledger"
	"custos.example/policy"
)

// Replay says which recorded decisions are taken again.
// Shape: Case empty: those of the organisation and of every case; From and Until
// bound the time of the decision, and zero does not.
type Replay struct {
	Ask
	Case         CaseID
	Organisation bool           // of the organisation only
	Entry        ledger.EntryID // this one only
	From, Until  time.Time
	Release      *ledger.Digest       // also by these rules: what would they answer?
	Each         func(Replayed) error // called for every decision, in the order of the record; nil only counts
	Progress     func(done int)       // called now and then; may be nil
}

// ReplayReport is the outcome.
type ReplayReport struct {
	Decisions int `json:"decisions"`
	Allowed   int `json:"allowed"` // as recorded
	Refused   int `json:"refused"`
	Agree     int `json:"agree"`   // facts and answer are what the record says
	Differ    int `json:"differ"`  //
	Erased    int `json:"erased"`  // what they rested on was lawfully erased
	Changed   int `json:"changed"` // would be answered otherwise by the rules asked about
}

// Replayed is one decision that was taken again.
type Replayed struct {
	Recorded
	Erased     string           // why it cannot be taken again; empty when it can
	Trouble    string           // why it could not be taken again although nothing was erased
	Entry      []string         // what the entry says otherwise than its payload
	Facts      []string         // facts that do not follow from the log as it stood then
	Projection []string         // facts that the projections give otherwise than the log does
	Answer     []string         // parts of the answer that are not given again
	Unreleased bool             // other rules were in force then
	Decision   policy.Decision  // as it was taken again, by the rules of that day on the recorded facts
	Other      *policy.Decision // by the rules asked about, on the same facts; nil when none were
}

// Agrees tells whether the decision can be taken again as it was, from facts that
// follow from the log.
func (r Replayed) Agrees() bool {
	return r.Erased == "" && r.Trouble == "" && !r.Unreleased && len(r.Entry)+len(r.Facts)+len(r.Projection)+len(r.Answer) == 0
}

// Changes tells whether the rules asked about would answer otherwise: allow what
// was refused, refuse what was allowed, or refuse by other rules.
func (r Replayed) Changes() bool {
	return r.Other != nil && (r.Other.Allowed != r.Allowed || !r.Allowed && !slices.Equal(rulesOf(r.Other.Reasons), rulesOf(r.Reasons)))
}

// Difference is what is otherwise with one decision that was taken again, without
// the facts themselves.
type Difference struct {
	Decision   ledger.EntryID  `json:"decision"`
	Case       CaseID          `json:"case"`
	By         string          `json:"by"`
	Action     string          `json:"action"`
	Time       ledger.Time     `json:"time"`
	Allowed    bool            `json:"allowed"`              // then
	Facts      []string        `json:"facts,omitempty"`      // that do not follow from the log as it stood then
	Projection []string        `json:"projection,omitempty"` // that the projections give otherwise than the log
	Entry      []string        `json:"entry,omitempty"`      // what the entry says otherwise than its payload
	Answer     []string        `json:"answer,omitempty"`     // parts that the rules of that day do not give again
	Unreleased bool            `json:"unreleased,omitempty"` // other rules were in force then
	Erased     string          `json:"erased,omitempty"`
	Trouble    string          `json:"trouble,omitempty"`
	Reasons    []policy.Reason `json:"reasons"`         // then
	Changes    bool            `json:"changes"`         // by the rules asked about
	Other      []policy.Reason `json:"other,omitempty"` // the reasons that those give
}

// Difference returns what is otherwise with the decision.
func (r Replayed) Difference() Difference {
	d := Difference{
		Decision: r.ID, Case: r.Case, By: r.By, Action: r.Action, Time: r.Time, Allowed: r.Allowed, Facts: r.Facts, Projection: r.Projection,
		Entry: r.Entry, Answer: r.Answer, Unreleased: r.Unreleased, Erased: r.Erased, Trouble: r.Trouble, Reasons: notNil(r.Reasons),
		Changes: r.Changes(),
	}
	if r.Other != nil {
		d.Other = r.Other.Reasons
	}
	return d
}

// rulesOf names the rules of some reasons.
func rulesOf(reasons []policy.Reason) []string {
	names := []string{}
	for _, r := range reasons {
		names = append(names, r.Rule)
	}
	return names
}

// Replay takes recorded decisions again. For each it gathers the facts anew from
// the entries as they stood then, holds them against the recorded ones and against
// what the projections give, asks the policy release of that day again, and, if
// one is named, another.
//
// Errors: ErrDenied; ErrNotFound when Entry is no decision, or the text of the
// release asked about is not in the record.
func (u Audit) Replay(ctx context.Context, actor Actor, request Replay) (ReplayReport, error) {
	var only Stored
	if request.Entry != (ledger.EntryID{}) {
		var err error
		if only, err = u.s.decisionEntry(ctx, request.Entry); err != nil {
			return ReplayReport{}, err
		}
		request.Case = only.Case
	}
	if err := u.ask(ctx, actor, request.Case, policy.AuditRead, request.Ask); err != nil {
		return ReplayReport{}, err
	}
	r := replaying{Service: u.s, log: u.s.fromTheLog(), Replay: request}
	if request.Release != nil {
		var err error
		if r.other, err = u.s.authoriserOf(ctx, *request.Release); err != nil {
			return r.report, err
		}
	}
	if request.Entry != (ledger.EntryID{}) {
		err := r.again(ctx, only)
		return r.report, err
	}
	err := u.s.eachDecision(ctx, request.Case, request.Organisation, func(stored Stored) error { return r.again(ctx, stored) })
	return r.report, err
}

// replaying is a replay under way.
type replaying struct {
	*Service
	Replay
	log    *Service // the same over facts that are made anew from the entries
	other  Authoriser
	report ReplayReport
}

// again takes one decision again and counts it.
func (r *replaying) again(ctx context.Context, stored Stored) error {
	recorded, event, err := r.recorded(ctx, stored)
	replayed := Replayed{Recorded: recorded}
	if at := recorded.Time; err == nil && (!r.From.IsZero() && at.Before(r.From) || !r.Until.IsZero() && !at.Before(r.Until)) {
		return nil
	}
	if err == nil {
		err = r.take(ctx, event, &replayed)
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, errErased):
		replayed.Erased = err.Error()
	case err != nil:
		replayed.Trouble = err.Error()
	}
	r.count(replayed)
	if r.Progress != nil {
		r.Progress(r.report.Decisions)
	}
	if r.Each == nil {
		return nil
	}
	return r.Each(replayed)
}

func (r *replaying) count(d Replayed) {
	r.report.Decisions++
	if d.Allowed {
		r.report.Allowed++
	} else {
		r.report.Refused++
	}
	switch {
	case d.Erased != "":
		r.report.Erased++
	case d.Agrees():
		r.report.Agree++
	default:
		r.report.Differ++
	}
	if d.Changes() {
		r.report.Changed++
	}
}

// take gathers the facts of a decision anew and asks again.
func (r *replaying) take(ctx context.Context, event consultation, d *Replayed) error {
	d.Entry = misstated(d.Recorded, event)
	follows, err := r.log.rebuild(ctx, d.Case, event)
	if err != nil {
		return fmt.Errorf("its facts cannot be gathered from the log: %w", err)
	}
	if d.Facts, err = differences(event.Input, follows); err != nil {
		return err
	}
	projected, err := r.rebuild(ctx, d.Case, event)
	if errors.Is(err, ErrIntegrity) || errors.Is(err, ErrNotFound) {
		d.Projection = []string{err.Error()}
	} else if err != nil {
		return err
	} else if d.Projection, err = differences(follows, projected); err != nil {
		return err
	}
	if r.other != nil {
		other, err := r.other.Decide(ctx, event.Input)
		if err != nil {
			return fmt.Errorf("ask the other rules: %w", err)
		}
		d.Other = &other
	}
	inForce, err := r.log.releaseInForce(ctx, d.AsOf)
	if err != nil {
		return err
	}
	d.Unreleased = inForce != d.Release
	rules, err := r.authoriserOf(ctx, d.Release)
	if err != nil {
		return fmt.Errorf("the rules by which it was taken: %w", err)
	}
	if d.Decision, err = rules.Decide(ctx, event.Input); err != nil {
		return fmt.Errorf("ask the rules: %w", err)
	}
	d.Answer, err = differences(event.Result, resultOf(d.Decision))
	return err
}

// misstated names what the entry of a decision says otherwise than its payload.
func misstated(r Recorded, event consultation) []string {
	var wrong []string
	for name, same := range map[string]bool{
		"action":  r.Action == string(event.Input.Action),
		"allowed": r.Allowed == event.Result.Allowed,
		"asOf":    r.AsOf == event.Input.AsOf,
		"id":      r.ID.String() == event.DecisionID,
		"release": r.Release.String() == event.release(),
		"rules":   slices.Equal(r.Rules, event.Result.Rules),
		"who":     event.RequestedBy == event.Input.Actor.ID && (r.Signer == event.RequestedBy || r.Signer == serviceID),
	} {
		if !same {
			wrong = append(wrong, name)
		}
	}
	slices.Sort(wrong)
	return wrong
}

// rebuild gathers the facts of a decision anew, as the record knew them when the
// log had as many entries as then. Only what the asker said is taken from the
// decision; what the record knew is not.
func (s *Service) rebuild(ctx context.Context, id CaseID, event consultation) (policy.Input, error) {
	now, err := time.Parse(time.RFC3339Nano, string(event.Input.Now))
	if err != nil {
		return policy.Input{}, fmt.Errorf("%w: time of the recorded facts: %w", ErrIntegrity, err)
	}
	said := event.Custom.Asked
	a := &act{Service: s, actor: Actor{ID: event.RequestedBy, Role: said.Role}, id: id, action: event.Input.Action, ask: said.ask(), now: now}
	facts, err := a.input(ctx, said.resource(), event.Input.AsOf)
	if err != nil {
		return policy.Input{}, err
	}
	a.as(&facts.Actor, event.Input.Actor.Role) // of those roles, the one that was asked for
	return facts, nil
}
