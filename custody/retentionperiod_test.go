package custody

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"custos.example/policy"
)

// days of a civil calendar, reckoned without package time.
type civil struct{ y, m, d int }

func (c civil) text() policy.Date { return policy.Date(fmt.Sprintf("%04d-%02d-%02d", c.y, c.m, c.d)) }

func daysIn(y, m int) int {
	switch m {
	case 2:
		if y%4 == 0 && (y%100 != 0 || y%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// next is the day after.
func (c civil) next() civil {
	if c.d++; c.d > daysIn(c.y, c.m) {
		c.d = 1
		if c.m++; c.m > 12 {
			c.m, c.y = 1, c.y+1
		}
	}
	return c
}

// within tells whether a day is no later than the corresponding day some months after
// another: by walking, day for day.
func within(day, from civil, months int) bool {
	passed, last := 0, from
	for at := from; at != day; {
		at = at.next()
		if at.d == min(from.d, daysIn(at.y, at.m)) && (at.y != last.y || at.m != last.m) {
			passed++
			last = at
		}
	}
	return passed < months || passed == months && day == last
}

// history is a made-up end of a case, with its days apart.
type history struct {
	facts                                    RetentionFacts
	outcome, released, appeal, review, newer civil
}

// keeps is the naive answer: does anything keep the case on that day?
func (h history) keeps(r RetentionRules, day civil) bool {
	f := h.facts
	switch {
	case !f.Outcome.over(), f.Custodial && f.ReleasedOn == "", f.Appeal == PendingOpen, f.Review == PendingOpen:
		return true
	case f.Outcome == OutcomeConvicted && within(day, h.outcome, r.Convicted.Months):
		return true
	case f.Outcome != OutcomeConvicted && within(day, h.outcome, r.Ended.Months):
		return true
	case f.ReleasedOn != "" && day.text() <= f.ReleasedOn:
		return true
	case f.Appeal == PendingDecided && (day.text() <= f.AppealDecidedOn || within(day, h.appeal, r.Appeal.Months)):
		return true
	case f.Review == PendingDecided && (day.text() <= f.ReviewDecidedOn || within(day, h.review, r.Review.Months)):
		return true
	}
	from := h.outcome
	if f.ClearFrom > f.OutcomeOn {
		from = h.newer
	}
	for _, g := range r.Groups {
		if g.Group == f.Group {
			return g.ClearYears > 0 && (day.text() <= from.text() || within(day, from, 12*g.ClearYears)) || g.OwnPeriod && day.text() <= f.OwnUntil
		}
	}
	return true
}

func somewhere(r *rand.Rand, after civil, span int) civil {
	for range r.IntN(span) {
		after = after.next()
	}
	return after
}

func madeUp(r *rand.Rand) (RetentionRules, history) {
	rules := RetentionRules{
		Name: "r", Title: "r", Convicted: RetentionPeriod{Months: r.IntN(20)}, Ended: RetentionPeriod{Months: r.IntN(8)},
		Appeal: RetentionPeriod{Months: r.IntN(4)}, Review: RetentionPeriod{Months: r.IntN(4)},
		Groups: []RetentionGroup{{Group: "2", ClearYears: 1 + r.IntN(3), ReviewYears: 1}, {Group: "3", ClearYears: 1, ReviewYears: 1}, {Group: "4", OwnPeriod: true, ReviewYears: 1}},
	}
	h := history{outcome: somewhere(r, civil{2023, 12, 1}, 460)}
	f := &h.facts
	f.Outcome, f.Appeal, f.Review = Outcomes()[r.IntN(len(Outcomes()))], PendingNone, PendingNone
	f.Group = []string{"2", "3", "4", "9"}[r.IntN(4)]
	if !f.Outcome.over() {
		return rules, h
	}
	f.OutcomeOn = h.outcome.text()
	if f.Outcome == OutcomeConvicted && r.IntN(2) == 0 {
		f.Custodial = true
		if h.released = somewhere(r, h.outcome, 700); r.IntN(4) > 0 {
			f.ReleasedOn = h.released.text()
		}
	}
	pending := func(state *Pending, on *policy.Date, at *civil) {
		switch r.IntN(6) {
		case 0:
			*state = PendingOpen
		case 1:
			*state, *at = PendingDecided, somewhere(r, h.outcome, 500)
			*on = at.text()
		}
	}
	pending(&f.Appeal, &f.AppealDecidedOn, &h.appeal)
	if f.Outcome == OutcomeConvicted {
		pending(&f.Review, &f.ReviewDecidedOn, &h.review)
	}
	if r.IntN(3) == 0 {
		h.newer = somewhere(r, h.outcome, 300)
		f.ClearFrom = h.newer.text()
	}
	if f.Group == "4" {
		f.OwnUntil, f.OwnBasis = somewhere(r, h.outcome, 900).text(), "x"
	}
	return rules, h
}

// TestRetentionAgainstTheCalendar works out until when made-up cases are kept and
// walks the calendar day for day: the last day on which anything keeps a case is that
// day. The control is a period that is one day short.
func TestRetentionAgainstTheCalendar(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 11)) //nolint:gosec // made-up cases
	trials, failures, open, caught, controls := 120, 0, 0, 0, 0
	if os.Getenv("CUSTOS_LONG") != "" {
		trials = 3000
	}
	for range trials {
		rules, h := madeUp(r)
		until := keptUntil(rules.grounds(h.facts))
		if until == policy.OpenDay {
			open++
			if far := (civil{2099, 1, 1}); h.facts.Group != "9" && h.facts.Outcome.over() && !h.keeps(rules, far) {
				failures++
				t.Errorf("kept for ever: %+v", h.facts)
			}
			continue
		}
		last := policy.NoDate
		for day := h.outcome; day.y < 2031; day = day.next() {
			if h.keeps(rules, day) {
				last = day.text()
			}
		}
		if last != until {
			failures++
			t.Errorf("kept until %s, and by the calendar until %s: %+v under %+v", until, last, h.facts, rules)
		}
		short, err := time.Parse(time.DateOnly, string(until))
		if err != nil {
			t.Fatal(err)
		}
		if controls++; policy.Date(short.AddDate(0, 0, -1).Format(time.DateOnly)) != last {
			caught++
		}
	}
	if open < trials/10 || controls < trials/5 || caught != controls {
		t.Errorf("%d open, %d controls, %d caught", open, controls, caught)
	}
	t.Logf("PROOF harness=retention-calendar trials=%d failures=%d control=\"caught %d of %d periods that are a day short\"", trials, failures, caught, controls)
}

// TestMonthsLater holds the corresponding day against days that are written down.
func TestMonthsLater(t *testing.T) {
	for _, v := range []struct {
		day    policy.Date
		months int
		want   policy.Date
	}{
		{"2024-01-31", 1, "2024-02-29"},
		{"2023-01-31", 1, "2023-02-28"},
		{"2024-08-31", 6, "2025-02-28"},
		{"2024-02-29", 12, "2025-02-28"},
		{"2024-02-29", 48, "2028-02-29"},
		{"2024-03-15", 6, "2024-09-15"},
		{"2024-12-01", 0, "2024-12-01"},
		{"2024-12-31", 2, "2025-02-28"},
		{"", 6, policy.OpenDay},
		{"9999-12-01", 6, policy.OpenDay},
	} {
		if got := laterByMonths(v.day, v.months); got != v.want {
			t.Errorf("%d months after %s: %s, not %s", v.months, v.day, got, v.want)
		}
	}
}
