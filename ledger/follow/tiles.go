package follow

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"golang.org/x/mod/sumdb/tlog"

	"custos.example/ledger"
	"custos.example/ledger/recorder"
)

// height is that of a tile: 256 hashes wide.
const height = 8

// errTiles says that the public tiles are missing, or are not those of the
// checkpoint.
var errTiles = errors.New("the public tiles do not bear out the checkpoint")

// tiles reads public tiles for one look.
type tiles struct {
	ctx    context.Context //nolint:containedctx // tlog asks for tiles without one; this lives for one look
	source Source
}

// Height returns the height of tiles.
func (t tiles) Height() int { return height }

// ReadTiles returns the tiles asked for; where only the full form of a tile is
// left, its beginning.
func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	list := make([][]byte, len(wanted))
	for i, w := range wanted {
		size := w.W * len(ledger.Digest{})
		content, err := t.source.Read(t.ctx, recorder.TilePath(w.L, uint64(w.N), w.W))
		if errors.Is(err, fs.ErrNotExist) && w.W < 1<<height {
			content, err = t.source.Read(t.ctx, recorder.TilePath(w.L, uint64(w.N), 1<<height))
			content = content[:min(size, len(content))]
		}
		if err != nil {
			return nil, err
		}
		if len(content) != size {
			return nil, fmt.Errorf("tile %d of level %d has %d bytes instead of %d", w.N, w.L, len(content), size)
		}
		list[i] = content
	}
	return list, nil
}

// SaveTiles keeps nothing: a later look reads anew.
func (tiles) SaveTiles([]tlog.Tile, [][]byte) {}

// extends returns nil when the tiles under next prove that last is its beginning.
// Errors: errTiles when they prove nothing; ledger.FaultConsistency when they
// prove that it is not.
func extends(ctx context.Context, source Source, last, next ledger.Checkpoint) error {
	if last.Size == 0 || last.Size == next.Size {
		return ledger.VerifyConsistency(last.Size, next.Size, nil, last.Root, next.Root)
	}
	if next.Size >= 1<<62 {
		return fmt.Errorf("%w: no log has %d entries", errTiles, next.Size)
	}
	reader := tlog.TileHashReader(tlog.Tree{N: int64(next.Size), Hash: tlog.Hash(next.Root)}, tiles{ctx, source})
	proof, err := tlog.ProveTree(int64(next.Size), int64(last.Size), reader)
	if err != nil {
		return fmt.Errorf("%w: %w", errTiles, err)
	}
	path := make([]ledger.Digest, len(proof))
	for i, h := range proof {
		path[i] = ledger.Digest(h)
	}
	return ledger.VerifyConsistency(last.Size, next.Size, path, last.Root, next.Root)
}
