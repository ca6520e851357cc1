package registry_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// fence is a fenced block of CONTRIBUTING.md: its info string and its text.
var fence = regexp.MustCompile("(?ms)^```([a-z]+)(?: (file|after)=([^\n]+))?\n(.*?)^```$")

// TestContributingPage follows CONTRIBUTING.md to the letter in a copy of the
// project: every file it shows is written, the line is put into the registry,
// and its commands are run. The control leaves the golden case of the new step
// out, which must fail.
func TestContributingPage(t *testing.T) {
	page, err := os.ReadFile("../../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	copyProject(t, root)
	scripts := 0
	for _, m := range fence.FindAllStringSubmatch(string(page), -1) {
		language, verb, name, text := m[1], m[2], m[3], m[4]
		switch {
		case verb == "file":
			write(t, filepath.Join(root, name), text)
		case verb == "after":
			insert(t, filepath.Join(root, "analysis/registry/registry.go"), name, text)
		case language == "sh":
			scripts++
			if out, err := script(t, root, text); err != nil {
				t.Fatalf("the page's commands fail: %v\n%s\n%s", err, text, out)
			}
		}
	}
	if scripts != 2 {
		t.Fatalf("the page has %d scripts, not 2", scripts)
	}
	counts, err := os.ReadFile(filepath.Join(root, "analysis/registry/testdata/golden/type-count@1/desk-6/out.counts.csv"))
	if err != nil || string(counts) != "type,events\nvoice,3\n" {
		t.Fatalf("the new step wrote %q, %v", counts, err)
	}
	if err := os.RemoveAll(filepath.Join(root, "analysis/registry/testdata/golden/type-count@1")); err != nil {
		t.Fatal(err)
	}
	if out, err := script(t, root, "go test ./analysis/registry -run TestGolden\n"); err == nil || !bytes.Contains(out, []byte("has no golden case")) {
		t.Fatalf("control: a step without a golden case passed: %v\n%s", err, out)
	}
}

// script runs commands of the page, without this test in them.
func script(t *testing.T, dir, text string) ([]byte, error) {
	t.Helper()
	text = strings.ReplaceAll(text, "go test ./analysis/registry\n", "go test ./analysis/registry -skip TestContributingPage\n")
	cmd := exec.CommandContext(t.Context(), "sh", "-euc", text)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CUSTOS_CORPUS="+corpusRoot(t))
	return cmd.CombinedOutput()
}

// corpusRoot is where the data sets are, wherever the copy stands.
func corpusRoot(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("CUSTOS_CORPUS")
	if dir == "" {
		dir = "../../../shared/data"
	}
	whole, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	return whole
}

// copyProject copies what the steps need; the module's folder is theirs too.
func copyProject(t *testing.T, to string) {
	t.Helper()
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join("../..", name))
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(to, name), string(text))
	}
	if err := os.CopyFS(filepath.Join(to, "analysis"), os.DirFS("..")); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// insert puts text on the line after the one that holds mark.
func insert(t *testing.T, path, mark, text string) {
	t.Helper()
	old, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, after, found := strings.Cut(string(old), mark+"\n")
	if !found {
		t.Fatalf("%s has no line %s", path, mark)
	}
	write(t, path, before+mark+"\n"+text+after)
}
