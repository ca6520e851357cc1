package custody

import (
	"context"
	"fmt"
	"slices"
	"time"

	"custos.example/ledger"
	"custos.example/policy"
)

// Assignments are the use cases of who works on which case, and when.
type Assignments struct{ s *Service }

// Assignments returns the use cases of who works on which case, and when.
func (s *Service) Assignments() Assignments { return Assignments{s} }

// Assign lets a person work on a case, or changes until when they do.
// Shape: From zero = now; Until zero = no end.
type Assign struct {
	Ask
	Case        CaseID
	Person      string
	From, Until time.Time
	Reason      string
}

// Unassign ends a person's work on a case at once.
type Unassign struct {
	Ask
	Case   CaseID
	Person string
	Reason string
}

// assignment is why somebody was assigned, or is no longer.
// Shape: canonical JSON in the payload "assignment". Since is when they first worked
// on the case, of an end or a change.
type assignment struct {
	Person string      `json:"person"`
	Reason string      `json:"reason"`
	Since  policy.Time `json:"since"`
}

// Add assigns a person to a case.
// Errors: ErrDenied; ErrNotFound when there is no such person; ErrConflict when they
// are assigned for that time already; ErrInvalid.
func (u Assignments) Add(ctx context.Context, actor Actor, request Assign) (Proof, error) {
	return u.change(ctx, actor, request, "assigned", func(a *act, before assignedFact, had bool) (window, error) {
		w, err := windowAhead(a.now, request.From, request.Until)
		if err != nil {
			return w, fmt.Errorf("the assignment of %s: %w", request.Person, err)
		}
		if held := had && before.Window.holds(a.now); held && w.From.After(a.now) {
			return w, fmt.Errorf("%s is assigned now, and would not be until %s: leave out from when, or end it first: %w",
				request.Person, w.From.UTC().Format(time.RFC3339), ErrConflict)
		} else if held && before.Window.Until.Equal(w.Until.Time) {
			return w, fmt.Errorf("%s is assigned already, for that time: %w", request.Person, ErrConflict)
		}
		return w, nil
	})
}

// End ends a person's work on a case: what was decided on their assignment and not
// yet recorded is decided anew.
// Errors: ErrDenied; ErrNotFound when they are not assigned; ErrConflict when nobody
// would be left who can assign.
func (u Assignments) End(ctx context.Context, actor Actor, request Unassign) (Proof, error) {
	asked := Assign{Ask: request.Ask, Case: request.Case, Person: request.Person, Reason: request.Reason}
	return u.change(ctx, actor, asked, "unassigned", func(a *act, before assignedFact, had bool) (window, error) {
		if !had || !before.Window.Until.After(a.now) {
			return window{}, fmt.Errorf("%s is not assigned to this case: %w", request.Person, ErrNotFound)
		}
		return ended(a.now), u.someoneLeft(ctx, a, request.Person)
	})
}

// someoneLeft refuses to end the work of the last senior investigating officer of
// a case: nobody could assign another.
// Errors: ErrConflict.
func (u Assignments) someoneLeft(ctx context.Context, a *act, person string) error {
	assigned, err := u.assigned(ctx, a)
	if err != nil {
		return err
	}
	leads, others := false, false
	for _, f := range assigned {
		if !f.Window.holds(a.now) {
			continue
		}
		who, err := a.personNow(ctx, f.Person, a.now)
		if err != nil {
			return err
		}
		if !slices.Contains(who.Roles, string(policy.SIO)) {
			continue
		}
		able, err := a.canSign(ctx, f.Person) // whose key was revoked assigns nobody
		if err != nil {
			return err
		}
		leads = leads || f.Person == person
		others = others || f.Person != person && able
	}
	if leads && !others {
		return fmt.Errorf("%s is the last senior investigating officer of this case, and nobody could assign another: assign one first: %w", person, ErrConflict)
	}
	return nil
}

// assigned returns who is and was assigned to the case of an act.
func (u Assignments) assigned(ctx context.Context, a *act) ([]assignedFact, error) {
	opened, err := find[caseFact](ctx, a.Store, a.id, inCase, string(a.id), 0)
	if err != nil {
		return nil, fmt.Errorf("case %s: %w", a.id, err)
	}
	return a.assignedTo(ctx, a.id, opened, 0)
}

func (u Assignments) change(ctx context.Context, actor Actor, request Assign, stage string, plan func(*act, assignedFact, bool) (window, error)) (Proof, error) {
	if err := checkText("reason", request.Reason); err != nil {
		return Proof{}, err
	}
	a, err := u.s.begin(ctx, actor, request.Case, policy.CaseAssign, request)
	if err != nil {
		return Proof{}, err
	}
	if stored, done, err := a.earlier(ctx, stage); done || err != nil {
		return a.again(ctx, stored, err)
	}
	work, err := a.chain(ctx, a.id, ledger.Work)
	if err != nil {
		return Proof{}, err
	}
	proofs, err := a.commit(ctx, stage, resource{whom: request.Person}, func() ([]sheet, error) {
		assigned, err := u.assigned(ctx, a)
		if err != nil {
			return nil, err
		}
		var before assignedFact
		at := slices.IndexFunc(assigned, func(f assignedFact) bool { return f.Person == request.Person })
		if at >= 0 {
			before = assigned[at]
		}
		w, err := plan(a, before, at >= 0)
		if err != nil {
			return nil, err
		}
		why := assignment{Person: request.Person, Reason: request.Reason, Since: policy.At(w.From.Time)}
		if at >= 0 && !before.Window.empty() {
			why.Since = policy.At(before.Window.From.Time)
		}
		blob, err := a.keepJSON(ctx, why)
		if err != nil {
			return nil, fmt.Errorf("the assignment: %w", err)
		}
		return []sheet{{
			stage: stage, chain: work, changes: true, operation: "alteration",
			detail:   &ledger.CaseAssigned{From: w.From, Person: request.Person, Until: w.Until},
			subjects: []ledger.Subject{{Name: "assignment", Digest: blob.Recorded()}},
		}}, nil
	})
	if err != nil {
		return Proof{}, err
	}
	return proofs[0], nil
}
