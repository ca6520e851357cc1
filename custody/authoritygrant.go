package custody

import (
	"context"
	"fmt"
	"slices"

	"custos.example/policy"
)

// granted completes a grant from the application and from who grants it.
func (u Authorities) granted(ctx context.Context, a *act, d AuthorityDocument) (AuthorityDocument, error) {
	if d.Application.Entry == "" {
		return d, fmt.Errorf("say which application is decided on (application.entry): its reference or its entry: %w", ErrInvalid)
	}
	state, err := a.applied(ctx, d.Application.Entry)
	if err != nil {
		return d, err
	}
	applied, err := documentOf[ApplicationDocument](ctx, a.Service, a.id, state.Payload)
	if err != nil {
		return d, fmt.Errorf("application %s: %w", state.Reference, err)
	}
	today, err := dayOf(a.now)
	if err != nil {
		return d, err
	}
	var problems fieldProblems
	if d.Granter.ID != "" && d.Granter.ID != a.actor.ID {
		problems.add("granter.id", "is another person than the one who grants it here: leave it out")
	}
	if d.Granted.On != "" && d.Granted.On != today {
		problems.add("granted.on", "is not today (%s): what was granted on another day is recorded, not granted", today)
	}
	if len(d.Renewals) > 0 || d.Cancelled != (Change{}) {
		problems.add("renewals", "and a cancellation come after the grant: leave them out")
	}
	d.Format, d.Granter.ID, d.Granted.On, d.Application.Entry = AuthorityFormat, a.actor.ID, today, state.Entry.String()
	if d.Granted.Form == "" {
		d.Granted.Form = policy.Written
	}
	if p, known := powersByRoute()[d.Route]; known && d.Regime == "" {
		d.Regime = p.regime
	}
	if d.PublicAuthority == "" {
		d.PublicAuthority = applied.PublicAuthority
	}
	if d.Purpose == "" {
		d.Purpose = applied.Purpose
	}
	if d.Offence == (Offence{}) {
		d.Offence = applied.Offence
	}
	if len(d.Subjects) == 0 {
		d.Subjects = applied.Subjects
	}
	if d.SPoC == (Consulted{}) && applied.Advice.ID != "" {
		d.SPoC = Consulted{ID: applied.Advice.ID, ConsultedOn: applied.Advice.GivenOn}
	}
	d.Scope = d.Scope.or(applied.Scope)
	d.Scope.beyond(applied.Scope, &problems)
	return d, problems.err("the grant")
}

// ranked returns nil unless the standing of whoever grants or renews an authority here
// says another rank than they do. A standing may say it in other words than the rules'.
// Errors: ErrInvalid.
func (a *act) ranked(ctx context.Context, g Granter) error {
	if g.ID != a.actor.ID {
		return nil
	}
	standing, err := a.standingOf(ctx, g.ID, a.asOf)
	if err != nil {
		return err
	}
	if held := policy.Rank(standing.Rank); slices.Contains(policy.Ranks(), held) && held != g.Rank {
		return fmt.Errorf("granter.rank is not the rank that your standing says (%s): %w", held, ErrInvalid)
	}
	return nil
}

// or takes from another scope what this one leaves out.
func (s Scope) or(applied Scope) Scope {
	if len(s.Identifiers) == 0 {
		s.Identifiers = applied.Identifiers
	}
	if len(s.DataTypes) == 0 {
		s.DataTypes = applied.DataTypes
	}
	s.From, s.Until = orDefault(s.From, applied.From), orDefault(s.Until, applied.Until)
	if s.IdentifiesSource == "" {
		s.IdentifiesSource = applied.IdentifiesSource
	}
	return s
}

// beyond says where a scope is wider than what was applied for.
func (s Scope) beyond(applied Scope, problems *fieldProblems) {
	for _, identifier := range asListed(s.Identifiers, applied.Identifiers) {
		if !slices.Contains(applied.Identifiers, identifier) {
			problems.add("scope.identifiers", "names something for which the application does not ask")
		}
	}
	for _, kind := range s.DataTypes {
		if !slices.Contains(applied.DataTypes, kind) {
			problems.add("scope.dataTypes", "names %s, for which the application does not ask", kind)
		}
	}
	first, wrong := firstMoment(s.From)
	asked, none := firstMoment(applied.From)
	if wrong == nil && none == nil && first < asked {
		problems.add("scope.from", "is before what the application asks for")
	}
	last, wrong := lastMoment(s.Until)
	asked, none = lastMoment(applied.Until)
	if wrong == nil && none == nil && last > asked {
		problems.add("scope.until", "is after what the application asks for")
	}
}
