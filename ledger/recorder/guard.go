package recorder

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"custos.example/ledger/durable"
)

// Guard holds the last signed checkpoint outside the data folder, so that a
// data folder that has been put back to an earlier state is noticed.
//
// Trust: whoever can write both the data folder and the guard can hide a
// rollback. Keep them under different hands, or at least on different disks.
type Guard interface {
	// Load returns what the last Swap stored, or nothing when there was none.
	Load(ctx context.Context) ([]byte, error)
	// Swap stores next if old is what Load would return.
	// Durability: next is on disk when it returns nil. After any other error than
	// ErrGuardMoved either may be stored; Load tells which.
	// Errors: ErrGuardMoved when something else than old is stored.
	Swap(ctx context.Context, old, next []byte) error
}

// ErrGuardMoved says that the guard no longer holds what the caller believed.
var ErrGuardMoved = errors.New("the guard holds another checkpoint by now")

// ErrGuardFile says that a guard file is missing its content.
var ErrGuardFile = errors.New("not a guard file")

// emptyGuard is the content of a guard file that has held no checkpoint yet. A
// file of no bytes is therefore always a damaged one.
const emptyGuard = "custos guard: no checkpoint yet\n"

// maxGuard is more than a signed checkpoint ever has.
const maxGuard = 1 << 20

// FileGuard is a Guard in one file. Once there is a checkpoint the file is that
// signed checkpoint and nothing else, so that any C2SP tool can read it.
type FileGuard struct {
	path string
}

var _ Guard = (*FileGuard)(nil)

// CreateFileGuard makes a new guard file that holds no checkpoint.
//
// Durability: the file and its name are on disk when it returns.
// Errors: fs.ErrExist when there is anything of that name.
func CreateFileGuard(path string) (*FileGuard, error) {
	err := durable.Create(path, []byte(emptyGuard), 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("create guard: %w: it may be guarding a log: open it, or choose another name", err)
	}
	if err != nil {
		return nil, fmt.Errorf("create guard %s: %w", path, err)
	}
	return &FileGuard{path: path}, nil
}

// OpenFileGuard returns the guard that CreateFileGuard made.
// Errors: fs.ErrNotExist when it is gone, ErrGuardFile when it holds nothing.
func OpenFileGuard(path string) (*FileGuard, error) {
	g := &FileGuard{path: path}
	if _, err := g.read(); err != nil {
		return nil, fmt.Errorf("open guard: %w", err)
	}
	return g, nil
}

// Load returns the stored checkpoint, or nothing when there was none yet.
func (g *FileGuard) Load(ctx context.Context) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	content, err := g.read()
	if err != nil {
		return nil, fmt.Errorf("read guard: %w", err)
	}
	return content, nil
}

// Swap stores next if old is stored. Processes that share the file take turns.
func (g *FileGuard) Swap(ctx context.Context, old, next []byte) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(next) == 0 || len(next) > maxGuard {
		return fmt.Errorf("write guard: %w: %d bytes", ErrGuardFile, len(next))
	}
	lock, err := durable.Lock(g.path + ".lock")
	if err != nil {
		return fmt.Errorf("lock guard: %w", err)
	}
	defer func() { err = errors.Join(err, lock.Close()) }()

	stored, err := g.read()
	if err != nil {
		return fmt.Errorf("read guard: %w", err)
	}
	if !bytes.Equal(stored, old) {
		return ErrGuardMoved
	}
	if err := durable.Replace(g.path, next, 0o600); err != nil {
		return fmt.Errorf("write guard: %w", err)
	}
	return nil
}

func (g *FileGuard) read() ([]byte, error) {
	file, err := os.Open(g.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: nothing shows any more whether the log has been put back: "+
			"bring the file back, or put in its place a signed checkpoint of this log that somebody else kept, and run custos fsck", err)
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // nothing was written
	content, err := io.ReadAll(io.LimitReader(file, maxGuard+1))
	switch {
	case err != nil:
		return nil, err
	case len(content) == 0 || len(content) > maxGuard:
		return nil, fmt.Errorf("%w: %s has %d bytes: bring it back from a copy", ErrGuardFile, g.path, len(content))
	case string(content) == emptyGuard:
		return nil, nil
	}
	return content, nil
}
