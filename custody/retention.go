package custody

import (
	"context"
	"errors"
	"fmt"

	"custos.example/ledger"
	"custos.example/policy"
)

// Retention is how long cases are kept: how each ended, the rules in force, reviews
// and what falls due. Disposal itself is an erasure that rests on a review.
type Retention struct{ s *Service }

// Retention returns the use cases of retention.
func (s *Service) Retention() Retention { return Retention{s} }

// RecordOutcome records how a case stands or ended, for its retention.
type RecordOutcome struct {
	Ask
	Case  CaseID
	Facts RetentionFacts
}

// UseRetentionRules puts rules of retention in force.
// Shape: Rules is the text of a file as ParseRetentionRules reads it.
type UseRetentionRules struct {
	Ask
	Rules  []byte
	Reason string
}

// RulesUsed is what came of new rules of retention.
type RulesUsed struct {
	Proof
	Rules   RulesInForce
	Waiting []WaitingDisposal // orders that were given under other rules, and how they stand now
}

// WaitingDisposal is an order of disposal that is not carried out yet.
type WaitingDisposal struct {
	Order     ledger.EntryID      `json:"order"`
	Case      CaseID              `json:"case"`
	State     policy.ErasureState `json:"state"`
	KeptUntil policy.Date         `json:"keptUntil"`
	Review    policy.ReviewState  `json:"review"`
	May       bool                `json:"may"` // go, as far as the rules of retention say
	Words     string              `json:"words"`
}

// ReviewRetention records the review of the retention of a case.
// Shape: Decision is ReviewRetain, with the day NextOn on which it is looked at
// again, or ReviewDispose, without.
type ReviewRetention struct {
	Ask
	Case     CaseID
	Decision string
	NextOn   policy.Date
	Reason   string
}

// Record records how a case stands or ended.
// Errors: ErrDenied; ErrInvalid when the facts do not fit together or the rules in
// force cannot be applied to them; ErrConflict when they are on record already.
func (r Retention) Record(ctx context.Context, actor Actor, request RecordOutcome) (Proof, error) {
	a, err := r.s.begin(ctx, actor, request.Case, policy.RetentionRecord, request)
	if err != nil {
		return Proof{}, err
	}
	if stored, done, err := a.earlier(ctx, "outcome"); done || err != nil {
		return a.again(ctx, stored, err)
	}
	request.Facts.settle()
	proofs, err := a.commit(ctx, "outcome", resource{}, func() ([]sheet, error) {
		k, err := a.keepingOf(ctx, a.id, 0)
		if err != nil {
			return nil, err
		}
		today, err := civilDay(a.now)
		if err != nil {
			return nil, err
		}
		if err := request.Facts.Check(k.rules, today); err != nil {
			return nil, err
		}
		if k.facts != nil && *k.facts == request.Facts {
			return nil, fmt.Errorf("this is what is recorded already: %w", ErrConflict)
		}
		s, err := a.rowSheet(ctx, "outcome", retentionRegister, retentionFactsRow, ledger.EntryID{}, true, request.Facts)
		s.operation = "alteration"
		return []sheet{s}, err
	})
	if err != nil {
		return Proof{}, err
	}
	return proofs[0], nil
}

// Use puts rules of retention in force, for every case at once. Disposals that wait
// are not undone: what the rules keep now is not carried out, and reviews that were
// made by other rules have to be made again.
// Errors: ErrDenied; ErrInvalid; ErrConflict when these rules are in force.
func (r Retention) Use(ctx context.Context, actor Actor, request UseRetentionRules) (RulesUsed, error) {
	rules, err := ParseRetentionRules(request.Rules)
	if err != nil {
		return RulesUsed{}, err
	}
	if err := checkText("reason for these rules", request.Reason); err != nil {
		return RulesUsed{}, err
	}
	a, err := r.s.begin(ctx, actor, "", policy.OrganisationRecord, request)
	if err != nil {
		return RulesUsed{}, err
	}
	if stored, done, err := a.earlier(ctx, "rules"); done || err != nil {
		proof, err := a.again(ctx, stored, err)
		if err != nil {
			return RulesUsed{}, err
		}
		if err := a.keepsRecord(ctx, resource{}); err != nil {
			return RulesUsed{}, err
		}
		if err := a.decide(ctx, resource{}); err != nil { // what waits in every case goes out again
			return RulesUsed{}, err
		}
		return r.used(ctx, a, proof)
	}
	if err := a.keepsRecord(ctx, resource{}); err != nil {
		return RulesUsed{}, err
	}
	proofs, err := a.commit(ctx, "rules", resource{}, func() ([]sheet, error) {
		_, before, err := a.rulesInForce(ctx, 0)
		if err != nil {
			return nil, err
		}
		if digest, err := rules.digest(); err != nil || digest == before.Digest {
			return nil, errors.Join(err, fmt.Errorf("these rules of retention are in force already: %w", ErrConflict))
		}
		s, err := a.rowSheet(ctx, "rules", retentionRegister, retentionRulesRow, ledger.EntryID{}, true, rulesDocument{request.Reason, rules})
		s.operation = "alteration"
		return []sheet{s}, err
	})
	if err != nil {
		return RulesUsed{}, err
	}
	return r.used(ctx, a, proofs[0])
}

func (r Retention) used(ctx context.Context, a *act, proof Proof) (RulesUsed, error) {
	_, named, err := a.rulesInForce(ctx, 0)
	if err != nil {
		return RulesUsed{}, err
	}
	today, err := civilDay(a.now)
	if err != nil {
		return RulesUsed{}, err
	}
	waiting, err := a.waiting(ctx, "", today)
	return RulesUsed{proof, named, waiting}, err
}

// waiting returns the orders of disposal that wait, of a case or of all, in the
// order of their time.
func (s *Service) waiting(ctx context.Context, id CaseID, today policy.Date) ([]WaitingDisposal, error) {
	orders, err := list[orderFact](ctx, s.Store, "", inOrders, 0)
	if err != nil {
		return nil, err
	}
	sortByTime(orders)
	waiting := []WaitingDisposal{}
	for _, order := range orders {
		if id != "" && order.Case != id || order.Basis != policy.RetentionEnded {
			continue
		}
		w, open, err := s.waits(ctx, order, today)
		if err != nil {
			return nil, err
		}
		if open {
			waiting = append(waiting, w)
		}
	}
	return waiting, nil
}

// waits says how an order of disposal stands, and whether it waits at all.
func (s *Service) waits(ctx context.Context, order orderFact, today policy.Date) (WaitingDisposal, bool, error) {
	w := WaitingDisposal{Order: order.Entry, Case: order.Case, State: policy.ErasureOrdered}
	answer, answered, err := maybe[answerFact](ctx, s.Store, "", inAnswers, order.Entry.String(), 0)
	if err != nil || answered && answer.Decision == ErasureCancelled {
		return w, false, err
	}
	if answered {
		w.State = policy.ErasureState(answer.Decision)
	}
	if erased, err := s.erasedUnder(ctx, order.Entry, 0); err != nil || len(erased) > 0 {
		return w, false, err
	}
	if w.KeptUntil, w.Review, err = s.keptAndReviewed(ctx, order.Case, 0); err != nil {
		return w, false, err
	}
	over := w.KeptUntil == policy.NoDate || w.KeptUntil < today
	switch w.May = over && w.Review == policy.ReviewStands; {
	case w.May:
		w.Words = "It may go as soon as it is approved and its delay has passed."
	case w.KeptUntil == policy.OpenDay:
		w.Words = "The rules of retention in force keep the case, and until when is not known yet: cancel the order, or see retention show."
	case !over:
		w.Words = fmt.Sprintf("The rules of retention in force keep the case until %s: cancel the order, or leave it until then.", w.KeptUntil)
	case w.Review == policy.ReviewOvertaken:
		w.Words = "The rules or the facts have changed since the review: another review has to say that it may go."
	case w.Review == policy.ReviewRetains:
		w.Words = "The newest review keeps the case: cancel the order."
	default:
		w.Words = "No review says that it may go."
	}
	return w, true, nil
}
