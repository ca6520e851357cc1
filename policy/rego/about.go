package rego

import (
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"custos.example/policy"
)

// looking finds out what each rule looks at, from the rules themselves, so that a
// refusal can name the facts that would have to be others.
type looking struct {
	compiler *ast.Compiler
	done     map[string]map[string]bool // by name of a rule
}

// lookedAt adds to each note the facts that its rule looks at, through every other
// rule that it uses, and the roles that its cure names.
// Shape: such as authority.dataTypes: a section and a field of it; sorted.
func lookedAt(rules map[string]note, compiler *ast.Compiler) {
	l := looking{compiler, map[string]map[string]bool{}}
	for id, n := range rules {
		facts := map[string]bool{}
		for _, rule := range l.rules("met") {
			if headOf(rule) == id {
				l.visit(rule, facts)
			}
		}
		n.facts, n.ask = slices.Sorted(maps.Keys(facts)), named(n.cure)
		rules[id] = n
	}
}

// rules returns the rules of a name.
func (l looking) rules(name string) []*ast.Rule {
	var found []*ast.Rule
	for _, module := range l.compiler.Modules {
		for _, rule := range module.Rules {
			if ref := rule.Head.Ref(); len(ref) > 0 && strings.Trim(ref[0].Value.String(), `"`) == name {
				found = append(found, rule)
			}
		}
	}
	return found
}

// headOf returns the id under which a rule is met: met["R-01"], or met contains "R-01".
func headOf(rule *ast.Rule) string {
	term := rule.Head.Key
	if ref := rule.Head.Ref(); len(ref) > 1 {
		term = ref[1]
	}
	if term == nil {
		return ""
	}
	id, _ := term.Value.(ast.String)
	return string(id)
}

// visit adds what one rule looks at to facts.
func (l looking) visit(rule *ast.Rule, facts map[string]bool) {
	for r := rule; r != nil; r = r.Else {
		ast.WalkRefs(r, func(ref ast.Ref) bool {
			switch {
			case ref.HasPrefix(ast.InputRootRef):
				if path := pathOf(ref); path != "" {
					facts[path] = true
				}
			case ref.HasPrefix(ast.DefaultRootRef) && len(ref) > 2:
				name, _ := ref[2].Value.(ast.String)
				maps.Copy(facts, l.through(string(name)))
			}
			return false
		})
	}
}

// through returns what the rules of a name look at. That one rule rests on whether
// another is met is no fact.
func (l looking) through(name string) map[string]bool {
	if known, done := l.done[name]; done || name == "met" || name == "" {
		return known
	}
	facts := map[string]bool{}
	l.done[name] = facts
	for _, rule := range l.rules(name) {
		l.visit(rule, facts)
	}
	return facts
}

// pathOf returns the section and the field that a reference to the facts names; a
// section that is handed on whole is named alone.
func pathOf(ref ast.Ref) string {
	var parts []string
	for _, term := range ref[1:] {
		name, fixed := term.Value.(ast.String)
		if !fixed || len(parts) == 2 {
			break
		}
		parts = append(parts, string(name))
	}
	return strings.Join(parts, ".")
}

// called says by which words a cure names who can bring it about.
var called = map[policy.Role][]string{
	policy.Administrator: {"administrator"}, policy.SPoC: {"SPoC"}, policy.SRO: {"senior responsible officer", "SRO"},
	policy.SIO: {"senior investigating officer", "SIO"}, policy.DPO: {"data protection officer", "DPO"}, policy.Analyst: {"analyst"},
	policy.CellSiteExpert: {"cell site expert"}, policy.ExhibitsOfficer: {"exhibits officer"}, policy.DisclosureOfficer: {"disclosure officer"},
	policy.AuthorisingIndividual: {"authorising individual"}, policy.Prosecutor: {"prosecutor"}, policy.Inspector: {"inspector"},
	policy.ForensicExaminer: {"forensic examiner"}, policy.Applicant: {"applicant"},
}

// named returns the roles that a cure names, sorted. "Someone who is not an
// administrator" names none.
func named(cure string) []policy.Role {
	roles := []policy.Role{}
	text := strings.ToLower(cure)
	for role, words := range called {
		for _, word := range words {
			at := strings.Index(text, strings.ToLower(word))
			if at >= 0 && !strings.HasSuffix(text[:at], "not an ") && !strings.HasSuffix(text[:at], "not a ") && !strings.HasSuffix(text[:at], "neither ") {
				roles = append(roles, role)
				break
			}
		}
	}
	slices.Sort(roles)
	return roles
}
