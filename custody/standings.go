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

// Standings are the use cases of what people are competent and vetted for.
type Standings struct{ s *Service }

// Standings returns the use cases of what people are competent and vetted for.
func (s *Service) Standings() Standings { return Standings{s} }

// Standing is what a person is competent and vetted for, and where they belong.
// Shape: canonical JSON in the payload "standing"; Competencies sorted by activity,
// one each.
type Standing struct {
	Competencies []policy.Competence `json:"competencies"`
	Organisation string              `json:"organisation"` // policy.Unstated when nobody has said
	Person       string              `json:"person"`
	Rank         string              `json:"rank"` // policy.Unstated when nobody has said
	VettedUntil  policy.Time         `json:"vettedUntil"`
	Vetting      policy.Vetting      `json:"vetting"`
}

// unstated is the standing of somebody of whom nothing is recorded.
func unstated(person string) Standing {
	return Standing{
		Competencies: []policy.Competence{}, Organisation: policy.Unstated, Person: person, Rank: policy.Unstated,
		VettedUntil: policy.NoEnd, Vetting: policy.NotVetted,
	}
}

// Competent says that a person may do an activity.
// Shape: From zero = now; Until zero = no end.
type Competent struct {
	Activity    policy.Activity
	From, Until time.Time
}

// Qualify says what is to be changed of a person's standing; what is empty stays
// as it is.
type Qualify struct {
	Competent    []Competent
	NoLonger     []policy.Activity
	Organisation string
	Rank         string
	Vetting      policy.Vetting
	VettedUntil  time.Time // of Vetting; zero = no end
}

// Empty tells whether nothing is to be changed.
func (q Qualify) Empty() bool {
	return len(q.Competent)+len(q.NoLonger) == 0 && q.Organisation+q.Rank+string(q.Vetting) == ""
}

// RecordStanding changes what a person is competent and vetted for.
type RecordStanding struct {
	Ask
	Person string
	Qualify
}

// Record records the standing of a person as it is from now on.
// Errors: ErrDenied; ErrInvalid when it names what custos does not know; ErrConflict
// when it changes nothing.
func (u Standings) Record(ctx context.Context, actor Actor, request RecordStanding) (Proof, error) {
	a, err := u.s.begin(ctx, actor, "", policy.StandingRecord, request)
	if err != nil {
		return Proof{}, err
	}
	if stored, done, err := a.earlier(ctx, "standing"); done || err != nil {
		return a.again(ctx, stored, err)
	}
	organisation, err := a.chain(ctx, "", ledger.Organisation)
	if err != nil {
		return Proof{}, err
	}
	proofs, err := a.commit(ctx, "standing", resource{whom: request.Person}, func() ([]sheet, error) {
		before, err := a.standingOf(ctx, request.Person, 0)
		if err != nil {
			return nil, err
		}
		after, err := before.changed(a.now, request.Qualify)
		if err != nil {
			return nil, fmt.Errorf("the standing of %s: %w", request.Person, err)
		}
		blob, err := a.keepJSON(ctx, after)
		if err != nil {
			return nil, fmt.Errorf("the standing of %s: %w", request.Person, err)
		}
		return []sheet{{
			stage: "standing", chain: organisation, changes: true, operation: "collection",
			detail:   &ledger.StandingRecorded{Person: request.Person},
			subjects: []ledger.Subject{{Name: "standing", Digest: blob.Recorded()}},
		}}, nil
	})
	if err != nil {
		return Proof{}, err
	}
	return proofs[0], nil
}

// changed returns the standing with what is to be changed.
func (s Standing) changed(now time.Time, q Qualify) (Standing, error) {
	after := s
	after.Competencies = slices.Clone(s.Competencies)
	for _, activity := range q.NoLonger {
		at := slices.IndexFunc(after.Competencies, func(c policy.Competence) bool { return c.Activity == activity })
		if at < 0 {
			return s, fmt.Errorf("a competence in %q is not recorded, so it cannot be taken away: %w", activity, ErrNotFound)
		}
		after.Competencies = slices.Delete(after.Competencies, at, at+1)
	}
	for _, c := range q.Competent {
		if !slices.Contains(policy.Activities(), c.Activity) {
			return s, fmt.Errorf("there is no such activity as %q; the activities are %s: %w", c.Activity, join(policy.Activities()), ErrInvalid)
		}
		w, err := windowFrom(now, c.From, c.Until)
		if err != nil {
			return s, fmt.Errorf("the competence in %s: %w", c.Activity, err)
		}
		after.Competencies = slices.DeleteFunc(after.Competencies, func(b policy.Competence) bool { return b.Activity == c.Activity })
		after.Competencies = append(after.Competencies, policy.Competence{Activity: c.Activity, From: policy.At(w.From.Time), Until: w.ends()})
	}
	slices.SortFunc(after.Competencies, func(a, b policy.Competence) int { return strings.Compare(string(a.Activity), string(b.Activity)) })
	if q.Vetting != "" {
		if !slices.Contains(policy.Vettings(), q.Vetting) {
			return s, fmt.Errorf("there is no such level of vetting as %q; the levels are %s: %w", q.Vetting, join(policy.Vettings()), ErrInvalid)
		}
		w, err := windowFrom(now, time.Time{}, q.VettedUntil)
		if err != nil {
			return s, fmt.Errorf("the vetting: %w", err)
		}
		after.Vetting, after.VettedUntil = q.Vetting, w.ends()
	}
	for _, text := range []struct {
		name, value string
		of          *string
	}{{"organisation", q.Organisation, &after.Organisation}, {"rank", q.Rank, &after.Rank}} {
		if text.value == "" {
			continue
		}
		if err := checkText(text.name, text.value); err != nil {
			return s, err
		}
		*text.of = text.value
	}
	same, err := sameText(s, after)
	if err == nil && same {
		err = errSameStanding
	}
	return after, err
}

// errSameStanding says that a standing changes nothing.
var errSameStanding = fmt.Errorf("this is what is recorded already: %w", ErrConflict)

// sameText compares two values by their canonical text.
func sameText[T any](a, b T) (bool, error) {
	x, err := ledger.MarshalCanonical(a)
	if err != nil {
		return false, err
	}
	y, err := ledger.MarshalCanonical(b)
	return string(x) == string(y), err
}

// standingOf returns the standing of a person as it was recorded when the log had
// asOf entries.
func (s *Service) standingOf(ctx context.Context, person string, asOf uint64) (Standing, error) {
	fact, found, err := maybe[standingFact](ctx, s.Store, "", inStandings, person, asOf)
	if err != nil || !found {
		return unstated(person), err
	}
	standing, err := s.standings.get(digestKey(fact.Payload), func() (Standing, error) {
		standing, err := documentOf[Standing](ctx, s, "", fact.Payload)
		if err == nil && standing.Person != person {
			err = fmt.Errorf("%w: the standing of %s is another person's", ErrIntegrity, person)
		}
		if err != nil {
			err = fmt.Errorf("the standing of %s: %w", person, err)
		}
		return standing, err
	})
	standing.Competencies = slices.Clone(standing.Competencies) // nobody's change of theirs is another's
	return standing, err
}
