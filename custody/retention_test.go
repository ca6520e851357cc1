package custody_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/policy"
)

// ended are the facts of a case of group 3 that ended in a conviction on a day.
func ended(on policy.Date) custody.RetentionFacts {
	return custody.RetentionFacts{
		Outcome: custody.OutcomeConvicted, OutcomeOn: on, Appeal: custody.PendingNone, Review: custody.PendingNone, Group: "3",
	}
}

func (h *house) outcome(by custody.Actor, facts custody.RetentionFacts) error {
	_, err := h.Service.Retention().Record(h.Context(), by, custody.RecordOutcome{Case: h.id, Facts: facts})
	return err
}

func (h *house) review(by custody.Actor, decision string, next policy.Date) error {
	_, err := h.Service.Retention().Review(h.Context(), by, custody.ReviewRetention{
		Case: h.id, Decision: decision, NextOn: next, Reason: "no policing purpose is left",
	})
	return err
}

// dispose orders the disposal of payloads, or of the whole case.
func (h *house) dispose(payloads ...string) (custody.Erasure, error) {
	erasure, _, err := h.Service.Erasures().Order(h.Context(), sio, custody.OrderErasure{
		Case: h.id, Payloads: payloads, Derived: true, Ground: "the retention period has ended", Order: "DISP/2031/1",
	})
	return erasure, err
}

// rules puts rules of retention in force that are the delivered ones, changed.
func (h *house) rules(name string, change func(*custody.RetentionRules)) (custody.RulesUsed, error) {
	h.Helper()
	rules, err := custody.DeliveredRetentionRules()
	if err != nil {
		h.Fatal(err)
	}
	rules.Name = name
	change(&rules)
	text, err := ledger.MarshalCanonical(rules)
	if err != nil {
		h.Fatal(err)
	}
	return h.Service.Retention().Use(h.Context(), sro, custody.UseRetentionRules{Rules: text, Reason: "the schedule was reviewed"})
}

// deniedBy wants a refusal by these rules, and no others.
func (h *house) deniedBy(what string, err error, rules ...string) {
	h.Helper()
	var denial *custody.Denial
	if !errors.As(err, &denial) {
		h.Errorf("%s: %v", what, err)
		return
	}
	var named []string
	for _, r := range denial.Decision.Reasons {
		named = append(named, r.Rule)
	}
	if !slices.Equal(named, rules) {
		h.Errorf("%s was refused by %v, not by %v", what, named, rules)
	}
}

// onRecord tells whether an auditor finds a refusal among the decisions, as a refusal.
func (h *house) onRecord(err error) bool {
	h.Helper()
	var denial *custody.Denial
	if !errors.As(err, &denial) {
		return false
	}
	found, err := h.Service.Audit().Show(h.Context(), auditor, denial.Entry, custody.Ask{})
	return err == nil && !found.Allowed && found.Action == string(denial.Action) && len(found.Reasons) == len(denial.Decision.Reasons)
}

// years lets years go by.
func (h *house) years(n int) { h.wait(time.Duration(n) * 366 * 24 * time.Hour) }

// TestRulesChangeWhileDisposalWaits takes a disposal to the last step and changes
// the rules under it: longer ones keep the case, a change that would let it go all
// the same wants another review, and so does another fact. The control is the same
// disposal without a change, which is carried out.
func TestRulesChangeWhileDisposalWaits(t *testing.T) {
	caught := 0
	for _, change := range []struct {
		name  string
		make  func(h *house)
		rules []string
		cure  func(h *house) error // makes it go after all; nil = nothing may
	}{
		{"nothing", func(*house) {}, nil, nil},
		{"a longer period", func(h *house) {
			used, err := h.rules("force-2", func(r *custody.RetentionRules) { r.Groups[2].ClearYears = 12 })
			if err != nil || len(used.Waiting) != 1 || used.Waiting[0].May || used.Waiting[0].Review != policy.ReviewOvertaken {
				h.Errorf("the disposal that waits: %+v, %v", used.Waiting, err)
			}
		}, []string{"R-46", "R-47"}, nil},
		{"a shorter period", func(h *house) {
			used, err := h.rules("force-3", func(r *custody.RetentionRules) { r.Groups[2].ClearYears = 2 })
			if err != nil || len(used.Waiting) != 1 || used.Waiting[0].May {
				h.Errorf("the disposal that waits: %+v, %v", used.Waiting, err)
			}
		}, []string{"R-47"}, func(h *house) error { return h.review(sro, custody.ReviewDispose, "") }},
		{"a group that is no more", func(h *house) {
			if _, err := h.rules("force-4", func(r *custody.RetentionRules) { r.Groups = r.Groups[:2] }); err != nil {
				h.Error(err)
			}
		}, []string{"R-46", "R-47"}, nil},
		{"an appeal out of time", func(h *house) {
			facts := ended("2024-03-01")
			facts.Appeal = custody.PendingOpen
			if err := h.outcome(sio, facts); err != nil {
				h.Error(err)
			}
		}, []string{"R-46", "R-47"}, func(h *house) error {
			facts := ended("2024-03-01")
			facts.Appeal, facts.AppealDecidedOn = custody.PendingDecided, "2031-03-01"
			if err := h.outcome(sio, facts); err != nil {
				return err
			}
			return h.review(sro, custody.ReviewDispose, "")
		}},
		{"a later review that keeps it", func(h *house) {
			if err := h.review(sro, custody.ReviewRetain, "2035-01-01"); err != nil {
				h.Error(err)
			}
		}, []string{"R-46", "R-47"}, nil},
		{"a hold", func(h *house) {
			if _, err := h.Service.Holds().Place(h.Context(), sio, custody.PlaceHold{Case: h.id, Ground: "an inquiry"}); err != nil {
				h.Error(err)
			}
		}, []string{"U-13"}, nil},
	} {
		t.Run(change.name, func(t *testing.T) {
			h := waitingDisposal(t)
			order := h.id
			erasures, err := h.Service.Erasures().List(t.Context(), sio, order, custody.Ask{})
			if err != nil || len(erasures) != 1 {
				t.Fatalf("%+v, %v", erasures, err)
			}
			change.make(h)
			_, err = h.carryOut(erasures[0].Order)
			if change.rules == nil {
				if err != nil {
					t.Fatalf("nothing was changed: %v", err)
				}
				return
			}
			h.deniedBy("carried out after a change", err, change.rules...)
			caught++
			if change.cure == nil {
				return
			}
			if err := change.cure(h); err != nil {
				t.Fatal(err)
			}
			if _, err = h.carryOut(erasures[0].Order); err != nil {
				t.Errorf("after the review was made again: %v", err)
			}
			h.whole()
		})
	}
	if caught != 6 {
		t.Errorf("%d of 6 changes stopped the disposal", caught)
	}
}

// waitingDisposal is a disposal that was reviewed, ordered and approved, and whose
// delay has passed.
func waitingDisposal(t *testing.T) *house {
	t.Helper()
	h, _ := overseen(t)
	if err := h.outcome(sio, ended("2024-03-01")); err != nil {
		t.Fatal(err)
	}
	h.years(7)
	if err := h.review(sro, custody.ReviewDispose, ""); err != nil {
		t.Fatal(err)
	}
	erasure, err := h.dispose("NET/1")
	if err != nil {
		t.Fatal(err)
	}
	if err := h.answer(dpo, erasure.Order, custody.ErasureApproved); err != nil {
		t.Fatal(err)
	}
	h.wait(custody.ErasureDelay)
	return h
}

// TestRetentionOfACase takes a case from its opening to the day on which it may go,
// and tries to dispose of it, and to review it, too early and by the wrong person.
func TestRetentionOfACase(t *testing.T) {
	h, _ := overseen(t)
	_, err := h.dispose()
	h.deniedBy("disposed of before anybody recorded how it ended", err, "R-46", "R-47")
	kept, err := h.Service.Retention().Show(t.Context(), sio, h.id, custody.Ask{})
	if err != nil || kept.KeptUntil != policy.OpenDay || !kept.Due || kept.Over {
		t.Errorf("%+v, %v", kept, err)
	}
	facts := ended("2024-03-01")
	facts.Custodial = true
	for _, wrong := range []custody.RetentionFacts{
		{Outcome: "convicted"},
		{Outcome: "won"},
		ended("2025-03-01"), // to come
		{Outcome: custody.OutcomeConvicted, OutcomeOn: "2024-03-01", Appeal: "none", Review: "none", Group: "9"},
		{Outcome: custody.OutcomeAcquitted, OutcomeOn: "2024-03-01", Appeal: "none", Review: "pending", Group: "3"},
		{Outcome: custody.OutcomeConvicted, OutcomeOn: "2024-03-01", Appeal: "none", Review: "none", Group: "1"},
	} {
		if err := h.outcome(sio, wrong); !errors.Is(err, custody.ErrInvalid) {
			t.Errorf("%+v: %v", wrong, err)
		}
	}
	if err := h.outcome(analyst, facts); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("recorded by an analyst: %v", err)
	}
	if err := h.outcome(sio, facts); err != nil {
		t.Fatal(err)
	}
	if err := h.outcome(sio, facts); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("recorded twice: %v", err)
	}
	h.years(7)
	if err := h.review(sro, custody.ReviewDispose, ""); !errors.Is(err, custody.ErrConflict) || !strings.Contains(err.Error(), "Until release from custody") {
		t.Errorf("reviewed while somebody is in custody: %v", err)
	}
	facts.ReleasedOn = "2027-09-30"
	if err := h.outcome(sio, facts); err != nil {
		t.Fatal(err)
	}
	list, err := h.Service.Retention().List(t.Context(), sro, custody.ListRetention{Due: true})
	if err != nil || len(list.Cases) != 1 || list.Cases[0].KeptUntil != "2030-03-01" || list.Cases[0].ReviewOn != "2030-03-01" || !list.Cases[0].Over {
		t.Errorf("%+v, %v", list, err)
	}
	_, err = h.dispose()
	h.deniedBy("disposed of without a review", err, "R-47")
	err = h.review(sio, custody.ReviewDispose, "")
	h.deniedBy("reviewed by the one who recorded how it ended", err, "S-14")
	if !h.onRecord(err) {
		t.Errorf("an auditor does not see it: %v", err)
	}
	if err := h.review(sro, custody.ReviewRetain, "2031-02-01"); !errors.Is(err, custody.ErrInvalid) {
		t.Errorf("kept until a day that has passed: %v", err)
	}
	if err := h.review(sro, custody.ReviewRetain, "2033-01-01"); err != nil {
		t.Fatal(err)
	}
	_, err = h.dispose()
	h.deniedBy("disposed of although the review keeps it", err, "R-46", "R-47")
	h.years(2)
	if err := h.review(sro, custody.ReviewDispose, ""); err != nil {
		t.Fatal(err)
	}
	if _, err = h.dispose(); err != nil {
		t.Errorf("ordered when nothing keeps it: %v", err)
	}
	h.whole()
	h.reopen()
	h.whole()
	h.signed()
}

// TestReviewerIsTold tells a senior responsible officer, who may review any case and is
// assigned to none, why it is not for them where they recorded how it ended; the
// control is a review by somebody else.
func TestReviewerIsTold(t *testing.T) {
	h, _ := overseen(t)
	if err := h.outcome(sro, ended("2024-03-01")); err != nil {
		t.Fatal(err)
	}
	err := h.review(sro, custody.ReviewRetain, "2026-01-01")
	h.deniedBy("reviewed by the one who recorded how it ended", err, "S-14")
	if !h.onRecord(err) || !strings.Contains(err.Error(), "you recorded how the case stands or ended") {
		t.Errorf("what the record and the officer have of it: %v", err)
	}
	if err := h.review(sio, custody.ReviewRetain, "2026-01-01"); err != nil {
		t.Errorf("control: %v", err)
	}
	h.replays()
}

// TestRetentionRulesOfAForce puts rules in force and refuses those that cannot be
// applied; the digest names what they say.
func TestRetentionRulesOfAForce(t *testing.T) {
	h, _ := overseen(t)
	for _, text := range []string{
		``, `{}`, `{"name":"x"}`, `{"name":"x","title":"y","groups":[],"unknown":1}`,
		`{"name":"x","title":"y","groups":[{"group":"1","title":"t","reviewYears":1}]}`,
		`{"name":"x","title":"y","groups":[{"group":"1","title":"t","clearYears":6}]}`,
		`{"name":"x","title":"y","groups":[{"group":"1","title":"t","clearYears":6,"ownPeriod":true,"reviewYears":1}]}`,
		`{"name":"x","title":"y","groups":[{"group":"2","title":"t","clearYears":6,"reviewYears":1},{"group":"1","title":"t","clearYears":6,"reviewYears":1}]}`,
		`{"name":"x","title":"y","groups":[{"group":"1","title":"t","clearYears":6,"reviewYears":1}]} {}`,
	} {
		_, err := h.Service.Retention().Use(t.Context(), sro, custody.UseRetentionRules{Rules: []byte(text), Reason: "x"})
		if !errors.Is(err, custody.ErrInvalid) {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, err := h.rules("custos-2026-1", func(*custody.RetentionRules) {}); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("the rules in force, put in force: %v", err)
	}
	used, err := h.rules("force-1", func(r *custody.RetentionRules) { r.Convicted.Months = 24 })
	if err != nil || used.Rules.Name != "force-1" || len(used.Waiting) != 0 {
		t.Errorf("%+v, %v", used, err)
	}
	_, named, err := h.Service.Retention().Rules(t.Context(), sio, h.id, custody.Ask{})
	if err != nil || named != used.Rules {
		t.Errorf("in force: %+v, %v; put in force: %+v", named, err, used.Rules)
	}
	_, err = h.Service.Retention().Use(t.Context(), sio, custody.UseRetentionRules{Rules: []byte(`{}`), Reason: "x"})
	if err == nil {
		t.Error("an SIO put rules in force")
	}
}
