package rego

import (
	"embed"
	"fmt"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
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
