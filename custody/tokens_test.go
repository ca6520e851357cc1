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
	"custos.example/policy"
)

// TestExhibitsOfTokens makes an exhibit of what was asked for by a cell: every page
// of it has tokens, a second person makes it again, a stranger's check of the
// bundle finds that it matches, and each of its rows is followed back to the source.
// The control is a number that was revealed: it stands on the next version.
func TestExhibitsOfTokens(t *testing.T) {
	h := withCase(t)
	var ran []string
	h.Service.Module = likeness{steps: h.Service.Steps, ran: &ran}
	request := h.asks(file(12))
	request.Authority, request.Return = h.record(dump(), ledger.EntryID{}), returned("cell:cgi:234-15-101-2001")
	received, err := h.Service.Imports().Receive(t.Context(), officer, request)
	if err != nil {
		t.Fatal(err)
	}
	exhibit := h.exhibitOf(received.Dataset.Entry, "")
	if text := h.file(exhibit, "schedule-csv"); strings.Contains(text, "07700 9002") || !strings.Contains(text, "07700 900123") {
		t.Errorf("the schedule shows:\n%s", text)
	}
	if _, err := h.Service.Exhibits().Check(t.Context(), second, custody.Check{Case: h.id, Exhibit: exhibit.Entry}); err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(ran, "mask-events") {
		t.Errorf("the second person did not make the tokens again: %v", ran)
	}
	b, _ := h.pack(exhibit.Entry, nil)
	h.wants(h.verify(b, true), bundle.Matches)
	h.explains(b, 12)
	asked, err := h.Service.Permissions().Ask(t.Context(), analyst, custody.AskPermission{
		Case: h.id, About: policy.AboutUnmasking, Identifiers: []string{"07700 900200"}, Reason: "named by the witness",
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Service.Permissions().Decide(t.Context(), sio, custody.DecidePermission{
		Case: h.id, Request: asked.Entry, Decision: policy.PermissionApproved, Reason: "necessary for the line of enquiry",
	}); err != nil {
		t.Fatal(err)
	}
	next := h.exhibitOf(received.Dataset.Entry, "one person is shown")
	if text := h.file(next, "schedule-csv"); !strings.Contains(text, "07700 900200") || strings.Contains(text, "07700 900201") {
		t.Errorf("control: the next version shows:\n%s", text)
	}
}

// TestExhibitWithExcess makes an exhibit with rows from outside the scope, after
// their use was approved: they bear a flag, and the bundle matches.
func TestExhibitWithExcess(t *testing.T) {
	h := withApprover(t)
	received := h.receive(strayFile())
	h.permit(received.Dataset.Entry)
	ran, err := h.Service.Analyses().Run(t.Context(), analyst, custody.Run{
		Case: h.id, Step: "event-schedule", Title: "Which calls does the return show?", Data: []ledger.EntryID{received.Dataset.Entry}, Excess: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	exhibit, err := h.Service.Exhibits().Produce(t.Context(), analyst, custody.Produce{
		Case: h.id, Reference: "JAS/1", Title: "Schedule of calls", Run: ran.Entry,
	})
	if err != nil {
		t.Fatal(err)
	}
	if text := h.file(exhibit, "schedule-csv"); strings.Count(text, "EXCESS_ADMITTED") != 3 {
		t.Errorf("the schedule does not mark the three rows:\n%s", text)
	}
	b, _ := h.pack(exhibit.Entry, nil)
	if report := h.verify(b, true); report.Headline == bundle.Differs {
		h.wants(report, bundle.Matches)
	}
	h.explains(b, 12)
}

// permit has the use of the excess of a data set asked for and approved.
func (h *house) permit(dataset ledger.EntryID) {
	h.Helper()
	asked, err := h.Service.Permissions().Ask(h.Context(), analyst, custody.AskPermission{
		Case: h.id, About: policy.AboutExcess, Dataset: dataset, Reason: "the other number is the subject's second phone",
	})
	if err == nil {
		_, err = h.Service.Permissions().Decide(h.Context(), approver, custody.DecidePermission{
			Case: h.id, Request: asked.Entry, Decision: policy.PermissionApproved, Reason: "necessary and proportionate",
		})
	}
	if err != nil {
		h.Fatal(err)
	}
}

// exhibitOf runs a schedule over data and produces it.
func (h *house) exhibitOf(data ledger.EntryID, changed string) custody.Produced {
	h.Helper()
	ran, err := h.Service.Analyses().Run(h.Context(), analyst, custody.Run{
		Case: h.id, Step: "event-schedule", Title: "Who was in the area?", Data: []ledger.EntryID{data},
	})
	if err != nil {
		h.Fatal(err)
	}
	exhibit, err := h.Service.Exhibits().Produce(h.Context(), analyst, custody.Produce{
		Case: h.id, Reference: "JAS/1", Title: "Who was in the area", Run: ran.Entry, Changed: changed,
	})
	if err != nil {
		h.Fatal(err)
	}
	return exhibit
}

// file returns a file of an exhibit.
func (h *house) file(exhibit custody.Produced, name string) string {
	h.Helper()
	for _, f := range exhibit.Files {
		if f.Name == name {
			return h.payload(f.Digest)
		}
	}
	h.Fatalf("the exhibit has no %s", name)
	return ""
}

// payload returns a payload of the case.
func (h *house) payload(digest ledger.DigestSet) string {
	h.Helper()
	blob, err := h.Service.Blobs.Find(h.Context(), h.id, digest)
	if err != nil {
		h.Fatal(err)
	}
	content, err := h.Service.Blobs.Open(h.Context(), h.id, blob.Address)
	if err != nil {
		h.Fatal(err)
	}
	text := make([]byte, content.Size())
	if _, err := content.ReadAt(text, 0); err != nil && err.Error() != "EOF" {
		h.Fatal(err)
	}
	if err := content.Close(); err != nil {
		h.Fatal(err)
	}
	return string(text)
}

// explains follows every row of the exhibit of a bundle back to its source.
func (h *house) explains(b []byte, rows int) {
	h.Helper()
	trust, err := h.Service.Organisation().Trust(h.Context())
	if err != nil {
		h.Fatal(err)
	}
	options := bundle.Options{
		Steps: h.Service.Steps, Trust: &trust,
		Scratch: func() (analysis.Scratch, error) { return analysis.NewMemoryEnv(64 << 20).Scratch() },
	}
	list := make([]int, rows)
	for i := range list {
		list[i] = i + 1
	}
	followed := 0
	_, err = bundle.ExplainRows(h.Context(), bytes.NewReader(b), int64(len(b)), options, list, "", func(x bundle.Explained) error {
		if followed++; !x.Agrees {
			return errors.New("row " + strings.Join(x.Differs, "; "))
		}
		return nil
	})
	if err != nil || followed != rows {
		h.Errorf("%d of %d rows were followed to their source: %v", followed, rows, err)
	}
}
