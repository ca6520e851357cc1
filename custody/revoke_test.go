package custody_test

import (
	"errors"
	"strings"
	"testing"

	"custos.example/custody"
)

// TestRevokedOnce wants a key to end once, and the last administrator's never: a keys
// chain with a key that ended twice holds for no checker. The control revokes somebody
// else, and the record is whole after all of it.
func TestRevokedOnce(t *testing.T) {
	h := withCase(t)
	end := func(who custody.Actor, person string) error {
		_, err := h.Service.Organisation().Revoke(t.Context(), who, custody.Revoke{Person: person, Reason: "left the force"})
		return err
	}
	if err := end(admin, analyst.ID); err != nil {
		t.Fatalf("control: %v", err)
	}
	for range 2 {
		if err := end(admin, analyst.ID); !errors.Is(err, custody.ErrConflict) || !strings.Contains(err.Error(), "already") {
			t.Errorf("a second time: %v", err)
		}
	}
	if err := end(admin, admin.ID); !errors.Is(err, custody.ErrConflict) || !strings.Contains(err.Error(), "last administrator") {
		t.Errorf("the last administrator: %v", err)
	}
	other := custody.Person{ID: "ad9", Name: "Other", Roles: []string{"administrator"}}
	if _, err := h.Service.Organisation().Enrol(t.Context(), admin, custody.Enrol{Person: other}); err != nil {
		t.Fatal(err)
	}
	if err := end(admin, admin.ID); err != nil {
		t.Errorf("control: one of two administrators: %v", err)
	}
	if err := end(custody.Actor{ID: other.ID, Role: "administrator"}, other.ID); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("the one who is left: %v", err)
	}
	h.signed()
	h.whole()
}
