package recorder

import (
	"context"

	"custos.example/ledger"
)

// Root returns the root of the first size leaves.
func (r *Recorder) Root(ctx context.Context, size uint64) (ledger.Digest, error) {
	return r.config.Log.Root(ctx, size)
}

// Consistency returns the proof that the tree of size from is the beginning of
// that of size to; none when they are one.
func (r *Recorder) Consistency(ctx context.Context, from, to uint64) ([]ledger.Digest, error) {
	return r.config.Log.Consistency(ctx, from, to)
}
