package wiring

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"custos.example/custody"
)

// served is the file of a key folder that says which log it serves.
// Shape: the log's name, a line feed, and, once the data folder has its settings too,
// inUse and a line feed.
const served = "log"

const inUse = "in use"

// claimKeys takes a key folder for a log, unless it serves another: two logs with one
// key could not be told apart, and a new key of the one would end the other.
// What an attempt left that was cut short is used.
// Errors: custody.ErrConflict.
func claimKeys(o Options, origin string) error {
	path := filepath.Join(o.KeyFolder(), served)
	refuse := func(log string) error {
		return fmt.Errorf("%s holds the keys of %s: give each log a key folder of its own (--keys): %w", o.KeyFolder(), log, custody.ErrConflict)
	}
	text, err := os.ReadFile(path) //nolint:gosec // the operator's own folder
	switch {
	case errors.Is(err, fs.ErrNotExist):
		for _, kind := range []string{fileKey, serviceURI} {
			if exists(filepath.Join(o.signFolder(), logKey+kind)) {
				return refuse("a log already")
			}
		}
		return replace(path, []byte(origin+"\n"))
	case err != nil:
		return err
	}
	name, state, _ := strings.Cut(string(text), "\n")
	if name != origin {
		return refuse("the log " + name)
	}
	if strings.TrimSpace(state) == inUse && !exists(o.settingsFile()) {
		return refuse("a record of the log " + name + " elsewhere")
	}
	return nil
}

// keysInUse notes that the data folder of the log is there.
func keysInUse(o Options, origin string) error {
	return replace(filepath.Join(o.KeyFolder(), served), []byte(origin+"\n"+inUse+"\n"))
}
