package custody_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"custos.example/custody"
)

// TestReportsAreMadeAgain makes a report, lets the record grow, and makes it again:
// the same bytes, each figure with its entries. A report of the grown record is
// another, so that the comparison can fail.
func TestReportsAreMadeAgain(t *testing.T) {
	h := withCase(t)
	h.produced(file(6))
	reports := h.Service.Reports()
	request := custody.MakeReport{Ask: custody.Ask{RequestID: "report-request-00001"}, Case: h.id, Report: "entries"}
	made, err := reports.Make(t.Context(), sio, request)
	if err != nil {
		t.Fatal(err)
	}
	if len(made.Forms) < 3 || len(made.Receipt) == 0 || !strings.Contains(string(made.Forms[2].Content), "exhibit-produced") {
		t.Errorf("%+v", made.Forms)
	}
	h.run("event-schedule", h.receiveAnother().Dataset.Entry, nil)
	repeated, err := reports.Make(t.Context(), sio, request)
	if err != nil || repeated.Entry != made.Entry || string(repeated.Forms[2].Content) != string(made.Forms[2].Content) {
		t.Errorf("the same request a second time: %v", err)
	}
	again, err := reports.Again(t.Context(), sio, h.id, made.Entry, custody.Ask{})
	if err != nil || !again.Same {
		t.Errorf("%+v, %v", again, err)
	}
	request.RequestID = "report-request-00002"
	later, err := reports.Make(t.Context(), sio, request)
	if err != nil || string(later.Forms[2].Content) == string(made.Forms[2].Content) {
		t.Errorf("control: the grown record gives the same report, or %v", err)
	}
	figure, err := reports.Explain(t.Context(), sio, h.id, later.Entry, "analysis-run", custody.Ask{})
	if err != nil || figure.Figure.Value != int64(len(figure.Entries)) || len(figure.Entries) == 0 {
		t.Fatalf("%+v, %v", figure, err)
	}
	for _, e := range figure.Entries {
		if e.Kind != "analysis-run" {
			t.Errorf("behind the figure of runs stands %+v", e)
		}
	}
	known, err := reports.List(t.Context(), sio, h.id, custody.Ask{})
	if err != nil || len(known) != 2 || known[0].Entry != made.Entry || known[1].Report != "entries" {
		t.Errorf("%+v, %v", known, err)
	}
	h.signed()
	h.whole()
}

// TestReportsRefuse what is no report, and who may not make it.
func TestReportsRefuse(t *testing.T) {
	h := withCase(t)
	for name, c := range map[string]struct {
		actor   custody.Actor
		request custody.MakeReport
		want    error
	}{
		"unknown":      {sio, custody.MakeReport{Case: h.id, Report: "horoscope"}, custody.ErrInvalid},
		"no case":      {sio, custody.MakeReport{Report: "entries"}, custody.ErrInvalid},
		"parameter":    {sio, custody.MakeReport{Case: h.id, Report: "entries", Params: map[string]string{"colour": "red"}}, custody.ErrInvalid},
		"file":         {sio, custody.MakeReport{Case: h.id, Report: "entries", Inputs: map[string][]byte{"list": {1}}}, custody.ErrInvalid},
		"no time":      {sio, custody.MakeReport{Case: h.id, Report: "entries", From: h.clock.now, Until: h.clock.now}, custody.ErrInvalid},
		"not assigned": {stranger, custody.MakeReport{Case: h.id, Report: "entries"}, custody.ErrDenied},
		"an auditor":   {auditor, custody.MakeReport{Case: h.id, Report: "entries"}, custody.ErrDenied},
	} {
		if _, err := h.Service.Reports().Make(t.Context(), c.actor, c.request); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := h.Service.Reports().Make(t.Context(), sio, custody.MakeReport{
		Case: h.id, Report: "entries", From: h.clock.now.Add(-time.Hour), Until: h.clock.now.Add(time.Hour),
	}); err != nil {
		t.Errorf("control: %v", err)
	}
}

// receiveAnother takes in a second return.
func (h *house) receiveAnother() custody.Received {
	h.Helper()
	asks := h.asks(file(9))
	asks.Item = "NET/2"
	received, err := h.Service.Imports().Receive(h.Context(), officer, asks)
	if err != nil {
		h.Fatal(err)
	}
	return received
}
