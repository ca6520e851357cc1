package custody

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"custos.example/ledger"
	"custos.example/policy"
)

// Applications is the register of what was applied for.
type Applications struct{ s *Service }

// Applications returns the use cases of applications.
func (s *Service) Applications() Applications { return Applications{s} }

// RecordApplication records an application, or its newest state.
type RecordApplication struct {
	Ask
	Case     CaseID
	Document ApplicationDocument
	Amends   ledger.EntryID // the entry that first recorded it; zero = a new one
}

// RecordedApplication is an application that stands in the record.
type RecordedApplication struct {
	Proof
	Application ledger.EntryID              // the entry that first recorded it
	Lacks       []policy.ApplicationElement // what it does not hold
}

// Record records an application as the applicant wrote it, complete or not.
// Errors: ErrDenied; ErrInvalid naming every field that is wrong; ErrConflict when
// its reference stands in the case already.
func (u Applications) Record(ctx context.Context, actor Actor, request RecordApplication) (RecordedApplication, error) {
	request.Document.Format = ApplicationFormat
	if err := request.Document.Verify(); err != nil {
		return RecordedApplication{}, err
	}
	a, err := u.s.begin(ctx, actor, request.Case, policy.ApplicationRecord, request)
	if err != nil {
		return RecordedApplication{}, err
	}
	recorded := RecordedApplication{Application: request.Amends, Lacks: request.Document.Lacks()}
	if request.Amends == (ledger.EntryID{}) {
		recorded.Application = a.entryID("application")
	}
	if stored, done, err := a.earlier(ctx, "application"); done || err != nil {
		recorded.Proof, err = a.again(ctx, stored, err)
		return recorded, err
	}
	proofs, err := a.commit(ctx, "application", resource{}, func() ([]sheet, error) {
		s, err := u.sheet(ctx, a, request)
		return []sheet{s}, err
	})
	if err != nil {
		return RecordedApplication{}, err
	}
	recorded.Proof = proofs[0]
	return recorded, nil
}

func (u Applications) sheet(ctx context.Context, a *act, request RecordApplication) (sheet, error) {
	work, err := a.chain(ctx, a.id, ledger.Work)
	if err != nil {
		return sheet{}, err
	}
	d := request.Document
	s := sheet{
		stage: "application", chain: work, changes: true, operation: "collection",
		detail: &ledger.ApplicationRecorded{Reference: d.Reference},
	}
	known, err := list[applicationFact](ctx, a.Store, a.id, inApplications, 0)
	if err != nil {
		return s, err
	}
	for _, fact := range known {
		switch {
		case fact.First == request.Amends:
			earliest, err := find[applicationFact](ctx, a.Store, a.id, inApplied, fact.First.String(), 0)
			if err != nil {
				return s, fmt.Errorf("the first state of %s: %w", fact.Reference, err)
			}
			s.dependencies = amending(fact.Entry, fact.First, fact.Payload, earliest.Payload)
		case fact.Reference == d.Reference:
			return s, fmt.Errorf("an application %s is recorded already, as %s: record what has changed as an amendment of it: %w", fact.Reference, fact.First, ErrConflict)
		}
	}
	if request.Amends != (ledger.EntryID{}) {
		if s.dependencies == nil {
			return s, fmt.Errorf("the application %s that is to be amended: %w", request.Amends, ErrNotFound)
		}
		if strings.TrimSpace(d.Changed) == "" {
			return s, fmt.Errorf("say why the application %s is amended: the new state names no reason (changed): %w", d.Reference, ErrInvalid)
		}
	}
	blob, err := a.keepJSON(ctx, d)
	if err != nil {
		return s, fmt.Errorf("the application: %w", err)
	}
	s.subjects = []ledger.Subject{{Name: "application", Digest: blob.Recorded()}}
	return s, nil
}

// applied returns the state of an application that a name means: by its reference
// the newest one, by an entry that very one.
// Errors: ErrInvalid when the case has no such application.
func (a *act) applied(ctx context.Context, name string) (applicationFact, error) {
	if _, err := ledger.ParseEntryID(name); err == nil {
		fact, err := find[applicationFact](ctx, a.Store, a.id, inApplied, name, a.asOf)
		if errors.Is(err, ErrNotFound) {
			err = fmt.Errorf("application.entry: no application of this case is recorded by that entry: %w", ErrInvalid)
		}
		return fact, err
	}
	known, err := list[applicationFact](ctx, a.Store, a.id, inApplications, a.asOf)
	if err != nil {
		return applicationFact{}, err
	}
	for _, fact := range known {
		if fact.Reference == name {
			return fact, nil
		}
	}
	return applicationFact{}, fmt.Errorf("application.entry: the case has no application %s: %w", name, ErrInvalid)
}

// RegisteredApplication is an application as it stands in the register.
type RegisteredApplication struct {
	Application ledger.EntryID              `json:"application"` // the entry that first recorded it
	State       ledger.EntryID              `json:"state"`       // the entry of its newest state
	Reference   string                      `json:"reference"`
	RecordedBy  string                      `json:"recordedBy"`
	Recorded    ledger.Time                 `json:"recorded"`
	Lacks       []policy.ApplicationElement `json:"lacks"`
	Authorities []string                    `json:"authorities"` // references of what was granted on it, in any of its states
	Document    ApplicationDocument         `json:"document"`
}

// List lists the applications of a case in the order of their references.
// Errors: ErrDenied.
func (u Applications) List(ctx context.Context, actor Actor, id CaseID, ask Ask) ([]RegisteredApplication, error) {
	a, err := u.s.readRegister(ctx, actor, id, ask)
	if err != nil {
		return nil, err
	}
	facts, err := list[applicationFact](ctx, a.Store, id, inApplications, 0)
	if err != nil {
		return nil, err
	}
	granted, err := a.grantedOn(ctx)
	if err != nil {
		return nil, err
	}
	listed := make([]RegisteredApplication, len(facts))
	for i, fact := range facts {
		document, err := documentOf[ApplicationDocument](ctx, u.s, id, fact.Payload)
		if err != nil {
			return nil, fmt.Errorf("application %s: %w", fact.Reference, err)
		}
		listed[i] = RegisteredApplication{
			Application: fact.First, State: fact.Entry, Reference: fact.Reference, RecordedBy: fact.RecordedBy, Recorded: fact.Time,
			Lacks: document.Lacks(), Authorities: notNil(granted[fact.First]), Document: document,
		}
	}
	slices.SortFunc(listed, func(x, y RegisteredApplication) int { return strings.Compare(x.Reference, y.Reference) })
	return listed, nil
}

// grantedOn returns the references of the authorities by the application on which
// they rest.
func (a *act) grantedOn(ctx context.Context) (map[ledger.EntryID][]string, error) {
	facts, err := list[authorityFact](ctx, a.Store, a.id, inAuthority, 0)
	if err != nil {
		return nil, err
	}
	on := map[ledger.EntryID][]string{}
	for _, fact := range facts {
		document, err := documentOf[AuthorityDocument](ctx, a.Service, a.id, fact.Payload)
		if err != nil {
			return nil, fmt.Errorf("authority %s: %w", fact.Reference, err)
		}
		if document.Application.Entry == "" {
			continue
		}
		applied, err := find[applicationFact](ctx, a.Store, a.id, inApplied, document.Application.Entry, 0)
		if err != nil {
			return nil, fmt.Errorf("application of %s: %w", fact.Reference, err)
		}
		on[applied.First] = append(on[applied.First], fact.Reference)
	}
	return on, nil
}

// readRegister begins a look at the register and has it decided and recorded.
func (s *Service) readRegister(ctx context.Context, actor Actor, id CaseID, ask Ask) (*act, error) {
	a, err := s.begin(ctx, actor, id, policy.RegisterRead, ask)
	if err != nil {
		return nil, err
	}
	return a, a.decide(ctx, resource{})
}
