package wiring_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
)

// TestKeyOfACaseIsLost takes the key of one case of two away, and a payload of the other:
// fsck says of the first in one finding that its key is missing, of how many rows, and what to do, and still
// finds what is wrong with the second. The controls are the same with the key, before and after.
func TestKeyOfACaseIsLost(t *testing.T) {
	const notes = 60 // each an entry and its decision: more rows of a case than are listed
	o := place(t)
	s := founded(t, o)
	imported(t, s, "R-v-ONE")
	imported(t, s, "R-v-TWO")
	folders, err := filepath.Glob(filepath.Join(o.Dir, "blobs", "case-*"))
	if err != nil || len(folders) != 2 {
		t.Fatalf("%q, %v", folders, err)
	}
	id := func(i int) custody.CaseID {
		return custody.CaseID(strings.TrimPrefix(filepath.Base(folders[i]), "case-"))
	}
	one, two := id(0), id(1)
	for i := range notes {
		for _, in := range []custody.CaseID{one, two} {
			if _, err := s.Service.Notes().Add(t.Context(), custody.Actor{ID: "si1"}, custody.AddNote{Case: in, Text: fmt.Sprintf("The exhibit was looked at, time %d.", i)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	healthy(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(o.KeyFolder(), "vault", "case-"+string(one)+".key")
	was, err := os.ReadFile(key)
	if err != nil || os.Remove(key) != nil {
		t.Fatal(err)
	}
	lost := filesIn(t, folders[1])[0]
	content, err := os.ReadFile(lost)
	if err != nil || os.WriteFile(lost, append(content, 0), 0o600) != nil {
		t.Fatal(err)
	}
	s = opened(t, o)
	report, err := s.Fsck(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	of := map[custody.CaseID][]custody.Finding{}
	for _, f := range report.Findings {
		of[f.Case] = append(of[f.Case], f)
	}
	if found := of[one]; len(found) != 1 {
		t.Errorf("%d findings of the case without a key: %+v", len(found), found)
	} else {
		for _, want := range []string{"the key of this case is missing", "neither entries nor payloads", "Restore the key folder"} {
			if !strings.Contains(found[0].What, want) || !strings.Contains(found[0].Where, string(one)) {
				t.Errorf("it does not say %q: %+v", want, found[0])
			}
		}
	}
	if len(of[two]) == 0 || strings.Contains(of[two][0].What, "the key of this case") {
		t.Errorf("what is wrong with the other case: %+v", of[two])
	}
	if len(of[""]) > 0 {
		t.Errorf("of no case: %+v", of[""])
	}
	inRows, err := s.Inspect(t.Context(), wiring.FsckOptions{Level: wiring.Entries})
	if err != nil || len(inRows.Findings) != 1 {
		t.Fatalf("in the rows alone: %+v, %v", inRows.Findings, err)
	}
	var rows int
	_, after, _ := strings.Cut(inRows.Findings[0].What, "(")
	if _, err := fmt.Sscanf(after, "%d rows and payloads", &rows); err != nil || rows < 4*notes {
		t.Errorf("%d rows are told of, %v: %+v", rows, err, inRows.Findings[0])
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if os.WriteFile(key, was, 0o600) != nil || os.WriteFile(lost, content, 0o600) != nil {
		t.Fatal("put back")
	}
	healthy(t, opened(t, o))
}
