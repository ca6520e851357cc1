package trillianlog_test

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"custos.example/ledger/tree"
	"custos.example/ledger/tree/treetest"
	"custos.example/ledger/tree/trillianlog"
)

// database makes a database of its own for a test and returns its URL.
func database(t testing.TB) string {
	t.Helper()
	server := os.Getenv("CUSTOS_TEST_POSTGRES")
	if server == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("CUSTOS_TEST_POSTGRES is not set: start a PostgreSQL and give its superuser URL")
		}
		t.Skip("CUSTOS_TEST_POSTGRES is not set")
	}
	name := "custos_tree_" + strings.ToLower(rand.Text())
	execute(t, server, `CREATE DATABASE `+name)
	t.Cleanup(func() {
		// the test's own context is over by now
		conn, err := pgx.Connect(context.Background(), server)
		if err != nil {
			t.Errorf("drop the test database: %v", err)
			return
		}
		defer func() { _ = conn.Close(context.Background()) }()
		if _, err := conn.Exec(context.Background(), `DROP DATABASE `+name+` WITH (FORCE)`); err != nil {
			t.Errorf("drop the test database: %v", err)
		}
	})
	at, err := url.Parse(server)
	if err != nil {
		t.Fatal("CUSTOS_TEST_POSTGRES is not a URL")
	}
	at.Path = "/" + name
	return at.String()
}

// execute runs SQL behind the engine's back.
func execute(t testing.TB, url, sql string, args ...any) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	if _, err := conn.Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

// query reads one value behind the engine's back.
func query[T any](t testing.TB, url, sql string, args ...any) T {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	var value T
	if err := conn.QueryRow(t.Context(), sql, args...).Scan(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

func create(t testing.TB, url string) *trillianlog.Log {
	t.Helper()
	l, err := trillianlog.Create(t.Context(), trillianlog.Config{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func reopen(t testing.TB, url string) *trillianlog.Log {
	t.Helper()
	l, err := trillianlog.Open(t.Context(), trillianlog.Config{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// grown returns a new tree of size leaves and its database.
func grown(t testing.TB, size uint64) (*trillianlog.Log, string) {
	t.Helper()
	url := database(t)
	l := create(t, url)
	if err := l.Append(t.Context(), 0, treetest.Leaves(0, size)); err != nil {
		t.Fatal(err)
	}
	return l, url
}

func TestConformance(t *testing.T) {
	treetest.Run(t, func(t *testing.T) treetest.Fixture {
		url := database(t)
		made := false
		return treetest.Fixture{Open: func(t *testing.T) tree.Engine {
			if made {
				return reopen(t, url)
			}
			made = true
			return create(t, url)
		}}
	})
}
