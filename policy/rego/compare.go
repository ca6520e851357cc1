package rego

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"custos.example/policy"
)

// Comparison is what one release changes of another.
type Comparison struct {
	From    string         `json:"from"` // digests
	To      string         `json:"to"`
	Rules   []RuleChange   `json:"rules"`
	Actions []ActionChange `json:"actions"`
	Answers []AnswerChange `json:"answers"` // to the cases of this program's tables
	Cases   int            `json:"cases"`   // how many were asked
	Files   []FileChange   `json:"files"`
}

// RuleChange is a rule that is new, gone, or written otherwise.
type RuleChange struct {
	Rule  string   `json:"rule"`
	Title string   `json:"title"`
	What  []string `json:"what"` // new | gone | title | cure | citations | conditions; in this order
}

// ActionChange is an action that needs other rules, or that other roles may take.
type ActionChange struct {
	Action policy.Action `json:"action"`
	Needs  []string      `json:"needs"`  // rules that it needs now
	Lacks  []string      `json:"lacks"`  // rules that it needs no more
	Gained []string      `json:"gained"` // roles that may now, with their level
	Lost   []string      `json:"lost"`   // roles that may no more, or at another level
}

// AnswerChange is a case that is answered otherwise.
type AnswerChange struct {
	Case    string        `json:"case"`
	Action  policy.Action `json:"action"`
	Before  bool          `json:"before"` // allowed
	After   bool          `json:"after"`
	Reasons []string      `json:"reasons"` // rules that refuse it after, or did before when it is allowed after
}

// FileChange is a file that is written otherwise.
// Shape: a line begins with "+" or "-", or with "@" and its number in the file
// before.
type FileChange struct {
	Name  string   `json:"name"`
	Lines []string `json:"lines"`
}

// Compare says what another release changes: in its rules, in who may do what, and
// in the answers to every case of this program's own tables.
func (e *Engine) Compare(ctx context.Context, other *Engine) (Comparison, error) {
	c := Comparison{
		From: e.release, To: other.release, Rules: []RuleChange{}, Actions: []ActionChange{}, Answers: []AnswerChange{}, Files: []FileChange{},
	}
	before, err := e.Rulebook(ctx)
	if err != nil {
		return c, err
	}
	after, err := other.Rulebook(ctx)
	if err != nil {
		return c, err
	}
	c.Rules = append(c.Rules, ruleChanges(before, after)...)
	if err := c.powers(ctx, e, other); err != nil {
		return c, err
	}
	all, err := ownTables()
	if err != nil {
		return c, err
	}
	if err := c.answers(ctx, e, other, all); err != nil {
		return c, err
	}
	c.Files = append(c.Files, fileChanges(e.sources, other.sources)...)
	return c, nil
}

func ruleChanges(before, after []RuleText) (out []RuleChange) {
	was, is := map[string]RuleText{}, map[string]RuleText{}
	for _, r := range before {
		was[r.ID] = r
	}
	for _, r := range after {
		is[r.ID] = r
	}
	both := maps.Clone(was)
	maps.Copy(both, is)
	for _, id := range slices.Sorted(maps.Keys(both)) {
		a, inBefore := was[id]
		b, inAfter := is[id]
		change := RuleChange{Rule: id, Title: both[id].Title}
		for _, part := range []struct {
			what    string
			changed bool
		}{
			{"new", !inBefore},
			{"gone", !inAfter},
			{"title", inBefore && inAfter && a.Title != b.Title},
			{"cure", inBefore && inAfter && a.Cure != b.Cure},
			{"citations", inBefore && inAfter && !reflect.DeepEqual(a.Citations, b.Citations)},
			{"conditions", inBefore && inAfter && code(a.Text) != code(b.Text)},
		} {
			if part.changed {
				change.What = append(change.What, part.what)
			}
		}
		if change.What != nil {
			out = append(out, change)
		}
	}
	return out
}

// code is a rule without its comments.
func code(text string) string {
	lines := slices.DeleteFunc(strings.Split(text, "\n"), func(line string) bool { return strings.HasPrefix(line, "#") })
	return strings.Join(lines, "\n")
}

// powers compares who may do what, and which rules must be met.
func (c *Comparison) powers(ctx context.Context, before, after *Engine) error {
	was, err := before.Powers(ctx)
	if err != nil {
		return err
	}
	is, err := after.Powers(ctx)
	if err != nil {
		return err
	}
	for i := range is { // both list every action of this program, in one order
		change := ActionChange{
			Action: is[i].Action, Needs: missing(ids(is[i]), ids(was[i])), Lacks: missing(ids(was[i]), ids(is[i])),
			Gained: missing(may(is[i]), may(was[i])), Lost: missing(may(was[i]), may(is[i])),
		}
		if len(change.Needs)+len(change.Lacks)+len(change.Gained)+len(change.Lost) > 0 {
			c.Actions = append(c.Actions, change)
		}
	}
	return nil
}

func ids(p Power) (out []string) {
	for _, r := range p.Rules {
		out = append(out, r.ID)
	}
	return out
}

func may(p Power) (out []string) {
	for _, role := range p.Roles {
		out = append(out, strings.TrimSpace(string(role)+" "+p.Levels[role]))
	}
	return out
}

// missing returns what is in a and not in b.
func missing(a, b []string) []string {
	return slices.DeleteFunc(slices.Concat([]string{}, a), func(s string) bool { return slices.Contains(b, s) })
}

// answers asks both about every case.
func (c *Comparison) answers(ctx context.Context, before, after *Engine, all tables) error {
	for _, k := range all.cases {
		in, err := typed(k.facts)
		if err != nil {
			return fmt.Errorf("%q: %w", k.Name, err)
		}
		was, err := before.Decide(ctx, in)
		if err != nil {
			return err
		}
		is, err := after.Decide(ctx, in)
		if err != nil {
			return err
		}
		c.Cases++
		if was.Allowed == is.Allowed && slices.Equal(rulesOf(was), rulesOf(is)) {
			continue
		}
		change := AnswerChange{Case: k.Name, Action: in.Action, Before: was.Allowed, After: is.Allowed, Reasons: rulesOf(is)}
		if is.Allowed {
			change.Reasons = rulesOf(was)
		}
		c.Answers = append(c.Answers, change)
	}
	return nil
}

func rulesOf(d policy.Decision) []string {
	out := []string{}
	for _, r := range d.Reasons {
		out = append(out, r.Rule)
	}
	return out
}

func fileChanges(before, after []source) (out []FileChange) {
	was, is := map[string]string{}, map[string]string{}
	for _, s := range before {
		was[s.name] = s.text
	}
	for _, s := range after {
		is[s.name] = s.text
	}
	both := maps.Clone(was)
	maps.Copy(both, is)
	for _, name := range slices.Sorted(maps.Keys(both)) {
		if was[name] != is[name] {
			out = append(out, FileChange{name, lineChanges(lines(was[name]), lines(is[name]))})
		}
	}
	return out
}

func lines(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

// maxLines is the most pairs of lines that are held against each other.
const maxLines = 4_000_000

// lineChanges returns the lines that go and those that come, in order; what is the
// same at both ends is not looked at twice.
func lineChanges(a, b []string) []string {
	first := 0
	for first < len(a) && first < len(b) && a[first] == b[first] {
		first++
	}
	last := 0
	for last < len(a)-first && last < len(b)-first && a[len(a)-1-last] == b[len(b)-1-last] {
		last++
	}
	x, y := a[first:len(a)-last], b[first:len(b)-last]
	if len(x)*len(y) > maxLines { // written anew: every line goes and comes
		out := []string{fmt.Sprintf("@%d", first+1)}
		for _, line := range x {
			out = append(out, "-"+line)
		}
		for _, line := range y {
			out = append(out, "+"+line)
		}
		return out
	}
	// common[i][j] is the length of what x[i:] and y[j:] share, in order
	common := make([][]int, len(x)+1)
	for i := range common {
		common[i] = make([]int, len(y)+1)
	}
	for i := len(x) - 1; i >= 0; i-- {
		for j := len(y) - 1; j >= 0; j-- {
			if x[i] == y[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	out := []string{}
	i, j, apart := 0, 0, true
	for i < len(x) || j < len(y) {
		if i < len(x) && j < len(y) && x[i] == y[j] {
			i, j, apart = i+1, j+1, true
			continue
		}
		if apart {
			out = append(out, fmt.Sprintf("@%d", first+i+1))
			apart = false
		}
		if i < len(x) && (j == len(y) || common[i+1][j] >= common[i][j+1]) {
			out = append(out, "-"+x[i])
			i++
		} else {
			out = append(out, "+"+y[j])
			j++
		}
	}
	return out
}
