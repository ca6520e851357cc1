package custody

import (
	"context"
	"fmt"
	"slices"

	"custos.example/ledger"
)

// subset withholds everything that tells of rows that were not selected, when the
// exhibit rests on a selection: such a bundle shows only what the exhibit rests on,
// back to the selection, and neither a digest nor a size of anything before it. A
// plain digest of a file is enough to find what is missing of it by trying, when
// little is missing.
// Errors: ErrInvalid when the exhibit rests on a data set besides through the
// selection, so that nothing of it would be withheld.
func (p *packing) subset(ctx context.Context) error {
	w := subsetWalk{packing: p, shown: map[ledger.EntryID]bool{}, authorities: map[ledger.EntryID]bool{}}
	if err := w.walk(ctx, p.exhibit.Entry); err != nil || len(w.selections) == 0 {
		return err
	}
	for _, dataset := range w.origins {
		if w.shown[dataset] {
			return fmt.Errorf("the exhibit rests on rows selected from data set %s and on that data set itself, so that the bundle would show every row: "+
				"make the exhibit from the selection alone: %w", dataset, ErrInvalid)
		}
	}
	entries, err := p.Store.Entries(ctx, p.contents.Work.ID, 1, uint64(len(p.contents.Work.Links)))
	if err != nil {
		return fmt.Errorf("entries of the work chain: %w", err)
	}
	p.back = map[string]string{}
	for _, entry := range entries {
		if entry.Erased || entry.N == 1 {
			continue
		}
		if _, given := p.request.Withhold[entry.N]; given {
			continue
		}
		show, err := w.shows(entry)
		if err != nil {
			return err
		}
		if !show && p.before == nil {
			p.request.Withhold[entry.N] = w.reason(entry)
		}
	}
	return nil
}

// subsetWalk finds what an exhibit rests on, back to the selections.
type subsetWalk struct {
	*packing
	shown       map[ledger.EntryID]bool
	authorities map[ledger.EntryID]bool
	selections  []ledger.EntryID
	origins     []ledger.EntryID // data sets whose rows were selected
	behind      []ledger.EntryID // and what they were made from
}

func (w *subsetWalk) walk(ctx context.Context, id ledger.EntryID) error {
	if w.shown[id] {
		return nil
	}
	w.shown[id] = true
	s, err := w.statement(ctx, id)
	if err != nil {
		return err
	}
	for _, authority := range s.Predicate.Authority {
		w.authorities[authority] = true
	}
	switch d := s.Predicate.Detail.(type) {
	case *ledger.DatasetSelected:
		w.selections = append(w.selections, id)
	case *ledger.RowsCommitted:
		return w.origin(ctx, d.Dataset)
	}
	for _, d := range s.Predicate.ResolvedDependencies {
		if d.Entry == nil {
			continue
		}
		if err := w.walk(ctx, *d.Entry); err != nil {
			return err
		}
	}
	return nil
}

// origin notes a data set whose rows were selected, and what it was made from.
func (w *subsetWalk) origin(ctx context.Context, dataset ledger.EntryID) error {
	s, err := w.statement(ctx, dataset)
	if err != nil {
		return err
	}
	w.origins = append(w.origins, dataset)
	w.behind = append(w.behind, dataset)
	for _, d := range s.Predicate.ResolvedDependencies {
		if d.Entry != nil {
			w.behind = append(w.behind, *d.Entry)
		}
	}
	return nil
}

// shows tells whether an entry is shown, and notes which of its payloads are not.
func (w *subsetWalk) shows(entry Stored) (bool, error) {
	s, err := entry.Statement()
	if err != nil {
		return false, err
	}
	switch d := s.Predicate.Detail.(type) {
	case *ledger.AuthorityRecorded:
		// It names the people whose data was asked for. Its entry is shown where its
		// payload is named by a salted digest.
		plain := slices.ContainsFunc(s.Subject, func(s ledger.Subject) bool { _, salted := s.Digest[ledger.Salted]; return !salted })
		if !w.authorities[entry.Entry] || plain {
			return false, nil
		}
		w.keepBack(s.Subject, anotherPerson)
		return true, nil
	case *ledger.ExhibitChecked:
		return d.Exhibit == w.exhibit.Entry, nil
	case *ledger.DefectRecorded:
		return true, nil
	case *ledger.SourceDecided:
		if w.shown[entry.Entry] {
			w.keepBack(s.Subject, anotherPerson) // who is shown by name, with the key of all tokens
		}
		return false, nil
	case *ledger.DatasetSelected:
		w.keepBack(slices.DeleteFunc(slices.Clone(s.Subject), func(s ledger.Subject) bool { return s.Name != portChoice }), "sensitive")
	}
	return w.shown[entry.Entry], nil
}

// keepBack leaves payloads out of the bundle.
func (w *subsetWalk) keepBack(subjects []ledger.Subject, reason string) {
	for _, s := range subjects {
		w.back[digestKey(s.Digest)] = reason
	}
}

// reason is why an entry is withheld: what lies behind a selection because it holds
// the rows that were not selected, everything else because the exhibit does not rest
// on it.
func (w *subsetWalk) reason(entry Stored) string {
	if slices.Contains(w.behind, entry.Entry) {
		return anotherPerson
	}
	return notRelevant
}
