package custody_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"custos.example/analysis"
	"custos.example/custody"
	"custos.example/custody/bundle"
	"custos.example/policy"
)

// TestSelectionInTheOffice has a second person make the selection again, from the
// whole data set and the choice, proofs too; a repeated request finds what it made;
// whatever is asked about the file finds the exhibit that was made from the selection.
func TestSelectionInTheOffice(t *testing.T) {
	h := withCase(t)
	var ran []string
	steps := h.Service.Steps
	h.Service.Module = likeness{steps: steps, ran: &ran}
	received := h.receive(big(60, func(i int) int { return 200 + i }))
	request := custody.SelectRows{
		Ask: custody.Ask{RequestID: "0123456789abcdef0123"}, Case: h.id, Data: received.Dataset.Entry, Title: "Some calls", Rest: "sensitive",
		Show:   analysis.Criteria{From: "2024-02-01 00:10", Until: "2024-02-01T01:00:00Z"},
		Redact: []analysis.Redaction{{Part: "place", Reason: "not-relevant"}},
	}
	selected, err := h.Service.Selections().Select(t.Context(), analyst, request)
	if err != nil {
		t.Fatal(err)
	}
	again, err := h.Service.Selections().Select(t.Context(), analyst, request)
	if err != nil || again.Entry != selected.Entry || again.Selection.Served() != selected.Selection.Served() {
		t.Errorf("asked again: %v, entries %s and %s", err, again.Entry, selected.Entry)
	}
	listed, err := h.Service.Selections().List(t.Context(), analyst, h.id, custody.Ask{})
	if err != nil || len(listed) != 1 || listed[0].Selection.Sentence() != selected.Selection.Sentence() {
		t.Errorf("listed %+v, %v", listed, err)
	}
	if _, err := h.Service.Selections().Select(t.Context(), stranger, request); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("somebody who does not work on the case selects: %v", err)
	}
	run := h.run("event-schedule", selected.Entry, nil)
	exhibit, err := h.Service.Exhibits().Produce(t.Context(), analyst, custody.Produce{Case: h.id, Reference: "JAS/7", Title: "Selected calls", Run: run.Entry})
	if err != nil {
		t.Fatal(err)
	}
	ran = nil
	checked, err := h.Service.Exhibits().Check(t.Context(), second, custody.Check{Case: h.id, Exhibit: exhibit.Entry})
	if err != nil || !slices.Contains(ran, "select-rows") || !slices.Contains(ran, "source-csv") {
		t.Errorf("checked: %v, ran %s, steps %d", err, ran, len(checked.Steps))
	}
	h.Service.Module = likeness{steps: steps, ran: &ran, differs: "select-rows"}
	if _, err := h.Service.Exhibits().Check(t.Context(), second, custody.Check{Case: h.id, Exhibit: exhibit.Entry}); !errors.Is(err, custody.ErrIntegrity) {
		t.Errorf("control: a step that selects one byte more: %v", err)
	}
	for _, by := range []string{"NET/1", received.Dataset.Entry.String(), selected.Entry.String(), "select-rows"} {
		found, err := h.Service.Exhibits().Affected(t.Context(), analyst, custody.Affected{Case: h.id, By: by})
		if err != nil || len(found) != 1 {
			t.Errorf("affected by %s: %d exhibits, %v", by, len(found), err)
		}
	}
	page, err := h.Service.Pages().Read(t.Context(), analyst, custody.ReadPage{
		Ask: custody.Ask{Purpose: "to see what is served", For: policy.Investigation}, Case: h.id, Data: selected.Entry, First: 1, Last: 3,
	})
	if err != nil || page.Total != uint64(selected.Selection.Served()) { //nolint:gosec // a count
		t.Errorf("page of %d rows, %v; %d are served", page.Total, err, selected.Selection.Served())
	}
	h.whole()
}

// TestSelectionBesideItsDataSet refuses a bundle that would show every row besides
// the selection of some.
func TestSelectionBesideItsDataSet(t *testing.T) {
	h := withCase(t)
	received := h.receive(big(60, func(i int) int { return 200 + i }))
	selected := h.selects(received.Dataset.Entry, func(r *custody.SelectRows) { r.Show = first(20) })
	merged, err := h.Service.Analyses().Run(t.Context(), analyst, custody.Run{
		Case: h.id, Step: "merge-events", Title: "Both", Inputs: map[string]custody.PayloadRef{
			"events": {Entry: received.Dataset.Entry}, "set-aside": {Entry: received.Dataset.Entry},
			"events-2": {Entry: selected.Entry, Name: "events"}, "set-aside-2": {Entry: selected.Entry, Name: "set-aside"},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	exhibit, err := h.Service.Exhibits().Produce(t.Context(), analyst, custody.Produce{
		Case: h.id, Reference: "JAS/9", Title: "Both", Run: h.run("event-schedule", merged.Entry, nil).Entry,
	})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if _, err := h.Service.Exhibits().Bundle(t.Context(), sio, custody.Pack{Case: h.id, Exhibit: exhibit.Entry}, &b); !errors.Is(err, custody.ErrInvalid) || b.Len() > 0 {
		t.Errorf("%v, %d bytes", err, b.Len())
	}
	control := h.served(selected.Entry, "JAS/7")
	h.wants(h.verify(control, true), bundle.CannotTell)
	if strings.Contains(string(control), "NET/1 return.csv") || strings.Contains(string(control), "return.csv") {
		t.Error("the name of the file stands in the bundle")
	}
}
