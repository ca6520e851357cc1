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
func database(tb testing.TB) string {
	tb.Helper()
	server := os.Getenv("CUSTOS_TEST_POSTGRES")
	if server == "" {
		if os.Getenv("CI") == "true" {
			tb.Fatal("CUSTOS_TEST_POSTGRES is not set: start a PostgreSQL and give its superuser URL")
		}
		tb.Skip("CUSTOS_TEST_POSTGRES is not set")
	}
	name := "custos_tree_" + strings.ToLower(rand.Text())
	execute(tb, server, `CREATE DATABASE `+name)
	tb.Cleanup(func() {
		// the test's own context is over by now
		conn, err := pgx.Connect(context.Background(), server)
		if err != nil {
			tb.Errorf("drop the test database: %v", err)
			return
		}
		defer func() { _ = conn.Close(context.WithoutCancel(tb.Context())) }()
		if _, err := conn.Exec(context.Background(), `DROP DATABASE `+name+` WITH (FORCE)`); err != nil {
			tb.Errorf("drop the test database: %v", err)
		}
	})
	at, err := url.Parse(server)
	if err != nil {
		tb.Fatal("CUSTOS_TEST_POSTGRES is not a URL")
	}
	at.Path = "/" + name
	return at.String()
}

// execute runs SQL behind the engine's back.
func execute(tb testing.TB, url, sql string, args ...any) {
	tb.Helper()
	conn, err := pgx.Connect(tb.Context(), url)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(tb.Context())) }()
	if _, err := conn.Exec(tb.Context(), sql, args...); err != nil {
		tb.Fatal(err)
	}
}

// query reads one value behind the engine's back.
func query[T any](tb testing.TB, url, sql string, args ...any) T {
	tb.Helper()
	conn, err := pgx.Connect(tb.Context(), url)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(tb.Context())) }()
	var value T
	if err := conn.QueryRow(tb.Context(), sql, args...).Scan(&value); err != nil {
		tb.Fatal(err)
	}
	return value
}

func create(tb testing.TB, url string) *trillianlog.Log {
	tb.Helper()
	l, err := trillianlog.Create(tb.Context(), trillianlog.Config{URL: url})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = l.Close() })
	return l
}

func reopen(tb testing.TB, url string) *trillianlog.Log {
	tb.Helper()
	l, err := trillianlog.Open(tb.Context(), trillianlog.Config{URL: url})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = l.Close() })
	return l
}

// grown returns a new tree of size leaves and its database.
func grown(tb testing.TB, size uint64) (*trillianlog.Log, string) {
	tb.Helper()
	url := database(tb)
	l := create(tb, url)
	if err := l.Append(tb.Context(), 0, treetest.Leaves(0, size)); err != nil {
		tb.Fatal(err)
	}
	return l, url
}

func TestConformance(t *testing.T) {
	treetest.Run(t, func(t *testing.T) treetest.Fixture {
		t.Helper()
		url := database(t)
		made := false
		return treetest.Fixture{Open: func(t *testing.T) tree.Engine {
			t.Helper()
			if made {
				return reopen(t, url)
			}
			made = true
			return create(t, url)
		}}
	})
}
