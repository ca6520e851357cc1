package custody_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"custos.example/custody"
	"custos.example/policy"
)

// TestAnotherForceKeepsNoPeople lets people of another force who hold offices of the
// house change what bears on everybody: who is enrolled, as what, where they belong, how
// they sign on, by which keys and under which rules. Each try stands in the record as
// allowed by the rules and leaves nothing behind. The controls are the same acts by
// people of the force that keeps the record, and a key of one's own.
func TestAnotherForceKeepsNoPeople(t *testing.T) {
	h, _ := offices(t)
	s := h.Service
	standing := able()
	standing.Organisation = "north"
	newcomer := func(id string) custody.Enrol {
		return custody.Enrol{Person: custody.Person{ID: id, Name: "Person " + id, Roles: []string{"analyst"}}}
	}
	release := h.propose(noLooks(t))
	var changed []string // by whom
	tries := []struct {
		what         string
		action       policy.Action
		theirs, ours custody.Actor
		do           func(by custody.Actor) error
	}{
		{"somebody enrolled", policy.ActorEnrol, kentAdmin, admin, func(by custody.Actor) error {
			_, err := s.Organisation().Enrol(t.Context(), by, newcomer("new1"))
			return err
		}},
		{"a role given", policy.RoleChange, kentAdmin, admin, func(by custody.Actor) error {
			_, err := s.Roles().Give(t.Context(), by, custody.GiveRole{Person: kentAnalyst.ID, Role: "spoc", Reason: custody.Cover})
			return err
		}},
		{"a role ended", policy.RoleChange, kentAdmin, admin, func(by custody.Actor) error {
			_, err := s.Roles().End(t.Context(), by, custody.EndRole{Person: kentAnalyst.ID, Role: "analyst", Reason: custody.Left})
			return err
		}},
		{"where somebody belongs", policy.StandingRecord, kentAdmin, admin, func(by custody.Actor) error {
			_, err := s.Standings().Record(t.Context(), by, custody.RecordStanding{Person: kentAnalyst.ID, Qualify: standing})
			return err
		}},
		{"a sign-on", policy.StandingRecord, kentAdmin, admin, func(by custody.Actor) error {
			_, err := s.SignOns().Record(t.Context(), by, custody.RecordSignOn{
				SignOn: custody.SignOn{Issuer: "https://login.example", Person: sio.ID, Subject: "s-1"},
			})
			return err
		}},
		{"a key ended", policy.KeyRevoke, kentAdmin, admin, func(by custody.Actor) error {
			_, err := s.Organisation().Revoke(t.Context(), by, custody.Revoke{Person: "k.an2", Reason: "left"})
			return err
		}},
		{"what opens the key folder", policy.KeyManage, kentAdmin, admin, func(by custody.Actor) error {
			return s.Keys().ChangeSecret(t.Context(), by, custody.Ask{}, func() error { changed = append(changed, by.ID); return nil })
		}},
		{"a storage location closed", policy.OrganisationRecord, kentSRO, sro, func(by custody.Actor) error {
			_, err := s.Places().Record(t.Context(), by, custody.RecordPlace{Place: custody.Place{Code: "S9-R1", Name: "Main store", Closed: true, Keepers: []string{sio.ID}}})
			return err
		}},
		{"a known defect of a step withdrawn", policy.DefectRegister, kentSRO, sro, func(by custody.Actor) error {
			_, err := s.Defects().Record(t.Context(), by, custody.RecordDefect{
				ID: "D-7", Title: "Counts twice", Effect: "too many calls", State: custody.DefectWithdrawn, Steps: []string{"event-schedule"},
			})
			return err
		}},
		{"a release approved", policy.PolicyApprove, kentDPO, dpo, func(by custody.Actor) error {
			_, err := s.Releases().Approve(t.Context(), by, custody.ApproveRelease{Release: release})
			return err
		}},
	}
	for _, try := range tries {
		err := try.do(try.theirs)
		if !errors.Is(err, custody.ErrDenied) || !strings.Contains(err.Error(), "kent") || !strings.Contains(err.Error(), "keeps this record") {
			t.Errorf("%s by %s of another force: %v", try.what, try.theirs.ID, err)
		}
		looks, err := s.Audit().List(t.Context(), auditor, custody.ListDecisions{By: try.theirs.ID, Action: try.action})
		if err != nil || len(looks) == 0 {
			t.Errorf("%s: what %s tried is not on record: %+v, %v", try.what, try.theirs.ID, looks, err)
		}
		h.may("control: "+try.what, try.do, try.ours)
	}
	if !slices.Equal(changed, []string{admin.ID}) {
		t.Errorf("what opens the key folder was changed by %q", changed)
	}
	h.may("control: a key of one's own", func(by custody.Actor) error {
		_, err := s.Keys().Replace(t.Context(), by, custody.ReplaceKey{})
		return err
	}, kentAdmin)
	h.whole()
	if report, _ := h.replay(custody.Replay{}); report.Agree != report.Decisions || report.Agree == 0 {
		t.Errorf("replay %+v", report)
	}
}

// TestWhoKeepsTheRecord has the record kept by organisations of which nobody could keep
// it. The control is one more name of the first, by which its people are known.
func TestWhoKeepsTheRecord(t *testing.T) {
	h, _ := overseen(t)
	record := func(known custody.KnownOrganisation) error {
		_, err := h.Service.Organisations().Record(t.Context(), sro, custody.RecordOrganisation{KnownOrganisation: known, Home: true})
		return err
	}
	north := custody.KnownOrganisation{Code: "north", Name: "Northern Force"}
	if err := record(north); !errors.Is(err, custody.ErrInvalid) || !strings.Contains(err.Error(), "nobody of it is here as sro") {
		t.Errorf("kept by one whose senior responsible officer is known by another name: %v", err)
	}
	north.Aliases = []string{"territorial-police"}
	if err := record(north); err != nil {
		t.Errorf("control: with the name by which standings have it: %v", err)
	}
	north.Aliases = []string{"the north"}
	if _, err := h.Service.Organisations().Record(t.Context(), sro, custody.RecordOrganisation{KnownOrganisation: north}); !errors.Is(err, custody.ErrInvalid) {
		t.Errorf("and without that name again: %v", err)
	}
	if err := record(custody.KnownOrganisation{Code: "kent", Name: "Kentish Force"}); !errors.Is(err, custody.ErrInvalid) {
		t.Errorf("kept by one of which nobody is here: %v", err)
	}
	all, err := h.Service.Organisations().List(t.Context(), sio, custody.Ask{})
	if err != nil || !slices.ContainsFunc(all, func(o custody.ListedOrganisation) bool { return o.Code == "north" && o.Home }) {
		t.Errorf("%+v, %v", all, err)
	}
	h.whole()
}
