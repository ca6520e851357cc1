package custody_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/policy"
)

// tree is a document as JSON says it.
func tree(t *testing.T, document any) map[string]any {
	t.Helper()
	text, err := ledger.MarshalCanonical(document)
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// eachField calls f for every field of a document, with the path by which people
// know it and a way to put something else in its place; nil takes it out.
func eachField(at string, in map[string]any, f func(path string, put func(any))) {
	for name, value := range in {
		path := strings.TrimPrefix(at+"."+name, ".")
		f(path, func(other any) {
			if other == nil {
				delete(in, name)
			} else {
				in[name] = other
			}
		})
		in[name] = value
		switch inner := value.(type) {
		case map[string]any:
			eachField(path, inner, f)
		case []any:
			for i, element := range inner {
				if object, is := element.(map[string]any); is {
					eachField(fmt.Sprintf("%s[%d]", path, i), object, f)
				}
			}
		}
	}
}

// TestAuthorityTemplates wants the template of every route to be an authority that
// can be recorded, to have every field that the route must have, and to be refused,
// by the name of the field, when one of those is left out, is of another form or
// stands under another name. The control is the template itself.
func TestAuthorityTemplates(t *testing.T) {
	trials, failures := 0, 0
	fail := func(format string, args ...any) {
		failures++
		t.Errorf(format, args...)
	}
	routes := custody.Routes()
	if len(routes) != 15 {
		t.Fatalf("%d routes", len(routes))
	}
	for _, route := range routes {
		d, err := custody.AuthorityTemplate(route)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Verify(); err != nil {
			t.Fatalf("%s: %v", route, err)
		}
		guide, err := custody.AuthorityGuide(route)
		if err != nil {
			t.Fatal(err)
		}
		must := map[string]bool{}
		for _, note := range guide {
			must[note.Path] = note.Must
		}
		whole := tree(t, d)
		parse := func() error {
			text, err := json.Marshal(whole)
			if err != nil {
				t.Fatal(err)
			}
			_, err = custody.ParseAuthority(text)
			return err
		}
		if err := parse(); err != nil {
			t.Fatalf("control: %s: %v", route, err)
		}
		eachField("", whole, func(path string, put func(any)) {
			known := strings.ReplaceAll(path, "[0]", "[]")
			if _, leaf := must[known]; !leaf {
				return
			}
			trials += 3
			put(nil)
			if err := parse(); must[known] && (err == nil || !strings.Contains(err.Error(), path+" ") && known != "route") {
				fail("%s: without %s: %v", route, path, err)
			}
			put(map[string]any{"x": 1})
			if err := parse(); err == nil || !strings.Contains(err.Error(), path) {
				fail("%s: with %s an object: %v", route, path, err)
			}
			put("")
			if err := parse(); err == nil || !strings.Contains(err.Error(), path) {
				fail("%s: with %s empty: %v", route, path, err)
			}
		})
		whole["Reference"] = whole["reference"]
		if err := parse(); err == nil || !strings.Contains(err.Error(), "Reference is not a field") {
			fail("%s: a field in another case: %v", route, err)
		}
	}
	t.Logf("PROOF harness=authority-form trials=%d failures=%d control=\"%d templates accepted\"", trials, failures, len(routes))
}

// TestAuthorityIsReadStrictly refuses what JSON readers differ on.
func TestAuthorityIsReadStrictly(t *testing.T) {
	d, err := custody.AuthorityTemplate(policy.Route60A)
	if err != nil {
		t.Fatal(err)
	}
	text, err := ledger.MarshalCanonical(d)
	if err != nil {
		t.Fatal(err)
	}
	good := string(text)
	if got, err := custody.ParseAuthority(text); err != nil || got.Reference != d.Reference {
		t.Fatalf("control: %v", err)
	}
	for name, bad := range map[string]string{
		"a key twice":           strings.Replace(good, `"use":`, `"reference":"AB-2","use":`, 1),
		"something after it":    good + " {}",
		"a list":                "[" + good + "]",
		"an unknown section":    strings.Replace(good, `"use":`, `"intercept":{"product":"yes"},"use":`, 1),
		"a section of another":  strings.Replace(good, `"use":`, `"approvals":{"justiceOn":"2025-11-04"},"use":`, 1),
		"a day that is none":    strings.Replace(good, `"on":"2025-11-03"`, `"on":"2025-11-31"`, 1),
		"another route's Act":   strings.Replace(good, `"IPA-2016"`, `"RIPA-2000"`, 1),
		"an instrument of none": strings.Replace(good, `"authorisation"`, `"warrant"`, 1),
		"until before from":     strings.Replace(good, `"until":"2025-10-31"`, `"until":"2025-09-30"`, 1),
		"both applications":     strings.Replace(good, `"applicant":"si-1"`, `"applicant":"si-1","entry":"AB-1/A"`, 1),
		"no application":        strings.Replace(good, `"applicant":"si-1",`, ``, 1),
		"a number with a line":  strings.Replace(good, `+447700900142`, `+447700900142\n`, 1),
		"a number twice":        strings.Replace(good, `["+447700900142"]`, `["+447700900142","+447700900142"]`, 1),
	} {
		_, err := custody.ParseAuthority([]byte(bad))
		if bad == good || !errors.Is(err, custody.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "7700900142") {
			t.Errorf("%s: the number stands in the message: %v", name, err)
		}
	}
}

// TestDaysAreThoseOfTheUnitedKingdom says which instants a civil day has, in summer,
// in winter and on the days between.
func TestDaysAreThoseOfTheUnitedKingdom(t *testing.T) {
	for _, c := range []struct{ from, until, first, last string }{
		{"2026-10-12", "2026-10-25", "2026-10-11T23:00:00.000Z", "2026-10-25T23:59:59.999Z"}, // the clocks go back on the last day
		{"2024-03-30", "2024-03-31", "2024-03-30T00:00:00.000Z", "2024-03-31T22:59:59.999Z"}, // and forward
		{"2026-01-01", "2026-01-01", "2026-01-01T00:00:00.000Z", "2026-01-01T23:59:59.999Z"},
		{"2026-07-01T10:00:00+01:00", "2026-07-01T10:00:00Z", "2026-07-01T09:00:00.000Z", "2026-07-01T10:00:00.000Z"},
	} {
		d, err := custody.AuthorityTemplate(policy.Route60A)
		if err != nil {
			t.Fatal(err)
		}
		d.Scope.From, d.Scope.Until = c.from, c.until
		f, err := d.Facts(nil)
		if err != nil || string(f.From) != c.first || string(f.Until) != c.last {
			t.Errorf("%s to %s is %s to %s (%v), want %s to %s", c.from, c.until, f.From, f.Until, err, c.first, c.last)
		}
	}
}

// TestGrantedOnTheDayInTheUnitedKingdom grants half an hour before midnight UTC in
// summer, when it is the next day in the United Kingdom, and in winter, when it is not.
func TestGrantedOnTheDayInTheUnitedKingdom(t *testing.T) {
	for at, want := range map[time.Time]policy.Date{
		time.Date(2024, 6, 1, 23, 30, 0, 0, time.UTC):  "2024-06-02",
		time.Date(2024, 12, 1, 23, 30, 0, 0, time.UTC): "2024-12-01",
	} {
		h := withCase(t)
		h.applied()
		h.clock.now = at
		granted, err := h.Service.Authorities().Grant(t.Context(), granter, h.grants())
		if err != nil {
			t.Fatal(err)
		}
		got, err := h.Service.Authorities().Read(t.Context(), spoc, h.id, granted.Authority, custody.Ask{})
		if err != nil || got.Document.Granted.On != want {
			t.Errorf("granted at %s is dated %s (%v), want %s", at, got.Document.Granted.On, err, want)
		}
	}
}

// TestFactsOfAnAuthority says what each part of a document tells the rules; above
// all, that what is not said is told as the word that allows less.
func TestFactsOfAnAuthority(t *testing.T) {
	bare, err := (custody.AuthorityDocument{Route: policy.Route60A, Regime: policy.IPA}).Facts(nil)
	if err != nil {
		t.Fatal(err)
	}
	if bare.Profession != policy.ProfessionUnstated || !bare.GranterInLine || !bare.IdentifiesSource || bare.ScopeStated ||
		bare.ConnectionRecords != policy.ConditionUnstated || bare.SeriousCrime != policy.NotSerious || bare.GranterRank != policy.NoRank ||
		bare.SPoC != policy.NoEntry || bare.SPoCConsultedOn != policy.NoDate || len(bare.Stated) != 0 || bare.Form != policy.NoForm || bare.Collaboration {
		t.Errorf("an authority that says nothing is told as %+v", bare)
	}
	for want, offence := range map[policy.Serious]custody.Offence{
		policy.NotSerious: {MaximumMonths: 11, Section263: custody.No}, policy.Serious12Months: {MaximumMonths: 12, Sending: custody.Yes},
		policy.Serious263: {Section263: custody.Yes, MaximumMonths: 168}, policy.SeriousBody: {BodyCorporate: custody.Yes},
		policy.SeriousSending: {Sending: custody.Yes, Privacy: custody.Yes}, policy.SeriousPrivacy: {Privacy: custody.Yes},
	} {
		f, err := (custody.AuthorityDocument{Route: policy.Route60A, Offence: offence}).Facts(nil)
		if err != nil || f.SeriousCrime != want {
			t.Errorf("%+v is told as %s, want %s (%v)", offence, f.SeriousCrime, want, err)
		}
	}
	person := func(p policy.Profession) custody.DataSubject { return custody.DataSubject{Profession: p} }
	for want, subjects := range map[policy.Profession][]custody.DataSubject{
		policy.Journalist:         {person(policy.NoProfession), person(policy.Journalist), person(policy.Lawyer)},
		policy.ProfessionUnstated: {person(policy.Journalist), person(policy.ProfessionUnstated)},
		policy.NoProfession:       {person(policy.NoProfession)},
	} {
		f, err := (custody.AuthorityDocument{Route: policy.Route60A, Subjects: subjects}).Facts(nil)
		if err != nil || f.Profession != want {
			t.Errorf("%v is told as %s, want %s (%v)", subjects, f.Profession, want, err)
		}
	}
}

// TestApplicationElements takes each element out of a complete application and wants
// exactly that one to be missed.
func TestApplicationElements(t *testing.T) {
	complete, err := custody.ApplicationTemplate()
	if err != nil {
		t.Fatal(err)
	}
	if err := complete.Verify(); err != nil || len(complete.Lacks()) != 0 {
		t.Fatalf("control: %v lacks %v", err, complete.Lacks())
	}
	for element, field := range map[policy.ApplicationElement]string{
		policy.StatesApplicant: "applicant.rank", policy.StatesCollateral: "collateral", policy.StatesConsequences: "consequences",
		policy.StatesData: "scope.until", policy.StatesNecessity: "necessity", policy.StatesOperation: "operation",
		policy.StatesProportionality: "proportionality", policy.StatesPurpose: "purpose", policy.StatesTimescale: "timescale",
	} {
		without, err := complete.With(map[string]string{field: ""})
		if err != nil || !slices.Equal(without.Lacks(), []policy.ApplicationElement{element}) {
			t.Errorf("without %s it lacks %v (%v)", field, without.Lacks(), err)
		}
	}
	complete.Subjects[0].Category = custody.NotAssessed
	if got := complete.Lacks(); !slices.Equal(got, []policy.ApplicationElement{policy.StatesRelationship}) {
		t.Errorf("with nobody assessed it lacks %v", got)
	}
	complete.Subjects[0].Category = custody.Unknown
	if got := complete.Lacks(); len(got) != 0 {
		t.Errorf("that a relationship is unknown is missed: %v", got)
	}
}

// TestUnfilledTemplate refuses a template of every route as it is handed out, and one in
// which anything else still stands between brackets, by the name of the field. The
// control is the same with a reference.
func TestUnfilledTemplate(t *testing.T) {
	for _, route := range custody.Routes() {
		d, err := custody.AuthorityTemplate(route)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Unfilled().Verify(); !errors.Is(err, custody.ErrInvalid) || !strings.Contains(err.Error(), "\n  reference still holds") {
			t.Errorf("%s: %v", route, err)
		}
		if err := d.Verify(); err != nil {
			t.Errorf("control: %s: %v", route, err)
		}
		d.Granter.ID, d.Scope.Identifiers = "<who granted it>", []string{"<the number>"}
		err = d.Verify()
		for _, line := range []string{"\n  granter.id still holds", "\n  scope.identifiers holds something that still holds"} {
			if err == nil || !strings.Contains(err.Error(), line) {
				t.Errorf("%s: %v, want %q", route, err, line)
			}
		}
	}
}
