package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"custos.example/custody"
	"custos.example/migrations"
)

// Powers are what a role of the database may do with the record.
// Shape: Missing and Beyond are sorted; each is a right as in "INSERT on entries".
type Powers struct {
	Role    string
	Owner   bool     // of the tables, or above every rule of the database
	Missing []string // of what the service needs
	Beyond  []string // what the service needs not
	// Unchecked is the host to which the line leaves this machine without being
	// checked; empty when it does not.
	Unchecked string
}

// Prepare makes or upgrades the schema of a PostgreSQL database and gives the
// service and the reader their rights: see migrations.Rights. The URL is of the
// role that owns the database; the two others have to be there.
//
// Durability: all of it or none, on disk when it returns nil.
// Errors: custody.ErrInvalid for a database of another kind, or a role that
// could do more than it needs even then; those of CheckLine.
func Prepare(ctx context.Context, url string, line Line, service, reader string) error {
	db, err := connectServer(ctx, url, line)
	if err != nil {
		return err
	}
	defer func() { _ = db.close() }() // what matters is the commit
	for _, role := range []string{service, reader} {
		if !migrations.IsRole(role) {
			return fmt.Errorf("%w: %q cannot be the name of a role here: small letters, digits and _", custody.ErrInvalid, role)
		}
	}
	if err := prepareRoles(ctx, db, service, reader); err != nil {
		return fmt.Errorf("prepare the database: %w", explain(err))
	}
	for _, role := range []string{service, reader} {
		p, err := postgresPowers(ctx, db.writers, role)
		if err != nil {
			return fmt.Errorf("prepare the database: %w", err)
		}
		if len(p.Beyond) > 0 {
			return fmt.Errorf("%w: the role %s has its rights, and may also: %s: take that from it", custody.ErrInvalid, role, strings.Join(p.Beyond, ", "))
		}
	}
	return nil
}

func prepareRoles(ctx context.Context, db *database, service, reader string) error {
	tx, err := db.writers.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	if _, err := tx.ExecContext(ctx, db.dialect.lockSchema); err != nil {
		return err
	}
	if err := migrations.Apply(ctx, tx, db.dialect.schema); err != nil {
		return err
	}
	if err := migrations.Grant(ctx, tx, service, reader); err != nil {
		return err
	}
	return tx.Commit()
}

// PowersOf says what the role of a PostgreSQL URL may do.
// Errors: custody.ErrInvalid for a database of another kind; those of CheckLine.
func PowersOf(ctx context.Context, url string, line Line) (Powers, error) {
	db, err := connectServer(ctx, url, line)
	if err != nil {
		return Powers{}, err
	}
	p, err := db.dialect.powers(ctx, db.writers, "")
	return p, errors.Join(err, db.close())
}

func connectServer(ctx context.Context, url string, line Line) (*database, error) {
	if !strings.HasPrefix(url, "postgres://") && !strings.HasPrefix(url, "postgresql://") {
		return nil, fmt.Errorf("%w: only PostgreSQL has roles: give its address, postgres://OWNER@HOST/NAME", custody.ErrInvalid)
	}
	return connectPostgres(ctx, url, line)
}

// selectPowers answers each right that a role has on a table of the record, and
// the rights on what holds them.
const selectPowers = `WITH r AS (SELECT oid, rolname, rolsuper FROM pg_roles WHERE rolname = COALESCE(NULLIF($1, ''), current_user)),
	t AS (SELECT c.oid, c.relname, c.relowner FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = ANY ($2))
	SELECT rolname, 'role' FROM r
	UNION ALL SELECT rolname, 'owner' FROM r WHERE rolsuper OR EXISTS (SELECT FROM t WHERE pg_has_role(r.oid, t.relowner, 'USAGE'))
	UNION ALL SELECT rolname, p || ' on ' || relname FROM r, t, unnest(ARRAY['SELECT', 'INSERT', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) p
		WHERE has_table_privilege(r.oid, t.oid, p)
	UNION ALL SELECT rolname, 'UPDATE (' || attname || ') on ' || relname FROM r, t JOIN pg_attribute a ON a.attrelid = t.oid AND attnum > 0 AND NOT attisdropped
		WHERE has_column_privilege(r.oid, t.oid, attnum, 'UPDATE')
	UNION ALL SELECT rolname, 'CREATE in the schema' FROM r WHERE has_schema_privilege(r.oid, current_schema()::regnamespace, 'CREATE')
	UNION ALL SELECT rolname, p || ' in the database' FROM r, unnest(ARRAY['CREATE', 'TEMPORARY']) p WHERE has_database_privilege(r.oid, current_database(), p)`

// postgresPowers asks the server what a role may do; "" is the role that asks.
func postgresPowers(ctx context.Context, db *sql.DB, role string) (Powers, error) {
	need, tables := map[string]bool{}, []string{}
	for _, right := range migrations.Rights() {
		tables = append(tables, right.Table)
		for _, words := range right.Words() {
			need[words+" on "+right.Table] = true
		}
	}
	rows, err := db.QueryContext(ctx, selectPowers, role, tables)
	if err != nil {
		return Powers{}, fmt.Errorf("ask what the role may do: %w", err)
	}
	defer func() { _ = rows.Close() }() // what matters is rows.Err
	var p Powers
	for rows.Next() {
		var right string
		if err := rows.Scan(&p.Role, &right); err != nil {
			return p, err
		}
		switch {
		case right == "role":
		case right == "owner":
			p.Owner = true
		case need[right]:
			delete(need, right)
		default:
			p.Beyond = append(p.Beyond, right)
		}
	}
	if p.Role == "" && rows.Err() == nil {
		return p, fmt.Errorf("%w: the database has no role %q", custody.ErrNotFound, role)
	}
	p.Missing = slices.Sorted(maps.Keys(need))
	slices.Sort(p.Beyond)
	return p, rows.Err()
}

// checkPowers refuses a role that could not write, and warns of one that could
// do more than write, and of a line that anybody could answer.
func (s *Store) checkPowers(ctx context.Context) error {
	if s.db.dialect.powers == nil {
		return nil
	}
	p, err := s.db.dialect.powers(ctx, s.db.writers, "")
	if err != nil {
		return fmt.Errorf("open the store: %w", err)
	}
	if len(p.Missing) > 0 {
		return fmt.Errorf("open the store: %w: the role %s of the database may not: %s: the owner gives its rights with custos database prepare",
			custody.ErrInvalid, p.Role, strings.Join(p.Missing, ", "))
	}
	for _, warning := range p.Warnings() {
		s.config.Log.WarnContext(ctx, "the address of the database is not one for a service", slog.String("warning", warning))
	}
	return nil
}

// Warnings say in words what a role could do that the service never needs, and that
// its line to the server could end anywhere.
func (p Powers) Warnings() []string {
	var all []string
	switch {
	case p.Owner:
		all = append(all, fmt.Sprintf("the role %s of the database owns the record or stands above its rules: whoever takes over this process can wipe it. "+
			"Let the service use a role of its own: custos database prepare", p.Role))
	case len(p.Beyond) > 0:
		all = append(all, fmt.Sprintf("the role %s of the database may do more than the service needs: %s: custos database prepare takes that away",
			p.Role, strings.Join(p.Beyond, ", ")))
	}
	if p.Unchecked != "" {
		all = append(all, fmt.Sprintf("nobody checks that it is %s that answers, and others may read what is sent: put sslmode=verify-full into the address", p.Unchecked))
	}
	return all
}

// Fits says whether the role may do what the service needs and nothing else, over a
// line that is checked.
func (p Powers) Fits() bool { return len(p.Missing) == 0 && len(p.Warnings()) == 0 }

// MayErase returns nil when this store may take away what an erasure names, and
// make projections again. On PostgreSQL only the owner of the tables may: the
// server passes silently over a table that another role wants to rewrite.
// Errors: custody.ErrInvalid.
func (s *Store) MayErase(ctx context.Context) error {
	if s.db.dialect.powers == nil {
		return nil
	}
	p, err := s.db.dialect.powers(ctx, s.db.writers, "")
	if err == nil && !p.Owner {
		err = fmt.Errorf("%w: the role %s of the database adds to the record and takes nothing away: run this with --sql and the address of the role that owns the tables",
			custody.ErrInvalid, p.Role)
	}
	return err
}

// Codes of PostgreSQL: a right that the role lacks, a role that is not there.
const (
	codeNoRight = "42501"
	codeNoRole  = "42704"
)

// explain adds to a refusal of the database what to do.
func explain(err error) error {
	var e *pgconn.PgError
	switch {
	case !errors.As(err, &e):
		return err
	case e.Code == codeNoRole:
		return fmt.Errorf("%w: make the roles first (deploy/postgres-roles.sql): %w", custody.ErrInvalid, err)
	case e.Code != codeNoRight:
		return err
	}
	return fmt.Errorf("%w: the role of this address may not do that: the owner makes the schema and gives the rights with custos database prepare: %w", custody.ErrInvalid, err)
}
