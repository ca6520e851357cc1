package rego

import (
	"embed"
	"errors"
	"fmt"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"

	"custos.example/policy"
)

//go:embed rules/*.rego
var files embed.FS

// source is one file of rules.
type source struct{ name, text string }

// embedded returns the rules of this program, sorted by name.
func embedded() ([]source, error) {
	entries, err := files.ReadDir("rules")
	if err != nil {
		return nil, fmt.Errorf("read rules: %w", err)
	}
	var out []source
	for _, entry := range entries {
		text, err := files.ReadFile("rules/" + entry.Name())
		if err != nil {
			return nil, fmt.Errorf("read rules: %w", err)
		}
		out = append(out, source{entry.Name(), string(text)})
	}
	return out, nil
}

// builtins are the functions that rules may use. Each gives the same for the
// same arguments, on every machine; those of time do not (they read the host's
// zone files) and are left out with the network and random ones.
var builtins = []string{
	"and", "assign", "concat", "count", "div", "eq", "equal", "gt", "gte", "internal.member_2", "internal.member_3", "is_array",
	"is_boolean", "is_number", "is_object", "is_set", "is_string", "lt", "lte", "min", "minus", "mul", "neq", "object.get", "object.keys", "or",
	"plus", "regex.match", "rem", "sort", "split", "sprintf", "substring", "to_number", "trim_left",
}

// capabilities returns what the compiler lets rules do.
func capabilities() *ast.Capabilities {
	c := ast.CapabilitiesForThisVersion()
	c.Builtins = slices.DeleteFunc(c.Builtins, func(b *ast.Builtin) bool {
		return b.Nondeterministic || !slices.Contains(builtins, b.Name)
	})
	c.AllowNet = []string{}
	return c
}

// compile returns the rules ready to be asked, and as they were parsed.
func compile(sources []source) (*ast.Compiler, map[string]*ast.Module, error) {
	modules := map[string]*ast.Module{}
	for _, s := range sources {
		module, err := ast.ParseModuleWithOpts(s.name, s.text, ast.ParserOptions{
			ProcessAnnotation: true, Capabilities: capabilities(), RegoVersion: ast.RegoV1,
		})
		if err != nil {
			return nil, nil, fmt.Errorf("read rules %s: %w", s.name, err)
		}
		modules[s.name] = module
	}
	compiler := ast.NewCompiler().WithCapabilities(capabilities()).WithStrict(true)
	if compiler.Compile(modules); compiler.Failed() {
		return nil, nil, fmt.Errorf("compile rules: %w", compiler.Errors)
	}
	return compiler, modules, nil
}

// note is what a rule says of itself in its metadata.
type note struct {
	title     string
	cure      string
	citations []citation
}

type citation struct {
	regime   string // empty = any
	text     string
	verified bool // read in the primary text
}

// notes collects the metadata of every rule that has an id.
// Errors: a doubled id, or a rule without title, cure or citation.
func notes(modules map[string]*ast.Module) (map[string]note, error) {
	out := map[string]note{}
	for name, module := range modules {
		for _, a := range module.Annotations {
			id, ok := a.Custom["id"].(string)
			if !ok {
				continue
			}
			n := note{title: a.Title}
			n.cure, _ = a.Custom["cure"].(string)
			list, _ := a.Custom["citations"].([]any)
			for _, item := range list {
				fields, _ := item.(map[string]any)
				c := citation{}
				c.regime, _ = fields["regime"].(string)
				c.text, _ = fields["text"].(string)
				c.verified, _ = fields["verified"].(bool)
				n.citations = append(n.citations, c)
			}
			if _, doubled := out[id]; doubled || n.title == "" || n.cure == "" || len(n.citations) == 0 {
				return nil, fmt.Errorf("rule %s in %s: %w", id, name, errNote)
			}
			out[id] = n
		}
	}
	return out, nil
}

var errNote = errors.New("a rule needs an id of its own, a title, a cure and a citation")

// reason says why a rule is not met, with the citation of the authority's Act.
func (n note) reason(id, text string, in policy.Input) policy.Reason {
	r := policy.Reason{Rule: id, Text: text, Cure: n.cure}
	if text == "" {
		r.Text = fmt.Sprintf("Rule %s is not met: %s.", id, n.title)
	}
	for _, c := range n.citations {
		if c.regime == "" || in.Authority != nil && c.regime == string(in.Authority.Regime) {
			r.Citation, r.Verified = c.text, c.verified
			break
		}
	}
	return r
}
