package custody_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/policy"
)

// about changes the professions of whom the authority's data is about.
func (h *house) about(professions ...policy.Profession) {
	h.Helper()
	d := authority()
	d.Considered = "Looked at by the applicant and the granter."
	d.Subjects = nil
	for _, p := range professions {
		d.Subjects = append(d.Subjects, custody.DataSubject{Category: custody.Suspect, Identifier: subject, Profession: p})
	}
	h.record(d, h.authority)
}

// refusedBy wants a refusal by one rule; none wants no refusal.
func (h *house) refusedBy(err error, rule, who string) {
	h.Helper()
	var denial *custody.Denial
	switch {
	case rule == "" && err != nil:
		h.Errorf("%s: %v", who, err)
	case rule == "":
	case !errors.As(err, &denial):
		h.Errorf("%s: %v, want a refusal by %s", who, err, rule)
	case !slices.ContainsFunc(denial.Decision.Reasons, func(r policy.Reason) bool { return r.Rule == rule }):
		h.Errorf("%s is refused, but not by %s: %v", who, rule, err)
	}
}

func (h *house) reads(by custody.Actor, dataset ledger.EntryID) error {
	_, err := h.Service.Pages().Read(h.Context(), by, custody.ReadPage{
		Ask: custody.Ask{Purpose: "to see who called"}, Case: h.id, Data: dataset, First: 1, Last: 5,
	})
	return err
}

func (h *house) copies(by custody.Actor, of ledger.EntryID, terms custody.CopyTerms) error {
	_, err := h.Service.Copies().Issue(h.Context(), by, custody.IssueCopy{Ask: custody.Ask{Purpose: "to work on it"}, Case: h.id, Of: of, CopyTerms: terms})
	return err
}

// TestNamedForPrivilegedMaterial shows that nobody but the senior responsible officer
// names who handles a lawyer's data: not an analyst, not who is named already, and not
// a copy from before anybody knew of the lawyer, whatever else is said of them. The
// control is the same data while it is nobody's in particular.
func TestNamedForPrivilegedMaterial(t *testing.T) {
	h := withApprover(t)
	received, ran, exhibit := h.produced(file(9))
	dataset := received.Dataset.Entry
	holder := func(id string) custody.CopyTerms { return custody.CopyTerms{Holder: id} }
	h.refusedBy(h.reads(analyst, dataset), "", "before anybody knew")
	h.refusedBy(h.copies(analyst, dataset, holder(second.ID)), "", "a copy before anybody knew")

	h.about(policy.Doctor, policy.Lawyer)
	h.refusedBy(h.reads(analyst, dataset), "U-17", "an analyst who is not named")
	h.refusedBy(h.reads(second, dataset), "U-17", "who was given a copy before anybody knew")
	for name, of := range map[string]ledger.EntryID{
		"the file": received.Evidence.Entry, "the data set": dataset, "a run": ran.Entry, "an exhibit": exhibit.Entry,
	} {
		h.refusedBy(h.copies(analyst, of, holder(second.ID)), "U-17", "an analyst gives a copy of "+name)
		h.refusedBy(h.copies(analyst, of, custody.CopyTerms{Recipient: "Counsel", Agreement: "A-1"}), "U-17", "an analyst gives counsel a copy of "+name)
	}
	h.refusedBy(h.reads(second, dataset), "U-17", "after an analyst tried to name them")

	h.refusedBy(h.copies(approver, dataset, holder(second.ID)), "", "the senior responsible officer names")
	h.refusedBy(h.reads(second, dataset), "", "who is named")
	h.refusedBy(h.reads(analyst, dataset), "U-17", "who is still not named")
	h.refusedBy(h.copies(second, exhibit.Entry, holder(analyst.ID)), "U-17", "who is named names another")
	h.refusedBy(h.copies(second, exhibit.Entry, custody.CopyTerms{Recipient: "Counsel", Agreement: "A-1"}), "", "who is named gives counsel a copy")
	h.refusedBy(h.copies(approver, dataset, holder(analyst.ID)), "", "another is named")
	h.refusedBy(h.copies(second, exhibit.Entry, holder(analyst.ID)), "", "one who is named to another")

	h.about(policy.Lawyer, policy.ProfessionUnstated)
	h.refusedBy(h.reads(sio, dataset), "U-17", "beside somebody of whom nobody looked")
	h.about(policy.Doctor)
	h.refusedBy(h.reads(sio, dataset), "", "of a doctor alone")
	h.replays()
}

// TestInspectionTakesTwo shows that nobody opens a case to an inspection that they
// asked for, or that is for them, and that it is for somebody who inspects.
func TestInspectionTakesTwo(t *testing.T) {
	h := withApprover(t)
	both := custody.Actor{ID: "sa1"}
	person := custody.Person{ID: both.ID, Name: "S. Both", Roles: []string{"auditor", "sro"}}
	if _, err := h.Service.Organisation().Enrol(t.Context(), admin, custody.Enrol{Person: person, Qualify: able()}); err != nil {
		t.Fatal(err)
	}
	h.joins("in1", "inspector")
	dataset := h.receive(file(9)).Dataset.Entry
	asks := func(by custody.Actor, whom string) (custody.Proof, error) {
		return h.Service.Permissions().Ask(t.Context(), by, custody.AskPermission{Case: h.id, About: policy.AboutInspection, For: whom, Reason: "the yearly inspection"})
	}
	decides := func(by custody.Actor, request ledger.EntryID) error {
		_, err := h.Service.Permissions().Decide(t.Context(), by, custody.DecidePermission{
			Case: h.id, Request: request, Decision: policy.PermissionApproved, Reason: "it is due",
		})
		return err
	}
	inspects := func(by custody.Actor, role policy.Role) error {
		by.Role = string(role)
		_, err := h.Service.Pages().Read(t.Context(), by, custody.ReadPage{
			Ask: custody.Ask{Purpose: "to inspect", For: policy.Inspection}, Case: h.id, Data: dataset, First: 1, Last: 5, View: policy.Rows,
		})
		return err
	}
	for who, want := range map[string]error{analyst.ID: custody.ErrInvalid, approver.ID: custody.ErrInvalid, "nobody": custody.ErrNotFound} {
		if _, err := asks(both, who); !errors.Is(err, want) {
			t.Errorf("for %s: %v, want %v", who, err, want)
		}
	}
	if _, err := asks(analyst, "in1"); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("an analyst asks: %v", err)
	}
	toAll := custody.AskPermission{Case: h.id, About: policy.AboutFurtherUse, Use: policy.Inspection, Dataset: dataset, Reason: "it is due"}
	if _, err := h.Service.Permissions().Ask(t.Context(), analyst, toAll); !errors.Is(err, custody.ErrInvalid) {
		t.Errorf("a further use that would open the data to everybody who inspects: %v", err)
	}
	own, err := asks(both, both.ID)
	if err != nil {
		t.Fatal(err)
	}
	deciding := custody.Actor{ID: both.ID, Role: string(policy.SRO)}
	h.refusedBy(decides(deciding, own.Entry), "S-04", "who asked for themselves")
	h.refusedBy(inspects(both, policy.Auditor), "U-02", "before anybody else agreed")

	inspector := custody.Actor{ID: "in1"}
	forBoth, err := asks(inspector, both.ID)
	if err != nil {
		t.Fatal(err)
	}
	h.refusedBy(decides(deciding, forBoth.Entry), "S-04", "whom it is for")
	h.refusedBy(inspects(both, policy.Auditor), "U-02", "before anybody else agreed")

	asked, err := asks(inspector, inspector.ID)
	if err != nil {
		t.Fatal(err)
	}
	h.refusedBy(decides(inspector, asked.Entry), "R-01", "an inspector decides")
	h.refusedBy(inspects(inspector, ""), "U-02", "before it was granted")
	h.refusedBy(decides(approver, asked.Entry), "", "the senior responsible officer")
	h.refusedBy(inspects(inspector, ""), "", "whom it was granted to")
	h.refusedBy(inspects(both, policy.Auditor), "U-02", "whom it was not granted to")
	h.replays()
}

// TestStrangersLearnNothingOfWhatKeepsACase refuses each act of an erasure to people who
// are none of the case's: no reason says more than what they are themselves.
func TestStrangersLearnNothingOfWhatKeepsACase(t *testing.T) {
	h := withApprover(t)
	h.joins("dx1", "defence-expert")
	h.joins("do9", "disclosure-officer")
	h.receive(file(9))
	ordered := h.order()
	if _, err := h.Service.Holds().Place(t.Context(), sio, custody.PlaceHold{Case: h.id, Hold: "H-7", Ground: "an appeal"}); err != nil {
		t.Fatal(err)
	}
	order := func(by custody.Actor) error {
		_, _, err := h.Service.Erasures().Order(t.Context(), by, custody.OrderErasure{
			Case: h.id, Derived: true, Basis: policy.RetentionEnded, Ground: "nothing keeps it", Order: "DISP/2024/8",
		})
		return err
	}
	acts := map[string]func(by custody.Actor) error{
		"order":   order,
		"approve": func(by custody.Actor) error { return h.answer(by, ordered.Order, custody.ErasureApproved) },
		"cancel":  func(by custody.Actor) error { return h.answer(by, ordered.Order, custody.ErasureCancelled) },
		"carry out": func(by custody.Actor) error {
			_, _, err := h.Service.Erasures().CarryOut(t.Context(), by, custody.CarryOutErasure{Order: ordered.Order})
			return err
		},
	}
	for name, act := range acts {
		for _, by := range []custody.Actor{{ID: "dx1"}, {ID: "do9"}} {
			if name == "cancel" && by.ID == "do9" {
				continue // whoever discloses may cancel any erasure
			}
			err := act(by)
			var denial *custody.Denial
			if !errors.As(err, &denial) || len(denial.Decision.Reasons) != 1 {
				t.Errorf("%s by %s: %v", name, by.ID, err)
				continue
			}
			if rule := denial.Decision.Reasons[0].Rule; rule != "R-01" && rule != "U-02" {
				t.Errorf("%s by %s is told of %s: %v", name, by.ID, rule, err)
			}
		}
	}
	h.refusedBy(order(sio), "U-13", "who works on the case is told of the hold")
	h.refusedBy(h.answer(approver, ordered.Order, custody.ErasureApproved), "U-13", "who may approve is told of the hold")
}

// TestNothingBeginsBeforeItIsRecorded refuses roles and assignments from an earlier day,
// and lets nobody leave a case to somebody who can sign nothing any more.
func TestNothingBeginsBeforeItIsRecorded(t *testing.T) {
	h := withCase(t)
	earlier := h.clock.now.Add(-time.Hour)
	assigns := func(person string, from time.Time) error {
		_, err := h.Service.Assignments().Add(t.Context(), sio, custody.Assign{Case: h.id, Person: person, From: from, Reason: "joins"})
		return err
	}
	gives := func(from time.Time) error {
		_, err := h.Service.Roles().Give(t.Context(), admin, custody.GiveRole{Person: stranger.ID, Role: "applicant", From: from, Reason: custody.Appointed})
		return err
	}
	if a, r := assigns(stranger.ID, earlier), gives(earlier); !errors.Is(a, custody.ErrInvalid) || !errors.Is(r, custody.ErrInvalid) {
		t.Errorf("from an hour ago: an assignment %v, a role %v", a, r)
	}
	if a, r := assigns(stranger.ID, time.Time{}), gives(time.Time{}); a != nil || r != nil {
		t.Errorf("from now: an assignment %v, a role %v", a, r)
	}

	h.joins("si2", "sio")
	leaves := func() error {
		_, err := h.Service.Assignments().End(t.Context(), sio, custody.Unassign{Case: h.id, Person: sio.ID, Reason: "leaves"})
		return err
	}
	if err := assigns("si2", time.Time{}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Service.Organisation().Revoke(t.Context(), admin, custody.Revoke{Person: "si2", Reason: "lost"}); err != nil {
		t.Fatal(err)
	}
	if err := leaves(); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("left to somebody whose key was revoked: %v", err)
	}
	h.joins("si3", "sio")
	if err := assigns("si3", time.Time{}); err != nil {
		t.Fatal(err)
	}
	if err := leaves(); err != nil {
		t.Errorf("left to another: %v", err)
	}
}
