package api

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// withoutWhy are the handlers of requests without a document that ask nothing of the
// policy, so that nothing is said of why.
var withoutWhy = []string{"nextSignature"}

// whyless returns the handlers of requests without a document, as files register them
// for the group v1, that do not take from their request why it is made.
func whyless(files map[string]*ast.File) (names []string, looked int) {
	bodies, handlers := map[string]*ast.BlockStmt{}, map[string]bool{}
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if n.Recv != nil { // others have functions of the same names
					if of, ok := n.Recv.List[0].Type.(*ast.StarExpr); ok && of.X.(*ast.Ident).Name == "Server" {
						bodies[n.Name.Name] = n.Body
					}
				}
			case *ast.CallExpr:
				on, ok := n.Fun.(*ast.SelectorExpr)
				if !ok || len(n.Args) < 2 || !slices.Contains([]string{"GET", "HEAD", "PATCH", "DELETE"}, on.Sel.Name) {
					return true
				}
				group, _ := on.X.(*ast.Ident)
				if handler, ok := n.Args[1].(*ast.SelectorExpr); ok && group != nil && group.Name == "v1" {
					handlers[handler.Sel.Name] = true
				}
			}
			return true
		})
	}
	var says func(name string, deep int) bool
	says = func(name string, deep int) bool {
		found := false
		if bodies[name] == nil {
			return false
		}
		ast.Inspect(bodies[name], func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || found {
				return !found
			}
			switch f := call.Fun.(type) {
			case *ast.Ident:
				found = f.Name == "asked"
			case *ast.SelectorExpr:
				if on, ok := f.X.(*ast.Ident); ok && on.Name == "s" && deep > 0 {
					found = says(f.Sel.Name, deep-1)
				}
			}
			return !found
		})
		return found
	}
	for name := range handlers {
		looked++
		if !says(name, 2) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, looked
}

// TestEveryLookSaysWhy: whatever is looked at over HTTP, the record has why, in the words
// of the request's header. The control is a handler that drops it.
func TestEveryLookSaysWhy(t *testing.T) {
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]*ast.File{}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		if files[path], err = parser.ParseFile(token.NewFileSet(), path, nil, 0); err != nil {
			t.Fatal(err)
		}
	}
	names, looked := whyless(files)
	if !slices.Equal(names, withoutWhy) || looked < 50 {
		t.Errorf("of %d handlers these drop why something is asked for: %q", looked, names)
	}
	control, err := parser.ParseFile(token.NewFileSet(), "control.go", `package api
func (s *Server) routes(v1 *echo.Group) { v1.GET("/lists", s.lists) }
func (s *Server) lists(c echo.Context) error { return s.service.Lists(c, custody.Ask{}) }`, 0)
	if err != nil {
		t.Fatal(err)
	}
	if names, _ := whyless(map[string]*ast.File{"control.go": control}); !slices.Equal(names, []string{"lists"}) {
		t.Errorf("control: a handler that drops it is not seen: %q", names)
	}
}
