package custody

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"time"

	"custos.example/custody/workday"
	"custos.example/ledger"
	"custos.example/policy"
)

// ErrorRegister is the register of errors in obtaining or disclosing data: what
// happened, whose error it was, by when it is to be reported and what it touches.
type ErrorRegister struct{ s *Service }

// ErrorRegister returns the use cases of errors.
func (s *Service) ErrorRegister() ErrorRegister { return ErrorRegister{s} }

// RecordError records an error, or what is now known of one that is not closed.
// Shape: ID such as E-2; empty = a new one under the next number. Regime may stay
// empty when the entries that it touches were all obtained under one.
type RecordError struct {
	Ask
	Case         CaseID
	ID           string
	Type         ErrorType
	Cause        ErrorCause
	CausedBy     CausedBy
	DiscoveredAt time.Time // zero: now, or as recorded before
	Entries      []ledger.EntryID
	Handling     ErrorHandling // empty: nothing was disclosed, or as recorded before
	Intrusion    string
	Region       workday.Region // empty: England and Wales, or as recorded before
	Regime       policy.Regime
	Steps        string
	What         string
}

// ReportError records that an error was reported to the Commissioner.
type ReportError struct {
	Ask
	Case      CaseID
	ID        string
	At        time.Time // zero: now
	Reference string
}

// CloseError records that nothing more is to be done about an error.
type CloseError struct {
	Ask
	Case   CaseID
	ID     string
	Reason string
}

// RecordedError is an error as it was recorded.
type RecordedError struct {
	Proof
	ID    string
	State ErrorState
	Clock ErrorClock
}

var errorID = regexp.MustCompile(`^E-[1-9][0-9]{0,5}$`)

// Record records an error or what is now known of it. An error that was reported
// keeps its report; when it was discovered, where, and what became of the data stay as
// they were recorded where nothing is said of them.
// Errors: ErrDenied, also of whoever but the senior responsible officer makes a
// reportable error recordable; ErrInvalid; ErrNotFound for what the case does not have;
// ErrConflict when it is closed.
func (r ErrorRegister) Record(ctx context.Context, actor Actor, request RecordError) (RecordedError, error) {
	if request.ID != "" && !errorID.MatchString(request.ID) {
		return RecordedError{}, fmt.Errorf("%q does not name an error; the register has names such as E-2: %w", request.ID, ErrInvalid)
	}
	return r.change(ctx, actor, policy.ErrorRecord, request.Case, request, func(a *act) (erring, error) {
		if request.ID == "" {
			doc, err := a.errorDocument(ctx, request)
			return erring{doc: doc, state: ErrorOpen}, err
		}
		fact, before, err := a.errorNamed(ctx, request.ID)
		if err != nil {
			return erring{}, err
		}
		if ErrorState(fact.State) == ErrorClosed {
			return erring{}, fmt.Errorf("%s is closed: record a new error and name this one in it: %w", request.ID, ErrConflict)
		}
		doc, err := a.errorDocument(ctx, request.after(before))
		if err != nil {
			return erring{}, err
		}
		doc.Report = before.Report
		return erring{name: request.ID, doc: doc, state: ErrorState(fact.State), amends: &fact}, a.staysReportable(request.ID, before, doc)
	})
}

// after is the request with what it does not say as it stands: an error was discovered
// once, whatever more is known of it.
func (r RecordError) after(before errorDocument) RecordError {
	if r.DiscoveredAt.IsZero() {
		r.DiscoveredAt = before.DiscoveredAt.Time
	}
	r.Handling, r.Region = cmp.Or(r.Handling, before.Handling), cmp.Or(r.Region, before.Region)
	return r
}

// staysReportable refuses that the clock of an error is stopped by whoever would have to
// answer for it.
// Errors: ErrConflict; ErrDenied.
func (a *act) staysReportable(id string, before, now errorDocument) error {
	switch {
	case now.Report != nil && now.Type != Reportable:
		return fmt.Errorf("%s has been reported and stays reportable: %w", id, ErrConflict)
	case now.Report != nil && now.DiscoveredAt.After(now.Report.At.Time):
		return fmt.Errorf("%s was reported on %s, before it is now said to have been discovered: %w", id, now.Report.At.Format(time.DateOnly), ErrConflict)
	case before.Type == Reportable && now.Type != Reportable && a.role != string(policy.SRO):
		return fmt.Errorf("%s is on record as reportable: the senior responsible officer says so if it is not: %w", id, ErrDenied)
	}
	return nil
}

// Report records that an error was reported.
// Errors: ErrDenied; ErrConflict when it is recordable, closed or reported
// already; ErrInvalid for a time that is not between its discovery and now.
func (r ErrorRegister) Report(ctx context.Context, actor Actor, request ReportError) (RecordedError, error) {
	if err := checkText("reference of the report", request.Reference); err != nil {
		return RecordedError{}, err
	}
	return r.change(ctx, actor, policy.ErrorReport, request.Case, request, func(a *act) (erring, error) {
		fact, doc, err := a.errorNamed(ctx, request.ID)
		if err != nil {
			return erring{}, err
		}
		switch {
		case doc.Type != Reportable:
			return erring{}, fmt.Errorf("%s is recordable and is not reported: record it as reportable first, if it is: %w", request.ID, ErrConflict)
		case ErrorState(fact.State) != ErrorOpen:
			return erring{}, fmt.Errorf("%s is %s already: %w", request.ID, fact.State, ErrConflict)
		}
		at := request.At
		if at.IsZero() {
			at = a.now
		}
		if at.After(a.now) || at.Before(doc.DiscoveredAt.Time) {
			return erring{}, fmt.Errorf("a report is made between the discovery (%s) and now, not at %s: %w",
				doc.DiscoveredAt.Format(time.RFC3339), at.UTC().Format(time.RFC3339), ErrInvalid)
		}
		doc.Report = &errorReport{At: ledger.NewTime(at), By: a.actor.ID, Reference: request.Reference}
		return erring{name: request.ID, doc: doc, state: ErrorReported, amends: &fact}, nil
	})
}

// Close records that an error is done with.
// Errors: ErrDenied; ErrConflict when it is closed, or reportable and not yet
// reported.
func (r ErrorRegister) Close(ctx context.Context, actor Actor, request CloseError) (RecordedError, error) {
	if err := checkText("reason for closing it", request.Reason); err != nil {
		return RecordedError{}, err
	}
	return r.change(ctx, actor, policy.ErrorRecord, request.Case, request, func(a *act) (erring, error) {
		fact, doc, err := a.errorNamed(ctx, request.ID)
		if err != nil {
			return erring{}, err
		}
		switch {
		case ErrorState(fact.State) == ErrorClosed:
			return erring{}, fmt.Errorf("%s is closed already: %w", request.ID, ErrConflict)
		case doc.Type == Reportable && doc.Report == nil:
			return erring{}, fmt.Errorf("%s is reportable and has not been reported: the SRO reports it first (error report %s): %w", request.ID, request.ID, ErrConflict)
		}
		doc.Closed = request.Reason
		return erring{name: request.ID, doc: doc, state: ErrorClosed, amends: &fact}, nil
	})
}

// erring is a state of an error that is to be recorded.
type erring struct {
	name   string // empty: the next one
	doc    errorDocument
	state  ErrorState
	amends *errorFact
}

// change decides on and records the state that next makes of the record.
func (r ErrorRegister) change(ctx context.Context, actor Actor, action policy.Action, id CaseID, request asking, next func(*act) (erring, error)) (RecordedError, error) {
	a, err := r.s.begin(ctx, actor, id, action, request)
	if err != nil {
		return RecordedError{}, err
	}
	if stored, done, err := a.earlier(ctx, "error"); done || err != nil {
		return a.erredBefore(ctx, stored, err)
	}
	var e erring
	proofs, err := a.commit(ctx, "error", resource{}, func() ([]sheet, error) {
		var err error
		if e, err = next(a); err != nil {
			return nil, err
		}
		s, err := a.errorSheet(ctx, "error", &e)
		return []sheet{s}, err
	})
	if err != nil {
		return RecordedError{}, err
	}
	clock, err := errorClock(e.doc, a.now)
	if err != nil {
		return RecordedError{}, err
	}
	return RecordedError{Proof: proofs[0], ID: e.name, State: e.state, Clock: clock}, a.receipt(ctx, &proofs[0])
}

// errorSheet is the entry of a state of an error. A new error gets its name here;
// that no other gets the same is seen in the transaction.
func (a *act) errorSheet(ctx context.Context, stage string, e *erring) (sheet, error) {
	work, err := a.chain(ctx, a.id, ledger.Work)
	if err != nil {
		return sheet{}, err
	}
	if e.name == "" {
		if e.name, err = a.nextError(ctx); err != nil {
			return sheet{}, err
		}
	}
	blob, err := a.keepJSON(ctx, e.doc)
	if err != nil {
		return sheet{}, fmt.Errorf("the error: %w", err)
	}
	s := sheet{
		stage: stage, chain: work, changes: true, operation: "alteration",
		detail:   &ledger.ErrorRecorded{Error: e.name, State: string(e.state), Type: string(e.doc.Type)},
		subjects: []ledger.Subject{{Name: "error", Digest: blob.Recorded()}},
	}
	if e.amends != nil {
		payload, err := a.madeBy(ctx, e.amends.First, "error")
		if err != nil {
			return s, err
		}
		s.dependencies = amending(e.amends.Entry, e.amends.First, e.amends.Payload, payload)
	}
	return s, nil
}

// erredBefore is the state that this request recorded before.
func (a *act) erredBefore(ctx context.Context, stored Stored, err error) (RecordedError, error) {
	proof, err := a.again(ctx, stored, err)
	if err != nil {
		return RecordedError{}, err
	}
	statement, err := stored.Statement()
	if err != nil {
		return RecordedError{}, err
	}
	detail, ok := statement.Predicate.Detail.(*ledger.ErrorRecorded)
	if !ok {
		return RecordedError{}, fmt.Errorf("%w: entry %s records no error", ErrIntegrity, stored.Entry)
	}
	doc, err := documentOf[errorDocument](ctx, a.Service, a.id, statement.Subject[0].Digest)
	if err != nil {
		return RecordedError{}, err
	}
	clock, err := errorClock(doc, a.now)
	return RecordedError{Proof: proof, ID: detail.Error, State: ErrorState(detail.State), Clock: clock}, err
}

// errorDocument checks and completes what is said of an error.
func (a *act) errorDocument(ctx context.Context, r RecordError) (errorDocument, error) {
	doc := errorDocument{
		Cause: r.Cause, CausedBy: r.CausedBy, Entries: notNil(r.Entries), Handling: r.Handling, Intrusion: r.Intrusion, Region: r.Region,
		Regime: r.Regime, Steps: r.Steps, Type: r.Type, What: r.What,
	}
	if doc.Handling == "" {
		doc.Handling = NothingWasDisclosed
	}
	if doc.Region == "" {
		doc.Region = workday.EnglandAndWales
	}
	discovered := r.DiscoveredAt
	if discovered.IsZero() {
		discovered = a.now
	}
	if discovered.After(a.now) {
		return doc, fmt.Errorf("an error cannot have been discovered at %s, which is still to come: %w", discovered.UTC().Format(time.RFC3339), ErrInvalid)
	}
	doc.DiscoveredAt = ledger.NewTime(discovered)
	if err := doc.check(); err != nil {
		return doc, err
	}
	found, err := a.regimes(ctx, doc.Entries)
	if err != nil {
		return doc, err
	}
	switch {
	case doc.Regime == "" && len(found) == 1:
		doc.Regime = found[0]
	case doc.Regime == "" && len(found) > 1:
		return doc, fmt.Errorf("what it touches was obtained under %s: record one error for each: %w", wordsOf(found), ErrInvalid)
	case doc.Regime == "":
		return doc, fmt.Errorf("say under which regime (%s), or which entries it touches: %w", wordsOf(errorRegimes()), ErrInvalid)
	case !slices.Contains(errorRegimes(), doc.Regime):
		return doc, fmt.Errorf("%q is not a regime; known are %s: %w", doc.Regime, wordsOf(errorRegimes()), ErrInvalid)
	case len(found) > 0 && !slices.Contains(found, doc.Regime):
		return doc, fmt.Errorf("what it touches was obtained under %s, not under %s: %w", wordsOf(found), doc.Regime, ErrInvalid)
	}
	return doc, nil
}

// errorRegimes are the regimes under which an error can happen.
func errorRegimes() []policy.Regime {
	return []policy.Regime{policy.ANPR, policy.Overseas, policy.IPA, policy.PACE, policy.PCSC, policy.RIPA}
}

// check wants every word of a document to be one that is known.
func (d errorDocument) check() error {
	if err := cmp.Or(
		checkText("description of the error", d.What), checkLength("account of the intrusion", d.Intrusion), checkLength("account of the steps taken", d.Steps),
	); err != nil {
		return err
	}
	types, whose := []ErrorType{Reportable, Recordable}, []CausedBy{ByPublicAuthority, ByOperator}
	handlings := []ErrorHandling{KeptAsExcess, DisclosedUnrelated, NothingWasDisclosed}
	switch {
	case !slices.Contains(types, d.Type):
		return fmt.Errorf("an error is one of %s, not %q: %w", wordsOf(types), d.Type, ErrInvalid)
	case !slices.Contains(whose, d.CausedBy):
		return fmt.Errorf("an error is caused by one of %s, not %q: %w", wordsOf(whose), d.CausedBy, ErrInvalid)
	case !slices.Contains(ErrorCauses(), d.Cause):
		return fmt.Errorf("the cause of an error is one of %s, not %q: %w", wordsOf(ErrorCauses()), d.Cause, ErrInvalid)
	case !slices.Contains(handlings, d.Handling):
		return fmt.Errorf("what was obtained in error is one of %s, not %q: %w", wordsOf(handlings), d.Handling, ErrInvalid)
	case !slices.Contains(workday.Regions(), d.Region):
		return fmt.Errorf("working days are those of one of %s, not %q: %w", wordsOf(workday.Regions()), d.Region, ErrInvalid)
	}
	return nil
}
