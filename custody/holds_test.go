package custody_test

import (
	"errors"
	"testing"

	"custos.example/custody"
)

// TestHoldsAreNumberedOn places a hold under a name that somebody chose, and then holds
// without one: each gets the next number, none is refused for a number that was taken. The
// control is a name that is chosen a second time.
func TestHoldsAreNumberedOn(t *testing.T) {
	h := withCase(t)
	place := func(name string) error {
		_, err := h.Service.Holds().Place(t.Context(), sio, custody.PlaceHold{Case: h.id, Hold: name, Ground: "an appeal"})
		return err
	}
	for _, name := range []string{"H-2", "", "H-7", "", ""} {
		if err := place(name); err != nil {
			t.Errorf("hold %q: %v", name, err)
		}
	}
	if err := place("H-8"); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("control: a name a second time: %v", err)
	}
	all, err := h.Service.Holds().List(t.Context(), sio, h.id, custody.Ask{})
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, hold := range all {
		got += hold.Hold + " "
	}
	if got != "H-2 H-3 H-7 H-8 H-9 " {
		t.Errorf("holds %s", got)
	}
}
