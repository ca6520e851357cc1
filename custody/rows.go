package custody

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/rfc6962"

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
		defer content.Close()
		return rowRoot(seed, io.NewSectionReader(content, 0, content.Size()))
	}
	return ledger.Digest{}, 0, fmt.Errorf("%w: the source made no events", ErrIntegrity)
}

func rowRoot(seed [32]byte, r io.Reader) (ledger.Digest, uint64, error) {
	lines := bufio.NewReaderSize(r, 1<<16)
	tree := (&compact.RangeFactory{Hash: rfc6962.DefaultHasher.HashChildren}).NewEmptyRange(0)
	var n uint64
	for first := true; ; first = false {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 && !first {
			mac := hmac.New(sha256.New, seed[:])
			fmt.Fprintf(mac, "%d\n", n)
			n++
			if err := tree.Append(rfc6962.DefaultHasher.HashLeaf(append(mac.Sum(nil), line...)), nil); err != nil {
				return ledger.Digest{}, 0, err
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return ledger.Digest{}, 0, err
		}
	}
	if n == 0 {
		return ledger.Digest(rfc6962.DefaultHasher.EmptyRoot()), 0, nil
	}
	root, err := tree.GetRootHash(nil)
	return ledger.Digest(root), n, err
}
