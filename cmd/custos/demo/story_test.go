package demo

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDemoNamesBothFolders asks for a demonstration where only the keys of an earlier one are
// left: both folders that are to be removed are named, and nothing is made.
func TestDemoNamesBothFolders(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "custos-demo")
	if err := os.Mkdir(dir+".keys", 0o700); err != nil {
		t.Fatal(err)
	}
	s := Story{Out: io.Discard, Dir: dir}
	for name, err := range map[string]error{"the story": s.Tell(t.Context()), "the frauds": s.Cheat(t.Context())} {
		if !errors.Is(err, os.ErrExist) || !strings.Contains(err.Error(), "remove both "+dir+" and "+dir+".keys") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a folder was made: %v", err)
	}
}
