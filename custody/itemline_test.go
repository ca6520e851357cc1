package custody_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"custos.example/custody"
	"custos.example/custody/continuity"
)

// TestContinuityReport makes the continuity of an item and the gaps of the case, and
// makes both again, byte for byte, after more was done. The control is a report of an
// item that is not there.
func TestContinuityReport(t *testing.T) {
	h := withStore(t)
	request := h.telephone("KO/1", "A0001")
	request.Before, request.BeforeBy = h.clock.now.Add(-3*time.Hour), continuity.Party{Name: "PC 1234 Example"}
	if _, err := h.Service.Items().Take(t.Context(), kiosk, request); err != nil {
		t.Fatal(err)
	}
	offered, err := h.Service.Transfers().Offer(t.Context(), kiosk, custody.OfferItems{
		Case: h.id, Items: []string{"KO/1"}, To: continuity.Party{Name: "A Laboratory Ltd"}, Reason: "Chip off", Courier: "A courier", Due: h.clock.now.Add(time.Hour),
	})
	h.must(err)
	h.clock.now = h.clock.now.Add(2 * time.Hour)
	_, err = h.Service.Transfers().Answer(t.Context(), kiosk, custody.AnswerOffer{
		Case: h.id, Offer: offered.Entry, Answer: continuity.Accepted, Seals: map[string]string{"KO/1": "A0001"}, SignedBy: "B. Example",
		Papers: []custody.Photograph{{Caption: "receipt", FileName: "r.pdf", Content: []byte("paper")}},
	})
	h.must(err)
	h.must(h.handle(officer, custody.HandleItem{Item: "KO/1", Act: continuity.Collected, Reason: "Work done."}))
	var made []custody.MadeReport
	for name, params := range map[string]map[string]string{"continuity": {"item": "KO/1"}, "gaps": nil} {
		one, err := h.Service.Reports().Make(t.Context(), sio, custody.MakeReport{Case: h.id, Report: name, Params: params})
		if err != nil {
			t.Fatal(err)
		}
		made = append(made, one)
		for id, want := range map[string]int64{"gaps-before-the-record": 1, "gaps-one-sided": 2, "gaps-overdue": 1, "gaps-jump": 0, "gaps-other-hands": 0, "changes-of-hands": 2} {
			if f, known := one.Document.Figure(id); !known || f.Value != want || want > 0 && len(f.Entries) == 0 {
				t.Errorf("%s: %s is %+v, want %d", name, id, f, want)
			}
		}
		for _, f := range one.Forms {
			if f.Name == "line" && (!strings.Contains(string(f.Content), "PC 1234 Example") || !strings.Contains(string(f.Content), "GAP")) {
				t.Errorf("the drawing does not say who had it and where the gaps are")
			}
		}
	}
	h.must(h.handle(officer, custody.HandleItem{Item: "KO/1", Act: continuity.Opened, SealOut: "A0001", Reason: "x"}))
	for _, m := range made {
		again, err := h.Service.Reports().Again(t.Context(), sio, h.id, m.Entry, custody.Ask{})
		if err != nil || !again.Same {
			t.Errorf("%s again: %+v, %v", m.Report, again, err)
		}
	}
	// who gets it back signs nothing here
	h.must(h.handle(officer, custody.HandleItem{Item: "KO/1", Act: continuity.Returned, To: continuity.Party{Name: "The owner"}, Reason: "No longer needed."}))
	after, err := h.Service.Reports().Make(t.Context(), sio, custody.MakeReport{Case: h.id, Report: "gaps"})
	h.must(err)
	if f, known := after.Document.Figure("gaps-one-sided"); !known || f.Value != 3 {
		t.Errorf("after it was returned: %+v", f)
	}
	if _, err := h.Service.Reports().Make(t.Context(), sio, custody.MakeReport{Case: h.id, Report: "continuity", Params: map[string]string{"item": "KO/9"}}); !errors.Is(err, custody.ErrNotFound) {
		t.Errorf("control: the continuity of nothing: %v", err)
	}
	h.signed()
	h.whole()
}

// TestTwoAtOnce has an offer accepted by two processes at once, and one seal put on in
// two cases at once: each is done exactly once.
func TestTwoAtOnce(t *testing.T) {
	h := withStore(t)
	h.take(kiosk, "KO/1", "")
	offer := h.offer(kiosk, officer.ID, "KO/1")
	accept := func(s *custody.Service) error {
		_, err := s.Transfers().Answer(h.Context(), officer, custody.AnswerOffer{Case: h.id, Offer: offer.Entry, Answer: continuity.Accepted})
		return err
	}
	other := custody.New(h.Service.Config) // as another process over the same store
	if done := atOnce(func() error { return accept(h.Service) }, func() error { return accept(other) }); done != 1 {
		t.Errorf("accepted %d times", done)
	}
	opened, err := h.Service.Cases().Open(t.Context(), sio, custody.OpenCase{Reference: "OP-2", Title: "Another", Assigned: []string{sio.ID, kiosk.ID}})
	h.must(err)
	take := func(id custody.CaseID, reference string) func() error {
		return func() error {
			request := h.telephone(reference, "Q0001")
			request.Case = id
			_, err := h.Service.Items().Take(h.Context(), kiosk, request)
			return err
		}
	}
	if done := atOnce(take(h.id, "KO/2"), take(opened.Case, "KO/2")); done != 1 {
		t.Errorf("one seal was put on %d times", done)
	}
	h.whole()
}

// atOnce runs two things at once and returns how many of them were done.
func atOnce(one, two func() error) int {
	errs := make(chan error, 2)
	go func() { errs <- one() }()
	go func() { errs <- two() }()
	done := 0
	for range 2 {
		if <-errs == nil {
			done++
		}
	}
	return done
}
