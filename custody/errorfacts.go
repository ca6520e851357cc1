package custody

import (
	"context"
	"fmt"
	"slices"

	"custos.example/custody/workday"
	"custos.example/ledger"
	"custos.example/policy"
)

// inErrors holds the newest state of each error of a case, by its name in the
// register.
const inErrors = "errors"

// errorFact points at the newest state of an error.
type errorFact struct {
	By      string           `json:"by"`
	Entry   ledger.EntryID   `json:"entry"`
	Error   string           `json:"error"`
	First   ledger.EntryID   `json:"first"`
	Payload ledger.DigestSet `json:"payload"`
	State   string           `json:"state"`
	Time    ledger.Time      `json:"time"`
	Type    string           `json:"type"`
}

// erred projects a state of an error.
func (p *projection) erred(d *ledger.ErrorRecorded) {
	p.add(inErrors, d.Error, errorFact{p.by(), p.entry(), d.Error, p.firstState(), p.subject("error"), d.State, p.Predicate.Time, d.Type})
}

// ErrorType says whether an error is reported to the Commissioner.
type ErrorType string

// The two types.
const (
	Reportable ErrorType = "reportable" // data was obtained or disclosed wrongly
	Recordable ErrorType = "recordable" // it was noticed before that
)

// ErrorState says how far an error has come.
type ErrorState string

// The states of an error.
const (
	ErrorOpen     ErrorState = "open"
	ErrorReported ErrorState = "reported"
	ErrorClosed   ErrorState = "closed"
)

// ErrorCause says what went wrong.
type ErrorCause string

// The causes.
const (
	WrongIdentifier  ErrorCause = "wrong-identifier"
	WrongDates       ErrorCause = "wrong-dates"
	WrongDataType    ErrorCause = "wrong-data-type"
	WrongRecipient   ErrorCause = "wrong-recipient"
	ContentDisclosed ErrorCause = "content-disclosed"
	ExcessDisclosed  ErrorCause = "excess-disclosed"
	NoAuthority      ErrorCause = "no-authority"
	LateConfirmation ErrorCause = "late-confirmation"
	OtherCause       ErrorCause = "other"
)

// ErrorCauses returns all of them.
func ErrorCauses() []ErrorCause {
	return []ErrorCause{
		WrongIdentifier, WrongDates, WrongDataType, WrongRecipient, ContentDisclosed, ExcessDisclosed, NoAuthority, LateConfirmation, OtherCause,
	}
}

// CausedBy says whose error it is.
type CausedBy string

// Those who can have caused an error.
const (
	ByPublicAuthority CausedBy = "public-authority"
	ByOperator        CausedBy = "operator"
)

// ErrorHandling says what is done with what was obtained in error.
type ErrorHandling string

// The ways of handling it.
const (
	KeptAsExcess        ErrorHandling = "excess-relevant"                // kept apart until its use is decided on
	DisclosedUnrelated  ErrorHandling = "disclosed-in-error-unconnected" // nothing to do with any investigation
	NothingWasDisclosed ErrorHandling = "nothing-disclosed"
)

// errorDocument is the payload of an error-recorded entry: the error as it stands
// then, whole.
// Shape: canonical JSON.
type errorDocument struct {
	Cause        ErrorCause       `json:"cause"`
	CausedBy     CausedBy         `json:"causedBy"`
	Closed       string           `json:"closed,omitempty"` // why it was closed
	DiscoveredAt ledger.Time      `json:"discoveredAt"`
	Entries      []ledger.EntryID `json:"entries"` // that it touches
	Handling     ErrorHandling    `json:"handling"`
	Intrusion    string           `json:"intrusion,omitempty"` // into the privacy of those who were not meant
	Region       workday.Region   `json:"region"`
	Regime       policy.Regime    `json:"regime"`
	Report       *errorReport     `json:"report,omitempty"`
	Steps        string           `json:"steps,omitempty"` // so that it does not happen again
	Type         ErrorType        `json:"type"`
	What         string           `json:"what"`
}

// errorReport is a report to the Commissioner.
type errorReport struct {
	At        ledger.Time `json:"at"`
	By        string      `json:"by"`
	Reference string      `json:"reference"` // the Commissioner's, or the office's own
}

// errorNamed returns the newest state of an error.
// Errors: ErrNotFound.
func (a *act) errorNamed(ctx context.Context, name string) (errorFact, errorDocument, error) {
	fact, err := find[errorFact](ctx, a.Store, a.id, inErrors, name, 0)
	if err != nil {
		return fact, errorDocument{}, fmt.Errorf("the case has no error %s on record: %w", name, err)
	}
	doc, err := documentOf[errorDocument](ctx, a.Service, a.id, fact.Payload)
	if err != nil {
		return fact, doc, fmt.Errorf("error %s: %w", name, err)
	}
	return fact, doc, nil
}

// nextError is the name of the next error of the case.
func (a *act) nextError(ctx context.Context) (string, error) {
	records, err := a.Store.List(ctx, a.id, inErrors, 0)
	if err != nil {
		return "", fmt.Errorf("errors of the case: %w", err)
	}
	return fmt.Sprintf("E-%d", len(records)+1), nil
}

// regimes returns the regimes under which the entries that an error touches were
// obtained, sorted.
func (a *act) regimes(ctx context.Context, entries []ledger.EntryID) ([]policy.Regime, error) {
	var found []policy.Regime
	for _, entry := range entries {
		stored, err := a.Store.ByEntryID(ctx, entry)
		if err != nil || stored.Case != a.id {
			return nil, fmt.Errorf("the case has no entry %s: %w", entry, ErrNotFound)
		}
		under := []ledger.EntryID{entry}
		if stored.Kind != "authority-recorded" {
			statement, err := stored.Statement()
			if err != nil {
				return nil, err
			}
			under = statement.Predicate.Authority
		}
		for _, id := range under {
			fact, known, err := maybe[authorityFact](ctx, a.Store, a.id, inAuthority, id.String(), 0)
			if err != nil {
				return nil, err
			}
			if known && !slices.Contains(found, policy.Regime(fact.Regime)) {
				found = append(found, policy.Regime(fact.Regime))
			}
		}
	}
	slices.Sort(found)
	return found, nil
}

// noticed is the entry of an error that the service itself noticed in a received
// file while it did something else: data was disclosed that should not have been,
// by the operator. What is decided on is that other act.
func (a *act) noticed(ctx context.Context, stage string, cause ErrorCause, what string, evidence, authority ledger.EntryID) (sheet, error) {
	fact, err := find[authorityFact](ctx, a.Store, a.id, inAuthority, authority.String(), 0)
	if err != nil {
		return sheet{}, fmt.Errorf("authority %s: %w", authority, err)
	}
	s, err := a.errorSheet(ctx, stage, &erring{state: ErrorOpen, doc: errorDocument{
		Cause: cause, CausedBy: ByOperator, DiscoveredAt: ledger.NewTime(a.now), Entries: []ledger.EntryID{evidence, authority},
		Handling: KeptAsExcess, Region: workday.EnglandAndWales, Regime: policy.Regime(fact.Regime), Type: Reportable, What: what,
	}})
	s.authority = []ledger.EntryID{authority}
	return s, err
}
