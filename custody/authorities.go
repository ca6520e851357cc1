package custody

import (
	"context"
	"fmt"
	"reflect"
	"slices"

	"custos.example/ledger"
	"custos.example/policy"
)

// Authorities is the recording of legal authorities.
type Authorities struct{ s *Service }

// Record records an authority, or the newest state of one that was recorded
// before: a renewal, a cancellation. What it says is a salted payload, so that
// the log gives away neither numbers nor names.
func (u Authorities) Record(ctx context.Context, actor Actor, request RecordAuthority) (RecordedAuthority, error) {
	a, err := u.s.begin(ctx, actor, request.Case, policy.AuthorityRecord, request.Ask)
	if err != nil {
		return RecordedAuthority{}, err
	}
	first := a.entryID("authority")
	if request.Amends != (ledger.EntryID{}) {
		first = request.Amends
	}
	if stored, done, err := a.earlier(ctx, "authority"); done || err != nil {
		proof, err := a.again(ctx, stored, err)
		return RecordedAuthority{Proof: proof, Authority: first}, err
	}
	proofs, err := a.commit(ctx, "authority", resource{}, func() ([]sheet, error) {
		if err := u.refuseTwin(ctx, a, request); err != nil {
			return nil, err
		}
		s, err := u.sheet(ctx, a, request, first)
		return []sheet{s}, err
	})
	if err != nil {
		return RecordedAuthority{}, err
	}
	return RecordedAuthority{Proof: proofs[0], Authority: first}, nil
}

// refuseTwin refuses to record an authority that stands in the record with the
// same reference and the same content: two of one name could not be told apart.
// Errors: ErrConflict.
func (u Authorities) refuseTwin(ctx context.Context, a *act, request RecordAuthority) error {
	known, err := list[authorityFact](ctx, a.Store, a.id, inAuthority, 0)
	if err != nil {
		return err
	}
	for _, fact := range known {
		if fact.Reference != request.Authority.Reference {
			continue
		}
		earlier, err := a.authorityFacts(ctx, fact.First, 0)
		if err != nil {
			return err
		}
		again := settled(request.Authority)
		again.ID, again.Case, again.RecordedBy = earlier.ID, earlier.Case, earlier.RecordedBy
		if reflect.DeepEqual(again, settled(*earlier)) {
			return fmt.Errorf("%s is recorded already, with the same content, as %s: use that one, or record what has changed as an amendment of it: %w",
				fact.Reference, fact.First, ErrConflict)
		}
	}
	return nil
}

// settled is an authority with its lists in order, each word once.
func settled(a policy.Authority) policy.Authority {
	a.DataTypes = slices.Compact(slices.Sorted(slices.Values(a.DataTypes)))
	a.Identifiers = slices.Compact(slices.Sorted(slices.Values(a.Identifiers)))
	a.Renewals = notNil(a.Renewals)
	a.DiscloseTo = notNil(a.DiscloseTo)
	a.Stated = notNil(a.Stated)
	for _, word := range []struct {
		of   *string
		none string
	}{
		{&a.Application, policy.NoEntry}, {&a.SPoC, policy.NoEntry}, {&a.Purpose, policy.NoLetter},
	} {
		*word.of = orDefault(*word.of, word.none)
	}
	for _, day := range []*policy.Date{
		&a.ApprovedByCommissionerOn, &a.ApprovedByJusticeOn, &a.RetainUntil, &a.SPoCConsultedOn, &a.UrgentConfirmedOn,
	} {
		*day = policy.Date(orDefault(string(*day), string(policy.NoDate)))
	}
	a.ConnectionRecords = policy.Condition(orDefault(string(a.ConnectionRecords), string(policy.NoRecords)))
	a.ConsultationException = policy.Consultation(orDefault(string(a.ConsultationException), string(policy.NoConsultation)))
	a.IndependenceException = policy.Independence(orDefault(string(a.IndependenceException), string(policy.NoIndependence)))
	a.Profession = policy.Profession(orDefault(string(a.Profession), string(policy.ProfessionUnstated)))
	a.UrgentGround = policy.Urgency(orDefault(string(a.UrgentGround), string(policy.NoUrgency)))
	return a
}

func (u Authorities) sheet(ctx context.Context, a *act, request RecordAuthority, first ledger.EntryID) (sheet, error) {
	work, err := a.chain(ctx, a.id, ledger.Work)
	if err != nil {
		return sheet{}, err
	}
	authority := settled(request.Authority)
	authority.ID, authority.Case, authority.RecordedBy = first.String(), string(a.id), a.actor.ID
	s := sheet{
		stage: "authority", chain: work, changes: true, operation: "collection",
		detail: &ledger.AuthorityRecorded{Reference: authority.Reference, Regime: string(authority.Regime)},
	}
	if request.Amends != (ledger.EntryID{}) {
		earlier, err := find[authorityFact](ctx, a.Store, a.id, inAuthority, first.String(), 0)
		if err != nil {
			return s, fmt.Errorf("the authority %s that is to be amended: %w", first, err)
		}
		s.dependencies = []ledger.Dependency{{Name: "amends", Digest: earlier.Payload, Entry: &first}}
	}
	blob, err := a.keepJSON(ctx, authority)
	if err != nil {
		return s, fmt.Errorf("the authority: %w", err)
	}
	s.subjects = []ledger.Subject{{Name: "authority", Digest: blob.Recorded()}}
	return s, nil
}

// Read returns the newest state of an authority.
// Errors: ErrNotFound.
func (u Authorities) Read(ctx context.Context, actor Actor, id CaseID, authority ledger.EntryID) (policy.Authority, error) {
	a, err := u.s.begin(ctx, actor, id, policy.CaseRead, Ask{})
	if err != nil {
		return policy.Authority{}, err
	}
	if err := a.decide(ctx, resource{}); err != nil {
		return policy.Authority{}, err
	}
	facts, err := a.authorityFacts(ctx, authority, 0)
	if err != nil {
		return policy.Authority{}, err
	}
	return *facts, nil
}
