package main

import (
	"net/http"
	"strings"
	"testing"

	"custos.example/api"
	"custos.example/cmd/custos/demo"
	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/policy"
)

// TestRegisterOverHTTP goes from an application to a cancelled authority over HTTP;
// whoever may not is refused, and what is wrong is said by the name of its field.
func TestRegisterOverHTTP(t *testing.T) {
	d := station(t, wiring.Options{})
	granter := custody.Person{ID: "u-06", Name: "Person u-06", Roles: []string{string(policy.AuthorisingIndividual)}}
	qualified := able()
	qualified.Rank = string(policy.SuperintendentRank)
	if _, err := d.st.Service.Organisation().Enrol(t.Context(), custody.Actor{ID: "u-01"}, custody.Enrol{Person: granter, Qualify: qualified}); err != nil {
		t.Fatal(err)
	}
	var err error
	if d.tokens["u-06"], err = api.NewTokens(d.st.TokenFile(), d.st.Service.Clock).Issue("u-06", api.Term{}); err != nil {
		t.Fatal(err)
	}
	var opened struct{ Case string }
	d.post("u-05", "/v1/cases", map[string]any{"reference": "HAL-1", "title": "test", "assigned": []string{"u-02", "u-04", "u-05"}}, &opened)
	base := "/v1/cases/" + opened.Case
	application, err := custody.ApplicationTemplate()
	if err != nil {
		t.Fatal(err)
	}
	application.Purpose, application.Advice = "a", custody.Advice{ID: "u-04", GivenOn: "2025-10-31"}
	grant := func(until string) map[string]any {
		return map[string]any{"authority": map[string]any{
			"reference": "AB-2", "route": "61A", "instrument": "authorisation", "use": "urgent-operation",
			"application": map[string]any{"entry": "AB-1/A"}, "granted": map[string]any{"urgentGround": "threat-to-life"},
			"granter": map[string]any{"rank": "superintendent", "inLine": "no"}, "scope": map[string]any{"connectionRecords": "none", "until": until},
		}}
	}
	described := map[string]any{"return": map[string]any{
		"dataTypes": []string{"events"}, "identifiers": []string{"+447700900142"}, "from": "2025-10-05T00:00:00Z", "until": "2025-10-06T00:00:00Z", "obtainedOn": "2026-11-21",
	}}
	authority := ""
	for i, step := range []struct {
		method, who, path string
		body              any
		want              int
		says              string
	}{
		{"POST", "u-05", "/applications", map[string]any{"application": application}, http.StatusCreated, ""},
		{"POST", "u-05", "/applications", map[string]any{"application": application}, http.StatusConflict, "is recorded already"},
		{"POST", "u-05", "/applications", map[string]any{"application": map[string]any{"reference": "AB-9/A", "motive": "x"}}, http.StatusUnprocessableEntity, "motive"},
		{"GET", "u-03", "/applications", nil, http.StatusForbidden, ""},
		{"GET", "u-06", "/applications", nil, http.StatusOK, ""},
		{"POST", "u-04", "/grants", grant("2025-10-31"), http.StatusForbidden, "grant an authority"},
		{"POST", "u-06", "/grants", grant("2025-11-30"), http.StatusUnprocessableEntity, "scope.until is after what the application asks for"},
		{"POST", "u-06", "/grants", grant("2025-10-31"), http.StatusCreated, ""},
		{"POST", "u-02", "/authorities/%/checks", described, http.StatusOK, ""},
		{"POST", "u-06", "/authorities/%/renewals", map[string]any{"why": "Still needed."}, http.StatusConflict, "AB-2 cannot be renewed"},
		{"POST", "u-06", "/authorities/%/cancellations", map[string]any{"on": "2026-11-01", "why": "Late."}, http.StatusUnprocessableEntity, "dated today"},
		{"POST", "u-06", "/authorities/%/cancellations", map[string]any{"why": "No longer necessary."}, http.StatusCreated, ""},
		{"GET", "u-02", "/authorities/%", nil, http.StatusOK, ""},
		{"GET", "u-03", "/authorities/%", nil, http.StatusForbidden, ""},
		{"GET", "u-02", "/authorities/none", nil, http.StatusNotFound, ""},
		{"POST", "u-04", "/authorities", map[string]any{"authority": demo.Authority()}, http.StatusCreated, ""},
		{"POST", "u-04", "/authorities", map[string]any{"authority": map[string]any{"route": "60A"}}, http.StatusUnprocessableEntity, "granter.rank is missing"},
		{"GET", "u-02", "/authorities", nil, http.StatusOK, ""},
	} {
		path := base + strings.ReplaceAll(step.path, "%", authority)
		got, answer := d.call(step.method, step.who, path, step.body)
		detail, _ := answer["detail"].(string)
		if got != step.want || !strings.Contains(detail, step.says) {
			t.Errorf("step %d, %s %s by %s: %d, want %d: %v", i+1, step.method, step.path, step.who, got, step.want, answer)
		}
		switch step.path {
		case "/grants":
			authority, _ = answer["authority"].(string)
		case "/authorities/%/checks":
			if answer["allowed"] != true {
				t.Errorf("the described return: %v", answer)
			}
		case "/authorities":
			if list, is := answer["authorities"].([]any); is && len(list) != 2 {
				t.Errorf("%d authorities", len(list))
			}
		}
	}
	for path, want := range map[string]int{"/templates/authorities/PACE-8": http.StatusOK, "/templates/applications": http.StatusOK, "/templates/authorities/15": http.StatusUnprocessableEntity} {
		if got, answer := d.call("GET", "nobody", path, nil); got != want {
			t.Errorf("%s: %d: %v", path, got, answer)
		}
	}
}
