package custody_test

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/policy"
)

// replay takes decisions again as the auditor.
func (h *house) replay(request custody.Replay) (custody.ReplayReport, []custody.Replayed) {
	h.Helper()
	var all []custody.Replayed
	request.Each = func(r custody.Replayed) error {
		all = append(all, r)
		return nil
	}
	report, err := h.Service.Audit().Replay(h.Context(), auditor, request)
	if err != nil {
		h.Fatal(err)
	}
	return report, all
}

// TestReplay takes every decision of a whole line again from the log as it
// stood: the facts must be those recorded, and so must the answers. The control
// replays under other rules and must not agree.
func TestReplay(t *testing.T) {
	h := withCase(t)
	h.produced(file(6))
	_, _ = h.Service.Imports().Receive(t.Context(), stranger, h.asks(file(4))) // one refusal
	cancelled := authority()
	cancelled.Cancelled = custody.Change{By: "ocda-1", On: "2024-03-02", Why: "No longer necessary."}
	h.record(cancelled, h.authority) // facts of today are not those of then
	report, all := h.replay(custody.Replay{})
	if report.Agree != report.Decisions || report.Decisions < 20 || report.Refused != 1 || report.Differ+report.Erased != 0 {
		t.Errorf("%+v", report)
	}
	acts := 0
	for _, r := range all {
		if !r.Agrees() {
			t.Errorf("%s by %s: %+v", r.Action, r.By, r)
		}
		if r.For == "act" {
			acts++
		}
	}
	if acts < 10 {
		t.Errorf("%d of %d decisions stand with an act", acts, len(all))
	}
	looks, err := h.Service.Audit().List(t.Context(), auditor, custody.ListDecisions{Case: h.id, Refused: true})
	if err != nil || len(looks) != 1 || looks[0].By != stranger.ID {
		t.Errorf("refusals %+v: %v", looks, err)
	}
	one, _ := h.replay(custody.Replay{Entry: looks[0].Entry})
	if one.Decisions != 1 || one.Refused != 1 || one.Agree != 1 {
		t.Errorf("the refusal alone: %+v", one)
	}
	rules := h.Service.Authoriser
	h.Service.Authoriser = contrary{rules}
	if report, _ := h.replay(custody.Replay{Case: h.id}); report.Agree == report.Decisions || report.Differ == 0 {
		t.Errorf("control: under other rules the replay agrees: %+v", report)
	}
}

// contrary says no to all but the auditor.
type contrary struct{ custody.Authoriser }

func (c contrary) Decide(ctx context.Context, in policy.Input) (policy.Decision, error) {
	d, err := c.Authoriser.Decide(ctx, in)
	if in.Action != policy.AuditRead {
		d.Allowed = false
	}
	return d, err
}

// altered is a store in which one projected fact was altered, as by somebody who
// holds the keys of the database.
type altered struct {
	custody.Store
	collection, key string
	value           []byte
}

func (a altered) Find(ctx context.Context, id custody.CaseID, collection, key string, asOf uint64) (custody.Record, error) {
	record, err := a.Store.Find(ctx, id, collection, key, asOf)
	if collection == a.collection && key == a.key {
		record, err = custody.Record{Collection: collection, Key: key, Value: a.value}, nil
	}
	return record, err
}

// TestFactsThatDoNotFollow alters one row of the projections so that somebody is
// allowed what they may not do. The replay names that decision, and no other; put
// right again, the decision stays named, since its facts never followed from the
// log. The control replays the same decisions before.
func TestFactsThatDoNotFollow(t *testing.T) {
	h := withCase(t)
	received := h.receive(file(6))
	if report, _ := h.replay(custody.Replay{}); report.Agree != report.Decisions {
		t.Fatalf("control: %+v", report)
	}
	record, err := h.Store.Find(t.Context(), "", "people", spoc.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	honest := h.Service.Store
	h.Service.Store = altered{honest, "people", spoc.ID, []byte(strings.Replace(string(record.Value), `"spoc"`, `"analyst"`, 1))}
	_, err = h.Service.Analyses().Run(t.Context(), spoc, custody.Run{
		Case: h.id, Step: "event-schedule", Title: "Which calls?",
		Inputs: map[string]custody.PayloadRef{"events": {Entry: received.Dataset.Entry}, "set-aside": {Entry: received.Dataset.Entry}},
	})
	if err == nil {
		t.Log("the altered row let the SPoC run an analysis")
	}
	decided := h.entries(h.id, ledger.Reads)
	falsely := decided[len(decided)-1].Entry
	for state, store := range map[string]custody.Store{"altered": h.Service.Store, "put right": honest} {
		h.Service.Store = store
		report, all := h.replay(custody.Replay{Case: h.id})
		var named []custody.Replayed
		for _, r := range all {
			if len(r.Facts) > 0 {
				named = append(named, r)
			}
		}
		if len(named) == 0 || !slices.ContainsFunc(named, func(r custody.Replayed) bool { return r.ID == falsely }) || report.Differ < len(named) {
			t.Errorf("%s: %d decisions named, %+v", state, len(named), report)
		}
		for _, r := range named {
			if !slices.Contains(r.Facts, "actor.roles") {
				t.Errorf("%s: %s by %s: %v", state, r.Action, r.By, r.Facts)
			}
			if r.N < 2 {
				t.Errorf("%s: a decision from before is named", state)
			}
		}
		if state == "altered" && !slices.ContainsFunc(all, func(r custody.Replayed) bool { return len(r.Projection) > 0 }) {
			t.Errorf("that the projections differ from the log is not said")
		}
	}
}

// TestEditedRowIsNamed removes rows of the projections in the database itself, as
// somebody with the file could. The replay, which makes the facts anew from the
// entries, names each decision that rests on them, and only those; the decisions
// themselves still follow from the log. The control replays before.
func TestEditedRowIsNamed(t *testing.T) {
	h := withCase(t)
	h.produced(file(6))
	if report, _ := h.replay(custody.Replay{}); report.Agree != report.Decisions {
		t.Fatalf("control: %+v", report)
	}
	db, err := sql.Open("sqlite", filepath.Join(h.options.Dir, "custos.db")+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	gone, err := db.ExecContext(t.Context(), `DELETE FROM facts WHERE collection = 'standings'`)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := gone.RowsAffected(); n == 0 || err != nil {
		t.Fatalf("the edit changed %d rows: %v", n, err)
	}
	report, all := h.replay(custody.Replay{})
	named := 0
	for _, r := range all {
		if r.By == auditor.ID {
			continue // the replays themselves, of which the last was decided on the edited rows
		}
		if len(r.Facts)+len(r.Answer) > 0 || r.Trouble != "" {
			t.Errorf("%s by %s: %+v", r.Action, r.By, r.Difference())
		}
		if len(r.Projection) > 0 {
			named++
			if r.By == admin.ID || !slices.Contains(r.Projection, "actor.competencies") {
				t.Errorf("%s by %s rests on no edited row: %v", r.Action, r.By, r.Projection)
			}
		} else if r.By != admin.ID { // the first administrator has no standing
			t.Errorf("%s by %s is not named", r.Action, r.By)
		}
	}
	if named == 0 || report.Differ < named {
		t.Errorf("%d decisions named, %+v", named, report)
	}
}

// TestReplayUnderOtherRules asks what other rules would answer, and lists exactly
// the decisions that they change.
func TestReplayUnderOtherRules(t *testing.T) {
	h := withCase(t)
	h.produced(file(6))
	if _, err := h.Service.Audit().Replay(t.Context(), auditor, custody.Replay{Release: &ledger.Digest{9}}); !errors.Is(err, custody.ErrNotFound) {
		t.Errorf("rules that are nowhere: %v", err)
	}
	text := edited(t, `input.action != "analysis.run"`)
	release := ledger.Digest(sha256.Sum256(text))
	if _, err := h.Service.Rules.Open(t.Context(), text); err != nil {
		t.Fatal(err)
	}
	report, all := h.replay(custody.Replay{Release: &release})
	want := 0
	for _, r := range all {
		changes := r.Action == "analysis.run"
		if changes {
			want++
		}
		if r.Changes() != changes || r.Other == nil || r.Other.Allowed == changes {
			t.Errorf("%s by %s: changes %t", r.Action, r.By, r.Changes())
		}
	}
	if report.Changed != want || want == 0 || report.Agree != report.Decisions {
		t.Errorf("%+v, want %d changed", report, want)
	}
	same, err := h.Service.Rules.Built()
	if err != nil {
		t.Fatal(err)
	}
	release = sha256.Sum256(same)
	if report, _ := h.replay(custody.Replay{Release: &release}); report.Changed != 0 {
		t.Errorf("control: the same rules change %d decisions", report.Changed)
	}
}
