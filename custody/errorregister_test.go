package custody_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"custos.example/custody"
	"custos.example/custody/bundle"
	"custos.example/custody/workday"
	"custos.example/ledger"
	"custos.example/policy"
)

// reporter is the senior responsible officer, who reports errors.
var reporter = custody.Actor{ID: "sro1"}

// withReporter is a case with somebody who reports errors.
func withReporter(t *testing.T) *house {
	t.Helper()
	h := withCase(t)
	person := custody.Person{ID: reporter.ID, Name: "R. Officer", Roles: []string{"sro"}}
	if _, err := h.Service.Organisation().Enrol(t.Context(), admin, custody.Enrol{Person: person, Qualify: able()}); err != nil {
		t.Fatal(err)
	}
	return h
}

// wrongDates is an error that touches what is named.
func (h *house) wrongDates(touches ...ledger.EntryID) custody.RecordError {
	return custody.RecordError{
		Case: h.id, Type: custody.Reportable, Cause: custody.WrongDates, CausedBy: custody.ByPublicAuthority, Entries: touches,
		Handling: custody.KeptAsExcess, Intrusion: "calls of one more week of the same number", Steps: "dates are read back by a second person",
		What: "The application asked for the week after the one that was granted.",
	}
}

// TestErrorRegister takes an error from its discovery to its end.
func TestErrorRegister(t *testing.T) {
	h := withReporter(t)
	received, _, exhibit := h.produced(file(3))
	register := h.Service.ErrorRegister()
	request := h.wrongDates(received.Evidence.Entry)
	request.RequestID = "error-request-000001"
	recorded, err := register.Record(t.Context(), spoc, request)
	if err != nil {
		t.Fatal(err)
	}
	// the authority behind the file is of IPA 2016: the number of days is not known,
	// and so nothing is called in time
	if recorded.ID != "E-1" || recorded.State != custody.ErrorOpen || recorded.Clock.State != custody.ClockUnknown {
		t.Errorf("%+v", recorded)
	}
	again, err := register.Record(t.Context(), spoc, request)
	if err != nil || again.ID != "E-1" || again.Entry != recorded.Entry {
		t.Errorf("the same request a second time: %+v, %v", again, err)
	}
	closing := custody.CloseError{Case: h.id, ID: "E-1", Reason: "all done"}
	if _, err := register.Close(t.Context(), spoc, closing); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("closed before it was reported: %v", err)
	}
	report := custody.ReportError{Case: h.id, ID: "E-1", Reference: "IPCO/E/2024/31"}
	if _, err := register.Report(t.Context(), analyst, report); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("reported by an analyst: %v", err)
	}
	early := report
	early.At = time.Date(2024, 3, 1, 9, 0, 0, 0, time.UTC)
	if _, err := register.Report(t.Context(), reporter, early); !errors.Is(err, custody.ErrInvalid) {
		t.Errorf("reported before it was discovered: %v", err)
	}
	reported, err := register.Report(t.Context(), reporter, report)
	if err != nil || reported.State != custody.ErrorReported {
		t.Fatalf("%+v, %v", reported, err)
	}
	if _, err := register.Report(t.Context(), reporter, report); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("reported twice: %v", err)
	}
	amended := h.wrongDates(received.Evidence.Entry)
	amended.ID, amended.What = "E-1", "The application asked for two weeks more than were granted."
	if now, err := register.Record(t.Context(), spoc, amended); err != nil || now.State != custody.ErrorReported {
		t.Errorf("what is now known: %+v, %v", now, err)
	}
	amended.Type = custody.Recordable
	if _, err := register.Record(t.Context(), spoc, amended); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("a reported error becomes recordable: %v", err)
	}
	if closed, err := register.Close(t.Context(), spoc, closing); err != nil || closed.State != custody.ErrorClosed {
		t.Fatalf("%+v, %v", closed, err)
	}
	if _, err := register.Close(t.Context(), spoc, closing); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("closed twice: %v", err)
	}
	known, err := register.Show(t.Context(), spoc, h.id, "E-1", custody.Ask{})
	if err != nil || known.First != recorded.Entry || known.Reference != "IPCO/E/2024/31" || known.Closed != "all done" ||
		known.Regime != policy.IPA || !strings.HasPrefix(known.What, "The application asked for two weeks") {
		t.Errorf("%+v, %v", known, err)
	}
	// all four states of it stand in a bundle that is made now
	b, _ := h.pack(exhibit.Entry, nil)
	h.wants(h.verify(b, true), bundle.Matches)
	h.signed()
	h.whole()
}

// TestClockOfAnErrorGoesOn: what is now known of an error says nothing of when it was
// discovered, and so changes no day; and it is the senior responsible officer who says that
// a reportable error is none.
func TestClockOfAnErrorGoesOn(t *testing.T) {
	h := withReporter(t)
	register := h.Service.ErrorRegister()
	request := h.wrongDates()
	request.Regime, request.Region = policy.RIPA, workday.Scotland
	recorded, err := register.Record(t.Context(), spoc, request)
	if err != nil {
		t.Fatal(err)
	}
	h.clock.now = h.clock.now.AddDate(0, 0, 16)
	more := request
	more.ID, more.Handling, more.Region, more.Steps = recorded.ID, "", "", "the form asks for both days"
	amended, err := register.Record(t.Context(), spoc, more)
	if err != nil || amended.Clock.Due != recorded.Clock.Due || amended.Clock.State != custody.ClockOverdue {
		t.Errorf("%+v, then %+v, %v", recorded.Clock, amended.Clock, err)
	}
	known, err := register.Show(t.Context(), spoc, h.id, recorded.ID, custody.Ask{})
	if err != nil || known.Handling != custody.KeptAsExcess || known.Steps != more.Steps {
		t.Errorf("%+v, %v", known, err)
	}
	more.Type = custody.Recordable
	if _, err := register.Record(t.Context(), spoc, more); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("recordable by the word of a SPoC: %v", err)
	}
	if _, err := register.Record(t.Context(), reporter, more); err != nil {
		t.Errorf("recordable by the word of the senior responsible officer: %v", err)
	}
	h.replays()
	h.whole()
}

// TestErrorsOfEveryCase lists what is overdue over all cases, and by whom nothing
// may be seen.
func TestErrorsOfEveryCase(t *testing.T) {
	h := withReporter(t)
	register := h.Service.ErrorRegister()
	request := h.wrongDates()
	request.Regime, request.Region = policy.RIPA, workday.Scotland
	for _, kind := range []custody.ErrorType{custody.Reportable, custody.Recordable} {
		request.Type = kind
		if _, err := register.Record(t.Context(), spoc, request); err != nil {
			t.Fatal(err)
		}
	}
	h.clock.now = h.clock.now.AddDate(0, 0, 8)
	known, err := register.List(t.Context(), auditor, "", custody.Ask{})
	if err != nil || len(known) != 2 {
		t.Fatalf("%+v, %v", known, err)
	}
	if k := known[0]; k.ID != "E-1" || k.Clock.State != custody.ClockOverdue || k.Clock.Due != "2024-03-11" || k.In != "NX/2024/0417" {
		t.Errorf("%+v", k)
	}
	if k := known[1]; k.ID != "E-2" || k.Clock.State != custody.ClockNone {
		t.Errorf("%+v", k)
	}
	for _, id := range []custody.CaseID{"", h.id} {
		if _, err := register.List(t.Context(), stranger, id, custody.Ask{}); !errors.Is(err, custody.ErrDenied) {
			t.Errorf("a stranger lists %q: %v", id, err)
		}
	}
}

// TestBadErrors shows what is refused of an error.
func TestBadErrors(t *testing.T) {
	h := withReporter(t)
	received := h.receive(file(3))
	for name, change := range map[string]func(*custody.RecordError){
		"no type":                 func(r *custody.RecordError) { r.Type = "" },
		"no cause":                func(r *custody.RecordError) { r.Cause = "bad luck" },
		"nobody's":                func(r *custody.RecordError) { r.CausedBy = "" },
		"nothing said":            func(r *custody.RecordError) { r.What = " " },
		"a region that is none":   func(r *custody.RecordError) { r.Region = "cornwall" },
		"a handling that is none": func(r *custody.RecordError) { r.Handling = "burnt" },
		"discovered tomorrow":     func(r *custody.RecordError) { r.DiscoveredAt = h.clock.Now().AddDate(0, 0, 1) },
		"another regime":          func(r *custody.RecordError) { r.Regime = policy.RIPA },
		"a regime that is none":   func(r *custody.RecordError) { r.Regime, r.Entries = "X", nil },
		"under nothing":           func(r *custody.RecordError) { r.Entries = nil },
		"a name that is none":     func(r *custody.RecordError) { r.ID = "D-1" },
		"one that is not there":   func(r *custody.RecordError) { r.ID = "E-7" },
		"an entry of no case":     func(r *custody.RecordError) { r.Entries = []ledger.EntryID{{1}} },
	} {
		request := h.wrongDates(received.Evidence.Entry)
		change(&request)
		if _, err := h.Service.ErrorRegister().Record(t.Context(), spoc, request); !errors.Is(err, custody.ErrInvalid) && !errors.Is(err, custody.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := h.Service.ErrorRegister().Record(t.Context(), stranger, h.wrongDates(received.Evidence.Entry)); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("by a stranger: %v", err)
	}
	if recorded, err := h.Service.ErrorRegister().Record(t.Context(), spoc, h.wrongDates(received.Evidence.Entry)); err != nil || recorded.ID != "E-1" {
		t.Errorf("control: %+v, %v", recorded, err)
	}
}

// TestCollateral works out what an error of one file has come into, and shows that
// nothing of another file is in the list.
func TestCollateral(t *testing.T) {
	h := withReporter(t)
	received, ran, exhibit := h.produced(file(6))
	request := h.asks(file(7))
	request.Item = "NET/2"
	other, err := h.Service.Imports().Receive(t.Context(), officer, request)
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := h.run("event-schedule", other.Dataset.Entry, nil)
	_, packed := h.pack(exhibit.Entry, nil)
	h.save(exhibit, custody.CopyTerms{})
	if _, err := h.Service.ErrorRegister().Record(t.Context(), spoc, h.wrongDates(received.Evidence.Entry)); err != nil {
		t.Fatal(err)
	}
	c, err := h.Service.ErrorRegister().Collateral(t.Context(), reporter, h.id, "E-1", custody.Ask{Purpose: "to report it"})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(c.Files, []string{"NET/1"}) || !slices.Equal(c.Datasets, []ledger.EntryID{received.Dataset.Entry}) || c.Bundles != 1 {
		t.Errorf("files %v, data sets %v, %d bundles", c.Files, c.Datasets, c.Bundles)
	}
	runs := map[ledger.EntryID]bool{}
	for _, r := range c.Runs {
		runs[r.Entry] = true
	}
	if !runs[ran.Entry] || runs[elsewhere.Entry] {
		t.Errorf("runs %+v", c.Runs)
	}
	if len(c.Exhibits) != 1 || c.Exhibits[0].Reference != "JAS/1" || c.Exhibits[0].Bundles != 1 || c.Exhibits[0].Checked {
		t.Errorf("exhibits %+v", c.Exhibits)
	}
	if len(c.Copies) != 2 || c.Copies[0].Of != packed.Entry || c.Copies[1].Of != exhibit.Entry {
		t.Errorf("copies %+v", c.Copies)
	}
	saw := map[string]int{}
	for _, r := range c.Readers {
		saw[r.Person+" "+string(r.Action)] += r.Times
	}
	for _, want := range []string{"an1 analysis.run", "an1 exhibit.produce", "an1 row.read", "si1 bundle.make"} {
		if saw[want] == 0 {
			t.Errorf("%s is not among the readers: %v", want, saw)
		}
	}
	if _, err := h.Service.ErrorRegister().Collateral(t.Context(), analyst, h.id, "E-1", custody.Ask{}); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("an analyst reads who read: %v", err)
	}
	// control: the same question of the other file finds its own run and not the exhibit
	second := h.wrongDates(other.Evidence.Entry)
	if _, err := h.Service.ErrorRegister().Record(t.Context(), spoc, second); err != nil {
		t.Fatal(err)
	}
	c, err = h.Service.ErrorRegister().Collateral(t.Context(), reporter, h.id, "E-2", custody.Ask{})
	if err != nil || len(c.Exhibits) != 0 || len(c.Copies) != 0 || !slices.ContainsFunc(c.Runs, func(r custody.CollateralRun) bool { return r.Entry == elsewhere.Entry }) {
		t.Errorf("control: %+v, %v", c, err)
	}
	// and of the authority behind both it finds everything
	third := h.wrongDates(h.authority)
	if _, err := h.Service.ErrorRegister().Record(t.Context(), spoc, third); err != nil {
		t.Fatal(err)
	}
	c, err = h.Service.ErrorRegister().Collateral(t.Context(), reporter, h.id, "E-3", custody.Ask{})
	if err != nil || !slices.Equal(c.Files, []string{"NET/1", "NET/2"}) || len(c.Exhibits) != 1 {
		t.Errorf("of the authority: %+v, %v", c, err)
	}
}
