package rego

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"custos.example/policy"
)

// garble is everything that a field may be turned into.
var garble = []any{
	nil, true, float64(7), "", "\u0000 garbled \u202e", strings.Repeat("x", 501),
	[]any{},
	[]any{nil},
	[]any{"\u0000"},
	map[string]any{},
	map[string]any{"also": "x"},
}

// spoil calls f with facts in which one field was deleted, added, or turned into
// one of the values of to.
func spoil(facts map[string]any, to []any, f func(what string, spoiled map[string]any) error) error {
	var visit func(path []string, at any) error
	visit = func(path []string, at any) error {
		var keys []string
		switch v := at.(type) {
		case map[string]any:
			for key := range v {
				keys = append(keys, key)
			}
			if err := f("added at "+strings.Join(path, "."), with(facts, append(path, "also"), "x")); err != nil {
				return err
			}
		case []any:
			for i := range v {
				keys = append(keys, fmt.Sprint(i))
			}
		}
		slices.Sort(keys)
		for _, key := range keys {
			here := append(slices.Clone(path), key)
			name := strings.Join(here, ".")
			if _, object := at.(map[string]any); object {
				if err := f("deleted "+name, with(facts, here, deleted{})); err != nil {
					return err
				}
			}
			for _, to := range to {
				if err := f(fmt.Sprintf("%s made %.20q", name, fmt.Sprint(to)), with(facts, here, to)); err != nil {
					return err
				}
			}
			if err := visit(here, child(at, key)); err != nil {
				return err
			}
		}
		return nil
	}
	return visit(nil, facts)
}

type deleted struct{}

func child(at any, key string) any {
	switch v := at.(type) {
	case map[string]any:
		return v[key]
	case []any:
		var i int
		_, _ = fmt.Sscan(key, &i)
		return v[i]
	}
	return nil
}

// with returns a copy of facts in which the value at path is another.
func with(facts map[string]any, path []string, to any) map[string]any {
	out, _ := clone(facts).(map[string]any)
	var at any = out
	for _, key := range path[:len(path)-1] {
		at = child(at, key)
	}
	last := path[len(path)-1]
	switch v := at.(type) {
	case map[string]any:
		if v[last] = to; to == (deleted{}) {
			delete(v, last)
		}
	case []any:
		var i int
		_, _ = fmt.Sscan(last, &i)
		v[i] = to
	}
	return out
}

// unassigned are the actions that need no assignment to the case they are about.
var unassigned = []policy.Action{
	policy.CaseOpen, policy.HoldPlace, policy.HoldLift, policy.BundleCollect, policy.InspectionGrant, policy.ErrorReport,
	policy.AuthorityGrant, policy.AuthorityCancel, policy.ExcessApprove,
}

// mayBeEmpty are the lists of facts that may hold nothing.
var mayBeEmpty = []string{
	"actor.competencies", "authority.discloseTo", "authority.stated", "dataset.allowedUses", "dataset.flags", "dataset.servedTo",
	"exhibit.authors", "exhibit.servedTo", "release.approvedBy",
}

// harmless says of a change that it may leave an allowed act allowed, and why.
func harmless(action policy.Action, what string, raw bool) bool {
	field, to, _ := strings.Cut(what, " made ")
	switch {
	case to == `"[]"` && (field == "authority.renewals" || field == "person.roles" ||
		field == "case.assigned" && slices.Contains(unassigned, action)):
		return true // they may be empty
	case to == `"[]"` && (slices.Contains(mayBeEmpty, field) || action == policy.ExtractionImport && (field == "authority.identifiers" || field == "source.identifiers")):
		return true
	case to == `"true"` && (strings.HasPrefix(field, "authority.") || strings.HasPrefix(field, "copy.") || strings.HasPrefix(field, "exhibit.") ||
		field == "erasure.reviewed"):
		return true // the other answer, and in order
	case to == `"7"` && (field == "copy.number" || field == "request.last" || field == "request.first"):
		return true
	case to == `"true"` && (field == "authority.independenceException" || field == "authority.operatorHeldWithinTime"):
		return true // the other answer, and in order
	case field == "asOf" && to == `"7"`:
		return action != policy.LogInit // a number, as it should be
	case raw && (to == `""` || to == `"`+strings.Repeat("x", 20)+`"`):
		return true // text of the wrong length is for the schema
	}
	return false
}

// checkSpoilt asks about every allowed set of facts with one field spoilt, both
// as the service does and past the schema: every one, or one of stride. It returns
// how many were asked.
func checkSpoilt(ctx context.Context, e *Engine, all tables, schema bool, stride int) (asked int, err error) {
	turn := 0
	for _, name := range slices.Sorted(maps.Keys(all.bases)) {
		base := all.bases[name]
		word, _ := base["action"].(string)
		action := policy.Action(word)
		err := spoil(base, garble, func(what string, spoilt map[string]any) error {
			if turn++; turn%stride != 0 {
				return nil
			}
			asked++
			text, err := json.Marshal(spoilt)
			if err != nil {
				return err
			}
			if schema {
				if in, err := policy.ParseInput(text); err == nil {
					if d, _ := e.Decide(ctx, in); d.Allowed && !harmless(action, what, false) {
						return fmt.Errorf("%s: allowed though %s", name, what)
					}
				}
				return nil
			}
			facts, err := value(text)
			if err != nil {
				return err
			}
			if allowed, _, err := e.ask(ctx, facts); err == nil && allowed && !harmless(action, what, true) {
				return fmt.Errorf("%s: the rules allow though %s", name, what)
			}
			return nil
		})
		if err != nil {
			return asked, err
		}
	}
	return asked, nil
}
