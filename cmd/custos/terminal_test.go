package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"custos.example/policy"
)

// forging is text that clears a screen, turns the reading order, and begins a line of its own.
const forging = "why \x1b[2J\u202e\napproved by sr-1"

// TestSaidIsPlain says a hostile text: nothing of it reaches the terminal as it is, and the lines
// and columns of whoever says it stay. Control: the text itself holds what is looked for.
func TestSaidIsPlain(t *testing.T) {
	if !strings.ContainsAny(forging, "\x1b\u202e") {
		t.Fatal("control: the text is harmless")
	}
	var out bytes.Buffer
	say(&out, "one\ttwo\n  %s", forging)
	if got := out.String(); got != "one\ttwo\n  why \\x1b[2J\\u202e\napproved by sr-1\n" {
		t.Errorf("%q", got)
	}
	if got := visible(forging); got != `why \x1b[2J\u202e\napproved by sr-1` || visible(got) != got {
		t.Errorf("%q", got)
	}
}

// TestReasonForgesNoLine lists a permission whose texts would forge lines: it has the lines of
// its own and no more.
func TestReasonForgesNoLine(t *testing.T) {
	var out bytes.Buffer
	permissionDocument{
		Request: "r", About: policy.AboutExcess, State: policy.PermissionApproved, AskedBy: "an-1", Reason: forging, For: forging,
		Identifiers: []string{forging}, DecidedBy: "sr-2", Why: forging,
	}.write(&out)
	if got := out.String(); strings.Count(got, "\n") != 4 || strings.Contains(got, "\napproved") || strings.ContainsAny(got, "\x1b\u202e") {
		t.Errorf("%q", got)
	}
}

// TestErrorForgesNoLine names a file in an error whose name would forge a line.
func TestErrorForgesNoLine(t *testing.T) {
	for _, why := range []error{fs.ErrNotExist, fs.ErrClosed} {
		said := inWords(fmt.Errorf("the folder: %w", &fs.PathError{Op: "open", Path: forging, Err: why}))
		if strings.ContainsAny(said, "\n\x1b\u202e") || !strings.Contains(said, `\x1b[2J`) || !strings.HasPrefix(said, "the folder: ") {
			t.Errorf("%q", said)
		}
	}
}
