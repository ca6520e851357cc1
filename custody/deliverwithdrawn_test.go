package custody_test

import (
	"errors"
	"strings"
	"testing"

	"custos.example/custody"
)

// withdraws takes a delivery back.
func (h *house) withdraws(name string) {
	h.Helper()
	if _, err := h.Service.Deliveries().Withdraw(h.Context(), sio, custody.WithdrawDelivery{Case: h.id, Name: name, Reason: "prepared for the wrong person"}); err != nil {
		h.Fatal(err)
	}
}

// says has somebody say that a delivery arrived.
func (h *house) says(by custody.Actor, name string, state custody.DeliveryState) error {
	h.Helper()
	_, err := h.Service.Deliveries().Confirm(h.Context(), by, custody.ConfirmDelivery{
		Case: h.id, Name: name, State: state, ConfirmedBy: "the expert", How: "by telephone",
	})
	return err
}

// TestWithdrawnDeliveryStaysWithdrawn withdraws a delivery, of which parts went out or did
// not, and has its recipient say that it arrived, so that it may be fetched again. What was
// never sent did not arrive; what arrived all the same is recorded, and no part leaves
// again. The control is the same delivery that was not withdrawn.
func TestWithdrawnDeliveryStaysWithdrawn(t *testing.T) {
	for _, c := range []struct {
		name            string
		sent, withdrawn bool
		arrives, leaves error
	}{
		{"control: it was sent and not withdrawn", true, false, nil, nil},
		{"it was sent", true, true, nil, custody.ErrConflict},
		{"it was never sent", false, true, custody.ErrConflict, custody.ErrConflict},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, bundle := deliveryToDefence(t)
			if _, err := h.serves(prosecutor, bundle, "R-3"); err != nil {
				t.Fatal(err)
			}
			if c.sent {
				h.must(h.asksFor(expert, "DEL-1", "1"))
			}
			if c.withdrawn {
				h.withdraws("DEL-1")
			}
			if err := h.says(expert, "DEL-1", custody.DeliveryArrived); !errors.Is(err, c.arrives) {
				t.Errorf("the recipient says that it arrived: %v, want %v", err, c.arrives)
			}
			for what, err := range map[string]error{
				"asked for anew": h.asksFor(expert, "DEL-1", "2"), "fetched": h.fetches(expert, "DEL-1", 1), "asked for by the sender": h.asksFor(sio, "DEL-1", "2"),
			} {
				if !errors.Is(err, c.leaves) || c.leaves != nil && !strings.Contains(err.Error(), "withdrawn") {
					t.Errorf("%s: %v, want %v", what, err, c.leaves)
				}
			}
			h.whole()
		})
	}
}
