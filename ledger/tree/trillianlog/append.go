package trillianlog

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/google/trillian"
	"github.com/google/trillian/storage"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"custos.example/ledger/tree"
)

// batch is how many leaves are stored, and then taken into the tree, at once.
const batch = 5000

// Append adds leaves at first, which must be the size: it stores them under
// their numbers and then takes them into the tree.
//
// After an error none, some or all of them may be in the tree, in order; Size
// tells. Leaves that an interrupted call has stored are accepted again when they
// are the same.
// Errors: tree.ErrGap, tree.ErrLeaf, tree.ErrFrozen, tree.ErrUnavailable,
// tree.ErrIntegrity when another leaf is stored under one of the numbers.
func (l *Log) Append(ctx context.Context, first uint64, leaves [][]byte) error {
	l.appending.Lock()
	defer l.appending.Unlock()
	h, err := l.head(ctx)
	if err != nil {
		return err
	}
	if err := tree.CheckAppend(h.size, first, leaves); err != nil {
		return err
	}
	for at := 0; at < len(leaves); at += batch {
		part := leaves[at:min(at+batch, len(leaves))]
		if h, err = l.appendBatch(ctx, h, first+uint64(at), part); err != nil {
			return err
		}
	}
	return nil
}

// appendBatch adds leaves to the tree of a root, and returns the root after.
func (l *Log) appendBatch(ctx context.Context, h head, first uint64, leaves [][]byte) (head, error) {
	if err := l.store(ctx, first, leaves); err != nil {
		return h, fmt.Errorf("store leaves from %d: %w", first, err)
	}
	want := first + uint64(len(leaves))
	h, err := l.grow(ctx, h, want)
	if err != nil {
		return h, fmt.Errorf("take leaves up to %d into the tree: %w", want, err)
	}
	if err := l.analyse(ctx, want); err != nil {
		return h, fmt.Errorf("after %d leaves: %w", want, err)
	}
	return h, nil
}

// store gives the leaves to Trillian under their numbers.
func (l *Log) store(ctx context.Context, first uint64, leaves [][]byte) error {
	request := &trillian.AddSequencedLeavesRequest{LogId: l.id, Leaves: make([]*trillian.LogLeaf, len(leaves))}
	for i, data := range leaves {
		index := first + uint64(i)
		request.Leaves[i] = &trillian.LogLeaf{
			LeafValue: data, LeafIndex: int64(index), LeafIdentityHash: identity(index, data),
		}
	}
	answer, err := l.write.AddSequencedLeaves(ctx, request)
	if err != nil {
		return translate(err)
	}
	if len(answer.GetResults()) != len(leaves) {
		return fmt.Errorf("%w: %d answers for %d leaves", tree.ErrUnavailable, len(answer.GetResults()), len(leaves))
	}
	for _, result := range answer.GetResults() {
		if codes.Code(result.GetStatus().GetCode()) != codes.OK {
			return l.compareStored(ctx, first, leaves)
		}
	}
	return nil
}

// compareStored returns nil when exactly these leaves are stored from first on.
// Trillian answers "conflict" for a leaf that is stored already even when it is
// the same leaf.
func (l *Log) compareStored(ctx context.Context, first uint64, leaves [][]byte) error {
	for at := 0; at < len(leaves); at += page {
		part := leaves[at:min(at+page, len(leaves))]
		stored, err := l.stored(ctx, first+uint64(at), uint64(len(part)))
		if err != nil {
			return fmt.Errorf("%w: %w", tree.ErrUnavailable, err)
		}
		if len(stored) != len(part) {
			return fmt.Errorf("%w: leaf %d is in conflict with what is stored, and not stored",
				tree.ErrIntegrity, first+uint64(at)+uint64(len(stored)))
		}
		for i, leaf := range stored {
			index := first + uint64(at) + uint64(i)
			if _, err := checkLeaf(leaf, index); err != nil {
				return err
			}
			if !bytes.Equal(leaf.GetLeafValue(), part[i]) {
				return fmt.Errorf("%w: another leaf is stored under number %d: stop writing; "+
					"either two logs feed this tree or one of the two was altered", tree.ErrIntegrity, index)
			}
		}
	}
	return nil
}

// identity is what Trillian tells leaves apart by: the number is part of it, so
// that equal leaves do not collide.
func identity(index uint64, data []byte) []byte {
	h := sha256.New()
	h.Write(binary.BigEndian.AppendUint64(nil, index))
	h.Write(data)
	return h.Sum(nil)
}

// grow takes stored leaves into the tree until it has want leaves, and returns
// the root after. The root that it begins with may have been overtaken by
// another process: the sequencer then takes in what is left, or refuses and is
// asked again.
func (l *Log) grow(ctx context.Context, before head, want uint64) (head, error) {
	for before.size < want {
		l.ticks.after(before.ticks)
		_, failed := l.integrate(ctx, int(want-before.size))
		after, err := l.head(ctx)
		switch {
		case err != nil:
			return before, err
		case after.size > before.size: // by this call, or by another process
			before = after
		case failed == nil:
			return before, fmt.Errorf("%w: the tree stays at %d leaves although more are stored", tree.ErrUnavailable, after.size)
		default:
			return before, fmt.Errorf("at %d leaves: %w", after.size, translate(failed))
		}
	}
	return before, nil
}

// translate gives an error of Trillian its meaning here.
func translate(err error) error {
	if errors.Is(err, storage.ErrTreeNeedsInit) {
		return fmt.Errorf("%w: no root is stored: stop writing and bring the database back: %w", tree.ErrShrink, err)
	}
	// These come without a code, and would come again at every attempt.
	for _, words := range []string{"root hash mismatch", "range init failed: failed to get", "preload did not get all tiles"} {
		if strings.Contains(err.Error(), words) {
			return fmt.Errorf("%w: stored nodes are missing or do not give the root: "+
				"stop writing and bring the database back: %w", tree.ErrIntegrity, err)
		}
	}
	switch status.Code(err) { //nolint:exhaustive // the others say nothing that could be acted on
	case codes.PermissionDenied:
		return fmt.Errorf("%w: %w", tree.ErrFrozen, err)
	case codes.NotFound:
		return fmt.Errorf("%w: the tree itself is gone: stop writing and bring the database back: %w", tree.ErrIntegrity, err)
	case codes.InvalidArgument: // every question has been checked: the tree is not the one it was
		return fmt.Errorf("%w: the tree is of another kind than it was: %w", tree.ErrIntegrity, err)
	}
	return fmt.Errorf("%w: %w", tree.ErrUnavailable, err)
}
