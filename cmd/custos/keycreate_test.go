package main

import (
	"os"
	"strings"
	"testing"
)

// TestKeyWithoutItsPublicHalf makes a key whose public half cannot be written, since its name is
// too long: the key is taken away again. Control: a name one letter shorter.
func TestKeyWithoutItsPublicHalf(t *testing.T) {
	t.Chdir(t.TempDir())
	const longest = 255 - len(".pub") // of a name, on the disks that custos is used on
	for length, files := range map[int]int{longest + 1: 0, longest: 2} {
		code, _, said := command(t, "key", "create", strings.Repeat("k", length), "--plain")
		if (code == exitDone) != (files > 0) {
			t.Errorf("a name of %d letters: exit %d: %s", length, code, said)
		}
		there, err := os.ReadDir(".")
		if err != nil || len(there) != files {
			t.Errorf("a name of %d letters: %d files: %v", length, len(there), err)
		}
		for _, file := range there {
			if err := os.Remove(file.Name()); err != nil {
				t.Fatal(err)
			}
		}
	}
}
