package custody

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"custos.example/ledger"
	"custos.example/policy"
)

// Holds keep a case from disposal: for an appeal, a review, a request for
// disclosure. While one is in force nothing of the case is erased.
type Holds struct{ s *Service }

// PlaceHold places a hold on a case.
// Shape: Hold such as H-2; empty = the next number.
type PlaceHold struct {
	Ask
	Case   CaseID
	Hold   string
	Ground string
}

// LiftHold lifts one.
type LiftHold struct {
	Ask
	Case   CaseID
	Hold   string
	Reason string
}

// Hold is a hold as it stands.
type Hold struct {
	Case      CaseID
	Reference string // of the case; empty when the case is gone
	Hold      string
	Ground    string
	By        string
	Entry     ledger.EntryID
	Time      ledger.Time
	Lifted    *LiftedHold // nil while it is in force
}

// LiftedHold says how a hold ended.
type LiftedHold struct {
	By     string
	Entry  ledger.EntryID
	Reason string
	Time   ledger.Time
}

// holdName begins with a letter and so is never policy.NoHold.
var holdName = regexp.MustCompile(`^H-[0-9]{1,6}$`)

// holdKey is a hold as the key of a record.
func holdKey(id CaseID, hold string) string { return string(id) + " " + hold }

// Place places a hold.
// Errors: ErrConflict when the case has had a hold of that name; ErrInvalid.
func (h Holds) Place(ctx context.Context, actor Actor, request PlaceHold) (Proof, error) {
	a, err := h.begin(ctx, actor, policy.HoldPlace, request.Case, request)
	if err != nil {
		return Proof{}, err
	}
	if err := checkText("ground of the hold", request.Ground); err != nil {
		return Proof{}, err
	}
	if request.Hold != "" && !holdName.MatchString(request.Hold) {
		return Proof{}, fmt.Errorf("%q does not name a hold; holds have names such as H-2: %w", request.Hold, ErrInvalid)
	}
	return h.record(ctx, a, "hold placed", request.Case, func(all []Hold) (ledger.Detail, error) {
		name := orDefault(request.Hold, nextHold(all))
		if slices.ContainsFunc(all, func(known Hold) bool { return known.Hold == name }) {
			return nil, fmt.Errorf("the case has had a hold %s already; choose another name: %w", name, ErrConflict)
		}
		return &ledger.HoldPlaced{Case: string(request.Case), Ground: request.Ground, Hold: name}, nil
	})
}

// nextHold is the name after the highest one that the case has had: a hold is never
// refused because somebody chose its number before.
func nextHold(all []Hold) string {
	highest := 0
	for _, h := range all {
		if n, err := strconv.Atoi(strings.TrimPrefix(h.Hold, "H-")); err == nil {
			highest = max(highest, n)
		}
	}
	return fmt.Sprintf("H-%d", highest+1)
}

// Lift ends a hold.
// Errors: ErrNotFound when no hold of that name is in force; ErrInvalid.
func (h Holds) Lift(ctx context.Context, actor Actor, request LiftHold) (Proof, error) {
	a, err := h.begin(ctx, actor, policy.HoldLift, request.Case, request)
	if err != nil {
		return Proof{}, err
	}
	if err := checkText("reason for lifting the hold", request.Reason); err != nil {
		return Proof{}, err
	}
	return h.record(ctx, a, "hold lifted", request.Case, func(all []Hold) (ledger.Detail, error) {
		if !slices.ContainsFunc(all, func(known Hold) bool { return known.Hold == request.Hold && known.Lifted == nil }) {
			return nil, fmt.Errorf("no hold %s is in force on the case: %w", request.Hold, ErrNotFound)
		}
		return &ledger.HoldLifted{Case: string(request.Case), Hold: request.Hold, Reason: request.Reason}, nil
	})
}

// begin begins an act about a case that stands on the organisation's chain: a
// hold must outlive whatever becomes of the case.
func (h Holds) begin(ctx context.Context, actor Actor, action policy.Action, id CaseID, request asking) (*act, error) {
	if id == "" {
		return nil, fmt.Errorf("say which case: %w", ErrInvalid)
	}
	return h.s.begin(ctx, actor, "", action, request)
}

// record appends what detail says of the holds as they stand.
func (h Holds) record(ctx context.Context, a *act, stage string, id CaseID, detail func(all []Hold) (ledger.Detail, error)) (Proof, error) {
	if stored, done, err := a.earlier(ctx, stage); done || err != nil {
		return a.again(ctx, stored, err)
	}
	chain, err := a.chain(ctx, "", ledger.Organisation)
	if err != nil {
		return Proof{}, err
	}
	proofs, err := a.commit(ctx, stage, resource{within: id}, func() ([]sheet, error) {
		all, err := a.holdsOf(ctx, id, 0)
		if err != nil {
			return nil, err
		}
		recorded, err := detail(all)
		return []sheet{{stage: stage, chain: chain, detail: recorded, changes: true}}, err
	})
	if err != nil {
		return Proof{}, err
	}
	return proofs[0], a.receipt(ctx, &proofs[0])
}

// List returns the holds of a case, or of every case when it is empty, in the
// order in which they were placed.
func (h Holds) List(ctx context.Context, actor Actor, id CaseID, ask Ask) ([]Hold, error) {
	a, err := h.s.looks(ctx, actor, id, ask)
	if err != nil {
		return nil, err
	}
	holds, err := a.holdsOf(ctx, id, 0)
	if err != nil {
		return nil, err
	}
	for i := range holds {
		fact, _, err := maybe[caseFact](ctx, a.Store, holds[i].Case, inCase, string(holds[i].Case), 0)
		if err != nil && !errors.Is(err, errErased) {
			return nil, fmt.Errorf("case %s: %w", holds[i].Case, err)
		}
		holds[i].Reference = fact.Reference
	}
	return holds, nil
}

// looks begins an act that only reads the record, of a case or of all, and
// decides on it.
func (s *Service) looks(ctx context.Context, actor Actor, id CaseID, ask Ask) (*act, error) {
	action := policy.CaseRead
	if id == "" {
		action = policy.AuditRead
	}
	a, err := s.begin(ctx, actor, id, action, ask)
	if err != nil {
		return nil, err
	}
	return a, a.decide(ctx, resource{})
}

// holdsOf returns the holds of a case, or all, as they stood at asOf.
func (s *Service) holdsOf(ctx context.Context, id CaseID, asOf uint64) ([]Hold, error) {
	placed, err := list[holdFact](ctx, s.Store, "", inHolds, asOf)
	if err != nil {
		return nil, err
	}
	var holds []Hold
	for _, f := range placed {
		if id != "" && f.Case != id {
			continue
		}
		hold := Hold{Case: f.Case, Hold: f.Hold, Ground: f.Ground, By: f.By, Entry: f.Entry, Time: f.Time}
		lifted, known, err := maybe[liftedFact](ctx, s.Store, "", inLifted, holdKey(f.Case, f.Hold), asOf)
		if err != nil {
			return nil, err
		}
		if known {
			hold.Lifted = &LiftedHold{lifted.By, lifted.Entry, lifted.Reason, lifted.Time}
		}
		holds = append(holds, hold)
	}
	slices.SortFunc(holds, func(a, b Hold) int {
		return cmp.Or(a.Time.Compare(b.Time.Time), strings.Compare(holdKey(a.Case, a.Hold), holdKey(b.Case, b.Hold)))
	})
	return holds, nil
}

// held names the holds in force on a case, or policy.NoHold.
func (s *Service) held(ctx context.Context, id CaseID, asOf uint64) (string, error) {
	all, err := s.holdsOf(ctx, id, asOf)
	if err != nil {
		return "", err
	}
	var names []string
	for _, h := range all {
		if h.Lifted == nil {
			names = append(names, h.Hold)
		}
	}
	if len(names) == 0 {
		return policy.NoHold, nil
	}
	return strings.Join(names, ", "), nil
}
