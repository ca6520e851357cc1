package registry_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"custos.example/analysis"
	"custos.example/analysis/registry"
	"custos.example/analysis/source"
	"custos.example/analysis/steptest"
)

// corpus reads a file of the shared data sets.
func corpus(t *testing.T, name string) []byte {
	t.Helper()
	return steptest.CorpusFile(t, name)
}

func runStep(t *testing.T, name string, in map[string][]byte, params analysis.Params) (map[string][]byte, analysis.Balance) {
	t.Helper()
	s, ok := registry.Find(name, 1)
	if !ok {
		t.Fatalf("no step %s", name)
	}
	only := map[string][]byte{}
	for _, p := range s.Info().Inputs {
		if content, given := in[p.Name]; given || !p.Optional {
			only[p.Name] = content
		}
	}
	out, o, err := steptest.Run(s, only, params)
	if err != nil {
		t.Fatal(err)
	}
	return out, o.Result.Balance
}

func contacts(t *testing.T, file, profile string, subject string, decisions ...source.Decision) (map[string][]string, analysis.Balance) {
	t.Helper()
	prof, ok := source.ReadProfile(profile)
	if !ok {
		t.Fatal(profile)
	}
	ds, err := source.MarshalDecisions(decisions)
	if err != nil {
		t.Fatal(err)
	}
	made, _ := runStep(t, "source-csv", map[string][]byte{"source": corpus(t, file), "profile": prof, "decisions": ds}, nil)
	out, b := runStep(t, "top-contacts", made, analysis.Params{"subject": subject})
	all, err := csv.NewReader(bytes.NewReader(out["contacts"])).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	table := map[string][]string{}
	for _, line := range all[1:] {
		table[line[1]] = line
	}
	return table, b
}

// TestContactsOfTheEgoFile compares with figures computed from the raw file by
// other means.
func TestContactsOfTheEgoFile(t *testing.T) {
	var want map[string]struct {
		Contacts [][2]any `json:"contacts"`
	}
	if err := json.Unmarshal(corpus(t, "06-bandicoot/expected.json"), &want); err != nil {
		t.Fatal(err)
	}
	table, b := contacts(t, "06-bandicoot/demo/data/ego.csv", "bandicoot", "id:ego",
		source.Decision{Kind: source.AssertSubject, Value: "id:ego", Who: "w", Why: "y"}, source.Decision{Kind: source.AssertZone, Value: "UTC", Who: "w", Why: "y"})
	list := want["06a-ego"].Contacts
	if len(table) != len(list) || len(list) != 7 {
		t.Fatalf("%d contacts, want %d", len(table), len(list))
	}
	for i, c := range list {
		name, n := c[0].(string), int(c[1].(float64))
		line := table["id:"+name]
		if line == nil || line[2] != strconv.Itoa(n) || line[0] != strconv.Itoa(i+1) {
			t.Errorf("%s: %v, want rank %d and %d events", name, line, i+1, n)
		}
	}
	if b.Received != 314 || b.Shown != 314 {
		t.Error(b)
	}
}

// TestNoRoundedNumberIsAContact: a table with 933402000000 at its head would be
// a false exhibit.
func TestNoRoundedNumberIsAContact(t *testing.T) {
	table, b := contacts(t, "08-pk-excel-mangled/CDR.csv", "pk-08", "id:target",
		source.Decision{Kind: source.AssertSubject, Value: "id:target", Who: "w", Why: "y"})
	if len(table) != 3 {
		t.Errorf("contacts: %v; want the three whole numbers", table)
	}
	for id := range table {
		if strings.HasSuffix(id, "000000") || !strings.HasPrefix(id, "+") {
			t.Errorf("contact %s", id)
		}
	}
	if b.Received != 3620 || b.SetAside != 3035 || b.Verify() != nil {
		t.Error(b)
	}
	empty, b := contacts(t, "08-pk-excel-mangled/CDR.csv", "pk-08", "+923310000000")
	if len(empty) != 0 || b.SetAside != 3620 {
		t.Errorf("without a decision: %v, %s", empty, b)
	}
}
