package custody

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"custos.example/custody/workday"
	"custos.example/policy"
)

// errorTime is within how many working days an error under a regime is reported to
// the Commissioner.
// Shape: Days is 0 where the number is not known to this program.
type errorTime struct {
	Regime   policy.Regime `json:"regime"`
	Days     int           `json:"days"`
	Citation string        `json:"citation"`
	Verified bool          `json:"verified"`
}

//go:embed errorclocks.json
var errorClocks []byte

// errorTimeOf returns what is known for a regime.
func errorTimeOf(regime policy.Regime) (errorTime, error) {
	var all []errorTime
	if err := json.Unmarshal(errorClocks, &all); err != nil {
		return errorTime{}, fmt.Errorf("%w: times for reporting errors: %w", ErrIntegrity, err)
	}
	for _, t := range all {
		if t.Regime == regime {
			return t, nil
		}
	}
	return errorTime{Regime: regime}, nil
}

// ClockState says how an error stands to the day by which it is to be reported.
type ClockState string

// The states of the clock.
const (
	ClockNone    ClockState = "no report is due" // a recordable error
	ClockRunning ClockState = "running"
	ClockOverdue ClockState = "overdue"
	ClockMet     ClockState = "reported in time"
	ClockLate    ClockState = "reported late"
	// ClockUnknown stands where the number of days, or a bank holiday, is not known:
	// that it is in time cannot be said, so the error is treated as due now.
	ClockUnknown ClockState = "unknown"
)

// ErrorClock is the clock of a reportable error. The day of discovery is not
// counted.
// Units: Days and Left are working days of the region.
type ErrorClock struct {
	State    ClockState     `json:"state"`
	Days     int            `json:"days"`     // allowed; 0 when not known
	Due      policy.Date    `json:"due"`      // last day; empty when not known
	Left     int            `json:"left"`     // until and with the last day; negative when it has passed
	Region   workday.Region `json:"region"`   //
	Citation string         `json:"citation"` // of the number of days, when it was read in the primary text
	Words    string         `json:"words"`
}

// errorClock tells how an error stands at now. It fails closed: what is not known
// is never called in time.
func errorClock(doc errorDocument, now time.Time) (ErrorClock, error) {
	clock := ErrorClock{State: ClockUnknown, Region: doc.Region}
	if doc.Type == Recordable {
		clock.State, clock.Words = ClockNone, "It is recorded and need not be reported."
		return clock, nil
	}
	known, err := errorTimeOf(doc.Regime)
	if err != nil {
		return clock, err
	}
	if known.Days == 0 || !known.Verified {
		clock.Words = fmt.Sprintf("How many working days there are for an error under %s is not known to this program.", doc.Regime)
		if doc.Report == nil {
			clock.Words += " Report it now."
		}
		return clock, nil
	}
	clock.Days, clock.Citation = known.Days, known.Citation
	calendar, err := workday.Known()
	if err != nil {
		return clock, fmt.Errorf("%w: %w", ErrIntegrity, err)
	}
	discovered, err := civilDay(doc.DiscoveredAt.Time)
	if err != nil {
		return clock, err
	}
	err = clock.count(calendar, doc, discovered, now)
	if errors.Is(err, workday.ErrUnknown) {
		clock.State, clock.Due, clock.Left = ClockUnknown, "", 0
		clock.Words = "The bank holidays of these days are not known to this program, so the last day cannot be worked out."
		if doc.Report == nil {
			clock.Words += " Report it now."
		}
		return clock, nil
	}
	return clock, err
}

// count works out the last day, and how the report or today stands to it.
func (c *ErrorClock) count(calendar workday.Calendar, doc errorDocument, discovered policy.Date, now time.Time) error {
	var err error
	if c.Due, err = calendar.After(c.Region, discovered, c.Days); err != nil {
		return err
	}
	at := now
	if doc.Report != nil {
		at = doc.Report.At.Time
	}
	day, err := civilDay(at)
	if err != nil {
		return err
	}
	if day <= c.Due {
		c.Left, err = calendar.Between(c.Region, day, c.Due)
	} else {
		c.Left, err = calendar.Between(c.Region, c.Due, day)
		c.Left = -c.Left
	}
	if err != nil {
		return err
	}
	late := day > c.Due
	switch {
	case doc.Report != nil && late:
		c.State, c.Words = ClockLate, fmt.Sprintf("It was reported on %s, after the last day, %s.", day, c.Due)
	case doc.Report != nil:
		c.State, c.Words = ClockMet, fmt.Sprintf("It was reported on %s; the last day was %s.", day, c.Due)
	case late:
		c.State, c.Words = ClockOverdue, fmt.Sprintf("It is overdue: it was to be reported by %s. Report it now and say why it is late.", c.Due)
	case c.Left == 0:
		c.State, c.Words = ClockRunning, "Today is the last day for reporting it."
	default:
		c.State, c.Words = ClockRunning, fmt.Sprintf("It is to be reported by %s: %d of %d working days are left.", c.Due, c.Left, c.Days)
	}
	return nil
}
