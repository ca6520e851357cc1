package custody_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/policy"
)

// waysOut are the ways by which something leaves as a numbered copy, each to the recipient
// that it is given. They return what was written.
func (h *house) waysOut(file ledger.EntryID, exhibit custody.Produced, packed ledger.EntryID, to custody.CopyTerms) map[string]func() (int, error) {
	issue := func(of ledger.EntryID) func() (int, error) {
		return func() (int, error) {
			issued, err := h.Service.Copies().Issue(h.Context(), sio, custody.IssueCopy{
				Ask: custody.Ask{Purpose: "for the trial"}, Case: h.id, Of: of, CopyTerms: to,
			})
			return int(issued.Number), err
		}
	}
	return map[string]func() (int, error){
		"copy of the file":    issue(file),
		"copy of the exhibit": issue(exhibit.Entry),
		"copy of the bundle":  issue(packed),
		"delivery of the file": func() (int, error) {
			made, err := h.Service.Deliveries().Prepare(h.Context(), sio, custody.PrepareDelivery{Case: h.id, Of: file, CopyTerms: to})
			return int(made.Size), err
		},
		"file of the exhibit": func() (int, error) {
			var b bytes.Buffer
			_, err := h.Service.Exhibits().Read(h.Context(), sio, custody.ReadExhibit{
				Ask: custody.Ask{Purpose: "for the trial"}, Case: h.id, Exhibit: exhibit.Entry, File: exhibit.Files[0].Name, Copy: to,
			}, &b)
			return b.Len(), err
		},
	}
}

// TestSensitiveLeavesAsNoCopy puts a received file on the sensitive schedule and hands it,
// and what rests on it, to the defence and to somebody in words: each way is refused by
// U-23, on record, in words that name the entry, and nothing is written. The controls are
// the prosecutor, a colleague and one's own copy, and the same ways once the status has
// changed.
func TestSensitiveLeavesAsNoCopy(t *testing.T) {
	h := withParties(t)
	received, _, exhibit := h.signedOff(file(12))
	_, packed := h.pack(exhibit.Entry, nil)
	file := received.Evidence.Entry
	out := map[string]custody.CopyTerms{
		"the defence": {Holder: expert.ID}, "the defence in words": {Recipient: "A. Solicitor & Co", Agreement: "ISA/7"}, "a stranger": {Recipient: "A. Stranger", Agreement: "ISA/7"},
		"a stranger, by a colleague's hand": {Holder: analyst.ID, Recipient: "A. Solicitor & Co"}, "an expert who was": {Holder: opponent.ID},
	}
	h.assess(custody.StatusMG6D, "it names an informant", file)
	if _, err := h.Service.Roles().End(t.Context(), admin, custody.EndRole{Person: opponent.ID, Role: "defence-expert", Reason: custody.Left}); err != nil {
		t.Fatal(err)
	}
	copies := count(h.kinds(h.id, ledger.Work), "copy-issued")
	for who, to := range out {
		for name, way := range h.waysOut(file, exhibit, packed.Entry, to) {
			n, err := way()
			h.deniedBy(name+" to "+who, err, "U-23")
			if n != 0 || err == nil || !h.onRecord(err) || !strings.Contains(err.Error(), "stands on the sensitive schedule") || !strings.Contains(err.Error(), file.String()) {
				t.Errorf("%s to %s: %d, %v", name, who, n, err)
			}
		}
	}
	if now := count(h.kinds(h.id, ledger.Work), "copy-issued"); now != copies {
		t.Errorf("%d copies were issued", now-copies)
	}
	for who, to := range map[string]custody.CopyTerms{
		"the prosecutor": {Holder: prosecutor.ID}, "the prosecutor in words": {Recipient: "CPS London", Agreement: "ISA/7"}, "a colleague": {Holder: analyst.ID}, "oneself": {Holder: sio.ID},
	} {
		for name, way := range h.waysOut(file, exhibit, packed.Entry, to) {
			if n, err := way(); err != nil || n == 0 {
				t.Errorf("control: %s to %s: %d, %v", name, who, n, err)
			}
		}
	}
	h.assess(custody.StatusMG6C, "what it named is known now", file)
	for name, way := range h.waysOut(file, exhibit, packed.Entry, out["the defence"]) {
		if n, err := way(); err != nil || n == 0 {
			t.Errorf("control: %s after the status has changed: %d, %v", name, n, err)
		}
	}
	report, err := h.Service.Audit().Replay(t.Context(), auditor, custody.Replay{Case: h.id})
	if err != nil || report.Differ != 0 {
		t.Errorf("taken again: %+v, %v", report, err)
	}
	h.whole()
}

// TestSensitiveLeavesInNoPart prepares deliveries and then puts what is in them on the
// sensitive schedule: no part is issued, nor fetched by who asked for it before, and the
// defence is not told why. The controls are a delivery to the prosecutor, and the parts
// once the status has changed.
func TestSensitiveLeavesInNoPart(t *testing.T) {
	h := withParties(t)
	received, _, exhibit := h.signedOff(file(12))
	for _, d := range []struct {
		of     ledger.EntryID
		holder string
	}{{received.Evidence.Entry, expert.ID}, {exhibit.Entry, expert.ID}, {received.Evidence.Entry, prosecutor.ID}} {
		if _, err := h.Service.Deliveries().Prepare(t.Context(), sio, custody.PrepareDelivery{
			Case: h.id, Of: d.of, CopyTerms: custody.CopyTerms{Holder: d.holder, Purpose: policy.CriminalProceedings, Agreement: "the court's directions"},
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.asksFor(sio, "DEL-1", "1"); err != nil {
		t.Fatal(err)
	}
	h.assess(custody.StatusMG6D, "it names an informant", received.Evidence.Entry)
	for name, err := range map[string]error{
		"issued again": h.asksFor(sio, "DEL-1", "1"), "the bundle issued": h.asksFor(sio, "DEL-2", "1"), "fetched": h.fetches(sio, "DEL-1", 1),
	} {
		if !errors.Is(err, custody.ErrConflict) || strings.Contains(err.Error(), "sensitive") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := h.asksFor(sio, "DEL-3", "1"); err != nil {
		t.Errorf("control: to the prosecutor: %v", err)
	}
	h.assess(custody.StatusMG6C, "what it named is known now", received.Evidence.Entry)
	for name, err := range map[string]error{"issued": h.asksFor(sio, "DEL-1", "1"), "fetched": h.fetches(sio, "DEL-1", 1), "the bundle": h.asksFor(sio, "DEL-2", "1")} {
		if err != nil {
			t.Errorf("control: %s after the status has changed: %v", name, err)
		}
	}
}

// TestSensitiveLeavesInNoComparison compares two versions of an exhibit for the defence's
// expert, of which only the earlier rests on what is sensitive: the rows of both are in a
// comparison, and it is refused. The controls are the prosecutor, and the asker's own copy.
func TestSensitiveLeavesInNoComparison(t *testing.T) {
	h := withParties(t)
	received, _, first := h.produced(file(6))
	request := h.asks(file(9))
	request.Item, request.FileName = "SUB/1", "another.csv"
	other, err := h.Service.Imports().Receive(t.Context(), officer, request)
	if err != nil {
		t.Fatal(err)
	}
	later, err := h.Service.Exhibits().Produce(t.Context(), analyst, custody.Produce{
		Case: h.id, Reference: first.Reference, Title: "Schedule of calls of one number", Run: h.run("event-schedule", other.Dataset.Entry, nil).Entry,
		Changed: "Another file is used.",
	})
	if err != nil {
		t.Fatal(err)
	}
	h.assess(custody.StatusMG6D, "it names an informant", received.Evidence.Entry)
	compare := func(to custody.CopyTerms) (rows int, err error) {
		_, err = h.Service.Exhibits().Compare(t.Context(), analyst, custody.Compare{
			Ask: custody.Ask{Purpose: "to see what changed"}, Case: h.id, Before: first.Entry, After: later.Entry, Copy: to,
			Row: func(custody.ComparedRow) error { rows++; return nil },
		})
		return rows, err
	}
	rows, err := compare(custody.CopyTerms{Holder: expert.ID})
	h.deniedBy("a comparison for the defence", err, "U-23")
	if rows > 0 || err == nil || !strings.Contains(err.Error(), received.Evidence.Entry.String()) {
		t.Errorf("%d rows, %v", rows, err)
	}
	for who, to := range map[string]custody.CopyTerms{"the prosecutor": {Holder: prosecutor.ID}, "oneself": {}} {
		if rows, err := compare(to); err != nil || rows == 0 {
			t.Errorf("control: for %s: %d rows, %v", who, rows, err)
		}
	}
}
