package custody

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"custos.example/ledger"
	"custos.example/policy"
)

// showing is what a bundle shows of a case: the exhibit, what it rests on, and what
// the record says of that. All else is withheld, of whatever kind it is: the files of
// other people, what was tried and not used, what is sensitive.
type showing struct {
	*packing
	on          map[ledger.EntryID]bool // the exhibit and what it rests on
	named       map[string]bool         // digests that those name
	authorities map[ledger.EntryID]bool // under which that was obtained, by their first states
	grounds     map[ledger.EntryID]bool // applications on which those rest
	files       map[string]bool         // items of the received files
	behind      lineage

	items   map[ledger.Index]bool // continuity of those items
	cites   cited
	defects map[string]bool

	selections []ledger.EntryID
	origins    []ledger.EntryID // data sets whose rows were selected
	hidden     []ledger.EntryID // those, and what they were made from
}

// choose withholds, unless the request gives a reason of its own, everything that is
// not to be shown, and notes which payloads of what is shown stay out.
// Errors: those of subset.
func (p *packing) choose(ctx context.Context) error {
	s, err := p.showing(ctx)
	if err != nil {
		return err
	}
	entries, err := p.Store.Entries(ctx, p.contents.Work.ID, 1, uint64(len(p.contents.Work.Links)))
	if err != nil {
		return fmt.Errorf("entries of the work chain: %w", err)
	}
	statements := make([]ledger.Statement, len(entries))
	for i, entry := range entries {
		if entry.Erased {
			continue
		}
		if statements[i], err = entry.Statement(); err != nil {
			return err
		}
	}
	s.ground(statements)
	given := p.request.Withhold
	p.request.Withhold = map[uint64]string{}
	for i, entry := range entries {
		if entry.Erased || entry.N == 1 {
			continue
		}
		show, err := s.shows(ctx, entry, statements[i])
		if err != nil {
			return err
		}
		if !show && p.before == nil {
			p.request.Withhold[entry.N] = s.reason(statements[i])
		}
	}
	maps.Copy(p.request.Withhold, given)
	return nil
}

// showing walks back from the exhibit, and gathers what is said of what it meets.
func (p *packing) showing(ctx context.Context) (*showing, error) {
	s := &showing{
		packing: p, on: map[ledger.EntryID]bool{}, named: map[string]bool{}, authorities: map[ledger.EntryID]bool{},
		grounds: map[ledger.EntryID]bool{}, files: map[string]bool{}, defects: map[string]bool{},
	}
	p.back = map[string]string{}
	if err := s.walk(ctx, p.exhibit.Entry); err != nil {
		return nil, err
	}
	var err error
	if s.behind, err = p.lineage(ctx, p.exhibit.Run); err != nil {
		return nil, err
	}
	if err := s.faults(ctx); err != nil {
		return nil, err
	}
	if len(s.selections) > 0 {
		return s, s.selectedAlone()
	}
	if s.cites, err = p.cited(ctx, p.exhibit, s.behind); err != nil {
		return nil, err
	}
	for _, f := range s.cites.files {
		if err := s.walk(ctx, f.Entry); err != nil {
			return nil, err
		}
	}
	s.items, err = p.custodyOf(ctx)
	return s, err
}

// walk notes an entry and what it rests on, back to the selections.
func (s *showing) walk(ctx context.Context, id ledger.EntryID) error {
	if s.on[id] {
		return nil
	}
	s.on[id] = true
	statement, err := s.statement(ctx, id)
	if err != nil {
		return err
	}
	for _, subject := range statement.Subject {
		s.named[digestKey(subject.Digest)] = true
	}
	for _, authority := range statement.Predicate.Authority {
		s.authorities[authority] = true
	}
	switch d := statement.Predicate.Detail.(type) {
	case *ledger.DatasetSelected:
		s.selections = append(s.selections, id)
	case *ledger.RowsCommitted:
		return s.origin(ctx, d.Dataset)
	case *ledger.SourceDecided:
		if d.Question == portKnown {
			return nil // its file is one of the lineage, or lies behind a selection
		}
	case *ledger.EvidenceReceived:
		s.files[d.Item] = true
	}
	for _, d := range statement.Predicate.ResolvedDependencies {
		s.named[digestKey(d.Digest)] = true
		if d.Entry == nil {
			continue
		}
		if err := s.walk(ctx, *d.Entry); err != nil {
			return err
		}
	}
	return nil
}

// ground follows the authorities to the applications on which they rest.
func (s *showing) ground(statements []ledger.Statement) {
	for _, statement := range slices.Backward(statements) {
		p := statement.Predicate
		switch p.Detail.(type) {
		case *ledger.AuthorityRecorded:
			if !s.authorities[firstOf(statement)] {
				continue
			}
		case *ledger.ApplicationRecorded:
			if !s.grounds[p.Place.Entry] {
				continue
			}
		default:
			continue
		}
		for _, d := range p.ResolvedDependencies {
			if d.Entry != nil {
				s.grounds[*d.Entry] = true
			}
		}
	}
}

// faults finds the defects that touch what the exhibit rests on.
func (s *showing) faults(ctx context.Context) error {
	statement, err := s.statement(ctx, s.exhibit.Entry)
	if err != nil {
		return err
	}
	behind, err := s.lineage(ctx, entriesOf(statement.Predicate.ResolvedDependencies)...)
	if err != nil {
		return err
	}
	facts, err := list[defectFact](ctx, s.Store, s.id, inDefects, s.asOf)
	if err != nil {
		return err
	}
	steps := stepNames(behind)
	for _, d := range facts {
		s.defects[d.Defect] = d.touches(behind, steps) || slices.ContainsFunc(d.Entries, func(id ledger.EntryID) bool { return s.on[id] })
	}
	return nil
}

// stepNames are the steps of a lineage as a defect names them.
func stepNames(l lineage) []string {
	names := make([]string, len(l.steps))
	for i, step := range l.steps {
		names[i] = fmt.Sprintf("%s@%d", step.Name, step.Version)
	}
	return names
}

// shows tells whether an entry is shown, and notes which of its payloads are not.
func (s *showing) shows(ctx context.Context, entry Stored, statement ledger.Statement) (bool, error) {
	switch d := statement.Predicate.Detail.(type) {
	case *ledger.ExhibitChecked:
		return d.Exhibit == s.exhibit.Entry, nil
	case *ledger.DefectRecorded:
		return s.defects[d.Defect], nil
	}
	if len(s.selections) > 0 {
		return s.showsOfSelection(entry.Entry, statement), nil
	}
	switch d := statement.Predicate.Detail.(type) {
	case *ledger.AuthorityRecorded:
		return s.authorities[firstOf(statement)], nil
	case *ledger.ApplicationRecorded:
		return s.grounds[entry.Entry], nil
	case *ledger.RowsCommitted:
		return s.on[d.Dataset], nil
	case *ledger.ImportFailed:
		return s.files[d.Item], nil
	case *ledger.ExhibitProduced:
		if d.Reference == s.exhibit.Reference && d.Version > s.exhibit.Version {
			return s.later(ctx, entry.Entry, statement, d)
		}
	case *ledger.PermissionAsked:
		return s.permitted(statement, d), nil
	case *ledger.PermissionDecided:
		asked, err := s.statement(ctx, d.Request)
		about, _ := asked.Predicate.Detail.(*ledger.PermissionAsked)
		return err == nil && about != nil && s.permitted(asked, about), err
	case *ledger.ErrorRecorded:
		return s.touched(ctx, statement)
	case *ledger.ItemReceived:
		return s.items[entry.Index] || s.cites.items[d.Item], nil
	case *ledger.ItemHandled:
		from := entriesOf(statement.Predicate.ResolvedDependencies)
		return s.items[entry.Index] && !slices.ContainsFunc(from, func(id ledger.EntryID) bool { return !s.on[id] }), nil
	case *ledger.ItemTransferred, *ledger.TransferRecorded:
		return s.items[entry.Index], nil
	}
	return s.on[entry.Entry], nil
}

// permitted tells whether a request asked for the excess on which the exhibit rests.
func (s *showing) permitted(asked ledger.Statement, about *ledger.PermissionAsked) bool {
	return policy.About(about.About) == policy.AboutExcess &&
		slices.ContainsFunc(entriesOf(asked.Predicate.ResolvedDependencies), func(id ledger.EntryID) bool { return slices.Contains(s.behind.excess, id) })
}

// reason is why an entry is withheld: because it says who was given what, or holds
// rows that were not selected; everything else because the exhibit does not rest on
// it. That is one reason for all of it, so that it tells nothing of what is sensitive.
func (s *showing) reason(statement ledger.Statement) string {
	if slices.Contains(s.hidden, statement.Predicate.Place.Entry) {
		return anotherPerson
	}
	switch d := statement.Predicate.Detail.(type) {
	case *ledger.ExhibitServed, *ledger.MaterialDisclosed, *ledger.MaterialRevealed, *ledger.CopyIssued, *ledger.CopyDisposed:
		return anotherPerson
	case *ledger.PermissionAsked:
		if policy.About(d.About) == policy.AboutUnmasking {
			return anotherPerson
		}
	}
	return notRelevant
}

// firstOf is the entry that first recorded what a statement amends, or its own.
func firstOf(s ledger.Statement) ledger.EntryID {
	for _, name := range []string{portFirst, portAmends} {
		if earlier := dependency(s, name); earlier != nil && earlier.Entry != nil {
			return *earlier.Entry
		}
	}
	return s.Predicate.Place.Entry
}
