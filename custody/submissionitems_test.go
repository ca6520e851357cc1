package custody_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"custos.example/custody"
	"custos.example/custody/continuity"
)

// asksAbout requests and agrees a submission of one item, and returns its name.
func (h *house) asksAbout(item string) (string, error) {
	h.Helper()
	u, r := h.Service.Submissions(), h.requests()
	r.Items = []string{item}
	asked, err := u.Request(h.Context(), sio, r)
	if err == nil {
		_, err = u.Agree(h.Context(), provider, custody.AgreeSubmission{Case: h.id, Name: asked.Name, Accreditation: lasting})
	}
	return asked.Name, err
}

// sends records that everything of a submission went out.
func (h *house) sends(name string) error {
	_, err := h.Service.Submissions().Send(h.Context(), officer, custody.SendSubmission{Case: h.id, Name: name, Means: "courier"})
	return err
}

// back records that an item came back.
func (h *house) back(name, item string) error {
	_, err := h.Service.Submissions().Return(h.Context(), officer, custody.ReturnSubmission{
		Case: h.id, Name: name, Items: []string{item}, Words: "the telephone", Complete: true,
	})
	return err
}

// TestItemAtAProvider has an item that the register says is with a provider condemned,
// destroyed, returned, and sent to a second provider: refused until it is back. The control
// is the same once it has come back.
func TestItemAtAProvider(t *testing.T) {
	h := withStore(t)
	h.providers()
	h.take(officer, "EO/1", "A0001")
	h.take(officer, "EO/2", "A0002")
	h.must(h.handle(officer, custody.HandleItem{Item: "EO/2", Act: continuity.Placed, Place: "S1"}))
	h.must(h.handle(officer, custody.HandleItem{Item: "EO/2", Act: continuity.Condemned, Reason: "no longer needed"}))
	first, err := h.asksAbout("EO/1")
	h.must(err)
	second, err := h.asksAbout("EO/1")
	h.must(err)
	doomed, err := h.asksAbout("EO/2")
	h.must(err)
	h.must(h.sends(first))
	h.must(h.sends(doomed))
	ends := map[string]func() error{
		"condemned, " + first: func() error {
			return h.handle(officer, custody.HandleItem{Item: "EO/1", Act: continuity.Condemned, Reason: "no longer needed"})
		},
		"returned, " + first: func() error {
			return h.handle(officer, custody.HandleItem{Item: "EO/1", Act: continuity.Returned, Reason: "over", To: continuity.Party{Name: "the owner"}})
		},
		"destroyed, " + doomed: func() error {
			return h.handle(keeper, custody.HandleItem{Item: "EO/2", Act: continuity.Destroyed, Reason: "as ordered"})
		},
		"sent to a second provider, " + first: func() error { return h.sends(second) },
	}
	for what, done := range ends {
		_, name, _ := strings.Cut(what, ", ")
		if err := done(); !errors.Is(err, custody.ErrConflict) || !strings.Contains(err.Error(), "under "+name) {
			t.Errorf("%s while it is with a provider: %v", what, err)
		}
	}
	h.must(h.back(first, "EO/1"))
	h.must(h.back(doomed, "EO/2"))
	delete(ends, "condemned, "+first)
	delete(ends, "sent to a second provider, "+first)
	h.must(h.sends(second))
	h.must(h.back(second, "EO/1"))
	for what, done := range ends {
		if err := done(); err != nil {
			t.Errorf("control: %s once it is back: %v", what, err)
		}
	}
	h.whole()
}

// TestGoneItemIsNotSent asks a provider about an item that was returned, and sends one that
// was returned or is missing since: refused. The control is sent while it is there.
func TestGoneItemIsNotSent(t *testing.T) {
	h := withStore(t)
	h.providers()
	for _, item := range []string{"EO/1", "EO/2", "EO/3"} {
		h.take(officer, item, "")
	}
	submission := map[string]string{}
	for _, item := range []string{"EO/1", "EO/2", "EO/3"} {
		name, err := h.asksAbout(item)
		h.must(err)
		submission[item] = name
	}
	h.must(h.handle(officer, custody.HandleItem{Item: "EO/1", Act: continuity.Returned, Reason: "over", To: continuity.Party{Name: "the owner"}}))
	h.must(h.handle(officer, custody.HandleItem{Item: "EO/2", Act: continuity.FoundMissing, Reason: "not on its shelf"}))
	h.wait(48 * time.Hour)
	for _, item := range []string{"EO/1", "EO/2"} {
		if err := h.sends(submission[item]); !errors.Is(err, custody.ErrConflict) || !strings.Contains(err.Error(), item) {
			t.Errorf("%s is sent: %v", item, err)
		}
		if _, err := h.asksAbout(item); !errors.Is(err, custody.ErrConflict) || !strings.Contains(err.Error(), item) {
			t.Errorf("%s is asked about: %v", item, err)
		}
	}
	if err := h.sends(submission["EO/3"]); err != nil {
		t.Errorf("control: what is there is sent: %v", err)
	}
	h.whole()
}
