package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"custos.example/cmd/custos/wiring/wiringtest"
)

// TestDatabaseMove moves a record by the command to PostgreSQL and back, as the runbook
// says: the service's role goes on after the move, the old address is refused with the
// new one, and the guard stays.
func TestDatabaseMove(t *testing.T) {
	owner := wiringtest.Database(t)
	service, _ := asService(t, owner)
	root := t.TempDir()
	at := func(args ...string) []string {
		return append(args, "--dir", filepath.Join(root, "d"), "--keys", filepath.Join(root, "k"), "--guard", filepath.Join(root, "g"))
	}
	enrol := func(id string, more ...string) []string {
		return append(at("actor", "enrol", id, "--as", "ad-1", "--name", "Person "+id, "--roles", "sio"), more...)
	}
	move := func(more ...string) []string { return append(at("database", "move"), more...) }
	for _, c := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"nothing founded", move("--to", owner), exitRefused, "found a record with init"},
		{"init", at("init", "--origin", "log.example/t", "--as", "ad-1"), exitDone, ""},
		{"enrol", enrol("si-1"), exitDone, ""},
		{"nowhere", move(), exitUsage, "--to"},
		{"to what is no database", move("--to", "elsewhere"), exitRefused, "postgres://"},
		{"to where it is", move("--to", "embedded"), exitRefused, "already"},
		{"nothing to give up", move("--cancel"), exitRefused, "not being moved"},
		{"to the service's role", move("--to", service), exitRefused, "the role that owns the tables"},
		{"control: nothing has been begun", enrol("si-2"), exitDone, ""},
		{"to PostgreSQL", move("--to", owner), exitDone, "so is the root at each size"},
		{"the old database", enrol("si-3"), exitRefused, "name that one with --sql"},
		{"fsck of the old one", at("fsck", "--level", "entries"), exitRefused, "was moved to postgres://"},
		{"the new one, in the service's role", enrol("si-3", "--sql", service), exitDone, ""},
		{"fsck of the new one", at("fsck", "--sql", service), exitDone, "agrees"},
		{"given up too late", move("--cancel"), exitRefused, "was moved to"},
		{"back over the old file", move("--sql", service, "--to", "embedded"), exitRefused, "put what it holds away"},
	} {
		expect(t, c.name, c.args, c.code, c.says)
	}
	if err := os.Rename(filepath.Join(root, "d", "custos.db"), filepath.Join(root, "custos.db")); err != nil {
		t.Fatal(err)
	}
	expect(t, "back", move("--sql", service, "--to", "embedded", "--json"), exitDone, `"against"`)
	expect(t, "the server's", enrol("si-4", "--sql", service), exitRefused, "leave --sql out")
	expect(t, "control: the folder's", enrol("si-4"), exitDone, "")
	expect(t, "fsck", at("fsck"), exitDone, "agrees")
	expect(t, "people", at("actor", "list", "--as", "ad-1"), exitDone, "si-4")
}

// expect runs a command and compares its exit code and what it says. Neither may give
// a password of an address away.
func expect(t *testing.T, name string, args []string, code int, says string) {
	t.Helper()
	var text bytes.Buffer
	if got := run(t.Context(), args, strings.NewReader(""), &text, &text); got != code || !strings.Contains(text.String(), says) {
		t.Errorf("%s: %d, not %d with %q\n%s", name, got, code, says, text.String())
	}
}

// TestMoveTellsNoPassword names databases by addresses with passwords: no message and
// no mark repeats one.
func TestMoveTellsNoPassword(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "d")
	expect(t, "init", []string{"init", "--dir", dir, "--origin", "log.example/t", "--as", "ad-1"}, exitDone, "")
	for _, address := range []string{"postgres://owner:hunter2@127.0.0.1:1/custos?sslmode=disable", "postgres://owner:hunter2@127.0.0.1:x/custos"} {
		var text bytes.Buffer
		if code := run(t.Context(), []string{"database", "move", "--dir", dir, "--to", address}, strings.NewReader(""), &text, &text); code == exitDone || strings.Contains(text.String(), "hunter2") {
			t.Errorf("%d\n%s", code, text.String())
		}
	}
	expect(t, "control: nothing has been begun", []string{"actor", "enrol", "si-1", "--dir", dir, "--as", "ad-1", "--name", "S. Inspector", "--roles", "sio"}, exitDone, "")
}
