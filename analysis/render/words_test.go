package render

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestEveryFlagAndRuleHasWords reads the names that sources and analyses give
// out of their code: none may reach a page as a bare code.
func TestEveryFlagAndRuleHasWords(t *testing.T) {
	name := regexp.MustCompile(`^[A-Z][A-Z0-9]+(_[A-Z0-9]+)+$`)
	found := 0
	for _, dir := range []string{"event", "source", "step"} {
		files, err := filepath.Glob(filepath.Join("..", dir, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: no files, %v", dir, err)
		}
		for _, f := range files {
			if strings.HasSuffix(f, "_test.go") {
				continue
			}
			tree, err := parser.ParseFile(token.NewFileSet(), f, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(tree, func(n ast.Node) bool {
				lit, ok := n.(*ast.BasicLit)
				if !ok || lit.Kind != token.STRING {
					return true
				}
				text, err := strconv.Unquote(lit.Value)
				if err != nil || !name.MatchString(text) {
					return true
				}
				found++
				if flagWords[text] == "" && ruleSentences[text] == "" {
					t.Errorf("%s: %s has no words for a page (words_rules.go)", f, text)
				}
				return true
			})
		}
	}
	if found < 50 {
		t.Errorf("only %d names were found; the search itself is broken", found)
	}
}
