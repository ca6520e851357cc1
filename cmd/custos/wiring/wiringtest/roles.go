package wiringtest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Roles makes two roles of PostgreSQL for one test, a service and a reader that may
// nothing yet, and returns their names. At the end they go, with every right that
// they were given in the database.
func Roles(t testing.TB, owner string) (service, reader string) {
	t.Helper()
	run := func(ctx context.Context, statements ...string) {
		connection, err := pgx.Connect(ctx, owner)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = connection.Close(ctx) }()
		for _, statement := range statements {
			if _, err := connection.Exec(ctx, statement); err != nil {
				t.Fatal(err)
			}
		}
	}
	unique := fmt.Sprintf("_%d_%d", os.Getpid(), time.Now().UnixNano())
	made := [2]string{"service" + unique, "reader" + unique}
	for _, role := range made {
		run(t.Context(), "CREATE ROLE "+role+" LOGIN")
		t.Cleanup(func() { run(context.WithoutCancel(t.Context()), "DROP OWNED BY "+role, "DROP ROLE "+role) })
	}
	return made[0], made[1]
}

// As returns the address of a database for another role.
func As(t testing.TB, address, role string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.User(role)
	return u.String()
}
