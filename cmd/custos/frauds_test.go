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
	if maps, _ := filepath.Glob(filepath.Join(folder, "custos-frauds", "map", "entry-11.page.*.svg")); len(maps) != 2 {
		t.Errorf("%d maps to lay side by side", len(maps))
	}
	if found != 5 {
		t.Errorf("the README tells of %d frauds", found)
	}
	t.Run("two histories", func(t *testing.T) { twoHistories(t, bin, folder) })
	t.Logf("PROOF harness=planted-frauds trials=%d failures=%d control=%q", found, failures, "the honest bundle shows none of it and exits 0")
}

// shell runs a line in a folder with the built programs, and wants its exit code.
func shell(t *testing.T, bin, folder, line string, exit int) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), "sh", "-c", line)
	c.Dir, c.Env = folder, append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	out, err := c.CombinedOutput()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	if c.ProcessState.ExitCode() != exit {
		t.Fatalf("%s: exit %d, not %d\n%s", line, c.ProcessState.ExitCode(), exit, out)
	}
	return strings.Join(strings.Fields(string(out)), " ")
}

// twoHistories is a keeper who goes on from one backup twice, with all his keys, and
// gives each party a bundle of another history. The control is two bundles of one.
func twoHistories(t *testing.T, bin, folder string) {
	run := func(line string, exit int) string { return shell(t, bin, folder, line, exit) }
	pack := func(dir, out, more string) {
		run("custos exhibit bundle JAS/1 --dir "+dir+" --as u-02 --case HAL-2026-0500 --out "+out+" "+more, 0)
		run("custos-verify "+out+" --trust custos-frauds/trust.json", 0)
	}
	run("cp -r custos-frauds other && cp -r custos-frauds.keys other.keys", 0)
	pack("custos-frauds", "first.zip", "")
	pack("custos-frauds", "again.zip", "")
	pack("other", "second.zip", "--withhold 7=sensitive")
	run("custos log prove first.zip again.zip --dir custos-frauds --out join", 0)
	run("custos-verify compare again.zip first.zip --trust custos-frauds/trust.json --consistency join", 0)
	said := run("custos-verify compare first.zip second.zip --trust custos-frauds/trust.json", 1)
	for _, phrase := range []string{"DIFFERS FROM THE RECORD", "Two versions of the log's history exist", "the first bundle: demo.custos.example/log", "the second bundle: demo.custos.example/log"} {
		if !strings.Contains(said, phrase) {
			t.Errorf("compare does not say %q:\n%s", phrase, said)
		}
	}
	for _, head := range []string{"first", "second"} {
		run("test -s two-heads/"+head+".checkpoint", 0)
	}
	if said := run("custos log prove two-heads/second.checkpoint again.zip --dir custos-frauds --out none", 1); !strings.Contains(said, "of another history") {
		t.Errorf("a proof for a head of another history was not refused: %s", said)
	}
	run("custos-verify again.zip --trust custos-frauds/trust.json --known-head two-heads/second.checkpoint", 1)
	run("custos-verify first.zip --trust custos-frauds/trust.json --known-head two-heads/second.checkpoint", 1)
	failures := 0
	if t.Failed() {
		failures = 1
	}
	t.Logf("PROOF harness=two-histories trials=1 failures=%d control=%q", failures, "two bundles of one history compare with exit 0")
}
