package wiring

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"

	"custos.example/custody"
	"custos.example/custody/store"
	"custos.example/ledger"
	"custos.example/ledger/sign"
)

// Options say where everything lies.
// Shape: only Dir must be there. A path that is left out stands beside the data
// folder, never inside it.
type Options struct {
	Dir        string     // data folder
	Keys       string     // key folder; empty = Dir + ".keys"
	Guard      string     // file with the last checkpoint; empty = "guard" in the key folder
	SQL        string     // PostgreSQL URL; empty = SQLite in Dir
	Tree       string     // PostgreSQL URL of the Trillian tree, with SQL; empty = the tree in SQL
	Line       store.Line // what is asked of the line to SQL and Tree where it leaves this machine
	Passphrase string     // opens the vault; empty = the file "secret" in the key folder
	Reader     string     // program that reads received files in a process of its own; empty = this process reads them
	Quorum     []byte     // for Init: the C2SP tlog-policy of the co-signers; nil = nobody is asked
	OwnKeys    []string   // files of keys that people keep themselves, who work at this machine
	Unlock     sign.Passphrase
	Beat       string // how often what is public is published, such as 10m; none = at once; empty = as the data folder says, or at once
	LogKey     string // for Init: the log's key in a key service, such as hashivault://NAME; empty = a file
	ServiceKey string // for Init: the same of the service's key
	Follows    *custody.Continued
	Public     *ledger.PublicKey // for Init: of a key that the first administrator keeps; nil = the service holds one
	Clock      custody.Clock
	Log        *slog.Logger

	beside bool // another process may be writing: nothing is
	checks bool // the record is only checked, whatever state it is in
}

// KeyFolder is where the keys are.
func (o Options) KeyFolder() string {
	if o.Keys != "" {
		return o.Keys
	}
	return filepath.Clean(o.Dir) + ".keys"
}

// GuardFile is where the last checkpoint is kept.
func (o Options) GuardFile() string {
	if o.Guard != "" {
		return o.Guard
	}
	return filepath.Join(o.KeyFolder(), "guard")
}

// guardApart refuses a guard inside the data folder: whoever puts the folder back to an earlier
// state puts the guard back with it, and it sees nothing.
func (o Options) guardApart() error {
	dir, err := resolved(o.Dir)
	if err != nil {
		return err
	}
	guard, err := resolved(o.GuardFile())
	if err != nil {
		return err
	}
	if within, err := filepath.Rel(dir, guard); err != nil || within == ".." || strings.HasPrefix(within, ".."+string(filepath.Separator)) {
		return nil //nolint:nilerr // they lie apart, on other volumes even
	}
	return fmt.Errorf("the guard %s lies inside the data folder: a folder that is put back to an earlier state would bring its guard along, and nobody would see it. "+
		"Keep it on another disk: %w", o.GuardFile(), custody.ErrInvalid)
}

// resolved is a path without links, as far as it is there.
func resolved(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real, nil
	}
	if parent := filepath.Dir(path); parent != path {
		real, err := resolved(parent)
		return filepath.Join(real, filepath.Base(path)), err
	}
	return path, nil
}

func (o Options) check() error {
	if o.Dir == "" {
		return fmt.Errorf("no data folder was given: %w", custody.ErrInvalid)
	}
	if o.Tree != "" && o.SQL == "" {
		return fmt.Errorf("a tree of its own needs PostgreSQL for the entries as well: %w", custody.ErrInvalid)
	}
	if o.Tree != "" {
		if err := store.CheckLine(o.Tree, o.Line); err != nil {
			return fmt.Errorf("the tree: %w", err)
		}
	}
	return nil // the store looks at its own address
}

// The places below the two folders.
func (o Options) vaultFolder() string   { return filepath.Join(o.KeyFolder(), "vault") }
func (o Options) signFolder() string    { return filepath.Join(o.KeyFolder(), "sign") }
func (o Options) secretFile() string    { return filepath.Join(o.KeyFolder(), "secret") }
func (o Options) tokenFile() string     { return filepath.Join(o.KeyFolder(), "tokens.json") }
func (o Options) settingsFile() string  { return filepath.Join(o.Dir, "custos.json") }
func (o Options) trustFile() string     { return filepath.Join(o.Dir, "trust.json") }
func (o Options) tilesFolder() string   { return filepath.Join(o.Dir, "tiles") }
func (o Options) erasingFolder() string { return filepath.Join(o.Dir, "erasing") }

// storeURL is where the entries are.
func (o Options) storeURL() string {
	if o.SQL != "" {
		return o.SQL
	}
	return "sqlite:" + filepath.Join(o.Dir, "custos.db")
}
