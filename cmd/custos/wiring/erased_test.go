package wiring_test

import (
	"errors"
	"testing"
	"time"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/policy"
)

// erased orders, approves and carries out the erasure of a case, under a clock
// that is a day and more ahead.
func erased(t *testing.T, s *wiring.Station, reference string) {
	t.Helper()
	request := approved(t, s, reference)
	if _, _, err := s.Service.Erasures().CarryOut(t.Context(), custody.Actor{ID: "ad1"}, request); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Service.Cases().Find(t.Context(), reference); !errors.Is(err, custody.ErrNotFound) {
		t.Errorf("the case that was erased: %v", err)
	}
}

// approved orders and approves the erasure of a case, and waits until it may be
// carried out.
func approved(t *testing.T, s *wiring.Station, reference string) custody.CarryOutErasure {
	t.Helper()
	ctx, e := t.Context(), s.Service.Erasures()
	_, err := s.Service.Organisation().Enrol(ctx, custody.Actor{ID: "ad1"}, custody.Enrol{
		Person: custody.Person{ID: "dp1", Name: "Person dp1", Roles: []string{"dpo"}}, Qualify: able(),
	})
	if err != nil {
		t.Fatal(err)
	}
	id, err := s.Service.Cases().Find(ctx, reference)
	if err != nil {
		t.Fatal(err)
	}
	order, _, err := e.Order(ctx, custody.Actor{ID: "si1"}, custody.OrderErasure{
		Case: id, Basis: policy.CourtOrder, Ground: "the court ordered it", Order: "DISP/1",
	})
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = e.Answer(ctx, custody.Actor{ID: "dp1"}, custody.AnswerErasure{Order: order.Order, Decision: custody.ErasureApproved, Reason: "reviewed"})
	if err != nil {
		t.Fatal(err)
	}
	s.Service.Clock = later{}
	return custody.CarryOutErasure{Order: order.Order}
}

// later is the machine's clock, two days on.
type later struct{}

func (later) Now() time.Time { return time.Now().Add(48 * time.Hour) }
