package custody_test

import (
	"errors"
	"testing"

	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/policy"
)

// TestAnotherForceKeepsNoRecord lets the senior responsible officer of another force
// try what would undo rule O-01 without touching a case: to say that their own force
// keeps the record, to put rules of retention in force, and to read the record of
// decisions of cases that are not their force's. The controls are the same acts by
// people of the force that keeps the record, and the other force's own case.
func TestAnotherForceKeepsNoRecord(t *testing.T) {
	h, received, key := neighbours(t)
	public, err := ledger.NewPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	kent := custody.KnownOrganisation{Code: "kent", Name: "Kentish Force", Keys: []ledger.PublicKey{public}}
	take := custody.RecordOrganisation{KnownOrganisation: kent, Home: true}
	if _, err := h.Service.Organisations().Record(t.Context(), kentSRO, take); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("the other force says that it keeps the record: %v", err)
	}
	rules := custody.UseRetentionRules{Rules: ourRules(t), Reason: "ours are shorter"}
	if _, err := h.Service.Retention().Use(t.Context(), kentSRO, rules); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("the other force puts rules of retention in force: %v", err)
	}
	if _, err := h.Service.Assignments().Add(t.Context(), kentSRO, custody.Assign{Case: h.id, Person: kentAnalyst.ID, Reason: "ours now"}); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("the other force assigns its own people: %v", err)
	}
	if err := h.looks(kentAnalyst, received.Dataset.Entry); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("and reads what nobody shared: %v", err)
	}
	ask := custody.Ask{Purpose: "a complaint", For: policy.Lawfulness}
	for name, list := range map[string]custody.ListDecisions{"of the case": {Ask: ask, Case: h.id}, "of every case": {Ask: ask}} {
		if looks, err := h.Service.Audit().List(t.Context(), kentSRO, list); !errors.Is(err, custody.ErrDenied) || len(looks) > 0 {
			t.Errorf("the other force reads the decisions %s: %d, %v", name, len(looks), err)
		}
		if looks, err := h.Service.Audit().List(t.Context(), sro, list); err != nil || len(looks) == 0 {
			t.Errorf("control: decisions %s, for the force that keeps the record: %d, %v", name, len(looks), err)
		}
	}
	if _, err := h.Service.Holds().List(t.Context(), kentSRO, "", custody.Ask{For: policy.Lawfulness}); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("the other force lists the holds of every case: %v", err)
	}

	kent.Ended = "its agreement has ended"
	if _, err := h.Service.Organisations().Record(t.Context(), sro, custody.RecordOrganisation{KnownOrganisation: kent}); err != nil {
		t.Errorf("control: the register is changed by the force that keeps the record: %v", err)
	}
	kent.Ended = ""
	if _, err := h.Service.Organisations().Record(t.Context(), sro, custody.RecordOrganisation{KnownOrganisation: kent}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Service.Organisations().Own(t.Context(), sio, custody.OwnCase{Case: h.id, Organisation: "kent", Reason: "they lead from now on"}); err != nil {
		t.Fatal(err)
	}
	if looks, err := h.Service.Audit().List(t.Context(), kentSRO, custody.ListDecisions{Ask: ask, Case: h.id}); err != nil || len(looks) == 0 {
		t.Errorf("control: the decisions of its own case, for the other force: %d, %v", len(looks), err)
	}
	h.whole()
}

// TestSharedForAPurpose reads what is shared for one purpose for another. The control
// is the purpose for which it is shared.
func TestSharedForAPurpose(t *testing.T) {
	h, received, _ := neighbours(t)
	if _, err := h.share(func(r *custody.ShareCase) {
		r.Datasets, r.For, r.Uses = []ledger.EntryID{received.Dataset.Entry}, policy.Prosecution, policy.ShareUses()
	}); err != nil {
		t.Fatal(err)
	}
	for purpose, allowed := range map[policy.Purpose]bool{policy.Prosecution: true, policy.Investigation: false, "": false} {
		_, err := h.Service.Pages().Read(t.Context(), kentAnalyst, custody.ReadPage{
			Ask: custody.Ask{Purpose: "contacts of the subject", For: purpose}, Case: h.id, Data: received.Dataset.Entry, First: 1, Last: 5,
		})
		if allowed && err != nil || !allowed && !errors.Is(err, custody.ErrDenied) {
			t.Errorf("rows that are shared for prosecution, read for %q: %v", purpose, err)
		}
	}
	h.whole()
}

// TestEndedOrganisation reads under a sharing after the register says that nothing is
// shared with that organisation any more.
func TestEndedOrganisation(t *testing.T) {
	h, received, key := neighbours(t)
	public, err := ledger.NewPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.share(func(r *custody.ShareCase) { r.Datasets = []ledger.EntryID{received.Dataset.Entry} }); err != nil {
		t.Fatal(err)
	}
	if err := h.looks(kentAnalyst, received.Dataset.Entry); err != nil {
		t.Fatalf("control: before the end: %v", err)
	}
	ended := custody.KnownOrganisation{Code: "kent", Name: "Kentish Force", Keys: []ledger.PublicKey{public}, Ended: "merged into another force"}
	if _, err := h.Service.Organisations().Record(t.Context(), sro, custody.RecordOrganisation{KnownOrganisation: ended}); err != nil {
		t.Fatal(err)
	}
	h.deniedBy("read after the organisation ended", h.looks(kentAnalyst, received.Dataset.Entry), "O-01", "U-02")
	h.whole()
}

// ourRules are the delivered rules of retention under another name.
func ourRules(t *testing.T) []byte {
	t.Helper()
	rules, err := custody.DeliveredRetentionRules()
	if err != nil {
		t.Fatal(err)
	}
	rules.Name = "ours"
	text, err := ledger.MarshalCanonical(rules)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
