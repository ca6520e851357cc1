package custody

import (
	"context"
	"fmt"
	"slices"

	"custos.example/ledger"
	"custos.example/policy"
)

// askedPermission is a permission that is asked for, or one that is decided on.
type askedPermission struct {
	About   policy.About   `json:"about"`
	For     string         `json:"for,omitempty"`     // whom an inspection is for, while it is asked for
	Request ledger.EntryID `json:"request,omitempty"` // zero while it is asked for
}

// permissionFacts says how far a permission has come.
func (a *act) permissionFacts(ctx context.Context, about askedPermission, asOf uint64) (*policy.Permission, error) {
	p := &policy.Permission{
		About: about.About, AskedBy: a.actor.ID, DecidedBy: policy.NoEntry, ID: policy.NoEntry, State: policy.PermissionAsked,
		Whom: orDefault(about.For, policy.NoEntry),
	}
	if about.Request == (ledger.EntryID{}) {
		return p, nil
	}
	fact, err := find[requestedFact](ctx, a.Store, a.id, inRequested, about.Request.String(), asOf)
	if err != nil {
		return nil, fmt.Errorf("request %s: %w", about.Request, err)
	}
	p.ID, p.AskedBy, p.About = fact.Entry.String(), fact.By, policy.About(fact.About)
	state, answer, err := a.permissionState(ctx, fact.Entry, asOf)
	if err != nil {
		return nil, err
	}
	if p.State = state; answer != nil {
		p.DecidedBy = answer.By
	}
	if p.About == policy.AboutInspection {
		doc, err := documentOf[wanted](ctx, a.Service, a.id, fact.Payload)
		if err != nil {
			return nil, fmt.Errorf("request %s: %w", about.Request, err)
		}
		p.Whom = doc.For
	}
	return p, nil
}

// overseers are the roles for which a case can be opened to an inspection.
var overseers = []policy.Role{policy.Auditor, policy.DPO, policy.Inspector}

// oversees wants somebody who holds a role that oversees, and can act in it.
// Errors: ErrNotFound for somebody who is not enrolled; ErrInvalid.
func (a *act) oversees(ctx context.Context, id string) error {
	person, err := a.personNow(ctx, id, a.now)
	if err != nil {
		return fmt.Errorf("%q, for whom the inspection is asked, is not enrolled: %w", id, err)
	}
	able, err := a.canSign(ctx, id)
	if err != nil {
		return err
	}
	if !able || !slices.ContainsFunc(overseers, func(r policy.Role) bool { return slices.Contains(person.Roles, string(r)) }) {
		return fmt.Errorf("%s holds no role in force that inspects (%s), or their key is revoked: name whoever inspects: %w", id, wordsOf(overseers), ErrInvalid)
	}
	return nil
}

// permissionState returns how far a request has come, and its newest answer or nil.
func (a *act) permissionState(ctx context.Context, request ledger.EntryID, asOf uint64) (policy.PermissionState, *permittedFact, error) {
	answer, known, err := maybe[permittedFact](ctx, a.Store, a.id, inPermitted, request.String(), asOf)
	if err != nil || !known {
		return policy.PermissionAsked, nil, err
	}
	return policy.PermissionState(answer.Decision), &answer, nil
}

// permits are the permissions of a case that are in force.
type permits struct {
	excess    map[ledger.EntryID]bool // data sets
	further   map[ledger.EntryID][]policy.Purpose
	revealed  []string // tokens and numbers
	inspector []string
}

// permits gathers what was approved and not taken back.
func (a *act) permits(ctx context.Context, asOf uint64) (permits, error) {
	p := permits{excess: map[ledger.EntryID]bool{}, further: map[ledger.EntryID][]policy.Purpose{}}
	facts, err := list[requestedFact](ctx, a.Store, a.id, inRequested, asOf)
	if err != nil {
		return p, err
	}
	for _, fact := range facts {
		state, _, err := a.permissionState(ctx, fact.Entry, asOf)
		if err != nil {
			return p, err
		}
		if state != policy.PermissionApproved {
			continue
		}
		if err := a.permit(ctx, &p, fact); err != nil {
			return p, fmt.Errorf("request %s: %w", fact.Entry, err)
		}
	}
	return p, nil
}

// permit adds what one approved request permits.
func (a *act) permit(ctx context.Context, p *permits, fact requestedFact) error {
	doc, err := documentOf[wanted](ctx, a.Service, a.id, fact.Payload)
	if err != nil {
		return err
	}
	var dataset ledger.EntryID
	if doc.Dataset != "" {
		if dataset, err = ledger.ParseEntryID(doc.Dataset); err != nil {
			return fmt.Errorf("%w: %w", ErrIntegrity, err)
		}
	}
	if doc.Dataset != fact.Dataset || doc.About != fact.About {
		return fmt.Errorf("%w: the request and its payload are about different things", ErrIntegrity)
	}
	switch policy.About(fact.About) {
	case policy.AboutExcess:
		p.excess[dataset] = true
	case policy.AboutFurtherUse:
		if use := policy.Purpose(doc.Use); use != policy.Inspection { // which is opened to one person, below
			p.further[dataset] = append(p.further[dataset], use)
		}
	case policy.AboutUnmasking:
		p.revealed = append(p.revealed, doc.Identifiers...)
	case policy.AboutInspection:
		p.inspector = append(p.inspector, doc.For)
	}
	return nil
}

// uses are the purposes for which a data set may be used beyond that for which it
// was obtained, by this actor.
// Shape: sorted, nothing twice, not nil.
func (p permits) uses(dataset ledger.EntryID, actor string) []policy.Purpose {
	uses := append([]policy.Purpose{}, p.further[dataset]...)
	if slices.Contains(p.inspector, actor) {
		uses = append(uses, policy.Inspection)
	}
	slices.Sort(uses)
	return slices.Compact(uses)
}
