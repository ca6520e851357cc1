package main

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// code is this project's own packages as they are written, with what each name
// in them means. Packages of others are left empty: nothing of theirs can ask
// the policy anything.
type code struct {
	root     string
	fset     *token.FileSet
	info     *types.Info
	packages map[string]*types.Package
	bodies   map[*types.Func]*ast.FuncDecl
	values   map[*types.Var]ast.Expr // what a variable of a package begins with
	files    map[string]*ast.File    // by path below the root
	added    map[string][]string     // by import path: files that belong to it beside its own
}

const home = "custos.example"

func newCode(root string, added map[string][]string) *code {
	if whole, err := filepath.Abs(root); err == nil {
		root = whole
	}
	return &code{
		root: root, fset: token.NewFileSet(), packages: map[string]*types.Package{}, bodies: map[*types.Func]*ast.FuncDecl{},
		values: map[*types.Var]ast.Expr{},
		files:  map[string]*ast.File{}, added: added,
		info: &types.Info{Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}},
	}
}

// Import returns a package of this project as it is written, and an empty one
// for any other.
func (c *code) Import(name string) (*types.Package, error) {
	if known := c.packages[name]; known != nil {
		return known, nil
	}
	if name != home && !strings.HasPrefix(name, home+"/") {
		short := path.Base(name)
		if strings.HasPrefix(short, "v") && strings.Trim(short[1:], "0123456789") == "" {
			short = path.Base(path.Dir(name))
		}
		c.packages[name] = types.NewPackage(name, short)
		return c.packages[name], nil
	}
	folder := filepath.Join(c.root, filepath.FromSlash(strings.TrimPrefix(strings.TrimPrefix(name, home), "/")))
	listed, err := build.Default.ImportDir(folder, 0)
	if err != nil {
		return nil, err
	}
	var files []*ast.File
	for _, file := range listed.GoFiles {
		files = append(files, c.parse(filepath.Join(folder, file)))
	}
	for _, file := range c.added[name] {
		files = append(files, c.parse(filepath.Join(c.root, filepath.FromSlash(file))))
	}
	// What is missing of other packages is no fault here; the compiler has seen
	// the same files whole.
	config := types.Config{Importer: c, Error: func(error) {}, FakeImportC: true}
	p, _ := config.Check(name, c.fset, files, c.info)
	c.packages[name] = p
	for _, file := range files {
		for _, declared := range file.Decls {
			if f, ok := declared.(*ast.FuncDecl); ok && f.Body != nil {
				if object, ok := c.info.Defs[f.Name].(*types.Func); ok {
					c.bodies[object] = f
				}
			}
			c.remember(declared)
		}
	}
	return p, nil
}

// remember notes what the variables of a declaration begin with.
func (c *code) remember(declared ast.Decl) {
	general, ok := declared.(*ast.GenDecl)
	if !ok || general.Tok != token.VAR {
		return
	}
	for _, spec := range general.Specs {
		v, ok := spec.(*ast.ValueSpec)
		if !ok || len(v.Names) != len(v.Values) {
			continue
		}
		for i, name := range v.Names {
			if object, ok := c.info.Defs[name].(*types.Var); ok {
				c.values[object] = v.Values[i]
			}
		}
	}
}

func (c *code) parse(name string) *ast.File {
	file, err := parser.ParseFile(c.fset, name, nil, parser.SkipObjectResolution)
	if err != nil {
		panic(fmt.Sprintf("%s: %v", name, err))
	}
	c.files[c.short(name)] = file
	return file
}

// short is the path of a file below the root.
func (c *code) short(name string) string {
	if trimmed, built := strings.CutPrefix(name, home+"/"); built { // with -trimpath
		return trimmed
	}
	short, err := filepath.Rel(c.root, name)
	if err != nil {
		return name
	}
	return filepath.ToSlash(short)
}

// asked is what a piece of code, with all that it calls, asks of the policy.
type asked struct {
	actions []string // constants of policy.Action that it hands on; sorted
	decides bool     // it reaches the policy
}

// follow returns what some pieces of code ask, going into every function of this
// project that they name, but those of the packages that are closed.
func (c *code) follow(closed []string, pieces ...ast.Node) asked {
	w := following{code: c, closed: closed, seen: map[*types.Func]bool{}, looked: map[*types.Var]bool{}, actions: map[string]bool{}}
	for _, piece := range pieces {
		w.walk(piece)
	}
	return asked{slices.Sorted(maps.Keys(w.actions)), w.decides}
}

// asks is follow for what lies outside custody: what counts is what the use cases
// ask that are told who asks, not what the service does by itself.
func (c *code) asks(closed []string, pieces ...ast.Node) asked {
	w := following{code: c, closed: closed, seen: map[*types.Func]bool{}, looked: map[*types.Var]bool{}, actions: map[string]bool{}, outside: true}
	for _, piece := range pieces {
		w.walk(piece)
	}
	return asked{slices.Sorted(maps.Keys(w.actions)), w.decides}
}

type following struct {
	*code
	closed  []string
	seen    map[*types.Func]bool
	looked  map[*types.Var]bool
	actions map[string]bool
	decides bool
	outside bool
}

// walk takes in every name in a piece of code. An action that is only compared
// with is not handed on.
func (w *following) walk(piece ast.Node) {
	ast.Inspect(piece, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BinaryExpr:
			if n.Op == token.EQL || n.Op == token.NEQ {
				w.compared(n.X)
				w.compared(n.Y)
				return false
			}
		case *ast.CaseClause:
			for _, e := range n.List {
				w.compared(e)
			}
			for _, s := range n.Body {
				w.walk(s)
			}
			return false
		case *ast.Ident:
			w.use(w.info.Uses[n])
		}
		return true
	})
}

// compared is walk for one side of a comparison, as it stands or as a string.
func (w *following) compared(e ast.Expr) {
	if call, ok := e.(*ast.CallExpr); ok && len(call.Args) == 1 {
		if to, ok := call.Fun.(*ast.Ident); ok && to.Name == "string" {
			e = call.Args[0]
		}
	}
	if !w.isAction(e) {
		w.walk(e)
	}
}

func (w *following) isAction(e ast.Expr) bool {
	if s, ok := e.(*ast.SelectorExpr); ok {
		e = s.Sel
	}
	id, ok := e.(*ast.Ident)
	if !ok {
		return false
	}
	constant, ok := w.info.Uses[id].(*types.Const)
	return ok && actionType(constant.Type())
}

// use takes in what one name means.
func (w *following) use(object types.Object) {
	switch o := object.(type) {
	case *types.Const:
		if actionType(o.Type()) && !w.outside {
			w.actions[strings.Trim(o.Val().ExactString(), `"`)] = true
		}
	case *types.Var: // but not the policy's own lists of words
		if value := w.values[o]; value != nil && !w.looked[o] && !slices.Contains(append(w.closed, home+"/policy"), o.Pkg().Path()) {
			w.looked[o] = true
			w.walk(value)
		}
	case *types.Func:
		o = o.Origin()
		if o.Name() == "Decide" && receiver(o) == "Authoriser" {
			w.decides = true
		}
		body := w.bodies[o]
		if body == nil || w.seen[o] || slices.Contains(w.closed, o.Pkg().Path()) {
			return
		}
		w.seen[o] = true
		if w.outside && w.told(o) {
			found := w.follow(nil, body.Body)
			for _, action := range found.actions {
				w.actions[action] = true
			}
			w.decides = w.decides || found.decides
			return
		}
		w.walk(body.Body)
	}
}

// told tells whether a function of custody is told who asks.
func (c *code) told(f *types.Func) bool {
	signature, ok := f.Type().(*types.Signature)
	if !ok || !f.Exported() || f.Pkg().Path() != home+"/custody" {
		return false
	}
	for i := range signature.Params().Len() {
		if named, ok := signature.Params().At(i).Type().(*types.Named); ok && named.Obj().Name() == "Actor" && named.Obj().Pkg() == f.Pkg() {
			return true
		}
	}
	return false
}

// actionType tells whether a type is policy.Action.
func actionType(t types.Type) bool {
	named, ok := types.Unalias(t).(*types.Named)
	return ok && named.Obj().Name() == "Action" && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == home+"/policy"
}

// receiver is the name of the type whose method f is, or nothing.
func receiver(f *types.Func) string {
	signature, ok := f.Type().(*types.Signature)
	if !ok || signature.Recv() == nil {
		return ""
	}
	t := signature.Recv().Type()
	if pointer, ok := t.(*types.Pointer); ok {
		t = pointer.Elem()
	}
	if named, ok := t.(*types.Named); ok {
		return named.Obj().Name()
	}
	return ""
}

// useCase is an exported method of one of the types that custody.Service gives.
type useCase struct {
	name  string // Cases.Open
	actor bool   // it is told who asks
	asked
}

// useCases lists every exported method of the types that a method of Service
// without parameters returns, sorted.
func (c *code) useCases() ([]useCase, error) {
	p, err := c.Import(home + "/custody")
	if err != nil {
		return nil, err
	}
	service, ok := p.Scope().Lookup("Service").(*types.TypeName)
	if !ok {
		return nil, fmt.Errorf("custody has no Service")
	}
	groups := map[string]bool{}
	for f := range c.bodies {
		signature, ok := f.Type().(*types.Signature)
		if !ok || f.Pkg() != p || receiver(f) != service.Name() || !f.Exported() || signature.Params().Len() > 0 || signature.Results().Len() != 1 {
			continue
		}
		if named, ok := signature.Results().At(0).Type().(*types.Named); ok && named.Obj().Pkg() == p {
			groups[named.Obj().Name()] = true
		}
	}
	var list []useCase
	for f, body := range c.bodies {
		if f.Pkg() != p || !f.Exported() || !groups[receiver(f)] {
			continue
		}
		u := useCase{name: receiver(f) + "." + f.Name(), actor: c.told(f), asked: c.follow(nil, body.Body)}
		list = append(list, u)
	}
	slices.SortFunc(list, func(a, b useCase) int { return strings.Compare(a.name, b.name) })
	return list, nil
}
