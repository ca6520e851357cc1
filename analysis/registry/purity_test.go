package registry_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// pure are the packages in which a step is written.
var pure = []string{"..", "../event", "../source", "../step", "../render", "../registry", "../rowtree", "../grid", "../cell", "../delimited", "../basemap", "../celltable"}

// impure are the imports through which something other than the inputs could
// reach an output, with the reason.
var impure = map[string]string{
	"net": "the network", "net/http": "the network", "os": "the host's files and environment", "os/exec": "other programs", "os/user": "who runs it",
	"syscall": "the host", "io/ioutil": "the host's files", "math/rand": "chance", "math/rand/v2": "chance", "crypto/rand": "chance", "unsafe": "addresses",
	"runtime": "the machine", "runtime/debug": "the machine", "plugin": "other code", "database/sql": "a database", "time/tzdata": "zones that are not the embedded ones",
	"log": "a side channel", "log/slog": "a side channel",
}

// forbidden are the names of package time that read the clock or the host.
var forbidden = map[string]bool{
	"Now": true, "Since": true, "Until": true, "Local": true, "LoadLocation": true, "Sleep": true, "After": true, "Tick": true, "NewTimer": true, "NewTicker": true,
}

// TestStepsArePure reads the code of every package in which a step is written.
func TestStepsArePure(t *testing.T) {
	imports, selectors := 0, 0
	for _, dir := range pure {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: no files, %v", dir, err)
		}
		for _, f := range files {
			if strings.HasSuffix(f, "_test.go") {
				continue
			}
			set := token.NewFileSet()
			tree, err := parser.ParseFile(set, f, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range tree.Imports {
				imports++
				path, err := strconv.Unquote(i.Path.Value)
				if err != nil {
					t.Fatal(err)
				}
				if why := impure[path]; why != "" {
					t.Errorf("%s imports %s: %s", f, path, why)
				}
				checkRoom(t, dir, f, path)
			}
			ast.Inspect(tree, func(n ast.Node) bool {
				at := func() token.Position { return set.Position(n.Pos()) }
				switch n := n.(type) {
				case *ast.SelectorExpr:
					selectors++
					if x, ok := n.X.(*ast.Ident); ok && x.Name == "time" && forbidden[n.Sel.Name] {
						t.Errorf("%s uses time.%s", at(), n.Sel.Name)
					}
				case *ast.Ident:
					if (n.Name == "float64" || n.Name == "float32") && dir != "../render" {
						t.Errorf("%s uses %s: only drawing may", at(), n.Name)
					}
				case *ast.GoStmt:
					t.Errorf("%s starts a goroutine", at())
				case *ast.FuncDecl:
					if n.Name.Name == "init" && n.Recv == nil {
						t.Errorf("%s is an init function", at())
					}
				}
				return true
			})
		}
	}
	if imports < 80 || selectors < 800 {
		t.Errorf("only %d imports and %d names were read; the search itself is broken", imports, selectors)
	}
}

// checkRoom wants the rooms of the house not to know what they must not.
func checkRoom(t *testing.T, dir, file, path string) {
	t.Helper()
	rest, ours := strings.CutPrefix(path, "custos.example/")
	if !ours {
		return
	}
	allowed := map[string][]string{
		"..":           {"analysis/event", "analysis/rowtree"},
		"../event":     {},
		"../grid":      {},
		"../cell":      {"analysis/event", "analysis/grid"},
		"../delimited": {"analysis"},
		"../basemap":   {"analysis", "analysis/delimited", "analysis/event", "analysis/grid"},
		"../celltable": {"analysis", "analysis/cell", "analysis/delimited", "analysis/event", "analysis/grid", "analysis/source"},
		"../source":    {"analysis", "analysis/event", "analysis/grid", "analysis/cell"},
		"../step":      {"analysis", "analysis/event", "analysis/grid", "analysis/cell", "analysis/rowtree"},
		"../render":    {"analysis", "analysis/event", "analysis/grid", "analysis/cell", "analysis/basemap", "analysis/paper"},
		"../rowtree":   {"analysis/event"},
		"../registry":  {"analysis", "analysis/basemap", "analysis/celltable", "analysis/source", "analysis/step", "analysis/render"},
	}
	if !slices.Contains(allowed[dir], rest) {
		t.Errorf("%s must not know %s", file, path)
	}
}
