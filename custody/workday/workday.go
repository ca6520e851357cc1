// Package workday owns the counting of working days in the parts of the United
// Kingdom: every day that is no Saturday, Sunday or bank holiday.
//
// The bank holidays are data (days.json) for a span of years. It never guesses:
// a count that would need a day outside that span is refused. It reads no clock.
package workday

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"custos.example/policy"
)

// ErrUnknown says that a count needs bank holidays that are not in the data.
var ErrUnknown = errors.New("the bank holidays of that day are not known to this program")

// Region is a part of the United Kingdom with bank holidays of its own.
type Region string

// The three parts.
const (
	EnglandAndWales Region = "england-and-wales"
	NorthernIreland Region = "northern-ireland"
	Scotland        Region = "scotland"
)

// Regions returns every region, sorted.
func Regions() []Region { return []Region{EnglandAndWales, NorthernIreland, Scotland} }

//go:embed days.json
var embedded []byte

// Calendar is the bank holidays of a span of years.
type Calendar struct {
	Source string                   `json:"source"`
	From   policy.Date              `json:"from"`  // first day that is known
	Until  policy.Date              `json:"until"` // last day that is known
	Days   map[Region][]policy.Date `json:"days"`
}

// Known returns the calendar of this program.
// Errors: data that are not in order.
func Known() (Calendar, error) {
	var c Calendar
	if err := json.Unmarshal(embedded, &c); err != nil {
		return c, fmt.Errorf("bank holidays: %w", err)
	}
	if _, err := parse(c.From); err != nil {
		return c, err
	}
	if _, err := parse(c.Until); err != nil {
		return c, err
	}
	for _, region := range Regions() {
		days := c.Days[region]
		if len(days) == 0 || !slices.IsSorted(days) || days[0] < c.From || days[len(days)-1] > c.Until {
			return c, fmt.Errorf("the bank holidays of %s are missing, out of order or outside %s to %s", region, c.From, c.Until)
		}
		for _, day := range days {
			if _, err := parse(day); err != nil {
				return c, err
			}
		}
	}
	return c, nil
}

// Is tells whether a day is a working day.
// Errors: ErrUnknown; a region or a date that is none.
func (c Calendar) Is(region Region, day policy.Date) (bool, error) {
	days, known := c.Days[region]
	if !known {
		return false, fmt.Errorf("%q is no part of the United Kingdom with bank holidays of its own: %v", region, Regions())
	}
	at, err := parse(day)
	if err != nil {
		return false, err
	}
	if day < c.From || day > c.Until {
		return false, fmt.Errorf("%s is outside %s to %s: %w", day, c.From, c.Until, ErrUnknown)
	}
	_, holiday := slices.BinarySearch(days, day)
	return !holiday && at.Weekday() != time.Saturday && at.Weekday() != time.Sunday, nil
}

// After returns the n-th working day after a day, which is not counted itself.
// Errors: as Is; n below 1.
func (c Calendar) After(region Region, day policy.Date, n int) (policy.Date, error) {
	if n < 1 {
		return "", fmt.Errorf("the %d-th working day after a day is none", n)
	}
	at, err := parse(day)
	if err != nil {
		return "", err
	}
	for n > 0 {
		at = at.AddDate(0, 0, 1)
		works, err := c.Is(region, format(at))
		if err != nil {
			return "", err
		}
		if works {
			n--
		}
	}
	return format(at), nil
}

// Between returns how many working days there are after the first day, up to and
// with the last; below nothing is 0.
// Errors: as Is.
func (c Calendar) Between(region Region, first, last policy.Date) (int, error) {
	at, err := parse(first)
	if err != nil {
		return 0, err
	}
	if _, err := parse(last); err != nil {
		return 0, err
	}
	count := 0
	for at = at.AddDate(0, 0, 1); format(at) <= last; at = at.AddDate(0, 0, 1) {
		works, err := c.Is(region, format(at))
		if err != nil {
			return 0, err
		}
		if works {
			count++
		}
	}
	return count, nil
}

func parse(day policy.Date) (time.Time, error) {
	at, err := time.Parse(time.DateOnly, string(day))
	if err != nil {
		return at, fmt.Errorf("%q is no date such as 2026-11-21", day)
	}
	return at, nil
}

func format(at time.Time) policy.Date { return policy.Date(at.Format(time.DateOnly)) }
