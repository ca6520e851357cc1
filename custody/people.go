package custody

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"custos.example/ledger"
	"custos.example/policy"
)

// State says whether a role or an assignment counts now.
type State string

// The states.
const (
	StateInForce State = "in force"
	StateEnded   State = "ended"
	StateLater   State = "from later on"
)

// state returns what a window is at an instant.
func (w window) state(now time.Time) State {
	switch {
	case w.holds(now):
		return StateInForce
	case w.empty() || !now.Before(w.Until.Time):
		return StateEnded
	}
	return StateLater
}

// Member is somebody enrolled, with what they have, are and may.
type Member struct {
	ID, Name string
	HeldBy   string // who keeps the key: "service" or "holder"
	Enrolled time.Time
	Revoked  bool
	Roles    []HeldRole // in force, ended and to come; sorted
	Standing Standing
}

// HeldRole is a role that somebody has, had or will have.
// Shape: of a role that came with the enrolment, Reason is empty; Until is zero when
// there is no end.
type HeldRole struct {
	Person, Role string
	From, Until  time.Time
	State        State
	By           string
	Reason       RoleReason
	Entry        ledger.EntryID
}

// People returns everybody enrolled, sorted by id.
func (o Organisation) People(ctx context.Context, actor Actor, ask Ask) ([]Member, error) {
	return o.members(ctx, actor, ask, "")
}

// Member returns somebody enrolled.
// Errors: ErrNotFound.
func (o Organisation) Member(ctx context.Context, actor Actor, ask Ask, id string) (Member, error) {
	members, err := o.members(ctx, actor, ask, id)
	if err != nil {
		return Member{}, err
	}
	return members[0], nil
}

// List returns the roles of a person, or of everybody when person is empty, sorted
// by person and role.
func (u Roles) List(ctx context.Context, actor Actor, ask Ask, person string) ([]HeldRole, error) {
	members, err := Organisation(u).members(ctx, actor, ask, person)
	var held []HeldRole
	for _, m := range members {
		held = append(held, m.Roles...)
	}
	return held, err
}

// members returns one member, or all when id is empty.
func (o Organisation) members(ctx context.Context, actor Actor, ask Ask, id string) ([]Member, error) {
	a, err := o.s.begin(ctx, actor, "", policy.PeopleRead, ask)
	if err != nil {
		return nil, err
	}
	if err := a.decide(ctx, resource{}); err != nil {
		return nil, err
	}
	people, err := list[personFact](ctx, a.Store, "", inPeople, 0)
	if err != nil {
		return nil, err
	}
	var members []Member
	for _, person := range people {
		own := slices.Contains([]string{serviceID, logHolder, rootHolder}, person.ID)
		if own || id != "" && person.ID != id {
			continue
		}
		m, err := a.member(ctx, person)
		if err != nil {
			return nil, err
		}
		members = append(members, m)
	}
	if id != "" && len(members) == 0 {
		return nil, nobody(id, ErrNotFound)
	}
	return members, nil
}

func (a *act) member(ctx context.Context, person personFact) (Member, error) {
	m := Member{ID: person.ID, Name: person.Name, HeldBy: person.HeldBy, Enrolled: person.Time.Time}
	var err error
	if m.Revoked, err = has(ctx, a.Store, "", inRevoked, person.Key.String(), 0); err != nil {
		return m, err
	}
	roles, err := a.rolesOf(ctx, person, 0)
	if err != nil {
		return m, err
	}
	for role, fact := range roles {
		held := HeldRole{
			Person: person.ID, Role: role, From: fact.Window.From.Time, Until: endOf(fact.Window), State: fact.Window.state(a.now), By: fact.By,
			Reason: RoleReason(fact.Reason), Entry: fact.Entry,
		}
		if fact.Reason == "" {
			held.From = person.Time.Time
		}
		if m.Revoked {
			held.State = StateEnded
		}
		m.Roles = append(m.Roles, held)
	}
	slices.SortFunc(m.Roles, func(a, b HeldRole) int { return strings.Compare(a.Role, b.Role) })
	m.Standing, err = a.standingOf(ctx, person.ID, 0)
	return m, err
}

// endOf is the end of a window; zero when there is none.
func endOf(w window) time.Time {
	if w.ends() == policy.NoEnd {
		return time.Time{}
	}
	return w.Until.Time
}

// Assigned is somebody who works, worked or will work on a case.
// Shape: Until is zero when there is no end; Reason is empty of who was named when
// the case was opened.
type Assigned struct {
	Person, Name string
	Roles        []string // that they have now
	From, Until  time.Time
	State        State
	By, Reason   string
	Entry        ledger.EntryID
}

// List returns who works and worked on a case, sorted by person.
func (u Assignments) List(ctx context.Context, actor Actor, ask Ask, id CaseID) ([]Assigned, error) {
	a, err := u.s.begin(ctx, actor, id, policy.CaseRead, ask)
	if err != nil {
		return nil, err
	}
	if err := a.decide(ctx, resource{}); err != nil {
		return nil, err
	}
	facts, err := u.assigned(ctx, a)
	if err != nil {
		return nil, err
	}
	var assigned []Assigned
	for _, f := range facts {
		x := Assigned{
			Person: f.Person, From: f.Window.From.Time, Until: endOf(f.Window), State: f.Window.state(a.now), By: f.By, Entry: f.Entry,
		}
		person, err := a.personNow(ctx, f.Person, a.now)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return nil, err
		}
		x.Name, x.Roles = person.Name, person.Roles
		if f.Payload != nil {
			why, err := documentOf[assignment](ctx, u.s, id, f.Payload)
			if err != nil {
				return nil, fmt.Errorf("why %s was assigned: %w", f.Person, err)
			}
			x.Reason = why.Reason
			if since, err := time.Parse(time.RFC3339Nano, string(why.Since)); err == nil {
				x.From = since
			}
		}
		assigned = append(assigned, x)
	}
	return assigned, nil
}

// person returns somebody enrolled as the log had them when it had asOf entries; 0 is
// now. What the text of the fact is stays the store's to say, each time.
// Errors: ErrNotFound.
func (s *Service) person(ctx context.Context, id string, asOf uint64) (personFact, error) {
	record, err := s.Store.Find(ctx, "", inPeople, id, asOf)
	if err != nil {
		return personFact{}, err
	}
	person, err := s.people.get(string(record.Value), func() (person personFact, err error) {
		if err = ledger.UnmarshalCanonical(record.Value, &person); err != nil {
			err = fmt.Errorf("%w: projected fact in %q: %w", ErrIntegrity, inPeople, err)
		}
		return person, err
	})
	person.Roles = slices.Clone(person.Roles) // nobody's change of theirs is another's
	return person, err
}
