package rego

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"custos.example/policy"
)

// RuleText is everything that a release says of one rule.
type RuleText struct {
	ID        string          `json:"id"`
	Title     string          `json:"title"`
	Cure      string          `json:"cure"`
	Citations []Citation      `json:"citations"`
	Actions   []policy.Action `json:"actions"` // that must meet it; sorted
	RestsOn   []string        `json:"restsOn"` // rules that must be met for this one to be given as a reason; sorted
	Facts     []string        `json:"facts"`   // that it looks at; sorted
	Ask       []policy.Role   `json:"ask"`     // roles that its cure names
	File      string          `json:"file"`
	Line      int             `json:"line"`
	Text      string          `json:"text"` // as it is written, with what stands below it
}

// Citation is where a rule comes from.
// Shape: an empty regime or route stands for any, an empty day for no end. The days
// are those of the grant where there is a regime, else of the decision.
type Citation struct {
	Regime   string `json:"regime"`
	Route    string `json:"route"`
	From     string `json:"from"`
	Until    string `json:"until"`
	Text     string `json:"text"`
	Verified bool   `json:"verified"` // the words were read in the primary text
}

// Rulebook returns every rule of the release, by id.
func (e *Engine) Rulebook(ctx context.Context) ([]RuleText, error) {
	rests, err := e.restsOn(ctx)
	if err != nil {
		return nil, err
	}
	var all []RuleText
	for _, id := range slices.Sorted(maps.Keys(e.notes)) {
		n := e.notes[id]
		r := RuleText{
			ID: id, Title: n.title, Cure: n.cure, Citations: []Citation{}, Actions: []policy.Action{}, RestsOn: notNil(rests[id]),
			Facts: notNil(n.facts), Ask: notNil(n.ask),
		}
		for _, c := range n.citations {
			r.Citations = append(r.Citations, Citation{c.regime, c.route, c.from, c.until, c.text, c.verified})
		}
		for _, action := range slices.Sorted(maps.Keys(e.rules)) {
			if slices.Contains(e.rules[action], id) {
				r.Actions = append(r.Actions, action)
			}
		}
		r.File, r.Line, r.Text = written(e.sources, id)
		all = append(all, r)
	}
	return all, nil
}

func notNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// restsOn returns, for each rule, those without which it is no reason.
func (e *Engine) restsOn(ctx context.Context) (map[string][]string, error) {
	query, err := prepare(ctx, e.compiler, "data.custos.rests_on")
	if err != nil {
		return nil, err
	}
	results, err := query.Eval(ctx)
	if err != nil {
		return nil, fmt.Errorf("read what each rule rests on: %w", errors.Join(err, errForm))
	}
	out := map[string][]string{}
	if len(results) == 0 { // nothing rests on anything
		return out, nil
	}
	table, ok := results[0].Expressions[0].Value.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("read what each rule rests on: %w", errForm)
	}
	for id, list := range table {
		if out[id], ok = words(list); !ok {
			return nil, fmt.Errorf("read what rule %s rests on: %w", id, errForm)
		}
	}
	return out, nil
}

const noteHead = "# METADATA\n"

// written returns a rule as it stands in its file, from its metadata to the next.
func written(sources []source, id string) (file string, line int, text string) {
	for _, s := range sources {
		before, rest := 0, s.text
		for {
			at := strings.Index(rest, noteHead)
			if at < 0 {
				break
			}
			before, rest = before+at, rest[at:]
			end := strings.Index(rest[len(noteHead):], noteHead)
			block := rest
			if end >= 0 {
				block = rest[:len(noteHead)+end]
			}
			if strings.Contains(block, "\n#   id: "+id+"\n") {
				return s.name, 1 + strings.Count(s.text[:before], "\n"), strings.TrimSpace(block) + "\n"
			}
			before, rest = before+len(block), rest[len(block):]
		}
	}
	return "", 0, ""
}
