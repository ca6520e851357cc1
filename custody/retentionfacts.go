package custody

import (
	"context"
	"errors"
	"fmt"

	"custos.example/ledger"
	"custos.example/policy"
)

// Names in the register of retention: the rules stand on the organisation's chain,
// and so do reviews and disposals, because they outlive the case. How a case ended
// stands in the case and goes with it.
const (
	retentionRulesRow = "rules"
	retentionFactsRow = "facts"
)

func reviewRow(id CaseID) string              { return "review " + string(id) }
func disposalRow(order ledger.EntryID) string { return "disposal " + order.String() }

// rulesDocument is the row with which rules of retention are put in force.
// Shape: canonical JSON.
type rulesDocument struct {
	Reason string         `json:"reason"`
	Rules  RetentionRules `json:"rules"`
}

// The decisions of a review.
const (
	ReviewRetain  = "retain"
	ReviewDispose = "dispose"
)

// reviewDocument is the row of a review of retention.
// Shape: canonical JSON. It names nobody: it stays when the case is gone.
type reviewDocument struct {
	Case      CaseID            `json:"case"`
	Decision  string            `json:"decision"`
	Facts     ledger.EntryID    `json:"facts"` // entry of the facts that were reviewed
	Grounds   []RetentionGround `json:"grounds"`
	Group     string            `json:"group"`
	KeptUntil policy.Date       `json:"keptUntil"`
	NextOn    policy.Date       `json:"nextOn,omitempty"` // of a case that is kept: when it is looked at again
	On        policy.Date       `json:"on"`
	Outcome   Outcome           `json:"outcome"`
	OutcomeOn policy.Date       `json:"outcomeOn"`
	Reason    string            `json:"reason"`
	Reference string            `json:"reference"` // of the case
	Rules     RulesInForce      `json:"rules"`
}

// RulesInForce names rules of retention.
type RulesInForce struct {
	Digest ledger.Digest  `json:"digest"`
	Entry  ledger.EntryID `json:"entry,omitempty"` // that put them in force; zero for those that are delivered
	Name   string         `json:"name"`
}

// keeping is what keeps a case, as far as the record had it.
type keeping struct {
	rules   RetentionRules
	named   RulesInForce
	facts   *RetentionFacts // nil while nobody has recorded how the case stands
	factsBy rowFact
	review  *reviewDocument // the newest; nil while there is none
	by      rowFact         // of the review
	grounds []RetentionGround
}

// rulesInForce returns the rules of retention as of asOf.
func (s *Service) rulesInForce(ctx context.Context, asOf uint64) (RetentionRules, RulesInForce, error) {
	row, known, err := maybe[rowFact](ctx, s.Store, "", inRegisters, registerKey(retentionRegister, retentionRulesRow), asOf)
	if err != nil {
		return RetentionRules{}, RulesInForce{}, err
	}
	var rules RetentionRules
	if known {
		var doc rulesDocument
		doc, err = documentOf[rulesDocument](ctx, s, "", row.Payload)
		rules = doc.Rules
	} else {
		rules, err = DeliveredRetentionRules()
	}
	if err != nil {
		return rules, RulesInForce{}, fmt.Errorf("the rules of retention in force: %w", err)
	}
	digest, err := rules.digest()
	return rules, RulesInForce{Digest: digest, Entry: row.Entry, Name: rules.Name}, err
}

// keepingOf gathers what keeps a case under the rules in force. Holds and the
// records of authorities are apart.
func (s *Service) keepingOf(ctx context.Context, id CaseID, asOf uint64) (keeping, error) {
	var k keeping
	var err error
	if k.rules, k.named, err = s.rulesInForce(ctx, asOf); err != nil {
		return k, err
	}
	row, known, err := maybe[rowFact](ctx, s.Store, id, inRegisters, registerKey(retentionRegister, retentionFactsRow), asOf)
	if err != nil {
		return k, err
	}
	if known {
		facts, err := documentOf[RetentionFacts](ctx, s, id, row.Payload)
		if err != nil {
			return k, fmt.Errorf("how the case ended: %w", err)
		}
		k.facts, k.factsBy, k.grounds = &facts, row, k.rules.grounds(facts)
	} else {
		k.grounds = []RetentionGround{{Ground: GroundUnrecorded, Until: policy.OpenDay, Words: "Nobody has recorded how the case stands or ended."}}
	}
	row, known, err = maybe[rowFact](ctx, s.Store, "", inRegisters, registerKey(retentionRegister, reviewRow(id)), asOf)
	if err != nil || !known {
		return k, err
	}
	review, err := documentOf[reviewDocument](ctx, s, "", row.Payload)
	if err != nil {
		return k, fmt.Errorf("the review of the retention: %w", err)
	}
	k.review, k.by = &review, row
	if review.Decision == ReviewRetain {
		k.grounds = append(k.grounds, RetentionGround{
			Ground: GroundReview, Until: review.NextOn, Words: fmt.Sprintf("The review of %s keeps it until it is looked at again.", review.On),
		})
		sortGrounds(k.grounds)
	}
	return k, nil
}

// state says what the newest review gives for a disposal.
func (k keeping) state() policy.ReviewState {
	switch {
	case k.review == nil:
		return policy.ReviewNone
	case k.review.Decision == ReviewRetain:
		return policy.ReviewRetains
	case k.review.Rules.Digest != k.named.Digest || k.review.Facts != k.factsBy.Entry:
		return policy.ReviewOvertaken
	}
	return policy.ReviewStands
}

// reviewOn is the day on which the case is to be looked at; policy.OpenDay while no
// day is known.
func (k keeping) reviewOn() policy.Date {
	switch {
	case k.review != nil && k.review.Decision == ReviewRetain:
		return k.review.NextOn
	case k.facts == nil:
		return policy.OpenDay
	}
	return k.rules.firstReview(*k.facts)
}

// keptAndReviewed is what the rules of erasure ask about the retention of a case.
// Of a case that is gone nothing says that it may go.
func (s *Service) keptAndReviewed(ctx context.Context, id CaseID, asOf uint64) (policy.Date, policy.ReviewState, error) {
	k, err := s.keepingOf(ctx, id, asOf)
	if errors.Is(err, errErased) {
		return policy.OpenDay, policy.ReviewNone, nil
	}
	if err != nil {
		return "", "", fmt.Errorf("the retention of case %s: %w", id, err)
	}
	return keptUntil(k.grounds), k.state(), nil
}

// outcomeBy returns who recorded how a case stands or ended, last; policy.NoEntry
// while nobody has, and of a case that is gone.
func (s *Service) outcomeBy(ctx context.Context, id CaseID, asOf uint64) (string, error) {
	row, known, err := maybe[rowFact](ctx, s.Store, id, inRegisters, registerKey(retentionRegister, retentionFactsRow), asOf)
	if errors.Is(err, errErased) {
		return policy.NoEntry, nil
	}
	if err != nil || !known {
		return policy.NoEntry, err
	}
	return row.By, nil
}
