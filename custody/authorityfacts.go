package custody

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"custos.example/ledger"
	"custos.example/policy"
)

// Facts returns what the rules are told of an authority. It is a pure function,
// so that the facts of an old decision can be made again.
//
// Shape: id, case and recorder are left empty. applied is the recorded application
// on which it was granted, or nil where that is kept elsewhere. What the document
// does not say is told as the word that allows less.
// Errors: ErrInvalid when the scope names no time.
func (d AuthorityDocument) Facts(applied *ApplicationDocument) (policy.Authority, error) {
	f := policy.Authority{
		Applicant: orDefault(d.Application.Applicant, policy.Unstated), Application: orDefault(d.Application.Entry, policy.NoEntry),
		ApprovedByCommissionerOn: dated(d.Approvals.CommissionerOn), ApprovedByJusticeOn: dated(d.Approvals.JusticeOn),
		CancelledOn: dated(d.Cancelled.On), Collaboration: d.Collaboration == Yes,
		ConnectionRecords:     policy.NoRecords,
		ConsultationException: cmp.Or(d.SPoC.Exception, policy.NoConsultation),
		DataTypes:             sorted(d.Scope.DataTypes), DiscloseTo: recipients(d.Notice.DiscloseTo), DisclosureManner: d.Notice.Manner != "",
		Form: cmp.Or(d.Granted.Form, policy.NoForm), GrantedOn: d.Granted.On, Granter: d.Granter.ID,
		GranterRank: cmp.Or(d.Granter.Rank, policy.NoRank), Identifiers: sorted(d.Scope.Identifiers),
		IndependenceException: cmp.Or(d.Granter.Exception, policy.NoIndependence), Instrument: d.Instrument,
		NoticeGivenOn: dated(d.Notice.GivenOn), OperatorHeldWithinTime: d.Notice.HeldWithinTime == Yes,
		Profession: profession(d.Subjects), ProfessionConsidered: d.Considered != "", PublicAuthority: d.PublicAuthority,
		Purpose: orDefault(d.Purpose, policy.NoLetter), Reference: d.Reference, Regime: d.Regime, Renewals: []policy.Date{},
		ReportedToCommissioner: d.Granter.Reported == Yes, RetainUntil: dated(d.RetainUntil), Route: d.Route,
		ScopeStated:  len(d.Scope.Identifiers) > 0 && len(d.Scope.DataTypes) > 0,
		SeriousCrime: d.Offence.serious(), SPoC: orDefault(d.SPoC.ID, policy.NoEntry), SPoCConsultedOn: dated(d.SPoC.ConsultedOn),
		Stated: sorted(d.Application.States), UrgentConfirmedOn: dated(d.Granted.ConfirmedOn),
		UrgentGround: cmp.Or(d.Granted.UrgentGround, policy.NoUrgency), Use: d.Use,
	}
	for _, renewal := range d.Renewals {
		f.Renewals = append(f.Renewals, renewal.On)
	}
	slices.Sort(f.Renewals)
	if applied != nil {
		f.Applicant, f.Stated = orDefault(applied.Applicant.ID, policy.Unstated), applied.States()
	}
	// What only communications data has is told so that it neither helps nor
	// hinders another basis.
	if part3 := powersByRoute()[d.Route].set&underPart3 != 0; part3 {
		f.GranterInLine, f.IdentifiesSource = d.Granter.InLine != No, d.Scope.IdentifiesSource != No
		if d.Regime == policy.IPA {
			f.ConnectionRecords = cmp.Or(d.Scope.ConnectionRecords, policy.ConditionUnstated)
		}
	} else {
		f.Profession, f.Use = professionOrNone(d.Subjects), cmp.Or(d.Use, policy.Operation)
	}
	if f.Applicant == policy.Unstated { // said to be stated, and not known
		f.Stated = slices.DeleteFunc(f.Stated, func(e policy.ApplicationElement) bool { return e == policy.StatesApplicant })
	}
	var err error
	if f.From, err = firstMoment(d.Scope.From); err != nil {
		return f, err
	}
	if f.Until, err = lastMoment(d.Scope.Until); err != nil {
		return f, err
	}
	if timed := powersByRoute()[d.Route].set&(underPart3|ordered|plateReads) != 0; timed && (d.Scope.From == "" || d.Scope.Until == "") {
		f.ScopeStated, f.From, f.Until = false, policy.NoEnd, policy.NoEnd // it covers no time at all
	}
	return f, nil
}

// dated is a day, or the word for none.
func dated(day policy.Date) policy.Date { return cmp.Or(day, policy.NoDate) }

func sorted[S ~string](list []S) []S {
	return notNil(slices.Compact(slices.Sorted(slices.Values(list))))
}

func recipients(list []policy.Recipient) []policy.Recipient {
	return notNil(slices.SortedStableFunc(slices.Values(list), func(a, b policy.Recipient) int { return strings.Compare(a.Name, b.Name) }))
}

// serious is the ground on which the crime is serious; of several the first, in
// the order of IPA 2016 ss.263(1) and 86(2A).
func (o Offence) serious() policy.Serious {
	for _, ground := range []struct {
		holds bool
		word  policy.Serious
	}{
		{o.Section263 == Yes, policy.Serious263},
		{o.MaximumMonths >= seriousMonths, policy.Serious12Months},
		{o.BodyCorporate == Yes, policy.SeriousBody},
		{o.Sending == Yes, policy.SeriousSending},
		{o.Privacy == Yes, policy.SeriousPrivacy},
	} {
		if ground.holds {
			return ground.word
		}
	}
	return policy.NotSerious
}

// seriousMonths is the sentence from which a crime is serious under s.86(2A).
const seriousMonths = 12

// profession is the first sensitive profession of anyone whom the data is about;
// unstated when nobody is named, or when it was not looked at for one of them.
func profession(subjects []DataSubject) policy.Profession {
	if len(subjects) == 0 {
		return policy.ProfessionUnstated
	}
	return professionOrNone(subjects)
}

func professionOrNone(subjects []DataSubject) policy.Profession {
	found := policy.NoProfession
	for _, s := range subjects {
		switch {
		case s.Profession == policy.ProfessionUnstated || s.Profession == "":
			return policy.ProfessionUnstated
		case found == policy.NoProfession:
			found = s.Profession
		}
	}
	return found
}

// authorityState is one state of an authority as it stands in the record.
type authorityState struct {
	fact     authorityFact
	document AuthorityDocument
	facts    policy.Authority
}

// authorityState reads the newest state of an authority when the log had asOf
// entries.
func (s *Service) authorityState(ctx context.Context, id CaseID, first ledger.EntryID, asOf uint64) (authorityState, error) {
	fact, err := find[authorityFact](ctx, s.Store, id, inAuthority, first.String(), asOf)
	if err != nil {
		return authorityState{}, fmt.Errorf("authority %s: %w", first, err)
	}
	state, err := s.stateOf(ctx, id, fact, asOf)
	if err != nil {
		return state, fmt.Errorf("authority %s: %w", first, err)
	}
	return state, nil
}

// stateOf reads what one entry says of an authority.
func (s *Service) stateOf(ctx context.Context, id CaseID, fact authorityFact, asOf uint64) (authorityState, error) {
	document, err := documentOf[AuthorityDocument](ctx, s, id, fact.Payload)
	if err != nil {
		return authorityState{}, err
	}
	facts, err := s.stated(ctx, id, document, asOf)
	facts.ID, facts.Case, facts.RecordedBy = fact.First.String(), string(id), fact.RecordedBy
	return authorityState{fact, document, facts}, err
}

// stated is what a document says, with the application on which it rests.
func (s *Service) stated(ctx context.Context, id CaseID, document AuthorityDocument, asOf uint64) (policy.Authority, error) {
	if document.Application.Entry == "" {
		return document.Facts(nil)
	}
	state, err := find[applicationFact](ctx, s.Store, id, inApplied, document.Application.Entry, asOf)
	if err != nil {
		return policy.Authority{}, fmt.Errorf("its application: %w", err)
	}
	application, err := documentOf[ApplicationDocument](ctx, s, id, state.Payload)
	if err != nil {
		return policy.Authority{}, fmt.Errorf("its application: %w", err)
	}
	return document.Facts(&application)
}

// proposedFacts tells the rules what an authority would be if it were granted: who
// applied and what the application holds are read from the record, whatever was said.
func (a *act) proposedFacts(ctx context.Context, facts policy.Authority, asOf uint64) (*policy.Authority, error) {
	facts.Case, facts.RecordedBy = string(a.id), a.actor.ID
	if facts.Application == policy.NoEntry {
		return &facts, nil
	}
	applied, err := a.stated(ctx, a.id, AuthorityDocument{Route: facts.Route, Application: AppliedFor{Entry: facts.Application}}, asOf)
	if err != nil {
		return nil, err
	}
	facts.Applicant, facts.Stated = applied.Applicant, applied.Stated
	return &facts, nil
}

// authorityFacts tells the rules what is recorded of an authority. Whoever asks
// and has recorded any state of it counts as the one who recorded it.
func (a *act) authorityFacts(ctx context.Context, first ledger.EntryID, asOf uint64) (*policy.Authority, error) {
	state, err := a.authorityState(ctx, a.id, first, asOf)
	if err != nil {
		return nil, err
	}
	own, err := has(ctx, a.Store, a.id, inRecorders, first.String()+" "+a.actor.ID, asOf)
	if err != nil {
		return nil, fmt.Errorf("who recorded authority %s: %w", first, err)
	}
	if own {
		state.facts.RecordedBy = a.actor.ID
	}
	return &state.facts, nil
}
