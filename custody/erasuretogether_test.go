package custody_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"custos.example/custody"
)

// slowNote lets something happen before the first note is kept.
type slowNote struct {
	custody.Disposal
	event func()
}

func (s *slowNote) Note(ctx context.Context, note custody.DisposalNote) (custody.DisposalNote, error) {
	if event := s.event; event != nil {
		s.event = nil
		event()
	}
	return s.Disposal.Note(ctx, note)
}

// TestTwoCarryOutsAtOnce lets a second carrying-out of one order come while the first is
// about to keep its note. One of them carries it out, no note is left, and the same file
// received anew outlasts what the next start ends. The control is one carrying-out: its
// file can be received anew, and stays.
func TestTwoCarryOutsAtOnce(t *testing.T) {
	for _, twice := range []bool{false, true} {
		h, _ := overseen(t)
		order := h.order("NET/1")
		if err := h.answer(dpo, order.Order, custody.ErasureApproved); err != nil {
			t.Fatal(err)
		}
		h.wait(custody.ErasureDelay)
		other := make(chan error, 1)
		other <- custody.ErrDenied
		plain := h.Service.Disposal
		if twice {
			<-other
			h.Service.Disposal = &slowNote{plain, func() {
				config := h.Service.Config
				config.Disposal = plain
				beside, ended := custody.New(config), make(chan struct{})
				go func() {
					_, _, err := beside.Erasures().CarryOut(h.Context(), admin, custody.CarryOutErasure{Order: order.Order})
					other <- err
					close(ended)
				}()
				select {
				case <-ended:
				case <-time.After(2 * time.Second): // it waits, as it should
				}
			}}
		}
		_, first := h.carryOut(order.Order)
		h.Service.Disposal = plain
		second := <-other
		if first != nil || !errors.Is(second, custody.ErrDenied) {
			t.Errorf("twice %v: %v and %v", twice, first, second)
		}
		notes, err := plain.Noted(t.Context())
		if err != nil || len(notes) != 0 {
			t.Errorf("twice %v: %d notes are left: %v", twice, len(notes), err)
		}
		h.receive(file(30))
		h.reopen()
		h.whole() // what is lost is found here
	}
}
