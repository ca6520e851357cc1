package recorder

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"custos.example/ledger"
	"custos.example/ledger/durable"
)

// ErrTiles says that the published folder is not what was published there. The
// log itself may be sound: the folder can be made anew from it.
var ErrTiles = errors.New("the published folder is not what was published")

// step is how many leaves are asked for at once.
const step = 4096

// Leaves gives the leaves of the log; custody's store does.
type Leaves interface {
	// Leaves returns the commitments of the leaves from, ..., to-1.
	Leaves(ctx context.Context, from, to ledger.Index) ([]ledger.Commitment, error)
}

// TilesConfig says what is published, and where.
type TilesConfig struct {
	// Folder is what readers are served. It holds nothing that cannot be made
	// anew, no name, number or size of anything in a case; but it shows how many
	// entries there are, and when they came.
	Folder string
	Origin string
	// Keys are the keys of the log, past and present.
	Keys   []ledger.NoteKey
	Leaves Leaves
}

// Tiles is a Publisher that keeps a folder of C2SP tlog-tiles: the checkpoint,
// tiles of hashes, and bundles of entries (the 33 bytes of each leaf).
type Tiles struct {
	config TilesConfig
}

var _ Publisher = (*Tiles)(nil)

// NewTiles returns a publisher. It touches no disk yet.
func NewTiles(config TilesConfig) *Tiles {
	config.Folder = filepath.Clean(config.Folder)
	return &Tiles{config: config}
}

// Publish brings the folder up to a checkpoint. It writes only tiles that are
// new, after it has seen that they give the checkpoint's root, and the
// checkpoint last. What it builds on, and every file that it finds where it
// would write, is checked; interrupted, it goes on where it was.
//
// Durability: every file is on disk before the checkpoint that needs it.
// Errors: ErrTiles when the folder was changed by others.
func (t *Tiles) Publish(ctx context.Context, signed ledger.SignedCheckpoint) (err error) {
	if err := t.accept(signed); err != nil {
		return err
	}
	if err := os.MkdirAll(t.config.Folder, 0o750); err != nil {
		return err
	}
	lock, err := t.lock()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()

	published, err := t.published()
	if err != nil {
		return err
	}
	switch {
	case published.Size > signed.Size: // by another process, from the same guard
		return nil
	case published.Origin != "" && published.Size == signed.Size && published.Root != signed.Root:
		return fmt.Errorf("%w: another root of %d leaves", ErrTiles, signed.Size)
	}
	from, err := t.edge(published.Checkpoint)
	if err != nil {
		return err
	}
	if err := t.grow(ctx, from, signed); err != nil {
		return err
	}
	return t.prune(published.Size, signed.Size)
}

// accept refuses a checkpoint of another log.
func (t *Tiles) accept(signed ledger.SignedCheckpoint) error {
	if signed.Origin != t.config.Origin {
		return fmt.Errorf("%w: a checkpoint of %q", ErrTiles, signed.Origin)
	}
	if err := signed.Verify(t.config.Keys...); err != nil {
		return fmt.Errorf("%w: its checkpoint: %w", ErrTiles, err)
	}
	return nil
}

// published returns the folder's checkpoint, or a zero one.
func (t *Tiles) published() (ledger.SignedCheckpoint, error) {
	content, err := os.ReadFile(t.at("checkpoint"))
	if errors.Is(err, fs.ErrNotExist) {
		return ledger.SignedCheckpoint{}, nil
	}
	if err != nil {
		return ledger.SignedCheckpoint{}, err
	}
	signed, err := ledger.ParseCheckpoint(content)
	if err != nil {
		return signed, fmt.Errorf("%w: its checkpoint: %w", ErrTiles, err)
	}
	return signed, t.accept(signed)
}

// edge reads what the next leaves are added to, and checks it against the
// checkpoint that it was published under.
func (t *Tiles) edge(c ledger.Checkpoint) (*edge, error) {
	e := &edge{size: c.Size}
	if c.Size == 0 {
		return e, nil
	}
	if count := int(c.Size % width); count > 0 {
		content, err := t.read(tile{level: -1, index: c.Size / width, count: count})
		if err != nil {
			return nil, err
		}
		if e.entries, err = parseBundle(content, count); err != nil {
			return nil, fmt.Errorf("%w: last bundle of entries: %w", ErrTiles, err)
		}
	}
	for level, left := 0, c.Size; left > 0; level, left = level+1, left/width {
		var hashes []ledger.Digest
		if count := int(left % width); count > 0 {
			content, err := t.read(tile{level: level, index: left / width, count: count})
			if err != nil {
				return nil, err
			}
			if hashes, err = parseHashes(content, count); err != nil {
				return nil, fmt.Errorf("%w: last tile of level %d: %w", ErrTiles, level, err)
			}
		}
		e.levels = append(e.levels, hashes)
	}
	for i, entry := range e.entries {
		if entry.LeafHash() != e.levels[0][i] {
			return nil, fmt.Errorf("%w: entry %d of the last bundle has another hash in its tile", ErrTiles, i)
		}
	}
	if e.root() != c.Root {
		return nil, fmt.Errorf("%w: its last tiles do not give the root of its checkpoint of %d leaves", ErrTiles, c.Size)
	}
	return e, nil
}

// grow writes what is missing between e and a checkpoint, and the checkpoint.
func (t *Tiles) grow(ctx context.Context, e *edge, signed ledger.SignedCheckpoint) error {
	tried := e.clone()
	if err := t.feed(ctx, tried, signed.Size, func(tile) error { return nil }); err != nil {
		return err
	}
	if tried.root() != signed.Root {
		return fmt.Errorf("%w: the leaves up to %d do not give the root that was signed: nothing was published",
			ErrRollback, signed.Size)
	}
	w := &writer{folder: t.config.Folder, changed: map[string]bool{}}
	if err := t.feed(ctx, e, signed.Size, w.write); err != nil {
		return err
	}
	if e.root() != signed.Root {
		return fmt.Errorf("%w: the leaves up to %d changed while they were published", ErrRollback, signed.Size)
	}
	for _, partial := range e.partial() {
		if err := w.write(partial); err != nil {
			return err
		}
	}
	if err := w.sync(); err != nil {
		return err
	}
	return durable.Replace(t.at("checkpoint"), signed.Bytes(), 0o600)
}

// feed adds the log's leaves to e until it has size.
func (t *Tiles) feed(ctx context.Context, e *edge, size uint64, full func(tile) error) error {
	for e.size < size {
		from, to := ledger.Index(e.size), ledger.Index(min(e.size+step, size))
		leaves, err := t.config.Leaves.Leaves(ctx, from, to)
		if err != nil {
			return fmt.Errorf("leaves from %d: %w", from, err)
		}
		if len(leaves) != int(to-from) {
			return fmt.Errorf("%w: %d of the leaves from %d to %d", ErrBehind, len(leaves), from, to)
		}
		for _, leaf := range leaves {
			if err := e.add(leaf, full); err != nil {
				return err
			}
		}
	}
	return nil
}

// Check reads every file of the folder that its checkpoint stands for, makes all
// tiles anew from the entries, and compares. It returns the checkpoint.
// Errors: ErrTiles, naming the first file that differs.
func (t *Tiles) Check(ctx context.Context) (signed ledger.SignedCheckpoint, err error) {
	lock, err := t.lock()
	if err != nil {
		return signed, err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	signed, err = t.published()
	if err != nil || signed.Origin == "" {
		return signed, err
	}
	e, current := &edge{}, map[string]bool{}
	compare := func(with tile) error {
		current[with.path()] = true
		return t.compare(with)
	}
	for index := uint64(0); e.size < signed.Size; index++ {
		if err := ctx.Err(); err != nil {
			return signed, err
		}
		bundle := tile{level: -1, index: index, count: int(min(width, signed.Size-e.size))}
		content, err := t.read(bundle)
		if err != nil {
			return signed, err
		}
		entries, err := parseBundle(content, bundle.count)
		if err != nil {
			return signed, fmt.Errorf("%w: %s: %w", ErrTiles, bundle.path(), err)
		}
		for _, entry := range entries {
			if err := e.add(entry, compare); err != nil {
				return signed, err
			}
		}
	}
	for _, partial := range e.partial() {
		if err := compare(partial); err != nil {
			return signed, err
		}
	}
	if e.root() != signed.Root {
		return signed, fmt.Errorf("%w: its entries do not give the root of its checkpoint", ErrTiles)
	}
	return signed, t.checkRest(current)
}
