package custody

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"custos.example/ledger"
	"custos.example/policy"
)

// Audit is what inspectors and auditors ask.
type Audit struct{ s *Service }

// Look is one recorded decision as the list has it.
type Look struct {
	Entry   ledger.EntryID `json:"entry"`
	Case    CaseID         `json:"case"` // empty for the organisation
	By      string         `json:"by"`
	Action  string         `json:"action"`
	Allowed bool           `json:"allowed"`
	Rules   []string       `json:"rules"`
	Time    ledger.Time    `json:"time"`
}

// ListDecisions says which decisions are listed; what is left out bounds nothing.
type ListDecisions struct {
	Ask
	Case         CaseID // empty: those of the organisation and of every case
	Organisation bool   // of the organisation only
	By           string
	Action       policy.Action
	Refused      bool // only refusals
	From, Until  time.Time
}

// List returns recorded decisions in the order of their time.
// Errors: ErrDenied.
func (u Audit) List(ctx context.Context, actor Actor, request ListDecisions) ([]Look, error) {
	if err := u.ask(ctx, actor, request.Case, policy.AuditRead, request.Ask); err != nil {
		return nil, err
	}
	ids, err := u.s.scopesOf(ctx, request.Case, request.Organisation)
	if err != nil {
		return nil, err
	}
	looks := []Look{}
	for _, id := range ids {
		facts, err := list[lookFact](ctx, u.s.Store, id, inLooks, 0)
		if err != nil {
			return nil, err
		}
		for _, f := range facts {
			if f.By, err = u.s.asker(ctx, id, f); err != nil {
				return nil, err
			}
			if look := (Look{f.Entry, id, f.By, f.Action, f.Allowed, f.Rules, f.Time}); request.wants(look) {
				looks = append(looks, look)
			}
		}
	}
	slices.SortStableFunc(looks, func(a, b Look) int { return a.Time.Compare(b.Time.Time) })
	return looks, nil
}

// asker returns who asked for a decision. The service signs for whoever has no key in
// force, and they may not even be enrolled: then it is the name that they gave.
func (s *Service) asker(ctx context.Context, id CaseID, f lookFact) (string, error) {
	if f.By != serviceID {
		return f.By, nil
	}
	event, err := documentOf[consultation](ctx, s, id, f.Payload)
	if errors.Is(err, errErased) {
		return f.By, nil
	}
	return event.RequestedBy, err
}

// wants tells whether a decision is among those asked for.
func (r ListDecisions) wants(l Look) bool {
	return (r.By == "" || l.By == r.By) && (r.Action == "" || l.Action == string(r.Action)) && (!r.Refused || !l.Allowed) &&
		(r.From.IsZero() || !l.Time.Before(r.From)) && (r.Until.IsZero() || l.Time.Before(r.Until))
}

// Recorded is one decision as it stands in the record.
type Recorded struct {
	ID      ledger.EntryID
	Case    CaseID
	N       uint64 // in its chain
	Index   ledger.Index
	For     string // look or act
	Action  string
	By      string // who asked, also where the service signed
	Signer  string // the asker, or the service for somebody without a key in force
	Allowed bool
	Rules   []string
	Reasons []policy.Reason
	Release ledger.Digest
	AsOf    uint64
	Time    ledger.Time
	Event   []byte // the whole of it, in OPA's field names; canonical JSON
}

// Show returns one decision.
// Errors: ErrDenied; ErrNotFound.
func (u Audit) Show(ctx context.Context, actor Actor, entry ledger.EntryID, ask Ask) (Recorded, error) {
	stored, err := u.s.decisionEntry(ctx, entry)
	if err != nil {
		return Recorded{}, err
	}
	if err := u.ask(ctx, actor, stored.Case, policy.AuditRead, ask); err != nil {
		return Recorded{}, err
	}
	recorded, _, err := u.s.recorded(ctx, stored)
	return recorded, err
}

// Export calls f for every decision asked for, in the order of the record, with
// all that it rests on. One whose payload was lawfully erased is left out and
// counted.
// Errors: ErrDenied; those of f.
func (u Audit) Export(ctx context.Context, actor Actor, request ListDecisions, f func(Recorded) error) (erased int, err error) {
	if err := u.ask(ctx, actor, request.Case, policy.AuditRead, request.Ask); err != nil {
		return 0, err
	}
	err = u.s.eachDecision(ctx, request.Case, request.Organisation, func(stored Stored) error {
		recorded, _, err := u.s.recorded(ctx, stored)
		look := Look{recorded.ID, recorded.Case, recorded.By, recorded.Action, recorded.Allowed, recorded.Rules, recorded.Time}
		switch {
		case !request.wants(look):
			return nil
		case errors.Is(err, errErased):
			erased++
			return nil
		case err != nil:
			return err
		}
		return f(recorded)
	})
	return erased, err
}

// ask asks the policy whether the decisions may be read.
func (u Audit) ask(ctx context.Context, actor Actor, id CaseID, action policy.Action, ask Ask) error {
	a, err := u.s.begin(ctx, actor, id, action, ask)
	if err != nil {
		return err
	}
	return a.decide(ctx, resource{})
}

// scopesOf returns a case, or the organisation as the empty id and, unless only that
// is meant, every case.
func (s *Service) scopesOf(ctx context.Context, id CaseID, organisation bool) ([]CaseID, error) {
	if id != "" || organisation {
		return []CaseID{id}, nil
	}
	return s.everyScope(ctx)
}

// eachDecision calls f for every decision that was not erased with its case, in the
// order of the record, the organisation's first.
func (s *Service) eachDecision(ctx context.Context, id CaseID, organisation bool, f func(Stored) error) error {
	ids, err := s.scopesOf(ctx, id, organisation)
	if err != nil {
		return err
	}
	for _, id := range ids {
		kind := ledger.Reads
		if id == "" {
			kind = ledger.Organisation
		}
		chain, err := s.chain(ctx, id, kind)
		if err != nil {
			return err
		}
		var unread error
		err = s.each(ctx, chain, func(entry Stored, _ ledger.Statement) error {
			if entry.Kind != kindOfDecision {
				return nil
			}
			return f(entry)
		}, func(n uint64, err error) {
			unread = errors.Join(unread, fmt.Errorf("entry %d of the %s chain: %w", n, kind, err))
		})
		if err := errors.Join(err, unread); err != nil {
			return err
		}
	}
	return nil
}

// decisionEntry returns the entry of a decision.
// Errors: ErrNotFound when there is none, or it is something else.
func (s *Service) decisionEntry(ctx context.Context, id ledger.EntryID) (Stored, error) {
	stored, err := s.Store.ByEntryID(ctx, id)
	if err != nil {
		return Stored{}, fmt.Errorf("decision %s: %w", id, err)
	}
	if stored.Kind != kindOfDecision {
		return Stored{}, fmt.Errorf("entry %s is %s, not a decision: %w", id, stored.Kind, ErrNotFound)
	}
	return stored, nil
}

// recorded reads a decision. What its entry says is there also when its payload
// cannot be had.
func (s *Service) recorded(ctx context.Context, stored Stored) (Recorded, consultation, error) {
	r := Recorded{ID: stored.Entry, Case: stored.Case, N: stored.N, Index: stored.Index}
	var event consultation
	statement, err := stored.Statement()
	if err != nil {
		return r, event, err
	}
	detail, ok := statement.Predicate.Detail.(*ledger.AccessDecided)
	if !ok || len(statement.Subject) != 1 {
		return r, event, fmt.Errorf("%w: entry %s is no decision", ErrIntegrity, stored.Entry)
	}
	r.Action, r.By, r.Allowed, r.Rules = detail.Action, statement.Predicate.Actor.ID, detail.Allowed, detail.Rules
	r.Signer = r.By
	r.Release, r.AsOf, r.Time = detail.Release, detail.AsOf, statement.Predicate.Time
	if r.Event, err = s.document(ctx, stored.Case, statement.Subject[0].Digest); err != nil {
		return r, event, err
	}
	if err := ledger.UnmarshalCanonical(r.Event, &event); err != nil {
		return r, event, fmt.Errorf("%w: what decision %s rests on: %w", ErrIntegrity, stored.Entry, err)
	}
	if r.For, r.Reasons = event.Labels["for"], event.Result.Reasons; r.Signer == serviceID {
		r.By = event.RequestedBy
	}
	return r, event, nil
}

// DecisionReference is the short form in which a refusal is given: D- and the last
// eight digits of its entry. Which are its first ones can follow from when it was.
func DecisionReference(entry ledger.EntryID) string {
	text := entry.String()
	return "D-" + text[len(text)-shortDecision:]
}

// FindDecision returns the decision that a reference names: its entry, or the short
// form D-xxxxxxxx in which a refusal is given; of an entry whose last digits are others
// also its first ones. It says nothing of what was decided. That somebody had the record
// searched for what it does not have is recorded.
// Errors: ErrNotFound; ErrDenied; ErrInvalid when the short form names several.
func (u Audit) FindDecision(ctx context.Context, actor Actor, reference string, ask Ask) (ledger.EntryID, error) {
	if id, err := ledger.ParseEntryID(reference); err == nil {
		_, err := u.s.decisionEntry(ctx, id)
		return id, err
	}
	digits := strings.ToLower(strings.TrimPrefix(strings.TrimPrefix(reference, "D-"), "d-"))
	if len(digits) < shortDecision || strings.Trim(digits, "0123456789abcdef") != "" {
		return ledger.EntryID{}, fmt.Errorf("%q names no decision: give it as D- with %d digits, as the refusal has it, or the whole entry: %w",
			reference, shortDecision, ErrInvalid)
	}
	ids, err := u.s.everyScope(ctx)
	if err != nil {
		return ledger.EntryID{}, err
	}
	var found, begin []ledger.EntryID
	for _, id := range ids {
		records, err := u.s.Store.List(ctx, id, inLooks, 0)
		if err != nil {
			return ledger.EntryID{}, err
		}
		for _, r := range records {
			ends := strings.HasSuffix(r.Key, digits)
			if !ends && !strings.HasPrefix(r.Key, digits) {
				continue
			}
			entry, err := ledger.ParseEntryID(r.Key)
			if err != nil {
				return entry, fmt.Errorf("%w: key of a decision: %w", ErrIntegrity, err)
			}
			if ends {
				found = append(found, entry)
			} else {
				begin = append(begin, entry)
			}
		}
	}
	if len(found) == 0 {
		found = begin
	}
	switch len(found) {
	case 0:
		if err := u.ask(ctx, actor, "", policy.DecisionExplain, ask); err != nil {
			return ledger.EntryID{}, err
		}
		return ledger.EntryID{}, fmt.Errorf("no decision %s: %w", reference, ErrNotFound)
	case 1:
		return found[0], nil
	}
	return ledger.EntryID{}, fmt.Errorf("%s names %d decisions: give more digits: %w", reference, len(found), ErrInvalid)
}

// shortDecision is how many digits of an entry stand in the short form of a decision.
const shortDecision = 8
