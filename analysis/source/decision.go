package source

import (
	"errors"
	"fmt"

	"custos.example/analysis"
)

// ErrDecision is returned for decisions that cannot be used as recorded.
var ErrDecision = errors.New("decision refused")

// The kinds of decision that a person can record about a source.
const (
	// AssertSubject states whose records the file holds; Value is a canonical
	// identifier such as +447700900123 or id:ego. It stands for the subject's
	// column, which is then not read.
	AssertSubject = "assert-subject"
	// AssertZone states in which zone the file's times are; Value is an IANA
	// name. It answers a profile whose zone is "asserted", and no other.
	AssertZone = "assert-zone"
	// AssertDayOrder states which of two numbers of a date is the day; Value is
	// day-first or month-first. It answers a profile whose start.order is
	// by-file, and must not be against what the rows prove.
	AssertDayOrder = "assert-day-order"
	// AssertEncoding states how the text is encoded; Value is an encoding of
	// PROFILES.md. It stands for what the profile says.
	AssertEncoding = "assert-encoding"
	// ChooseProfile states which of several profiles that fit was taken; Value is
	// its name.
	ChooseProfile = "choose-profile"
)

// DecisionKinds returns the kinds of decision that are known.
func DecisionKinds() []string {
	return []string{AssertSubject, AssertZone, AssertDayOrder, AssertEncoding, ChooseProfile}
}

func missingDecision(profile string) error {
	return fmt.Errorf("%w: profile %s does not say whose records these are; record a decision %q", ErrDecision, profile, AssertSubject)
}

// Decision is what a person recorded about a source, with the reason.
type Decision struct {
	Kind  string `json:"kind"`
	Value string `json:"value"`
	Who   string `json:"who"`
	Why   string `json:"why"`
}

// MarshalDecisions returns decisions as the canonical JSON of the port `decisions`.
func MarshalDecisions(ds []Decision) ([]byte, error) {
	if ds == nil {
		ds = []Decision{}
	}
	return analysis.MarshalCanonical(ds)
}

// ParseDecisions reads the port `decisions`.
// Errors: ErrDecision for an unknown or repeated kind, or an empty text.
func ParseDecisions(text []byte) ([]Decision, error) {
	if len(text) > maxProfile {
		return nil, fmt.Errorf("%w: longer than %d bytes", ErrDecision, maxProfile)
	}
	var ds []Decision
	if err := analysis.ParseCanonical(text, &ds); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDecision, err)
	}
	seen := map[string]bool{}
	for i, d := range ds {
		if !contains(DecisionKinds(), d.Kind) {
			return nil, fmt.Errorf("%w: number %d is of kind %q, which is not known", ErrDecision, i+1, d.Kind)
		}
		if seen[d.Kind] {
			return nil, fmt.Errorf("%w: there are two of kind %q", ErrDecision, d.Kind)
		}
		if d.Value == "" || d.Who == "" || d.Why == "" {
			return nil, fmt.Errorf("%w: %s must say value, who and why", ErrDecision, d.Kind)
		}
		seen[d.Kind] = true
	}
	return ds, nil
}
