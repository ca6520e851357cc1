package custody

import (
	"context"
	"slices"

	"custos.example/ledger"
	"custos.example/policy"
)

// ListMaterial asks what a case has made and received, with its status.
// Shape: what is left out bounds nothing.
type ListMaterial struct {
	Ask
	Case   CaseID
	Status Status
	Class  Class
	Unused bool // runs that no exhibit rests on, those that found nothing among them
}

// MaterialList is what was found.
// Shape: in the order of the record. Apart says that lines may be left out because
// what is sensitive is shown to few: it says so in every list of such a role, whether
// there are any or not.
type MaterialList struct {
	Material []Material     `json:"material"`
	Counts   map[Status]int `json:"counts"`
	Apart    bool           `json:"apart"`
}

// sensitiveTo are the roles in which the sensitive schedule is seen.
func sensitiveTo() []policy.Role {
	return []policy.Role{policy.DisclosureOfficer, policy.Prosecutor, policy.SIO}
}

// List lists the material of a case. What stands on the sensitive schedule is shown
// to the disclosure officer, the senior investigating officer and the prosecutor
// alone; to everybody else it is not there.
// Errors: ErrDenied.
func (d Disclosure) List(ctx context.Context, actor Actor, request ListMaterial) (MaterialList, error) {
	a, err := d.s.begin(ctx, actor, request.Case, policy.CaseRead, request)
	if err != nil {
		return MaterialList{}, err
	}
	if err := a.decide(ctx, resource{}); err != nil {
		return MaterialList{}, err
	}
	all, err := a.materials(ctx, 0)
	if err != nil {
		return MaterialList{}, err
	}
	found := MaterialList{Material: []Material{}, Counts: map[Status]int{}, Apart: !a.seesSensitive()}
	for _, m := range all {
		if m.sensitive() && found.Apart || !request.wants(m) {
			continue
		}
		found.Material = append(found.Material, m)
		found.Counts[m.Status]++
	}
	return found, nil
}

// seesSensitive tells whether the role in which it was decided sees the sensitive
// schedule.
func (a *act) seesSensitive() bool { return isOneOf(policy.Role(a.role), sensitiveTo()) }

// sensitive tells whether material stands, or has stood, on the sensitive schedule
// and was not put on the other since.
func (m Material) sensitive() bool {
	return m.Status == StatusMG6D
}

func (r ListMaterial) wants(m Material) bool {
	return (r.Status == "" || r.Status == m.Status) && (r.Class == "" || r.Class == m.Class) &&
		(!r.Unused || m.Class == RunMaterial && len(m.Relied) == 0)
}

// materialOf returns what an entry is, as material.
func materialOf(all []Material, entry ledger.EntryID) (Material, bool) {
	at := slices.IndexFunc(all, func(m Material) bool { return m.Entry == entry })
	if at < 0 {
		return Material{}, false
	}
	return all[at], true
}
