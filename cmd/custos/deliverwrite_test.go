package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPartsFollowNoLink writes a part on a disk that somebody else had, who has laid a link
// under the name that the part has while it is written: the file that it leads to stays as
// it was. The control is what a writing left that was cut short.
func TestPartsFollowNoLink(t *testing.T) {
	for name, planted := range map[string]func(victim, partial string) error{
		"a link":                               os.Symlink,
		"a second name of the same file":       os.Link,
		"control: the rest of another writing": func(_, partial string) error { return os.WriteFile(partial, []byte("the first half"), 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			victim, part := filepath.Join(folder, "notes"), filepath.Join(folder, "1.part")
			if err := os.WriteFile(victim, []byte("mine"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := planted(victim, part+".writing"); err != nil {
				t.Fatal(err)
			}
			if _, fresh, err := writePart(part, io.NewSectionReader(strings.NewReader("the part"), 0, 8)); err != nil || !fresh {
				t.Errorf("the part was written: %v, %v", fresh, err)
			}
			for file, want := range map[string]string{victim: "mine", part: "the part"} {
				if text, err := os.ReadFile(file); err != nil || string(text) != want {
					t.Errorf("%s holds %q, want %q: %v", filepath.Base(file), text, want, err)
				}
			}
			if info, err := os.Lstat(part); err != nil || !info.Mode().IsRegular() {
				t.Errorf("the part is %v: %v", info, err)
			}
		})
	}
}
