package trillianlog

import (
	"bytes"
	"context"
	"fmt"

	"github.com/google/trillian"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"

	"custos.example/ledger"
	"custos.example/ledger/tree"
)

// page is how many leaves are fetched at once.
const page = 2000

// Root returns the root of the first size leaves. Trillian keeps only the
// latest; an earlier one is computed from the last leaf under it and that leaf's
// audit path.
// Errors: tree.ErrRange, tree.ErrUnavailable, tree.ErrIntegrity.
func (l *Log) Root(ctx context.Context, size uint64) (ledger.Digest, error) {
	h, err := l.head(ctx)
	if err != nil {
		return ledger.Digest{}, err
	}
	if err := tree.CheckRange(0, size, h.size); err != nil {
		return ledger.Digest{}, err
	}
	switch size {
	case h.size:
		return h.root, nil
	case 0:
		return emptyRoot(), nil
	}
	answer, err := l.read.GetEntryAndProof(ctx, &trillian.GetEntryAndProofRequest{
		LogId: l.id, LeafIndex: int64(size) - 1, TreeSize: int64(size),
	})
	if err != nil {
		return ledger.Digest{}, fmt.Errorf("root of %d leaves: %w", size, translate(err))
	}
	path, err := l.path(h, size, answer.GetSignedLogRoot(), answer.GetProof())
	if err != nil {
		return ledger.Digest{}, fmt.Errorf("root of %d leaves: %w", size, err)
	}
	leaf, err := checkLeaf(answer.GetLeaf(), size-1)
	if err != nil {
		return ledger.Digest{}, err
	}
	root, err := proof.RootFromInclusionProof(rfc6962.DefaultHasher, size-1, size, leaf[:], path)
	if err != nil {
		return ledger.Digest{}, fmt.Errorf("%w: root of %d leaves: %w", tree.ErrIntegrity, size, err)
	}
	return ledger.Digest(root), nil
}

// Inclusion returns the audit path of the leaf at index under the root of the
// first size leaves.
// Errors: tree.ErrRange, tree.ErrUnavailable, tree.ErrIntegrity.
func (l *Log) Inclusion(ctx context.Context, index, size uint64) ([]ledger.Digest, error) {
	if err := tree.CheckIndex(index, size, tree.MaxSize); err != nil {
		return nil, err
	}
	known := l.known()
	answer, err := l.read.GetInclusionProof(ctx, &trillian.GetInclusionProofRequest{
		LogId: l.id, LeafIndex: int64(index), TreeSize: int64(size),
	})
	if err != nil {
		return nil, fmt.Errorf("inclusion of leaf %d in %d: %w", index, size, translate(err))
	}
	path, err := l.path(known, size, answer.GetSignedLogRoot(), answer.GetProof())
	if err != nil {
		return nil, fmt.Errorf("inclusion of leaf %d in %d: %w", index, size, err)
	}
	return digests(path), nil
}

// Consistency returns the proof that the root of the first to leaves extends
// the root of the first from leaves; it is empty when from is 0 or to.
// Errors: tree.ErrRange, tree.ErrUnavailable, tree.ErrIntegrity.
func (l *Log) Consistency(ctx context.Context, from, to uint64) ([]ledger.Digest, error) {
	if err := tree.CheckRange(from, to, tree.MaxSize); err != nil {
		return nil, err
	}
	if from == 0 || from == to {
		size, err := l.Size(ctx)
		if err != nil {
			return nil, err
		}
		return nil, tree.CheckRange(from, to, size)
	}
	known := l.known()
	answer, err := l.read.GetConsistencyProof(ctx, &trillian.GetConsistencyProofRequest{
		LogId: l.id, FirstTreeSize: int64(from), SecondTreeSize: int64(to),
	})
	if err != nil {
		return nil, fmt.Errorf("consistency from %d to %d: %w", from, to, translate(err))
	}
	path, err := l.path(known, to, answer.GetSignedLogRoot(), answer.GetProof())
	if err != nil {
		return nil, fmt.Errorf("consistency from %d to %d: %w", from, to, err)
	}
	return digests(path), nil
}

// LeafHashes returns the hashes of the leaves from, ..., to-1, computed from the
// stored leaves.
// Errors: tree.ErrRange, tree.ErrUnavailable, tree.ErrIntegrity.
func (l *Log) LeafHashes(ctx context.Context, from, to uint64) ([]ledger.Digest, error) {
	h, err := l.head(ctx)
	if err != nil {
		return nil, err
	}
	if err := tree.CheckRange(from, to, h.size); err != nil {
		return nil, err
	}
	out := make([]ledger.Digest, 0, to-from)
	for at := from; at < to; at += page {
		leaves, err := l.leaves(ctx, at, min(page, to-at))
		if err != nil {
			return nil, err
		}
		for i, leaf := range leaves {
			hash, err := checkLeaf(leaf, at+uint64(i))
			if err != nil {
				return nil, err
			}
			out = append(out, hash)
		}
	}
	return out, nil
}

// leaves returns exactly count leaves of the tree.
// Errors: tree.ErrIntegrity when there are fewer.
func (l *Log) leaves(ctx context.Context, from, count uint64) ([]*trillian.LogLeaf, error) {
	answer, err := l.read.GetLeavesByRange(ctx, &trillian.GetLeavesByRangeRequest{
		LogId: l.id, StartIndex: int64(from), Count: int64(count),
	})
	if err != nil {
		return nil, fmt.Errorf("leaves at %d: %w", from, translate(err))
	}
	if _, err := parseHead(answer.GetSignedLogRoot()); err != nil {
		return nil, fmt.Errorf("leaves at %d: %w", from, err)
	}
	if got := uint64(len(answer.GetLeaves())); got != count {
		return nil, fmt.Errorf("%w: %d of the %d leaves from %d are stored", tree.ErrIntegrity, got, count, from)
	}
	return answer.GetLeaves(), nil
}

// path returns the hashes of a proof over the first size leaves. It refuses an
// absent proof, which Trillian sends without an error when the query for the
// root fails, or when the tree is smaller than asked for.
func (l *Log) path(known head, size uint64, signed *trillian.SignedLogRoot, p *trillian.Proof) ([][]byte, error) {
	h, err := parseHead(signed)
	if err != nil {
		return nil, err
	}
	if err := l.compare(known, h); err != nil {
		return nil, err
	}
	if err := tree.CheckRange(0, size, h.size); err != nil {
		return nil, err
	}
	if p == nil {
		return nil, fmt.Errorf("%w: no proof in the answer", tree.ErrUnavailable)
	}
	for _, hash := range p.GetHashes() {
		if len(hash) != len(ledger.Digest{}) {
			return nil, fmt.Errorf("%w: a node of %d bytes", tree.ErrIntegrity, len(hash))
		}
	}
	return p.GetHashes(), nil
}

// checkLeaf returns the hash of a stored leaf, computed from its bytes.
// Errors: tree.ErrIntegrity when the leaf is not the one at index, or when
// another hash is stored beside it.
func checkLeaf(leaf *trillian.LogLeaf, index uint64) (ledger.Digest, error) {
	if leaf == nil || leaf.GetLeafIndex() < 0 || uint64(leaf.GetLeafIndex()) != index {
		return ledger.Digest{}, fmt.Errorf("%w: leaf %d is not stored", tree.ErrIntegrity, index)
	}
	hash := leafHash(leaf.GetLeafValue())
	if !bytes.Equal(hash[:], leaf.GetMerkleLeafHash()) {
		return ledger.Digest{}, fmt.Errorf("%w: leaf %d is not what its hash says", tree.ErrIntegrity, index)
	}
	return hash, nil
}

func digests(hashes [][]byte) []ledger.Digest {
	out := make([]ledger.Digest, len(hashes))
	for i, h := range hashes {
		out[i] = ledger.Digest(h)
	}
	return out
}
