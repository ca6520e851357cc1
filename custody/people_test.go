package custody_test

import (
	"errors"
	"slices"
	"testing"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/ledger"
)

// TestFounding shows what stands on the keys chain of a new log, and that a log
// is founded once.
func TestFounding(t *testing.T) {
	h := found(t)
	want := []string{"log-opened", "key-enrolled", "key-enrolled", "policy-released", "key-enrolled"}
	if got := h.kinds("", ledger.Keys)[:5]; !slices.Equal(got, want) {
		t.Errorf("keys chain begins %v, want %v", got, want)
	}
	if _, err := ledger.NewKeyring(h.verified("", ledger.Keys)); err != nil {
		t.Error(err)
	}
	trust, err := h.Service.Organisation().Trust(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	text, err := trust.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.ParseTrust(text); err != nil {
		t.Error(err)
	}
	first := custody.Person{ID: "ad2", Name: "B. Admin", Roles: []string{"administrator"}}
	if _, err := h.Service.Organisation().Init(t.Context(), custody.InitRequest{First: first, Release: "r"}); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("founding twice: %v", err)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if err := wiring.Init(t.Context(), h.options, "custos.example/test", first); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("init over a founded folder: %v", err)
	}
	if err := wiring.Init(t.Context(), h.options, "custos.example/other", first); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("init under another name: %v", err)
	}
}

// TestEnrolTwice shows that a person has one key at a time, and that only an
// administrator gives keys.
func TestEnrolTwice(t *testing.T) {
	h := found(t)
	person := custody.Person{ID: "an1", Name: "Again", Roles: []string{"analyst"}}
	if _, err := h.Service.Organisation().Enrol(t.Context(), admin, custody.Enrol{Person: person}); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("enrolled twice: %v", err)
	}
	person.ID = "an3"
	if _, err := h.Service.Organisation().Enrol(t.Context(), analyst, custody.Enrol{Person: person}); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("an analyst enrols: %v", err)
	}
	for _, id := range []string{"", "A", "../x", "service", "log", "a b", ".hidden"} {
		person.ID = id
		if _, err := h.Service.Organisation().Enrol(t.Context(), admin, custody.Enrol{Person: person}); !errors.Is(err, custody.ErrInvalid) {
			t.Errorf("id %q: %v", id, err)
		}
	}
	if _, err := h.Service.Organisation().Enrol(t.Context(), admin, custody.Enrol{
		Person: custody.Person{ID: "an3", Name: "New", Roles: []string{"analyst"}},
	}); err != nil {
		t.Error(err)
	}
}

// TestRevoked shows that a person whose key was revoked can do nothing more,
// and that what they did before stays good.
func TestRevoked(t *testing.T) {
	h := withCase(t)
	received := h.receive(file(3))
	h.run("event-schedule", received.Dataset.Entry, nil)
	_, err := h.Service.Organisation().Revoke(t.Context(), admin, custody.Revoke{Person: analyst.ID, Reason: "left the force"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = h.Service.Analyses().Run(t.Context(), analyst, custody.Run{
		Case: h.id, Step: "event-schedule", Title: "Again?",
		Inputs: map[string]custody.PayloadRef{"events": {Entry: received.Dataset.Entry}, "set-aside": {Entry: received.Dataset.Entry}},
	})
	if !errors.Is(err, custody.ErrDenied) {
		t.Errorf("a revoked person runs: %v", err)
	}
	h.signed()
	h.whole()
}

// TestOtherCase shows that a case says nothing to those who are not assigned,
// and that no entry of one case can be used in another.
func TestOtherCase(t *testing.T) {
	h := withCase(t)
	received := h.receive(file(3))
	other, err := h.Service.Cases().Open(t.Context(), sio, custody.OpenCase{
		Reference: "NX/2024/0500", Title: "Operation OTHER", Assigned: []string{sio.ID, stranger.ID},
	})
	if err != nil {
		t.Fatal(err)
	}
	inputs := map[string]custody.PayloadRef{"events": {Entry: received.Dataset.Entry}, "set-aside": {Entry: received.Dataset.Entry}}
	run := custody.Run{Case: other.Case, Step: "event-schedule", Title: "Whose?", Inputs: inputs}
	if _, err := h.Service.Analyses().Run(t.Context(), stranger, run); !errors.Is(err, custody.ErrNotFound) {
		t.Errorf("data of another case: %v", err)
	}
	run.Case = h.id
	if _, err := h.Service.Analyses().Run(t.Context(), stranger, run); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("somebody who is not assigned: %v", err)
	}
	if _, err := h.Service.Cases().Open(t.Context(), sio, custody.OpenCase{
		Reference: "NX/2024/0500", Title: "Twice", Assigned: []string{sio.ID},
	}); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("one reference for two cases: %v", err)
	}
	for _, reference := range []string{"NX/2024/0500", string(other.Case)} {
		if id, err := h.Service.Cases().Find(t.Context(), reference); err != nil || id != other.Case {
			t.Errorf("find %q: %q, %v", reference, id, err)
		}
	}
	if _, err := h.Service.Cases().Find(t.Context(), "NX/1999/1"); !errors.Is(err, custody.ErrNotFound) {
		t.Errorf("find what is not there: %v", err)
	}
}
