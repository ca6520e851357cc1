package custody

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"custos.example/policy"
)

// ExtractionScope is what may be taken from a device: what its user agreed to, or
// what the investigation needs.
// Shape: Categories are those of the program that read the device, such as
// messages; From and Until are a civil day in the United Kingdom or an instant,
// empty = as far as the authority goes.
type ExtractionScope struct {
	Categories []string `json:"categories"`
	From       string   `json:"from,omitempty"`
	Undated    bool     `json:"undated,omitempty"` // what bears no date may be taken
	Until      string   `json:"until,omitempty"`
}

// categoryForm is a category as a program names it.
var categoryForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

// bounds is a scope with its instants, both included.
type bounds struct {
	categories  []string // sorted
	from, until time.Time
	undated     bool
}

// bounded checks a scope against the authority: its categories and its dates.
// Errors: ErrInvalid; ErrDenied for what the authority does not cover.
func (s ExtractionScope) bounded(authority authorityState) (bounds, error) {
	b := bounds{categories: slices.Compact(slices.Sorted(slices.Values(s.Categories))), undated: s.Undated}
	if len(b.categories) == 0 {
		return b, fmt.Errorf("a selective extraction names the categories that may be taken, such as messages; there is no extraction of everything: %w", ErrInvalid)
	}
	covered := authority.document.Scope.Categories
	for _, category := range b.categories {
		if !categoryForm.MatchString(category) {
			return b, fmt.Errorf("%q is not a category: use a-z, 0-9 and '-', such as messages: %w", category, ErrInvalid)
		}
		if len(covered) > 0 && !slices.Contains(covered, category) {
			return b, fmt.Errorf("%s covers %s, not %s: leave it out, or have the authority amended first: %w",
				authority.facts.Reference, strings.Join(covered, ", "), category, ErrDenied)
		}
	}
	var err error
	if b.from, err = instantOr(s.From, authority.facts.From, firstMoment); err != nil {
		return b, fmt.Errorf("first date of the scope: %w", err)
	}
	if b.until, err = instantOr(s.Until, authority.facts.Until, lastMoment); err != nil {
		return b, fmt.Errorf("last date of the scope: %w", err)
	}
	if b.until.Before(b.from) {
		return b, fmt.Errorf("the scope ends (%s) before it begins (%s): %w", s.Until, s.From, ErrInvalid)
	}
	return b, nil
}

// instantOr reads a text, or takes what stands when it is empty.
func instantOr(text string, standing policy.Time, read func(string) (policy.Time, error)) (time.Time, error) {
	if text != "" {
		var err error
		if standing, err = read(text); err != nil {
			return time.Time{}, err
		}
	}
	at, err := time.Parse(time.RFC3339, string(standing))
	if err != nil {
		return at, fmt.Errorf("%q is not an instant: %w", standing, ErrInvalid)
	}
	return at, nil
}

// Outside says why a file of the device was not taken.
type Outside string

// Why a file was left where it is.
const (
	OutsideCategory    Outside = "category"      // not among those that may be taken
	OutsideBefore      Outside = "before"        // of an earlier time
	OutsideAfter       Outside = "after"         // of a later time
	OutsideDayInPart   Outside = "day-in-part"   // of a day that lies in the scope only in part
	OutsideUndated     Outside = "undated"       // bears no date, and that was not agreed
	OutsideUndescribed Outside = "not-described" // the index of the device does not name it
	OutsideNoFile      Outside = "no-file"       // a link or a device, which is not followed
)

// judge says whether a file may be taken, or why not. It is pure, and leaves out
// whatever is not wholly inside.
func (b bounds) judge(f deviceFile) (Outside, bool) {
	_, known := slices.BinarySearch(b.categories, f.category)
	switch {
	case f.outside != "":
		return f.outside, false
	case !known:
		return OutsideCategory, false
	case f.from.IsZero() && !b.undated:
		return OutsideUndated, false
	case f.from.IsZero():
		return "", true
	case f.until.Before(b.from):
		return OutsideBefore, false
	case f.from.After(b.until):
		return OutsideAfter, false
	case f.from.Before(b.from) || f.until.After(b.until):
		return OutsideDayInPart, false
	}
	return "", true
}
