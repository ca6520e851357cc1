package custody_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/policy"
)

// refusal is the short form under which somebody is told of a refusal.
func refusal(t *testing.T, err error) string {
	t.Helper()
	var denial *custody.Denial
	if !errors.As(err, &denial) {
		t.Fatalf("got %v, want a refusal", err)
	}
	return custody.DecisionReference(denial.Entry)
}

// narrow has the case stand on an authority for another number, by which the return of
// file is refused.
func (h *house) narrow() {
	h.Helper()
	narrow := authority("+447700900999")
	narrow.Reference = "NX/CD/2024/777"
	h.authority = h.record(narrow, ledger.EntryID{})
}

// TestWhy asks why something was refused: who was refused is told the rule, its
// words and source, the facts, what has changed since and whom to ask; a stranger to
// the case no more than concerns themselves; and nobody else but an auditor anything.
func TestWhy(t *testing.T) {
	h := withCase(t)
	h.narrow()
	_, err := h.Service.Imports().Receive(t.Context(), officer, h.asks(file(2)))
	reference := refusal(t, err)
	x, err := h.Service.Audit().Why(t.Context(), officer, reference, custody.Ask{})
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(x.Reasons, func(r custody.ExplainedReason) bool { return r.Rule == "A-24" })
	if at < 0 || x.Where != "NX/2024/0417" || x.Now != custody.NowRefused || x.Allowed {
		t.Fatalf("%+v", x)
	}
	reason := x.Reasons[at]
	looks := slices.IndexFunc(reason.Looks, func(f custody.ExplainedFact) bool { return f.Fact == "authority.identifiers" })
	if reason.Title == "" || reason.Text == "" || reason.Cure == "" || reason.Met || looks < 0 || !strings.Contains(reason.Looks[looks].Then, "+447700900999") {
		t.Errorf("%+v", reason)
	}
	if !slices.ContainsFunc(reason.Whom, func(p custody.Helper) bool { return p.ID == spoc.ID && slices.Equal(p.Roles, []string{"spoc"}) }) {
		t.Errorf("whom to ask: %+v", reason.Whom)
	}
	wide := authority()
	wide.Reference = "NX/CD/2024/777"
	h.record(wide, h.authority)
	if x, err = h.Service.Audit().Why(t.Context(), officer, reference, custody.Ask{}); err != nil || x.Now != custody.NowAllowed || !x.Reasons[at].Met {
		t.Errorf("after the cure: %+v, %v", x, err)
	}

	_, err = h.Service.Imports().Receive(t.Context(), stranger, h.asks(file(2)))
	reference = refusal(t, err)
	x, err = h.Service.Audit().Why(t.Context(), stranger, reference, custody.Ask{})
	if err != nil || x.Where != "" || !slices.ContainsFunc(x.Reasons, func(r custody.ExplainedReason) bool { return r.Rule == "U-02" }) {
		t.Errorf("a stranger is told %+v, %v", x, err)
	}
	if told := fmt.Sprintf("%+v", x); strings.Contains(told, sio.ID) || strings.Contains(told, "NX/") || strings.Contains(told, subject) {
		t.Errorf("a stranger is told of the case: %s", told)
	}
	if _, err := h.Service.Audit().Why(t.Context(), analyst, reference, custody.Ask{}); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("somebody else: %v", err)
	}
	x, err = h.Service.Audit().Why(t.Context(), auditor, reference, custody.Ask{Purpose: "a complaint", For: policy.Lawfulness})
	if err != nil || x.Asker != stranger.ID || x.Where != "NX/2024/0417" {
		t.Errorf("control: an auditor is told %+v, %v", x, err)
	}
	for bad, want := range map[string]error{"D-0000000": custody.ErrInvalid, "what": custody.ErrInvalid, "D-00000000": custody.ErrNotFound, h.authority.String(): custody.ErrNotFound} {
		if _, err := h.Service.Audit().Why(t.Context(), auditor, bad, custody.Ask{For: policy.Lawfulness}); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", bad, err, want)
		}
	}
}

// TestReferencesOfOneInstant refuses many requests at one instant: the reference that
// each refusal gives names that one, and no other. The control is a reference with
// other digits, and one that was given out by the first digits of its entry.
func TestReferencesOfOneInstant(t *testing.T) {
	h := withCase(t)
	for range 5 {
		_, err := h.Service.Cases().Files(t.Context(), stranger, h.id, custody.Ask{})
		var denial *custody.Denial
		if !errors.As(err, &denial) {
			t.Fatal(err)
		}
		reference := refusal(t, err)
		if !strings.Contains(err.Error(), reference) {
			t.Errorf("%s is not in what the asker is told: %v", reference, err)
		}
		if entry, err := h.Service.Audit().FindDecision(t.Context(), admin, reference, custody.Ask{}); err != nil || entry != denial.Entry {
			t.Errorf("%s names %s, not %s: %v", reference, entry, denial.Entry, err)
		}
		if entry, err := h.Service.Audit().FindDecision(t.Context(), admin, "D-"+denial.Entry.String()[:31], custody.Ask{}); err != nil || entry != denial.Entry {
			t.Errorf("control: by its first digits: %s, %v", entry, err)
		}
		other := strings.Map(func(r rune) rune {
			if r == '7' {
				return '8'
			}
			return '7'
		}, reference[2:])
		if entry, err := h.Service.Audit().FindDecision(t.Context(), admin, "D-"+other, custody.Ask{}); !errors.Is(err, custody.ErrNotFound) {
			t.Errorf("control: D-%s names %s: %v", other, entry, err)
		}
	}
}
