package custody

import (
	"cmp"
	"context"
	"fmt"

	"custos.example/ledger"
	"custos.example/policy"
)

// caseOfOrder returns of the case that an order of erasure is about what the answers to
// it are asked with: its id, and to whom it belongs. A case that is gone belongs where
// whoever ordered that belongs, since nobody else could, and an order that outlived a
// change of hands is not carried out (outlived): so what was decided about the order
// under which it went is decided again when nothing of the case can be read any more.
// Errors: ErrNotFound; of another order, from before the case went, that of a case that
// was erased.
func (a *act) caseOfOrder(ctx context.Context, order ledger.EntryID, asOf uint64) (*policy.Case, error) {
	fact, err := a.orderOf(ctx, order, asOf)
	if err != nil {
		return nil, err
	}
	facts := &policy.Case{Assigned: []policy.Assignment{}, ID: string(fact.Case), Marking: policy.OfficialSensitive, Shares: []policy.Share{}}
	under, err := a.goneUnder(ctx, fact.Case, 0)
	if err != nil {
		return nil, err
	}
	if under == (ledger.EntryID{}) {
		facts.Organisation, err = a.owner(ctx, fact.Case, asOf)
		return facts, err
	}
	if before, err := a.goneUnder(ctx, fact.Case, asOf); err != nil || before != under && under != order {
		return nil, cmp.Or(err, a.goneCase(ctx, fact.Case), errErased)
	}
	facts.Organisation, err = a.ordererOf(ctx, fact, asOf)
	return facts, err
}

// ordererOf returns the organisation of whoever ordered an erasure.
func (a *act) ordererOf(ctx context.Context, order orderFact, asOf uint64) (string, error) {
	home, err := a.home(ctx, asOf)
	if err != nil || home == policy.Unstated {
		return policy.Unstated, err
	}
	standing, err := a.standingOf(ctx, order.By, asOf)
	if err != nil {
		return "", err
	}
	return a.belongs(ctx, standing.Organisation, asOf)
}

// outlived refuses to go on with an order for a whole case that was given before the case
// changed hands: whoever it belongs to now orders it themselves.
// Errors: ErrConflict; ErrNotFound.
func (a *act) outlived(ctx context.Context, order ledger.EntryID) error {
	fact, err := a.orderOf(ctx, order, 0)
	if err != nil || len(fact.Digests) > 0 {
		return err
	}
	about, err := a.caseOfOrder(ctx, order, 0)
	if err != nil {
		return err
	}
	orderer, err := a.ordererOf(ctx, fact, 0)
	if err != nil || orderer == about.Organisation || about.Organisation == policy.Unstated {
		return err
	}
	return fmt.Errorf("the erasure was ordered from %s, and the case belongs to %s now: cancel it, and let it be ordered there: %w", orderer, about.Organisation, ErrConflict)
}

// goneUnder returns the order under which a whole case was erased, as the record said
// when the log had asOf entries; zero while it was not.
func (s *Service) goneUnder(ctx context.Context, id CaseID, asOf uint64) (ledger.EntryID, error) {
	orders, err := list[orderFact](ctx, s.Store, "", inOrders, asOf)
	if err != nil {
		return ledger.EntryID{}, err
	}
	for _, order := range orders {
		if order.Case != id || len(order.Digests) > 0 {
			continue
		}
		if erased, err := s.erasedUnder(ctx, order.Entry, asOf); err != nil || len(erased) > 0 {
			return order.Entry, err
		}
	}
	return ledger.EntryID{}, nil
}

// carriesOut refuses an administrator who belongs neither to the organisation that
// keeps the record nor to that of the case: to carry out is the work of whoever keeps
// the system, in every case that stands in it, and of nobody else's administrators.
// Errors: ErrDenied; ErrNotFound.
func (a *act) carriesOut(ctx context.Context, order ledger.EntryID) error {
	of, home, err := a.ofRecord(ctx)
	if err != nil || of == home || policy.Role(a.role) != policy.Administrator {
		return err
	}
	about, err := a.caseOfOrder(ctx, order, 0)
	if err != nil || about.Organisation == of {
		return err
	}
	return fmt.Errorf("you belong to %s, and %s keeps this record: an administrator of theirs can do this: %w", of, home, ErrDenied)
}

// stillCarriesOut is carriesOut and outlived. The case may change hands until its
// erasure stands in the record.
func (a *act) stillCarriesOut(ctx context.Context, order ledger.EntryID) error {
	if err := a.carriesOut(ctx, order); err != nil {
		return err
	}
	return a.outlived(ctx, order)
}
