package custody

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"custos.example/ledger"
)

// later tells whether a later version of the exhibit is shown: that there is one is
// worth knowing to whoever holds this one, if it is made of no other files and stands
// not on the sensitive schedule. Its own files stay out.
func (s *showing) later(ctx context.Context, entry ledger.EntryID, statement ledger.Statement, d *ledger.ExhibitProduced) (bool, error) {
	for _, subject := range statement.Subject {
		s.keepOut(subject.Digest)
	}
	for _, from := range statement.Predicate.ResolvedDependencies {
		s.keepOut(from.Digest)
	}
	for _, render := range d.Renders {
		if render.Step.Module != (ledger.Digest{}) {
			s.keepOut(ledger.DigestSet{ledger.SHA256: render.Step.Module})
		}
	}
	fact, err := find[exhibitFact](ctx, s.Store, s.id, inExhibits, entry.String(), s.asOf)
	if err != nil {
		return false, fmt.Errorf("exhibit %s: %w", entry, err)
	}
	behind, err := s.lineage(ctx, fact.Run)
	if err != nil {
		return false, err
	}
	on := append([]ledger.EntryID{entry}, behind.entries...)
	for _, f := range behind.files {
		if !slices.ContainsFunc(s.behind.files, func(own evidenceFact) bool { return own.Entry == f.Entry }) {
			return false, nil
		}
		on = append(on, f.Entry)
	}
	for _, id := range on {
		if sensitive, err := s.sensitive(ctx, id, 0); sensitive || err != nil {
			return false, err
		}
	}
	return true, nil
}

// keepOut leaves a payload out that nothing behind the exhibit names.
func (s *showing) keepOut(digest ledger.DigestSet) {
	if key := digestKey(digest); !s.named[key] {
		s.back[key] = notRelevant
	}
}

// touched tells whether an error is shown: all that it touches is shown as well.
func (s *showing) touched(ctx context.Context, statement ledger.Statement) (bool, error) {
	doc, err := documentOf[errorDocument](ctx, s.Service, s.id, statement.Subject[0].Digest)
	if errors.Is(err, ErrNotFound) {
		return false, nil // erased
	}
	return len(doc.Entries) > 0 && !slices.ContainsFunc(doc.Entries, func(id ledger.EntryID) bool { return !s.on[id] }), err
}
