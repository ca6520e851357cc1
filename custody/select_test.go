package custody_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"custos.example/analysis"
	"custos.example/custody"
	"custos.example/custody/bundle"
	"custos.example/ledger"
)

// big is a made-up return of n calls and texts, none of which repeats another: the
// other party follows from the line.
func big(n int, other func(i int) int) []byte {
	var b strings.Builder
	b.WriteString(header)
	for i := range n {
		fmt.Fprintf(&b, "07700900123,07700900%03d,%s,%02d/02/2024,%02d:%02d:%02d,00:01:%02d,,234150000000001,"+
			"234-15-101-2001,375000,165000,120,\"1 Made Up Street, Bath\",234-15-101-2002,375100,165100,240\n",
			other(i), []string{"MO Voice", "MT Voice", "MO SMS"}[i%3], 1+i/144, i/6%24, 10*(i%6), i%60, i%60)
	}
	return []byte(b.String())
}

// first are the first n rows of a file, by their numbers: its header is row 1.
func first(n int64) analysis.Criteria {
	return analysis.Criteria{Rows: []analysis.RowRange{{From: 2, To: 1 + n}}}
}

// selects asks for rows of a data set.
func (h *house) selects(dataset ledger.EntryID, change func(*custody.SelectRows)) custody.Selected {
	h.Helper()
	request := custody.SelectRows{Case: h.id, Data: dataset, Title: "Calls of the week in question", Show: first(340), Rest: "not-relevant"}
	if change != nil {
		change(&request)
	}
	selected, err := h.Service.Selections().Select(h.Context(), analyst, request)
	if err != nil {
		h.Fatal(err)
	}
	return selected
}

// served is the line from a selection to a bundle.
func (h *house) served(selection ledger.EntryID, reference string) []byte {
	h.Helper()
	ran := h.run("event-schedule", selection, nil)
	exhibit, err := h.Service.Exhibits().Produce(h.Context(), analyst, custody.Produce{
		Case: h.id, Reference: reference, Title: "Schedule of selected calls", Run: ran.Entry,
	})
	if err != nil {
		h.Fatal(err)
	}
	b, _ := h.pack(exhibit.Entry, nil)
	return b
}

// TestServedSubset serves 340 of 3,112 rows: the verifier proves each, makes
// everything after the selection again, counts what is withheld, and cannot tell
// about what lies before it.
func TestServedSubset(t *testing.T) {
	h := withCase(t)
	received := h.receive(big(3112, func(i int) int { return 200 + i%700 }))
	if received.RowCount != 3112 {
		t.Fatalf("%d rows, %+v", received.RowCount, received.Balance)
	}
	selected := h.selects(received.Dataset.Entry, func(r *custody.SelectRows) {
		r.Show = first(350)
		r.Withhold = []analysis.Withholding{{Criteria: analysis.Criteria{Rows: []analysis.RowRange{{From: 12, To: 21}}}, Reason: "privileged"}}
	})
	want := "340 of 3,112 rows of NET/1 are served, 2,772 are withheld (2,762 not relevant, 10 privileged)."
	if got := selected.Selection.Sentence(); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	b := h.served(selected.Entry, "JAS/7")
	report := h.verify(b, true)
	h.wants(report, bundle.CannotTell)
	var text bytes.Buffer
	if err := report.Text(&text); err != nil {
		t.Fatal(err)
	}
	plain := strings.Join(strings.Fields(text.String()), " ")
	for _, part := range []string{want, "every byte the same", "3112 received = 340 shown + 2772 outside the question", "because the file is withheld"} {
		if !strings.Contains(plain, part) {
			t.Errorf("the report does not say %q\n%s", part, text.String())
		}
	}
	if report.Exit != bundle.ExitCannotTell {
		t.Errorf("exit %d", report.Exit)
	}
	h.whole()
}

func TestSelectionRefuses(t *testing.T) {
	h := withCase(t)
	received := h.receive(file(60)) // it has repeats
	for name, change := range map[string]func(*custody.SelectRows){
		"no row": func(r *custody.SelectRows) {
			r.Show = analysis.Criteria{Rows: []analysis.RowRange{{From: 1000, To: 1001}}}
		},
		"no reason for the rest":             func(r *custody.SelectRows) { r.Rest = "" },
		"a reason of one's own":              func(r *custody.SelectRows) { r.Rest = "because" },
		"erased as a reason":                 func(r *custody.SelectRows) { r.Rest = "erased" },
		"a rule that every row meets":        func(r *custody.SelectRows) { r.Withhold = []analysis.Withholding{{Reason: "sensitive"}} },
		"the subject withheld beside itself": func(r *custody.SelectRows) { r.Redact = []analysis.Redaction{{Part: "subject", Reason: "sensitive"}} },
		"no such part":                       func(r *custody.SelectRows) { r.Redact = []analysis.Redaction{{Part: "event", Reason: "sensitive"}} },
		"rows out of order":                  func(r *custody.SelectRows) { r.Show.Rows = []analysis.RowRange{{From: 5, To: 9}, {From: 2, To: 3}} },
		"a run in the place of a data set":   func(r *custody.SelectRows) { r.Data = h.run("event-schedule", received.Dataset.Entry, nil).Entry },
	} {
		request := custody.SelectRows{Case: h.id, Data: received.Dataset.Entry, Title: "Some calls", Show: first(5), Rest: "not-relevant"}
		change(&request)
		_, err := h.Service.Selections().Select(t.Context(), analyst, request)
		if !errors.Is(err, custody.ErrInvalid) && !errors.Is(err, custody.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "07700") {
			t.Errorf("%s: the message names a number: %v", name, err)
		}
	}
	if got := h.selects(received.Dataset.Entry, func(r *custody.SelectRows) { r.Show = first(5) }); got.Selection.Served() != 5 {
		t.Errorf("control: %+v", got.Selection)
	}
}
