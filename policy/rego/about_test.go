package rego

import (
	"slices"
	"testing"
)

// TestLookedAt shows that each rule names the facts that it looks at, also through
// other rules, and no others; and the roles that its cure names.
func TestLookedAt(t *testing.T) {
	e := engine(t)
	renewals := 0
	for id, n := range e.notes {
		if slices.Contains(n.facts, "authority.renewals") {
			renewals++ // only the reckoning of periods, which rules share, reads them
		}
		if len(n.facts) == 0 && id != shapeRule {
			t.Errorf("%s looks at nothing", id)
		}
	}
	for id, want := range map[string][]string{
		"U-16": {"dataset.status"},
		"R-01": {"action", "actor.role", "actor.roles"},
	} {
		if got := e.notes[id].facts; !slices.Equal(got, want) {
			t.Errorf("%s looks at %v, want %v", id, got, want)
		}
	}
	for _, reached := range []struct{ id, fact string }{
		{"U-02", "case.assigned"}, {"U-02", "dataset.servedTo"}, {"U-14", "exhibit.content"},
	} {
		if !slices.Contains(e.notes[reached.id].facts, reached.fact) {
			t.Errorf("%s looks at %v, and not at %s", reached.id, e.notes[reached.id].facts, reached.fact)
		}
	}
	if renewals == 0 || renewals == len(e.notes) {
		t.Errorf("%d of %d rules look at renewals", renewals, len(e.notes))
	}
	for cure, want := range map[string]int{
		"Someone who is not an administrator can do this.":               0,
		"A SPoC can record it; the senior investigating officer can too": 2,
	} {
		if got := named(cure); len(got) != want {
			t.Errorf("%q names %v, want %d roles", cure, got, want)
		}
	}
}
