package custody_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"custos.example/custody"
	"custos.example/custody/bundle"
	"custos.example/ledger"
	"custos.example/policy"
)

// granter authorises, and works on no case.
var granter = custody.Actor{ID: "ai1"}

// joins enrols a person who may do all that the role allows.
func (h *house) joins(id, role string) {
	h.Helper()
	person, standing := custody.Person{ID: id, Name: "Person " + id, Roles: []string{role}}, able()
	if id == granter.ID {
		standing.Rank = "of the force's command" // no rank of the rules': the tests grant as one and another
	}
	if _, err := h.Service.Organisation().Enrol(h.Context(), admin, custody.Enrol{Person: person, Qualify: standing}); err != nil {
		h.Fatal(err)
	}
}

// applied records an application that asks for the calls of the made-up file.
func (h *house) applied() ledger.EntryID {
	h.Helper()
	if _, err := h.Service.Organisation().Person(h.Context(), granter.ID); err != nil {
		h.joins(granter.ID, "authorising-individual")
	}
	recorded, err := h.Service.Applications().Record(h.Context(), sio, custody.RecordApplication{Case: h.id, Document: application()})
	if err != nil {
		h.Fatal(err)
	}
	return recorded.Application
}

// application asks for the calls of February 2024.
func application() custody.ApplicationDocument {
	d, err := custody.ApplicationTemplate()
	if err != nil {
		panic(err)
	}
	d.Reference, d.Applicant.ID, d.Purpose = "NX/A/2024/200", sio.ID, "a"
	d.Advice = custody.Advice{ID: spoc.ID, GivenOn: "2024-03-01", Text: "The operator holds it."}
	d.Scope.Identifiers, d.Scope.From, d.Scope.Until = []string{subject}, "2024-02-01", "2024-02-29"
	d.Subjects[0].Identifier = subject
	return d
}

// grants is an urgent grant of that application.
func (h *house) grants() custody.GrantAuthority {
	return custody.GrantAuthority{Case: h.id, Document: custody.AuthorityDocument{
		Reference: "NX/CD/2024/200", Route: policy.Route61A, Instrument: policy.Authorisation, Use: policy.UrgentOperation,
		Application: custody.AppliedFor{Entry: "NX/A/2024/200"}, Granted: custody.Granted{UrgentGround: policy.ThreatToLife},
		Granter: custody.Granter{Rank: policy.SuperintendentRank, InLine: custody.No}, Scope: custody.Scope{ConnectionRecords: policy.NoRecords},
	}}
}

// describes asks the rules about a return of the granted data.
func (h *house) describes(authority ledger.EntryID, obtained policy.Date) custody.AuthorityChecked {
	h.Helper()
	r := returned()
	r.Until, r.ObtainedOn = time.Date(2024, 2, 29, 23, 0, 0, 0, time.UTC), obtained
	checked, err := h.Service.Authorities().Check(h.Context(), officer, custody.CheckAuthority{Case: h.id, Authority: authority, Return: r})
	if err != nil {
		h.Fatal(err)
	}
	return checked
}

// TestGrantedHere goes from an application to an import: granted by who may, in their
// name and on today's date, no wider than what was asked for; then cancelled.
func TestGrantedHere(t *testing.T) {
	h := withCase(t)
	h.applied()
	authorities := h.Service.Authorities()
	if _, err := authorities.Grant(t.Context(), sio, h.grants()); !errors.Is(err, custody.ErrDenied) {
		t.Fatalf("the applicant granted it: %v", err)
	}
	if _, err := authorities.Grant(t.Context(), stranger, custody.GrantAuthority{Case: h.id}); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("a stranger is told what is wrong instead of no: %v", err)
	}
	for name, change := range map[string]func(*custody.AuthorityDocument){
		"scope.identifiers": func(d *custody.AuthorityDocument) { d.Scope.Identifiers = []string{subject, "+447700900999"} },
		"scope.dataTypes": func(d *custody.AuthorityDocument) {
			d.Scope.DataTypes = []policy.DataType{policy.Entity, policy.Events}
		},
		"scope.from":        func(d *custody.AuthorityDocument) { d.Scope.From = "2024-01-31" },
		"scope.until":       func(d *custody.AuthorityDocument) { d.Scope.Until = "2024-03-01" },
		"granter.id":        func(d *custody.AuthorityDocument) { d.Granter.ID = "somebody else" },
		"granted.on":        func(d *custody.AuthorityDocument) { d.Granted.On = "2024-03-03" },
		"application.entry": func(d *custody.AuthorityDocument) { d.Application.Entry = "NX/A/2024/999" },
		"renewals": func(d *custody.AuthorityDocument) {
			d.Renewals = []custody.Change{{By: granter.ID, On: "2024-03-04", Why: "in advance"}}
		},
	} {
		g := h.grants()
		change(&g.Document)
		if _, err := authorities.Grant(t.Context(), granter, g); !errors.Is(err, custody.ErrInvalid) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	granted, err := authorities.Grant(t.Context(), granter, h.grants())
	if err != nil {
		t.Fatal(err)
	}
	got, err := authorities.Read(t.Context(), spoc, h.id, granted.Authority, custody.Ask{})
	if err != nil {
		t.Fatal(err)
	}
	if d := got.Document; d.Granter.ID != granter.ID || d.Granted.On != "2024-03-04" || d.SPoC.ID != spoc.ID || d.Scope.Identifiers[0] != subject {
		t.Errorf("granted as %+v", d)
	}
	if got.Extent.Word != custody.HasEffect || got.Extent.LastDay != "2024-03-06" || got.States[0].Role != "authorising-individual" {
		t.Errorf("%+v by %+v", got.Extent, got.States)
	}
	if checked := h.describes(granted.Authority, "2024-03-04"); !checked.Allowed {
		t.Fatalf("%+v", checked.Reasons)
	}
	if _, err := authorities.Cancel(t.Context(), granter, custody.ChangeAuthority{Case: h.id, Authority: granted.Authority, Why: "No longer necessary."}); err != nil {
		t.Fatal(err)
	}
	if checked := h.describes(granted.Authority, "2024-03-04"); checked.Allowed {
		t.Error("what is obtained on the day of cancellation is let in")
	}
	if _, err := authorities.Cancel(t.Context(), granter, custody.ChangeAuthority{Case: h.id, Authority: granted.Authority, Why: "Again."}); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("cancelled twice: %v", err)
	}
	listed, err := h.Service.Applications().List(t.Context(), granter, h.id, custody.Ask{})
	if err != nil || len(listed) != 1 || strings.Join(listed[0].Authorities, " ") != "NX/CD/2024/200" {
		t.Errorf("%+v: %v", listed, err)
	}
	h.replays()
	h.whole()
}

// replays takes every decision of the case again from the log.
func (h *house) replays() {
	h.Helper()
	report, all := h.replay(custody.Replay{Case: h.id})
	for _, r := range all {
		if !r.Agrees() {
			h.Errorf("%s by %s does not agree: %+v", r.Action, r.By, r)
		}
	}
	if report.Decisions < 5 {
		h.Errorf("%+v", report)
	}
}

// TestAmended records what follows a grant: an approval, renewals in time and too
// late, a state that says nothing new, one that was written from an older one.
func TestAmended(t *testing.T) {
	h := withCase(t)
	authorities := h.Service.Authorities()
	read := func() custody.RegisteredAuthority {
		t.Helper()
		got, err := authorities.Read(t.Context(), spoc, h.id, h.authority, custody.Ask{})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	before := read()
	if before.Extent.LastDay != "2024-03-31" {
		t.Errorf("%+v", before.Extent)
	}
	amend := func(d custody.AuthorityDocument, state ledger.EntryID) error {
		_, err := authorities.Record(t.Context(), spoc, custody.RecordAuthority{Case: h.id, Document: d, Amends: h.authority, State: state})
		return err
	}
	d := before.Document
	d.Approvals.CommissionerOn = "2024-03-02"
	if err := amend(d, before.State); !errors.Is(err, custody.ErrInvalid) || !strings.Contains(err.Error(), "changed") {
		t.Errorf("amended without a reason: %v", err)
	}
	d.Changed = "Approved."
	if err := amend(d, before.State); err != nil {
		t.Fatal(err)
	}
	if err := amend(d, before.State); !errors.Is(err, custody.ErrConflict) || !strings.Contains(err.Error(), "amended since") {
		t.Errorf("amended from an older state: %v", err)
	}
	if err := amend(d, ledger.EntryID{}); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("amended with nothing new: %v", err)
	}
	d.Notice.GivenOn, d.Changed = "2024-03-05", "It is tomorrow's."
	if err := amend(d, ledger.EntryID{}); !errors.Is(err, custody.ErrInvalid) || !strings.Contains(err.Error(), "notice.givenOn") {
		t.Errorf("a day that has not come: %v", err)
	}
	renew := func(on policy.Date) {
		t.Helper()
		_, err := authorities.Renew(t.Context(), spoc, custody.ChangeAuthority{Case: h.id, Authority: h.authority, By: "ocda-1", On: on, Why: "Still needed."})
		if err != nil {
			t.Fatal(err)
		}
	}
	h.clock.now = time.Date(2024, 4, 20, 9, 0, 0, 0, time.UTC)
	renew("2024-03-31")
	if got := read(); got.Extent.LastDay != "2024-04-30" || got.Extent.Word != custody.HasEffect || len(got.States) != 3 {
		t.Errorf("renewed on its last day: %+v", got.Extent)
	}
	h.clock.now = time.Date(2024, 6, 1, 9, 0, 0, 0, time.UTC)
	renew("2024-05-01")
	if got := read(); got.Extent.LastDay != "2024-04-30" || got.Extent.Word != custody.HasEnded || len(got.Extent.Late) != 1 {
		t.Errorf("renewed a day too late: %+v", got.Extent)
	}
	for name, change := range map[string]custody.ChangeAuthority{
		"without a reason": {By: "ocda-1", On: "2024-05-02"}, "without a day": {By: "ocda-1", Why: "x"},
	} {
		change.Case, change.Authority = h.id, h.authority
		if _, err := authorities.Renew(t.Context(), spoc, change); !errors.Is(err, custody.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	h.replays()
	h.whole()
}

// TestWhoeverRecordedAStateCannotImport: an authority that others amended since is
// still one that its first recorder recorded. The control is somebody who did not.
func TestWhoeverRecordedAStateCannotImport(t *testing.T) {
	h := withCase(t)
	h.joins("sp2", "spoc")
	h.assign("sp2", time.Time{})
	d := authority()
	d.RetainUntil, d.Changed = "2030-01-01", "Its records are kept until then."
	if _, err := h.Service.Authorities().Record(t.Context(), custody.Actor{ID: "sp2"}, custody.RecordAuthority{Case: h.id, Document: d, Amends: h.authority}); err != nil {
		t.Fatal(err)
	}
	for importer, want := range map[string]bool{spoc.ID: false, "sp2": false, officer.ID: true} {
		checked, err := h.Service.Authorities().Check(t.Context(), officer, custody.CheckAuthority{
			Case: h.id, Authority: h.authority, Return: returned(), Importer: custody.Actor{ID: importer},
		})
		if err != nil || checked.Allowed != want {
			t.Errorf("%s may import: %v, want %v (%v) %+v", importer, checked.Allowed, want, err, checked.Reasons)
		}
	}
}

// TestCheckImportsNothing: what is only described leaves a look and nothing else.
func TestCheckImportsNothing(t *testing.T) {
	h := withCase(t)
	work, reads := len(h.kinds(h.id, ledger.Work)), len(h.kinds(h.id, ledger.Reads))
	if checked := h.describes(h.authority, "2024-03-03"); !checked.Allowed {
		t.Errorf("%+v", checked.Reasons)
	}
	if got := len(h.kinds(h.id, ledger.Work)); got != work {
		t.Errorf("%d entries of work, were %d", got, work)
	}
	if got := len(h.kinds(h.id, ledger.Reads)); got != reads+1 {
		t.Errorf("%d looks, were %d", got, reads)
	}
	if _, err := h.Service.Authorities().Check(t.Context(), stranger, custody.CheckAuthority{Case: h.id, Authority: h.authority, Return: returned()}); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("a stranger asked about the case: %v", err)
	}
}

// TestBundleUnderAnAmendedGrant: an authority that rests on a recorded application
// and was amended twice is carried and checked like any other.
func TestBundleUnderAnAmendedGrant(t *testing.T) {
	h := withCase(t)
	h.applied()
	granted, err := h.Service.Authorities().Grant(t.Context(), granter, h.grants())
	if err != nil {
		t.Fatal(err)
	}
	for _, day := range []policy.Date{"2031-01-01", "2032-01-01"} {
		got, err := h.Service.Authorities().Read(t.Context(), spoc, h.id, granted.Authority, custody.Ask{})
		if err != nil {
			t.Fatal(err)
		}
		d := got.Document
		d.RetainUntil, d.Changed = day, "Its records are kept longer."
		if _, err := h.Service.Authorities().Record(t.Context(), spoc, custody.RecordAuthority{Case: h.id, Document: d, Amends: granted.Authority}); err != nil {
			t.Fatal(err)
		}
	}
	h.authority = granted.Authority
	asks := h.asks(file(12))
	asks.Return.Until, asks.Return.ObtainedOn = time.Date(2024, 2, 29, 23, 0, 0, 0, time.UTC), "2024-03-04"
	received, err := h.Service.Imports().Receive(context.WithoutCancel(t.Context()), officer, asks)
	if err != nil {
		t.Fatal(err)
	}
	ran := h.run("event-schedule", received.Dataset.Entry, nil)
	exhibit, err := h.Service.Exhibits().Produce(t.Context(), analyst, custody.Produce{Case: h.id, Reference: "JAS/1", Title: "Schedule of calls of one number", Run: ran.Entry})
	if err != nil {
		t.Fatal(err)
	}
	b, _ := h.pack(exhibit.Entry, nil)
	h.wants(h.verify(b, true), bundle.Matches)
}

// TestRecordsOfAnAuthorityAreKept: what an authority says is not erased before the
// day until which its records are kept, nor the case with it. The controls are a
// payload that is none of its records, and the day after.
func TestRecordsOfAnAuthorityAreKept(t *testing.T) {
	h, _ := overseen(t)
	d := authority()
	d.RetainUntil, d.Changed = "2024-03-20", "Its records are kept."
	if _, err := h.Service.Authorities().Record(t.Context(), spoc, custody.RecordAuthority{Case: h.id, Document: d, Amends: h.authority}); err != nil {
		t.Fatal(err)
	}
	order := func(payloads ...string) error {
		_, _, err := h.Service.Erasures().Order(t.Context(), sio, custody.OrderErasure{
			Case: h.id, Payloads: payloads, Basis: policy.CourtOrder, Ground: "the court ordered it", Order: "DISP/2024/9",
		})
		return err
	}
	for name, err := range map[string]error{"the authority": order(h.authority.String()), "the case": order()} {
		if !errors.Is(err, custody.ErrDenied) || !strings.Contains(err.Error(), "A-27") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := order("NET/1"); err != nil {
		t.Errorf("control: the file: %v", err)
	}
	h.wait(17 * 24 * time.Hour)
	if err := order(h.authority.String()); err != nil {
		t.Errorf("control: the day after: %v", err)
	}
	h.replays()
}
