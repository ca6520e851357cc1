package custody

import (
	"context"
	"fmt"

	"custos.example/ledger"
	"custos.example/policy"
)

// caseOfOrder returns the facts of the case that an order of erasure is about.
// Errors: ErrNotFound.
func (a *act) caseOfOrder(ctx context.Context, order ledger.EntryID, asOf uint64) (*policy.Case, error) {
	fact, err := a.orderOf(ctx, order, asOf)
	if err != nil {
		return nil, err
	}
	gone, err := a.erasedWhole(ctx, fact.Case, asOf)
	if err != nil {
		return nil, err
	}
	if gone {
		return a.caseThatWas(ctx, fact, asOf)
	}
	within := *a
	within.id = fact.Case
	return within.caseFacts(ctx, asOf)
}

// erasedWhole tells whether the record said, when the log had asOf entries, that a
// whole case was erased.
func (s *Service) erasedWhole(ctx context.Context, id CaseID, asOf uint64) (bool, error) {
	orders, err := list[orderFact](ctx, s.Store, "", inOrders, asOf)
	if err != nil {
		return false, err
	}
	for _, order := range orders {
		if order.Case != id || len(order.Digests) > 0 {
			continue
		}
		if erased, err := s.erasedUnder(ctx, order.Entry, asOf); err != nil || len(erased) > 0 {
			return true, err
		}
	}
	return false, nil
}

// caseThatWas returns what is known of a case that is gone: its id, and to whom it
// belonged, which is where whoever ordered its erasure belongs, since nobody else could.
func (a *act) caseThatWas(ctx context.Context, order orderFact, asOf uint64) (*policy.Case, error) {
	facts := &policy.Case{
		Assigned: []policy.Assignment{}, ID: string(order.Case), Marking: policy.OfficialSensitive, Organisation: policy.Unstated, Shares: []policy.Share{},
	}
	home, err := a.home(ctx, asOf)
	if err != nil || home == policy.Unstated {
		return facts, err
	}
	standing, err := a.standingOf(ctx, order.By, asOf)
	if err != nil {
		return nil, err
	}
	facts.Organisation, err = a.belongs(ctx, standing.Organisation, asOf)
	return facts, err
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
