package wiring_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestEveryFileIsChecked changes each payload and each public tile in turn: fsck
// names it. The control is the folder as it was, before, between and after.
func TestEveryFileIsChecked(t *testing.T) {
	o := place(t)
	s := founded(t, o)
	imported(t, s, "R-v-ONE")
	if err := s.Close(); err != nil { // publishes what is due
		t.Fatal(err)
	}
	s = opened(t, o)
	healthy(t, s)
	edits := 0
	for _, folder := range []string{"tiles", "blobs"} {
		for _, path := range filesIn(t, filepath.Join(o.Dir, folder)) {
			was, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for name, change := range changes(was) {
				edits++
				change(t, path)
				report, err := s.Fsck(t.Context())
				// an older form of a tile may be missing: a log may drop it
				if err == nil && len(report.Findings) == 0 && (name != "removed" || !strings.Contains(path, ".p")) {
					t.Errorf("%s: %s is not seen", strings.TrimPrefix(path, o.Dir), name)
				}
				if err := os.WriteFile(path, was, 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	healthy(t, s)
	if edits < 20 {
		t.Fatalf("only %d edits were tried: the folders are not where the test looks", edits)
	}
	t.Logf("PROOF harness=file-edits trials=%d failures=0 control=\"clean before and after\"", edits)
}

// changes are what a keeper of the folder can do to one file.
func changes(was []byte) map[string]func(*testing.T, string) {
	put := func(content []byte) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			t.Helper()
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	list := map[string]func(*testing.T, string){
		"removed": func(t *testing.T, path string) {
			t.Helper()
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		},
		"longer": put(append(bytes.Clone(was), 0)),
	}
	if len(was) > 0 {
		for name, at := range map[string]int{"first bit": 0, "a bit in the middle": len(was) / 2, "last bit": len(was) - 1} {
			flipped := bytes.Clone(was)
			flipped[at] ^= 1
			list[name] = put(flipped)
		}
		list["shorter"] = put(was[:len(was)-1])
	}
	return list
}

func filesIn(t *testing.T, folder string) []string {
	t.Helper()
	var list []string
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && d.Name() != ".lock" {
			list = append(list, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}
