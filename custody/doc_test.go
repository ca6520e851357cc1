package custody_test

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// TestTheRoomIsWhole holds the plan of the package against its files: each stands
// in it once.
func TestTheRoomIsWhole(t *testing.T) {
	doc, err := parser.ParseFile(token.NewFileSet(), "doc.go", nil, parser.ParseComments|parser.PackageClauseOnly)
	if err != nil {
		t.Fatal(err)
	}
	_, plan, _ := strings.Cut(doc.Doc.Text(), "# The room")
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for _, f := range files {
		if name, test := strings.CutSuffix(f, "_test.go"); !test && name != "doc.go" {
			there[strings.TrimSuffix(name, ".go")] = true
		}
	}
	seen := map[string]int{}
	for line := range strings.SplitSeq(plan, "\n") {
		const column = 21 // a tab, and the words that name a group
		if !strings.HasPrefix(line, "\t") || len(line) < column {
			continue
		}
		for name := range strings.FieldsSeq(line[column:]) {
			if seen[name]++; !there[name] {
				t.Errorf("the plan has a file %s.go that is not there", name)
			}
		}
	}
	for name := range there {
		if seen[name] != 1 {
			t.Errorf("%s.go stands in the plan %d times", name, seen[name])
		}
	}
}
