package custody_test

import (
	"errors"
	"strings"
	"testing"

	"custos.example/custody"
	"custos.example/policy"
)

// TestRenewedAsGranted: whoever renews here what another granted is asked what the law
// asks of who grants. The control is the same renewal by who may.
func TestRenewedAsGranted(t *testing.T) {
	h := withCase(t)
	h.joins(granter.ID, "authorising-individual")
	authorities := h.Service.Authorities()
	renew := func(rank policy.Rank, inLine custody.Answer) error {
		_, err := authorities.Renew(t.Context(), granter, custody.ChangeAuthority{
			Case: h.id, Authority: h.authority, InLine: inLine, Rank: rank, Why: "Still needed.",
		})
		return err
	}
	if err := renew("", custody.No); !errors.Is(err, custody.ErrInvalid) || !strings.Contains(err.Error(), "granter.rank") {
		t.Errorf("by whom nothing is said of: %v", err)
	}
	if err := renew(policy.SuperintendentRank, custody.No); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("by a rank to which the law does not give it: %v", err)
	}
	if err := renew(policy.CommissionerRank, custody.Yes); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("by the applicant's own line of management: %v", err)
	}
	holds := custody.RecordStanding{Person: granter.ID, Qualify: custody.Qualify{Rank: string(policy.InspectorRank)}}
	if _, err := h.Service.Standings().Record(t.Context(), admin, holds); err != nil {
		t.Fatal(err)
	}
	if err := renew(policy.CommissionerRank, custody.No); !errors.Is(err, custody.ErrInvalid) || !strings.Contains(err.Error(), "standing") {
		t.Errorf("by another rank than is on record: %v", err)
	}
	holds.Rank = string(policy.CommissionerRank)
	if _, err := h.Service.Standings().Record(t.Context(), admin, holds); err != nil {
		t.Fatal(err)
	}
	if err := renew(policy.CommissionerRank, custody.No); err != nil {
		t.Errorf("by who may: %v", err)
	}
	cancel := custody.ChangeAuthority{Case: h.id, Authority: h.authority, By: "ocda-1", On: "2024-03-04", Why: "No longer necessary."}
	if _, err := authorities.Cancel(t.Context(), spoc, cancel); err != nil {
		t.Fatal(err)
	}
	if err := renew(policy.CommissionerRank, custody.No); !errors.Is(err, custody.ErrConflict) || !strings.Contains(err.Error(), "cancelled") {
		t.Errorf("after it was cancelled: %v", err)
	}
	h.replays()
	h.whole()
}
