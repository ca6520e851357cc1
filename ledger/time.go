package ledger

import "time"

const timeLayout = "2006-01-02T15:04:05.000Z"

// Time is a moment as statements write it. Units: whole milliseconds, UTC.
// Shape: "2026-11-21T21:04:05.123Z", exactly 24 characters, years 0000 to 9999.
type Time struct{ time.Time }

// NewTime returns t in UTC, cut (never rounded) to whole milliseconds.
func NewTime(t time.Time) Time { return Time{t.UTC().Truncate(time.Millisecond)} }

// MarshalText returns the exact form. Errors: FaultValue outside years 0 to 9999,
// or when t has a finer part than a millisecond, which NewTime would have cut.
func (t Time) MarshalText() ([]byte, error) {
	u := t.UTC()
	if y := u.Year(); y < 0 || y > 9999 || u.Nanosecond()%1e6 != 0 {
		return nil, fault(FaultValue, "%v is not a time in whole milliseconds of a year from 0 to 9999", t.Time)
	}
	return []byte(u.Format(timeLayout)), nil
}

// UnmarshalText accepts exactly what MarshalText writes. Errors: FaultValue.
func (t *Time) UnmarshalText(b []byte) error {
	u, err := time.Parse(timeLayout, string(b))
	if err != nil || u.Format(timeLayout) != string(b) {
		return fault(FaultValue, "%q is not a time such as %s", b, timeLayout)
	}
	*t = Time{u}
	return nil
}

// MarshalJSON returns the exact form in quotes; without it encoding/json would take
// that of time.Time.
func (t Time) MarshalJSON() ([]byte, error) { return MarshalCanonical(t) }

// UnmarshalJSON accepts exactly what MarshalJSON writes. Errors: FaultValue.
func (t *Time) UnmarshalJSON(b []byte) error {
	if len(b) < 2 || b[0] != '"' {
		return fault(FaultValue, "a time is a text")
	}
	return t.UnmarshalText(b[1 : len(b)-1])
}
