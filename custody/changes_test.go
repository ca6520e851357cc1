package custody_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"custos.example/analysis"
	"custos.example/custody"
	"custos.example/custody/bundle"
	"custos.example/ledger"
)

// checker is what a stranger checks with who was given the trust file.
func (h *house) checker() bundle.Options {
	h.Helper()
	trust, err := h.Service.Organisation().Trust(h.Context())
	if err != nil {
		h.Fatal(err)
	}
	return bundle.Options{
		Trust: &trust, Steps: h.Service.Steps,
		Scratch: func() (analysis.Scratch, error) { return analysis.NewMemoryEnv(64 << 20).Scratch() },
	}
}

func (h *house) affected(id custody.CaseID, by string) []custody.AffectedExhibit {
	h.Helper()
	actor := analyst
	if id == "" {
		actor = auditor
	}
	found, err := h.Service.Exhibits().Affected(h.Context(), actor, custody.Affected{Case: id, By: by})
	if err != nil {
		h.Fatal(err)
	}
	return found
}

// TestVersionsAreCompared makes two versions of a schedule whose difference is
// known row by row, and wants it found, printed and explained with its reason.
func TestVersionsAreCompared(t *testing.T) {
	h := withCase(t)
	dataset := h.receive(file(40)).Dataset.Entry
	produce := func(params map[string]string, changed string) custody.Produced {
		ran := h.run("event-schedule", dataset, params)
		made, err := h.Service.Exhibits().Produce(t.Context(), analyst, custody.Produce{
			Case: h.id, Reference: "JAS/1", Title: "Schedule of calls", Run: ran.Entry, Changed: changed, Renderers: []string{"render-schedule-csv"},
		})
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	first := produce(map[string]string{"until": "2024-02-20T00:00:00Z"}, "")
	second := produce(map[string]string{"from": "2024-02-05T00:00:00Z"}, "The period asked for was the wrong one.")
	counts := map[string]int{}
	compare := custody.Compare{
		Ask: custody.Ask{Purpose: "to see what changed"}, Case: h.id, After: second.Entry,
		Row: func(r custody.ComparedRow) error { counts[r.Change]++; return nil },
	}
	found, err := h.Service.Exhibits().Compare(t.Context(), analyst, compare)
	if err != nil {
		t.Fatal(err)
	}
	// Day 1 to 28 of February, one call each and a second on days 1 to 12.
	wantRemoved, wantAdded := 2*4, 28-20+1
	if found.Removed != wantRemoved || found.Added != wantAdded || found.Changed != 0 || found.Same != 40-wantRemoved-wantAdded {
		t.Errorf("found %+v, want %d removed and %d added of 40", found, wantRemoved, wantAdded)
	}
	if counts["added"] != found.Added || counts["removed"] != found.Removed || found.Reason != "The period asked for was the wrong one." {
		t.Errorf("listed %v of %+v", counts, found)
	}
	compare.Purpose = ""
	if _, err := h.Service.Exhibits().Compare(t.Context(), analyst, compare); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("rows are compared without a reason: %v", err)
	}
	compare.Purpose, compare.After = "to see", first.Entry
	if _, err := h.Service.Exhibits().Compare(t.Context(), analyst, compare); !errors.Is(err, custody.ErrInvalid) {
		t.Errorf("the first version is compared with nothing: %v", err)
	}
	b, _ := h.pack(second.Entry, nil)
	if !bytes.Contains(b, []byte("8 removed")) && !strings.Contains(h.metaOf(second), "8 removed") {
		t.Error("the front page does not say what changed")
	}
	old, _ := h.pack(first.Entry, nil)
	report := h.verify(old, true)
	var text bytes.Buffer
	if err := report.Text(&text); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(strings.Join(strings.Fields(text.String()), " "), "What changed: The period asked for was the wrong one.") {
		t.Errorf("the bundle of version 1 does not say why there is a version 2\n%s", text.String())
	}
	h.whole()
}

// metaOf returns the front matter of an exhibit.
func (h *house) metaOf(p custody.Produced) string {
	h.Helper()
	for _, e := range h.entries(h.id, ledger.Work) {
		if !slices.ContainsFunc(p.Renders, func(r custody.Proof) bool { return r.Entry == e.Entry }) {
			continue
		}
		s, err := e.Statement()
		if err != nil {
			h.Fatal(err)
		}
		for _, d := range s.Predicate.ResolvedDependencies {
			if d.Name != "meta" {
				continue
			}
			blob, err := h.Service.Blobs.Find(h.Context(), h.id, d.Digest)
			if err != nil {
				h.Fatal(err)
			}
			content, err := h.Service.Blobs.Open(h.Context(), h.id, blob.Address)
			if err != nil {
				h.Fatal(err)
			}
			text := make([]byte, content.Size())
			if _, err := content.ReadAt(text, 0); err != nil && content.Size() == 0 {
				h.Fatal(err)
			}
			_ = content.Close()
			return string(text)
		}
	}
	return ""
}

// TestAffected wants every exhibit that depends on a file, a step or a defect,
// and no other.
func TestAffected(t *testing.T) {
	h, files := withTwo(t)
	made := map[string]custody.Produced{}
	for reference, data := range map[string][]ledger.EntryID{
		"JAS/1": {files[0].Dataset.Entry}, "JAS/2": {files[1].Dataset.Entry}, "JAS/3": {files[0].Dataset.Entry, files[1].Dataset.Entry},
	} {
		step := "event-schedule"
		if reference == "JAS/2" {
			step = "first-last-use"
		}
		ran, err := h.Service.Analyses().Run(t.Context(), analyst, custody.Run{Case: h.id, Step: step, Title: "Which calls?", Data: data})
		if err != nil {
			t.Fatal(err)
		}
		renderer := "render-schedule-csv"
		if reference == "JAS/2" {
			renderer = "render-table-csv"
		}
		made[reference], err = h.Service.Exhibits().Produce(t.Context(), analyst, custody.Produce{
			Case: h.id, Reference: reference, Title: "Schedule", Run: ran.Entry, Renderers: []string{renderer},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	wants := func(by string, want ...string) {
		t.Helper()
		for _, id := range []custody.CaseID{h.id, ""} {
			var got []string
			for _, x := range h.affected(id, by) {
				got = append(got, x.Reference)
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%s affects %v, want %v", by, got, want)
			}
		}
	}
	wants("NET/1", "JAS/1", "JAS/3")
	wants("NET/2", "JAS/2", "JAS/3")
	wants("merge-events", "JAS/3")
	wants("first-last-use@1", "JAS/2")
	wants("render-schedule-csv", "JAS/1", "JAS/3")
	wants("source-csv@1", "JAS/1", "JAS/2", "JAS/3")
	wants("night-cells@1")
	wants(files[0].Dataset.Entry.String(), "JAS/1", "JAS/3")
	if _, err := h.Service.Exhibits().Affected(t.Context(), analyst, custody.Affected{Case: h.id, By: "NET/77"}); !errors.Is(err, custody.ErrNotFound) {
		t.Errorf("a name that stands for nothing: %v", err)
	}
	if _, err := h.Service.Exhibits().Affected(t.Context(), analyst, custody.Affected{By: "NET/1"}); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("an analyst searches every case: %v", err)
	}
	h.defect(custody.RecordDefect{Case: h.id, ID: "D-1", Title: "The operator sent the wrong cells", Effect: "Cells are wrong.", Entries: []ledger.EntryID{files[1].Evidence.Entry}})
	wants("D-1", "JAS/2", "JAS/3")
	h.defect(custody.RecordDefect{ID: "D-2", Title: "Ties are ordered wrongly", Effect: "The order of rows may differ.", Steps: []string{"first-last-use@1"}})
	wants("D-2", "JAS/2")
	h.whole()
}

func (h *house) defect(r custody.RecordDefect) {
	h.Helper()
	actor := analyst
	if r.Case == "" {
		actor = admin
	}
	if _, err := h.Service.Defects().Record(h.Context(), actor, r); err != nil {
		h.Fatal(err)
	}
}

// TestDefectsAreDeclared wants a known defect on the front page of what it
// touches, in the bundle of what was made before it was known, and nowhere once
// it is withdrawn.
func TestDefectsAreDeclared(t *testing.T) {
	h := withCase(t)
	dataset := h.receive(file(10)).Dataset.Entry
	ran := h.run("event-schedule", dataset, nil)
	produce := func() (custody.Produced, string) {
		made, err := h.Service.Exhibits().Produce(t.Context(), analyst, custody.Produce{
			Case: h.id, Reference: "JAS/1", Title: "Schedule", Run: ran.Entry, Renderers: []string{"render-schedule-csv"}, Changed: "The register of defects has a new line.",
		})
		if err != nil {
			t.Fatal(err)
		}
		return made, h.metaOf(made)
	}
	first, meta := produce()
	if !strings.Contains(meta, `"defects":{"asOf":`) || strings.Contains(meta, "D-9") {
		t.Errorf("no register is declared: %s", meta)
	}
	step := custody.RecordDefect{ID: "D-9", Title: "A made-up fault of the schedule", Effect: "Nothing is wrong in truth.", Steps: []string{"event-schedule@1"}}
	h.defect(step)
	if _, meta = produce(); !strings.Contains(meta, "D-9") || !strings.Contains(meta, `"state":"open"`) {
		t.Errorf("the defect is not declared: %s", meta)
	}
	old, _ := h.pack(first.Entry, nil)
	var text bytes.Buffer
	report := h.verify(old, true)
	if err := report.Text(&text); err != nil || report.Headline == bundle.Differs || !strings.Contains(text.String(), "D-9") {
		t.Errorf("a bundle made afterwards does not say that a defect is known: %v\n%s", err, text.String())
	}
	step.State = custody.DefectWithdrawn
	h.defect(step)
	if _, meta = produce(); strings.Contains(meta, "D-9") {
		t.Errorf("a withdrawn defect is declared: %s", meta)
	}
	for name, bad := range map[string]custody.RecordDefect{
		"no name":       {Case: h.id, ID: "seven", Title: "x", Effect: "y", Steps: []string{"event-schedule@1"}},
		"nothing":       {Case: h.id, ID: "D-3", Title: "x", Effect: "y"},
		"no such step":  {Case: h.id, ID: "D-3", Title: "x", Effect: "y", Steps: []string{"crystal-ball@1"}},
		"no such state": {Case: h.id, ID: "D-3", Title: "x", Effect: "y", Steps: []string{"event-schedule@1"}, State: "forgotten"},
	} {
		if _, err := h.Service.Defects().Record(t.Context(), analyst, bad); !errors.Is(err, custody.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := h.Service.Defects().Record(t.Context(), analyst, custody.RecordDefect{ID: "D-4", Title: "x", Effect: "y", Steps: []string{"event-schedule@1"}}); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("an analyst records a defect for every case: %v", err)
	}
	h.whole()
}
