package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"custos.example/ledger"
)

// beside runs a command that goes on until the test ends, and returns what the
// expression finds in its messages.
func beside(t *testing.T, expression string, args ...string) string {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	reader, writer := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		code := run(ctx, args, strings.NewReader(""), io.Discard, writer)
		_ = writer.Close()
		ended <- code
	}()
	t.Cleanup(func() {
		stop()
		select {
		case code := <-ended:
			if code != exitDone {
				t.Errorf("%s ended with %d", args, code)
			}
		case <-time.After(20 * time.Second):
			t.Errorf("%s does not end", args)
		}
	})
	said := make([]byte, 4096)
	n, err := reader.Read(said)
	if err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.Copy(io.Discard, reader) }()
	found := regexp.MustCompile(expression).FindSubmatch(said[:n])
	if found == nil {
		t.Fatalf("%s is not in %q", expression, said[:n])
	}
	return string(found[1])
}

// command runs one command line and returns its exit code and what it said.
func command(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, messages bytes.Buffer
	code = run(t.Context(), args, strings.NewReader(""), &out, &messages)
	return code, out.String(), messages.String()
}

// TestTimestampCommands names two authorities that run beside it, has the log
// stamped, and takes one away.
func TestTimestampCommands(t *testing.T) {
	folder := t.TempDir()
	data, one, two := filepath.Join(folder, "record"), filepath.Join(folder, "one"), filepath.Join(folder, "two")
	const listens = `(http://[0-9.:]+)`
	first := beside(t, listens, "timestamp", "authority", "--listen", "127.0.0.1:0", "--folder", one, "--name", "First")
	second := beside(t, listens, "timestamp", "authority", "--listen", "127.0.0.1:0", "--folder", two, "--name", "Second")
	must := func(phrase string, args ...string) {
		t.Helper()
		code, out, messages := command(t, append(args, "--dir", data)...)
		if code != exitDone || !strings.Contains(out, phrase) {
			t.Fatalf("%s: exit %d\n%s%s", args, code, out, messages)
		}
	}
	refused := func(phrase string, args ...string) {
		t.Helper()
		code, out, messages := command(t, append(args, "--dir", data)...)
		if code == exitDone || code == exitFault || !strings.Contains(messages, phrase) {
			t.Fatalf("%s: exit %d\n%s%s", args, code, out, messages)
		}
	}
	must("founded", "init", "--origin", "log.example/time", "--as", "ad1", "--quorum", "none")
	must("No authority of time is named", "timestamp", "list")
	refused("custos timestamp add", "timestamp", "now", "--as", "ad1")
	refused("that you did not list", "timestamp", "add", "first", "--url", first, "--root", filepath.Join(two, "root.pem"))
	refused("not the address", "timestamp", "add", "first", "--url", "ftp://tsa.example/", "--root", filepath.Join(one, "root.pem"))
	refused("could not be reached", "timestamp", "add", "first", "--url", "http://127.0.0.1:1/", "--root", filepath.Join(one, "root.pem"))
	must("First, ", "timestamp", "add", "first", "--url", first, "--root", filepath.Join(one, "root.pem"))
	refused("was named before", "timestamp", "add", "first", "--url", first, "--root", filepath.Join(one, "root.pem"))
	must("Second, ", "timestamp", "add", "second", "--url", second, "--root", filepath.Join(two, "root.pem"))
	must("existed by", "timestamp", "now", "--as", "ad1")
	must("existed by", "timestamp", "now")
	must("Its root stays in the trust file", "timestamp", "remove", "second")
	refused("is asked", "timestamp", "remove", "second")
	refused("there is nothing to confirm", "clock", "confirm", "--as", "ad1")

	code, out, _ := command(t, "timestamp", "now", "--json", "--dir", data)
	var lines []stampLine
	if err := json.Unmarshal([]byte(out), &lines); err != nil || code != exitDone || len(lines) != 1 || lines[0].Authority != "First" || lines[0].Entry == "" {
		t.Errorf("exit %d, %v: %s", code, err, out)
	}
	text, err := os.ReadFile(filepath.Join(data, "trust.json")) //nolint:gosec // the test's own folder
	if err != nil {
		t.Fatal(err)
	}
	if trust, err := ledger.ParseTrust(text); err != nil || len(trust.TimestampRoots) != 2 {
		t.Errorf("the trust file names %d roots: %v", len(trust.TimestampRoots), err)
	}
	must("What was run agrees with the record", "fsck")
}
