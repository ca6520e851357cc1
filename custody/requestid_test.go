package custody_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"custos.example/custody"
)

// TestIDsOfEntriesStandTogether asks under ids of ours and of others' kinds: the ids of
// entries have the time of the request, and are else as random as what was asked under.
func TestIDsOfEntriesStandTogether(t *testing.T) {
	t.Parallel()
	h := found(t)
	enrolled := func(id, request string) string {
		proof, err := h.Service.Organisation().Enrol(t.Context(), admin, custody.Enrol{
			Ask: custody.Ask{RequestID: request}, Person: custody.Person{ID: id, Name: "Person " + id, Roles: []string{"analyst"}}, Qualify: able(),
		})
		if err != nil {
			t.Fatalf("enrol %s under %q: %v", id, request, err)
		}
		return proof.Entry.String()
	}
	first, later := enrolled("p1", ""), enrolled("p2", "")
	if !strings.HasPrefix(first, "018e08b") || first[:12] >= later[:12] { // 2024-03-04 in milliseconds
		t.Errorf("%s, then %s: not in the order of the requests", first, later)
	}
	for _, request := range []string{strings.Repeat("0123456789abcdef", 2), strings.Repeat("0123456789abcdef", 2) + "-2"} {
		if got := enrolled("p"+request, request); got[:12] != request[:12] || got[12:] == request[12:32] {
			t.Errorf("under %s the entry is %s", request, got)
		}
	}
	other := "the request of somebody else's program"
	if got := enrolled("p5", other); got[:12] == later[:12] || got != enrolled("p5", other) {
		t.Errorf("under an id of another kind the entry is %s, asked again it is another", got)
	}
}

// TestNewRequestID makes one of a known time and known random bytes, and none where there
// are not enough of them.
func TestNewRequestID(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)
	got, err := custody.NewRequestID(now, strings.NewReader("0123456789"))
	if want := "01a206fd6700" + "30313233343536373839"; err != nil || got != want {
		t.Errorf("%s, %v; not %s", got, err, want)
	}
	if got, err := custody.NewRequestID(now, bytes.NewReader(make([]byte, 9))); err == nil {
		t.Errorf("nine random bytes make %s", got)
	}
}
