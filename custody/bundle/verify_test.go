package bundle_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"os"
	"strings"
	"testing"

	"custos.example/custody/bundle"
	"custos.example/custody/bundle/bundletest"
)

// options returns what a checker has who trusts everyone in the case.
func options(c *bundletest.Case) bundle.Options {
	trust := c.Trust()
	return bundle.Options{Trust: &trust, Steps: c.Steps, Native: sha256.Sum256(c.Module), Scratch: bundletest.Scratch}
}

// verify returns the report on a bundle in memory.
func verify(file []byte, o bundle.Options) bundle.Report {
	return bundle.Verify(context.Background(), bytes.NewReader(file), int64(len(file)), o)
}

// text returns a report as text, which has to be plain ASCII of 80 columns.
func text(t testing.TB, r bundle.Report) string {
	t.Helper()
	var out bytes.Buffer
	if err := r.Text(&out); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(out.String()) {
		if line = strings.TrimSuffix(line, "\n"); len(line) > 80 {
			t.Errorf("a line has %d columns: %q", len(line), line)
		}
		if strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("a line is not plain ASCII: %q", line)
		}
	}
	return out.String()
}

func TestUntouchedBundleMatches(t *testing.T) {
	c := bundletest.Tell("untouched", bundletest.Hooks{}, bundletest.TinyStory())
	file := c.Bundle()
	r := verify(file, options(c))
	if r.Exit != bundle.ExitMatches || r.Headline != bundle.Matches {
		t.Fatalf("exit %d\n%s", r.Exit, text(t, r))
	}
	if os.Getenv("CUSTOS_SHOW") != "" {
		t.Log("\n" + text(t, r))
	}
	t.Logf("%d bytes", len(file))
}
