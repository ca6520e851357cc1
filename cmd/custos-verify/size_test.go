package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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
		used[rows] = highest(t, program, name, "--trust", list)
		t.Logf("%d rows, %d bytes received, a bundle of %d bytes: %v, %d MiB", rows, sizes[0], sizes[1], time.Since(start), used[rows]>>20)
	}
	if used[many] > 512<<20 {
		t.Errorf("%d bytes of memory for %d rows", used[many], many)
	}
}

// highest runs a program and returns the most memory that it held. (What wait
// reports of a child counts its parent's memory before exec as well.)
func highest(t *testing.T, program string, args ...string) int64 {
	t.Helper()
	verify := exec.CommandContext(t.Context(), program, args...)
	if err := verify.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- verify.Wait() }()
	most, looks := int64(0), 0
	for {
		select {
		case err := <-ended:
			if err != nil {
				t.Fatal(err)
			}
			if looks == 0 {
				if os.Getenv("CI") == "true" {
					t.Fatal("this system does not say how much memory was used: the bound was not tried")
				}
				t.Skip("this system does not say how much memory was used")
			}
			return most
		case <-time.After(5 * time.Millisecond):
		}
		data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", verify.Process.Pid))
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(data)) {
			var kib int64
			if n, _ := fmt.Sscanf(line, "VmHWM: %d kB", &kib); n == 1 {
				most, looks = max(most, kib<<10), looks+1
			}
		}
	}
}
