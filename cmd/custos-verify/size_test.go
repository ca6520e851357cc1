package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"custos.example/custody/bundle/bundletest"
)

// TestLargeFileInBoundedMemory runs the program on a bundle with a large
// received file, and wants memory that does not grow with it.
func TestLargeFileInBoundedMemory(t *testing.T) {
	few, many := 400, 20000
	if os.Getenv("CUSTOS_LONG") == "1" {
		few, many = 4000, 400000
	}
	folder := t.TempDir()
	program := filepath.Join(folder, "custos-verify")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	used := map[int]int64{}
	for _, rows := range []int{few, many} {
		c := bundletest.NewCase("large", bundletest.Hooks{})
		c.Steps, c.Module = bundletest.Real(), nil
		story := bundletest.RealStory(rows, "")
		story.Renderers = []string{"render-schedule-csv"} // paper and map have limits of their own
		c.Tell(story)
		name, list := filepath.Join(folder, "bundle.zip"), filepath.Join(folder, "trust.json")
		file := c.Bundle()
		for name, data := range map[string][]byte{name: file, list: trust(t, c.Trust())} {
			if err := os.WriteFile(name, data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		sizes := []int{len(story.File), len(file)}
		start := time.Now()
		most, code := peak(t, program, name, "--trust", list)
		if code != 0 {
			t.Fatalf("%d rows: exit %d", rows, code)
		}
		if used[rows] = most; most == 0 {
			t.Skip("this system does not say how much memory was used")
		}
		t.Logf("%d rows, %d bytes received, a bundle of %d bytes: %v, %d MiB", rows, sizes[0], sizes[1], time.Since(start), used[rows]>>20)
	}
	if used[many] > 512<<20 {
		t.Errorf("%d bytes of memory for %d rows", used[many], many)
	}
}
