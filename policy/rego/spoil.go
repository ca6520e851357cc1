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

// stays is a change of a field that may leave what is allowed allowed, and why.
type stays struct {
	bases []string // the only facts of which that is so; nil = all that have the field
	why   string
}

// otherBases are the facts of bases that are not communications data.
var otherBases = []string{"extraction-agreed", "extraction-import", "import-anpr", "import-order", "import-overseas"}

// harmlessChanges are all of them, by field and by what it was made.
var harmlessChanges = map[string]stays{
	"actor.competencies []":                 {nil, "where the action needs no competence"},
	"asOf 7":                                {nil, "a size of the log, as it should be"},
	"authority.collaboration true":          {nil, "an agreement allows more, not less"},
	"authority.discloseTo []":               {nil, "only a notice names recipients"},
	"authority.disclosureManner true":       {nil, "more is stated"},
	"authority.granterInLine true":          {otherBases, "independence bears on communications data"},
	"authority.identifiesSource true":       {append([]string{"authority-grant"}, otherBases...), "the Commissioner's approval bears on obtaining"},
	"authority.operatorHeldWithinTime true": {nil, "the other answer allows more"},
	"authority.professionConsidered true":   {nil, "more is stated"},
	"authority.renewals []":                 {nil, "an authority need not be renewed"},
	"authority.reportedToCommissioner true": {nil, "more is stated"},
	"authority.scopeStated true":            {nil, "more is stated"},
	"authority.stated []":                   {otherBases, "an application bears on communications data"},
	"case.assigned []": {[]string{
		"authority-cancel", "authority-grant", "bundle-collect", "case-open", "erasure-approve", "erasure-cancel", "erasure-carry-out", "error-report",
		"excess-approve", "hold-lift", "hold-place", "inspection-grant", "inspection-request",
	}, "no assignment is asked"},
	"case.shares []":           {nil, "who belongs to the organisation needs no share"},
	"copy.agreement true":      {nil, "an agreement allows more, not less"},
	"copy.flags []":            {nil, "nothing is marked"},
	"copy.named []":            {nil, "where nothing is marked nobody need be named"},
	"copy.number 7":            {nil, "a number, as it should be"},
	"copy.outside true":        {[]string{"copy-dispose"}, "a copy is disposed of wherever it is"},
	"copy.prosecutor true":     {nil, "the prosecutor may have more, not less"},
	"dataset.allowedUses []":   {nil, "what it was obtained for needs no further use"},
	"dataset.flags []":         {nil, "nothing is marked"},
	"dataset.named []":         {nil, "where nothing is marked nobody need be named"},
	"dataset.servedTo []":      {nil, "who is assigned needs no service"},
	"erasure.reviewed true":    {nil, "a review allows more, not less"},
	"exhibit.categorised true": {nil, "more is stated"},
	"exhibit.checked true":     {nil, "a check allows more, not less"},
	"exhibit.kindsStated true": {nil, "more is stated"},
	"exhibit.released []":      {nil, "a bundle that nobody has yet can go to any defendant"},
	"exhibit.servedTo []":      {[]string{"bundle-make", "exhibit-release", "exhibit-serve", "exhibit-sign-off"}, "who is assigned needs no service"},
	"person.roles []":          {nil, "a person may have no role"},
	"release.approvedBy []":    {[]string{"policy-approve"}, "the first approval finds none"},
	"request.first 7":          {nil, "a number, as it should be"},
	"request.last 7":           {nil, "a number, as it should be"},
	"request.reason ":          {[]string{"audit-read"}, "the purpose is asked, see U-11"},
}

// harmless says of a change that it may leave an allowed act allowed. Past the
// schema (raw) texts and lists of the wrong length are allowed, which it refuses.
func harmless(base, what string, raw, needless bool) bool {
	field, to, _ := strings.Cut(what, " made ")
	to = strings.Trim(to, `"`)
	if change, known := harmlessChanges[field+" "+to]; known {
		if field == "actor.competencies" {
			return needless
		}
		return (change.bases == nil || slices.Contains(change.bases, base)) && (field != "asOf" || base != "log-init")
	}
	return raw && (to == "" || to == strings.Repeat("x", 20) || to == "[]" && field == "exhibit.authors")
}

// checkSpoilt asks about every allowed set of facts with one field spoilt, both
// as the service does and past the schema: every one, or one of stride. It returns
// how many were asked.
func checkSpoilt(ctx context.Context, e *Engine, all tables, schema bool, stride int) (asked int, err error) {
	turn := 0
	for _, name := range slices.Sorted(maps.Keys(all.bases)) {
		base := all.bases[name]
		word, _ := base["action"].(string)
		needless := !slices.Contains(e.rules[policy.Action(word)], "U-03") // the action asks for no competence
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
					if d, _ := e.Decide(ctx, in); d.Allowed && !harmless(name, what, false, needless) {
						return fmt.Errorf("%s: allowed though %s", name, what)
					}
				}
				return nil
			}
			facts, err := value(text)
			if err != nil {
				return err
			}
			if allowed, _, err := e.ask(ctx, facts); err == nil && allowed && !harmless(name, what, true, needless) {
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
