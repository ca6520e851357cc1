package witness

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"custos.example/ledger"
	"custos.example/ledger/durable"
)

// ErrForgotten says that a co-signer no longer has what it signed last. Signing
// on could put its name under two histories.
var ErrForgotten = errors.New("the co-signer's memory of a log is not there")

// nothing is the content of a head's file before the first checkpoint. A file of
// no bytes is therefore always a damaged one.
const nothing = "custos witness: no checkpoint yet\n"

// maxKept is how many refused checkpoints of one log are kept: of those that show two
// histories, and apart from them of those that came with a false proof.
const maxKept = 256

// heads is the folder of what was signed last, one file a log.
type heads struct{ folder string }

func (h heads) file(origin string) string {
	name := sha256.Sum256([]byte(origin))
	return filepath.Join(h.folder, hex.EncodeToString(name[:])+".checkpoint")
}

// add makes the file of a log that was never co-signed here.
// Durability: file and name are on disk. Errors: fs.ErrExist.
func (h heads) add(origin string) error {
	return durable.Create(h.file(origin), []byte(nothing), 0o600)
}

// lock keeps everybody else from the head of a log until it is closed.
func (h heads) lock(origin string) (io.Closer, error) { return durable.Lock(h.file(origin) + ".lock") }

// load returns what was signed last; found is false when nothing was yet.
// Errors: ErrForgotten.
func (h heads) load(origin string) (last ledger.SignedCheckpoint, found bool, err error) {
	content, err := os.ReadFile(h.file(origin))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return last, false, fmt.Errorf("%w: %s is gone: bring it back from where it went. If it is lost, end the use of this "+
			"co-signer's key and begin with a new one, since nobody knows any more what it has signed", ErrForgotten, h.file(origin))
	case err != nil:
		return last, false, err
	case string(content) == nothing:
		return last, false, nil
	}
	last, err = ledger.ParseCheckpoint(content)
	if err == nil && last.Origin != origin {
		err = fmt.Errorf("it is of the log %q", last.Origin)
	}
	if err != nil {
		return last, false, fmt.Errorf("%w: %s is damaged: %w", ErrForgotten, h.file(origin), err)
	}
	return last, true, nil
}

// store replaces what was signed last. Durability: it is on disk.
func (h heads) store(s ledger.SignedCheckpoint) error {
	return durable.Replace(h.file(s.Origin), s.Bytes(), 0o600)
}

// keep keeps a checkpoint that shows, beside another, that the log has two histories.
// Durability: it is on disk. Errors: those of the disk; that maxKept of the log are kept.
func (h heads) keep(s ledger.SignedCheckpoint) error {
	path, there, err := h.aside("refused", s)
	if err != nil || slices.Contains(there, path) {
		return err
	}
	if len(there) >= maxKept {
		return fmt.Errorf("%d checkpoints of this log are in %s already", len(there), filepath.Dir(path))
	}
	return durable.Replace(path, s.Bytes(), 0o600)
}

// putAside keeps a checkpoint that shows nothing yet. When there are maxKept of the log,
// the oldest makes room. Durability: it is on disk.
func (h heads) putAside(s ledger.SignedCheckpoint) error {
	path, there, err := h.aside("unshown", s)
	if err != nil || slices.Contains(there, path) {
		return err
	}
	for ; len(there) >= maxKept; there = there[1:] {
		if err := os.Remove(there[0]); err != nil {
			return err
		}
	}
	return durable.Replace(path, s.Bytes(), 0o600)
}

// aside returns where a checkpoint is put in one of the folders beside the heads, and
// what is there of its log, the oldest first. Its name has the whole digest: of half of
// one a log can find two checkpoints that share it, and only the first would be kept.
func (h heads) aside(beside string, s ledger.SignedCheckpoint) (path string, there []string, err error) {
	folder := filepath.Join(h.folder, beside)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", nil, err
	}
	log, name := sha256.Sum256([]byte(s.Origin)), sha256.Sum256([]byte(s.Text()))
	of := hex.EncodeToString(log[:8]) + "-"
	entries, err := os.ReadDir(folder)
	if err != nil {
		return "", nil, err
	}
	at := map[string]time.Time{}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), of) {
			continue
		}
		info, err := e.Info()
		if err != nil {
			return "", nil, err
		}
		there = append(there, filepath.Join(folder, e.Name()))
		at[there[len(there)-1]] = info.ModTime()
	}
	slices.SortStableFunc(there, func(a, b string) int { return at[a].Compare(at[b]) })
	return filepath.Join(folder, fmt.Sprintf("%s%d-%s.checkpoint", of, s.Size, hex.EncodeToString(name[:]))), there, nil
}
