package rego

import (
	"errors"
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"

	"custos.example/policy"
)

// note is what a rule says of itself in its metadata.
type note struct {
	title     string
	cure      string
	citations []citation    // the first that fits is shown
	facts     []string      // that it looks at; see lookedAt
	ask       []policy.Role // that its cure names
}

// citation is where a rule comes from, and when that was so.
type citation struct {
	regime   string // empty = any
	route    string // empty = any
	from     string // first and last day; empty = open. Of the grant where there is
	until    string // a regime, and otherwise of the decision
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
				n.citations = append(n.citations, citationOf(item))
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

func citationOf(item any) (c citation) {
	fields, _ := item.(map[string]any)
	for name, to := range map[string]*string{
		"regime": &c.regime, "route": &c.route, "from": &c.from, "until": &c.until, "text": &c.text,
	} {
		*to, _ = fields[name].(string)
	}
	c.verified, _ = fields["verified"].(bool)
	return c
}

// reason says why a rule is not met, with the citation that fits the facts.
func (n note) reason(id, text string, in policy.Input) policy.Reason {
	r := policy.Reason{Rule: id, Text: text, Cure: n.cure, Facts: n.facts, Ask: n.ask, Title: n.title}
	if text == "" {
		r.Text = fmt.Sprintf("Rule %s is not met: %s.", id, n.title)
	}
	for _, c := range n.citations {
		if c.fits(in) {
			r.Citation, r.Verified = c.text, c.verified
			break
		}
	}
	return r
}

func (c citation) fits(in policy.Input) bool {
	day := string(in.Now[:min(len(in.Now), len("2006-01-02"))])
	if c.regime != "" {
		if in.Authority == nil || c.regime != string(in.Authority.Regime) || c.route != "" && c.route != string(in.Authority.Route) {
			return false
		}
		day = string(in.Authority.GrantedOn)
	}
	return c.from <= day && (c.until == "" || day <= c.until)
}
