package custody_test

import (
	"errors"
	"strings"
	"testing"

	"custos.example/custody"
	"custos.example/custody/continuity"
	"custos.example/policy"
)

// TestHeldItemKeepsItsCase: a case is not erased while an item of it is held, be it
// there when the erasure is ordered or taken in afterwards; nobody could say any more
// whose it is. The control is the same order once the items have gone back.
func TestHeldItemKeepsItsCase(t *testing.T) {
	h, _ := overseen(t)
	first := h.take(officer, "KO/1", "A0001")
	returned := func(item string) {
		t.Helper()
		h.must(h.handle(officer, custody.HandleItem{
			Item: item, Act: continuity.Returned, To: continuity.Party{Name: "The owner"}, Reason: "No longer needed.",
		}))
	}
	kept := func(what string, err error, item string) {
		t.Helper()
		if !errors.Is(err, custody.ErrConflict) || !strings.Contains(err.Error(), "still held: "+item+";") {
			t.Errorf("%s: %v", what, err)
		}
		if _, err := h.Service.Cases().Files(t.Context(), sio, h.id, custody.Ask{}); err != nil {
			t.Errorf("%s: the case cannot be read: %v", what, err)
		}
	}
	_, _, err := h.Service.Erasures().Order(t.Context(), sio, custody.OrderErasure{
		Case: h.id, Derived: true, Basis: policy.CourtOrder, Ground: "the court ordered it", Order: "DISP/2024/7",
	})
	kept("ordered while an item is held", err, first.Item)
	if part := h.order("NET/1"); part.Whole {
		t.Errorf("control: the erasure of one file: %+v", part)
	}
	returned(first.Item)
	order := h.order()
	h.must(h.answer(dpo, order.Order, custody.ErasureApproved))
	h.wait(custody.ErasureDelay)
	later := h.take(officer, "KO/2", "A0002")
	_, err = h.carryOut(order.Order)
	kept("carried out while an item is held", err, later.Item)
	returned(later.Item)
	done, err := h.carryOut(order.Order)
	if err != nil || done.State != policy.ErasureDone {
		t.Fatalf("control: carried out when nothing is held: %+v, %v", done, err)
	}
	h.whole()
	h.signed()
}
