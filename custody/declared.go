package custody

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"custos.example/ledger"
	"custos.example/policy"
)

// The parts of what a return is said to hold.
const (
	DeclaredTypes       = "data types"
	DeclaredIdentifiers = "identifiers"
	DeclaredFirst       = "first instant"
	DeclaredLast        = "last instant"
	DeclaredObtained    = "day on which it was obtained"
)

// Undeclared says that a return cannot be held against its authority, because it
// was not said what it holds. It unwraps to ErrInvalid.
type Undeclared struct { //nolint:errname // the word of the field
	Missing []string // parts, such as DeclaredTypes
}

// Error names every part that is missing.
func (u *Undeclared) Error() string {
	return "it is not said what the return holds, so that it cannot be held against the authority; missing: " + strings.Join(u.Missing, ", ")
}

// Unwrap returns ErrInvalid.
func (u *Undeclared) Unwrap() error { return ErrInvalid }

// declared returns nil when every part is there.
// Errors: *Undeclared.
func (r Return) declared() error {
	var missing []string
	for _, part := range []struct {
		name  string
		there bool
	}{
		{DeclaredTypes, len(r.DataTypes) > 0},
		{DeclaredIdentifiers, len(r.Identifiers) > 0},
		{DeclaredFirst, !r.From.IsZero()},
		{DeclaredLast, !r.Until.IsZero()},
		{DeclaredObtained, r.ObtainedOn != ""},
	} {
		if !part.there {
			missing = append(missing, part.name)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return &Undeclared{missing}
}

// complete takes what a request leaves out from the record of the receiving, and
// refuses what the record says otherwise.
// Errors: ErrInvalid.
func (r Normalise) complete(ctx context.Context, s *Service, file evidenceFact) (Normalise, error) {
	if r.From != "" && r.From != file.From {
		return r, fmt.Errorf("%s was handed over by %q, as entry %s says, and not by %q; that cannot be said otherwise here: %w",
			file.Item, file.From, file.Entry, r.From, ErrInvalid)
	}
	if file.Reference != "" {
		return r, nil
	}
	if file.Extracted != nil {
		return r, r.saysNothing(file)
	}
	if r.Authority == (ledger.EntryID{}) && len(file.Authority) > 0 {
		r.Authority = file.Authority[0]
	}
	if r.Return.declared() == nil {
		return r, nil
	}
	said, err := s.saidOf(ctx, r.Case, file.Entry)
	if errors.Is(err, ErrNotFound) {
		return r, nil
	}
	if err != nil {
		return r, fmt.Errorf("what %s is said to hold: %w", file.Item, err)
	}
	return r, r.Return.fill(said)
}

// saysNothing returns nil when a request leaves to the record what a file of an
// extraction holds, and under what it was obtained.
// Errors: ErrInvalid.
func (r Normalise) saysNothing(file evidenceFact) error {
	if r.Authority != (ledger.EntryID{}) && !slices.Contains(file.Authority, r.Authority) || r.Return.says() {
		return fmt.Errorf("%s was taken from an extraction: its authority, device and days stand in the record of that, and cannot be said otherwise here: %w",
			file.Item, ErrInvalid)
	}
	return nil
}

// says tells whether anything is said of what a return holds.
func (r Return) says() bool {
	return len(r.DataTypes) > 0 || len(r.Identifiers) > 0 || !r.From.IsZero() || !r.Until.IsZero() || r.ObtainedOn != ""
}

// fill takes every part that is missing from what was said before.
func (r *Return) fill(said policy.Source) error {
	if len(r.DataTypes) == 0 {
		r.DataTypes = said.DataTypes
	}
	if len(r.Identifiers) == 0 {
		r.Identifiers = said.Identifiers
	}
	if r.ObtainedOn == "" {
		r.ObtainedOn = said.ObtainedOn
	}
	for _, part := range []struct {
		into *time.Time
		text policy.Time
	}{{&r.From, said.From}, {&r.Until, said.Until}} {
		if !part.into.IsZero() {
			continue
		}
		at, err := time.Parse(time.RFC3339, string(part.text))
		if err != nil {
			return fmt.Errorf("%w: instant of a recorded decision: %w", ErrIntegrity, err)
		}
		*part.into = at
	}
	return nil
}

// saidOf returns what a file was said to hold when it was received: the facts of
// the decision on which its entry rests.
// Errors: ErrNotFound when they are not recorded, or gone.
func (s *Service) saidOf(ctx context.Context, id CaseID, evidence ledger.EntryID) (policy.Source, error) {
	stored, err := s.Store.ByEntryID(ctx, evidence)
	if err != nil {
		return policy.Source{}, err
	}
	statement, err := stored.Statement()
	if err != nil {
		return policy.Source{}, err
	}
	rests := statement.Predicate.Decision
	if rests == nil {
		return policy.Source{}, ErrNotFound
	}
	look, err := find[lookFact](ctx, s.Store, id, inLooks, rests.Entry.String(), 0)
	if err != nil {
		return policy.Source{}, err
	}
	question, err := documentOf[consultation](ctx, s, id, look.Payload)
	if err != nil {
		return policy.Source{}, err
	}
	if question.Input.Source == nil {
		return policy.Source{}, ErrNotFound
	}
	return *question.Input.Source, nil
}

// join lists words.
func join[S ~string](list []S) string {
	var b strings.Builder
	for i, s := range list {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(string(s))
	}
	return b.String()
}
