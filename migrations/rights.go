package migrations

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"strings"
)

// Right is what two roles of PostgreSQL may do with one table. Both may read it,
// and nobody but the owner may take a row away or change the table itself.
type Right struct {
	Table  string
	Insert bool     // the service may add rows
	Update []string // the columns that the service may change
}

// Rights are those of every table of the schema.
//
// The service appends. It changes the size of the log, and for each case the
// newest entry that a decision has to know of; both are recomputed by fsck.
// Erasure, rebuilding and the schema are the owner's.
func Rights() []Right {
	return []Right{
		{Table: "chains", Insert: true},
		{Table: "entries", Insert: true},
		{Table: "erasures"},
		{Table: "facts", Insert: true},
		{Table: "log_head", Insert: true, Update: []string{"size", "chains", "mac"}},
		{Table: "schema_versions"},
		{Table: "scopes", Insert: true, Update: []string{"decided"}},
	}
}

// Words returns the right of the service in the words of GRANT.
func (r Right) Words() []string {
	words := []string{"SELECT"}
	if r.Insert {
		words = append(words, "INSERT")
	}
	for _, column := range r.Update {
		words = append(words, "UPDATE ("+column+")")
	}
	return words
}

var roleName = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,62}$`)

// IsRole says whether a name may be that of a role, so that it can stand in a
// statement.
func IsRole(name string) bool { return roleName.MatchString(name) }

// Grant gives the service and the reader their rights, in the transaction of the
// owner, and takes every other right from them and from everybody.
// Shape: of both names IsRole says yes.
// Errors: the database's, when the owner of the tables is not the owner of the
// database.
func Grant(ctx context.Context, tx *sql.Tx, service, reader string) error {
	var database, schema string
	if err := tx.QueryRowContext(ctx, `SELECT quote_ident(current_database()), quote_ident(current_schema())`).Scan(&database, &schema); err != nil {
		return fmt.Errorf("ask for the schema: %w", err)
	}
	from := fmt.Sprintf(` FROM PUBLIC, "%s", "%s"`, service, reader)
	to := fmt.Sprintf(` TO "%s", "%s"`, service, reader)
	texts := []string{
		"REVOKE ALL ON DATABASE " + database + from,
		"REVOKE ALL ON SCHEMA " + schema + from,
		"REVOKE ALL ON ALL TABLES IN SCHEMA " + schema + from,
		"GRANT CONNECT ON DATABASE " + database + to,
		"GRANT USAGE ON SCHEMA " + schema + to,
	}
	for _, r := range Rights() {
		texts = append(texts,
			fmt.Sprintf(`GRANT SELECT ON %s TO "%s"`, r.Table, reader),
			fmt.Sprintf(`GRANT %s ON %s TO "%s"`, strings.Join(r.Words(), ", "), r.Table, service))
	}
	for _, text := range texts {
		if _, err := tx.ExecContext(ctx, text); err != nil {
			return fmt.Errorf("%s: %w", text, err)
		}
	}
	return nil
}
