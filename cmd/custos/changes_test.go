package main

import (
	"encoding/json"
	"net/http"
	"testing"

	"custos.example/cmd/custos/demo"
	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/ledger"
)

// get asks as a person and decodes the answer, which must have the status.
func (d *desk) get(who, path string, want int, into any) {
	d.Helper()
	req, err := http.NewRequestWithContext(d.Context(), http.MethodGet, d.server.URL+path, nil)
	if err != nil {
		d.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+d.tokens[who])
	code, answer := answerTo(d.T, d.server.Client(), req)
	if code != want {
		d.Fatalf("%s: %d, want %d\n%s", path, code, want, answer)
	}
	if into != nil {
		if err := json.Unmarshal(answer, into); err != nil {
			d.Fatalf("%s: %v: %s", path, err, answer)
		}
	}
}

// TestChangesOverHTTP makes two versions of an exhibit, one of another data set
// of the same evidence, compares them and asks what depends on the file.
func TestChangesOverHTTP(t *testing.T) {
	d := station(t, wiring.Options{})
	data, _ := demo.Return(7, 100)
	var l line
	l.digests = map[string]string{}
	l.bundle = t.TempDir() + "/b.zip"
	d.byHTTP(&l, data, nil) // no profile is named: the one that fits is taken
	id, err := d.st.Service.Cases().Find(t.Context(), "HAL-1")
	if err != nil {
		t.Fatal(err)
	}
	base := "/v1/cases/" + string(id)
	evidence, err := d.st.Service.Cases().Named(t.Context(), id, custody.NamedEvidence, "PRM/1")
	if err != nil {
		t.Fatal(err)
	}
	authority, err := d.st.Service.Cases().Named(t.Context(), id, custody.NamedAuthority, "AB-26-01873")
	if err != nil {
		t.Fatal(err)
	}
	declared := demo.Declared()
	var again struct {
		Dataset struct{ Entry ledger.EntryID }
		Balance ledger.RowBalance
	}
	d.post("u-02", base+"/evidence/"+evidence.String()+"/datasets", map[string]any{
		"authority": authority, "decisions": []map[string]any{{"kind": "choose-profile", "value": "uk-17", "why": "the covering letter names it"}},
		"return": map[string]any{
			"dataTypes": declared.DataTypes, "identifiers": declared.Identifiers, "from": declared.From, "until": declared.Until, "obtainedOn": declared.ObtainedOn,
		},
	}, &again)
	var ran struct {
		Proof struct{ Entry ledger.EntryID }
	}
	d.post("u-02", base+"/runs", map[string]any{
		"step": scheduleStep, "title": scheduleTitle, "params": map[string]string{"identifiers": subjectNumber, "until": "2026-10-20T00:00:00Z"},
		"data": []ledger.EntryID{again.Dataset.Entry},
	}, &ran)
	var made struct {
		Proof   struct{ Entry ledger.EntryID }
		Version int
	}
	d.post("u-02", base+"/exhibits", map[string]any{
		"reference": "JAS/1", "title": "Contacts", "run": ran.Proof.Entry, "changed": "The period is shorter.", "renderers": []string{"render-schedule-csv"},
	}, &made)
	var found struct {
		Alike                         bool
		Same, Changed, Added, Removed int
		Rows                          []struct{ Change string }
		Reason                        string
	}
	d.post("u-02", base+"/exhibits/"+made.Proof.Entry.String()+"/comparisons", map[string]any{"purpose": "to see what changed"}, &found)
	if made.Version != 2 || !found.Alike || found.Removed == 0 || found.Same == 0 || found.Added+found.Changed != 0 ||
		len(found.Rows) != found.Removed || found.Reason != "The period is shorter." {
		t.Errorf("version %d, compared %+v", made.Version, found)
	}
	var list struct {
		Exhibits []struct {
			Reference string
			Version   int
			Through   []string
		}
	}
	d.get("u-02", base+"/affected?by=PRM/1", http.StatusOK, &list)
	if len(list.Exhibits) != 2 || len(list.Exhibits[0].Through) == 0 {
		t.Errorf("PRM/1 affects %+v", list)
	}
	d.get("u-02", base+"/affected?by=PRM/9", http.StatusNotFound, nil)
	d.get("u-02", "/v1/affected?by=PRM/1", http.StatusForbidden, nil)
}
