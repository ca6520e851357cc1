package migrations

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// ErrUnknownVersion says that the database was made by a newer or a different
// program.
var ErrUnknownVersion = errors.New("the database has a schema that this program does not know")

const (
	createVersions = `CREATE TABLE schema_versions (version INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, digest TEXT NOT NULL)`
	selectVersions = `SELECT version, name, digest FROM schema_versions ORDER BY version`
	insertVersion  = `INSERT INTO schema_versions (version, name, digest) VALUES ($1, $2, $3)`
)

// Dialect is what Apply has to know of a database.
// Shape: Translate turns the SQL of a file into its dialect; Begun is a question
// that answers how many tables of schema versions there are.
type Dialect struct {
	Translate func(string) string
	Begun     string
}

// Apply brings the database up to the newest version, in the transaction given.
// The caller commits. Where nothing is to be done, no right to change the schema
// is needed.
// Errors: ErrUnknownVersion, with nothing changed.
func Apply(ctx context.Context, tx *sql.Tx, d Dialect) error {
	all, err := All()
	if err != nil {
		return err
	}
	var begun int
	if err := tx.QueryRowContext(ctx, d.Begun).Scan(&begun); err != nil {
		return fmt.Errorf("look for the table of schema versions: %w", err)
	}
	if begun == 0 {
		if _, err := tx.ExecContext(ctx, d.Translate(createVersions)); err != nil {
			return fmt.Errorf("create the table of schema versions: %w", err)
		}
	}
	applied, err := Applied(ctx, tx)
	if err != nil {
		return err
	}
	if err := Known(applied, all); err != nil {
		return err
	}
	for _, m := range all[len(applied):] {
		if _, err := tx.ExecContext(ctx, d.Translate(m.SQL)); err != nil {
			return fmt.Errorf("apply the schema file %s: %w", m.Name, err)
		}
		if _, err := tx.ExecContext(ctx, insertVersion, m.Version, m.Name, m.Digest); err != nil {
			return fmt.Errorf("record the schema file %s: %w", m.Name, err)
		}
	}
	return nil
}

// Querier is what Applied needs of a connection or a transaction.
type Querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Applied returns the migrations that the database says it has, without their
// SQL.
func Applied(ctx context.Context, q Querier) ([]Migration, error) {
	rows, err := q.QueryContext(ctx, selectVersions)
	if err != nil {
		return nil, fmt.Errorf("read the schema versions: %w", err)
	}
	defer func() { _ = rows.Close() }() // what matters is rows.Err
	var applied []Migration
	for rows.Next() {
		var m Migration
		if err := rows.Scan(&m.Version, &m.Name, &m.Digest); err != nil {
			return nil, fmt.Errorf("read the schema versions: %w", err)
		}
		applied = append(applied, m)
	}
	return applied, rows.Err()
}

// Known returns nil when applied is the beginning of all.
// Errors: ErrUnknownVersion naming the first version that is not.
func Known(applied, all []Migration) error {
	for i, m := range applied {
		if i >= len(all) {
			return fmt.Errorf("%w: version %d (%s); use the program that made it, or a newer one", ErrUnknownVersion, m.Version, m.Name)
		}
		if m.Version != all[i].Version || m.Name != all[i].Name || m.Digest != all[i].Digest {
			return fmt.Errorf("%w: version %d is recorded as %s with digest %s, and this program has %s with %s",
				ErrUnknownVersion, m.Version, m.Name, m.Digest, all[i].Name, all[i].Digest)
		}
	}
	return nil
}
