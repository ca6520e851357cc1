package main

import (
	"fmt"
	"go/ast"
	"go/types"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

// routes returns what each route asks, by method and path, read from the calls
// that register it in package api.
func (c *code) routes() (map[string]asked, error) {
	if _, err := c.Import(home + "/api"); err != nil {
		return nil, err
	}
	list := map[string]asked{}
	for name, file := range c.files {
		if filepath.Dir(name) != "api" && filepath.Dir(name) != "cmd/custos/testdata/madeup/api" {
			continue
		}
		for _, declared := range file.Decls {
			groups := groupsOf(declared)
			ast.Inspect(declared, func(n ast.Node) bool {
				if method, where, handler := registration(n, groups); handler != nil {
					list[method+" "+where] = c.asks(nil, handler)
				}
				return true
			})
		}
	}
	return list, nil
}

// groupsOf returns the names under which a function has a group of routes, each with
// the beginning of its paths. A group that it was handed is that of the clients.
func groupsOf(declared ast.Decl) map[string]string {
	groups := map[string]string{}
	f, ok := declared.(*ast.FuncDecl)
	if !ok {
		return groups
	}
	for _, field := range f.Type.Params.List {
		if star, ok := field.Type.(*ast.StarExpr); ok {
			if s, ok := star.X.(*ast.SelectorExpr); ok && s.Sel.Name == "Group" {
				for _, name := range field.Names {
					groups[name.Name] = "/v1"
				}
			}
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		assign, ok := n.(*ast.AssignStmt)
		if !ok || len(assign.Lhs) != 1 || len(assign.Rhs) != 1 {
			return true
		}
		name, isName := assign.Lhs[0].(*ast.Ident)
		call, isCall := assign.Rhs[0].(*ast.CallExpr)
		if !isName || !isCall || len(call.Args) == 0 {
			return true
		}
		if s, ok := call.Fun.(*ast.SelectorExpr); ok && s.Sel.Name == "Group" {
			if l, ok := call.Args[0].(*ast.BasicLit); ok {
				groups[name.Name], _ = strconv.Unquote(l.Value)
			}
		}
		return true
	})
	return groups
}

// registration returns what a call such as v1.POST("/cases", s.openCase) registers.
func registration(n ast.Node, groups map[string]string) (method, where string, handler ast.Expr) {
	call, ok := n.(*ast.CallExpr)
	if !ok || len(call.Args) < 2 {
		return "", "", nil
	}
	chosen, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || !slices.Contains([]string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "Any", "Match"}, chosen.Sel.Name) {
		return "", "", nil
	}
	literal, ok := call.Args[0].(*ast.BasicLit)
	if !ok {
		return "", "", nil
	}
	where, err := strconv.Unquote(literal.Value)
	if err != nil {
		return "", "", nil
	}
	if on, ok := chosen.X.(*ast.Ident); ok {
		where = groups[on.Name] + where
	}
	return chosen.Sel.Name, where, call.Args[1]
}

// command returns what a command asks: the function that it runs is found by
// where it stands in the source. What the server does for its own clients is not
// the command's.
// Shape: a function that a command's maker was handed is found in the call that
// also names the command.
func (c *code) command(cmd *cobra.Command) (asked, error) {
	if _, err := c.Import(home + "/cmd/custos"); err != nil {
		return asked{}, err
	}
	at := reflect.ValueOf(cmd.RunE).Pointer()
	name, line := runtime.FuncForPC(at).FileLine(at)
	name = c.short(name)
	file := c.files[name]
	if file == nil {
		return asked{}, fmt.Errorf("%s is run by %s:%d, which was not read", cmd.CommandPath(), name, line)
	}
	var maker *ast.FuncDecl
	var run ast.Node
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if run == nil {
				maker = n
			}
			if c.fset.Position(n.Pos()).Line == line && n.Body != nil {
				run = n.Body // a function of its own name
			}
		case *ast.FuncLit:
			if run == nil && c.fset.Position(n.Pos()).Line == line {
				run = n
			}
		}
		return run == nil
	})
	if run == nil {
		return asked{}, fmt.Errorf("%s: no function begins at %s:%d", cmd.CommandPath(), name, line)
	}
	pieces := []ast.Node{run}
	if object, ok := c.info.Defs[maker.Name].(*types.Func); ok && handed(object) {
		pieces = append(pieces, c.calls(object, cmd)...)
	}
	return c.asks([]string{home + "/api"}, pieces...), nil
}

// handed tells whether a function takes another one.
func handed(f *types.Func) bool {
	signature, ok := f.Type().(*types.Signature)
	if !ok {
		return false
	}
	for i := range signature.Params().Len() {
		if _, ok := signature.Params().At(i).Type().Underlying().(*types.Signature); ok {
			return true
		}
	}
	return false
}

// calls returns the arguments of the calls of a command's maker that name the
// command by its short text or its use.
func (c *code) calls(maker *types.Func, cmd *cobra.Command) []ast.Node {
	var found []ast.Node
	for name, file := range c.files {
		if filepath.Dir(name) != "cmd/custos" {
			continue
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			called := call.Fun
			if s, ok := called.(*ast.SelectorExpr); ok {
				called = s.Sel
			}
			id, ok := called.(*ast.Ident)
			if !ok || c.info.Uses[id] != maker || !slices.ContainsFunc(call.Args, func(e ast.Expr) bool { return literal(e, cmd.Short, cmd.Use) }) {
				return true
			}
			for _, e := range call.Args {
				found = append(found, e)
			}
			return true
		})
	}
	return found
}

// literal tells whether an expression is one of these texts.
func literal(e ast.Expr, texts ...string) bool {
	l, ok := e.(*ast.BasicLit)
	if !ok {
		return false
	}
	text, err := strconv.Unquote(l.Value)
	return err == nil && slices.Contains(texts, text)
}

// leaves returns every command that does something, by its path without the
// program's name.
func leaves(root *cobra.Command) map[string]*cobra.Command {
	list := map[string]*cobra.Command{}
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		if !c.HasSubCommands() {
			list[strings.TrimPrefix(c.CommandPath(), root.Name()+" ")] = c
		}
		for _, child := range c.Commands() {
			walk(child)
		}
	}
	walk(root)
	return list
}
