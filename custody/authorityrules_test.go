package custody_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"custos.example/custody"
	"custos.example/policy"
)

// overheard keeps the facts of the last import that was asked about.
type overheard struct {
	custody.Authoriser
	in policy.Input
}

func (o *overheard) Decide(ctx context.Context, in policy.Input) (policy.Decision, error) {
	if in.Action == policy.SourceImport {
		o.in = in
	}
	return o.Authoriser.Decide(ctx, in)
}

// immaterial are the fields that no rule needs when everything else is as in the
// template, each with the reason; after a route, for that route only.
var immaterial = map[string]string{
	"format":                     "the form of the file, checked before",
	"application.reference":      "the application is kept elsewhere; what it holds is stated",
	"offence.bodyCorporate":      "not said is told as no",
	"offence.maximumMonths":      "another ground makes the crime serious",
	"offence.name":               "for people",
	"offence.privacy":            "not said is told as no",
	"offence.section263":         "another ground makes the crime serious",
	"offence.sending":            "not said is told as no",
	"subjects[0].category":       "for exhibits, not for imports",
	"subjects[0].identifier":     "for people",
	"22(4) notice.givenOn":       "a notice under RIPA runs from the day of its grant",
	"61 offence":                 "the purpose is national security",
	"61A granted.urgentGround":   "that it is urgent is what it was granted for",
	"61A scope.identifiesSource": "not said is told as yes, and a threat to life needs no approval first",
	"PACE-Sch1 application":      "a court decided",
	"PACE-Sch1 offence":          "a court decided",
	"PACE-Sch1 subjects":         "a court decided",
	"overseas-order application": "a court decided",
	"overseas-order offence":     "a court decided",
	"overseas-order subjects":    "a court decided",
}

// isImmaterial looks a field up, or one of which it is a part.
func isImmaterial(route policy.Route, path string) bool {
	if immaterial[path] != "" {
		return true
	}
	for part := path; ; {
		if immaterial[string(route)+" "+part] != "" {
			return true
		}
		at := strings.LastIndexAny(part, ".[")
		if at < 0 {
			return false
		}
		part = part[:at]
	}
}

// TestNothingLeftOutOfAnAuthorityAllows imports under the template of every route by
// which operators give data, then takes out one field at a time: an import that is
// still allowed must be one for which the field is immaterial. The control is the
// whole template, which must be allowed, and one without any scope, which must not.
func TestNothingLeftOutOfAnAuthorityAllows(t *testing.T) {
	h := withCase(t)
	rules := &overheard{Authoriser: h.Service.Authoriser}
	h.Service.Authoriser = rules
	h.receive(file(3))
	trials, unexpected := 0, 0
	for _, route := range []policy.Route{policy.Route22Authorisation, policy.Route22Notice, policy.Route60A, policy.Route61, policy.Route61A, policy.RoutePACESch1, policy.RouteOverseas} {
		d, err := custody.AuthorityTemplate(route)
		if err != nil {
			t.Fatal(err)
		}
		allowed := func(d custody.AuthorityDocument) policy.Decision {
			t.Helper()
			in := rules.in
			facts, err := d.Facts(nil)
			if err != nil {
				return policy.Decision{}
			}
			facts.ID, facts.Case, facts.RecordedBy = in.Authority.ID, in.Authority.Case, in.Authority.RecordedBy
			source := *in.Source
			in.Now, in.Authority, in.Source = "2026-11-02T09:00:00.000Z", &facts, &source
			source.Identifiers, source.DataTypes = []string{"+447700900142"}, d.Scope.DataTypes
			source.From, source.Until, source.ObtainedOn = "2025-10-05T00:00:00.000Z", "2025-10-06T00:00:00.000Z", "2025-11-03"
			if strings.HasPrefix(string(route), "22") {
				source.From, source.Until, source.ObtainedOn = "2018-10-05T00:00:00.000Z", "2018-10-06T00:00:00.000Z", "2018-11-12"
			}
			decision, err := rules.Authoriser.Decide(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			return decision
		}
		if got := allowed(d); !got.Allowed {
			t.Fatalf("control: %s: %+v %s", route, got.Reasons, got.Alarm)
		}
		whole := tree(t, d)
		eachField("", whole, func(path string, put func(any)) {
			put(nil)
			text, err := json.Marshal(whole)
			if err != nil {
				t.Fatal(err)
			}
			var without custody.AuthorityDocument
			if err := json.Unmarshal(text, &without); err != nil {
				t.Fatal(err)
			}
			trials++
			if allowed(without).Allowed && !isImmaterial(route, path) {
				unexpected++
				t.Errorf("%s: allowed without %s", route, path)
			}
		})
		d.Scope.Identifiers = nil
		if allowed(d).Allowed {
			t.Errorf("control: %s: allowed without any scope", route)
		}
	}
	t.Logf("PROOF harness=authority-left-out trials=%d failures=%d control=\"7 of 7 whole ones allowed, 7 of 7 without scope refused\"", trials, unexpected)
}
