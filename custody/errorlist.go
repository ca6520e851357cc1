package custody

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"custos.example/ledger"
	"custos.example/policy"
)

// KnownError is an error as it stands.
type KnownError struct {
	Case         CaseID           `json:"case"`
	In           string           `json:"in"` // reference of the case
	ID           string           `json:"id"`
	Type         ErrorType        `json:"type"`
	State        ErrorState       `json:"state"`
	Cause        ErrorCause       `json:"cause"`
	CausedBy     CausedBy         `json:"causedBy"`
	Clock        ErrorClock       `json:"clock"`
	Closed       string           `json:"closed,omitempty"`
	DiscoveredAt ledger.Time      `json:"discoveredAt"`
	Entries      []ledger.EntryID `json:"entries"`
	Handling     ErrorHandling    `json:"handling"`
	Intrusion    string           `json:"intrusion"`
	Regime       policy.Regime    `json:"regime"`
	ReportedAt   ledger.Time      `json:"reportedAt,omitzero"` // zero while it has not been
	Reference    string           `json:"reference,omitempty"` // of the report
	Steps        string           `json:"steps"`
	What         string           `json:"what"`
	By           string           `json:"by"` // who recorded this state
	Entry        ledger.EntryID   `json:"entry"`
	First        ledger.EntryID   `json:"first"`
	Time         ledger.Time      `json:"time"`
	Gone         bool             `json:"gone,omitempty"` // what the record said of it was erased
}

// List returns the errors of a case, or of every case when it is empty, in the
// order of cases and numbers.
func (r ErrorRegister) List(ctx context.Context, actor Actor, id CaseID, ask Ask) ([]KnownError, error) {
	a, err := r.s.looks(ctx, actor, id, ask)
	if err != nil {
		return nil, err
	}
	known := []KnownError{}
	err = a.overCases(ctx, id, nil, func(within *act) error {
		list, err := within.knownErrors(ctx)
		known = append(known, list...)
		return err
	})
	if err != nil {
		return nil, err
	}
	return known, nil
}

// Show returns one error as it stands.
// Errors: ErrNotFound.
func (r ErrorRegister) Show(ctx context.Context, actor Actor, id CaseID, name string, ask Ask) (KnownError, error) {
	a, err := r.s.looks(ctx, actor, id, ask)
	if err != nil {
		return KnownError{}, err
	}
	if _, _, err := a.errorNamed(ctx, name); err != nil {
		return KnownError{}, err
	}
	known, err := a.knownErrors(ctx)
	if err != nil {
		return KnownError{}, err
	}
	return known[slices.IndexFunc(known, func(k KnownError) bool { return k.ID == name })], nil
}

// knownErrors returns the errors of the act's case.
func (a *act) knownErrors(ctx context.Context) ([]KnownError, error) {
	return a.knownErrorsAsOf(ctx, 0)
}

// knownErrorsAsOf returns them as they stood when the log had asOf entries; 0 is now.
func (a *act) knownErrorsAsOf(ctx context.Context, asOf uint64) ([]KnownError, error) {
	facts, err := list[errorFact](ctx, a.Store, a.id, inErrors, asOf)
	if err != nil || len(facts) == 0 {
		return nil, err
	}
	slices.SortFunc(facts, func(x, y errorFact) int {
		return cmp.Or(cmp.Compare(len(x.Error), len(y.Error)), cmp.Compare(x.Error, y.Error))
	})
	about, _, err := maybe[caseFact](ctx, a.Store, a.id, inCase, string(a.id), asOf)
	if err != nil {
		return nil, err
	}
	known := make([]KnownError, len(facts))
	for i, f := range facts {
		k := KnownError{
			Case: a.id, In: about.Reference, ID: f.Error, Type: ErrorType(f.Type), State: ErrorState(f.State), By: f.By, Entry: f.Entry,
			First: f.First, Time: f.Time,
		}
		doc, err := documentOf[errorDocument](ctx, a.Service, a.id, f.Payload)
		switch {
		case errors.Is(err, ErrNotFound):
			k.Gone = true
		case err != nil:
			return nil, fmt.Errorf("error %s: %w", f.Error, err)
		default:
			if err := k.fill(doc, a.now); err != nil {
				return nil, err
			}
		}
		known[i] = k
	}
	return known, nil
}

// fill takes over what the document says.
func (k *KnownError) fill(doc errorDocument, now time.Time) (err error) {
	k.Cause, k.CausedBy, k.Closed, k.DiscoveredAt, k.Entries = doc.Cause, doc.CausedBy, doc.Closed, doc.DiscoveredAt, doc.Entries
	k.Handling, k.Intrusion, k.Regime, k.Steps, k.What = doc.Handling, doc.Intrusion, doc.Regime, doc.Steps, doc.What
	if doc.Report != nil {
		k.ReportedAt, k.Reference = doc.Report.At, doc.Report.Reference
	}
	k.Clock, err = errorClock(doc, now)
	return err
}
