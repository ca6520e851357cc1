package custody

import (
	"context"
	"fmt"
	"slices"

	"custos.example/ledger"
)

// selectedAlone wants an exhibit that rests on a selection to rest on nothing before
// it: its bundle shows only what the exhibit rests on, back to the selection, and
// neither a digest nor a size of anything before it. A plain digest of a file is
// enough to find what is missing of it by trying, when little is missing.
// Errors: ErrInvalid when the exhibit rests on a data set besides through the
// selection, so that nothing of it would be withheld.
func (s *showing) selectedAlone() error {
	for _, dataset := range s.origins {
		if s.on[dataset] {
			return fmt.Errorf("the exhibit rests on rows selected from data set %s and on that data set itself, so that the bundle would show every row: "+
				"make the exhibit from the selection alone: %w", dataset, ErrInvalid)
		}
	}
	return nil
}

// origin notes a data set whose rows were selected, and what it was made from.
func (s *showing) origin(ctx context.Context, dataset ledger.EntryID) error {
	statement, err := s.statement(ctx, dataset)
	if err != nil {
		return err
	}
	s.origins = append(s.origins, dataset)
	s.hidden = append(append(s.hidden, dataset), entriesOf(statement.Predicate.ResolvedDependencies)...)
	return nil
}

// showsOfSelection tells whether an entry is shown where only rows that were selected
// are, and notes which of its payloads are not.
func (s *showing) showsOfSelection(entry ledger.EntryID, statement ledger.Statement) bool {
	switch statement.Predicate.Detail.(type) {
	case *ledger.AuthorityRecorded:
		// It names the people whose data was asked for. Its entry is shown where its
		// payload is named by a salted digest.
		plain := slices.ContainsFunc(statement.Subject, func(s ledger.Subject) bool { _, salted := s.Digest[ledger.Salted]; return !salted })
		if !s.authorities[entry] || plain {
			return false
		}
		s.keepBack(anotherPerson, statement.Subject...)
		return true
	case *ledger.SourceDecided:
		if s.on[entry] {
			s.keepBack(anotherPerson, statement.Subject...) // who is shown by name, with the key of all tokens
		}
		return false
	case *ledger.DatasetSelected:
		s.keepBack("sensitive", slices.DeleteFunc(slices.Clone(statement.Subject), func(s ledger.Subject) bool { return s.Name != portChoice })...)
	}
	return s.on[entry]
}

// keepBack leaves payloads out of the bundle.
func (s *showing) keepBack(reason string, subjects ...ledger.Subject) {
	for _, subject := range subjects {
		s.back[digestKey(subject.Digest)] = reason
	}
}
