package custody_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"custos.example/analysis/paper"
	"custos.example/custody"
	"custos.example/policy"
)

// certificate makes the certificate of a disposal.
func (h *house) certificate(order custody.Erasure) (custody.MadeReport, error) {
	return h.Service.Reports().Make(h.Context(), sro, custody.MakeReport{
		Report: "disposal", Params: map[string]string{"order": order.Order.String()},
	})
}

// fact returns what a document says under a name.
func fact(d paper.Document, name string) string {
	facts := slices.Clone(d.About)
	for _, s := range d.Sections {
		facts = append(facts, s.Facts...)
	}
	for _, f := range facts {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

// TestDisposalOfACase recalls the copies of a case, reviews and disposes of it, and
// makes the certificate, which stands on its own: the case is gone. The same
// certificate is made again after a restart, byte for byte.
func TestDisposalOfACase(t *testing.T) {
	h, received := overseen(t)
	for _, to := range []string{"A. Defence & Co", "B. Defence & Co", "the Northern Laboratory", "C. Defence & Co"} {
		_, err := h.Service.Copies().Issue(t.Context(), sio, custody.IssueCopy{
			Case: h.id, Of: received.Dataset.Entry, CopyTerms: custody.CopyTerms{Recipient: to, Agreement: "AGR/1", Purpose: policy.Disclosure},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := h.outcome(sio, ended("2024-03-01")); err != nil {
		t.Fatal(err)
	}
	h.years(7)
	h.recalls()
	if err := h.review(sro, custody.ReviewDispose, ""); err != nil {
		t.Fatal(err)
	}
	erasure, err := h.dispose()
	if err != nil {
		t.Fatal(err)
	}
	if err := h.answer(dpo, erasure.Order, custody.ErasureApproved); err != nil {
		t.Fatal(err)
	}
	if _, err := h.certificate(erasure); !errors.Is(err, custody.ErrNotFound) {
		t.Errorf("a certificate of what was not carried out: %v", err)
	}
	h.wait(custody.ErasureDelay)
	if _, err := h.carryOut(erasure.Order); err != nil {
		t.Fatal(err)
	}
	made, err := h.certificate(erasure)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"Case": "NX/2024/0417", "Extent": "Everything that the case held", "Received files": "NET/1", "Exhibits that rested on it": "JAS/1 version 1",
		"Basis": "retention", "Reference of the decision": "DISP/2031/1",
		"Handed to, on record, and not confirmed to be no more": "A. Defence & Co (copy 1), C. Defence & Co (copy 4), the Northern Laboratory (copy 3)",
	} {
		if got := fact(made.Document, name); got != want {
			t.Errorf("%s: %q, not %q", name, got, want)
		}
	}
	for id, want := range map[string]int64{"copies-open": 3, "copies-gone": 1, "payloads": int64(erasure.Reach.Payloads)} {
		if f, known := made.Document.Figure(id); !known || f.Value < want || id != "payloads" && f.Value != want || len(f.Entries) == 0 {
			t.Errorf("%s: %+v", id, f)
		}
	}
	text := string(h.form(made, "document")) // nothing in it is cut into lines
	for _, want := range []string{
		"asked back by 2031-04-30", "refused", "no more since", "6 clear years", "6 months after the conviction", "reviewed", "sr1", "dp1", "ad1",
		"Root of the log at that size", "Proof of the erasure, hash 1 of", "not checked against its source",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the certificate does not say %q", want)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
	h.again(made)
	h.whole()
	h.reopen()
	h.again(made)
	h.whole()
	h.signed()
}

// recalls asks the copies back: one is destroyed, one is kept, one is lost sight of.
func (h *house) recalls() {
	h.Helper()
	ctx, copies := h.Context(), h.Service.Copies()
	recall := custody.RecallCopies{Case: h.id, By: "2031-04-30", Reason: "the case is disposed of", Means: "by letter"}
	tooLate := recall
	tooLate.By = "2031-01-01"
	if _, _, err := copies.Recall(ctx, sio, tooLate); !errors.Is(err, custody.ErrInvalid) {
		h.Errorf("recalled by a day that has passed: %v", err)
	}
	unknown := recall
	unknown.Numbers = []uint64{9}
	if _, _, err := copies.Recall(ctx, sio, unknown); !errors.Is(err, custody.ErrNotFound) {
		h.Errorf("a copy that there is not: %v", err)
	}
	if _, err := copies.AnswerRecall(ctx, sio, custody.AnswerRecall{Case: h.id, Number: 1, State: custody.RecallLost, Said: "x"}); !errors.Is(err, custody.ErrNotFound) {
		h.Errorf("an answer to what was not asked: %v", err)
	}
	recall.RequestID = "recall-000000000001"
	for range 2 { // the same request again
		numbers, _, err := copies.Recall(ctx, sio, recall)
		if err != nil || !slices.Equal(numbers, []uint64{1, 2, 3, 4}) {
			h.Errorf("recalled: %v, %v", numbers, err)
		}
	}
	if _, err := copies.Dispose(ctx, sio, custody.DisposeCopy{Case: h.id, Number: 2, ConfirmedBy: "B. Defence & Co", How: "by letter"}); err != nil {
		h.Fatal(err)
	}
	if _, err := copies.AnswerRecall(ctx, sio, custody.AnswerRecall{Case: h.id, Number: 3, State: custody.RecallRefused, Said: "kept under our own order"}); err != nil {
		h.Fatal(err)
	}
	again := custody.RecallCopies{Case: h.id, Numbers: []uint64{2}, By: "2031-04-30", Reason: "again"}
	if _, _, err := copies.Recall(ctx, sio, again); !errors.Is(err, custody.ErrConflict) {
		h.Errorf("recalled although it is no more: %v", err)
	}
	found, err := copies.Where(ctx, sio, custody.CopySearch{Case: h.id, Recalled: true})
	if err != nil || len(found.Copies) != 3 || found.Copies[0].Recall.Times != 1 || found.Copies[1].Recall.State != custody.RecallRefused {
		h.Errorf("%+v, %v", found, err)
	}
}

// form returns one form of a report.
func (h *house) form(made custody.MadeReport, name string) []byte {
	h.Helper()
	for _, f := range made.Forms {
		if f.Name == name {
			return f.Content
		}
	}
	h.Fatalf("the report has no form %s", name)
	return nil
}

// again wants the same bytes when a report is made again.
func (h *house) again(made custody.MadeReport) {
	h.Helper()
	repeated, err := h.Service.Reports().Again(h.Context(), sro, "", made.Entry, custody.Ask{})
	if err != nil || !repeated.Same {
		h.Errorf("made again: %+v, %v", repeated, err)
	}
}

// TestDisposalOfPayloads disposes of a file on the order of a court while the case is
// kept: the certificate says so, and nothing of its retention.
func TestDisposalOfPayloads(t *testing.T) {
	h, _ := overseen(t)
	erasure := h.order("NET/1")
	if err := h.answer(dpo, erasure.Order, custody.ErasureApproved); err != nil {
		t.Fatal(err)
	}
	h.wait(custody.ErasureDelay)
	done, err := h.carryOut(erasure.Order)
	if err != nil {
		t.Fatal(err)
	}
	made, err := h.certificate(erasure)
	if err != nil {
		t.Fatal(err)
	}
	f, _ := made.Document.Figure("entries")
	if fact(made.Document, "Basis") != "court-order" || fact(made.Document, "Received files") != "" || f.Value != int64(len(done.Erased)) || len(f.Entries) != len(done.Erased) {
		t.Errorf("%s", h.form(made, "text"))
	}
	h.whole()
}

// TestWholeCasesOnOtherBases wants payloads to be named where something is erased
// for another reason than that the case is over.
func TestWholeCasesOnOtherBases(t *testing.T) {
	h, _ := overseen(t)
	for basis, want := range map[policy.ErasureBasis]error{
		policy.DisclosedInError: custody.ErrInvalid, policy.RightToErasure: custody.ErrInvalid, "whim": custody.ErrInvalid, policy.CourtOrder: nil,
	} {
		_, _, err := h.Service.Erasures().Order(t.Context(), sio, custody.OrderErasure{Case: h.id, Basis: basis, Ground: "x", Order: "y"})
		if !errors.Is(err, want) {
			t.Errorf("%s: %v", basis, err)
		}
	}
}
