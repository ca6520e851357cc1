package custody

import (
	"context"
	"fmt"

	"custos.example/policy"
)

// keepsRecord refuses whoever belongs to another organisation than the one that keeps
// the record, whatever the rules in force make of it: what is said of the whole record
// decides who is elsewhere in every case. Who tried stands in the record.
// Errors: ErrDenied.
func (a *act) keepsRecord(ctx context.Context) error {
	of, home, err := a.ofRecord(ctx)
	if err != nil || of == home {
		return err
	}
	if err := a.decide(ctx, resource{}); err != nil {
		return err
	}
	return fmt.Errorf("you belong to %s, and %s keeps this record: a senior responsible officer of theirs can do this: %w", of, home, ErrDenied)
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
