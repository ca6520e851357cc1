package custody

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"custos.example/ledger"
	"custos.example/policy"
)

// Audit is what inspectors and auditors ask.
type Audit struct{ s *Service }

// Look is one recorded decision.
type Look struct {
	Entry   ledger.EntryID
	By      string
	Action  string
	Allowed bool
	Rules   []string
	Time    ledger.Time
}

// Looks returns every decision of a case, or of the organisation when the case
// is empty, in the order of their time.
func (u Audit) Looks(ctx context.Context, actor Actor, id CaseID) ([]Look, error) {
	a, err := u.s.begin(ctx, actor, id, policy.AuditRead, Ask{})
	if err != nil {
		return nil, err
	}
	if err := a.decide(ctx, resource{}); err != nil {
		return nil, err
	}
	facts, err := list[lookFact](ctx, a.Store, id, inLooks, 0)
	if err != nil {
		return nil, err
	}
	looks := make([]Look, len(facts))
	for i, f := range facts {
		looks[i] = Look{f.Entry, f.By, f.Action, f.Allowed, f.Rules, f.Time}
	}
	slices.SortStableFunc(looks, func(a, b Look) int { return a.Time.Compare(b.Time.Time) })
	return looks, nil
}

// Replayed is the outcome of taking a decision again.
type Replayed struct {
	Action   string
	By       string
	Recorded bool            // what was answered then
	Again    bool            // what is answered now from the same facts
	Facts    bool            // the facts rebuilt from the log are those recorded
	Rules    bool            // the same rules bore on it
	Release  bool            // the rules in force are those of then
	Decision policy.Decision // as it was taken again
}

// Agrees tells whether the decision can be taken again as it was.
func (r Replayed) Agrees() bool {
	return r.Facts && r.Rules && r.Release && r.Recorded == r.Again
}

// Replay rebuilds the facts of a recorded decision from the log as it stood
// then, compares them with the recorded ones, and asks the policy again.
//
// Errors: ErrNotFound when the entry is no decision or its payload is gone.
func (u Audit) Replay(ctx context.Context, actor Actor, entry ledger.EntryID) (Replayed, error) {
	stored, err := u.s.Store.ByEntryID(ctx, entry)
	if err != nil {
		return Replayed{}, fmt.Errorf("entry %s: %w", entry, err)
	}
	id := stored.Case
	a, err := u.s.begin(ctx, actor, id, policy.AuditRead, Ask{})
	if err != nil {
		return Replayed{}, err
	}
	if err := a.decide(ctx, resource{}); err != nil {
		return Replayed{}, err
	}
	statement, err := stored.Statement()
	if err != nil {
		return Replayed{}, err
	}
	detail, ok := statement.Predicate.Detail.(*ledger.AccessDecided)
	if !ok {
		return Replayed{}, fmt.Errorf("entry %s is %s, not a decision: %w", entry, statement.Kind(), ErrNotFound)
	}
	recorded, err := documentOf[consultation](ctx, u.s, id, statement.Subject[0].Digest)
	if err != nil {
		return Replayed{}, err
	}
	facts, err := u.rebuild(ctx, id, recorded.Input)
	if err != nil {
		return Replayed{}, err
	}
	again, err := u.s.Authoriser.Decide(ctx, facts)
	if err != nil {
		return Replayed{}, fmt.Errorf("ask the policy: %w", err)
	}
	same, err := equal(facts, recorded.Input)
	if err != nil {
		return Replayed{}, err
	}
	return Replayed{
		Action: detail.Action, By: statement.Predicate.Actor.ID, Recorded: detail.Allowed, Again: again.Allowed, Facts: same,
		Rules:   slices.Equal(notNil(again.Rules), detail.Rules),
		Release: again.Release == detail.Release.String(), Decision: again,
	}, nil
}

// rebuild gathers the facts anew, from the record as of the decision. What the
// asker said of the request itself is taken from the recorded facts; what the
// record knew is not.
func (u Audit) rebuild(ctx context.Context, id CaseID, then policy.Input) (policy.Input, error) {
	a := &act{Service: u.s, actor: Actor{ID: then.Actor.ID, Role: string(then.Actor.Role)}, id: id, action: then.Action}
	if then.Request != nil {
		a.ask.Purpose = then.Request.Reason
	}
	about := resource{source: then.Source, person: then.Person}
	switch {
	case then.Action == policy.EraseOrder, then.Action == policy.HoldPlace, then.Action == policy.HoldLift:
		about.within = CaseID(then.Case.ID)
	case id == "":
		about.opening = then.Case
	}
	if then.Erasure != nil {
		about.erasure = &erasing{notBefore: then.Erasure.NotBefore}
		if then.Case != nil {
			about.erasure.id = CaseID(then.Case.ID)
		}
		if then.Erasure.Order != policy.NoOrder {
			order, err := ledger.ParseEntryID(then.Erasure.Order)
			if err != nil {
				return then, fmt.Errorf("%w: order of the recorded facts: %w", ErrIntegrity, err)
			}
			about.erasure.order = order
		}
	}
	var err error
	if then.Authority != nil {
		if about.authority, err = ledger.ParseEntryID(then.Authority.ID); err != nil {
			return then, fmt.Errorf("%w: authority of the recorded facts: %w", ErrIntegrity, err)
		}
	}
	if then.Dataset != nil {
		dataset, err := ledger.ParseEntryID(then.Dataset.ID)
		if err != nil {
			return then, fmt.Errorf("%w: data set of the recorded facts: %w", ErrIntegrity, err)
		}
		about.datasets = []ledger.EntryID{dataset}
	}
	if then.Exhibit != nil {
		if about.exhibit, err = ledger.ParseEntryID(then.Exhibit.ID); err != nil {
			return then, fmt.Errorf("%w: exhibit of the recorded facts: %w", ErrIntegrity, err)
		}
	}
	facts, err := a.input(ctx, about, then.AsOf)
	facts.Now = then.Now
	return facts, err
}

// equal compares two sets of facts by their canonical text.
func equal(a, b policy.Input) (bool, error) {
	x, err := ledger.MarshalCanonical(a)
	if err != nil {
		return false, err
	}
	y, err := ledger.MarshalCanonical(b)
	return bytes.Equal(x, y), err
}
