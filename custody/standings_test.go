package custody_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"custos.example/custody"
	"custos.example/policy"
)

// asking keeps the facts that the policy was asked on last.
type asking struct {
	custody.Authoriser
	in policy.Input
}

func (a *asking) Decide(ctx context.Context, in policy.Input) (policy.Decision, error) {
	a.in = in
	return a.Authoriser.Decide(ctx, in)
}

// TestStanding shows that what is recorded of a person is what a decision rests on,
// and what cannot be recorded.
func TestStanding(t *testing.T) {
	h := withCase(t)
	standing := func(q custody.Qualify) error {
		_, err := h.Service.Standings().Record(t.Context(), admin, custody.RecordStanding{Person: analyst.ID, Qualify: q})
		return err
	}
	until := h.clock.now.Add(48 * time.Hour)
	if err := standing(custody.Qualify{
		NoLonger: []policy.Activity{policy.SiteOpinion}, Competent: []custody.Competent{{Activity: policy.SiteMapping, Until: until}},
		Vetting: policy.SecurityCleared, VettedUntil: until, Rank: "sergeant",
	}); err != nil {
		t.Fatal(err)
	}
	asked := &asking{Authoriser: h.Service.Authoriser}
	h.Service.Authoriser = asked
	if !h.sees(analyst) {
		t.Fatal("refused")
	}
	who := asked.in.Actor
	activities := map[policy.Activity]policy.Time{}
	for _, c := range who.Competencies {
		activities[c.Activity] = c.Until
	}
	if _, kept := activities[policy.SiteOpinion]; kept || activities[policy.SiteMapping] != policy.At(until) || activities[policy.DataImport] != policy.NoEnd {
		t.Errorf("competences %v", who.Competencies)
	}
	if who.Vetting != policy.SecurityCleared || who.VettedUntil != policy.At(until) || who.PublicAuthority != "territorial-police" {
		t.Errorf("facts %+v", who)
	}
	member, err := h.Service.Organisation().Member(t.Context(), admin, custody.Ask{}, analyst.ID)
	if err != nil || member.Standing.Rank != "sergeant" || member.Standing.Vetting != policy.SecurityCleared {
		t.Errorf("member %+v, %v", member, err)
	}
	for name, c := range map[string]struct {
		custody.Qualify
		want error
	}{
		"no activity":     {custody.Qualify{Competent: []custody.Competent{{Activity: "guessing"}}}, custody.ErrInvalid},
		"over already":    {custody.Qualify{Competent: []custody.Competent{{Activity: policy.SiteMapping, Until: h.clock.now.Add(-time.Hour)}}}, custody.ErrInvalid},
		"no level":        {custody.Qualify{Vetting: "positive"}, custody.ErrInvalid},
		"nothing to take": {custody.Qualify{NoLonger: []policy.Activity{policy.SiteOpinion}}, custody.ErrNotFound},
		"nothing new":     {custody.Qualify{Rank: "sergeant"}, custody.ErrConflict},
	} {
		if err := standing(c.Qualify); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	q := custody.Qualify{Rank: "chief"}
	if _, err := h.Service.Standings().Record(t.Context(), admin, custody.RecordStanding{Person: "zz9", Qualify: q}); !errors.Is(err, custody.ErrNotFound) {
		t.Errorf("of nobody: %v", err)
	}
	if _, err := h.Service.Standings().Record(t.Context(), admin, custody.RecordStanding{Person: admin.ID, Qualify: q}); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("of oneself: %v", err)
	}
	h.whole()
}

// TestMarking shows that a case bears the marking it was opened with.
func TestMarking(t *testing.T) {
	h := found(t)
	asked := &asking{Authoriser: h.Service.Authoriser}
	h.Service.Authoriser = asked
	for i, marking := range []policy.Marking{"", policy.Official, policy.Secret} {
		opened, err := h.Service.Cases().Open(t.Context(), sio, custody.OpenCase{
			Reference: fmt.Sprintf("NX/%d", i), Title: "Operation KESTREL", Assigned: []string{sio.ID}, Marking: marking,
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.Service.Assignments().List(t.Context(), sio, custody.Ask{}, opened.Case); err != nil {
			t.Fatal(err)
		}
		want := marking
		if marking == "" {
			want = policy.OfficialSensitive
		}
		if got := asked.in.Case.Marking; got != want {
			t.Errorf("opened as %q it is marked %q", marking, got)
		}
	}
	if _, err := h.Service.Cases().Open(t.Context(), sio, custody.OpenCase{Reference: "NX/9", Title: "t", Marking: "restricted"}); !errors.Is(err, custody.ErrInvalid) {
		t.Errorf("a marking that is none: %v", err)
	}
}
