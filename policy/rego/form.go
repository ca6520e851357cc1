package rego

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"custos.example/policy"
)

// ErrForm says that rules are written in a way in which something could be
// allowed because something else is missing, or could not be explained.
// Errors: the wrapping message names the file, the line and the cure.
var ErrForm = errors.New("rules refused")

// form returns nil when the rules are written as every release must be: nothing
// is allowed by default or because something is absent, nothing reaches outside
// the facts, and every rule that an action needs can be explained.
// Errors: ErrForm.
func (e *Engine) form(modules map[string]*ast.Module) error {
	var problems []error
	wrong := func(at *ast.Location, format string, args ...any) {
		where := ""
		if at != nil {
			where = fmt.Sprintf("%s:%d: ", at.File, at.Row)
		}
		problems = append(problems, fmt.Errorf("%s%s: %w", where, fmt.Sprintf(format, args...), ErrForm))
	}
	for _, name := range slices.Sorted(maps.Keys(modules)) {
		module := modules[name]
		if at := module.Package; at.Path.String() != "data.custos" {
			wrong(at.Location, "the rules are of package custos, these are of %s", strings.TrimPrefix(at.Path.String(), "data."))
		}
		for _, imported := range module.Imports {
			wrong(imported.Location, "a release imports nothing (%s)", imported)
		}
		ast.WalkExprs(module, func(expr *ast.Expr) bool {
			if expr.Negated {
				wrong(expr.Location, "`not` allows when a fact is missing: say what must hold instead")
			}
			if len(expr.With) > 0 {
				wrong(expr.Location, "`with` asks about other facts than those that are recorded")
			}
			return false
		})
		ast.WalkRefs(module, func(ref ast.Ref) bool {
			if head := ref[0].String(); head == "data" && !ref.HasPrefix(ast.MustParseRef("data.custos")) {
				wrong(ref[0].Location, "%s is not part of the release", ref)
			}
			return false
		})
		for _, rule := range module.Rules {
			if rule.Default && (rule.Head.Name.String() != "allow" || rule.Head.Value.String() != "false") {
				wrong(rule.Location, "the one default is that nothing is allowed (default allow := false)")
			}
		}
	}
	return errors.Join(append(problems, e.explained()...)...)
}

// explained returns what is wrong with what the rules require: an action that
// there is not, or a rule that nobody could explain.
func (e *Engine) explained() []error {
	var problems []error
	known := policy.Actions()
	for _, action := range slices.Sorted(maps.Keys(e.rules)) {
		if !slices.Contains(known, action) {
			problems = append(problems, fmt.Errorf("requirements: there is no action %s: %w", action, ErrForm))
		}
		for _, id := range e.rules[action] {
			if _, ok := e.notes[id]; !ok {
				problems = append(problems, fmt.Errorf("requirements: %s needs rule %s, which has no metadata (id, title, cure, citations): %w", action, id, ErrForm))
			}
		}
	}
	return problems
}
