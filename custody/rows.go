package custody

import (
	"context"
	"fmt"
	"io"

	"custos.example/analysis/rowtree"
	"custos.example/ledger"
)

// rows returns the root of the tree of salted row commitments of a data set,
// and the number of its rows. The seed follows from the case's key, so that it
// is never stored and goes with that key.
func (in *intake) rows(ctx context.Context, m made, dataset ledger.EntryID) (ledger.Digest, uint64, error) {
	seed, err := in.Vault.Derive(ctx, in.id, "rows", dataset[:])
	if err != nil {
		return ledger.Digest{}, 0, fmt.Errorf("seed of the rows: %w", err)
	}
	for _, o := range m.outputs {
		if o.Name != "events" {
			continue
		}
		content, _, err := in.open(ctx, in.id, o.Digest)
		if err != nil {
			return ledger.Digest{}, 0, err
		}
		defer letGo(content)
		c, err := rowtree.Commit(seed[:], io.NewSectionReader(content, 0, content.Size()))
		if err != nil {
			return ledger.Digest{}, 0, fmt.Errorf("rows of the data set: %w", err)
		}
		return ledger.Digest(c.Root), c.Count, nil
	}
	return ledger.Digest{}, 0, fmt.Errorf("%w: the source made no events", ErrIntegrity)
}
