package custody_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"custos.example/custody"
	"custos.example/ledger"
)

var (
	provider = custody.Actor{ID: "xp1"}
	rival    = custody.Actor{ID: "xp2"}
	lasting  = custody.Accreditation{Standard: "ISO/IEC 17025", Number: "0419", Covers: "recovery from telephones", Until: "2027-01-31"}
)

// providers enrols two providers who may see the case.
func (h *house) providers() {
	h.Helper()
	for _, who := range []custody.Actor{provider, rival} {
		h.joins(who.ID, "external-provider")
		h.assign(who.ID, time.Time{})
	}
}

// requests asks a provider for work on the first return.
func (h *house) requests() custody.RequestSubmission {
	return custody.RequestSubmission{
		Case: h.id, Provider: "Laboratory Ltd", Holder: provider.ID, Question: "Which files can be recovered?", Items: []string{"NET/1", "NET/2"},
		DueOn: "2024-04-02", Unit: "Digital unit", Estimate: 120_000,
	}
}

// submits records a step of a submission and wants its state.
func (h *house) submits(want custody.SubmissionState) func(custody.RecordedSubmission, error) custody.RecordedSubmission {
	h.Helper()
	return func(recorded custody.RecordedSubmission, err error) custody.RecordedSubmission {
		h.Helper()
		if err != nil || recorded.State != want || recorded.Name != "S-1" {
			h.Fatalf("wanted S-1 %s: %s %s, %v", want, recorded.Name, recorded.State, err)
		}
		return recorded
	}
}

// TestSubmission takes work from the question to its return in two lots: what is
// out, what it took and whether it is late stand in the list at each step, and the
// provider sees and answers for its own alone.
func TestSubmission(t *testing.T) {
	h := withCase(t)
	h.receive(file(6))
	another := h.receiveAnother()
	h.providers()
	u := h.Service.Submissions()
	request := h.requests()
	request.RequestID = "submission-request-1"
	asked := h.submits(custody.SubmissionRequested)(u.Request(t.Context(), sio, request))
	if again, err := u.Request(t.Context(), sio, request); err != nil || again.Entry != asked.Entry || again.Name != "S-1" {
		t.Errorf("the same request again: %+v, %v", again, err)
	}
	h.submits(custody.SubmissionAgreed)(u.Agree(t.Context(), provider, custody.AgreeSubmission{
		Case: h.id, Name: "S-1", Reference: "LAB/77", Price: 110_000, Accreditation: lasting,
	}))
	h.submits(custody.SubmissionSent)(u.Send(t.Context(), officer, custody.SendSubmission{Case: h.id, Name: "S-1", Items: []string{"NET/1"}, Means: "courier"}))
	h.wait(48 * time.Hour)
	h.submits(custody.SubmissionSent)(u.Send(t.Context(), officer, custody.SendSubmission{Case: h.id, Name: "S-1", Means: "courier"}))
	h.wait(40 * 24 * time.Hour)
	shown, err := u.Show(t.Context(), provider, h.id, "S-1", custody.Ask{})
	if err != nil || !shown.Overdue || strings.Join(shown.Out, " ") != "NET/1 NET/2" || shown.AgreedBy != "Person xp1" || shown.Turnaround != 42 {
		t.Errorf("%+v, %v", shown, err)
	}
	h.submits(custody.SubmissionSent)(u.Return(t.Context(), officer, custody.ReturnSubmission{
		Case: h.id, Name: "S-1", Items: []string{"NET/1"}, Results: []ledger.EntryID{another.Evidence.Entry}, Words: "one telephone, with a report",
	}))
	h.wait(24 * time.Hour)
	h.submits(custody.SubmissionReturned)(u.Return(t.Context(), officer, custody.ReturnSubmission{
		Case: h.id, Name: "S-1", Items: []string{"NET/2"}, Words: "the rest", Complete: true,
	}))
	h.submits(custody.SubmissionClosed)(u.End(t.Context(), sio, custody.EndSubmission{Case: h.id, Name: "S-1", Reason: "The question is answered."}))
	shown, err = u.Show(t.Context(), sio, h.id, "S-1", custody.Ask{})
	if err != nil || shown.Overdue || len(shown.Out) != 0 || shown.Turnaround != 43 || len(shown.Returned) != 2 || shown.Price != 110_000 {
		t.Errorf("%+v, %v", shown, err)
	}
	if others, err := u.List(t.Context(), rival, custody.SubmissionSearch{Case: h.id}); err != nil || len(others) != 0 {
		t.Errorf("another provider sees %d, %v", len(others), err)
	}
	if own, err := u.List(t.Context(), provider, custody.SubmissionSearch{Case: h.id}); err != nil || len(own) != 1 {
		t.Errorf("control: the provider sees %d, %v", len(own), err)
	}
	h.signed()
	h.whole()
}

// TestSubmissionsRefuse the steps that come out of order, by the wrong hand or with
// things that are not on record.
func TestSubmissionsRefuse(t *testing.T) {
	h := withCase(t)
	h.receive(file(6))
	h.receiveAnother()
	h.providers()
	u := h.Service.Submissions()
	refused := func(what string, err, want error) {
		t.Helper()
		if !errors.Is(err, want) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for what, spoil := range map[string]func(*custody.RequestSubmission){
		"an item that is not there": func(r *custody.RequestSubmission) { r.Items = []string{"NET/9"} },
		"a provider who is not":     func(r *custody.RequestSubmission) { r.Holder = "nobody" },
	} {
		r := h.requests()
		spoil(&r)
		_, err := u.Request(t.Context(), sio, r)
		refused(what, err, custody.ErrNotFound)
	}
	for what, spoil := range map[string]func(*custody.RequestSubmission){
		"nothing asked":       func(r *custody.RequestSubmission) { r.Question = " " },
		"no item":             func(r *custody.RequestSubmission) { r.Items = nil },
		"due in the past":     func(r *custody.RequestSubmission) { r.DueOn = "2024-03-01" },
		"no day":              func(r *custody.RequestSubmission) { r.DueOn = "2024-02-30" },
		"an endless estimate": func(r *custody.RequestSubmission) { r.Estimate = -1 },
	} {
		r := h.requests()
		spoil(&r)
		_, err := u.Request(t.Context(), sio, r)
		refused(what, err, custody.ErrInvalid)
	}
	_, err := u.Request(t.Context(), provider, h.requests())
	refused("asked by the provider itself", err, custody.ErrDenied)
	_, err = u.Request(t.Context(), stranger, h.requests())
	refused("asked by a stranger", err, custody.ErrDenied)
	h.submits(custody.SubmissionRequested)(u.Request(t.Context(), sio, h.requests()))

	send := custody.SendSubmission{Case: h.id, Name: "S-1", Means: "courier"}
	_, err = u.Send(t.Context(), officer, send)
	refused("sent before it was agreed", err, custody.ErrConflict)
	_, err = u.Agree(t.Context(), rival, custody.AgreeSubmission{Case: h.id, Name: "S-1"})
	refused("agreed by another provider", err, custody.ErrNotFound)
	_, err = u.Agree(t.Context(), sio, custody.AgreeSubmission{Case: h.id, Name: "S-1"})
	refused("agreed by nobody", err, custody.ErrInvalid)
	h.submits(custody.SubmissionAgreed)(u.Agree(t.Context(), provider, custody.AgreeSubmission{Case: h.id, Name: "S-1"}))
	_, err = u.Agree(t.Context(), provider, custody.AgreeSubmission{Case: h.id, Name: "S-1"})
	refused("agreed twice", err, custody.ErrConflict)
	_, err = u.Send(t.Context(), officer, send)
	refused("sent without an accreditation and a reason", err, custody.ErrInvalid)
	send.Unaccredited, send.On = "Only this laboratory has the tool.", "2024-03-01"
	_, err = u.Send(t.Context(), officer, send)
	refused("sent before it was agreed, by its day", err, custody.ErrInvalid)
	send.On, send.Items = "", []string{"NET/1"}
	_, err = u.Send(t.Context(), provider, send)
	refused("sent by the provider", err, custody.ErrDenied)
	h.submits(custody.SubmissionSent)(u.Send(t.Context(), officer, send))
	_, err = u.Send(t.Context(), officer, send)
	refused("sent twice", err, custody.ErrConflict)
	back := custody.ReturnSubmission{Case: h.id, Name: "S-1", Items: []string{"NET/2"}, Words: "back"}
	_, err = u.Return(t.Context(), officer, back)
	refused("back without having been sent", err, custody.ErrInvalid)
	back.Items, back.Results = nil, []ledger.EntryID{{1}}
	_, err = u.Return(t.Context(), officer, back)
	refused("a result that is not there", err, custody.ErrNotFound)
	back.Results = nil
	_, err = u.Return(t.Context(), officer, back)
	refused("nothing came back", err, custody.ErrInvalid)
	_, err = u.End(t.Context(), sio, custody.EndSubmission{Case: h.id, Name: "S-1", Reason: "enough"})
	refused("ended with an item out", err, custody.ErrConflict)
	back.Items, back.Complete = []string{"NET/1"}, true
	h.submits(custody.SubmissionReturned)(u.Return(t.Context(), officer, back))
	_, err = u.Return(t.Context(), officer, back)
	refused("back twice", err, custody.ErrConflict)
	_, err = u.Show(t.Context(), sio, h.id, "S-2", custody.Ask{})
	refused("a submission that is not there", err, custody.ErrNotFound)
}
