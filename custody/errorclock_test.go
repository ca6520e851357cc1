package custody

import (
	"testing"
	"time"

	"custos.example/custody/workday"
	"custos.example/ledger"
	"custos.example/policy"
)

// TestErrorClock holds the clock against days counted by hand. The day of discovery
// is not counted; a day is a day in the United Kingdom. The control is a clock of
// one day more, which gives another answer for each.
func TestErrorClock(t *testing.T) {
	at := func(text string) time.Time {
		t.Helper()
		when, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return when
	}
	for _, v := range []struct {
		name, discovered, reported, now string
		region                          workday.Region
		regime                          policy.Regime
		state                           ClockState
		due                             policy.Date
		left                            int
	}{
		{"a week without holidays", "2024-03-04T09:00:00Z", "", "2024-03-04T10:00:00Z", workday.EnglandAndWales, policy.RIPA, ClockRunning, "2024-03-11", 5},
		{"the last day, in the evening", "2024-03-04T09:00:00Z", "", "2024-03-11T23:30:00Z", workday.EnglandAndWales, policy.RIPA, ClockRunning, "2024-03-11", 0},
		{"the day after", "2024-03-04T09:00:00Z", "", "2024-03-12T00:00:00Z", workday.EnglandAndWales, policy.RIPA, ClockOverdue, "2024-03-11", -1},
		{"over Easter", "2024-03-27T16:00:00Z", "", "2024-04-02T09:00:00Z", workday.EnglandAndWales, policy.RIPA, ClockRunning, "2024-04-05", 3},
		{"over Easter in Scotland", "2024-03-27T16:00:00Z", "", "2024-04-02T09:00:00Z", workday.Scotland, policy.RIPA, ClockRunning, "2024-04-04", 2},
		{"discovered on a Saturday", "2024-03-09T16:00:00Z", "", "2024-03-11T09:00:00Z", workday.EnglandAndWales, policy.RIPA, ClockRunning, "2024-03-15", 4},
		{"an hour before midnight UTC, in summer time the next day", "2024-06-03T23:30:00Z", "", "2024-06-04T09:00:00Z", workday.EnglandAndWales, policy.RIPA, ClockRunning, "2024-06-11", 5},
		{"reported on the last day", "2024-03-04T09:00:00Z", "2024-03-11T17:00:00Z", "2024-05-01T09:00:00Z", workday.EnglandAndWales, policy.RIPA, ClockMet, "2024-03-11", 0},
		{"reported two working days late", "2024-03-04T09:00:00Z", "2024-03-13T17:00:00Z", "2024-05-01T09:00:00Z", workday.EnglandAndWales, policy.RIPA, ClockLate, "2024-03-11", -2},
		{"a regime whose number is not known", "2024-03-04T09:00:00Z", "", "2024-03-04T10:00:00Z", workday.EnglandAndWales, policy.IPA, ClockUnknown, "", 0},
		{"reported, but in how many days is not known", "2024-03-04T09:00:00Z", "2024-03-04T10:00:00Z", "2024-05-01T09:00:00Z", workday.EnglandAndWales, policy.IPA, ClockUnknown, "", 0},
		{"holidays that are not known", "2031-03-04T09:00:00Z", "", "2031-03-04T10:00:00Z", workday.EnglandAndWales, policy.RIPA, ClockUnknown, "", 0},
		{"a regime nobody knows", "2024-03-04T09:00:00Z", "", "2024-03-04T10:00:00Z", workday.EnglandAndWales, "X-1900", ClockUnknown, "", 0},
	} {
		doc := errorDocument{DiscoveredAt: ledger.NewTime(at(v.discovered)), Region: v.region, Regime: v.regime, Type: Reportable}
		if v.reported != "" {
			doc.Report = &errorReport{At: ledger.NewTime(at(v.reported))}
		}
		clock, err := errorClock(doc, at(v.now))
		if err != nil || clock.State != v.state || clock.Due != v.due || clock.Left != v.left || clock.Words == "" {
			t.Errorf("%s: %+v, %v; want %s by %s, %d left", v.name, clock, err, v.state, v.due, v.left)
		}
		if clock.State == ClockUnknown && clock.Citation != "" && clock.Due != "" {
			t.Errorf("%s: what is not known is given a day: %+v", v.name, clock)
		}
		if v.due == "" {
			continue
		}
		calendar, err := workday.Known()
		if err != nil {
			t.Fatal(err)
		}
		day, err := civilDay(doc.DiscoveredAt.Time)
		if err != nil {
			t.Fatal(err)
		}
		if more, err := calendar.After(v.region, day, clock.Days+1); err != nil || more == clock.Due {
			t.Errorf("%s: control: one working day more gives %s too (%v)", v.name, more, err)
		}
	}
	clock, err := errorClock(errorDocument{Type: Recordable, Regime: policy.RIPA, Region: workday.Scotland}, at("2024-03-04T10:00:00Z"))
	if err != nil || clock.State != ClockNone {
		t.Errorf("a recordable error: %+v, %v", clock, err)
	}
}
