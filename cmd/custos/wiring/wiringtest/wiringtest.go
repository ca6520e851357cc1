// Package wiringtest holds what the tests of whole installations share: copies of
// their folders, databases of their own, and how much memory a program took.
package wiringtest

import (
	"context"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Duplicate copies a folder. What it makes is its owner's alone, as the programs want
// their keys to be.
func Duplicate(t testing.TB, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return os.MkdirAll(filepath.Join(to, name), 0o700)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, name), content, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Database makes an empty database for one test, and returns its address. Without a
// server (CUSTOS_TEST_POSTGRES) the test is left out, but fails with CI=true.
func Database(t testing.TB) string {
	t.Helper()
	server := os.Getenv("CUSTOS_TEST_POSTGRES")
	if server == "" && os.Getenv("CI") == "true" {
		t.Fatal("CUSTOS_TEST_POSTGRES is not set")
	}
	if server == "" {
		t.Skip("CUSTOS_TEST_POSTGRES is not set")
	}
	name := fmt.Sprintf("custos_test_%d_%d", os.Getpid(), time.Now().UnixNano())
	run := func(ctx context.Context, statement string) {
		connection, err := pgx.Connect(ctx, server)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = connection.Close(ctx) }()
		if _, err := connection.Exec(ctx, statement); err != nil {
			t.Fatal(err)
		}
	}
	run(t.Context(), "CREATE DATABASE "+name)
	t.Cleanup(func() { run(context.WithoutCancel(t.Context()), "DROP DATABASE "+name+" WITH (FORCE)") })
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

// Memory runs a program to its end and returns the most memory that it held, in bytes;
// 0 = this system does not say. (What waiting for a child reports counts its parent's
// memory before exec as well.) How it ended stands in its state.
func Memory(t testing.TB, program *exec.Cmd) int64 {
	t.Helper()
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = program.Wait() // how it ended is the caller's to judge
	}()
	most := int64(0)
	for {
		select {
		case <-ended:
			return most
		case <-time.After(5 * time.Millisecond):
		}
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", program.Process.Pid))
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(status)) {
			var kib int64
			if n, _ := fmt.Sscanf(line, "VmHWM: %d kB", &kib); n == 1 {
				most = max(most, kib<<10)
			}
		}
	}
}
