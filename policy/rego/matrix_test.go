package rego

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"custos.example/policy"
)

// TestMatrix holds every action by every role, assigned or not, served or not,
// masked or not, against what is written down in testdata/matrix.txt. The
// controls are a role that may more than is written, and one that may less.
func TestMatrix(t *testing.T) {
	e, all := engine(t), readTables(t)
	g, err := readGrid(os.DirFS("testdata"), "matrix.txt")
	if err != nil {
		t.Fatal(err)
	}
	asked, wrong, err := g.check(t.Context(), e, all)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range wrong {
		t.Error(w)
	}
	sources, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	caught := 0
	for _, turn := range [][2]string{
		{`"analysis.run": {"analyst": "C", `, `"analysis.run": {"analyst": "Y", `},
		{`"analysis.run": {"analyst": "C", `, `"analysis.run": {`},
	} {
		changed := replaced(sources, "matrix.rego", turn[0], turn[1])
		other, err := open(t.Context(), changed)
		if err != nil {
			t.Fatal(err)
		}
		if _, wrong, err := g.check(t.Context(), other, all); err == nil && len(wrong) > 0 {
			caught++
		}
	}
	if caught != 2 {
		t.Errorf("control: %d of 2 changed matrices are seen", caught)
	}
	cells := len(policy.Actions()) * (len(policy.Roles()) + 1)
	t.Logf("%d actions by %d roles: %d cells, %d decisions", len(policy.Actions()), len(policy.Roles())+1, cells, asked)
	t.Logf("PROOF harness=policy-matrix trials=%d failures=%d control=\"caught %d of 2\"", asked, len(wrong), caught)
}

// replaced returns the sources with one text of one file turned into another.
func replaced(sources []source, name, from, to string) []source {
	out := append([]source{}, sources...)
	for i := range out {
		if out[i].name == name {
			out[i].text = strings.Replace(out[i].text, from, to, 1)
		}
	}
	return out
}

// A role or an action of which nothing is expected fails, and so does one that
// there is not.
func TestMatrixMustBeComplete(t *testing.T) {
	text, err := os.ReadFile("testdata/matrix.txt")
	if err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(string) string{
		"as it is":               func(s string) string { return s },
		"an action left out":     func(s string) string { return strings.Replace(s, "\nrow.read ", "\n# row.read ", 1) },
		"an action that is none": func(s string) string { return strings.Replace(s, "\nrow.read ", "\nrow.reads ", 1) },
		"a role left out": func(s string) string {
			var out strings.Builder
			for line := range strings.Lines(s) {
				if i := strings.LastIndexAny(strings.TrimRight(line, " \n"), " "); strings.HasSuffix(strings.TrimSpace(line), " FIN") || !strings.HasPrefix(line, "#") && i > 0 {
					line = line[:i] + "\n"
				}
				out.WriteString(line)
			}
			return out.String()
		},
		"a role that is none":  func(s string) string { return strings.Replace(s, " FIN", " FUN", 1) },
		"a level that is none": func(s string) string { return strings.Replace(s, "-  Y ", "-  Z ", 1) },
		"an action twice":      func(s string) string { return s + s[strings.Index(s, "actor.enrol"):] },
	} {
		changed := spoil(string(text))
		if (changed == string(text)) != (name == "as it is") {
			t.Fatalf("%s: the test changes nothing", name)
		}
		_, err := readGrid(fstest.MapFS{"m": {Data: []byte(changed)}}, "m")
		if (err == nil) != (name == "as it is") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestUsePage holds the page on use and separation against the rules themselves.
func TestUsePage(t *testing.T) {
	page, err := os.ReadFile("USE.md")
	if err != nil {
		t.Fatal(err)
	}
	e, listed := engine(t), 0
	for id, n := range e.notes {
		if !strings.HasPrefix(id, "A-") && !strings.HasPrefix(id, "B-") {
			listed++
			_, row, known := strings.Cut(string(page), "| "+id+" | "+n.title+" |")
			if !known {
				t.Errorf("USE.md does not name %s: %s", id, n.title)
			}
			row, _, _ = strings.Cut(row, " |\n")
			asking := 0
			for _, rules := range e.rules {
				if slices.Contains(rules, id) {
					asking++
				}
			}
			if _, said, _ := strings.Cut(row, " | "); strings.HasSuffix(said, " actions") && said != strconv.Itoa(asking)+" actions" {
				t.Errorf("USE.md says that %s bears on %s, it bears on %d", id, said, asking)
			}
		}
	}
	if rows := strings.Count(string(page), "\n| O-") + strings.Count(string(page), "\n| R-") + strings.Count(string(page), "\n| S-") + strings.Count(string(page), "\n| U-"); rows != listed {
		t.Errorf("USE.md names %d rules, there are %d", rows, listed)
	}
}
