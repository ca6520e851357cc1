package custody_test

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"custos.example/custody"
	"custos.example/ledger"
)

// TestIDsOfEntriesSayNothing asks under ids of ours, of like shape and of others' kinds:
// what the ids of the entries are made from has the time of the request, where there is
// one, and the ids have nothing of it. The same request has the same id.
func TestIDsOfEntriesSayNothing(t *testing.T) {
	t.Parallel()
	h := found(t)
	spy := &orders{Store: h.Store, made: map[ledger.EntryID][16]byte{}}
	h.Service.Store = spy
	enrolled := func(id, request string) (entry, order string) {
		t.Helper()
		proof, err := h.Service.Organisation().Enrol(t.Context(), admin, custody.Enrol{
			Ask: custody.Ask{RequestID: request}, Person: custody.Person{ID: id, Name: "Person " + id, Roles: []string{"analyst"}}, Qualify: able(),
		})
		if err != nil {
			t.Fatalf("enrol %s under %q: %v", id, request, err)
		}
		made := spy.made[proof.Entry]
		return proof.Entry.String(), hex.EncodeToString(made[:])
	}
	const when = "018e08b" // 2024-03-04 in milliseconds, but for their last digits
	first, one := enrolled("p1", "")
	second, two := enrolled("p2", "")
	if !strings.HasPrefix(one, when) || one[:12] >= two[:12] {
		t.Errorf("made from %s, then from %s: not in the order of the requests", one, two)
	}
	if strings.HasPrefix(first, when) || strings.HasPrefix(second, when) {
		t.Errorf("the ids %s and %s say when", first, second)
	}
	for _, request := range []string{strings.Repeat("0123456789abcdef", 2), strings.Repeat("0123456789abcdef", 2) + "-2"} {
		if id, order := enrolled("p"+request, request); order[:12] != request[:12] || order[12:] == request[12:32] || id[:12] == request[:12] {
			t.Errorf("under %s the entry %s is made from %s", request, id, order)
		}
	}
	other := "the request of somebody else's program"
	id, order := enrolled("p5", other)
	if again, _ := enrolled("p5", other); strings.HasPrefix(order, when) || again != id {
		t.Errorf("under an id of another kind the entry is %s, made from %s, and asked again %s", id, order, again)
	}
}

// orders remembers what ids were made from.
type orders struct {
	custody.Store
	made map[ledger.EntryID][16]byte
}

func (o *orders) EntryIDs() (func(order [16]byte) ledger.EntryID, error) {
	ids, err := o.Store.EntryIDs()
	return func(order [16]byte) ledger.EntryID {
		id := ids(order)
		o.made[id] = order
		return id
	}, err
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
