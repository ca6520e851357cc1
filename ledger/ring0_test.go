package ledger_test

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// allowedImports is everything that ring 0 may reach besides these parts of the
// standard library, none of which can open a file, a connection or a clock by itself.
var allowedImports = []string{
	"bytes", "context", "crypto/ed25519", "crypto/sha256", "encoding", "encoding/base64", "encoding/binary", "encoding/hex", "encoding/json",
	"errors", "fmt", "io", "reflect", "slices", "strconv", "strings", "sync", "time", "unicode", "unicode/utf8",
	"golang.org/x/mod/sumdb/note", "github.com/transparency-dev/merkle/proof", "github.com/transparency-dev/merkle/rfc6962",
}

// ring0 returns the package's own files.
func ring0(t *testing.T) map[string]string {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = string(data)
	}
	if len(files) < 10 {
		t.Fatalf("only %d files were found", len(files))
	}
	return files
}

// TestRing0IsSmall keeps ring 0 readable in one sitting.
func TestRing0IsSmall(t *testing.T) {
	total := 0
	for name, text := range ring0(t) {
		lines := 0
		for line := range strings.Lines(text) {
			lines++
			if l := strings.TrimSpace(line); l != "" && !strings.HasPrefix(l, "//") {
				total++
			}
		}
		if lines > 400 {
			t.Errorf("%s has %d lines; split it", name, lines)
		}
	}
	if total > 2000 {
		t.Errorf("ring 0 has %d lines of code; 2,000 are allowed", total)
	}
	t.Logf("%d lines of code", total)
}

// TestRing0ImportsNothingElse, and reads no clock where it could.
func TestRing0ImportsNothingElse(t *testing.T) {
	clock := regexp.MustCompile(`\btime\.(Now|Since|Until|Sleep|After|Tick|NewTimer|NewTicker|LoadLocation|Local)\b`)
	for name, text := range ring0(t) {
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range file.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil || !slices.Contains(allowedImports, path) {
				t.Errorf("%s imports %s", name, spec.Path.Value)
			}
		}
		if found := clock.FindString(text); found != "" {
			t.Errorf("%s uses %s", name, found)
		}
	}
}
