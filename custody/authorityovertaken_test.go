package custody_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/policy"
)

// onSize lets something happen when the size of the log is read for the n-th time:
// before it is read, or just after.
type onSize struct {
	custody.Store
	left  int
	after bool
	event func()
}

func (s *onSize) Size(ctx context.Context) (uint64, error) {
	s.left--
	if s.left == 0 && !s.after {
		s.event()
	}
	size, err := s.Store.Size(ctx)
	if s.left == 0 && s.after {
		s.event()
	}
	return size, err
}

// TestGrantedAsDecided amends an application while a grant of it is under way, at every
// moment at which the size of the log is read, and lets midnight pass: what is signed is
// what was decided on. The control is a grant under way when nothing is amended.
func TestGrantedAsDecided(t *testing.T) {
	h := withCase(t)
	first := h.applied()
	amended := application()
	amended.Scope.Until = "2024-02-20"
	until := map[string]int{}
	trials, failures := 0, 0
	for _, after := range []bool{false, true} {
		for n := 1; ; n++ {
			h.amendsApplication(application(), first)
			g := h.grants()
			g.Document.Reference = fmt.Sprintf("NX/CD/2024/%d/%v", n, after)
			store := &onSize{Store: h.Store, left: n, after: after, event: func() {
				h.amendsApplication(amended, first)
				h.wait(9 * time.Hour) // from the afternoon of one day to the next
			}}
			h.Service.Store = store
			granted, err := h.Service.Authorities().Grant(t.Context(), granter, g)
			h.Service.Store = h.Store
			if err != nil {
				t.Fatalf("reading %d (after it %v): %v", n, after, err)
			}
			read, err := h.Service.Authorities().Read(t.Context(), spoc, h.id, granted.Authority, custody.Ask{})
			if err != nil {
				t.Fatal(err)
			}
			want, err := read.Document.Facts(nil)
			if err != nil {
				t.Fatal(err)
			}
			until[read.Document.Scope.Until]++
			if store.left > 0 {
				break // the control: nothing came in between
			}
			trials++
			if got := h.decidedAuthority(granted.Entry); got.Until != want.Until || got.GrantedOn != want.GrantedOn || !slices.Equal(got.Identifiers, want.Identifiers) {
				failures++
				t.Errorf("reading %d (after it %v): decided on until %s, granted on %s; signed until %s, granted on %s", n, after, got.Until, got.GrantedOn, want.Until, want.GrantedOn)
			}
		}
	}
	if len(until) != 2 {
		t.Errorf("control: %v", until)
	}
	h.replays()
	h.whole()
	t.Logf("PROOF harness=granted-as-decided trials=%d failures=%d control=\"%d were granted as amended, and %d as applied for, when nothing was amended\"", trials, failures, until["2024-02-20"], until["2024-02-29"])
}

// amendsApplication records a new state of an application, by another service over the
// same record.
func (h *house) amendsApplication(d custody.ApplicationDocument, first ledger.EntryID) {
	h.Helper()
	d.Changed = fmt.Sprint("It is so now: ", h.clock.now.UnixNano())
	h.clock.now = h.clock.now.Add(time.Second)
	if _, err := h.beside().Applications().Record(h.Context(), sio, custody.RecordApplication{Case: h.id, Document: d, Amends: first}); err != nil {
		h.Fatal(err)
	}
}

// decidedAuthority is the authority as the rules were told of it before an entry.
func (h *house) decidedAuthority(entry ledger.EntryID) policy.Authority {
	h.Helper()
	statement := h.statement(entry)
	decision, err := h.Service.Audit().Show(h.Context(), auditor, statement.Predicate.Decision.Entry, custody.Ask{})
	if err != nil {
		h.Fatal(err)
	}
	var event struct {
		Input policy.Input `json:"input"`
	}
	if err := json.Unmarshal(decision.Event, &event); err != nil || event.Input.Authority == nil {
		h.Fatalf("%+v: %v", event.Input, err)
	}
	return *event.Input.Authority
}
