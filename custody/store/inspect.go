package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"custos.example/custody"
)

// Inspect opens the store to be read only, beside a process that writes to it:
// it takes no lock, makes nothing and upgrades nothing. Append, Erase and Rebuild
// fail.
// Errors: custody.ErrNotFound when there is no store.
func Inspect(ctx context.Context, config Config) (*Store, error) {
	config, err := config.settled()
	if err != nil {
		return nil, err
	}
	var db *database
	if path, is := strings.CutPrefix(config.URL, "sqlite:"); is {
		db, err = inspectSQLite(ctx, path)
	} else {
		db, err = connect(ctx, config.URL, config.Line)
	}
	if err != nil {
		return nil, err
	}
	s := &Store{
		config: config, db: db, text: newStatements(db.dialect), closed: true, inspecting: true,
		session: newSession(db.dialect, db.readers), broken: errInspecting,
	}
	return s, nil
}

// errInspecting refuses every write.
var errInspecting = fmt.Errorf("%w: the store was opened to be read only", custody.ErrInvalid)

// inspectSQLite opens the file for reading, without the lock of the folder.
func inspectSQLite(ctx context.Context, path string) (*database, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no store in %s: %w", filepath.Base(path), custody.ErrNotFound)
	}
	readers, err := openSQLite(ctx, path, "_busy_timeout=10000&_query_only=1&_pragma=wal_autocheckpoint(0)", sqliteReaders)
	if err != nil {
		return nil, fmt.Errorf("open the store in %s: %w", filepath.Base(path), err)
	}
	return &database{dialect: sqliteDialect(), readers: readers, writers: readers, release: func() error { return nil }}, nil
}
