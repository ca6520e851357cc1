package custody_test

import (
	"errors"
	"testing"

	"custos.example/custody"
	"custos.example/policy"
)

// TestErasureOvertaken records in a case, between the decision on its erasure and the
// entry, what forbids that erasure: the order, the approval and the carrying-out are
// decided on anew, and refused. The controls are the same of another case, and an
// entry of this one that changes no decision: they stop nothing.
func TestErasureOvertaken(t *testing.T) {
	trials, failures, controls := 0, 0, 0
	for _, event := range []struct {
		name  string
		make  func(h *house, other custody.CaseID) error
		stops bool
	}{
		{"an appeal is pending", func(h *house, _ custody.CaseID) error { return h.pending(h.id) }, true},
		{"the records of an authority are kept", func(h *house, _ custody.CaseID) error { return h.keepLonger() }, true},
		{"an appeal is pending in another case", func(h *house, other custody.CaseID) error { return h.pending(other) }, false},
		{"somebody looks", func(h *house, _ custody.CaseID) error {
			_, err := h.beside().Cases().Files(h.Context(), sio, h.id, custody.Ask{})
			return err
		}, false},
	} {
		for _, kind := range []string{"erasure-ordered", "erasure-decided", "payload-erased"} {
			t.Run(event.name+", "+kind, func(t *testing.T) {
				h, _ := overseen(t)
				other := h.id
				h.nextCase("NX/2")
				h.receive(file(3))
				if err := h.outcome(sio, ended("2024-03-01")); err != nil {
					t.Fatal(err)
				}
				h.years(7)
				if err := h.review(sro, custody.ReviewDispose, ""); err != nil {
					t.Fatal(err)
				}
				var happened error
				h.Service.Store = &meanwhile{Store: h.Store, kind: kind, event: func() { happened = event.make(h, other) }}
				reached, err := h.disposesOf()
				h.Service.Store = h.Store
				trials++
				switch {
				case happened != nil:
					t.Fatal(happened)
				case event.stops && (!errors.Is(err, custody.ErrDenied) || reached != kind):
					failures++
					t.Errorf("it came to %s: %v; want a refusal by the second decision on %s", reached, err, kind)
				case !event.stops && err != nil:
					failures++
					t.Errorf("control: it came to %s: %v", reached, err)
				case !event.stops:
					controls++
				}
				h.signed()
				h.whole()
			})
		}
	}
	t.Logf("PROOF harness=erasure-overtaken trials=%d failures=%d control=\"what changes no such decision stopped nothing, %d of 6\"", trials, failures, controls)
}

// disposesOf orders, approves and carries out the erasure of the case, and says how
// far it came.
func (h *house) disposesOf() (reached string, err error) {
	erasure, err := h.dispose()
	if err != nil {
		return "erasure-ordered", err
	}
	if err := h.answer(dpo, erasure.Order, custody.ErasureApproved); err != nil {
		return "erasure-decided", err
	}
	h.wait(custody.ErasureDelay)
	_, err = h.carryOut(erasure.Order)
	return "payload-erased", err
}

// pending records that an appeal is pending, by another service over the same record.
func (h *house) pending(id custody.CaseID) error {
	facts := ended("2024-03-01")
	facts.Appeal = custody.PendingOpen
	_, err := h.beside().Retention().Record(h.Context(), sio, custody.RecordOutcome{Case: id, Facts: facts})
	return err
}

// keepLonger amends the authority so that its records are kept.
func (h *house) keepLonger() error {
	d := authority()
	d.RetainUntil, d.Changed = policy.Date("2050-01-01"), "Its records are kept longer."
	_, err := h.beside().Authorities().Record(h.Context(), spoc, custody.RecordAuthority{Case: h.id, Document: d, Amends: h.authority})
	return err
}
