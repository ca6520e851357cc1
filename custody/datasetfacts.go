package custody

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"custos.example/analysis/source"
	"custos.example/ledger"
	"custos.example/policy"
)

// portion is what of a data set is used.
type portion struct {
	entry  ledger.EntryID // of the data set
	excess bool           // its events outside the authority's scope
}

// portExcess is the output of a source with the events outside the scope.
const portExcess = "excess"

// datasetFacts says what data is to be read or worked on.
func (a *act) datasetFacts(ctx context.Context, p portion, asOf uint64) (*policy.Dataset, error) {
	fact, err := find[producedFact](ctx, a.Store, a.id, inDatasets, p.entry.String(), asOf)
	if err != nil {
		return nil, fmt.Errorf("data set %s: %w", p.entry, err)
	}
	d := &policy.Dataset{
		AllowedUses: []policy.Purpose{}, Flags: []policy.Flag{}, ID: p.entry.String(), Marking: policy.OfficialSensitive,
		Named: []string{}, Purpose: policy.Unstated, ServedTo: []string{}, Status: policy.Clean,
	}
	of, err := find[caseFact](ctx, a.Store, a.id, inCase, string(a.id), asOf)
	if err != nil {
		return nil, fmt.Errorf("case %s: %w", a.id, err)
	}
	if of.Marking != "" {
		d.Marking = policy.Marking(of.Marking)
	}
	for i, id := range fact.Authority {
		authority, err := a.authorityState(ctx, a.id, id, asOf)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			d.Purpose = purposeOf(authority.facts)
		}
		d.Flags = append(d.Flags, authority.flags()...)
	}
	if places, err := a.collateral(ctx, fact); err != nil {
		return nil, err
	} else if places {
		d.Flags = append(d.Flags, policy.Collateral)
	}
	slices.Sort(d.Flags)
	d.Flags = slices.Compact(d.Flags)
	permits, err := a.permits(ctx, asOf)
	if err != nil {
		return nil, err
	}
	if p.excess && !permits.excess[p.entry] {
		d.Status = policy.Excess
	}
	d.AllowedUses = permits.uses(p.entry, a.actor.ID)
	d.ServedTo, d.Named, err = a.servedDataset(ctx, p.entry, asOf)
	return d, err
}

// purposeOf is what data was obtained for: the letter of the purpose, or another
// basis by its name.
func purposeOf(a policy.Authority) string {
	if a.Regime == policy.RIPA || a.Regime == policy.IPA {
		return a.Purpose
	}
	return string(a.Regime)
}

// flags mark what only named people may handle: whatever else is said of whom the
// data is about, one lawyer or journalist among them is enough.
// Shape: sorted, nothing twice.
func (s authorityState) flags() []policy.Flag {
	is := func(profession policy.Profession) bool {
		return slices.ContainsFunc(s.document.Subjects, func(of DataSubject) bool { return of.Profession == profession })
	}
	var flags []policy.Flag
	if s.facts.IdentifiesSource || is(policy.Journalist) {
		flags = append(flags, policy.Journalistic)
	}
	if is(policy.Lawyer) {
		flags = append(flags, policy.Privileged)
	}
	return flags
}

// collateral tells whether most people in a data set are none of the case's: it
// was asked for by places, not by people.
func (a *act) collateral(ctx context.Context, fact producedFact) (bool, error) {
	at := slices.IndexFunc(fact.Dependencies, func(d ledger.Dependency) bool { return d.Name == portScope })
	if at < 0 {
		return false, nil
	}
	text, err := a.document(ctx, a.id, fact.Dependencies[at].Digest)
	if err != nil {
		return false, fmt.Errorf("scope of data set %s: %w", fact.Entry, err)
	}
	scope, err := source.ParseScope(text)
	if err != nil {
		return false, fmt.Errorf("%w: scope of data set %s: %w", ErrIntegrity, fact.Entry, err)
	}
	return slices.ContainsFunc(scope.Identifiers, ofPlace), nil
}

// ofPlace tells whether an identifier of an authority is a cell or an area.
func ofPlace(identifier string) bool {
	return strings.HasPrefix(identifier, source.PrefixCell) || strings.HasPrefix(identifier, source.PrefixArea)
}

// subjects are the people of the case, by their identifiers: whom its authorities
// name, and the third parties that somebody else agreed to reveal, by their
// tokens.
// Shape: sorted, nothing twice.
func (a *act) subjects(ctx context.Context, asOf uint64) ([]string, error) {
	known := []string{}
	authorities, err := list[authorityFact](ctx, a.Store, a.id, inAuthority, asOf)
	if err != nil {
		return nil, err
	}
	for _, fact := range authorities {
		authority, err := a.authorityFacts(ctx, fact.First, asOf)
		if err != nil {
			return nil, err
		}
		for _, id := range authority.Identifiers {
			if !ofPlace(id) {
				known = append(known, canonical(id)...)
			}
		}
	}
	permits, err := a.permits(ctx, asOf)
	if err != nil {
		return nil, err
	}
	known = append(known, permits.revealed...)
	slices.Sort(known)
	return slices.Compact(known), nil
}

// requestFacts says what is to be shown, and why. Without more it is a whole file.
func (a *act) requestFacts(asked *policy.Request) *policy.Request {
	r := policy.Request{Purpose: a.ask.For, Query: policy.NoEntry, Reason: a.ask.Purpose, View: policy.Rows}
	if asked != nil {
		r = *asked
	}
	switch {
	case r.Purpose != "":
	case a.action == policy.AuditRead:
		r.Purpose = policy.Lawfulness
	default:
		r.Purpose = policy.Investigation
	}
	return &r
}
