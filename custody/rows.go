package custody

import (
	"context"
	"fmt"
	"io"

	"custos.example/analysis/rowtree"
	"custos.example/analysis/rowtree/lanes"
	"custos.example/ledger"
)

// committing returns what commits to every row of a data set while it is
// written. The seed follows from the case's key, so that it is never stored and
// goes with that key.
func (in *intake) committing(ctx context.Context, dataset ledger.EntryID) (*rowtree.Writer, error) {
	seed, err := in.Vault.Derive(ctx, in.id, "rows", dataset[:])
	if err != nil {
		return nil, fmt.Errorf("seed of the rows: %w", err)
	}
	defer clear(seed[:])
	return rowtree.NewWriterOf((*rowtree.Seed)(&seed), lanes.New()), nil
}

// watch puts the commitment on the way of the events.
func watch(rows *rowtree.Writer) map[string]io.Writer { return map[string]io.Writer{"events": rows} }

// committed returns the root of the tree of salted row commitments, and the
// number of rows.
func committed(m made, rows *rowtree.Writer) (ledger.Digest, uint64, error) {
	for _, o := range m.outputs {
		if o.Name != "events" {
			continue
		}
		c, err := rows.Commitment()
		if err != nil {
			return ledger.Digest{}, 0, fmt.Errorf("rows of the data set: %w", err)
		}
		return ledger.Digest(c.Root), c.Count, nil
	}
	return ledger.Digest{}, 0, fmt.Errorf("%w: the source made no events", ErrIntegrity)
}
