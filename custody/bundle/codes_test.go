package bundle_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"custos.example/custody/bundle"
)

// literals returns every code that stands in the source of this package outside
// its tests and the table itself.
func literals(t *testing.T) []string {
	t.Helper()
	code := regexp.MustCompile(`^[A-Z][0-9][0-9]$`)
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") || e.Name() == "codes.go" {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), e.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if text, err := strconv.Unquote(lit.Value); err == nil && code.MatchString(text) {
					found = append(found, text)
				}
			}
			return true
		})
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// TestEveryCodeIsExplained holds the table of codes against the source: none is
// used without its innocent causes and next step, and none stands there unused.
func TestEveryCodeIsExplained(t *testing.T) {
	used := literals(t)
	if len(used) < 35 {
		t.Fatalf("only %d codes were found in the source: the test would show nothing", len(used))
	}
	var listed []string
	for _, c := range bundle.Codes() {
		listed = append(listed, c.Code)
		if c.Title == "" || len(c.Innocent) == 0 || c.Next == "" || slices.Contains(c.Innocent, "") {
			t.Errorf("%s has no title, no innocent cause or no next step", c.Code)
		}
	}
	for _, c := range used {
		if _, ok := bundle.CodeOf(c); !ok {
			t.Errorf("the code %s is used and stands in no table", c)
		}
	}
	for _, c := range listed {
		if !slices.Contains(used, c) {
			t.Errorf("the code %s is explained and never used", c)
		}
	}
	slices.Sort(listed)
	if len(slices.Compact(slices.Clone(listed))) != len(listed) {
		t.Errorf("a code stands twice in the table: %v", listed)
	}
}

// TestFailuresComeWithAdvice wants each dishonest bundle's report to say, for
// every code that it holds against the bundle, what may be innocent and what to
// do, in all three forms.
func TestFailuresComeWithAdvice(t *testing.T) {
	for _, v := range vectors() {
		file, o := v.build()
		r := verify(file, o)
		for _, q := range r.Questions {
			for _, f := range q.Findings {
				if f.Outcome != bundle.Fail && f.Outcome != bundle.Unknown {
					continue
				}
				i := slices.IndexFunc(r.Advice, func(c bundle.Code) bool { return c.Code == f.Code })
				if i < 0 {
					t.Errorf("%s: %s comes without advice", v.name, f.Code)
					continue
				}
				if !strings.Contains(text(t, r), "  "+f.Code+"  "+r.Advice[i].Title[:20]) {
					t.Errorf("%s: the text does not say what to do about %s", v.name, f.Code)
				}
			}
		}
	}
}
