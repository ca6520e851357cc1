package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"custos.example/custody"
	"custos.example/migrations"
)

// roles are a database with roles of its own, as deploy/postgres-roles.sql makes
// them, by the addresses of each.
type roles struct {
	names                         *strings.Replacer // of the file, to those of the test
	super, owner, service, reader string
}

var roleWord = regexp.MustCompile(`\bcustos(_owner|_service|_reader)?\b`)

func newRoles(t *testing.T) roles {
	t.Helper()
	script, err := os.ReadFile("../../deploy/postgres-roles.sql")
	if err != nil {
		t.Fatal(err)
	}
	// Only to learn where the server is, and to skip where there is none.
	server, err := url.Parse(postgresURL(t))
	if err != nil {
		t.Fatal(err)
	}
	random := randomDigest()
	prefix := "custos_roles_" + hex.EncodeToString(random[:5])
	admin := rawDatabase(t, server.String())
	for line := range strings.Lines(string(script)) {
		if strings.HasPrefix(line, "CREATE ") {
			if _, err := admin.Exec(roleWord.ReplaceAllString(line, prefix+"$1")); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
		}
	}
	t.Cleanup(func() {
		for _, text := range []string{"DATABASE %s WITH (FORCE)", "ROLE %s_owner", "ROLE %s_service", "ROLE %s_reader"} {
			if _, err := admin.Exec("DROP " + fmt.Sprintf(text, prefix)); err != nil {
				t.Error(err)
			}
		}
	})
	as := func(user *url.Userinfo) string {
		u := *server
		u.User, u.Path = user, "/"+prefix
		return u.String()
	}
	return roles{
		names: strings.NewReplacer("custos_owner", prefix+"_owner", "custos_service", prefix+"_service", "custos_reader", prefix+"_reader"),
		super: as(server.User), owner: as(url.User(prefix + "_owner")), service: as(url.User(prefix + "_service")), reader: as(url.User(prefix + "_reader")),
	}
}

func (r roles) prepare(t *testing.T) {
	t.Helper()
	if err := Prepare(t.Context(), r.owner, CheckedLine, r.names.Replace("custos_service"), r.names.Replace("custos_reader")); err != nil {
		t.Fatal(err)
	}
}

// TestServiceRoleOnlyAdds runs the store as the role of the service: it records, reads
// and is sound, and cannot erase, rebuild or be opened as the reader. The owner
// can; and the reader can check.
func TestServiceRoleOnlyAdds(t *testing.T) {
	r := newRoles(t)
	config := Config{URL: r.service, Sealer: newTestSealer(7), Project: projectItems, Clock: newTestClock()}
	if _, err := Open(t.Context(), config); !errors.Is(err, custody.ErrInvalid) || !strings.Contains(err.Error(), "custos database prepare") {
		t.Fatalf("before the owner made the tables: %v", err)
	}
	r.prepare(t)
	r.prepare(t) // doing so twice is harmless

	var log bytes.Buffer
	w := newWorld(t, r.service, func(c *Config) { c.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	fillSmall(t, w)
	mustBeSound(t, w)
	if log.Len() != 0 {
		t.Errorf("the service's own role is warned of: %s", &log)
	}
	erasure := Erasure{By: order(t, w), Case: caseA}
	for name, act := range map[string]func(s *Store) error{
		"erase":   func(s *Store) error { _, err := s.Erase(t.Context(), erasure); return err },
		"compact": func(s *Store) error { return s.Compact(t.Context()) },
		"rebuild": func(s *Store) error { return s.Rebuild(t.Context()) },
	} {
		if err := act(w.Store); !errors.Is(err, custody.ErrInvalid) || !strings.Contains(err.Error(), "takes nothing away") {
			t.Errorf("%s as the service: %v", name, err)
		}
	}
	mustBeSound(t, w)

	config.URL = r.reader
	if _, err := Open(t.Context(), config); !errors.Is(err, custody.ErrInvalid) || !strings.Contains(err.Error(), "INSERT on entries") {
		t.Errorf("opened to write as the reader: %v", err)
	}
	auditor, err := Inspect(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = auditor.Close() }()
	if report, err := auditor.Fsck(t.Context(), custody.FsckOptions{}); err != nil || len(report.Findings) > 0 {
		t.Errorf("fsck as the reader: %+v, %v", report.Findings, err)
	}

	log.Reset()
	w.config.URL = r.owner
	w.reopen(t)
	if !strings.Contains(log.String(), "owns the record") {
		t.Errorf("nobody is told that the service runs as the owner: %s", &log)
	}
	for _, err := range []error{w.Rebuild(t.Context()), func() error { _, err := w.Erase(t.Context(), erasure); return err }(), w.Compact(t.Context())} {
		if err != nil {
			t.Errorf("as the owner: %v", err)
		}
	}
	mustBeSound(t, w)
}

// mayDo is what the roles of the service and of the reader may do with each table;
// whatever statement is not named here has to be refused. LOCK is SELECT ... FOR
// UPDATE, which a right to change any column gives.
const mayDo = `
chains           service  SELECT INSERT
chains           reader   SELECT
entries          service  SELECT INSERT
entries          reader   SELECT
erasures         service  SELECT
erasures         reader   SELECT
facts            service  SELECT INSERT
facts            reader   SELECT
log_head         service  SELECT LOCK INSERT UPDATE(size) UPDATE(chains) UPDATE(mac)
log_head         reader   SELECT
schema_versions  service  SELECT
schema_versions  reader   SELECT
scopes           service  SELECT LOCK INSERT UPDATE(decided)
scopes           reader   SELECT
`

// TestRolesOfPostgreSQL connects as each role and tries every kind of statement on
// every table and on what holds them. The controls carry out the same statements:
// as the owner those on the tables, as the server's administrator the others.
func TestRolesOfPostgreSQL(t *testing.T) {
	r := newRoles(t)
	r.prepare(t)
	w := newWorld(t, r.service)
	fillSmall(t, w)
	want := map[string][]string{}
	for line := range strings.Lines(strings.TrimSpace(mayDo)) {
		words := strings.Fields(line)
		want[words[0]+" "+words[1]] = words[2:]
	}
	tables := columnsOf(t, r.owner)
	if len(tables) != len(migrations.Rights()) {
		t.Fatalf("%d tables, and rights to %d", len(tables), len(migrations.Rights()))
	}
	tried, refused := 0, 0
	for role, address := range map[string]string{"owner": r.owner, "service": r.service, "reader": r.reader} {
		db := rawRole(t, address)
		for table, columns := range tables {
			for _, kind := range statementsOn(table, columns) {
				tried++
				expected := role == "owner" || slices.Contains(want[table+" "+role], kind.name)
				allowed := attempt(t, db, kind.texts...)
				if allowed != expected {
					t.Errorf("%s on %s as the %s: allowed %v", kind.name, table, role, allowed)
				}
				if !allowed {
					refused++
				}
			}
		}
	}
	for role, address := range map[string]string{"administrator": r.super, "service": r.service, "reader": r.reader} {
		db := rawRole(t, address)
		for _, text := range statementsAround {
			tried++
			allowed := attempt(t, db, r.names.Replace(text))
			if allowed != (role == "administrator") {
				t.Errorf("%s as the %s: allowed %v", text, role, allowed)
			}
			if !allowed {
				refused++
			}
		}
	}
	mustBeSound(t, w)
	if refused == 0 || refused == tried {
		t.Errorf("control: %d of %d refused", refused, tried)
	}
	t.Logf("%d statements tried, %d refused", tried, refused)
}

// statement is one kind of statement; all texts have to be allowed.
type statement struct {
	name  string
	texts []string
}

func statementsOn(table string, columns []string) []statement {
	on := func(name string, texts ...string) statement {
		for i := range texts {
			texts[i] = strings.NewReplacer("TABLE_", table, "COLUMN_", columns[0]).Replace(texts[i])
		}
		return statement{name, texts}
	}
	all := []statement{
		on("SELECT", "SELECT * FROM TABLE_ LIMIT 1"),
		on("LOCK", "SELECT * FROM TABLE_ LIMIT 1 FOR UPDATE"),
		on("LOCK TABLE", "LOCK TABLE TABLE_ IN ACCESS EXCLUSIVE MODE"),
		on("INSERT", "INSERT INTO TABLE_ SELECT * FROM TABLE_ WHERE false"),
		on("UPDATE OR INSERT", "INSERT INTO TABLE_ SELECT * FROM TABLE_ ON CONFLICT ON CONSTRAINT TABLE__pkey DO UPDATE SET COLUMN_ = excluded.COLUMN_"),
		on("DELETE", "DELETE FROM TABLE_"),
		on("TRUNCATE", "TRUNCATE TABLE_ CASCADE"),
		on("DROP", "DROP TABLE TABLE_ CASCADE"),
		on("ADD COLUMN", "ALTER TABLE TABLE_ ADD COLUMN more INTEGER"),
		on("DROP COLUMN", "ALTER TABLE TABLE_ DROP COLUMN COLUMN_ CASCADE"),
		on("RENAME", "ALTER TABLE TABLE_ RENAME TO other"),
		on("DISABLE TRIGGER", "ALTER TABLE TABLE_ DISABLE TRIGGER USER"),
		on("TRIGGER", "CREATE TRIGGER more BEFORE UPDATE ON TABLE_ FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()"),
		on("RULE", "CREATE RULE more AS ON DELETE TO TABLE_ DO INSTEAD NOTHING"),
		on("POLICY", "CREATE POLICY more ON TABLE_"),
		on("INDEX", "CREATE INDEX more ON TABLE_ (COLUMN_)"),
		on("CLUSTER", "CREATE INDEX more ON TABLE_ (COLUMN_)", "CLUSTER TABLE_ USING more"),
		on("GRANT", "GRANT ALL ON TABLE_ TO CURRENT_USER", "DELETE FROM TABLE_"),
	}
	for _, column := range columns {
		all = append(all, statement{"UPDATE(" + column + ")", []string{"UPDATE " + table + " SET " + column + " = " + column}})
	}
	return all
}

// statementsAround reach the tables by what holds them.
var statementsAround = []string{
	"CREATE TABLE more (a INTEGER)",
	"CREATE TEMPORARY TABLE entries (a INTEGER)", // would stand before ours
	"CREATE FUNCTION more() RETURNS INTEGER LANGUAGE sql AS 'SELECT 1'",
	"CREATE SCHEMA more",
	"DROP SCHEMA public CASCADE",
	"CREATE ROLE custos_owner_2 SUPERUSER",
	"ALTER ROLE custos_service SUPERUSER",
	"GRANT custos_owner TO custos_service",
	"SET ROLE custos_owner",
	"SET session_replication_role = replica",
	"COPY entries TO PROGRAM 'cat > /dev/null'",
	"COPY entries TO '/dev/null'",
}

// attempt carries statements out in a transaction that is not kept, and says
// whether the role was allowed to.
func attempt(t *testing.T, db *sql.DB, texts ...string) bool {
	t.Helper()
	tx, err := db.BeginTx(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	for _, text := range texts {
		if _, err := tx.Exec(text); err != nil {
			var e *pgconn.PgError
			if !errors.As(err, &e) || e.Code != "42501" {
				t.Errorf("%s: %v", text, err)
			}
			return false
		}
	}
	return true
}

// rawRole opens a database with nothing but its address.
func rawRole(t *testing.T, address string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// columnsOf returns the columns of each table, its key first.
func columnsOf(t *testing.T, address string) map[string][]string {
	t.Helper()
	rows, err := rawRole(t, address).Query(`SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' ORDER BY table_name, ordinal_position`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	tables := map[string][]string{}
	for rows.Next() {
		var table, column string
		if err := rows.Scan(&table, &column); err != nil {
			t.Fatal(err)
		}
		tables[table] = append(tables[table], column)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return tables
}
