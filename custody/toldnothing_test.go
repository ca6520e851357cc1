package custody_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"custos.example/custody"
	"custos.example/policy"
)

// passerby has offices of the house and works on no case.
var passerby = custody.Actor{ID: "pb1"}

// TestRefusedAreToldNothing names things that a case has, and things that it does not,
// in requests of somebody who may not ask: each answer is the refusal alone, on record.
// The control is an analyst of the case, who is told what is wrong.
func TestRefusedAreToldNothing(t *testing.T) {
	h := withCase(t)
	if _, err := h.Service.Organisation().Enrol(t.Context(), admin, custody.Enrol{
		Person: custody.Person{ID: passerby.ID, Name: "Person pb1", Roles: []string{"analyst", "exhibits-officer"}}, Qualify: able(),
	}); err != nil {
		t.Fatal(err)
	}
	_, _, exhibit := h.produced(file(12))
	if _, err := h.Service.Deliveries().Prepare(t.Context(), analyst, custody.PrepareDelivery{
		Case: h.id, Of: exhibit.Entry, CopyTerms: custody.CopyTerms{Recipient: "CPS Northshire", Agreement: "ISA/7"},
	}); err != nil {
		t.Fatal(err)
	}
	for what, do := range map[string]func(custody.Actor) error{
		"a pack of an extraction": func(by custody.Actor) error {
			_, err := h.Service.Kiosks().Seal(t.Context(), by, custody.SealExtraction{Case: h.id, Item: "KO/9"}, io.Discard)
			return err
		},
		"parts of a delivery": func(by custody.Actor) error {
			_, err := h.Service.Deliveries().Issue(t.Context(), by, custody.IssueParts{Case: h.id, Name: "DEL-1", Parts: "999999"})
			return err
		},
		"a copy": func(by custody.Actor) error {
			_, err := h.Service.Copies().Dispose(t.Context(), by, custody.DisposeCopy{Case: h.id, Number: 99})
			return err
		},
		"a file of an extraction": func(by custody.Actor) error {
			_, err := h.Service.Imports().Keep(t.Context(), by, custody.Receive{
				Case: h.id, Item: "NET/7", Extracted: &custody.ExtractedFile{Extraction: "KO/9", Path: "calls.csv"},
			})
			return err
		},
	} {
		err := do(passerby)
		if !errors.Is(err, custody.ErrDenied) || errors.Is(err, custody.ErrNotFound) || errors.Is(err, custody.ErrInvalid) || !h.onRecord(err) {
			t.Errorf("%s: %v", what, err)
		}
		for _, word := range []string{"KO/9", "5200", "copy 99"} {
			if err != nil && strings.Contains(err.Error(), word) {
				t.Errorf("%s: somebody who may not ask is told %q: %v", what, word, err)
			}
		}
		if err := do(analyst); err == nil || what != "a pack of an extraction" && errors.Is(err, custody.ErrDenied) {
			t.Errorf("control: %s, asked by an analyst of the case: %v", what, err)
		}
	}
	h.whole()
}

// TestSearchForADecisionIsOnRecord looks for a decision that there is not. The control is
// one that there is, which who asked for it may have explained.
func TestSearchForADecisionIsOnRecord(t *testing.T) {
	h := withCase(t)
	searches := func() (n int) {
		looks, err := h.Service.Audit().List(t.Context(), auditor, custody.ListDecisions{Organisation: true, Action: policy.DecisionExplain})
		if err != nil {
			t.Fatal(err)
		}
		return len(looks)
	}
	before := searches()
	if _, err := h.Service.Audit().Why(t.Context(), custody.Actor{ID: "nobody"}, "D-00000000", custody.Ask{}); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("by somebody who is not enrolled: %v", err)
	}
	if _, err := h.Service.Audit().Why(t.Context(), analyst, "D-00000000", custody.Ask{}); !errors.Is(err, custody.ErrNotFound) {
		t.Errorf("by an analyst: %v", err)
	}
	if after := searches(); after != before+2 {
		t.Errorf("%d searches are on record, not 2", after-before)
	}
}

// TestRepeatedOrderTellsNothingNew repeats an order of erasure after whoever gave it has
// left the case: they are told what they were told then, and not what the case holds now.
func TestRepeatedOrderTellsNothingNew(t *testing.T) {
	h, _ := overseen(t)
	successor := custody.Actor{ID: "si2"}
	if _, err := h.Service.Organisation().Enrol(t.Context(), admin, custody.Enrol{
		Person: custody.Person{ID: successor.ID, Name: "Person si2", Roles: []string{"sio"}}, Qualify: able(),
	}); err != nil {
		t.Fatal(err)
	}
	order := custody.OrderErasure{
		Ask: custody.Ask{RequestID: "one order of the officer"}, Case: h.id, Payloads: []string{"NET/1"}, Basis: policy.CourtOrder,
		Ground: "the court ordered it", Order: "DISP/2024/7",
	}
	told, first, err := h.Service.Erasures().Order(t.Context(), sio, order)
	if err != nil || told.Again || len(told.Reach.Exhibits) == 0 {
		t.Fatalf("control: told when it is ordered: %+v, %v", told.Reach, err)
	}
	if _, err := h.Service.Assignments().Add(t.Context(), sro, custody.Assign{Case: h.id, Person: successor.ID, Reason: "leads it"}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Service.Assignments().End(t.Context(), sro, custody.Unassign{Case: h.id, Person: sio.ID, Reason: "moved"}); err != nil {
		t.Fatal(err)
	}
	again, proof, err := h.Service.Erasures().Order(t.Context(), sio, order)
	if err != nil || proof.Entry != first.Entry || !again.Again || again.Order != told.Order || len(again.Reach.Exhibits)+len(again.Reach.Recipients) > 0 {
		t.Errorf("%+v, %v", again, err)
	}
}

// TestErasureOutlivedMeanwhile has a case change hands while an order for all of it is
// being carried out.
func TestErasureOutlivedMeanwhile(t *testing.T) {
	h, _ := offices(t)
	order, _, err := h.Service.Erasures().Order(t.Context(), sio, custody.OrderErasure{
		Case: h.id, Basis: policy.CourtOrder, Ground: "the court ordered it", Order: "DISP/2024/7",
	})
	if err != nil {
		t.Fatal(err)
	}
	h.may("approved", h.answers(order, custody.ErasureApproved), dpo)
	h.wait(custody.ErasureDelay)
	config := h.Service.Config
	config.Store = &meanwhile{Store: h.Store, kind: "payload-erased", event: func() {
		other := h.Service.Config
		other.Store = h.Store
		if _, err := custody.New(other).Organisations().Own(t.Context(), sio, custody.OwnCase{Case: h.id, Organisation: "kent", Reason: "they lead now"}); err != nil {
			t.Error(err)
		}
	}}
	_, _, err = custody.New(config).Erasures().CarryOut(t.Context(), admin, custody.CarryOutErasure{Order: order.Order})
	if !errors.Is(err, custody.ErrConflict) || !strings.Contains(err.Error(), "belongs to kent now") {
		t.Errorf("carried out although it changed hands: %v", err)
	}
	h.may("control: the case is there", h.holds, kentDPO)
	h.whole()
}

// TestUsesTellOfReviews lets another force review the retention of a case that is not
// theirs: whoever the case belongs to sees it among what they asked for.
func TestUsesTellOfReviews(t *testing.T) {
	h, _ := offices(t)
	h.isElsewhere("a review of retention", func(by custody.Actor) error {
		_, err := h.Service.Retention().Review(t.Context(), by, custody.ReviewRetention{
			Case: h.id, Decision: custody.ReviewRetain, NextOn: "2025-03-04", Reason: "we want it kept",
		})
		return err
	}, kentSRO)
	uses, err := h.Service.Sharing().Uses(t.Context(), sio, h.id, "kent", custody.Ask{})
	if err != nil || uses.Refused != 1 || !slices.ContainsFunc(uses.Uses, func(u custody.SharedUse) bool { return u.Action == policy.RetentionReview }) {
		t.Errorf("%+v, %v", uses, err)
	}
}
