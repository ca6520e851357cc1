package bundle_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"custos.example/analysis/registry"
	"custos.example/custody/bundle/bundletest"
)

// TestSecondCheckerIsSmall keeps the second checker readable in one sitting, and
// to what Node.js itself brings: no network, no process, no library.
func TestSecondCheckerIsSmall(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "checker", "*"))
	if err != nil || len(files) < 10 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	total := 0
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		n := strings.Count(string(data), "\n")
		if total += n; n > 200 {
			t.Errorf("%s has %d lines; 200 are allowed", name, n)
		}
		for _, m := range regexp.MustCompile(`(?m)(?:^import .*from |import\(|require\()['"]([^'"]+)['"]`).FindAllStringSubmatch(string(data), -1) {
			own := strings.HasPrefix(m[1], "./") && slices.Contains(files, filepath.Join("testdata", "checker", m[1]))
			if !own && !slices.Contains([]string{"node:crypto", "node:fs", "node:zlib"}, m[1]) {
				t.Errorf("%s imports %s", name, m[1])
			}
		}
		if strings.Contains(string(data), "eval(") || strings.Contains(string(data), "writeFile") {
			t.Errorf("%s evaluates or writes", name)
		}
	}
	if total > 1400 {
		t.Errorf("the second checker has %d lines; 1,400 are allowed", total)
	}
	t.Logf("%d lines", total)
}

// TestSecondCheckerKnowsTheSteps holds what the second checker knows of the inputs of
// each step against the steps themselves, those of the museum first.
func TestSecondCheckerKnowsTheSteps(t *testing.T) {
	list := exec.Command(node(t), "--input-type=module", "--eval", `import { inputs } from './steps.mjs'
		for (const [step, names] of inputs) console.log(step, ...names)`)
	list.Dir = filepath.Join("testdata", "checker")
	said, err := list.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	known := strings.Split(string(said), "\n")
	for _, step := range append(bundletest.Tiny(), registry.All()...) {
		info := step.Info()
		line := fmt.Sprintf("%s@%d", info.Name, info.Version)
		for _, port := range info.Inputs {
			line += " " + port.Name
		}
		if !slices.Contains(known, line) {
			t.Errorf("it does not know %q", line)
		}
	}
}
