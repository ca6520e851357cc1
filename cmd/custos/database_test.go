package main

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// asService prepares a database by the command, and returns the address of the
// role of the service and that of a reader.
func asService(t *testing.T, owner string) (service, reader string) {
	t.Helper()
	address, err := url.Parse(owner)
	if err != nil {
		t.Fatal(err)
	}
	unique := fmt.Sprintf("_%d_%d", os.Getpid(), time.Now().UnixNano())
	roles := []string{"service" + unique, "reader" + unique}
	conn, err := pgx.Connect(t.Context(), owner)
	if err != nil {
		t.Fatal(err)
	}
	for _, role := range roles {
		if _, err := conn.Exec(t.Context(), "CREATE ROLE "+role+" LOGIN"); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		for _, role := range roles {
			if _, err := conn.Exec(ctx, "DROP OWNED BY "+role); err != nil {
				t.Error(err)
			}
			if _, err := conn.Exec(ctx, "DROP ROLE "+role); err != nil {
				t.Error(err)
			}
		}
		_ = conn.Close(ctx)
	})
	if code, out := runDatabase(t, "prepare", "--sql", owner, "--service", roles[0], "--reader", roles[1]); code != exitDone {
		t.Fatalf("prepare: %d\n%s", code, out)
	}
	addresses := make([]string, 2)
	for i, role := range roles {
		address.User = url.User(role)
		addresses[i] = address.String()
	}
	return addresses[0], addresses[1]
}

func runDatabase(t *testing.T, args ...string) (code int, out string) {
	t.Helper()
	var text bytes.Buffer
	code = run(t.Context(), append([]string{"database"}, args...), strings.NewReader(""), &text, &text)
	return code, text.String()
}

// TestDatabaseRoles asks what each role may do: only the service's is that of a
// service. The control is the owner's, which is told of.
func TestDatabaseRoles(t *testing.T) {
	owner := database(t, "custos_roles")
	service, reader := asService(t, owner)
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"show", "--sql", service}, exitDone, "nothing else"},
		{[]string{"show", "--sql", reader}, exitRefused, "MISSING  INSERT on chains"},
		{[]string{"show", "--sql", owner}, exitRefused, "can wipe it"},
		{[]string{"show"}, exitUsage, "--sql"},
		{[]string{"prepare"}, exitUsage, "--sql"},
		{[]string{"prepare", "--sql", "sqlite:custos.db"}, exitRefused, "only PostgreSQL has roles"},
		{[]string{"prepare", "--sql", owner, "--service", "x; DROP TABLE entries"}, exitRefused, "cannot be the name of a role"},
		{[]string{"prepare", "--sql", owner, "--service", "role_that_is_not_there"}, exitRefused, "does not exist"},
	} {
		if code, out := runDatabase(t, c.args...); code != c.code || !strings.Contains(out, c.says) {
			t.Errorf("custos database %v: %d, not %d with %q\n%s", c.args, code, c.code, c.says, out)
		}
	}
}
