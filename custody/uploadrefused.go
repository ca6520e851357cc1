package custody

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"custos.example/policy"
)

// UploadRefusal says why an upload was not taken in when that was asked for last, in the
// words with which its owner was refused.
type UploadRefusal struct {
	Time time.Time
	Why  string
}

// mostWhy is how much is kept of the words of a refusal.
// Units: bytes.
const mostWhy = 4000

// List returns the uploads of the asker in a case, the oldest first, and why those were
// refused that were asked to be taken in and were not. What was taken in, removed, or has
// expired is none any more.
// Errors: ErrDenied.
func (u Uploads) List(ctx context.Context, actor Actor, id CaseID, ask Ask) ([]UploadState, error) {
	a, err := u.s.begin(ctx, actor, id, policy.CaseRead, ask)
	if err != nil {
		return nil, err
	}
	if err := a.decide(ctx, resource{}); err != nil {
		return nil, err
	}
	list := []UploadState{}
	if a.Incoming == nil {
		return list, nil
	}
	there, err := a.Incoming.List(ctx, id, a.now)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(there, func(x, y Upload) int { return x.Created.Compare(y.Created) })
	for _, one := range there {
		if one.Owner != actor.ID {
			continue
		}
		state, err := a.state(ctx, one)
		if errors.Is(err, ErrNotFound) {
			continue // it was taken in or removed meanwhile
		}
		if err != nil {
			return nil, err
		}
		refusal, refused, err := a.Incoming.Refusal(ctx, one)
		if err != nil {
			return nil, err
		}
		if refused {
			state.Refused = &refusal
		}
		list = append(list, state)
	}
	return list, nil
}

// busyUpload is the error of an upload that another request is at. That is no refusal.
type busyUpload struct{ error } //nolint:errname // the state of an upload

// Unwrap returns the error.
func (b busyUpload) Unwrap() error { return b.error }

// notTaken keeps why an upload of the asker was not taken in, if err is a refusal and not
// a fault, after which the same is simply asked for again. A reason that cannot be kept is
// told all the same in the answer itself.
func (s *Service) notTaken(ctx context.Context, actor Actor, id CaseID, name string, err error) {
	if name == "" || err == nil || !refusesUpload(err) {
		return
	}
	ctx = context.WithoutCancel(ctx) // who asked may be gone, and asks later
	found, missing := s.ownUpload(ctx, actor, id, name)
	if missing != nil {
		return
	}
	refusal := UploadRefusal{Time: s.Clock.Now().UTC(), Why: strings.ToValidUTF8(strings.ReplaceAll(err.Error(), "\x00", ""), "")}
	if len(refusal.Why) > mostWhy {
		refusal.Why = strings.ToValidUTF8(refusal.Why[:mostWhy], "")
	}
	if err := s.Incoming.Refuse(ctx, found, refusal); err != nil && !errors.Is(err, ErrNotFound) {
		s.Log.ErrorContext(ctx, "why an upload was refused could not be kept")
	}
}

// refusesUpload tells whether what is asked will not be done however often it is asked.
func refusesUpload(err error) bool {
	var busy busyUpload
	return !errors.As(err, &busy) && !errors.Is(err, ErrPushback) &&
		slices.ContainsFunc([]error{ErrDenied, ErrInvalid, ErrNotFound, ErrConflict, ErrTooLarge}, func(word error) bool { return errors.Is(err, word) })
}
