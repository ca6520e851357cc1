package source_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"custos.example/analysis"
	"custos.example/analysis/source"
	"custos.example/analysis/steptest"
)

// wordsOnly are keys that say something to people and nothing to the reading.
var wordsOnly = []string{"title", "notes"}

// TestEveryRuleOfEveryProfileIsExercised deletes each rule of each built-in
// profile in turn: the golden cases of that profile must then come out otherwise,
// or the profile be refused. A key that only people read must change nothing:
// that is the control.
func TestEveryRuleOfEveryProfileIsExercised(t *testing.T) {
	byProfile := map[string][]steptest.Case{}
	for _, c := range steptest.Cases(t, goldenRoot, source.CSV{}) {
		p, err := source.ParseProfile(c.In["profile"])
		if err != nil {
			t.Fatal(err)
		}
		byProfile[p.Name] = append(byProfile[p.Name], c)
	}
	for _, name := range source.ProfileNames() {
		t.Run(name, func(t *testing.T) {
			cases := byProfile[name]
			if len(cases) == 0 {
				t.Fatalf("profile %s has no golden case", name)
			}
			text := profile(t, name)
			for _, c := range cases {
				if !bytes.Equal(c.In["profile"], text) {
					t.Fatalf("the golden case %s has another text of profile %s; copy it anew", c.Name, name)
				}
			}
			deleteEach(t, cases, text)
		})
	}
}

func deleteEach(t *testing.T, cases []steptest.Case, text []byte) {
	t.Helper()
	before := fingerprints(cases, text)
	var tree yaml.Node
	if err := yaml.Unmarshal(text, &tree); err != nil {
		t.Fatal(err)
	}
	rules, controls := 0, 0
	for _, path := range deletable(&tree, nil) {
		less := without(t, text, path)
		changed := !slices.Equal(fingerprints(cases, less), before)
		word := name(&tree, path)
		if slices.Contains(wordsOnly, word) {
			controls++
			if changed && word != "title" { // a profile without a title is refused
				t.Errorf("control: deleting %s changes what is read", word)
			}
			continue
		}
		rules++
		if strings.Contains(word, "].required") {
			continue // shows only in a file that is refused: TestLinesThatMustBeThere
		}
		if !changed {
			t.Errorf("deleting %s changes nothing: the golden case has no row for it", word)
		}
	}
	if rules < 15 || controls == 0 {
		t.Errorf("%d rules and %d controls were deleted; the test itself is broken", rules, controls)
	}
}

var digestOfProfile = regexp.MustCompile(`"profile":\{[^}]*\}`)

// fingerprints returns what the cases come out as under a profile, without the
// digest of the profile's text.
func fingerprints(cases []steptest.Case, text []byte) []string {
	var list []string
	for _, c := range cases {
		in := map[string][]byte{}
		for name, b := range c.In {
			in[name] = b
		}
		in["profile"] = text
		out, _, err := steptest.Run(source.CSV{}, in, analysis.Params{})
		if err != nil {
			list = append(list, err.Error())
			continue
		}
		list = append(list, string(out["events"])+string(out["set-aside"])+string(digestOfProfile.ReplaceAll(out["report"], nil)))
	}
	return list
}

// deletable returns the paths of the map entries and list items of a tree, as
// indexes into Content.
func deletable(n *yaml.Node, at []int) [][]int {
	var list [][]int
	for i, child := range n.Content {
		path := append(slices.Clone(at), i)
		if n.Kind == yaml.MappingNode && i%2 == 0 || n.Kind == yaml.SequenceNode {
			list = append(list, path)
		}
		if n.Kind != yaml.MappingNode || i%2 == 1 {
			list = append(list, deletable(child, path)...)
		}
	}
	return list
}

// without returns the profile with one entry left out.
func without(t *testing.T, text []byte, path []int) []byte {
	t.Helper()
	var tree yaml.Node
	if err := yaml.Unmarshal(text, &tree); err != nil {
		t.Fatal(err)
	}
	n := &tree
	for _, i := range path[:len(path)-1] {
		n = n.Content[i]
	}
	i, many := path[len(path)-1], 1
	if n.Kind == yaml.MappingNode {
		many = 2
	}
	n.Content = slices.Delete(n.Content, i, i+many)
	less, err := yaml.Marshal(&tree)
	if err != nil {
		t.Fatal(err)
	}
	return less
}

// name tells where an entry stands.
func name(n *yaml.Node, path []int) string {
	text := ""
	for k, i := range path {
		child := n.Content[i]
		switch {
		case n.Kind == yaml.SequenceNode:
			text += "[" + strconv.Itoa(i) + "]"
		case n.Kind == yaml.MappingNode && k == len(path)-1:
			text += "." + child.Value
		case n.Kind == yaml.MappingNode:
			text += "." + n.Content[i-1].Value
		}
		n = child
	}
	return text[min(1, len(text)):]
}

// TestGoldenCasesAreListed: every folder of cases has a profile that is built in
// or says that it is made up.
func TestGoldenCasesAreListed(t *testing.T) {
	dirs, err := os.ReadDir(filepath.Join(goldenRoot, "source-csv@1"))
	if err != nil || len(dirs) < len(source.ProfileNames()) {
		t.Fatalf("%d golden cases for %d profiles, %v", len(dirs), len(source.ProfileNames()), err)
	}
}
