package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"testing"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/policy"
)

// TestDisclosureOverHTTP goes over HTTP from a note to a bundle that is served,
// released and collected. The control is the co-defendant's expert, who must be
// refused that bundle.
func TestDisclosureOverHTTP(t *testing.T) {
	d := station(t, wiring.Options{})
	made := runLine(t, d, true)
	bundle, err := os.ReadFile(made.bundle)
	if err != nil {
		t.Fatal(err)
	}
	id, err := d.st.Service.Cases().Find(t.Context(), "HAL-1")
	if err != nil {
		t.Fatal(err)
	}
	exhibit, err := d.st.Service.Cases().Named(t.Context(), id, custody.NamedExhibit, "JAS/1")
	if err != nil {
		t.Fatal(err)
	}
	base := "/v1/cases/" + string(id)
	for who, role := range map[string]policy.Role{"do-1": policy.DisclosureOfficer, "pr-1": policy.Prosecutor, "dx-1": policy.DefenceExpert, "dx-2": policy.DefenceExpert} {
		d.enrolled(who, string(role))
		if role != policy.DefenceExpert {
			d.post("u-05", base+"/assignments", map[string]any{"person": who, "reason": "the trial"}, nil)
		}
	}
	var note, named struct{ ID string }
	d.post("u-02", base+"/notes", map[string]any{"text": "The handset may be hers."}, &note)
	for i, name := range []string{"A. Accused", "B. Accused"} {
		if d.post("do-1", base+"/defendants", map[string]any{"name": name}, &named); named.ID != []string{"DEF-1", "DEF-2"}[i] {
			t.Errorf("defendant %s", named.ID)
		}
	}
	for _, r := range []custody.Recipient{
		{Name: "CPS London", Role: policy.Prosecutor, Person: "pr-1"},
		{Name: "D. Expert", Role: policy.DefenceExpert, Person: "dx-1", Defendant: "DEF-1"},
		{Name: "E. Expert", Role: policy.DefenceExpert, Person: "dx-2", Defendant: "DEF-2"},
	} {
		d.post("do-1", base+"/recipients", map[string]any{"recipient": r}, &named)
	}
	var notes custody.NoteList
	if d.get("u-02", base+"/notes", http.StatusOK, &notes); len(notes.Notes) != 1 || notes.Notes[0].ID != note.ID {
		t.Fatalf("%+v", notes)
	}
	var assessed struct{ Items []int }
	entries := []string{notes.Notes[0].Entry.String()}
	if d.post("do-1", base+"/material/assessments", map[string]any{"entries": entries, "status": "MG6C"}, &assessed); assessed.Items[0] != 1 {
		t.Errorf("%+v", assessed)
	}
	d.post("do-1", base+"/material/revelations", map[string]any{"entries": entries, "to": "R-1"}, nil)
	d.post("pr-1", base+"/material/disclosures", map[string]any{"entries": entries, "to": "R-2"}, nil)
	d.post("do-1", base+"/exhibits/"+exhibit.String()+"/services", map[string]any{"to": "R-1"}, nil)
	d.post("pr-1", base+"/exhibits/"+exhibit.String()+"/releases", map[string]any{"to": "R-2"}, nil)
	body, err := json.Marshal(map[string]any{"purpose": "to examine it"})
	if err != nil {
		t.Fatal(err)
	}
	if got := d.send("dx-1", base+"/exhibits/"+exhibit.String()+"/collections", "application/json", bytes.NewReader(body)); !bytes.Equal(got, bundle) {
		t.Errorf("%d bytes were collected, %d were made", len(got), len(bundle))
	}
	if code, _ := d.call(http.MethodPost, "dx-2", base+"/exhibits/"+exhibit.String()+"/collections", map[string]any{}); code != http.StatusForbidden {
		t.Errorf("control: the co-defendant's expert is answered %d", code)
	}
	var given struct{ Given []custody.GivenLine }
	if d.get("do-1", base+"/given", http.StatusOK, &given); len(given.Given) != 4 || given.Given[3].What != "released" || given.Given[3].Collected == nil {
		t.Errorf("%+v", given)
	}
	var list custody.MaterialList
	if d.get("do-1", base+"/material?status=MG6C", http.StatusOK, &list); len(list.Material) != 1 || list.Material[0].Item != 1 {
		t.Errorf("%+v", list)
	}
	var parties custody.Parties
	if d.get("do-1", base+"/parties", http.StatusOK, &parties); len(parties.Recipients) != 3 || len(parties.Defendants) != 2 {
		t.Errorf("%+v", parties)
	}
	d.get("dx-1", base+"/material", http.StatusForbidden, nil)
}
