package custody

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"custos.example/ledger"
	"custos.example/policy"
)

// Kept is what keeps a case, and until when.
type Kept struct {
	Case      CaseID             `json:"case"`
	In        string             `json:"in"` // reference of the case
	Rules     RulesInForce       `json:"rules"`
	Facts     *RetentionFacts    `json:"facts,omitempty"` // nil while nobody has recorded how it stands
	Recorded  ledger.EntryID     `json:"recorded,omitempty"`
	By        string             `json:"by,omitempty"` // who recorded it
	Grounds   []RetentionGround  `json:"grounds"`      // every reason to keep it, ended ones too
	KeptUntil policy.Date        `json:"keptUntil"`    // the latest of them; policy.OpenDay while no day is known
	Over      bool               `json:"over"`         // nothing keeps it today
	ReviewOn  policy.Date        `json:"reviewOn"`     // when it is to be looked at; policy.OpenDay while no day is known
	Due       bool               `json:"due"`          // that day has come, or nobody has recorded how the case stands
	Review    policy.ReviewState `json:"review"`
	Reviewed  *RetentionReview   `json:"reviewed,omitempty"` // the newest review
	Waiting   []WaitingDisposal  `json:"waiting"`
}

// RetentionReview is one review as it stands in the record.
type RetentionReview struct {
	By        string            `json:"by"`
	Decision  string            `json:"decision"`
	Entry     ledger.EntryID    `json:"entry"`
	Grounds   []RetentionGround `json:"grounds"`
	KeptUntil policy.Date       `json:"keptUntil"`
	NextOn    policy.Date       `json:"nextOn,omitempty"`
	On        policy.Date       `json:"on"`
	Reason    string            `json:"reason"`
	Rules     RulesInForce      `json:"rules"`
}

// Show says what keeps a case, and until when.
func (r Retention) Show(ctx context.Context, actor Actor, id CaseID, ask Ask) (Kept, error) {
	if id == "" {
		return Kept{}, fmt.Errorf("say which case: %w", ErrInvalid)
	}
	a, err := r.s.begin(ctx, actor, id, policy.CaseRead, ask)
	if err != nil {
		return Kept{}, err
	}
	if err := a.decide(ctx, resource{}); err != nil {
		return Kept{}, err
	}
	return a.kept(ctx, id)
}

// RetentionList is what stands to be done about the retention of cases.
// Shape: in the order of the days on which they fall due, then of cases.
type RetentionList struct {
	Rules      RulesInForce      `json:"rules"`
	Cases      []Kept            `json:"cases"`
	Unreadable map[CaseID]string `json:"unreadable"`
}

// ListRetention asks for the retention of every case.
type ListRetention struct {
	Ask
	Due bool // only those that are to be looked at, or whose disposal waits
}

// List says of every case until when it is kept, when it is to be looked at, and
// what waits.
func (r Retention) List(ctx context.Context, actor Actor, request ListRetention) (RetentionList, error) {
	a, err := r.s.begin(ctx, actor, "", policy.AuditRead, request)
	if err != nil {
		return RetentionList{}, err
	}
	if err := a.decide(ctx, resource{}); err != nil {
		return RetentionList{}, err
	}
	found := RetentionList{Cases: []Kept{}, Unreadable: map[CaseID]string{}}
	if _, found.Rules, err = a.rulesInForce(ctx, 0); err != nil {
		return found, err
	}
	err = a.overCases(ctx, "", found.Unreadable, func(within *act) error {
		kept, err := within.kept(ctx, within.id)
		if err == nil && (!request.Due || kept.Due || len(kept.Waiting) > 0) {
			found.Cases = append(found.Cases, kept)
		}
		return err
	})
	slices.SortFunc(found.Cases, func(x, y Kept) int {
		return cmp.Or(cmp.Compare(x.ReviewOn, y.ReviewOn), cmp.Compare(x.In, y.In), cmp.Compare(x.Case, y.Case))
	})
	return found, err
}

// kept says what keeps a case today.
func (a *act) kept(ctx context.Context, id CaseID) (Kept, error) {
	about, err := find[caseFact](ctx, a.Store, id, inCase, string(id), 0)
	if errors.Is(err, ErrNotFound) {
		err = errors.Join(err, a.goneCase(ctx, id))
	}
	if err != nil {
		return Kept{}, fmt.Errorf("case %s: %w", id, err)
	}
	k, err := a.keepingOf(ctx, id, 0)
	if err != nil {
		return Kept{}, err
	}
	others, err := a.otherGrounds(ctx, id, 0)
	if err != nil {
		return Kept{}, err
	}
	today, err := civilDay(a.now)
	if err != nil {
		return Kept{}, err
	}
	grounds := append(slices.Clone(k.grounds), others...)
	sortGrounds(grounds)
	kept := Kept{
		Case: id, In: about.Reference, Rules: k.named, Facts: k.facts, Recorded: k.factsBy.Entry, By: k.factsBy.By, Grounds: grounds,
		KeptUntil: keptUntil(grounds), ReviewOn: k.reviewOn(), Review: k.state(),
	}
	kept.Over = kept.KeptUntil == policy.NoDate || kept.KeptUntil < today
	kept.Due = k.facts == nil || kept.ReviewOn <= today && kept.Review != policy.ReviewStands
	if k.review != nil {
		kept.Reviewed = reviewOf(*k.review, k.by)
	}
	kept.Waiting, err = a.waiting(ctx, id, today)
	return kept, err
}

func reviewOf(doc reviewDocument, row rowFact) *RetentionReview {
	return &RetentionReview{
		By: row.By, Decision: doc.Decision, Entry: row.Entry, Grounds: doc.Grounds, KeptUntil: doc.KeptUntil, NextOn: doc.NextOn, On: doc.On,
		Reason: doc.Reason, Rules: doc.Rules,
	}
}

// Rules returns the rules of retention in force, for whoever may see the case, or
// without one for those who oversee all.
func (r Retention) Rules(ctx context.Context, actor Actor, id CaseID, ask Ask) (RetentionRules, RulesInForce, error) {
	a, err := r.s.looks(ctx, actor, id, ask)
	if err != nil {
		return RetentionRules{}, RulesInForce{}, err
	}
	return a.rulesInForce(ctx, 0)
}
