package analysis

import (
	"errors"
	"fmt"
	"slices"
)

// ErrBalance is returned when the rows received are not all accounted for.
var ErrBalance = errors.New("the row balance does not close")

// Verify returns nil when every row received is accounted for.
//
// It wants no negative count; Received = Shown + Outside + Repeats + SetAside;
// and rule lists that are sorted, without repeats or zeros, and add up.
// Errors: ErrBalance, with the figures.
func (b Balance) Verify() error {
	for _, n := range []int64{b.Received, b.Shown, b.Outside, b.Repeats, b.SetAside} {
		if n < 0 {
			return fmt.Errorf("%w: a count is negative: %s", ErrBalance, b)
		}
	}
	if b.Received != b.Shown+b.Outside+b.Repeats+b.SetAside {
		return fmt.Errorf("%w: %s", ErrBalance, b)
	}
	if err := verifyRules("outside", b.OutsideBy, b.Outside); err != nil {
		return err
	}
	return verifyRules("set aside", b.SetAsideBy, b.SetAside)
}

func verifyRules(what string, by []RuleCount, want int64) error {
	var sum int64
	for i, r := range by {
		if r.Rows <= 0 || r.Rule == "" || i > 0 && by[i-1].Rule >= r.Rule {
			return fmt.Errorf("%w: the list of rules for rows %s is not sorted, or counts nothing at %q", ErrBalance, what, r.Rule)
		}
		sum += r.Rows
	}
	if sum != want {
		return fmt.Errorf("%w: rules account for %d rows %s of %d", ErrBalance, sum, what, want)
	}
	return nil
}

// String returns the balance as the sentence that exhibits print.
func (b Balance) String() string {
	return fmt.Sprintf("%d received = %d shown + %d outside the question + %d repeats + %d set aside",
		b.Received, b.Shown, b.Outside, b.Repeats, b.SetAside)
}

// Tally counts rows by rule and gives the sorted list that a Balance wants.
type Tally map[string]int64

// Add counts one row under a rule.
func (t Tally) Add(rule string) { t[rule]++ }

// Total returns the number of rows counted.
func (t Tally) Total() int64 {
	var n int64
	for _, rows := range t {
		n += rows
	}
	return n
}

// List returns the counts sorted by rule.
func (t Tally) List() []RuleCount {
	list := make([]RuleCount, 0, len(t))
	for rule, rows := range t {
		list = append(list, RuleCount{Rule: rule, Rows: rows})
	}
	slices.SortFunc(list, func(a, b RuleCount) int {
		if a.Rule < b.Rule {
			return -1
		}
		return 1
	})
	return list
}
