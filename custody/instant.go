package custody

import (
	"fmt"
	"time"

	"custos.example/analysis/event"
)

// civilLayouts are how people write an instant by their own clock.
var civilLayouts = []string{"2006-01-02 15:04", "2006-01-02 15:04:05"}

// ParseInstant reads an instant as people type it: RFC 3339, or civil time of the
// United Kingdom such as "2026-10-05 14:30".
// Errors: ErrInvalid, also of a civil time that a change of the clocks skips or
// repeats, since it is not one instant.
func ParseInstant(text string) (time.Time, error) {
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at.UTC(), nil
	}
	zone, err := ukZone()
	if err != nil {
		return time.Time{}, err
	}
	for _, layout := range civilLayouts {
		civil, err := time.Parse(layout, text)
		if err != nil {
			continue
		}
		var found []time.Time
		for _, offset := range []time.Duration{0, time.Hour} {
			if at := civil.Add(-offset); at.In(zone).Format(layout) == civil.Format(layout) {
				found = append(found, at.UTC())
			}
		}
		switch len(found) {
		case 1:
			return found[0], nil
		case 2:
			return time.Time{}, fmt.Errorf("the clocks went back and %s came twice: write it with its offset, such as %s: %w", text, found[0].In(zone).Format(time.RFC3339), ErrInvalid)
		}
		return time.Time{}, fmt.Errorf("the clocks went forward and there was no %s: %w", text, ErrInvalid)
	}
	return time.Time{}, fmt.Errorf("%q is no instant: write 2026-10-05T14:30:00Z, or UK civil time such as 2026-10-05 14:30: %w", text, ErrInvalid)
}

// CivilTime writes an instant as a clock in the United Kingdom shows it.
func CivilTime(at time.Time) string {
	zone, err := ukZone()
	if err != nil {
		return at.UTC().Format("2 January 2006 15:04 MST")
	}
	return at.In(zone).Format("2 January 2006 15:04 MST")
}

func ukZone() (*time.Location, error) {
	zone, err := event.Location("Europe/London")
	if err != nil {
		return nil, fmt.Errorf("%w: civil time of the United Kingdom: %w", ErrIntegrity, err)
	}
	return zone, nil
}
