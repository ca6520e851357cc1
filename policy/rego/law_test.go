package rego

import (
	"context"
	"errors"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"custos.example/policy"
)

// lawful returns the facts of a base file with some of them changed, and the
// answer to them.
func lawful(t *testing.T, e *Engine, base string, changes map[string]any) policy.Decision {
	t.Helper()
	facts, ok := clone(readTables(t).bases[base]).(map[string]any)
	if !ok {
		t.Fatalf("there is no base %s", base)
	}
	for at, to := range changes {
		if !set(facts, at, to) {
			t.Fatalf("%s has no %s, or it is that already", base, at)
		}
	}
	in, err := typed(facts)
	if err != nil {
		t.Fatal(err)
	}
	d, err := e.Decide(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// A refusal cites the law of the day of grant and of the power used.
func TestCitationsOfTheDay(t *testing.T) {
	e := engine(t)
	for _, c := range []struct {
		base    string
		changes map[string]any
		rule    string
		cites   string
	}{
		{"import-ripa", map[string]any{"authority.grantedOn": "2018-10-31", "authority.spocConsultedOn": "2018-10-30", "source.obtainedOn": "2018-11-02", "authority.purpose": "f"}, "A-15", "SI 2003/3172"},
		{"import-ripa", map[string]any{"authority.grantedOn": "2009-10-31", "authority.spocConsultedOn": "2009-10-30", "source.obtainedOn": "2009-11-02", "authority.purpose": "h"}, "A-04", "ss.22(2), 23(1)(c)"},
		{"import-ripa", map[string]any{"authority.purpose": "e"}, "A-04", "as amended on 1 November 2018"},
		{"import-ripa", map[string]any{"authority.seriousCrime": "none"}, "A-04", "as amended on 1 November 2018"},
		{"import-ipa", map[string]any{"authority.seriousCrime": "none"}, "A-04", "IPA 2016"},
		{"import-ipa", map[string]any{"authority.spocConsultedOn": "none"}, "A-16", "s.76(A1)"},
		{"import-urgent", map[string]any{"authority.spocConsultedOn": "none"}, "A-16", "s.76(1)"},
		{"import-ripa", map[string]any{"authority.spocConsultedOn": "none"}, "A-16", "para 3.11"},
		{"import-urgent", map[string]any{"authority.granterInLine": true}, "A-14", "Code of Practice"}, // s.63 binds s.61 alone
		{"import-ipa", map[string]any{"authority.route": "61", "authority.purpose": "a", "authority.granterRank": "superintendent", "authority.granterInLine": true}, "A-14", "s.63"},
		{"import-urgent", map[string]any{"authority.use": "testing"}, "A-19", "s.61A(1)(b)"},
		{"import-ripa-notice", map[string]any{"authority.disclosureManner": false}, "A-06", "RIPA 2000 s.23(2)(e)"},
		{"import-ipa-notice", map[string]any{"authority.disclosureManner": false}, "A-06", "IPA 2016 s.64"},
		{"extraction-agreed", map[string]any{"authority.noticeGivenOn": "none"}, "B-01", "s.39"},
	} {
		d := lawful(t, e, c.base, c.changes)
		i := slices.IndexFunc(d.Reasons, func(r policy.Reason) bool { return r.Rule == c.rule })
		if d.Allowed || i < 0 || !strings.Contains(d.Reasons[i].Citation, c.cites) {
			t.Errorf("%s %v: %+v, want %s by %s", c.base, c.changes, d.Reasons, c.cites, c.rule)
		}
	}
}

// What has not been read in the primary text stands in no sentence that a user
// sees; what has been does.
func TestUnverifiedLawIsNotShown(t *testing.T) {
	e := engine(t)
	shown, hidden := 0, 0
	for _, c := range readTables(t).cases {
		in, err := typed(c.facts)
		if err != nil {
			t.Fatal(err)
		}
		d, err := e.Decide(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		sentence := d.Sentence(in.Action, "", "")
		for _, r := range d.Reasons {
			if strings.Contains(r.Text, "Code of") || strings.Contains(r.Text, " SI ") {
				t.Errorf("%s: a text that is law unmarked: %s", c.Name, r.Text)
			}
			if stands := strings.Contains(sentence, "("+r.Citation+")"); r.Citation != "" && stands != r.Verified {
				t.Errorf("%s: %q verified %t, shown %t", c.Name, r.Citation, r.Verified, stands)
			}
			if r.Verified {
				shown++
			} else {
				hidden++
			}
		}
	}
	if shown == 0 || hidden == 0 {
		t.Errorf("%d citations were shown and %d hidden: one of them was never tried", shown, hidden)
	}
	t.Logf("%d citations shown, %d hidden", shown, hidden)
}

// An answer of yes bears what somebody must see to.
func TestDutiesComeWithTheAnswer(t *testing.T) {
	e := engine(t)
	for _, c := range []struct {
		base    string
		changes map[string]any
		rule    string
	}{
		{"import-ripa", map[string]any{"authority.grantedOn": "2020-01-02", "authority.spocConsultedOn": "2020-01-01", "source.obtainedOn": "2020-01-03"}, "A-00"},
		{"import-ipa", map[string]any{"authority.grantedOn": "2019-03-01", "authority.spocConsultedOn": "2019-02-28", "source.obtainedOn": "2019-03-02"}, "A-00"},
		{"import-ipa", map[string]any{"authority.cancelledOn": "2024-07-20"}, "A-12"},
		{"import-ripa", map[string]any{"authority.granterInLine": true, "authority.independenceException": "urgent"}, "A-14"},
		{"import-ripa", map[string]any{"authority.consultationException": "other"}, "A-16"},
		{"import-ripa-oral", map[string]any{"authority.urgentConfirmedOn": "none"}, "A-18"},
		{"import-ipa", map[string]any{"authority.profession": "journalist", "authority.professionConsidered": true}, "A-21"},
	} {
		duties := func(d policy.Decision) (ids []string) {
			for _, duty := range d.Duties {
				ids = append(ids, duty.Rule)
			}
			return ids
		}
		d, plain := lawful(t, e, c.base, c.changes), lawful(t, e, c.base, nil)
		if !d.Allowed || !slices.Contains(duties(d), c.rule) || slices.Contains(duties(plain), c.rule) {
			t.Errorf("%s %v: allowed %t with %v, plainly with %v", c.base, c.changes, d.Allowed, d.Duties, plain.Duties)
		}
	}
}

// Every rule of the reference on acquisition is there; 25 is the clock of the
// register of errors, and 28 a report.
func TestEveryRuleOfAcquisitionIsThere(t *testing.T) {
	e := engine(t)
	page, err := os.ReadFile("ACQUISITION.md")
	if err != nil {
		t.Fatal(err)
	}
	wanted := []string{"B-01", "B-02"}
	for i := range 28 {
		if i != 25 {
			wanted = append(wanted, "A-"+string([]byte{'0' + byte(i/10), '0' + byte(i%10)}))
		}
	}
	own := regexp.MustCompile(`^[AB]-\d\d$`)
	for _, id := range slices.Sorted(maps.Keys(e.notes)) {
		if !own.MatchString(id) {
			continue
		}
		i := slices.Index(wanted, id)
		if i < 0 {
			t.Errorf("%s is not of the reference", id)
			continue
		}
		wanted = slices.Delete(wanted, i, i+1)
		if row := "| " + id + " | " + e.notes[id].title + " |"; !strings.Contains(string(page), row) {
			t.Errorf("ACQUISITION.md has no line that begins %q", row)
		}
	}
	if len(wanted) > 0 {
		t.Errorf("there is no rule %v", wanted)
	}
}

// The law that is told as a table says of each row whether it was read.
func TestTablesSayWhatWasRead(t *testing.T) {
	sources, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	compiler, _, err := compile(sources)
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for _, name := range []string{"acts", "changeover", "offices"} {
		query, err := prepare(context.Background(), compiler, "data.custos."+name)
		if err != nil {
			t.Fatal(err)
		}
		results, err := query.Eval(t.Context())
		if err != nil || len(results) != 1 {
			t.Fatalf("%s: %v, %v", name, results, err)
		}
		var visit func(at string, v any)
		visit = func(at string, v any) {
			fields, ok := v.(map[string]any)
			if !ok {
				t.Errorf("%s is no row", at)
				return
			}
			if read, marked := fields["verified"]; marked {
				rows++
				if _, ok := read.(bool); !ok {
					t.Errorf("%s: verified is %v", at, read)
				}
				return
			}
			for key, value := range fields {
				visit(at+" "+key, value)
			}
		}
		visit(name, results[0].Expressions[0].Value)
	}
	if rows < 20 {
		t.Errorf("%d rows were looked at", rows)
	}
}

// Material from interception has no word: it cannot be described to the rules,
// and they do not speak of it.
func TestInterceptionHasNoWord(t *testing.T) {
	sources, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sources {
		if strings.Contains(strings.ToLower(s.text), "intercept") {
			t.Errorf("%s speaks of it", s.name)
		}
	}
	for at, word := range map[string]string{
		"authority.regime": "IPA-2016-Part-2", "authority.route": "19", "authority.instrument": "targeted-warrant",
		"source.kind": "intercept",
	} {
		facts, _ := clone(readTables(t).bases["import-ipa"]).(map[string]any)
		if !set(facts, at, word) {
			t.Fatal(at)
		}
		in, err := typed(facts)
		if err != nil {
			t.Fatal(err)
		}
		if err := in.Validate(); !errors.Is(err, policy.ErrInput) {
			t.Errorf("%s %q: %v", at, word, err)
		}
		d, err := engine(t).Decide(t.Context(), in)
		if err != nil || d.Allowed {
			t.Errorf("%s %q: %v, allowed %t", at, word, err, d.Allowed)
		}
	}
	in, err := typed(readTables(t).bases["import-ipa"])
	if err != nil || in.Validate() != nil {
		t.Errorf("control: %v, %v", err, in.Validate())
	}
}
