package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"custos.example/api"
	"custos.example/cmd/custos/wiring"
)

// call sends a document, or nothing, and returns the status and the answer.
func (d *desk) call(method, who, path string, body any) (int, map[string]any) {
	d.Helper()
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			d.Fatal(err)
		}
	}
	req, err := http.NewRequestWithContext(d.Context(), method, d.server.URL+path, bytes.NewReader(text))
	if err != nil {
		d.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+d.tokens[who])
	res, err := d.server.Client().Do(req)
	if err != nil {
		d.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	answer := map[string]any{}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		d.Fatalf("%s %s: %v", method, path, err)
	}
	return res.StatusCode, answer
}

// TestIdentitiesOverHTTP gives and ends a role and an assignment over HTTP and shows
// that the case opens and closes with them.
func TestIdentitiesOverHTTP(t *testing.T) {
	d := station(t, wiring.Options{})
	var err error
	if d.tokens["u-01"], err = api.NewTokens(d.st.TokenFile(), d.st.Service.Clock).Issue("u-01", api.Term{}); err != nil {
		t.Fatal(err)
	}
	var opened struct{ Case string }
	d.post("u-05", "/v1/cases", map[string]any{"reference": "HAL-1", "title": "test", "assigned": []string{"u-05"}}, &opened)
	path := "/v1/cases/" + opened.Case + "/assignments"
	soon := noon{}.Now().Add(time.Hour)
	for i, step := range []struct {
		method, who, path string
		body              any
		want              int
	}{
		{"GET", "u-02", path, nil, 403},
		{"POST", "u-02", path, map[string]any{"person": "u-02", "reason": "wants to"}, 403},
		{"POST", "u-05", path, map[string]any{"person": "u-02", "reason": "analyses the returns", "until": soon}, 201},
		{"GET", "u-02", path, nil, 200},
		{"POST", "u-05", path, map[string]any{"person": "u-02"}, 422},
		{"POST", "u-05", path, map[string]any{"person": "u-99", "reason": "r"}, 404},
		{"POST", "u-05", path, map[string]any{"person": "u-02", "surname": "x"}, 422},
		{"POST", "u-05", "/v1/roles", map[string]any{"person": "u-02", "role": "sio", "reason": "appointed"}, 403},
		{"POST", "u-01", "/v1/roles/endings", map[string]any{"person": "u-02", "role": "analyst", "reason": "moved"}, 201},
		{"GET", "u-02", path, nil, 403},
		{"POST", "u-01", "/v1/roles", map[string]any{"person": "u-02", "role": "analyst", "reason": "appointed", "until": soon}, 201},
		{"GET", "u-02", path, nil, 200},
		{"POST", "u-05", path + "/endings", map[string]any{"person": "u-02", "reason": "done"}, 201},
		{"GET", "u-02", path, nil, 403},
		{"POST", "u-01", "/v1/people/standings", map[string]any{"person": "u-02", "vetting": "sc", "competent": []any{map[string]any{"activity": "cdr-import", "until": soon}}}, 201},
		{"POST", "u-05", "/v1/people/standings", map[string]any{"person": "u-02", "vetting": "dv"}, 403},
		{"GET", "u-02", "/v1/people", nil, 403},
	} {
		if got, answer := d.call(step.method, step.who, step.path, step.body); got != step.want {
			t.Errorf("step %d, %s %s by %s: %d, want %d: %v", i+1, step.method, step.path, step.who, got, step.want, answer)
		}
	}
	_, answer := d.call("GET", "u-01", "/v1/people", nil)
	people, _ := answer["people"].([]any)
	var found map[string]any
	for _, p := range people {
		if m, _ := p.(map[string]any); m["id"] == "u-02" {
			found, _ = m["standing"].(map[string]any)
		}
	}
	if len(people) != 5 || found["vetting"] != "sc" || found["organisation"] != "territorial-police" {
		t.Errorf("%d people, u-02 is %v", len(people), found)
	}
}
