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

	"custos.example/ledger"
	"custos.example/ledger/durable"
)

// ErrForgotten says that a co-signer no longer has what it signed last. Signing
// on could put its name under two histories.
var ErrForgotten = errors.New("the co-signer's memory of a log is not there")

// nothing is the content of a head's file before the first checkpoint. A file of
// no bytes is therefore always a damaged one.
const nothing = "custos witness: no checkpoint yet\n"

// maxKept is how many refused checkpoints are kept as evidence.
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
	file, err := os.OpenFile(h.file(origin), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := durable.Write(file, []byte(nothing)); err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return durable.SyncFolder(h.folder)
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

// keep puts a refused checkpoint aside: with the one that was signed it may show
// that the log has two histories. It keeps a bounded number.
func (h heads) keep(s ledger.SignedCheckpoint) (string, error) {
	folder := filepath.Join(h.folder, "refused")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", err
	}
	there, err := os.ReadDir(folder)
	if err != nil || len(there) >= maxKept {
		return "", err
	}
	name := sha256.Sum256([]byte(s.Text()))
	path := filepath.Join(folder, fmt.Sprintf("%d-%s.checkpoint", s.Size, hex.EncodeToString(name[:8])))
	return path, durable.Replace(path, s.Bytes(), 0o600)
}
