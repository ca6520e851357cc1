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

	"custos.example/cmd/custos/wiring"
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
	must("First, ", "timestamp", "add", "first", "--url", first, "--root", filepath.Join(one, "root.pem")) // once more, as after a trust file that was not written
	refused("with another root", "timestamp", "add", "first", "--url", second, "--root", filepath.Join(two, "root.pem"))
	refused("is asked at "+first, "timestamp", "add", "first", "--url", second, "--root", filepath.Join(one, "root.pem"))
	must("Second, ", "timestamp", "add", "second", "--url", second, "--root", filepath.Join(two, "root.pem"))
	must("existed by", "timestamp", "now", "--as", "ad1")
	must("existed by", "timestamp", "now")
	must("goes on asking it until it is started again", "timestamp", "remove", "second")
	refused("is asked", "timestamp", "remove", "second")
	must("no longer asked", "timestamp", "list")
	must("Second, ", "timestamp", "add", "second", "--url", second, "--root", filepath.Join(two, "root.pem")) // asked again, with the root that stayed
	must("second  "+second, "timestamp", "list")
	must("Its root stays in the trust file", "timestamp", "remove", "second")
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

// TestTimestampAddGoesOn names an authority while another process holds the record: the
// command says what is left to do, and the same command does it afterwards. Control: the
// trust file lacks the root in between.
func TestTimestampAddGoesOn(t *testing.T) {
	folder := t.TempDir()
	data, office := filepath.Join(folder, "record"), filepath.Join(folder, "office")
	at := beside(t, `(http://[0-9.:]+)`, "timestamp", "authority", "--listen", "127.0.0.1:0", "--folder", office, "--name", "Office")
	add := []string{"timestamp", "add", "office", "--url", at, "--root", filepath.Join(office, "root.pem"), "--dir", data}
	if code, _, said := command(t, "init", "--origin", "log.example/time", "--as", "ad1", "--dir", data); code != exitDone {
		t.Fatal(said)
	}
	roots := func() int {
		t.Helper()
		text, err := os.ReadFile(filepath.Join(data, "trust.json")) //nolint:gosec // the test's own folder
		if err != nil {
			t.Fatal(err)
		}
		trust, err := ledger.ParseTrust(text)
		if err != nil {
			t.Fatal(err)
		}
		return len(trust.TimestampRoots)
	}
	st, err := wiring.Open(t.Context(), wiring.Options{Dir: data})
	if err != nil {
		t.Fatal(err)
	}
	code, _, said := command(t, add...)
	if code != exitRefused || !strings.Contains(said, "give the same command again, with the service stopped") || roots() != 0 {
		t.Errorf("while the record is held: exit %d, %d roots: %s", code, roots(), said)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	if code, _, said := command(t, add...); code != exitDone || roots() != 1 {
		t.Errorf("afterwards: exit %d, %d roots: %s", code, roots(), said)
	}
}
