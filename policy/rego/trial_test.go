package rego

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"custos.example/policy"
)

// altered is this program's rules with one piece of text replaced, which must be
// there once.
func altered(t testing.TB, from, to string) []source {
	t.Helper()
	sources, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for i := range sources {
		found += strings.Count(sources[i].text, from)
		sources[i].text = strings.ReplaceAll(sources[i].text, from, to)
	}
	if found != 1 {
		t.Fatalf("%q is there %d times", from, found)
	}
	return sources
}

// byAnother is the line that keeps an author from approving.
const byAnother = "\tinput.action == \"policy.approve\"\n\tinput.release.author != input.actor.id\n}"

func opened(t testing.TB, sources []source) *Engine {
	t.Helper()
	e, err := NewEngines().Open(t.Context(), releaseText(sources))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// A rulebook has every rule once, as it is written, and names what it looks at.
func TestRulebook(t *testing.T) {
	e := engine(t)
	book, err := e.Rulebook(t.Context())
	if err != nil || len(book) != len(e.notes) || len(book) < 30 {
		t.Fatalf("%d rules: %v", len(book), err)
	}
	for _, r := range book {
		if r.Title == "" || r.Cure == "" || len(r.Citations) == 0 || r.Line == 0 || len(r.Actions) == 0 && r.ID != shapeRule ||
			!strings.Contains(r.Text, "\n#   id: "+r.ID+"\n") || strings.Count(r.Text, noteHead) != 1 {
			t.Errorf("%+v", r)
		}
		if len(r.Facts) == 0 && r.ID != shapeRule {
			t.Errorf("%s looks at nothing", r.ID)
		}
		if !strings.Contains(r.Text, fmt.Sprintf("%q", r.ID)) {
			t.Errorf("%s stands elsewhere:\n%s", r.ID, r.Text)
		}
	}
	at := slices.IndexFunc(book, func(r RuleText) bool { return r.ID == "S-06" })
	if at < 0 || !slices.Equal(book[at].Facts, []string{"action", "actor.id", "release.approvedBy", "release.author"}) || !slices.Equal(book[at].Actions, []policy.Action{policy.PolicyApprove, policy.PolicyRelease}) {
		t.Errorf("S-06: %+v", book[max(at, 0)])
	}
}

// Compare finds nothing between a release and itself, and exactly what was changed
// between it and another.
func TestCompare(t *testing.T) {
	e := engine(t)
	same, err := e.Compare(t.Context(), opened(t, e.sources))
	if err != nil || len(same.Rules)+len(same.Actions)+len(same.Answers)+len(same.Files) != 0 || same.Cases < 100 {
		t.Fatalf("against itself: %+v, %v", same, err)
	}
	edited := opened(t, altered(t, byAnother, "\tinput.action == \"policy.approve\"\n\tinput.release.author != \"\"\n}"))
	c, err := e.Compare(t.Context(), edited)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Rules) != 1 || c.Rules[0].Rule != "S-06" || !slices.Equal(c.Rules[0].What, []string{"conditions"}) || len(c.Actions) != 0 {
		t.Errorf("rules %+v, actions %+v", c.Rules, c.Actions)
	}
	if len(c.Answers) == 0 || c.Answers[0].Action != policy.PolicyApprove || c.Answers[0].Before || !c.Answers[0].After ||
		!slices.Equal(c.Answers[0].Reasons, []string{"S-06"}) {
		t.Errorf("answers %+v", c.Answers)
	}
	if len(c.Files) != 1 || len(c.Files[0].Lines) != 3 || c.Files[0].Lines[1][0] != '-' || c.Files[0].Lines[2][0] != '+' {
		t.Errorf("files %+v", c.Files)
	}
	before, err := e.Rulebook(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	words, err := opened(t, altered(t, "# title: A policy release is written, approved by", "# title: A release is written, approved by")).Rulebook(t.Context())
	if got := ruleChanges(before, words); err != nil || len(got) != 1 || !slices.Equal(got[0].What, []string{"title"}) {
		t.Errorf("other words: %+v, %v", got, err)
	}
	fewer := slices.DeleteFunc(slices.Clone(before), func(r RuleText) bool { return r.ID == "S-06" })
	for what, got := range map[string][]RuleChange{"gone": ruleChanges(before, fewer), "new": ruleChanges(fewer, before)} {
		if len(got) != 1 || got[0].Rule != "S-06" || !slices.Equal(got[0].What, []string{what}) {
			t.Errorf("%s: %+v", what, got)
		}
	}
}

func TestLineChanges(t *testing.T) {
	for _, c := range []struct{ a, b, want string }{
		{"", "", ""},
		{"a b c", "a b c", ""},
		{"a b c", "a x c", "@2 -b +x"},
		{"a b c", "a c", "@2 -b"},
		{"a c", "a b c", "@2 +b"},
		{"a b c d e", "x b c d y", "@1 -a +x @5 -e +y"},
		{"", "a", "@1 +a"},
		{"a a a", "a", "@2 -a -a"},
	} {
		if got := strings.Join(lineChanges(strings.Fields(c.a), strings.Fields(c.b)), " "); got != c.want {
			t.Errorf("%q to %q: %s, want %s", c.a, c.b, got, c.want)
		}
	}
	many := make([]string, 2100)
	for i := range many {
		many[i] = fmt.Sprint(i)
	}
	other := slices.Clone(many)
	slices.Reverse(other)
	if got := lineChanges(many, other); len(got) != 2*len(many)+1 {
		t.Errorf("%d lines", len(got))
	}
}

// An edited rule is tried: where its table does not know the change it is a fault;
// with the table changed as well it passes, and the changes of its file are noticed.
func TestTrial(t *testing.T) {
	own, err := Tests()
	if err != nil {
		t.Fatal(err)
	}
	quiet := func(string) {}
	built, err := Built()
	if err != nil {
		t.Fatal(err)
	}
	looser := altered(t, byAnother, "\tinput.action == \"policy.approve\"\n\tinput.release.author != \"\"\n}")
	trial, err := NewEngines().Try(t.Context(), releaseText(looser), own, 0, quiet)
	if err != nil || trial.OK() || len(trial.Faults) == 0 || !strings.Contains(trial.Faults[0], "approved by its author") {
		t.Errorf("a looser rule: %+v, %v", trial.Faults, err)
	}
	if _, err := NewEngines().Try(t.Context(), releaseText(altered(t, byAnother, "\tinput.action == \"policy.approve\"\n\tnot input.release.author\n}")), own, 0, quiet); !errors.Is(err, ErrForm) {
		t.Errorf("a negation: %v", err)
	}
	if _, err := NewEngines().Try(t.Context(), built, fstest.MapFS{"base/a.json": {Data: []byte("{")}}, 0, quiet); !errors.Is(err, errTable) {
		t.Errorf("a table that cannot be read: %v", err)
	}
}

// TestTrialOfAnEditedFolder is a force that edits a rule: export, edit rule and
// table, try with mutants of the edited file alone.
func TestTrialOfAnEditedFolder(t *testing.T) {
	folder := t.TempDir()
	own, err := Tests()
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv("CUSTOS_LONG") != "1" { // the tables of what is edited alone
		some := fstest.MapFS{"periods.json": {Data: []byte("[]")}}
		for _, name := range []string{"base/policy-approve.json", "base/policy-propose.json", "base/policy-release.json", "decisions/release.json"} {
			text, err := fs.ReadFile(own, name)
			if err != nil {
				t.Fatal(err)
			}
			some[name] = &fstest.MapFile{Data: text, Mode: 0o600}
		}
		own = some
	}
	if err := os.CopyFS(filepath.Join(folder, TestsFolder), own); err != nil {
		t.Fatal(err)
	}
	// a small file of rules, so that the mutants are few: two people instead of one
	for _, s := range altered(t, "\tprotection != responsible\n", "\tprotection != responsible\n\tcount(input.release.approvedBy) >= 2\n") {
		if err := os.WriteFile(filepath.Join(folder, s.name), []byte(s.text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text, tests, err := Folder(os.DirFS(folder))
	if err != nil {
		t.Fatal(err)
	}
	trial, err := NewEngines().Try(t.Context(), text, tests, trialTime(t), func(string) {})
	if err != nil || len(trial.Faults) > 0 {
		t.Fatalf("%+v, %v", trial, err)
	}
	if trial.Mutants < 5 || trial.Killed+len(trial.Survived) != trial.Mutants {
		t.Errorf("%+v", trial)
	}
	// The control: rules that differ by a line which changes nothing are told apart by
	// no test.
	all, err := parseTables(tests)
	if err != nil {
		t.Fatal(err)
	}
	same, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	caught := 0
	if survives, compiles := (mutant{sources: same}).survives(t.Context(), all); survives && compiles {
		caught = 1
	}
	if caught == 0 || len(trial.Survived) > trial.Mutants/5 {
		t.Errorf("unnoticed: %q; control %d", trial.Survived, caught)
	}
	t.Logf("%d changes, %d noticed, %d left", trial.Mutants, trial.Killed, trial.Left)
	t.Logf("PROOF harness=policy-trial trials=%d failures=0 control=\"a change that changes nothing goes unnoticed, caught %d of 1\"", trial.Mutants, caught)
	if err := os.WriteFile(filepath.Join(folder, "a_test.rego"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Folder(os.DirFS(folder)); !errors.Is(err, ErrText) {
		t.Errorf("a test among the rules: %v", err)
	}
}

// trialTime is how long mutants are tried; the whole with CUSTOS_LONG=1.
func trialTime(t testing.TB) time.Duration {
	t.Helper()
	if os.Getenv("CUSTOS_LONG") == "1" {
		return 10 * time.Minute
	}
	return time.Second
}
