package custody

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"custos.example/ledger"
	"custos.example/policy"
)

// Erasures is lawful disposal: one person orders it, another approves it, a
// delay passes in which it can be cancelled, and then it is carried out. What
// was destroyed, under which order and who had received it stay in the record.
type Erasures struct{ s *Service }

// ErasureDelay is the shortest time between an order and its carrying-out.
const ErasureDelay = 24 * time.Hour

// The answers to an order.
const (
	ErasureApproved  = "approved"
	ErasureCancelled = "cancelled"
)

// OrderErasure orders the erasure of payloads of a case, or of the whole case.
// Shape: Payloads names them by the item of a received file (NET/3), the
// reference of an exhibit (JAS/1), an entry, or ALGORITHM:HEX; none = the whole
// case. Order is the office's own reference of the decision. Units: Delay 0 is
// ErasureDelay, and a shorter one is refused.
type OrderErasure struct {
	Ask
	Case     CaseID
	Payloads []string
	Derived  bool                // also everything that was made from them
	Basis    policy.ErasureBasis // empty: retention, which is disposal and rests on a review
	Ground   string
	Order    string
	Delay    time.Duration
}

// AnswerErasure approves or cancels an order.
type AnswerErasure struct {
	Ask
	Order    ledger.EntryID
	Decision string // ErasureApproved or ErasureCancelled
	Reason   string
}

// CarryOutErasure carries out an order that was approved.
type CarryOutErasure struct {
	Ask
	Order ledger.EntryID
}

// Erasure is an order as far as it has come.
type Erasure struct {
	Order     ledger.EntryID
	Reference string // the office's own
	Case      CaseID
	Whole     bool // the whole case
	Digests   []ledger.DigestSet
	Basis     policy.ErasureBasis
	Ground    string
	By        string
	Time      ledger.Time
	NotBefore ledger.Time
	State     policy.ErasureState
	Answers   *ErasureAnswer // the newest; nil while there is none
	Erased    []ledger.EntryID
	Again     bool // a request that was answered before: as it was then, and Reach is not told anew
	Reach     Reach
}

// ErasureAnswer is what another person said of an order.
type ErasureAnswer struct {
	By       string
	Decision string
	Reason   string
	Time     ledger.Time
}

// Order records an order and says what it reaches.
// Errors: ErrDenied under a hold; ErrNotFound for what the case does not have;
// ErrConflict when something is erased already.
func (e Erasures) Order(ctx context.Context, actor Actor, request OrderErasure) (Erasure, Proof, error) {
	if err := cmp.Or(checkText("ground of the erasure", request.Ground), checkText("reference of the order", request.Order)); err != nil {
		return Erasure{}, Proof{}, err
	}
	if request.Delay != 0 && request.Delay < ErasureDelay {
		return Erasure{}, Proof{}, fmt.Errorf("an erasure waits at least %v, so that it can be cancelled; %v was asked for: %w", ErasureDelay, request.Delay, ErrInvalid)
	}
	if request.Case == "" {
		return Erasure{}, Proof{}, fmt.Errorf("say which case: %w", ErrInvalid)
	}
	if err := request.settleBasis(); err != nil {
		return Erasure{}, Proof{}, err
	}
	a, err := e.s.begin(ctx, actor, "", policy.EraseOrder, request)
	if err != nil {
		return Erasure{}, Proof{}, err
	}
	if stored, done, err := a.earlier(ctx, "erasure ordered"); done || err != nil {
		proof, err := a.again(ctx, stored, err)
		if err != nil {
			return Erasure{}, Proof{}, err
		}
		erasure, err := a.orderThen(ctx, stored.Entry, stored)
		return erasure, proof, err
	}
	notBefore := ledger.NewTime(a.now.Add(max(request.Delay, ErasureDelay)))
	about := resource{within: request.Case, erasure: &erasing{id: request.Case, basis: request.Basis, notBefore: policy.At(notBefore.Time)}}
	if err := a.decide(ctx, about); err != nil {
		return Erasure{}, Proof{}, err
	}
	digests, err := a.ordered(ctx, request)
	if err != nil {
		return Erasure{}, Proof{}, err
	}
	chain, err := a.chain(ctx, "", ledger.Organisation)
	if err != nil {
		return Erasure{}, Proof{}, err
	}
	about.erasure.digests, about.erasure.whole = digests, len(digests) == 0
	proofs, err := a.commit(ctx, "erasure ordered", about, func() ([]sheet, error) {
		return []sheet{{
			stage: "erasure ordered", chain: chain, changes: true, operation: "erasure", parameters: map[string]string{parameterBasis: string(request.Basis)},
			detail: &ledger.ErasureOrdered{
				Case: string(request.Case), Digests: digests, Ground: request.Ground, NotBefore: notBefore, Order: request.Order,
			},
		}}, nil
	})
	if err != nil {
		return Erasure{}, Proof{}, err
	}
	if err := a.receipt(ctx, &proofs[0]); err != nil {
		return Erasure{}, Proof{}, err
	}
	erasure, err := a.erasure(ctx, proofs[0].Entry, 0)
	return erasure, proofs[0], err
}

// Answer approves or cancels an order.
// Errors: ErrDenied when the one who asks gave the order and approves it, or
// when it is too late.
func (e Erasures) Answer(ctx context.Context, actor Actor, request AnswerErasure) (Erasure, Proof, error) {
	action := policy.EraseApprove
	switch request.Decision {
	case ErasureApproved:
	case ErasureCancelled:
		action = policy.EraseCancel
	default:
		return Erasure{}, Proof{}, fmt.Errorf("an order is %s or %s, not %q: %w", ErasureApproved, ErasureCancelled, request.Decision, ErrInvalid)
	}
	if err := checkText("reason", request.Reason); err != nil {
		return Erasure{}, Proof{}, err
	}
	a, err := e.s.begin(ctx, actor, "", action, request)
	if err != nil {
		return Erasure{}, Proof{}, err
	}
	if stored, done, err := a.earlier(ctx, "erasure answered"); done || err != nil {
		proof, err := a.again(ctx, stored, err)
		if err != nil {
			return Erasure{}, Proof{}, err
		}
		erasure, err := a.orderThen(ctx, request.Order, stored)
		return erasure, proof, err
	}
	chain, err := a.chain(ctx, "", ledger.Organisation)
	if err != nil {
		return Erasure{}, Proof{}, err
	}
	proofs, err := a.commit(ctx, "erasure answered", resource{erasure: &erasing{order: request.Order}}, func() ([]sheet, error) {
		return []sheet{{stage: "erasure answered", chain: chain, changes: true, operation: "erasure", detail: &ledger.ErasureDecided{
			Decision: request.Decision, Order: request.Order, Reason: request.Reason,
		}}}, nil
	})
	if err != nil {
		return Erasure{}, Proof{}, err
	}
	if err := a.receipt(ctx, &proofs[0]); err != nil {
		return Erasure{}, Proof{}, err
	}
	erasure, err := a.erasure(ctx, request.Order, 0)
	return erasure, proofs[0], err
}

// List returns the orders about a case, or all when it is empty, in the order in
// which they were given.
func (e Erasures) List(ctx context.Context, actor Actor, id CaseID, ask Ask) ([]Erasure, error) {
	a, err := e.s.looks(ctx, actor, id, ask)
	if err != nil {
		return nil, err
	}
	orders, err := list[orderFact](ctx, a.Store, "", inOrders, 0)
	if err != nil {
		return nil, err
	}
	erasures := []Erasure{}
	for _, order := range orders {
		if id != "" && order.Case != id {
			continue
		}
		one, err := a.erasure(ctx, order.Entry, 0)
		if err != nil {
			return nil, err
		}
		erasures = append(erasures, one)
	}
	slices.SortFunc(erasures, func(x, y Erasure) int {
		return cmp.Or(x.Time.Compare(y.Time.Time), cmp.Compare(x.Order.String(), y.Order.String()))
	})
	return erasures, nil
}

// erasing names an erasure for the policy: an order in the record, or, when
// order is zero, one that is asked for.
type erasing struct {
	order     ledger.EntryID
	id        CaseID
	basis     policy.ErasureBasis
	notBefore policy.Time
	digests   []ledger.DigestSet // of an order that is still asked for
	whole     bool               // the whole case, likewise
}

// erasureFacts says how far an erasure had come when the log had asOf entries.
func (a *act) erasureFacts(ctx context.Context, about erasing, asOf uint64) (*policy.Erasure, error) {
	facts := &policy.Erasure{
		ApprovedBy: policy.NoEntry, Basis: about.basis, NotBefore: about.notBefore, Order: policy.NoOrder, OrderedBy: a.actor.ID,
		RetainUntil: policy.NoDate, State: policy.ErasureAsked,
	}
	id, digests, whole := about.id, about.digests, about.whole
	if about.order != (ledger.EntryID{}) {
		erasure, err := a.erasure(ctx, about.order, asOf)
		if err != nil {
			return nil, err
		}
		id, digests, whole = erasure.Case, erasure.Digests, erasure.Whole
		facts.Order, facts.OrderedBy, facts.State, facts.Basis = about.order.String(), erasure.By, erasure.State, erasure.Basis
		facts.NotBefore = policy.At(erasure.NotBefore.Time)
		if answer := erasure.Answers; answer != nil && answer.Decision == ErasureApproved {
			facts.ApprovedBy, facts.Reviewed = answer.By, answer.Reason != ""
		}
	}
	var err error
	if facts.RetainUntil, err = a.retained(ctx, id, digests, whole, asOf); err != nil {
		return nil, err
	}
	if facts.KeptUntil, facts.Review, err = a.keptAndReviewed(ctx, id, asOf); err != nil {
		return nil, err
	}
	if facts.OutcomeBy, err = a.outcomeBy(ctx, id, asOf); err != nil {
		return nil, err
	}
	facts.Hold, err = a.held(ctx, id, asOf)
	return facts, err
}

// orderOf reads an order as it was given.
// Errors: ErrNotFound.
func (a *act) orderOf(ctx context.Context, order ledger.EntryID, asOf uint64) (orderFact, error) {
	fact, err := find[orderFact](ctx, a.Store, "", inOrders, order.String(), asOf)
	if err != nil {
		return fact, fmt.Errorf("order of erasure %s: %w", order, err)
	}
	return fact, nil
}

// erasure reads an order and how far it had come, at asOf.
// Errors: ErrNotFound.
func (a *act) erasure(ctx context.Context, order ledger.EntryID, asOf uint64) (Erasure, error) {
	fact, err := a.orderOf(ctx, order, asOf)
	if err != nil {
		return Erasure{}, err
	}
	e := Erasure{
		Order: fact.Entry, Reference: fact.Order, Case: fact.Case, Whole: len(fact.Digests) == 0, Digests: fact.Digests, Basis: fact.Basis,
		Ground: fact.Ground, By: fact.By, Time: fact.Time, NotBefore: fact.NotBefore, State: policy.ErasureOrdered,
	}
	answer, answered, err := maybe[answerFact](ctx, a.Store, "", inAnswers, order.String(), asOf)
	if err != nil {
		return e, err
	}
	if answered {
		e.Answers = &ErasureAnswer{answer.By, answer.Decision, answer.Reason, answer.Time}
		e.State = policy.ErasureState(answer.Decision)
	}
	erased, err := a.erasedUnder(ctx, order, asOf)
	if err != nil {
		return e, err
	}
	if len(erased) > 0 {
		e.State = policy.ErasureDone
		for _, f := range erased {
			e.Erased = append(e.Erased, f.Entry)
		}
		e.Reach.Recipients = erased[0].Recipients
		return e, nil
	}
	if asOf == 0 {
		e.Reach, err = a.reach(ctx, fact.Case, fact.Digests)
	}
	return e, err
}

// orderThen is an order as it was when an entry about it was appended: who asks again
// with the same request is told nothing of what the case holds now, undecided.
func (a *act) orderThen(ctx context.Context, order ledger.EntryID, entry Stored) (Erasure, error) {
	e, err := a.erasure(ctx, order, uint64(entry.Index)+1) //nolint:gosec // a place in the log
	e.Again = true
	return e, err
}

// erasedUnder returns what was erased under an order.
func (s *Service) erasedUnder(ctx context.Context, order ledger.EntryID, asOf uint64) ([]erasedFact, error) {
	all, err := list[erasedFact](ctx, s.Store, "", inErased, asOf)
	return slices.DeleteFunc(all, func(f erasedFact) bool { return f.Order != order.String() }), err
}

// erasedOf returns what was erased of a case, by digest and newest, and whether
// all of it was. The same content may have been kept anew since.
func (s *Service) erasedOf(ctx context.Context, id CaseID) (map[string]erasedFact, bool, error) {
	orders, err := list[orderFact](ctx, s.Store, "", inOrders, 0)
	if err != nil {
		return nil, false, err
	}
	gone, whole := map[string]erasedFact{}, false
	for _, order := range orders {
		if order.Case != id {
			continue
		}
		erased, err := s.erasedUnder(ctx, order.Entry, 0)
		if err != nil {
			return nil, false, err
		}
		for _, f := range erased {
			if before, known := gone[digestKey(f.Digest)]; !known || before.Index < f.Index {
				gone[digestKey(f.Digest)] = f
			}
		}
		whole = whole || len(erased) > 0 && len(order.Digests) == 0
	}
	return gone, whole, nil
}

// receivedBefore returns the evidence under which these bytes stand in the record;
// after a lawful erasure they do not, and are received anew.
func (a *act) receivedBefore(ctx context.Context, recorded ledger.DigestSet) (evidenceFact, bool, error) {
	fact, known, err := maybe[evidenceFact](ctx, a.Store, a.id, inReceived, digestKey(recorded), 0)
	if err != nil || !known {
		return fact, false, err
	}
	erased, _, err := a.erasedOf(ctx, a.id)
	if err != nil {
		return fact, false, err
	}
	f, gone := erased[digestKey(recorded)]
	if !gone {
		return fact, true, nil
	}
	entry, err := a.Store.ByEntryID(ctx, fact.Entry)
	return fact, entry.Index > f.Index, err
}

// gone returns what the record says of a payload that is not there, or nil.
func (s *Service) gone(ctx context.Context, id CaseID, recorded ledger.DigestSet) error {
	erased, _, err := s.erasedOf(ctx, id)
	if err != nil {
		return err
	}
	if f, known := erased[digestKey(recorded)]; known {
		return fmt.Errorf("it was lawfully erased on %s; the record of it is entry %s: %w", f.Time.Format("2 January 2006"), f.Entry, errErased)
	}
	return nil
}

// goneCase returns what the record says of a case that cannot be read, or nil.
func (s *Service) goneCase(ctx context.Context, id CaseID) error {
	erased, whole, err := s.erasedOf(ctx, id)
	if err != nil || !whole {
		return err
	}
	// Single files may have been erased before the whole case was.
	last := slices.MaxFunc(slices.Collect(maps.Values(erased)), func(x, y erasedFact) int { return cmp.Compare(x.Index, y.Index) })
	return fmt.Errorf("the case was lawfully erased on %s; the record of it is entry %s: %w", last.Time.Format("2 January 2006"), last.Entry, errErased)
}

// errErased says that something is not there because it was lawfully erased.
var errErased = fmt.Errorf("%w", ErrNotFound)

// errNoDisposal says that this service was put together without the means.
var errNoDisposal = errors.New("this service cannot erase anything")
