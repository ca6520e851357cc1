package rego

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"custos.example/policy"
)

// mutant is the rules with one expression, word or rule changed.
type mutant struct {
	name    string
	file    string
	id      string // the rule that it stands in; empty where it is in none
	line    string // of the file, as it was
	row     string // the action whose line of the matrix it stands in
	sources []source
}

// change puts one text in the place of another.
type change struct {
	from, to int // offsets in the file
	text     string
	what     string
}

// mutants returns every set of rules with one expression dropped, made never to
// hold or turned, one word or number changed, or one rule dropped: in the files
// that are wanted, nil being all. Some of them will not compile.
// Errors: those of reading the rules.
func mutants(sources []source, wanted func(file string) bool) ([]mutant, error) {
	var out []mutant
	for i, s := range sources {
		if wanted != nil && !wanted(s.name) {
			continue
		}
		changes, err := changesOf(s)
		if err != nil {
			return nil, err
		}
		for _, c := range changes {
			changed := slices.Clone(sources)
			changed[i].text = s.text[:c.from] + c.text + s.text[c.to:]
			line := 1 + strings.Count(s.text[:c.from], "\n")
			m := mutant{
				name: fmt.Sprintf("%s:%d %s", s.name, line, c.what), file: s.name, id: ruleAt(s.text, c.from), sources: changed,
				line: strings.TrimSpace(strings.Split(s.text, "\n")[line-1]),
			}
			if at := strings.Index(s.text, "\nmatrix := {"); at >= 0 && at < c.from {
				m.row, _, _ = strings.Cut(s.text[strings.LastIndex(s.text[:c.from+1], "\n\t\"")+3:], "\"")
			}
			out = append(out, m)
		}
	}
	return out, nil
}

// ruleAt returns the id of the rule whose metadata stand nearest before an offset.
func ruleAt(text string, offset int) string {
	at := strings.LastIndex(text[:offset], "#   id: ")
	if at < 0 {
		return ""
	}
	id, _, _ := strings.Cut(text[at+len("#   id: "):], "\n")
	return id
}

// changesOf returns every change that is made to a file.
func changesOf(s source) ([]change, error) {
	module, err := ast.ParseModuleWithOpts(s.name, s.text, ast.ParserOptions{Capabilities: capabilities(), RegoVersion: ast.RegoV1})
	if err != nil {
		return nil, fmt.Errorf("read rules %s: %w", s.name, err)
	}
	c := changing{text: s.text, seen: map[string]bool{}}
	for _, rule := range module.Rules {
		for at := rule; at != nil; at = at.Else {
			c.rule(at)
		}
	}
	slices.SortFunc(c.changes, func(a, b change) int {
		return strings.Compare(fmt.Sprintf("%08d %08d %s", a.from, a.to, a.text), fmt.Sprintf("%08d %08d %s", b.from, b.to, b.text))
	})
	return c.changes, nil
}

// changing gathers the changes of one file.
type changing struct {
	text    string
	seen    map[string]bool
	changes []change
}

func (c *changing) add(at *ast.Location, text, what string) {
	if at == nil || at.Offset+len(at.Text) > len(c.text) || c.text[at.Offset:at.Offset+len(at.Text)] != string(at.Text) {
		return // made by the parser, not written
	}
	key := fmt.Sprint(at.Offset, len(at.Text), text)
	if c.seen[key] || len(at.Text) == 0 {
		return
	}
	c.seen[key] = true
	c.changes = append(c.changes, change{at.Offset, at.Offset + len(at.Text), text, what})
}

// rule adds the changes of one rule. What a rule says in words is left alone: only
// when it says so is changed.
func (c *changing) rule(rule *ast.Rule) {
	name := strings.Trim(rule.Head.Ref()[0].Value.String(), `"`)
	if len(rule.Head.Ref()) > 0 && !rule.Default && rule.Location != nil {
		first, _, _ := strings.Cut(string(rule.Location.Text), "\n")
		c.add(rule.Location, "", "rule dropped: "+first)
	}
	if name == "text" || name == "duties" || strings.HasSuffix(name, "_text") {
		for _, expr := range rule.Body {
			if at := rule.Head.Value; at == nil || at.Location == nil || expr.Location == nil || expr.Location.Offset != at.Location.Offset {
				c.expr(expr)
			}
		}
		return
	}
	ast.WalkExprs(rule, func(expr *ast.Expr) bool {
		c.expr(expr)
		return false
	})
	ast.WalkTerms(rule, func(term *ast.Term) bool {
		c.word(term)
		_, ref := term.Value.(ast.Ref)
		return ref && !indexed(term) // the parts of a name are no words
	})
}

// indexed tells whether a reference has more than names in it.
func indexed(term *ast.Term) bool {
	ref, _ := term.Value.(ast.Ref)
	return slices.ContainsFunc(ref[1:], func(t *ast.Term) bool {
		_, text := t.Value.(ast.String)
		return !text
	})
}

// turns are the operators, and what each is turned into.
var turns = [][2]string{
	{" <= ", " < "},
	{" < ", " <= "},
	{" == ", " != "},
	{" != ", " == "},
	{" >= ", " > "},
	{" > ", " >= "},
	{" | ", " & "},
	{" & ", " | "},
	{" - ", " + "},
	{" + ", " - "},
	{" in ", " == "},
	{"every ", "some "},
}

// expr adds the changes of an expression: it holds always, never, or otherwise.
func (c *changing) expr(expr *ast.Expr) {
	if expr.Location == nil {
		return
	}
	text := string(expr.Location.Text)
	short, _, _ := strings.Cut(text, "\n")
	if _, declares := expr.Terms.(*ast.SomeDecl); !declares && !expr.IsAssignment() {
		c.add(expr.Location, "true", "dropped: "+short)
	}
	c.add(expr.Location, "false", "never: "+short)
	for _, turn := range turns {
		if strings.Contains(text, turn[0]) || strings.HasPrefix(text, turn[0]) {
			turned := strings.Replace(text, turn[0], turn[1], 1)
			first, _, _ := strings.Cut(turned, "\n")
			c.add(expr.Location, turned, "turned: "+first)
		}
	}
}

// word adds another word, number or answer in the place of one.
func (c *changing) word(term *ast.Term) {
	if term.Location == nil {
		return
	}
	text := string(term.Location.Text)
	switch value := term.Value.(type) {
	case ast.String:
		if len(text) < 2 || text[0] != '"' {
			return // a pattern
		}
		c.add(term.Location, `"~`+text[1:], text+" changed")
		if value == "C" || value == "P" || value == "S" { // a level of the matrix
			c.add(term.Location, `"Y"`, text+" made Y")
		}
	case ast.Number:
		c.add(term.Location, text+" + 1", text+" changed")
	case ast.Boolean:
		c.add(term.Location, fmt.Sprint(!bool(value)), text+" turned")
	}
}

// wide are the files whose rules bear on every action: the whole matrix is asked.
var wide = []string{"decide.rego", "facts.rego", "matrix.rego", "person.rego"}

// survives says whether every test passes on a mutant; what does not compile is
// none. The cases that are likeliest to fail come first.
func (m mutant) survives(ctx context.Context, all tables) (survived, compiles bool) {
	e, err := open(ctx, m.sources)
	if err != nil {
		return false, false
	}
	if row := policy.Action(m.row); all.grid[row] != nil {
		if _, wrong, err := (grid{row: all.grid[row]}).check(ctx, e, all); err != nil || len(wrong) > 0 {
			return false, true
		}
	}
	about := func(c decisionCase) bool { return slices.Contains(c.Unmet, m.id) }
	for _, first := range []bool{true, false} {
		for _, c := range all.cases {
			if about(c) == first && c.check(ctx, e) != nil {
				return false, true
			}
		}
	}
	for _, p := range all.periods {
		if all.checkPeriod(ctx, e, p) != nil {
			return false, true
		}
	}
	if _, err := runRego(ctx, m.sources, all, nil); err != nil {
		return false, true
	}
	if slices.Contains(wide, m.file) {
		if _, wrong, err := all.grid.check(ctx, e, all); err != nil || len(wrong) > 0 {
			return false, true
		}
	}
	stride := 101
	if m.file == "facts.rego" { // the rule that spoilt facts are for
		stride = 7
	}
	_, err = checkSpoilt(ctx, e, all, false, stride)
	return err == nil, true
}

// equal is a mutant that answers as the rules do.
type equal struct {
	file, what string
	line       string // of the rules, as it stands; empty: of any line
	why        string
}

// same are the mutants that answer as the rules do, each with the reason.
var same = []equal{
	{"facts.rego", `"" changed`, "", "any printable text may stand between the texts that are looked at together"},
	{"days.rego", `"0" changed`, "", "the zeros before a number are still taken off"},
	{"days.rego", "0 changed", "not_century(year) if year % 100 > 0", "asked of years that four divides, of which none leaves one"},
	{"days.rego", "dropped: date.month < 3", "days_before(date) := [0, 31][date.month - 1] if date.month < 3", "there is no third day in the list"},
	{"days.rego", "dropped: date.month > 2", "days_before(date) := [59, 90, 120, 151, 181, 212, 243, 273, 304, 334][date.month - 3] + leap(date.year) if date.month > 2", "nothing stands before the first of the list"},
	{"days.rego", "turned: date.month <= 3", "days_before(date) := [0, 31][date.month - 1] if date.month < 3", "there is no third day in the list"},
	{"days.rego", "3 changed", "days_before(date) := [0, 31][date.month - 1] if date.month < 3", "there is no third day in the list"},
	{"days.rego", "turned: date.month >= 2", "days_before(date) := [59, 90, 120, 151, 181, 212, 243, 273, 304, 334][date.month - 3] + leap(date.year) if date.month > 2", "nothing stands before the first of the list"},
	{"form.rego", `dropped: input.authority.regime == "RIPA-2000"`, "", "in A-02 the later act meets it as another body says, and no other basis is asked for it; in A-18 a test wants it"},
	{"period.rego", `dropped: input.authority.route == "61A"`, "", "every other route is monthly, or has no last day"},
	{"period.rego", "turned: count(input.authority.renewals) >= 0", "", "without renewals the last of none is the end of the first month, as the other body says"},
	{"person.rego", `"none" changed`, `sides := {object.get(side, role, "none") | some role in concerned}`, "any word that is no side of the house"},
	{"person.rego", `"none" changed`, `own_sides := {object.get(side, role, "none") | some role in input.actor.roles}`, "any word that is no side of the house"},
	{"use.rego", "10 changed", "substring(input.now, 0, 10) < input.copy.reviewOn", "the letter behind a day puts it before no other day"},
	{"period.rego", "dropped: last_day", "last_day", "without a last day there are no words with one, and the others are said"},
	{"period.rego", "dropped: count(input.authority.renewals) > 0", "", "without renewals the last of none is the end of the first month, as the other body says"},
	{
		"person.rego", `dropped: input.action == "case.assign"`, "concerned := {role | some role in input.actor.roles} | {role | input.action == \"case.assign\"; some role in input.person.roles}",
		"no other act in a case is about a person",
	},
	{"release.rego", `dropped: input.action == "policy.release"`, "", "of what is asked for the other action the first body asks less"},
	{"tables.rego", `"verified" changed`, "", "a mark for people; no rule asks for it"},
	{"tables.rego", "true turned", "", "the mark verified, for people"},
	{"tables.rego", "false turned", "", "the mark verified, for people"},
}

// equivalent says of a mutant that it answers as the rules do.
func equivalent(m mutant) bool { return slices.ContainsFunc(same, m.is) }

// is tells whether a mutant is the one named.
func (m mutant) is(e equal) bool {
	_, what, _ := strings.Cut(m.name, " ")
	return m.file == e.file && what == e.what && (e.line == "" || e.line == m.line)
}
