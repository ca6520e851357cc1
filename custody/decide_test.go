package custody_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/policy"
)

// meanwhile is a store that lets something else happen just before an append that
// holds an entry of one kind, once.
type meanwhile struct {
	custody.Store
	kind  string
	event func()
	done  atomic.Bool
}

func (m *meanwhile) Append(ctx context.Context, request custody.Request) ([]custody.Placed, error) {
	if holds(request, m.kind) && m.done.CompareAndSwap(false, true) {
		m.event()
	}
	return m.Store.Append(ctx, request)
}

// holds tells whether an entry of that kind is among those to be appended.
func holds(request custody.Request, kind string) bool {
	return slices.ContainsFunc(request.Drafts, func(d custody.Draft) bool { return d.Kind == kind })
}

// TestCancelledMeanwhile cancels the authority between the decision and the
// commit of a data set: the commit is refused, decided anew, and the new
// decision refuses. The control shows that the same event after the commit
// changes nothing, and that a harmless entry in between does not stop it.
func TestCancelledMeanwhile(t *testing.T) {
	t.Run("cancelled", func(t *testing.T) {
		h := withCase(t)
		cancelled := authority()
		cancelled.Cancelled = custody.Change{By: "ocda-1", On: "2024-03-02", Why: "No longer necessary."} // before the operator gave the data
		h.Service.Store = &meanwhile{Store: h.Store, kind: "dataset-normalised", event: func() { h.record(cancelled, h.authority) }}
		received, err := h.Service.Imports().Receive(t.Context(), officer, h.asks(file(3)))
		if !errors.Is(err, custody.ErrDenied) {
			t.Fatalf("got %v, want a refusal by the second decision", err)
		}
		if received.Evidence.Entry == (ledger.EntryID{}) {
			t.Error("the raw file must stay recorded")
		}
		kinds := h.kinds(h.id, ledger.Work)
		if slices.Contains(kinds, "dataset-normalised") || !slices.Contains(kinds, "evidence-received") {
			t.Errorf("work chain %v", kinds)
		}
		h.whole()
	})
	t.Run("control", func(t *testing.T) {
		h := withCase(t)
		other := authority()
		other.Reference = "NX/CD/2024/119"
		h.Service.Store = &meanwhile{Store: h.Store, kind: "dataset-normalised", event: func() { h.record(other, ledger.EntryID{}) }}
		received := h.receive(file(3))
		works := h.entries(h.id, ledger.Work)
		came := slices.IndexFunc(works, func(e custody.Stored) bool { return e.Kind == "authority-recorded" && e.Entry != h.authority })
		statement, err := works[slices.IndexFunc(works, func(e custody.Stored) bool { return e.Entry == received.Dataset.Entry })].Statement()
		if err != nil {
			t.Fatal(err)
		}
		if asOf := statement.Predicate.Decision.AsOf; came < 0 || asOf <= uint64(works[came].Index) {
			t.Errorf("the data set was decided on as of %d, and must have been again after the authority that came between", asOf)
		}
		cancelled := authority()
		cancelled.Cancelled = custody.Change{By: "ocda-1", On: "2024-03-04", Why: "No longer necessary."}
		h.record(cancelled, h.authority)
		h.run("event-schedule", received.Dataset.Entry, nil)
		h.whole()
	})
}

// TestDecisionStandsWithItsAct shows that what is done rests on a decision that was
// placed with it, directly before it, in one append; and that a store which does not
// take the act takes no decision for it either.
func TestDecisionStandsWithItsAct(t *testing.T) {
	h := withCase(t)
	received, ran, exhibit := h.produced(file(6))
	for what, entry := range map[string]ledger.EntryID{
		"evidence": received.Evidence.Entry, "data set": received.Dataset.Entry, "rows": received.Rows.Entry, "run": ran.Entry, "exhibit": exhibit.Entry,
	} {
		act, err := h.Store.ByEntryID(t.Context(), entry)
		if err != nil {
			t.Fatal(err)
		}
		statement, err := act.Statement()
		if err != nil {
			t.Fatal(err)
		}
		decision, err := h.Store.ByEntryID(t.Context(), statement.Predicate.Decision.Entry)
		if err != nil {
			t.Fatalf("%s: its decision is not on record: %v", what, err)
		}
		siblings := act.Index - decision.Index - 1 // entries of the same act between the two
		if want := map[string]ledger.Index{"rows": 1, "exhibit": ledger.Index(len(exhibit.Renders))}[what]; siblings != want {
			t.Errorf("%s stands %d entries behind its decision, want %d", what, siblings, want)
		}
		if !decision.CommittedAt.Equal(act.CommittedAt) {
			t.Errorf("%s was committed at %s, its decision at %s", what, act.CommittedAt, decision.CommittedAt)
		}
	}
	h.Service.Store = refusing{h.Store, "analysis-run"}
	size, _ := h.Store.Size(t.Context())
	if _, err := h.Service.Analyses().Run(t.Context(), analyst, custody.Run{
		Case: h.id, Step: "event-schedule", Title: "Which calls?",
		Inputs: map[string]custody.PayloadRef{"events": {Entry: received.Dataset.Entry}, "set-aside": {Entry: received.Dataset.Entry}},
	}); !errors.Is(err, custody.ErrPushback) {
		t.Fatalf("a store that takes no run: %v", err)
	}
	if got, _ := h.Store.Size(t.Context()); got != size+1 {
		t.Errorf("%d entries of a run that was not placed, want the look at its data only", got-size)
	}
	h.whole()
}

// TestStrangersLearnNothing shows that a refusal tells somebody who is not
// assigned neither the case's reference nor its authority; the control shows
// that it tells those who are.
func TestStrangersLearnNothing(t *testing.T) {
	h := withCase(t)
	h.narrow()
	_, err := h.Service.Imports().Receive(t.Context(), stranger, h.asks(file(2)))
	if !errors.Is(err, custody.ErrDenied) || strings.Contains(err.Error(), "NX/") || !strings.Contains(err.Error(), "U-02") {
		t.Errorf("a stranger is told: %v", err)
	}
	_, err = h.Service.Imports().Receive(t.Context(), officer, h.asks(file(2)))
	if !errors.Is(err, custody.ErrDenied) || !strings.Contains(err.Error(), "NX/2024/0417") || !strings.Contains(err.Error(), "NX/CD/2024/777") {
		t.Errorf("control: who is assigned is told: %v", err)
	}
}

// TestDecisionsCannotBeLost shows that nothing is done when the decision cannot
// be recorded.
func TestDecisionsCannotBeLost(t *testing.T) {
	h := withCase(t)
	size, err := h.Store.Size(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	h.Service.Store = refusing{h.Store, "access-decided"}
	if _, err := h.Service.Imports().Receive(t.Context(), officer, h.asks(file(3))); !errors.Is(err, custody.ErrPushback) {
		t.Errorf("got %v, want the store's answer", err)
	}
	if got, _ := h.Store.Size(t.Context()); got != size {
		t.Errorf("the log grew from %d to %d", size, got)
	}
}

// refusing is a store that takes no entry of one kind.
type refusing struct {
	custody.Store
	kind string
}

func (r refusing) Append(ctx context.Context, request custody.Request) ([]custody.Placed, error) {
	if holds(request, r.kind) {
		return nil, custody.ErrPushback
	}
	return r.Store.Append(ctx, request)
}

// silent is a policy engine that cannot answer.
type silent struct{ custody.Authoriser }

func (silent) Decide(context.Context, policy.Input) (policy.Decision, error) {
	return policy.Decision{Allowed: true}, errors.New("time-out")
}

// TestNoAnswerIsNo shows that an error of the policy engine is a refusal, even
// if the answer beside it says yes.
func TestNoAnswerIsNo(t *testing.T) {
	h := withCase(t)
	h.Service.Authoriser = silent{h.Service.Authoriser}
	before := len(h.kinds(h.id, ledger.Work))
	if _, err := h.Service.Imports().Receive(t.Context(), officer, h.asks(file(3))); err == nil {
		t.Error("an import without an answer")
	}
	if got := len(h.kinds(h.id, ledger.Work)); got != before {
		t.Errorf("%d work entries were added", got-before)
	}
}

// TestClockPutBack shows that nothing is done by a clock that stands before the
// record, and that a few seconds do not matter.
func TestClockPutBack(t *testing.T) {
	h := withCase(t)
	h.clock.now = h.clock.now.Add(time.Hour)
	h.receive(file(3))
	right := h.clock.now
	h.clock.now = right.Add(-24 * time.Hour)
	before := len(h.kinds(h.id, ledger.Reads))
	if _, err := h.Service.Imports().Receive(t.Context(), officer, h.asks(file(2))); !errors.Is(err, custody.ErrPushback) {
		t.Errorf("a clock put back a day: %v", err)
	}
	if got := len(h.kinds(h.id, ledger.Reads)); got != before {
		t.Errorf("%d decisions were recorded under a false time", got-before)
	}
	h.clock.now = right.Add(-20 * time.Second)
	request := h.asks(file(2))
	request.Item = "NET/2"
	if _, err := h.Service.Imports().Receive(t.Context(), officer, request); err != nil {
		t.Errorf("a clock 20 seconds behind: %v", err)
	}
}

// TestWhoAskedIsListed lists what somebody of whom nobody knows, and somebody whose key
// was revoked, asked for and were refused under the name by which they asked: the
// service only signed for want of a key of theirs.
func TestWhoAskedIsListed(t *testing.T) {
	h := withCase(t)
	if _, err := h.Service.Organisation().Revoke(t.Context(), admin, custody.Revoke{Person: second.ID, Reason: "left"}); err != nil {
		t.Fatal(err)
	}
	for _, who := range []custody.Actor{{ID: "nobody-9"}, second} {
		if err := h.reads(who, h.authority); !errors.Is(err, custody.ErrDenied) && !errors.Is(err, custody.ErrNotFound) {
			t.Fatalf("%s: %v", who.ID, err)
		}
		if _, err := h.Service.Authorities().List(t.Context(), who, h.id, custody.Ask{}); !errors.Is(err, custody.ErrDenied) {
			t.Fatalf("%s: %v", who.ID, err)
		}
		found, err := h.Service.Audit().List(t.Context(), auditor, custody.ListDecisions{Case: h.id, By: who.ID, Refused: true})
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %+v, %v", who.ID, found, err)
		}
		shown, err := h.Service.Audit().Show(t.Context(), auditor, found[0].Entry, custody.Ask{})
		if err != nil || shown.By != who.ID {
			t.Errorf("%s: shown as %s, %v", who.ID, shown.By, err)
		}
	}
	if found, err := h.Service.Audit().List(t.Context(), auditor, custody.ListDecisions{Case: h.id, By: "service"}); err != nil || len(found) > 0 {
		t.Errorf("asked by the service: %+v, %v", found, err)
	}
}
