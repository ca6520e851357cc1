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
		ast.Inspect(file, func(n ast.Node) bool {
			method, where, handler := registration(n)
			if handler == nil {
				return true
			}
			list[method+" "+where] = c.asks(nil, handler)
			return true
		})
	}
	return list, nil
}

// registration returns what a call such as v1.POST("/cases", s.openCase) registers.
func registration(n ast.Node) (method, where string, handler ast.Expr) {
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
	if on, ok := chosen.X.(*ast.Ident); ok && on.Name == "v1" {
		where = "/v1" + where
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
