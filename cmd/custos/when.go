package main

import (
	"errors"
	"fmt"
	"time"

	"custos.example/custody"
)

// flagSet is where a flag is declared.
type flagSet interface {
	Func(name, usage string, set func(string) error)
}

// whenFlag is a flag that takes a day or an instant, as read reads it, or nothing. What it cannot read is
// wrong use: the refusal names the flag, what was given and the form that is wanted.
func whenFlag[T any](f flagSet, to *T, name, usage string, read func(text string) (T, error)) {
	f.Func(name, usage, func(text string) error {
		var at T
		if text != "" {
			var err error
			if at, err = read(text); err != nil {
				return err
			}
		}
		*to = at
		return nil
	})
}

// dayFlag is a flag that takes a day, such as 2026-11-02, or nothing.
func dayFlag[T ~string](f flagSet, to *T, name, usage string) {
	whenFlag(f, to, name, usage, func(text string) (T, error) {
		_, err := calendarDay(text)
		return T(text), err
	})
}

// instantFlag is a flag that takes an instant as people type it, or nothing.
func instantFlag(f flagSet, to *time.Time, name, usage string) {
	whenFlag(f, to, name, usage, custody.ParseInstant)
}

// fromFlag is a flag that takes a day, as its first moment, or an instant, or nothing.
func fromFlag(f flagSet, to *time.Time, name, usage string) {
	whenFlag(f, to, name, usage, func(text string) (time.Time, error) { return dayOrInstant(text, 0) })
}

// untilFlag is a flag that takes a day, as its end, or an instant, or nothing.
func untilFlag(f flagSet, to *time.Time, name, usage string) {
	whenFlag(f, to, name, usage, endOf)
}

// calendarDay reads a day as its first moment by UTC.
func calendarDay(text string) (time.Time, error) {
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return at, errors.New("a day of the calendar is wanted, written as 2026-11-02")
	}
	return at, nil
}

// endOf reads a day as its end: what counts until a day counts on that day too.
func endOf(text string) (time.Time, error) { return dayOrInstant(text, 1) }

// dayOrInstant reads a day such as 2026-11-21, as the first moment of the day that is so many days on, or an
// instant as people type it.
func dayOrInstant(text string, days int) (time.Time, error) {
	if at, err := time.ParseInLocation(time.DateOnly, text, london()); err == nil {
		return at.AddDate(0, 0, days), nil
	}
	at, err := custody.ParseInstant(text)
	if err != nil {
		return at, fmt.Errorf("neither a day such as 2026-11-21 nor an instant such as 2026-11-21T09:00:00Z: %w", err)
	}
	return at, nil
}

// asDayOrInstant returns a day or an instant with its zone as it was written, and one by a clock of the
// United Kingdom with its zone.
func asDayOrInstant(text string) (string, error) {
	at, err := dayOrInstant(text, 0)
	for _, form := range []string{time.DateOnly, time.RFC3339} {
		if _, other := time.Parse(form, text); other == nil {
			return text, err
		}
	}
	return at.Format(time.RFC3339), err
}

// asInstant returns an instant as it was written.
func asInstant(text string) (string, error) {
	_, err := custody.ParseInstant(text)
	return text, err
}
