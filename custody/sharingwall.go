package custody

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"custos.example/policy"
)

// ofTheRecord tells whether an act bears on everybody who works in the record: who
// they are, what they may do, by which keys and under which rules. A key of one's own
// (key.rotate) is one's own affair.
func ofTheRecord(action policy.Action) bool {
	people := action == policy.ActorEnrol || action == policy.RoleChange || action == policy.StandingRecord
	keys := action == policy.KeyManage || action == policy.KeyRevoke || action == policy.CeremonyRecord
	rules := action == policy.PolicyPropose || action == policy.PolicyApprove || action == policy.PolicyRelease
	return people || keys || rules || action == policy.LogLink || action == policy.LogClose || action == policy.ClockConfirm
}

// keepsRecord refuses whoever belongs to another organisation than the one that keeps
// the record, whatever the rules in force make of it: what is said of the whole record
// decides who is elsewhere in every case. Who tried stands in the record. An office of
// besides belongs elsewhere as a matter of course.
// Errors: ErrDenied.
func (a *act) keepsRecord(ctx context.Context, about resource, besides ...policy.Role) error {
	of, home, err := a.ofRecord(ctx)
	if err != nil || of == home {
		return err
	}
	if err := a.decide(ctx, about); err != nil || slices.Contains(besides, policy.Role(a.role)) {
		return err
	}
	return fmt.Errorf("you belong to %s, and %s keeps this record: people of theirs who hold the same office can do this: %w", of, home, ErrDenied)
}

// keepable refuses that an organisation keeps the record while nobody of it holds the
// offices that could change that again, and who works here: what keepsRecord refuses
// everybody could never be mended.
// Errors: ErrInvalid.
func (a *act) keepable(ctx context.Context, known KnownOrganisation) error {
	people, err := list[personFact](ctx, a.Store, "", inPeople, 0)
	if err != nil {
		return err
	}
	missing := []string{string(policy.Administrator), string(policy.SRO)}
	for _, p := range people {
		standing, err := a.standingOf(ctx, p.ID, 0)
		if err != nil {
			return err
		}
		if of := standing.Organisation; of != policy.Unstated && !known.named(of) {
			continue
		}
		now, err := a.personNow(ctx, p.ID, a.now)
		if err != nil {
			return err
		}
		if can, err := a.canSign(ctx, p.ID); err != nil {
			return err
		} else if can {
			missing = slices.DeleteFunc(missing, func(role string) bool { return slices.Contains(now.Roles, role) })
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("%s cannot keep this record: nobody of it is here as %s, and nobody else could change that again: "+
			"give somebody the role, or say in which other words standings name it (--also): %w", known.Code, strings.Join(missing, " or as "), ErrInvalid)
	}
	return nil
}

// overseesHere refuses to show the record of decisions, and lists over every case, to
// whoever belongs to another organisation than the one that keeps the record, but of a
// case that is their organisation's; an inspector belongs elsewhere as a matter of
// course.
// Errors: ErrDenied.
func (a *act) overseesHere(ctx context.Context) error {
	of, home, err := a.ofRecord(ctx)
	if err != nil || of == home || policy.Role(a.role) == policy.Inspector {
		return err
	}
	if a.id != "" {
		if owner, err := a.owner(ctx, a.id, 0); err != nil || owner == of {
			return err
		}
	}
	return fmt.Errorf("you belong to %s, and %s keeps this record: of decisions and lists you see those of a case that belongs to %s; name one: %w", of, home, of, ErrDenied)
}

// ofRecord returns the organisation of who asks, and the one that keeps the record;
// the same while nobody has said which does.
func (a *act) ofRecord(ctx context.Context) (of, home string, err error) {
	if home, err = a.home(ctx, 0); err != nil || home == policy.Unstated {
		return home, home, err
	}
	standing, err := a.standingOf(ctx, a.actor.ID, 0)
	if err != nil {
		return "", "", err
	}
	of, err = a.belongs(ctx, standing.Organisation, 0)
	return of, home, err
}
