package custody_test

import (
	"errors"
	"strings"
	"testing"

	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/policy"
)

// TestPapersRestOnNothingSensitive works on a file that is then put on the sensitive
// schedule: the papers that the defence reads name neither a run over it, nor a search in
// it, nor an exhibit of it. The control is the same papers before, and the file's name on
// the sensitive schedule.
func TestPapersRestOnNothingSensitive(t *testing.T) {
	h := withParties(t)
	h.signedOff(file(6))
	request := h.asks(file(9))
	request.Item, request.FileName = "SUB/7", "another.csv"
	secret, err := h.Service.Imports().Receive(t.Context(), officer, request)
	if err != nil {
		t.Fatal(err)
	}
	ran, err := h.Service.Analyses().Run(t.Context(), analyst, custody.Run{
		Case: h.id, Step: "event-schedule", Title: "Which calls does SUB/7 hold?", Data: []ledger.EntryID{secret.Dataset.Entry},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Service.Pages().Read(t.Context(), analyst, custody.ReadPage{
		Ask: custody.Ask{Purpose: "to see what it holds"}, Case: h.id, Data: secret.Dataset.Entry, First: 1, Last: 3,
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Service.Exhibits().Produce(t.Context(), analyst, custody.Produce{
		Case: h.id, Reference: "JAS/7", Title: "Schedule of SUB/7", Run: ran.Entry, Renderers: []string{"render-schedule-csv"},
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Service.Disclosure().Assess(t.Context(), discloser, custody.Assess{Case: h.id, Entries: []ledger.EntryID{ran.Entry}, Status: custody.StatusMG6C}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text(h.makes("mg6c", nil)), "SUB/7") {
		t.Error("control: the run is not on the open schedule")
	}
	papers := map[string]map[string]string{"mg9": nil, "mg11": {"witness": analyst.ID}, "mg12": nil, "dmd": nil}
	names := func(name string) bool {
		said := text(h.makes(name, papers[name]))
		return strings.Contains(said, "SUB/7") || strings.Contains(said, "JAS/7")
	}
	for name := range papers {
		if !names(name) {
			t.Errorf("control: %s says nothing of it while it is not sensitive", name)
		}
	}
	h.assess(custody.StatusMG6D, "it shows whom the informant calls", secret.Evidence.Entry)
	for name := range papers {
		if names(name) {
			t.Errorf("%s tells of what rests on what is sensitive", name)
		}
		if said := text(h.makes(name, papers[name])); !strings.Contains(said, "NET/1") && !strings.Contains(said, "JAS/1") {
			t.Errorf("control: %s says nothing of what is open", name)
		}
	}
	if !strings.Contains(text(h.makes("mg6d", nil)), "SUB/7") {
		t.Error("control: it is not on the sensitive schedule")
	}
	_, err = h.Service.Reports().Make(t.Context(), discloser, custody.MakeReport{Case: h.id, Report: "mg6c"})
	if !errors.Is(err, custody.ErrConflict) || !strings.Contains(err.Error(), "what stands under 1 rests on") {
		t.Errorf("the open schedule names a run over it: %v", err)
	}
	described := custody.Assess{Case: h.id, Entries: []ledger.EntryID{ran.Entry}, Status: custody.StatusMG6C, Description: "An analysis of calls"}
	if _, err := h.Service.Disclosure().Assess(t.Context(), discloser, described); err != nil {
		t.Fatal(err)
	}
	if said := text(h.makes("mg6c", nil)); strings.Contains(said, "SUB/7") || !strings.Contains(said, "An analysis of calls") {
		t.Errorf("control: described anew: %s", said)
	}
}

// TestDescriptionStaysOnTheSensitiveSchedule takes material off the sensitive schedule that
// was described there for the prosecutor alone: it is refused until it is described anew,
// and the open schedule never has the old words. The control is material without any.
func TestDescriptionStaysOnTheSensitiveSchedule(t *testing.T) {
	h := withParties(t)
	told, plain := h.noted("The tip came from a neighbour."), h.noted("The mast was moved.")
	assess := func(r custody.Assess) error {
		r.Case = h.id
		_, err := h.Service.Disclosure().Assess(t.Context(), discloser, r)
		return err
	}
	one := []ledger.EntryID{told}
	if err := assess(custody.Assess{Entries: one, Status: custody.StatusMG6D, Reason: "it names a source", Description: "Note of what XQZ-SOURCE said", Location: "XQZ-SOURCE's file"}); err != nil {
		t.Fatal(err)
	}
	h.assess(custody.StatusMG6D, "it is about the same", plain)
	for what, r := range map[string]custody.Assess{
		"as it is":                 {Entries: one, Status: custody.StatusMG6C},
		"with a description alone": {Entries: one, Status: custody.StatusMG6C, Description: "A note"},
		"as not relevant":          {Entries: one, Status: custody.StatusNotRelevant, Reason: "it is about another case"},
		"with another":             {Entries: []ledger.EntryID{plain, told}, Status: custody.StatusMG6C},
	} {
		if err := assess(r); !errors.Is(err, custody.ErrInvalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := assess(custody.Assess{Entries: one, Status: custody.StatusMG6D, Reason: "it names two"}); err != nil {
		t.Errorf("control: it stays where it is: %v", err)
	}
	if err := assess(custody.Assess{Entries: []ledger.EntryID{plain}, Status: custody.StatusMG6C}); err != nil {
		t.Errorf("control: what was described nowhere: %v", err)
	}
	if err := assess(custody.Assess{Entries: one, Status: custody.StatusMG6C, Description: "A note of a telephone call", Location: "the incident room"}); err != nil {
		t.Errorf("control: described anew: %v", err)
	}
	for _, name := range []string{"mg6c", "dmd"} {
		if said := text(h.makes(name, nil)); strings.Contains(said, "XQZ-SOURCE") {
			t.Errorf("%s has the words of the sensitive schedule: %s", name, said)
		}
	}
}

// TestSensitiveCorrectionIsNotNamed corrects a note by one that is then put on the
// sensitive schedule: of the first it is said to those who see that schedule that it was
// corrected, and to nobody else.
func TestSensitiveCorrectionIsNotNamed(t *testing.T) {
	h := withParties(t)
	h.noted("He was called at noon.")
	corrects, err := h.Service.Notes().Add(t.Context(), analyst, custody.AddNote{Case: h.id, Text: "The informant called him.", Corrects: "N-1"})
	if err != nil {
		t.Fatal(err)
	}
	by := func(who custody.Actor) string {
		t.Helper()
		list, err := h.Service.Notes().List(t.Context(), who, h.id, custody.Ask{})
		if err != nil || len(list.Notes) == 0 {
			t.Fatalf("%+v, %v", list, err)
		}
		return list.Notes[0].CorrectedBy
	}
	if got := by(second); got != "N-2" {
		t.Errorf("control: while it is not sensitive: %q", got)
	}
	h.assess(custody.StatusMG6D, "it names an informant", corrects.Entry)
	if got := by(second); got != "" {
		t.Errorf("to whom it is not there it is called %q", got)
	}
	for _, who := range []custody.Actor{sio, analyst} { // who wrote it sees it
		if got := by(who); got != "N-2" {
			t.Errorf("control: %s is told %q", who.ID, got)
		}
	}
}

// TestNobodyActsForTwoDefendants records recipients who are not enrolled: one firm, by its
// name in other letters, or by its key, cannot act for a second defendant. The controls
// are another firm, and a second person of the firm for the same defendant.
func TestNobodyActsForTwoDefendants(t *testing.T) {
	h := withParties(t)
	record := func(r custody.Recipient) error {
		_, err := h.Service.Disclosure().RecordRecipient(t.Context(), discloser, custody.RecordRecipient{Case: h.id, Recipient: r})
		return err
	}
	if err := record(custody.Recipient{Name: "Deane & Co", Role: policy.DefenceSolicitor, Defendant: "DEF-1", Key: "SHA256:deane-and-co"}); err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]custody.Recipient{
		"the same name":                     {Name: " deane  & CO", Role: policy.DefenceSolicitor, Defendant: "DEF-2"},
		"the same name, as an expert":       {Name: "Deane & Co", Role: policy.DefenceExpert, Defendant: "DEF-2"},
		"the same key":                      {Name: "Others", Role: policy.DefenceSolicitor, Defendant: "DEF-2", Key: "SHA256:deane-and-co"},
		"an enrolled one's name":            {Name: "X. Expert", Role: policy.DefenceExpert, Defendant: "DEF-2"},
		"another defendant's, renamed then": {ID: "R-4", Name: "Deane & Co", Role: policy.DefenceExpert, Defendant: "DEF-2", Person: opponent.ID},
	} {
		if err := record(r); !errors.Is(err, custody.ErrConflict) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, r := range map[string]custody.Recipient{
		"another firm":                    {Name: "Farr LLP", Role: policy.DefenceSolicitor, Defendant: "DEF-2", Key: "SHA256:farr-llp"},
		"the same firm for the same":      {Name: "Deane & Co", Role: policy.DefenceExpert, Defendant: "DEF-1"},
		"the same one under another name": {ID: "R-2", Name: "A. Solicitor LLP", Role: policy.DefenceSolicitor, Person: solicitor.ID, Defendant: "DEF-1"},
	} {
		if err := record(r); err != nil {
			t.Errorf("control: %s: %v", name, err)
		}
	}
}
