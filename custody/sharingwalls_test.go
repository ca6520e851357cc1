package custody_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/policy"
)

// People of the other force in the offices of its house, and those who belong to
// neither force: an inspector of the Commissioner, and a prosecutor.
var (
	kentSIO        = custody.Actor{ID: "k.si1"} // enrolled by neighbours
	kentDPO        = custody.Actor{ID: "k.dp1"}
	kentAuditor    = custody.Actor{ID: "k.au1"}
	kentDisclosure = custody.Actor{ID: "k.do1"}
	kentExhibits   = custody.Actor{ID: "k.eo1"}
	kentAdmin      = custody.Actor{ID: "k.ad1"}
	inspector      = custody.Actor{ID: "in1"}
)

// offices is neighbours with all of them, and a data set of the case that is shared.
func offices(t *testing.T) (*house, custody.Received) {
	t.Helper()
	h, received, _ := neighbours(t)
	for _, p := range []struct {
		who                custody.Actor
		role, organisation string
	}{
		{kentDPO, "dpo", "kent"},
		{kentAuditor, "auditor", "kent"},
		{kentDisclosure, "disclosure-officer", "kent"},
		{kentExhibits, "exhibits-officer", "kent"},
		{kentAdmin, "administrator", "kent"},
		{inspector, "inspector", "Investigatory Powers Commissioner's Office"},
		{prosecutor, "prosecutor", "Crown Prosecution Service"},
	} {
		standing := able()
		standing.Organisation = p.organisation
		person := custody.Person{ID: p.who.ID, Name: "Person " + p.who.ID, Roles: []string{p.role}}
		if _, err := h.Service.Organisation().Enrol(t.Context(), admin, custody.Enrol{Person: person, Qualify: standing}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.share(func(r *custody.ShareCase) {
		r.Datasets, r.Uses = []ledger.EntryID{received.Dataset.Entry}, policy.ShareUses()
	}); err != nil {
		t.Fatal(err)
	}
	return h, received
}

// isElsewhere wants each of some people to be refused by O-01 and by nothing else, on
// record, in words that say nothing of the case.
func (h *house) isElsewhere(what string, do func(custody.Actor) error, people ...custody.Actor) {
	h.Helper()
	for _, by := range people {
		err := do(by)
		h.deniedBy(what+" by "+by.ID, err, "O-01")
		var denial *custody.Denial
		if !errors.As(err, &denial) {
			continue
		}
		if !h.onRecord(err) {
			h.Errorf("%s by %s is not on record as a refusal", what, by.ID)
		}
		x, why := h.Service.Audit().Why(h.Context(), by, custody.DecisionReference(denial.Entry), custody.Ask{})
		if why != nil {
			h.Errorf("why %s by %s was refused: %v", what, by.ID, why)
		}
		told := err.Error() + fmt.Sprintf("%+v", x)
		for _, secret := range []string{"NX/2024/0417", "KESTREL", string(h.id), "DISP/2024/7", "H-1", "north", "ID:" + sio.ID, "ID:" + sro.ID} {
			if strings.Contains(told, secret) {
				h.Errorf("%s by %s tells %q: %s", what, by.ID, secret, told)
			}
		}
	}
}

// may wants each of some people to be let do it.
func (h *house) may(what string, do func(custody.Actor) error, people ...custody.Actor) {
	h.Helper()
	for _, by := range people {
		if err := do(by); err != nil {
			h.Errorf("%s by %s: %v", what, by.ID, err)
		}
	}
}

func (h *house) holds(by custody.Actor) error {
	_, err := h.Service.Holds().Place(h.Context(), by, custody.PlaceHold{Case: h.id, Ground: "an appeal is pending"})
	return err
}

func (h *house) lifts(hold string) func(custody.Actor) error {
	return func(by custody.Actor) error {
		_, err := h.Service.Holds().Lift(h.Context(), by, custody.LiftHold{Case: h.id, Hold: hold, Reason: "the appeal was refused"})
		return err
	}
}

// answers answers an order of erasure.
func (h *house) answers(order custody.Erasure, decision string) func(custody.Actor) error {
	return func(by custody.Actor) error { return h.answer(by, order.Order, decision) }
}

func (h *house) executes(order custody.Erasure) func(custody.Actor) error {
	return func(by custody.Actor) error {
		_, _, err := h.Service.Erasures().CarryOut(h.Context(), by, custody.CarryOutErasure{Order: order.Order})
		return err
	}
}

// TestAnotherForceHoldsNoCase lets people of another force who hold offices of a house
// place and lift holds on a case that is not their force's, though something of it is
// shared. The controls are the same offices of the force to which it belongs, and those
// who belong elsewhere as a matter of course.
func TestAnotherForceHoldsNoCase(t *testing.T) {
	h, _ := offices(t)
	h.isElsewhere("a hold placed", h.holds, kentSIO, kentSRO, kentDPO, kentAuditor, kentDisclosure, kentExhibits)
	h.may("control: a hold placed", h.holds, sro, dpo, inspector, prosecutor)
	all, err := h.Service.Holds().List(t.Context(), sio, h.id, custody.Ask{})
	if err != nil || len(all) != 4 {
		t.Errorf("%+v, %v", all, err)
	}
	h.isElsewhere("a hold lifted", h.lifts("H-1"), kentSRO, kentDPO)
	uses, err := h.Service.Sharing().Uses(t.Context(), sio, h.id, "kent", custody.Ask{})
	if err != nil || uses.Allowed != 0 || uses.Refused != 8 || uses.Uses[7].Action != policy.HoldLift {
		t.Errorf("what the owner is told of it: %+v, %v", uses, err)
	}
	h.may("control: a hold lifted", h.lifts("H-1"), sro)
	h.may("control: a hold lifted", h.lifts("H-2"), dpo)
	h.may("control: a hold lifted", h.lifts("H-3"), inspector)
	h.whole()
	h.agrees()
}

// TestAnotherForceOpensNoInspection lets them ask that a case be opened to their own
// auditor, open it, and report an error of it to the Commissioner. The inspector of the
// Commissioner asks, the case's own senior responsible officer answers.
func TestAnotherForceOpensNoInspection(t *testing.T) {
	h, received := offices(t)
	var asked custody.Proof
	asks := func(whom custody.Actor) func(custody.Actor) error {
		return func(by custody.Actor) (err error) {
			asked, err = h.Service.Permissions().Ask(t.Context(), by, custody.AskPermission{
				Case: h.id, About: policy.AboutInspection, For: whom.ID, Reason: "the inspection of this year",
			})
			return err
		}
	}
	decides := func(by custody.Actor) error {
		_, err := h.Service.Permissions().Decide(t.Context(), by, custody.DecidePermission{
			Case: h.id, Request: asked.Entry, Decision: policy.PermissionApproved, Reason: "the inspection of this year",
		})
		return err
	}
	h.isElsewhere("an inspection asked for", asks(kentAuditor), kentSRO, kentDPO, kentAuditor)
	h.may("control: an inspection asked for", asks(auditor), dpo)
	h.isElsewhere("an inspection opened to the force's own auditor", decides, kentSRO)
	h.may("control: an inspection asked for", asks(inspector), inspector)
	h.isElsewhere("an inspection opened", decides, kentSRO)
	h.may("control: an inspection opened", decides, sro)
	if _, err := h.Service.Pages().Read(t.Context(), inspector, custody.ReadPage{
		Ask: custody.Ask{Purpose: "the inspection of this year", For: policy.Inspection}, Case: h.id, Data: received.Dataset.Entry, First: 1, Last: 5,
	}); err != nil {
		t.Errorf("control: rows for the inspector to whom it was opened: %v", err)
	}

	if _, err := h.Service.ErrorRegister().Record(t.Context(), spoc, h.wrongDates(received.Evidence.Entry)); err != nil {
		t.Fatal(err)
	}
	reports := func(by custody.Actor) error {
		_, err := h.Service.ErrorRegister().Report(t.Context(), by, custody.ReportError{Case: h.id, ID: "E-1", Reference: "IPCO/1"})
		return err
	}
	h.isElsewhere("an error reported", reports, kentSRO)
	h.may("control: an error reported", reports, sro)
	h.whole()
	h.agrees()
}

// TestAnotherForceAnswersNoErasure lets them approve, cancel and carry out an erasure of
// a case that is not their force's; while a hold is in force they learn nothing of it.
func TestAnotherForceAnswersNoErasure(t *testing.T) {
	h, _ := offices(t)
	order := h.order("NET/1")
	h.may("a hold placed", h.holds, sro)
	h.isElsewhere("an erasure approved under a hold", h.answers(order, custody.ErasureApproved), kentSRO, kentDPO)
	err := h.answer(dpo, order.Order, custody.ErasureApproved)
	h.deniedBy("control: approved under a hold by the case's own officer", err, "U-13")
	h.may("the hold lifted", h.lifts("H-1"), sro)
	h.isElsewhere("an erasure approved", h.answers(order, custody.ErasureApproved), kentSRO, kentDPO)
	h.may("control: an erasure approved", h.answers(order, custody.ErasureApproved), dpo)
	h.isElsewhere("an erasure cancelled", h.answers(order, custody.ErasureCancelled), kentSIO, kentSRO, kentDPO, kentDisclosure, kentExhibits)
	for _, by := range []custody.Actor{sro, inspector, prosecutor, sio} {
		h.may("control: an erasure cancelled", h.answers(h.order("JAS/1"), custody.ErasureCancelled), by)
	}
	h.isElsewhere("an erasure carried out too early", h.executes(order), kentSRO, kentDPO)
	h.wait(custody.ErasureDelay)
	h.isElsewhere("an erasure carried out", h.executes(order), kentSRO, kentDPO)
	if err := h.executes(order)(kentAdmin); !errors.Is(err, custody.ErrDenied) || !strings.Contains(err.Error(), "keeps this record") {
		t.Errorf("carried out by an administrator of the other force: %v", err)
	}
	if looks, err := h.Service.Audit().List(t.Context(), auditor, custody.ListDecisions{By: kentAdmin.ID, Action: policy.EraseCarryOut}); err != nil || len(looks) != 1 {
		t.Errorf("what the administrator tried: %+v, %v", looks, err)
	}
	h.may("control: an erasure carried out", h.executes(order), admin)
	h.whole()
	h.agrees()
}

// TestACaseOfAnotherForceIsOverseenThere gives the case to the other force: now its
// people decide, those who keep the record do not, and only their administrator, who
// keeps the system, carries out what was decided there.
func TestACaseOfAnotherForceIsOverseenThere(t *testing.T) {
	h, _ := offices(t)
	standing := h.order("JAS/1")
	outlived, _, err := h.Service.Erasures().Order(t.Context(), sio, custody.OrderErasure{
		Case: h.id, Basis: policy.CourtOrder, Ground: "the court ordered it", Order: "DISP/2024/7",
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Service.Organisations().Own(t.Context(), sio, custody.OwnCase{Case: h.id, Organisation: "kent", Reason: "they lead from now on"}); err != nil {
		t.Fatal(err)
	}
	h.deniedBy("a hold placed by those who keep the record", h.holds(dpo), "O-01")
	h.may("a hold placed", h.holds, kentAuditor)
	h.deniedBy("a hold lifted by those who keep the record", h.lifts("H-1")(sro), "O-01")
	h.may("a hold lifted", h.lifts("H-1"), kentSRO)
	h.deniedBy("an erasure that was ordered before, approved", h.answer(sro, standing.Order, custody.ErasureApproved), "O-01")
	h.may("an erasure that was ordered before, approved", h.answers(outlived, custody.ErasureApproved), kentDPO)
	h.may("an erasure that was ordered before, cancelled", h.answers(standing, custody.ErasureCancelled), kentDPO)
	if _, err := h.Service.Assignments().Add(t.Context(), kentSRO, custody.Assign{Case: h.id, Person: kentSIO.ID, Reason: "leads it"}); err != nil {
		t.Fatal(err)
	}
	order, _, err := h.Service.Erasures().Order(t.Context(), kentSIO, custody.OrderErasure{
		Case: h.id, Basis: policy.CourtOrder, Ground: "the court ordered it", Order: "DISP/2024/8",
	})
	if err != nil {
		t.Fatal(err)
	}
	h.deniedBy("an erasure approved by those who keep the record", h.answer(dpo, order.Order, custody.ErasureApproved), "O-01")
	h.may("an erasure approved", h.answers(order, custody.ErasureApproved), kentDPO)
	h.wait(custody.ErasureDelay)
	h.deniedBy("an erasure carried out by those who keep the record", h.executes(order)(dpo), "O-01")
	if err := h.executes(outlived)(admin); !errors.Is(err, custody.ErrConflict) || !strings.Contains(err.Error(), "belongs to kent now") {
		t.Errorf("an erasure that was ordered by those whose case it was, carried out: %v", err)
	}
	h.agrees()
	h.may("an erasure carried out by who keeps the system", h.executes(order), admin)

	// The case is gone. Whose it was is known from who ordered that.
	h.deniedBy("carried out twice, by those whose case it was", h.executes(order)(kentSRO), "R-40")
	h.deniedBy("cancelled afterwards, by those whose case it was", h.answer(kentDPO, order.Order, custody.ErasureCancelled), "R-40")
	h.deniedBy("cancelled afterwards, by those who keep the record", h.answer(dpo, order.Order, custody.ErasureCancelled), "O-01")
	h.certifies(order, nil, kentDPO, kentSRO, auditor, inspector)
	if report, all := h.replay(custody.Replay{Organisation: true}); report.Differ > 0 || report.Erased == 0 || report.Agree == 0 {
		t.Errorf("replay %+v", report)
		for _, d := range all {
			if !d.Agrees() && d.Erased == "" {
				t.Errorf("%s by %s: facts %v, trouble %s", d.Action, d.By, d.Facts, d.Trouble)
			}
		}
	}
	h.whole()
	h.reopen()
	h.whole()
	h.signed()
}

// agrees wants every decision to be taken again as it was, but those on what was erased.
func (h *house) agrees() {
	h.Helper()
	report, all := h.replay(custody.Replay{})
	if report.Agree+report.Erased != report.Decisions || report.Agree == 0 || report.Refused == 0 {
		h.Errorf("replay %+v", report)
	}
	for _, d := range all {
		if !d.Agrees() && d.Erased == "" {
			h.Errorf("%s by %s: facts %v, projection %v, trouble %s", d.Action, d.By, d.Facts, d.Projection, d.Trouble)
		}
	}
}
