package custody

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"custos.example/ledger"
	"custos.example/policy"
)

// Review records what a review of the retention of a case came to. It stands on the
// organisation's chain, since it outlives the case.
// Errors: ErrDenied, also for the person who recorded how the case ended;
// ErrConflict when the case is to go although something keeps it; ErrInvalid.
func (r Retention) Review(ctx context.Context, actor Actor, request ReviewRetention) (Proof, error) {
	if request.Case == "" {
		return Proof{}, fmt.Errorf("say which case: %w", ErrInvalid)
	}
	if err := checkText("reason for the decision", request.Reason); err != nil {
		return Proof{}, err
	}
	a, err := r.s.begin(ctx, actor, "", policy.RetentionReview, request)
	if err != nil {
		return Proof{}, err
	}
	if stored, done, err := a.earlier(ctx, "review"); done || err != nil {
		return a.again(ctx, stored, err)
	}
	about := resource{within: request.Case, erasure: &erasing{id: request.Case, basis: policy.RetentionEnded, notBefore: policy.At(a.now), whole: true}}
	proofs, err := a.commit(ctx, "review", about, func() ([]sheet, error) {
		doc, by, err := a.reviewed(ctx, request)
		if err != nil {
			return nil, err
		}
		s, err := a.rowSheet(ctx, "review", retentionRegister, reviewRow(request.Case), by, true, doc)
		s.operation = "consultation"
		return []sheet{s}, err
	})
	if err != nil {
		return Proof{}, err
	}
	return proofs[0], a.receipt(ctx, &proofs[0])
}

// reviewed checks a review against what keeps the case, and returns it with the
// entry of the facts that it rests on.
func (a *act) reviewed(ctx context.Context, request ReviewRetention) (reviewDocument, ledger.EntryID, error) {
	k, err := a.keepingOf(ctx, request.Case, 0)
	if err != nil {
		return reviewDocument{}, ledger.EntryID{}, err
	}
	if k.facts == nil {
		return reviewDocument{}, ledger.EntryID{}, fmt.Errorf("nobody has recorded how the case stands or ended: record it first (custos retention record): %w", ErrInvalid)
	}
	if k.factsBy.By == a.actor.ID {
		return reviewDocument{}, ledger.EntryID{}, fmt.Errorf("you recorded how the case ended (entry %s); another person reviews its retention: %w", k.factsBy.Entry, ErrDenied)
	}
	about, err := find[caseFact](ctx, a.Store, request.Case, inCase, string(request.Case), 0)
	if err != nil {
		return reviewDocument{}, ledger.EntryID{}, fmt.Errorf("case %s: %w", request.Case, err)
	}
	today, err := civilDay(a.now)
	if err != nil {
		return reviewDocument{}, ledger.EntryID{}, err
	}
	grounds := slices.DeleteFunc(slices.Clone(k.grounds), func(g RetentionGround) bool { return g.Ground == GroundReview }) // of the review before
	doc := reviewDocument{
		Case: request.Case, Decision: request.Decision, Facts: k.factsBy.Entry, Grounds: grounds, Group: k.facts.Group, KeptUntil: keptUntil(grounds),
		NextOn: request.NextOn, On: today, Outcome: k.facts.Outcome, OutcomeOn: k.facts.OutcomeOn, Reason: request.Reason, Reference: about.Reference,
		Rules: k.named,
	}
	switch request.Decision {
	case ReviewRetain:
		err = checkNext(request.NextOn, today)
	case ReviewDispose:
		err = a.mayGo(ctx, request, grounds, today)
	default:
		err = fmt.Errorf("a review says %s or %s, not %q: %w", ReviewRetain, ReviewDispose, request.Decision, ErrInvalid)
	}
	return doc, k.factsBy.Entry, err
}

func checkNext(next, today policy.Date) error {
	if err := checkDay("day on which the case is looked at again", next); err != nil {
		return err
	}
	if next <= today || next > laterBy(today, latestReview) {
		return fmt.Errorf("a case that is kept is looked at again on a day after today and within %d years, not on %s: %w", latestReview, next, ErrInvalid)
	}
	return nil
}

// mayGo refuses a disposal while something keeps the case.
func (a *act) mayGo(ctx context.Context, request ReviewRetention, grounds []RetentionGround, today policy.Date) error {
	if request.NextOn != "" {
		return fmt.Errorf("a case that may go is not looked at again, so name no day: %w", ErrInvalid)
	}
	all, err := a.otherGrounds(ctx, request.Case, 0)
	if err != nil {
		return err
	}
	var keep []string
	for _, g := range append(slices.Clone(grounds), all...) {
		if g.Until >= today {
			keep = append(keep, fmt.Sprintf("%s (%s)", strings.TrimSuffix(g.Words, "."), untilWords(g.Until)))
		}
	}
	if len(keep) > 0 {
		return fmt.Errorf("the case cannot go, because of: %s; keep it until a later review: %w", strings.Join(keep, "; "), ErrConflict)
	}
	return nil
}

func untilWords(day policy.Date) string {
	if day == policy.OpenDay {
		return "no end is known yet"
	}
	return "until " + string(day)
}

// otherGrounds are the reasons to keep a case that do not come from the rules of
// retention: the records of its authorities, and holds.
func (a *act) otherGrounds(ctx context.Context, id CaseID, asOf uint64) ([]RetentionGround, error) {
	until, err := a.retained(ctx, id, nil, true, asOf)
	if err != nil {
		return nil, err
	}
	var list []RetentionGround
	if until != policy.NoDate {
		list = append(list, RetentionGround{Ground: GroundAuthority, Until: until, Words: "The records of an authority are kept available."})
	}
	holds, err := a.holdsOf(ctx, id, asOf)
	if err != nil {
		return nil, err
	}
	for _, h := range holds {
		if h.Lifted == nil {
			list = append(list, RetentionGround{Ground: GroundHold, Until: policy.OpenDay, Words: fmt.Sprintf("Hold %s: %s.", h.Hold, strings.TrimSuffix(h.Ground, "."))})
		}
	}
	sortGrounds(list)
	return list, nil
}

func sortByTime(orders []orderFact) {
	slices.SortFunc(orders, func(x, y orderFact) int {
		return cmp.Or(x.Time.Compare(y.Time.Time), cmp.Compare(x.Entry.String(), y.Entry.String()))
	})
}
