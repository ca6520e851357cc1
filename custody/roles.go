package custody

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"custos.example/ledger"
	"custos.example/policy"
)

// Roles are the use cases of who has which role, and when.
type Roles struct{ s *Service }

// Roles returns the use cases of who has which role, and when.
func (s *Service) Roles() Roles { return Roles{s} }

// RoleReason says why a role was given or ended.
// Trust: the keys chain is shown in every bundle, so that only these words stand
// there, and nothing of a person's affairs.
type RoleReason string

// The reasons.
const (
	Appointed RoleReason = "appointed"
	Cover     RoleReason = "cover" // for somebody who is away
	Moved     RoleReason = "moved" // to other work
	Left      RoleReason = "left"
	Corrected RoleReason = "corrected" // it was recorded wrongly
)

// RoleReasons returns all of them.
func RoleReasons() []RoleReason { return []RoleReason{Appointed, Cover, Moved, Left, Corrected} }

// GiveRole gives a person a role, or changes until when they have it.
// Shape: From zero = now; Until zero = no end.
type GiveRole struct {
	Ask
	Person      string
	Role        string
	From, Until time.Time
	Reason      RoleReason
}

// EndRole ends a role of a person at once.
type EndRole struct {
	Ask
	Person string
	Role   string
	Reason RoleReason
}

// Give gives a role.
// Errors: ErrDenied; ErrNotFound when there is no such person; ErrConflict when they
// have the role for that time already; ErrInvalid.
func (u Roles) Give(ctx context.Context, actor Actor, request GiveRole) (Proof, error) {
	return u.change(ctx, actor, change{request.Ask, request.Person, request.Role, request.Reason}, "role given",
		func(a *act, before roleFact, had bool) (window, error) {
			w, err := windowAhead(a.now, request.From, request.Until)
			if err != nil {
				return w, fmt.Errorf("the role %s of %s: %w", request.Role, request.Person, err)
			}
			if held := had && before.Window.holds(a.now); held && w.From.After(a.now) {
				return w, fmt.Errorf("%s has the role %s now, and would be without it until %s: leave out from when, or end it first: %w",
					request.Person, request.Role, w.From.UTC().Format(time.RFC3339), ErrConflict)
			} else if held && before.Window.Until.Equal(w.Until.Time) {
				return w, fmt.Errorf("%s has the role %s already, for that time: %w", request.Person, request.Role, ErrConflict)
			}
			return w, nil
		})
}

// End ends a role: what was decided on it and not yet recorded is decided anew.
// Errors: ErrDenied; ErrNotFound when the person does not have the role.
func (u Roles) End(ctx context.Context, actor Actor, request EndRole) (Proof, error) {
	return u.change(ctx, actor, change{request.Ask, request.Person, request.Role, request.Reason}, "role ended",
		func(a *act, before roleFact, had bool) (window, error) {
			if !had || !before.Window.Until.After(a.now) {
				return window{}, fmt.Errorf("%s does not have the role %s: %w", request.Person, request.Role, ErrNotFound)
			}
			return ended(a.now), nil
		})
}

// change is what giving and ending a role have in common.
type change struct {
	Ask
	person, role string
	reason       RoleReason
}

func (u Roles) change(ctx context.Context, actor Actor, c change, stage string, plan func(*act, roleFact, bool) (window, error)) (Proof, error) {
	if !slices.Contains(policy.Roles(), policy.Role(c.role)) {
		return Proof{}, fmt.Errorf("there is no such role as %q; the roles are %s: %w", c.role, join(policy.Roles()), ErrInvalid)
	}
	if !slices.Contains(RoleReasons(), c.reason) {
		return Proof{}, fmt.Errorf("say why: one of %s (every bundle shows it, so it says no more): %w", join(RoleReasons()), ErrInvalid)
	}
	a, err := u.s.begin(ctx, actor, "", policy.RoleChange, c)
	if err != nil {
		return Proof{}, err
	}
	if stored, done, err := a.earlier(ctx, stage); done || err != nil {
		return a.again(ctx, stored, err)
	}
	keys, err := a.chain(ctx, "", ledger.Keys)
	if err != nil {
		return Proof{}, err
	}
	about := resource{person: &policy.Person{ID: c.person, Roles: []policy.Role{policy.Role(c.role)}}}
	proofs, err := a.commit(ctx, stage, about, func() ([]sheet, error) {
		person, err := find[personFact](ctx, a.Store, "", inPeople, c.person, 0)
		if err != nil {
			return nil, nobody(c.person, err)
		}
		if revoked, err := has(ctx, a.Store, "", inRevoked, person.Key.String(), 0); err != nil || revoked {
			return nil, fmt.Errorf("the key of %s was revoked, and with it every role: enrol them again with custos actor enrol: %w", c.person, orInvalid(err))
		}
		roles, err := a.rolesOf(ctx, person, 0)
		if err != nil {
			return nil, err
		}
		before, had := roles[c.role]
		w, err := plan(a, before, had)
		if err != nil {
			return nil, err
		}
		return []sheet{{stage: stage, chain: keys, changes: true, detail: roleChanged(c.person, c.role, c.reason, w)}}, nil
	})
	if err != nil {
		return Proof{}, err
	}
	return proofs[0], nil
}

func roleChanged(person, role string, reason RoleReason, w window) *ledger.RoleChanged {
	return &ledger.RoleChanged{From: w.From, Person: person, Reason: string(reason), Role: role, Until: w.Until}
}

// nobody says that there is no such person.
func nobody(id string, err error) error {
	return fmt.Errorf("there is nobody enrolled as %q: an administrator can enrol them with custos actor enrol: %w", id, err)
}

// align gives and ends roles so that somebody who is enrolled anew has exactly the
// roles of the enrolment: what was changed of them before counts on otherwise.
func (a *act) align(ctx context.Context, keys Chain, person string, roles []string) ([]sheet, error) {
	changed, err := a.rolesOf(ctx, personFact{ID: person}, 0)
	if err != nil {
		return nil, err
	}
	var sheets []sheet
	for role, fact := range changed {
		var w window
		switch given := slices.Contains(roles, role); {
		case given && (!fact.Window.holds(a.now) || fact.Window.ends() != policy.NoEnd):
			w = window{ledger.NewTime(a.now), ledger.NewTime(forever)}
		case !given && fact.Window.Until.After(a.now):
			w = ended(a.now)
		default:
			continue
		}
		sheets = append(sheets, sheet{stage: "role " + role, chain: keys, changes: true, detail: roleChanged(person, role, Corrected, w)})
	}
	slices.SortFunc(sheets, func(a, b sheet) int { return strings.Compare(a.stage, b.stage) })
	return sheets, nil
}
