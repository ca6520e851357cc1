package rego

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"custos.example/policy"
)

// decisionCase is one line of a decision table: an allowed set of facts, what
// is changed in it, and the answer expected.
type decisionCase struct {
	Name    string         `json:"name"`
	Base    string         `json:"base"`
	Set     map[string]any `json:"set"`
	Drop    []string       `json:"drop"`
	Allow   *bool          `json:"allow"`
	Unmet   []string       `json:"unmet"`   // of a denial: every rule that is not met
	Reasons []string       `json:"reasons"` // the rules given as reasons, where they are fewer
	Says    string         `json:"says"`
	facts   map[string]any
}

// tables are everything that rules are tried on.
type tables struct {
	bases   map[string]map[string]any
	cases   []decisionCase
	periods []period
	units   []source // tests that are written in Rego
	grid    grid     // what each role is expected to be able to do; nil where it is not said
}

// errTable says that a table cannot be read as expectations.
var errTable = errors.New("not a table of decisions")

// parseTables reads tables as they lie in a folder: base/*.json (facts that are
// allowed), decisions/*.json (what is changed in them, and the answer expected),
// periods.json and *_test.rego.
// Errors: errTable, also of a case that expects nothing or changes nothing.
func parseTables(from fs.FS) (tables, error) {
	out := tables{bases: map[string]map[string]any{}}
	for _, name := range glob(from, "base/*.json") {
		var base map[string]any
		if err := readJSON(from, name, &base); err != nil {
			return out, err
		}
		short := strings.TrimSuffix(path.Base(name), ".json")
		out.bases[short] = base
		yes := true
		out.cases = append(out.cases, decisionCase{Name: "base " + short, Base: short, Allow: &yes})
	}
	names := map[string]bool{}
	for _, name := range glob(from, "decisions/*.json") {
		var cases []decisionCase
		if err := readJSON(from, name, &cases); err != nil {
			return out, err
		}
		for _, c := range cases {
			if c.Allow == nil || !*c.Allow && c.Unmet == nil || *c.Allow && (c.Unmet != nil || c.Reasons != nil) {
				return out, fmt.Errorf("%s: %q expects nothing, or too much: %w", name, c.Name, errTable)
			}
			if names[c.Name] || out.bases[c.Base] == nil || len(c.Set)+len(c.Drop) == 0 {
				return out, fmt.Errorf("%s: %q is there twice, changes nothing, or has no base: %w", name, c.Name, errTable)
			}
			names[c.Name] = true
			out.cases = append(out.cases, c)
		}
	}
	for i := range out.cases {
		if err := out.cases[i].fill(out.bases); err != nil {
			return out, err
		}
	}
	for _, name := range glob(from, "*_test.rego") {
		text, err := fs.ReadFile(from, name)
		if err != nil {
			return out, err
		}
		out.units = append(out.units, source{name, string(text)})
	}
	if _, err := fs.Stat(from, "matrix.txt"); err == nil {
		if out.grid, err = readGrid(from, "matrix.txt"); err != nil {
			return out, err
		}
	}
	return out, readJSON(from, "periods.json", &out.periods)
}

// fill makes the facts of a case from its base.
func (c *decisionCase) fill(bases map[string]map[string]any) error {
	c.facts, _ = clone(bases[c.Base]).(map[string]any)
	for at, value := range c.Set {
		if !set(c.facts, at, value) {
			return fmt.Errorf("%q: there is no %s, or it is that already: %w", c.Name, at, errTable)
		}
	}
	for _, key := range c.Drop {
		delete(c.facts, key)
	}
	if c.Reasons == nil {
		c.Reasons = c.Unmet
	}
	return nil
}

// check returns what is wrong with the engine's answer to a case.
func (c decisionCase) check(ctx context.Context, e *Engine) error {
	in, err := typed(c.facts)
	if err != nil {
		return err
	}
	d, why, err := e.decided(ctx, in)
	if err != nil {
		return err
	}
	if d.Alarm != "" || d.Allowed != *c.Allow || d.Release != e.release || d.AsOf != in.AsOf {
		return fmt.Errorf("allowed %t, alarm %q; %v", d.Allowed, d.Alarm, d.Reasons)
	}
	if d.Allowed {
		if len(d.Rules) < 2 || len(d.Reasons) != 0 {
			return fmt.Errorf("allowed by %v with reasons %v", d.Rules, d.Reasons)
		}
		return nil
	}
	var given []string
	for _, r := range d.Reasons {
		given = append(given, r.Rule)
		if strings.Contains(r.Text, "is not met:") || r.Cure == "" || r.Rule != "R-00" && (!strings.Contains(r.Text, "Rule "+r.Rule) || r.Citation == "") {
			return fmt.Errorf("a reason that does not explain itself: %+v", r)
		}
	}
	if !slices.Equal(given, c.Reasons) {
		return fmt.Errorf("reasons %v, want %v", given, c.Reasons)
	}
	if c.Says != "" && !strings.Contains(d.Reasons[0].Text, c.Says) {
		return fmt.Errorf("says %q, want %q", d.Reasons[0].Text, c.Says)
	}
	if !slices.Equal(why.unmet, c.Unmet) {
		return fmt.Errorf("unmet %v, want %v", why.unmet, c.Unmet)
	}
	return nil
}

// period is one vector of the rule on the end of an authority.
type period struct {
	Route    string   `json:"route"`
	Granted  string   `json:"granted"`
	Renewals []string `json:"renewals"`
	Last     string   `json:"last"`
}

// checkPeriod asks about the last day, which must be allowed, and the next,
// which must not.
func (t tables) checkPeriod(ctx context.Context, e *Engine, p period) error {
	base := map[string]string{"22(3)": "import-ripa", "60A": "import-ipa", "61A": "import-urgent"}[p.Route]
	last, err := time.Parse(time.DateOnly, p.Last)
	if err != nil {
		return err
	}
	for days, want := range []bool{true, false} {
		facts, ok := clone(t.bases[base]).(map[string]any)
		if !ok {
			return fmt.Errorf("there is no base %s: %w", base, errTable)
		}
		set(facts, "authority.grantedOn", p.Granted)
		set(facts, "authority.spocConsultedOn", p.Granted)
		renewals := []any{}
		for _, day := range p.Renewals {
			renewals = append(renewals, day)
		}
		set(facts, "authority.renewals", renewals)
		day := last.AddDate(0, 0, days).Format(time.DateOnly)
		set(facts, "source.obtainedOn", day)
		in, err := typed(facts)
		if err != nil {
			return err
		}
		d, err := e.Decide(ctx, in)
		if err != nil {
			return err
		}
		if d.Allowed != want || !want && (len(d.Reasons) != 1 || !slices.Contains([]string{"A-08", "A-11"}, d.Reasons[0].Rule)) {
			return fmt.Errorf("%+v: obtained on %s: %t, %v %s", p, day, d.Allowed, d.Reasons, d.Alarm)
		}
	}
	return nil
}

func typed(facts map[string]any) (policy.Input, error) {
	text, err := json.Marshal(facts)
	if err != nil {
		return policy.Input{}, err
	}
	var in policy.Input
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	return in, d.Decode(&in)
}

// set changes the value at a dotted path. It is false when there is none, or
// when nothing changes.
func set(facts map[string]any, path string, to any) bool {
	fields := strings.Split(path, ".")
	var at any = facts
	for _, field := range fields[:len(fields)-1] {
		switch v := at.(type) {
		case map[string]any:
			at = v[field]
		case []any:
			i, err := strconv.Atoi(field)
			if err != nil || i >= len(v) {
				return false
			}
			at = v[i]
		}
	}
	object, ok := at.(map[string]any)
	last := fields[len(fields)-1]
	was, there := object[last]
	if !ok || !there || fmt.Sprint(was) == fmt.Sprint(to) {
		return false
	}
	object[last] = to
	return true
}

func clone(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := maps.Clone(v)
		for k := range out {
			out[k] = clone(out[k])
		}
		return out
	case []any:
		out := slices.Clone(v)
		for i := range out {
			out[i] = clone(out[i])
		}
		return out
	}
	return v
}

func readJSON(from fs.FS, name string, into any) error {
	text, err := fs.ReadFile(from, name)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("%s: %w: %w", name, errTable, err)
	}
	return nil
}

// glob lists files, sorted; the pattern is one of ours and so well formed.
func glob(from fs.FS, pattern string) []string {
	found, _ := fs.Glob(from, pattern)
	return found
}
