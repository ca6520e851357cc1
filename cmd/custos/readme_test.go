package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// builtPrograms builds both programs and returns the folder that they are in.
func builtPrograms(t *testing.T) string {
	t.Helper()
	bin := t.TempDir()
	for _, program := range []string{"custos", "custos-verify"} {
		build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-buildvcs=false", "-o", filepath.Join(bin, program), "../"+program)
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("build: %v\n%s", err, out)
		}
	}
	return bin
}

// TestReadmeCommands runs the README's first case as it stands there, with built
// programs and the example files, in an empty folder.
func TestReadmeCommands(t *testing.T) {
	text := section(t, "## Your first case")
	folder := t.TempDir()
	for _, name := range []string{"return.csv", "authority.json"} {
		example, err := os.ReadFile(filepath.Join("testdata/example", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, name), example, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	bin := builtPrograms(t)
	run, ran := "", 0
	for line := range strings.Lines(strings.ReplaceAll(text, "\\\n", " ")) {
		line, isCommand := strings.CutPrefix(line, "    custos")
		if !isCommand {
			continue
		}
		line = strings.ReplaceAll("custos"+line, "--run RUN", "--run "+run)
		c := exec.CommandContext(t.Context(), "sh", "-c", line)
		c.Dir, c.Env = folder, append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("%s\n%v\n%s", line, err, out)
		}
		if m := regexp.MustCompile(`run +([0-9a-f]{32})`).FindSubmatch(out); m != nil {
			run = string(m[1])
		}
		ran++
	}
	if made, _ := filepath.Glob(filepath.Join(folder, "what-if", "*.notserved")); ran < 16 || len(made) == 0 {
		t.Errorf("%d commands were run, %d what-if pages made", ran, len(made))
	}
}
