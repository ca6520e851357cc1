package custody

import (
	"slices"
	"testing"

	"custos.example/policy"
)

// TestProfessionsBesideOneAnother shows that no other profession beside a lawyer or a
// journalist, nor one that nobody looked for, takes their flag away: every ordered pair
// of professions, with those flags that each has alone.
func TestProfessionsBesideOneAnother(t *testing.T) {
	all := []policy.Profession{
		policy.NoProfession, policy.Lawyer, policy.Journalist, policy.Doctor, policy.Parliamentarian, policy.Minister, policy.OtherProfession,
		policy.ProfessionUnstated, "",
	}
	of := func(professions ...policy.Profession) []policy.Flag {
		d := AuthorityDocument{Route: policy.Route60A, Scope: Scope{IdentifiesSource: No, From: "2024-02-01", Until: "2024-02-02"}}
		for _, p := range professions {
			d.Subjects = append(d.Subjects, DataSubject{Profession: p})
		}
		facts, err := d.Facts(nil)
		if err != nil {
			t.Fatal(err)
		}
		return sorted(authorityState{document: d, facts: facts}.flags())
	}
	flagged := 0
	for _, one := range all {
		for _, other := range all {
			var want []policy.Flag
			if one == policy.Journalist || other == policy.Journalist {
				want = append(want, policy.Journalistic)
			}
			if one == policy.Lawyer || other == policy.Lawyer {
				want = append(want, policy.Privileged)
			}
			if got := of(one, other); !slices.Equal(got, want) {
				t.Errorf("%q beside %q: %v, want %v", one, other, got, want)
			}
			if len(want) > 0 {
				flagged++
			}
		}
	}
	if len(of()) != 0 || flagged != 32 {
		t.Errorf("without anybody: %v; %d pairs have a flag", of(), flagged)
	}
}
