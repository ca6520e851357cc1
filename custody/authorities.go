package custody

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"custos.example/ledger"
	"custos.example/policy"
)

// Authorities is the register of legal authorities: what was granted, how it was
// renewed, approved, confirmed and cancelled.
type Authorities struct{ s *Service }

// RecordAuthority records an authority as it was given elsewhere, or its newest
// state.
type RecordAuthority struct {
	Ask
	Case     CaseID
	Document AuthorityDocument
	Amends   ledger.EntryID // the entry that first recorded it; zero = a new one
	// State is the entry of the state that Document was written from; when another
	// has been recorded since, nothing is. Zero = whatever state is the newest.
	State ledger.EntryID
}

// GrantAuthority grants what was applied for, in the name of whoever asks.
// Shape: what Document leaves out is taken from the application; it may not be
// wider than that.
type GrantAuthority struct {
	Ask
	Case     CaseID
	Document AuthorityDocument // application.entry is there
}

// ChangeAuthority renews or cancels an authority.
// Shape: By is who decided elsewhere, when it is only recorded here; empty = whoever
// asks decides it, today. Rank and InLine (of the applicant's management) are of whoever
// renews what another granted.
type ChangeAuthority struct {
	Ask
	Case      CaseID
	Authority ledger.EntryID
	By        string
	InLine    Answer
	On        policy.Date
	Rank      policy.Rank
	Why       string
}

// RecordedAuthority is what was recorded.
type RecordedAuthority struct {
	Proof
	Authority ledger.EntryID // by which imports refer to it: of an amendment, the first entry
}

// authorityChange is one new state of an authority under way.
type authorityChange struct {
	action  policy.Action
	request asking
	id      CaseID
	first   ledger.EntryID // zero: a new authority
	state   ledger.EntryID // zero: whatever state is the newest
	renewer Granter        // who renews it here, today; no ID: nobody
	// next makes the new state; before is nil of a new authority.
	next func(ctx context.Context, a *act, before *authorityState) (AuthorityDocument, error)
}

// granter is who the rules judge: whoever renews here, or else whoever granted it. Who
// renews what they granted themselves need not say again as what.
func (c authorityChange) granter(d AuthorityDocument) Granter {
	if c.renewer.ID == "" || c.renewer.ID == d.Granter.ID && c.renewer.Rank == "" {
		return d.Granter
	}
	return c.renewer
}

// Record records an authority, or the newest state of one that was recorded
// before. What it says is a salted payload, so that the log gives away neither
// numbers nor names.
// Errors: ErrDenied; ErrInvalid naming every field that is wrong; ErrConflict.
func (u Authorities) Record(ctx context.Context, actor Actor, request RecordAuthority) (RecordedAuthority, error) {
	return u.change(ctx, actor, authorityChange{
		action: policy.AuthorityRecord, request: request, id: request.Case, first: request.Amends, state: request.State,
		next: func(_ context.Context, _ *act, before *authorityState) (AuthorityDocument, error) {
			if before != nil && strings.TrimSpace(request.Document.Changed) == "" {
				return request.Document, fmt.Errorf("say why %s is amended: the new state names no reason (changed): %w", before.document.Reference, ErrInvalid)
			}
			return request.Document, nil
		},
	})
}

// Grant records what the asker, who is enrolled, decides on an application that is
// recorded in the case. The day is today's, and the signature theirs or in their
// name; that they may grant it is for the rules to say, when it is granted and
// whenever it is relied on.
// Errors: as Record; ErrInvalid when it would be wider than the application.
func (u Authorities) Grant(ctx context.Context, actor Actor, request GrantAuthority) (RecordedAuthority, error) {
	return u.change(ctx, actor, authorityChange{
		action: policy.AuthorityGrant, request: request, id: request.Case,
		next: func(ctx context.Context, a *act, _ *authorityState) (AuthorityDocument, error) {
			return u.granted(ctx, a, request.Document)
		},
	})
}

// Renew records a renewal. Whoever renews an authority here is held to what the law asks
// of who grants it.
// Errors: as Record; ErrConflict for one that was cancelled, or has ended.
func (u Authorities) Renew(ctx context.Context, actor Actor, request ChangeAuthority) (RecordedAuthority, error) {
	renewer := Granter{}
	if request.By == "" {
		renewer = Granter{ID: actor.ID, InLine: request.InLine, Rank: request.Rank}
	}
	return u.change(ctx, actor, authorityChange{
		action: request.action(policy.AuthorityGrant), request: request, id: request.Case, first: request.Authority, renewer: renewer,
		next: func(ctx context.Context, a *act, before *authorityState) (AuthorityDocument, error) {
			d := before.document
			change, err := request.change(a)
			if err != nil {
				return d, err
			}
			if d.Cancelled.On != "" && change.On >= d.Cancelled.On {
				return d, fmt.Errorf("%s was cancelled on %s by %s, and is not renewed: a new authority is granted: %w",
					d.Reference, d.Cancelled.On, d.Cancelled.By, ErrConflict)
			}
			d.Renewals = append(slices.Clone(d.Renewals), change)
			d.Changed = "Renewed. " + request.Why
			if request.By == "" {
				err = a.lengthens(ctx, d, *before, change.On)
			}
			return d, err
		},
	})
}

// Cancel records the cancellation of an authority: nothing can be obtained under
// it from that day on. What was obtained before stays in use.
// Errors: as Record; ErrConflict when it was cancelled before.
func (u Authorities) Cancel(ctx context.Context, actor Actor, request ChangeAuthority) (RecordedAuthority, error) {
	return u.change(ctx, actor, authorityChange{
		action: request.action(policy.AuthorityCancel), request: request, id: request.Case, first: request.Authority,
		next: func(_ context.Context, a *act, before *authorityState) (AuthorityDocument, error) {
			d := before.document
			if d.Cancelled.On != "" {
				return d, fmt.Errorf("%s was cancelled on %s by %s: %w", d.Reference, d.Cancelled.On, d.Cancelled.By, ErrConflict)
			}
			var err error
			d.Cancelled, err = request.change(a)
			d.Changed = "Cancelled. " + request.Why
			return d, err
		},
	})
}

// action is what the policy is asked: to decide it oneself, or to record what
// another decided.
func (c ChangeAuthority) action(own policy.Action) policy.Action {
	if c.By != "" {
		return policy.AuthorityRecord
	}
	return own
}

// change is the renewal or cancellation as the document has it.
func (c ChangeAuthority) change(a *act) (Change, error) {
	if strings.TrimSpace(c.Why) == "" {
		return Change{}, fmt.Errorf("say why: %w", ErrInvalid)
	}
	today, err := dayOf(a.now)
	if err != nil {
		return Change{}, err
	}
	switch {
	case c.By == "" && c.On != "" && c.On != today:
		return Change{}, fmt.Errorf("what you decide yourself is dated today (%s); to record what was decided on %s, say by whom: %w", today, c.On, ErrInvalid)
	case c.By == "":
		return Change{By: a.actor.ID, On: today, Why: c.Why}, nil
	case c.On == "":
		return Change{}, fmt.Errorf("say on which day %s decided it: %w", c.By, ErrInvalid)
	}
	return Change{By: c.By, On: c.On, Why: c.Why}, nil
}

// change decides on a new state and appends it.
func (u Authorities) change(ctx context.Context, actor Actor, change authorityChange) (RecordedAuthority, error) {
	a, err := u.s.begin(ctx, actor, change.id, change.action, change.request)
	if err != nil {
		return RecordedAuthority{}, err
	}
	first := change.first
	if first == (ledger.EntryID{}) {
		first = a.entryID("authority")
	}
	if stored, done, err := a.earlier(ctx, "authority"); done || err != nil {
		proof, err := a.again(ctx, stored, err)
		return RecordedAuthority{Proof: proof, Authority: first}, err
	}
	var wrong error // with what is proposed
	if change.action == policy.AuthorityGrant {
		a.proposal = func(ctx context.Context, asOf uint64) (*policy.Authority, error) {
			then := *a
			then.asOf = asOf
			var facts *policy.Authority
			facts, wrong = u.proposed(ctx, &then, change, first)
			return facts, wrong
		}
	}
	proofs, err := a.commit(ctx, "authority", resource{}, func() ([]sheet, error) {
		document, before, err := u.next(ctx, a, change, first)
		if err != nil {
			return nil, err
		}
		if change.action == policy.AuthorityGrant {
			if err := a.ranked(ctx, change.granter(document)); err != nil {
				return nil, err
			}
		}
		s, err := u.sheet(ctx, a, document, before, first)
		return []sheet{s}, err
	})
	if wrong != nil {
		if _, refused := u.s.readRegister(ctx, actor, change.id, change.request.asks()); refused != nil {
			return RecordedAuthority{}, refused // who may not look is not told what is wrong
		}
		return RecordedAuthority{}, wrong
	}
	if err != nil {
		return RecordedAuthority{}, err
	}
	return RecordedAuthority{Proof: proofs[0], Authority: first}, nil
}

// proposed tells the rules what an authority would be if it were granted so.
func (u Authorities) proposed(ctx context.Context, a *act, change authorityChange, first ledger.EntryID) (*policy.Authority, error) {
	document, _, err := u.next(ctx, a, change, first)
	if err != nil {
		return nil, err
	}
	document = document.settled()
	document.Granter = change.granter(document)
	if err := document.Verify(); err != nil {
		return nil, err
	}
	facts, err := a.stated(ctx, a.id, document, a.asOf)
	facts.ID, facts.Case, facts.RecordedBy = first.String(), string(a.id), a.actor.ID
	return &facts, err
}

// next makes the new state from the one before, or from nothing.
func (u Authorities) next(ctx context.Context, a *act, change authorityChange, first ledger.EntryID) (AuthorityDocument, *authorityState, error) {
	if change.first == (ledger.EntryID{}) {
		document, err := change.next(ctx, a, nil)
		return document, nil, err
	}
	state, err := a.authorityState(ctx, a.id, first, a.asOf)
	if err != nil {
		return AuthorityDocument{}, nil, err
	}
	if change.state != (ledger.EntryID{}) && change.state != state.fact.Entry {
		return AuthorityDocument{}, nil, fmt.Errorf("%s has been amended since it was read, by %s (entry %s): read it again: %w",
			state.document.Reference, state.fact.RecordedBy, state.fact.Entry, ErrConflict)
	}
	document, err := change.next(ctx, a, &state)
	return document, &state, err
}

// sheet is the entry of one state.
func (u Authorities) sheet(ctx context.Context, a *act, d AuthorityDocument, before *authorityState, first ledger.EntryID) (sheet, error) {
	work, err := a.chain(ctx, a.id, ledger.Work)
	if err != nil {
		return sheet{}, err
	}
	s := sheet{
		stage: "authority", chain: work, changes: true, operation: "collection",
		detail: &ledger.AuthorityRecorded{Reference: d.Reference, Regime: string(d.Regime)},
	}
	if before != nil {
		earliest, err := find[authorityFact](ctx, a.Store, a.id, inStates, first.String()+" "+first.String(), 0)
		if err != nil {
			return s, fmt.Errorf("the first state of %s: %w", d.Reference, err)
		}
		s.dependencies = amending(before.fact.Entry, first, before.fact.Payload, earliest.Payload)
	}
	d = d.settled()
	if d.Application.Entry != "" {
		applied, err := a.applied(ctx, d.Application.Entry)
		if err != nil {
			return s, err
		}
		d.Application.Entry = applied.Entry.String()
		s.dependencies = append(s.dependencies, ledger.Dependency{Name: "application", Digest: applied.Payload, Entry: &applied.Entry})
	}
	if err := errors.Join(d.Verify(), a.past(d), u.refuseTwin(ctx, a, d, before)); err != nil {
		return s, err
	}
	blob, err := a.keepJSON(ctx, d)
	if err != nil {
		return s, fmt.Errorf("the authority: %w", err)
	}
	s.subjects = []ledger.Subject{{Name: "authority", Digest: blob.Recorded()}}
	return s, nil
}

// settled is the document in one form: its lists in order, each word once, and
// none where it is empty.
func (d AuthorityDocument) settled() AuthorityDocument {
	d.Format = AuthorityFormat
	d.Application.States = sorted(d.Application.States)
	d.Scope.DataTypes, d.Scope.Identifiers = sorted(d.Scope.DataTypes), sorted(d.Scope.Identifiers)
	d.Notice.DiscloseTo = recipients(d.Notice.DiscloseTo)
	if len(d.Application.States) == 0 {
		d.Application.States = nil
	}
	if len(d.Notice.DiscloseTo) == 0 {
		d.Notice.DiscloseTo = nil
	}
	if len(d.Renewals) == 0 {
		d.Renewals = nil
	}
	if len(d.Subjects) == 0 {
		d.Subjects = nil
	}
	return d
}

// past refuses days that have not come yet, of what is said to have happened.
// Errors: ErrInvalid.
func (a *act) past(d AuthorityDocument) error {
	today, err := dayOf(a.now)
	if err != nil {
		return err
	}
	var problems fieldProblems
	days := map[string]policy.Date{
		"granted.on": d.Granted.On, "granted.confirmedOn": d.Granted.ConfirmedOn, "spoc.consultedOn": d.SPoC.ConsultedOn,
		"notice.givenOn": d.Notice.GivenOn, "approvals.justiceOn": d.Approvals.JusticeOn, "approvals.commissionerOn": d.Approvals.CommissionerOn,
		"cancelled.on": d.Cancelled.On,
	}
	for i, renewal := range d.Renewals {
		days[fmt.Sprintf("renewals[%d].on", i)] = renewal.On
	}
	for path, day := range days {
		if day > today {
			problems.add(path, "is a day that has not come yet: it is %s in the United Kingdom", today)
		}
	}
	return problems.err("the authority")
}

// refuseTwin refuses to record an authority that stands in the record with the
// same reference and the same content, and a state that says nothing new.
// Errors: ErrConflict.
func (u Authorities) refuseTwin(ctx context.Context, a *act, d AuthorityDocument, before *authorityState) error {
	if before != nil {
		if sameButReason(d, before.document) {
			return fmt.Errorf("%s stands in the record so already (entry %s): nothing is changed by this: %w", d.Reference, before.fact.Entry, ErrConflict)
		}
		return nil
	}
	known, err := list[authorityFact](ctx, a.Store, a.id, inAuthority, 0)
	if err != nil {
		return err
	}
	for _, fact := range known {
		if fact.Reference != d.Reference {
			continue
		}
		earlier, err := documentOf[AuthorityDocument](ctx, a.Service, a.id, fact.Payload)
		if err != nil {
			return err
		}
		if sameButReason(d, earlier) {
			return fmt.Errorf("%s is recorded already, with the same content, as %s: use that one, or record what has changed as an amendment of it: %w",
				fact.Reference, fact.First, ErrConflict)
		}
	}
	return nil
}

func sameButReason(a, b AuthorityDocument) bool {
	a.Changed, b.Changed = "", ""
	return reflect.DeepEqual(a.settled(), b.settled())
}
