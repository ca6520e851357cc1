package custody

import (
	"context"
	"slices"

	"custos.example/ledger"
	"custos.example/policy"
)

// reportOrder is the parameter of a report on one order of erasure.
const reportOrder = "order"

// makesHere refuses a report that names cases of the whole record to whoever
// overseesHere shows no lists over every case. Who tried stands in the record.
// Errors: ErrDenied.
func (a *act) makesHere(ctx context.Context, kind reportKind, params map[string]string) error {
	if !kind.namesCases() {
		return nil
	}
	of, home, err := a.ofRecord(ctx)
	if err != nil || of == home {
		return err
	}
	if err := a.decide(ctx, resource{}); err != nil {
		return err
	}
	return a.readsHere(ctx, kind, params)
}

// readsHere is makesHere for a report on record, after the look at it was decided on. A
// certificate of disposal is also for those to whom the case belonged.
// Errors: ErrDenied.
func (a *act) readsHere(ctx context.Context, kind reportKind, params map[string]string) error {
	if !kind.namesCases() {
		return nil
	}
	order, err := ledger.ParseEntryID(params[reportOrder])
	if err != nil || !slices.Contains(kind.params, reportOrder) {
		return a.overseesHere(ctx)
	}
	of, _, err := a.ofRecord(ctx)
	if err != nil {
		return err
	}
	if about, err := a.caseOfOrder(ctx, order, 0); err == nil && about.Organisation == of {
		return nil
	}
	return a.overseesHere(ctx)
}

// namesCases tells whether a report over all cases says which ones they are.
func (k reportKind) namesCases() bool { return k.organisation && k.action != policy.TotalsRead }
