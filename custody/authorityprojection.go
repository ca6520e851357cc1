package custody

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"custos.example/ledger"
)

// The collections of applications and authorities beside inAuthority.
const (
	inApplications = "applications"           // newest state, by the entry that first recorded it
	inApplied      = "applied"                // every state of an application, by its own entry
	inRecorders    = "recorders"              // of an authority: by the entry that first recorded it and who recorded a state of it
	inStates       = "states of an authority" // by the entry that first recorded it and its own
)

// authorityFact points at one state of an authority.
// Shape: First is the entry by which others refer to it.
type authorityFact struct {
	Entry      ledger.EntryID   `json:"entry"`
	First      ledger.EntryID   `json:"first"`
	Index      ledger.Index     `json:"index"`
	Payload    ledger.DigestSet `json:"payload"`
	RecordedBy string           `json:"recordedBy"`
	Reference  string           `json:"reference"`
	Regime     string           `json:"regime"`
	Role       string           `json:"role"` // in which it was recorded
	Time       ledger.Time      `json:"time"`
}

// applicationFact points at one state of an application.
type applicationFact struct {
	Entry      ledger.EntryID   `json:"entry"`
	First      ledger.EntryID   `json:"first"`
	Payload    ledger.DigestSet `json:"payload"`
	RecordedBy string           `json:"recordedBy"`
	Reference  string           `json:"reference"`
	Time       ledger.Time      `json:"time"`
}

// recorderFact says that a person recorded a state of an authority.
type recorderFact struct {
	By string `json:"by"`
}

// authority projects one state of an authority.
func (p *projection) authority(d *ledger.AuthorityRecorded) {
	fact := authorityFact{
		p.entry(), p.firstState(), p.at.Index, p.subject("authority"), p.by(), d.Reference, d.Regime, p.Predicate.Actor.Role, p.Predicate.Time,
	}
	p.add(inAuthority, fact.First.String(), fact)
	p.add(inStates, fact.First.String()+" "+fact.Entry.String(), fact)
	p.add(inRecorders, fact.First.String()+" "+fact.RecordedBy, recorderFact{fact.RecordedBy})
}

// application projects one state of an application.
func (p *projection) application(d *ledger.ApplicationRecorded) {
	fact := applicationFact{p.entry(), p.firstState(), p.subject("application"), p.by(), d.Reference, p.Predicate.Time}
	p.add(inApplications, fact.First.String(), fact)
	p.add(inApplied, fact.Entry.String(), fact)
}

// What a later state names: the state that it replaces, and, when that is another,
// the one that was recorded first.
const (
	portAmends = "amends"
	portFirst  = "first"
)

// firstState is the entry that first recorded what this one amends, or this one.
func (p *projection) firstState() ledger.EntryID {
	for _, name := range []string{portFirst, portAmends} {
		if earlier := dependency(p.Statement, name); earlier != nil && earlier.Entry != nil {
			return *earlier.Entry
		}
	}
	return p.entry()
}

// amending names the state that is replaced and the first one, each as it was made.
func amending(before, first ledger.EntryID, payload, firstPayload ledger.DigestSet) []ledger.Dependency {
	named := []ledger.Dependency{{Name: portAmends, Digest: payload, Entry: &before}}
	if first != before {
		named = append(named, ledger.Dependency{Name: portFirst, Digest: firstPayload, Entry: &first})
	}
	return named
}

// madeBy returns the digest of a subject of an entry.
func (s *Service) madeBy(ctx context.Context, entry ledger.EntryID, name string) (ledger.DigestSet, error) {
	stored, err := s.Store.ByEntryID(ctx, entry)
	if err != nil {
		return nil, fmt.Errorf("entry %s: %w", entry, err)
	}
	statement, err := stored.Statement()
	if err != nil {
		return nil, err
	}
	for _, subject := range statement.Subject {
		if subject.Name == name {
			return subject.Digest, nil
		}
	}
	return nil, fmt.Errorf("%w: entry %s made no %s", ErrIntegrity, entry, name)
}

// statesOf returns every state of an authority in the order of recording.
func (s *Service) statesOf(ctx context.Context, id CaseID, first ledger.EntryID) ([]authorityFact, error) {
	all, err := list[authorityFact](ctx, s.Store, id, inStates, 0)
	if err != nil {
		return nil, err
	}
	var states []authorityFact
	for _, fact := range all {
		if fact.First == first {
			states = append(states, fact)
		}
	}
	slices.SortFunc(states, func(a, b authorityFact) int { return cmp.Compare(a.Index, b.Index) })
	return states, nil
}
