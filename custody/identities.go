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

// The collections of who may do what, and when. The last is a case's.
const (
	inRoles     = "roles"       // newest change, by person and role
	inChanged   = "changed"     // people of whom a role was ever changed, by id
	inStandings = "standings"   // newest standing, by person
	inAssigned  = "assignments" // newest assignment, by person
)

// window is a stretch of time, from its first instant until before its end.
type window struct {
	From  ledger.Time `json:"from"`
	Until ledger.Time `json:"until"`
}

// holds tells whether now lies in the window.
func (w window) holds(now time.Time) bool {
	at := ledger.NewTime(now).Time
	return !at.Before(w.From.Time) && at.Before(w.Until.Time)
}

// empty tells whether the window holds nothing: that is how an end is recorded.
func (w window) empty() bool { return !w.From.Before(w.Until.Time) }

// ends returns the end as the facts have it.
func (w window) ends() policy.Time { return policy.At(w.Until.Time) }

// windowFrom returns the window asked for: from now when from is zero, without an
// end when until is.
// Errors: ErrInvalid when it holds no instant that is still to come.
func windowFrom(now, from, until time.Time) (window, error) {
	if from.IsZero() {
		from = now
	}
	if until.IsZero() {
		until = forever
	}
	w := window{ledger.NewTime(from), ledger.NewTime(until)}
	if w.empty() || !w.Until.After(now) {
		return w, fmt.Errorf("it would end at %s, before it begins or has begun to count: give a later end: %w", until.UTC().Format(time.RFC3339), ErrInvalid)
	}
	return w, nil
}

// windowAhead is windowFrom for what nobody had before it is recorded.
// Errors: ErrInvalid also when it would have begun earlier.
func windowAhead(now, from, until time.Time) (window, error) {
	w, err := windowFrom(now, from, until)
	if err == nil && w.From.Before(ledger.NewTime(now).Time) {
		return w, fmt.Errorf("it would have begun at %s, before it is recorded: leave out from when, and it begins now: %w", from.UTC().Format(time.RFC3339), ErrInvalid)
	}
	return w, err
}

// ended is the window that ends what was there, from the entry that has it on.
func ended(now time.Time) window { return window{ledger.NewTime(now), ledger.NewTime(now)} }

// roleFact is the newest change of one role of one person.
type roleFact struct {
	By     string         `json:"by"`
	Entry  ledger.EntryID `json:"entry"`
	Person string         `json:"person"`
	Reason string         `json:"reason"`
	Role   string         `json:"role"`
	Time   ledger.Time    `json:"time"`
	Window window         `json:"window"`
}

// changedFact says that roles of a person were changed after their enrolment.
type changedFact struct {
	Person string `json:"person"`
}

// standingFact points at the newest standing of a person.
type standingFact struct {
	By      string           `json:"by"`
	Entry   ledger.EntryID   `json:"entry"`
	Payload ledger.DigestSet `json:"payload"`
	Person  string           `json:"person"`
	Time    ledger.Time      `json:"time"`
}

// assignedFact is the newest assignment of a person to a case.
type assignedFact struct {
	By      string           `json:"by"`
	Entry   ledger.EntryID   `json:"entry"`
	Payload ledger.DigestSet `json:"payload"`
	Person  string           `json:"person"`
	Time    ledger.Time      `json:"time"`
	Window  window           `json:"window"`
}

// identity projects a change of a role, a standing or an assignment.
func (p *projection) identity(detail ledger.Detail) {
	switch d := detail.(type) {
	case *ledger.RoleChanged:
		p.add(inRoles, roleKey(d.Person, d.Role), roleFact{
			p.by(), p.entry(), d.Person, d.Reason, d.Role, p.Predicate.Time, window{d.From, d.Until},
		})
		p.add(inChanged, d.Person, changedFact{d.Person})
	case *ledger.StandingRecorded:
		p.add(inStandings, d.Person, standingFact{p.by(), p.entry(), p.subject("standing"), d.Person, p.Predicate.Time})
	case *ledger.CaseAssigned:
		p.add(inAssigned, d.Person, assignedFact{
			p.by(), p.entry(), p.subject("assignment"), d.Person, p.Predicate.Time, window{d.From, d.Until},
		})
	}
}

// roleKey names one role of one person; no id has a space in it.
func roleKey(person, role string) string { return person + " " + role }

// rolesOf returns every role that a person has, had or will have, with its window:
// the newest change of it, or else their enrolment, which has no end.
func (s *Service) rolesOf(ctx context.Context, person personFact, asOf uint64) (map[string]roleFact, error) {
	roles := map[string]roleFact{}
	for _, role := range person.Roles {
		roles[role] = roleFact{Entry: person.Entry, Person: person.ID, Role: role, Window: window{Until: ledger.NewTime(forever)}}
	}
	changed, err := has(ctx, s.Store, "", inChanged, person.ID, asOf)
	if err != nil || !changed {
		return roles, err
	}
	for _, role := range policy.Roles() {
		fact, found, err := maybe[roleFact](ctx, s.Store, "", inRoles, roleKey(person.ID, string(role)), asOf)
		if err != nil {
			return nil, err
		}
		if found {
			roles[string(role)] = fact
		}
	}
	return roles, nil
}

// inForceAt returns the roles that are in force at an instant, sorted.
func inForceAt(roles map[string]roleFact, now time.Time) []string {
	held := []string{}
	for role, fact := range roles {
		if fact.Window.holds(now) {
			held = append(held, role)
		}
	}
	slices.Sort(held)
	return held
}

// personNow returns a person with the roles that they have now.
// Errors: ErrNotFound.
func (s *Service) personNow(ctx context.Context, id string, now time.Time) (personFact, error) {
	person, err := s.person(ctx, id, 0)
	if err != nil {
		return personFact{}, err
	}
	roles, err := s.rolesOf(ctx, person, 0)
	person.Roles = inForceAt(roles, now)
	return person, err
}

// actorFacts says who asks. Somebody unknown, or whose key was revoked, has no role.
func (a *act) actorFacts(ctx context.Context, asOf uint64) (policy.Actor, error) {
	actor := policy.Actor{
		Competencies: []policy.Competence{}, ID: a.actor.ID, PublicAuthority: policy.Unstated, Role: policy.Role(a.actor.Role),
		Roles: []policy.Role{}, Until: policy.NoEnd, VettedUntil: policy.NoEnd, Vetting: policy.NotVetted,
	}
	a.windows = nil
	person, err := a.Service.person(ctx, a.actor.ID, asOf)
	if errors.Is(err, ErrNotFound) {
		return actor, nil
	}
	if err != nil {
		return actor, err
	}
	revoked, err := has(ctx, a.Store, "", inRevoked, person.Key.String(), asOf)
	if err != nil || revoked {
		return actor, err
	}
	if a.windows, err = a.rolesOf(ctx, person, asOf); err != nil {
		return actor, err
	}
	for _, role := range inForceAt(a.windows, a.now) {
		actor.Roles = append(actor.Roles, policy.Role(role))
	}
	if a.person.ID == person.ID {
		a.person.Roles = inForceAt(a.windows, a.now)
	}
	a.as(&actor, actor.Role)
	standing, err := a.standingOf(ctx, a.actor.ID, asOf)
	if err != nil {
		return actor, err
	}
	actor.Competencies = standing.Competencies
	if actor.PublicAuthority, err = a.belongs(ctx, standing.Organisation, asOf); err != nil {
		return actor, err
	}
	actor.Vetting, actor.VettedUntil = standing.Vetting, standing.VettedUntil
	return actor, nil
}

// as lets the asker ask in one of their roles, until that ends.
func (a *act) as(actor *policy.Actor, role policy.Role) {
	actor.Role, actor.Until = role, policy.NoEnd
	if fact, known := a.windows[string(role)]; known && fact.Window.holds(a.now) {
		actor.Until = fact.Window.ends()
	}
}

// personFacts says who an act is about: somebody who is enrolled, with the roles
// that they have.
// Errors: ErrNotFound.
func (a *act) personFacts(ctx context.Context, id string, asOf uint64) (*policy.Person, error) {
	person, err := a.Service.person(ctx, id, asOf)
	if err != nil {
		return nil, nobody(id, err)
	}
	facts := &policy.Person{ID: id, Roles: []policy.Role{}}
	revoked, err := has(ctx, a.Store, "", inRevoked, person.Key.String(), asOf)
	if err != nil || revoked {
		return facts, err
	}
	roles, err := a.rolesOf(ctx, person, asOf)
	for _, role := range inForceAt(roles, a.now) {
		facts.Roles = append(facts.Roles, policy.Role(role))
	}
	return facts, err
}

// caseFacts says who is assigned, and how the case is marked.
func (a *act) caseFacts(ctx context.Context, asOf uint64) (*policy.Case, error) {
	fact, err := find[caseFact](ctx, a.Store, a.id, inCase, string(a.id), asOf)
	if errors.Is(err, ErrNotFound) {
		err = errors.Join(err, a.goneCase(ctx, a.id))
	}
	if err != nil {
		return nil, fmt.Errorf("case %s: %w", a.id, err)
	}
	assigned, err := a.assignedTo(ctx, a.id, fact, asOf)
	if err != nil {
		return nil, err
	}
	facts := &policy.Case{ID: string(a.id), Assigned: []policy.Assignment{}, Marking: policy.Marking(fact.Marking)}
	if facts.Organisation, facts.Shares, err = a.sharedWith(ctx, asOf); err != nil {
		return nil, err
	}
	for _, f := range assigned {
		facts.Assigned = append(facts.Assigned, policy.Assignment{Actor: f.Person, From: policy.At(f.Window.From.Time), Until: f.Window.ends()})
	}
	return facts, nil
}

// assignedTo returns the newest assignment of everybody who was ever assigned to a
// case, sorted by person.
func (s *Service) assignedTo(ctx context.Context, id CaseID, opened caseFact, asOf uint64) ([]assignedFact, error) {
	assigned, err := list[assignedFact](ctx, s.Store, id, inAssigned, asOf)
	if err != nil {
		return nil, fmt.Errorf("who is assigned to case %s: %w", id, err)
	}
	for _, person := range opened.Assigned {
		if !slices.ContainsFunc(assigned, func(f assignedFact) bool { return f.Person == person }) {
			assigned = append(assigned, assignedFact{
				By: opened.OpenedBy, Entry: opened.Entry, Person: person, Time: opened.Opened,
				Window: window{opened.Opened, ledger.NewTime(forever)},
			})
		}
	}
	slices.SortFunc(assigned, func(a, b assignedFact) int { return strings.Compare(a.Person, b.Person) })
	return assigned, nil
}

// assignments are open-ended from the opening of the case.
func assignments(ids []string, from time.Time) []policy.Assignment {
	list := make([]policy.Assignment, len(ids))
	for i, id := range ids {
		list[i] = policy.Assignment{Actor: id, From: policy.At(from), Until: policy.NoEnd}
	}
	return list
}
