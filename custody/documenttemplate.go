package custody

import (
	"strings"

	"custos.example/ledger"
	"custos.example/policy"
)

// AuthorityTemplate returns a lawful authority under a route, with made-up values,
// to be filled in.
// Errors: ErrInvalid when there is no such route.
func AuthorityTemplate(route policy.Route) (AuthorityDocument, error) {
	var d AuthorityDocument
	if _, err := AuthorityGuide(route); err != nil {
		return d, err
	}
	p := powersByRoute()[route]
	examples := map[string]any{
		"route": route, "regime": p.regime, "instrument": p.instruments[0], "scope.dataTypes": asWords(p.dataTypes...),
		"granter.rank": policy.CommissionerRank,
	}
	if p.set != ipa61A {
		examples["granted.urgentGround"] = nil // what was not urgent has no ground
	}
	switch {
	case p.set&underRIPA != 0:
		examples["granted.on"], examples["spoc.consultedOn"] = "2018-11-12", "2018-11-09"
		examples["scope.from"], examples["scope.until"] = "2018-10-01", "2018-10-31"
		examples["granter.id"], examples["granter.rank"] = "Superintendent Made-Up", policy.SuperintendentRank
	case p.set == ipa61:
		examples["granter.id"], examples["granter.rank"], examples["purpose"] = "Superintendent Made-Up", policy.SuperintendentRank, "a"
	case p.set == ipa61A:
		examples["granter.id"], examples["granter.rank"] = "Superintendent Made-Up", policy.SuperintendentRank
		examples["purpose"], examples["use"] = "a", policy.UrgentOperation
	case route == policy.RoutePACE8:
		examples["granter.id"], examples["granter.rank"], examples["scope.identifiers"] = "A Made-Up Justice", policy.JusticeRank, []string{"ABC/1"}
	case p.set == paceSearch:
		examples["granter.id"], examples["granter.rank"], examples["scope.identifiers"] = "PC Made-Up", policy.ConstableRank, []string{"ABC/1"}
	case p.set&ordered != 0:
		examples["granter.id"], examples["granter.rank"] = "A Made-Up Judge", policy.JudgeRank
	case p.set == extraction:
		examples["granter.id"], examples["granter.rank"], examples["scope.identifiers"] = "PC Made-Up", policy.AuthorisedPersonRank, []string{"ABC/1"}
		examples["notice.givenOn"], examples["purpose"] = "2025-11-03", "a"
	case p.set == plateReads:
		examples["granter.id"], examples["granter.rank"], examples["scope.identifiers"] = "Inspector Made-Up", policy.InspectorRank, []string{"AB51 ABC"}
	}
	if p.set == ripaNotice {
		examples["notice.givenOn"], examples["notice.manner"] = "2018-11-12", "a file through the operator's portal"
		examples["notice.discloseTo"] = []any{map[string]any{"name": "sp-1", "publicAuthority": "territorial-police"}}
	}
	return d, fill(authorityFields(), p.set, examples, &d)
}

// Unfilled is a template as it is handed out: nobody else's authority has its reference,
// and it cannot be recorded before it has one of its own.
func (d AuthorityDocument) Unfilled() AuthorityDocument {
	d.Reference = "<the authority's own reference>"
	return d
}

// ApplicationTemplate returns a complete application with made-up values, to be
// filled in.
func ApplicationTemplate() (ApplicationDocument, error) {
	var d ApplicationDocument
	return d, fill(applicationFields(), underPart3, map[string]any{"scope.dataTypes": []string{string(policy.Events)}}, &d)
}

// fill puts the examples of a table into a document.
func fill(table []documentField, p powers, examples map[string]any, into any) error {
	tree := map[string]any{}
	for _, f := range table {
		value, ours := examples[f.path]
		if !ours {
			value = f.example
		}
		if value != nil && f.allowed(p) {
			put(tree, f.path, value)
		}
	}
	if list, there := examples["notice.discloseTo"]; there { // it is in no single field
		put(tree, "notice.discloseTo", list)
	}
	text, err := ledger.MarshalCanonical(tree)
	if err != nil {
		return err
	}
	return decodeChecked(text, into)
}

// put sets a value in a tree of objects; [] in the path is the only element of a
// list.
func put(tree map[string]any, path string, value any) {
	name, rest, deeper := strings.Cut(path, ".")
	if !deeper {
		tree[name] = value
		return
	}
	if list, is := strings.CutSuffix(name, "[]"); is {
		if tree[list] == nil {
			tree[list] = []any{map[string]any{}}
		}
		if all, is := tree[list].([]any); is {
			if only, is := all[0].(map[string]any); is {
				put(only, rest, value)
			}
		}
		return
	}
	if tree[name] == nil {
		tree[name] = map[string]any{}
	}
	if object, is := tree[name].(map[string]any); is {
		put(object, rest, value)
	}
}
