package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// section returns what the README says under a heading.
func section(t *testing.T, heading string) string {
	t.Helper()
	page, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(page), heading+"\n")
	text, _, found := strings.Cut(text, "\n## ")
	if !found {
		t.Fatalf("the README has no section %q", heading)
	}
	return text
}

// seen is what a command printed, and its exit code.
type seen struct {
	out  string
	exit int
}

// told is one line of the README's table: which file, which exit code, and what to
// look for.
var told = regexp.MustCompile("^\\| `(\\w+)` \\| (\\d) \\| ((?:`[^`]+` ?)+)\\| (.+) \\|$")

// TestReadmeFrauds runs the README's walk through the five frauds as it stands
// there, with built programs, and wants every thing that it tells to look for.
// The control is the honest bundle, in which none of it is to be seen.
func TestReadmeFrauds(t *testing.T) {
	text := section(t, "### Five frauds to find")
	bin, folder := builtPrograms(t), t.TempDir()
	ran := map[string]seen{}
	for line := range strings.Lines(text) {
		command, isCommand := strings.CutPrefix(strings.TrimRight(line, "\n"), "    custos")
		if !isCommand {
			continue
		}
		c := exec.CommandContext(t.Context(), "sh", "-c", "custos"+command)
		c.Dir, c.Env = folder, append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
		out, err := c.CombinedOutput()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		name := "the frauds themselves"
		if m := regexp.MustCompile(`custos-frauds/(\w+)\.custos\.zip`).FindStringSubmatch(command); m != nil {
			name = m[1]
		}
		ran[name] = seen{strings.Join(strings.Fields(string(out)), " "), c.ProcessState.ExitCode()}
	}
	found, failures := 0, 0
	for line := range strings.Lines(text) {
		m := told.FindStringSubmatch(strings.TrimRight(line, "\n"))
		if m == nil {
			continue
		}
		s, ok := ran[m[1]]
		good := ok && string(rune('0'+s.exit)) == m[2]
		for _, phrase := range strings.Split(strings.Trim(strings.TrimSpace(m[3]), "`"), "` `") {
			good = good && strings.Contains(s.out, phrase) && (m[1] == "honest" || !strings.Contains(ran["honest"].out, phrase))
		}
		if !good {
			failures++
			t.Errorf("%s: exit %d; the README says otherwise:\n%s\n%s", m[1], s.exit, line, s.out)
		}
		if m[1] != "honest" {
			found++
		}
	}
	if maps, _ := filepath.Glob(filepath.Join(folder, "custos-frauds", "map", "entry-10.page.*.svg")); len(maps) != 2 {
		t.Errorf("%d maps to lay side by side", len(maps))
	}
	if found != 5 {
		t.Errorf("the README tells of %d frauds", found)
	}
	t.Logf("PROOF harness=planted-frauds trials=%d failures=%d control=%q", found, failures, "the honest bundle shows none of it and exits 0")
}
