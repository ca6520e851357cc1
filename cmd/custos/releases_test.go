package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"custos.example/api"
	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/policy/rego"
)

// TestReleasesOverHTTP takes a release from proposal to force over HTTP. Anybody may
// read which rules decide and their text; neither says who wrote or approved them.
func TestReleasesOverHTTP(t *testing.T) {
	d := station(t, wiring.Options{})
	issue := func(id string) {
		t.Helper()
		secret, err := api.NewTokens(d.st.TokenFile(), d.st.Service.Clock).Issue(id, api.Term{})
		if err != nil {
			t.Fatal(err)
		}
		d.tokens[id] = secret
	}
	for id, role := range map[string]string{"x-au": "auditor", "x-dpo": "dpo", "x-sro": "sro"} {
		p := custody.Person{ID: id, Name: id, Roles: []string{role}}
		if _, err := d.st.Service.Organisation().Enrol(t.Context(), custody.Actor{ID: "u-01"}, custody.Enrol{Person: p}); err != nil {
			t.Fatal(err)
		}
		issue(id)
	}
	issue("u-01")
	get := func(path string) (int, []byte) {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, d.server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		return answerTo(t, http.DefaultClient, request)
	}
	inForce := func() string {
		t.Helper()
		var all struct {
			Releases []struct {
				Release string `json:"release"`
				InForce bool   `json:"inForce"`
			} `json:"releases"`
		}
		status, text := get("/policy/releases")
		if err := json.Unmarshal(text, &all); status != http.StatusOK || err != nil {
			t.Fatal(status, err)
		}
		for _, id := range []string{"x-au", "x-dpo", "x-sro", "u-01", "service"} {
			if bytes.Contains(text, []byte(`"`+id+`"`)) {
				t.Errorf("%s is named to everybody: %s", id, text)
			}
		}
		for _, r := range all.Releases {
			if r.InForce {
				return r.Release
			}
		}
		t.Fatalf("none is in force: %s", text)
		return ""
	}
	first := inForce()
	status, text := get("/policy/releases/" + first)
	sum := sha256.Sum256(text)
	if status != http.StatusOK || hex.EncodeToString(sum[:]) != first {
		t.Errorf("%d: the text of %s has the digest %x", status, first, sum)
	}
	for _, unknown := range []string{strings.Repeat("0", 64), "in-force", "..%2f.."} {
		if status, _ := get("/policy/releases/" + unknown); status != http.StatusNotFound {
			t.Errorf("%s: %d", unknown, status)
		}
	}
	files, err := rego.Files(text)
	if err != nil {
		t.Fatal(err)
	}
	next, err := rego.Text(append(files, rego.File{Name: "zz.rego", Text: "package custos\n\nremark := \"nothing changes\"\n"}))
	if err != nil {
		t.Fatal(err)
	}
	var proposed struct {
		Release string `json:"release"`
	}
	d.post("x-au", "/v1/policy/releases", map[string]any{"name": "A remark", "text": string(next)}, &proposed)
	if proposed.Release != rego.Digest(next) {
		t.Errorf("%s is put forward, not %s", proposed.Release, rego.Digest(next))
	}
	steps := "/v1/policy/releases/" + proposed.Release
	d.post("x-dpo", steps+"/approvals", map[string]any{}, nil)
	d.post("x-sro", steps+"/approvals", map[string]any{}, nil)
	if now := inForce(); now != first {
		t.Errorf("%s is in force before it is published", now)
	}
	d.post("u-01", steps+"/publications", map[string]any{}, nil)
	if now := inForce(); now != proposed.Release {
		t.Errorf("%s is in force, not %s", now, proposed.Release)
	}
}
