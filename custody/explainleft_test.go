package custody_test

import (
	"fmt"
	"strings"
	"testing"

	"custos.example/custody"
)

// TestWhyAfterLeaving asks for an old refusal anew, once by somebody who works on the
// case and once by the same person after that ended: what has become of the case since
// is not for them any more. The control is the answer while they were assigned.
func TestWhyAfterLeaving(t *testing.T) {
	h := withCase(t)
	h.narrow()
	_, err := h.Service.Imports().Receive(t.Context(), officer, h.asks(file(2)))
	reference := refusal(t, err)
	why := func() string {
		x, err := h.Service.Audit().Why(t.Context(), officer, reference, custody.Ask{})
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("%+v", x)
	}
	if told := why(); !strings.Contains(told, "+447700900999") || !strings.Contains(told, spoc.ID) {
		t.Errorf("control: whoever works on the case is told %s", told)
	}
	if _, err := h.Service.Assignments().End(t.Context(), sio, custody.Unassign{Case: h.id, Person: officer.ID, Reason: "moved to another unit"}); err != nil {
		t.Fatal(err)
	}
	later := authority("+447700900998")
	later.Reference = "NX/CD/2024/777"
	h.record(later, h.authority)
	told := why()
	for _, secret := range []string{"+447700900998", "+447700900999", spoc.ID, "NX/2024/0417"} {
		if strings.Contains(told, secret) {
			t.Errorf("whoever left the case is told %q of it: %s", secret, told)
		}
	}
	if !strings.Contains(told, custody.NowRefused) {
		t.Errorf("whoever left the case is not told that it is refused: %s", told)
	}
}

// TestAnotherForceIsToldOfItself refuses somebody of another force who is assigned to
// a case of which nothing is shared with them: the refusal, and why, say no more than
// that. The control is the same refusal of somebody of the force to which it belongs.
func TestAnotherForceIsToldOfItself(t *testing.T) {
	h, _, _ := neighbours(t)
	h.narrow()
	if _, err := h.Service.Assignments().Add(t.Context(), sio, custody.Assign{Case: h.id, Person: kentAnalyst.ID, Reason: "a joint team"}); err != nil {
		t.Fatal(err)
	}
	for _, by := range []custody.Actor{kentAnalyst, officer} {
		_, err := h.Service.Imports().Receive(t.Context(), by, h.asks(file(2)))
		reference := refusal(t, err)
		x, whyErr := h.Service.Audit().Why(t.Context(), by, reference, custody.Ask{})
		if whyErr != nil {
			t.Fatal(whyErr)
		}
		told := err.Error() + fmt.Sprintf("%+v", x)
		if names := strings.Contains(told, "+447700900999") || strings.Contains(told, "NX/CD/2024/777"); names != (by == officer) {
			t.Errorf("%s is told of the authority: %t: %s", by.ID, names, told)
		}
	}
}
