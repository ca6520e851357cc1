package rego

import (
	"slices"
	"testing"

	"custos.example/policy"
)

// TestPowers holds what is said of each role against the decisions themselves:
// every action whose facts are otherwise in order is asked for in every role,
// and R-01 must be met by exactly those that are named. The control is a role
// that is taken off the list.
func TestPowers(t *testing.T) {
	e, err := Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	powers, err := e.Powers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(powers) != len(policy.Actions()) {
		t.Errorf("%d powers for %d actions", len(powers), len(policy.Actions()))
	}
	asked, said := map[policy.Action]map[policy.Role]bool{}, map[policy.Action]Power{}
	for _, p := range powers {
		said[p.Action] = p
		if p.Words == "" || len(p.Rules) < 2 {
			t.Errorf("%s has no words or no rules: %+v", p.Action, p)
		}
	}
	for name, base := range readTables(t).bases {
		in, err := typed(clone(base).(map[string]any))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		asked[in.Action] = map[policy.Role]bool{}
		for _, role := range append(policy.Roles(), policy.Service) {
			in.Actor.Role, in.Actor.Roles = role, []policy.Role{role}
			d, err := e.Decide(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			refused := slices.ContainsFunc(d.Reasons, func(r policy.Reason) bool { return r.Rule == "R-01" })
			asked[in.Action][role] = !refused
			if want := slices.Contains(said[in.Action].Roles, role); want == refused {
				t.Errorf("%s by %s: refused by R-01 %t, named as one who may %t", in.Action, role, refused, want)
			}
		}
	}
	caught := 0
	for action, roles := range asked {
		less := said[action].Roles[1:]
		for role, may := range roles {
			if may && !slices.Contains(less, role) {
				caught++
				break
			}
		}
	}
	if caught != len(said) {
		t.Errorf("control: a role left out is seen for %d of %d actions", caught, len(said))
	}
	failures := 0
	if t.Failed() {
		failures = 1
	}
	t.Logf("PROOF harness=powers trials=%d failures=%d control=\"a role left out is seen for %d of %d actions\"", len(asked)*(len(policy.Roles())+1), failures, caught, len(said))
}
