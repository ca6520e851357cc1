package custody

import (
	"context"
	"fmt"
	"time"

	"custos.example/ledger"
)

// clockTolerance is by how much two clocks may differ before it is said.
const clockTolerance = 5 * time.Minute

// ClockReading is what a force can tell of the clock of a kiosk: an entry of the
// kiosk stands behind one that names a head of the force, and before its arrival.
// Units: By is the least by which the clock is wrong, in seconds; 0 when it agrees.
type ClockReading struct {
	After     ledger.Time `json:"after"`  // by the force's clock: it was made later than this
	Before    ledger.Time `json:"before"` // and no later than this
	By        int64       `json:"by,omitempty"`
	Direction string      `json:"direction,omitempty"` // ahead or behind
	Said      ledger.Time `json:"said"`                // by the kiosk's clock
}

// readClock compares what a kiosk's clock said with the bounds between which it did.
func readClock(said, after, before time.Time) ClockReading {
	r := ClockReading{After: ledger.NewTime(after), Before: ledger.NewTime(before), Said: ledger.NewTime(said)}
	switch {
	case said.Before(after.Add(-clockTolerance)):
		r.By, r.Direction = int64(after.Sub(said).Seconds()), "behind"
	case said.After(before.Add(clockTolerance)):
		r.By, r.Direction = int64(said.Sub(before).Seconds()), "ahead"
	}
	return r
}

// Wrong tells whether the clock cannot have been right.
func (r ClockReading) Wrong() bool { return r.By > 0 }

// Words says what can be told of the clock.
func (r ClockReading) Words() string {
	const form = "2 January 2006 15:04 UTC"
	between := fmt.Sprintf("between %s and %s by the clock of the force", r.After.UTC().Format(form), r.Before.UTC().Format(form))
	if !r.Wrong() {
		return fmt.Sprintf("The kiosk's clock said %s; it was done %s.", r.Said.UTC().Format(form), between)
	}
	return fmt.Sprintf("The kiosk's clock was wrong: it said %s, and it was done %s. It was %s by at least %s.",
		r.Said.UTC().Format(form), between, r.Direction, days(time.Duration(r.By)*time.Second))
}

// days says a length of time in its largest unit.
func days(d time.Duration) string {
	if n := int(d.Hours() / 24); n > 1 {
		return fmt.Sprintf("%d days", n)
	}
	return d.Round(time.Second).String()
}

// headMadeBy returns the time of the newest entry of the organisation's chain that
// stands under a head of that many entries: the head was signed no earlier.
func (s *Service) headMadeBy(ctx context.Context, size uint64) (time.Time, error) {
	chain, err := s.chain(ctx, "", ledger.Organisation)
	if err != nil {
		return time.Time{}, err
	}
	n, _, err := s.Store.Head(ctx, chain.ID)
	if err != nil {
		return time.Time{}, err
	}
	low, high := uint64(0), n // entry low stands under the head, entry high+1 does not
	for low < high {
		middle := low + (high-low+1)/2
		entry, err := s.Store.Entry(ctx, chain.ID, middle)
		if err != nil {
			return time.Time{}, err
		}
		if uint64(entry.Index) < size {
			low = middle
		} else {
			high = middle - 1
		}
	}
	if low == 0 {
		return time.Time{}, nil
	}
	entry, err := s.Store.Entry(ctx, chain.ID, low)
	if err != nil {
		return time.Time{}, err
	}
	statement, err := entry.Statement()
	return statement.Predicate.Time.Time, err
}
