package follow

import (
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

// memory is the folder in which a follower keeps what it was shown: every head as
// a file of its own, and which of them is the newest of the history it believes.
type memory string

// newest is what the follower believes. Shape: Seen is when it first saw that head.
type newest struct {
	Format string        `json:"format"`
	Origin string        `json:"origin"`
	Root   ledger.Digest `json:"root"`
	Seen   ledger.Time   `json:"seen"`
	Size   uint64        `json:"size"`
}

const newestFormat = "https://custos.example/followed/v1"

func (m memory) newestFile() string { return filepath.Join(string(m), "newest.json") }

// lock keeps other followers from the folder until it is closed.
func (m memory) lock() (io.Closer, error) {
	if err := os.MkdirAll(filepath.Join(string(m), "heads"), 0o700); err != nil {
		return nil, err
	}
	return durable.Lock(filepath.Join(string(m), "lock"))
}

// load returns what is believed; found is false before the first look.
func (m memory) load() (n newest, found bool, err error) {
	content, err := os.ReadFile(m.newestFile())
	if errors.Is(err, fs.ErrNotExist) {
		heads, err := os.ReadDir(filepath.Join(string(m), "heads"))
		if err == nil && len(heads) > 0 {
			err = fmt.Errorf("%s is gone, and heads were seen before: bring it back, or follow into a new folder and keep this one", m.newestFile())
		}
		return n, false, err
	}
	if err == nil {
		err = ledger.UnmarshalCanonical(content, &n)
	}
	if err == nil && n.Format != newestFormat {
		err = fmt.Errorf("its format is not %s", newestFormat)
	}
	if err != nil {
		return n, false, fmt.Errorf("%s: %w", m.newestFile(), err)
	}
	return n, true, nil
}

// believe makes n what is believed. Durability: it is on disk.
func (m memory) believe(n newest) error {
	n.Format = newestFormat
	content, err := ledger.MarshalCanonical(n)
	if err != nil {
		return err
	}
	return durable.Replace(m.newestFile(), content, 0o600)
}

// head is where a head is kept. Its name has the whole root: of half of one a log can
// find two that share it, and the second would take the place of the first.
func (m memory) head(c ledger.Checkpoint) string {
	return filepath.Join(string(m), "heads", fmt.Sprintf("%d-%s.checkpoint", c.Size, hex.EncodeToString(c.Root[:])))
}

// keep keeps a head with its signatures; of one that was kept before, the newer
// co-signatures, unless those are fewer by that count. Durability: it is on disk.
func (m memory) keep(s ledger.SignedCheckpoint, coSignatures func(ledger.SignedCheckpoint) int) error {
	content, err := os.ReadFile(m.head(s.Checkpoint))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	there, err := ledger.ParseCheckpoint(content)
	if err == nil && there.Checkpoint == s.Checkpoint && coSignatures(there) > coSignatures(s) {
		return nil
	}
	return durable.Replace(m.head(s.Checkpoint), s.Bytes(), 0o600)
}
