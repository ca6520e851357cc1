package recorder

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"custos.example/ledger/durable"
)

// advice is what to do about a folder that was changed.
const advice = "keep a copy to find out who changed it, then remove it: it is made anew from the log"

func (t *Tiles) at(name string) string {
	return filepath.Join(t.config.Folder, filepath.FromSlash(name))
}

// lock keeps other processes from the folder until it is closed.
func (t *Tiles) lock() (io.Closer, error) { return durable.Lock(t.at(".lock")) }

// read returns the content of a tile that must be there.
func (t *Tiles) read(of tile) ([]byte, error) {
	return t.readFile(of.path())
}

func (t *Tiles) readFile(name string) ([]byte, error) {
	content, err := os.ReadFile(t.at(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s is missing: %s", ErrTiles, name, advice)
	}
	return content, err
}

// compare returns nil when the folder holds exactly this tile.
func (t *Tiles) compare(with tile) error {
	content, err := t.read(with)
	if err != nil {
		return err
	}
	if !bytes.Equal(content, with.content) {
		return fmt.Errorf("%w: %s: %s", ErrTiles, with.path(), advice)
	}
	return nil
}

// prune removes the partial forms of the tiles that became full between two
// sizes; readers of an older checkpoint take the full tile instead.
// Source: C2SP tlog-tiles.
func (t *Tiles) prune(from, to uint64) error {
	full := func(level int, size uint64) uint64 { return size >> (8 * level) / width }
	for level := -1; level < 7; level++ {
		height := max(level, 0)
		for index := full(height, from); index < full(height, to); index++ {
			folder := t.at(tile{level: level, index: index, count: width}.path()) + ".p"
			if err := os.RemoveAll(folder); err != nil {
				return err
			}
		}
	}
	return nil
}

// writer writes tiles and remembers which folders have to be made durable.
type writer struct {
	folder  string
	changed map[string]bool
}

// write writes a tile, unless it is there. One that is there and differs is an
// ErrTiles.
func (w *writer) write(t tile) error {
	path := filepath.Join(w.folder, filepath.FromSlash(t.path()))
	// a folder that is new, or whose name may not be durable yet, up to the top
	for up := filepath.Dir(path); len(up) >= len(w.folder) && strings.HasPrefix(up, w.folder); up = filepath.Dir(up) {
		w.changed[up] = true
	}
	there, err := os.ReadFile(path)
	if err == nil {
		if !bytes.Equal(there, t.content) {
			return fmt.Errorf("%w: %s is there and differs: %s", ErrTiles, t.path(), advice)
		}
		return nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	temporary := path + ".tmp"
	file, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if err := durable.Write(file, t.content); err != nil {
		return errors.Join(err, os.Remove(temporary))
	}
	return os.Rename(temporary, path)
}

// sync makes the names of all that was written durable, the deepest first.
func (w *writer) sync() error {
	folders := make([]string, 0, len(w.changed))
	for folder := range w.changed {
		folders = append(folders, folder)
	}
	slices.SortFunc(folders, func(a, b string) int { return len(b) - len(a) })
	for _, folder := range folders {
		if err := durable.SyncFolder(folder); err != nil {
			return err
		}
	}
	return nil
}
