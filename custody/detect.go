package custody

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"custos.example/analysis"
	"custos.example/analysis/source"
)

// Undecided says that a file waits for somebody to say which profile it is read
// by. It unwraps to ErrInvalid.
type Undecided struct { //nolint:errname // the word of the field
	Matches []Match // the two that fit equally well; none when nothing fits
	Cause   error
}

// Error says what was found and how to go on.
func (u *Undecided) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v", u.Cause)
	for _, m := range u.Matches {
		fmt.Fprintf(&b, "\n  %s: %s", m.Profile, strings.Join(m.Evidence, "; "))
	}
	return b.String()
}

// Unwrap returns ErrInvalid and the cause.
func (u *Undecided) Unwrap() []error { return []error{ErrInvalid, u.Cause} }

// Decidable tells whether a recorded decision can mend the failed reading of a
// file. A layout that is not the profile's is mended by another profile alone.
//
// It looks for the word, because an error of a step that ran in the module is no
// more than its text.
func Decidable(err error) bool { return strings.Contains(err.Error(), "decision") }

// detect returns the built-in profile that fits a file best, and the two best
// with the evidence for each.
// Errors: *Undecided, *BrokeOff.
func (s *Service) detect(ctx context.Context, file analysis.Input) (string, []Match, error) {
	found, err := s.detection(ctx, file)
	matches := make([]Match, len(found))
	for i, m := range found {
		matches[i] = Match(m)
	}
	switch {
	case errors.Is(err, source.ErrTie) || errors.Is(err, source.ErrUnknownLayout):
		return "", matches, &Undecided{matches, err}
	case err != nil:
		return "", matches, err
	}
	return matches[0].Profile, matches, nil
}
