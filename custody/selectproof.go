package custody

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"custos.example/analysis"
	"custos.example/analysis/event"
	"custos.example/analysis/rowtree"
	"custos.example/ledger"
)

// prove makes the two tables that show the rows served to be among those that were
// committed to: the secrets of their parts, and the hashes between them.
// Errors: ErrIntegrity when the data set is not the one that was committed to.
func (s *selecting) prove(ctx context.Context, events analysis.Input) error {
	served, selection, err := s.results(ctx)
	if err != nil {
		return err
	}
	defer letGo(served)
	salts, path := s.table(portSalts, rowtree.SaltColumns()), s.table(portPath, rowtree.PathColumns())
	defer salts.close()
	defer path.close()
	err = s.proveRows(ctx, s.rows, events, served, selection.Redacted,
		func(fields []string) error { return salts.write(ctx, fields) }, func(fields []string) error { return path.write(ctx, fields) })
	if err != nil {
		return err
	}
	for _, t := range []*tableWriter{salts, path} {
		o, err := t.commit(ctx)
		if err != nil {
			return err
		}
		s.proof = append(s.proof, o)
	}
	return nil
}

// proveRows shows that the rows of served are among those that were committed to:
// salts gets a line for each of them, path one for each hash between.
// Errors: ErrIntegrity.
func (a *act) proveRows(ctx context.Context, committed rowsFact, events, served analysis.Input, redacted []analysis.Redaction,
	salts, path func(fields []string) error,
) error {
	chosen, err := indexes(events, served)
	if err != nil {
		return err
	}
	seed, err := a.Vault.Derive(ctx, a.id, "rows", committed.Dataset[:])
	if err != nil {
		return fmt.Errorf("seed of the rows: %w", err)
	}
	defer clear(seed[:])
	withheld := [rowtree.NumParts]bool{rowtree.Trail: true}
	for _, r := range redacted {
		part, known := rowtree.ParsePart(r.Part)
		if !known {
			return fmt.Errorf("%w: there is no part %q", ErrIntegrity, r.Part)
		}
		withheld[part] = true
	}
	c, err := rowtree.Prove((*rowtree.Seed)(&seed), io.NewSectionReader(events, 0, events.Size()), committed.Count, chosen, withheld,
		func(o rowtree.Opening) error { return salts(o.Fields()) },
		func(h rowtree.Hash) error { return path([]string{hex.EncodeToString(h[:])}) })
	if err != nil {
		return fmt.Errorf("%w: prove the rows of data set %s: %w", ErrIntegrity, committed.Dataset, err)
	}
	if ledger.Digest(c.Root) != committed.Root[ledger.Rows] {
		return fmt.Errorf("%w: the rows of data set %s are not those that were committed to", ErrIntegrity, committed.Dataset)
	}
	return nil
}

// results opens the rows that the step wrote, and reads what it says of them.
func (s *selecting) results(ctx context.Context) (Content, analysis.Selection, error) {
	var selection analysis.Selection
	var events ledger.DigestSet
	for _, o := range s.made.outputs {
		switch o.Name {
		case portEvents:
			events = o.Digest
		case portSelection:
			text, err := s.document(ctx, s.id, o.Digest)
			if err != nil {
				return nil, selection, err
			}
			if selection, err = analysis.ParseSelection(text); err != nil {
				return nil, selection, fmt.Errorf("%w: %w", ErrIntegrity, err)
			}
		}
	}
	served, _, err := s.open(ctx, s.id, events)
	return served, selection, err
}

// indexes returns which rows of a file of events stand in another that was taken
// from it: both have one order, and a row is known by its instant and number.
func indexes(from, taken analysis.Input) ([]uint64, error) {
	all, err := event.NewReader(io.NewSectionReader(from, 0, from.Size()))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrIntegrity, err)
	}
	some, err := event.NewReader(io.NewSectionReader(taken, 0, taken.Size()))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrIntegrity, err)
	}
	var chosen []uint64
	wanted, err := some.Next()
	for index := uint64(0); err == nil; index++ {
		row, rowErr := all.Next()
		if rowErr != nil {
			return nil, fmt.Errorf("%w: a row that was taken is not among those of the data set: %w", ErrIntegrity, rowErr)
		}
		if row.Start() != wanted.Start() || row.SourceRow() != wanted.SourceRow() {
			continue
		}
		chosen = append(chosen, index)
		wanted, err = some.Next()
	}
	if !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: %w", ErrIntegrity, err)
	}
	return chosen, nil
}

// tableWriter writes a payload that is a table, row by row.
type tableWriter struct {
	*selecting
	name string
	to   PayloadWriter
	text []byte
}

// table begins a table; the payload is opened with its first row.
func (s *selecting) table(name string, columns []string) *tableWriter {
	return &tableWriter{selecting: s, name: name, text: event.AppendRecord(nil, columns...)}
}

func (t *tableWriter) write(ctx context.Context, fields []string) error {
	t.text = event.AppendRecord(t.text, fields...)
	if len(t.text) < 64<<10 {
		return nil
	}
	return t.flush(ctx)
}

func (t *tableWriter) flush(ctx context.Context) error {
	if t.to == nil {
		var err error
		if t.to, err = t.Blobs.Writer(ctx, t.id); err != nil {
			return fmt.Errorf("keep the %s of a selection: %w", t.name, err)
		}
	}
	_, err := t.to.Write(t.text)
	t.text = t.text[:0]
	return err
}

// commit keeps the table.
func (t *tableWriter) commit(ctx context.Context) (Output, error) {
	if err := t.flush(ctx); err != nil {
		return Output{}, err
	}
	blob, err := t.to.Commit()
	if err != nil {
		return Output{}, fmt.Errorf("keep the %s of a selection: %w", t.name, err)
	}
	return output(t.name, blob), nil
}

// close lets go of a table that was not kept.
func (t *tableWriter) close() {
	if t.to != nil {
		_ = t.to.Discard()
	}
}
