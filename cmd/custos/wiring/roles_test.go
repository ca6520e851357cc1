package wiring_test

import (
	"errors"
	"testing"

	"custos.example/cmd/custos/wiring"
	"custos.example/cmd/custos/wiring/wiringtest"
	"custos.example/custody"
	"custos.example/custody/store"
)

// TestOnlyTheOwnerErases runs the line in the role that only adds. An erasure that was
// approved is refused there before anything is recorded or destroyed; the control
// is the owner of the tables, who carries it out.
func TestOnlyTheOwnerErases(t *testing.T) {
	o := place(t)
	owner := wiringtest.Database(t)
	service, reader := wiringtest.Roles(t, owner)
	if err := wiring.PrepareDatabase(t.Context(), owner, store.CheckedLine, service, reader); err != nil {
		t.Fatal(err)
	}
	o.SQL = wiringtest.As(t, owner, service)
	s := founded(t, o)
	imported(t, s, "NX/2024/0417")
	imported(t, s, "NX/2024/0418")
	request := approved(t, s, "NX/2024/0417")
	_, proofs, err := s.Service.Erasures().CarryOut(t.Context(), custody.Actor{ID: "ad1"}, request)
	if !errors.Is(err, custody.ErrInvalid) || len(proofs) != 0 {
		t.Errorf("carried out in the role that only adds: %d entries, %v", len(proofs), err)
	}
	if _, err := s.Service.Cases().Find(t.Context(), "NX/2024/0417"); err != nil {
		t.Errorf("the case of which nothing may be gone: %v", err)
	}
	healthy(t, s)
	closed(t, s)
	o.SQL, o.Clock = owner, later{}
	s = opened(t, o)
	if _, _, err := s.Service.Erasures().CarryOut(t.Context(), custody.Actor{ID: "ad1"}, request); err != nil {
		t.Errorf("control: as the owner: %v", err)
	}
	if _, err := s.Service.Cases().Find(t.Context(), "NX/2024/0417"); !errors.Is(err, custody.ErrNotFound) {
		t.Errorf("control: the case that was erased: %v", err)
	}
	healthy(t, s)
}
