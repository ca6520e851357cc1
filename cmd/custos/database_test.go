package main

import (
	"bytes"
	"strings"
	"testing"

	"custos.example/cmd/custos/wiring/wiringtest"
)

// asService prepares a database by the command, and returns the address of the
// role of the service and that of a reader.
func asService(t *testing.T, owner string) (service, reader string) {
	t.Helper()
	service, reader = wiringtest.Roles(t, owner)
	if code, out := runDatabase(t, "prepare", "--sql", owner, "--service", service, "--reader", reader); code != exitDone {
		t.Fatalf("prepare: %d\n%s", code, out)
	}
	return wiringtest.As(t, owner, service), wiringtest.As(t, owner, reader)
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
	owner := wiringtest.Database(t)
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
