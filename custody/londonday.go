package custody

import (
	"fmt"
	"time"

	"custos.example/analysis/event"
	"custos.example/policy"
)

// london returns the rules of civil time in the United Kingdom.
func london() (*time.Location, error) {
	place, err := event.Location("Europe/London")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrIntegrity, err)
	}
	return place, nil
}

// dayOf is the civil day in the United Kingdom at an instant.
func dayOf(t time.Time) (policy.Date, error) {
	place, err := london()
	if err != nil {
		return "", err
	}
	return policy.Date(t.In(place).Format(time.DateOnly)), nil
}

// firstMoment is the instant of a text, or the first millisecond of a civil day;
// nothing is the beginning of all time.
func firstMoment(text string) (policy.Time, error) {
	if text == "" {
		return policy.At(time.Date(1, 1, 1, 0, 0, 0, 1e6, time.UTC)), nil
	}
	return moment(text, 0)
}

// lastMoment is the instant of a text, or the last millisecond of a civil day;
// nothing is without end.
func lastMoment(text string) (policy.Time, error) {
	if text == "" {
		return policy.NoEnd, nil
	}
	return moment(text, 1)
}

// moment reads an instant, or the end of a civil day that is so many days on.
func moment(text string, days int) (policy.Time, error) {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return policy.At(t), nil
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return "", fmt.Errorf("%q is neither a day nor an instant: %w", text, ErrInvalid)
	}
	place, err := london()
	if err != nil {
		return "", err
	}
	t := time.Date(day.Year(), day.Month(), day.Day()+days, 0, 0, 0, 0, place)
	return policy.At(t.Add(-time.Duration(days) * time.Millisecond)), nil
}
