package custody

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"

	"custos.example/analysis"
	"custos.example/analysis/event"
	"custos.example/analysis/rowtree"
	"custos.example/ledger"
)

// selectedFrom returns what a recorded selection was made from: the events of the
// data set whose rows it names by their commitment, and the choice.
func (r *remaking) selectedFrom(ctx context.Context, s ledger.Statement) ([]ledger.Dependency, error) {
	rows := dependency(s, portRows)
	if rows == nil || rows.Entry == nil {
		return nil, fmt.Errorf("%w: the selection names no commitment to rows", ErrIntegrity)
	}
	dataset, err := r.origin(ctx, *rows.Entry)
	if err != nil {
		return nil, err
	}
	events, known := dataset.subject(portEvents)
	if !known {
		return nil, fmt.Errorf("%w: data set %s has no events", ErrIntegrity, dataset.Entry)
	}
	for _, subject := range s.Subject {
		if subject.Name == portChoice {
			return []ledger.Dependency{{Name: portEvents, Digest: events.Digest}, {Name: portChoice, Digest: subject.Digest}}, nil
		}
	}
	return nil, fmt.Errorf("%w: the selection has no choice", ErrIntegrity)
}

// proveAgain makes the proofs of a recorded selection again, beside what its step
// made, and takes the choice as it stands: it was an input.
func (r *remaking) proveAgain(ctx context.Context, s ledger.Statement, events analysis.Input, sums map[string]*sum) error {
	committed, err := find[rowsFact](ctx, r.Store, r.id, inRowsMade, dependency(s, portRows).Entry.String(), 0)
	if err != nil {
		return err
	}
	var redacted []analysis.Redaction
	var served Content
	for _, subject := range s.Subject {
		content, _, err := r.open(ctx, r.id, subject.Digest)
		if err != nil {
			return fmt.Errorf("output %q: %w", subject.Name, err)
		}
		defer letGo(content)
		switch subject.Name {
		case portEvents:
			served = content
		case portSelection:
			selection, err := r.document(ctx, r.id, subject.Digest)
			if err != nil {
				return err
			}
			parsed, err := analysis.ParseSelection(selection)
			if err != nil {
				return fmt.Errorf("%w: %w", ErrIntegrity, err)
			}
			redacted = parsed.Redacted
		case portChoice:
			sums[portChoice] = &sum{Hash: sha256.New()}
			if _, err := io.Copy(sums[portChoice], io.NewSectionReader(content, 0, content.Size())); err != nil {
				return fmt.Errorf("choice of the selection: %w", err)
			}
		}
	}
	if served == nil {
		return fmt.Errorf("%w: the selection has no events", ErrIntegrity)
	}
	salts, path := newTableSum(rowtree.SaltColumns()), newTableSum(rowtree.PathColumns())
	sums[portSalts], sums[portPath] = salts.sum, path.sum
	return r.proveRows(ctx, committed, events, served, redacted, salts.write, path.write)
}

// tableSum hashes a table that is written row by row.
type tableSum struct {
	*sum
	line []byte
}

func newTableSum(columns []string) *tableSum {
	t := &tableSum{sum: &sum{Hash: sha256.New()}}
	_ = t.write(columns) // a hash does not fail
	return t
}

func (t *tableSum) write(fields []string) error {
	t.line = event.AppendRecord(t.line[:0], fields...)
	_, err := t.Write(t.line)
	return err
}
