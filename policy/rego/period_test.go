package rego

import (
	"testing"
	"time"

	"custos.example/policy"
)

// TestLastDay holds the last day that the rules compute against a count of days that
// shares nothing with them, for every day of grant from 2004 to 2030 and every route
// of communications data; then the vectors of the reference, renewals included.
func TestLastDay(t *testing.T) {
	engine, err := Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	last := func(route policy.Route, granted policy.Date, renewals ...policy.Date) policy.Date {
		t.Helper()
		day, err := engine.LastDay(t.Context(), policy.Authority{Route: route, GrantedOn: granted, Renewals: append([]policy.Date{}, renewals...)})
		if err != nil {
			t.Fatal(err)
		}
		return day
	}
	trials, failures := 0, 0
	for day := time.Date(2004, 1, 5, 12, 0, 0, 0, time.UTC); day.Year() < 2031; day = day.AddDate(0, 0, 1) {
		granted := policy.Date(day.Format(time.DateOnly))
		// up to the next day of that number, or to the end of a next month without one
		end := day.AddDate(0, 0, 1)
		for end.Day() != day.Day() && months(end)-months(day) < 2 {
			end = end.AddDate(0, 0, 1)
		}
		want := policy.Date(end.AddDate(0, 0, -1).Format(time.DateOnly))
		trials++
		if got := last(policy.Route60A, granted); got != want {
			failures++
			t.Errorf("granted %s: %s, want %s", granted, got, want)
		}
	}
	control := "a month of thirty days differs"
	if last(policy.Route60A, "2019-01-10") == "2019-02-08" {
		t.Error("control: " + control)
	}
	for _, v := range []struct {
		route    policy.Route
		granted  policy.Date
		renewals []policy.Date
		want     policy.Date
	}{
		{policy.Route60A, "2019-01-10", nil, "2019-02-09"},
		{policy.Route60A, "2019-01-28", nil, "2019-02-27"},
		{policy.Route60A, "2019-01-31", nil, "2019-02-28"},
		{policy.Route60A, "2020-01-31", nil, "2020-02-29"},
		{policy.Route22Notice, "2019-01-29", nil, "2019-02-28"},
		{policy.Route22Authorisation, "2019-01-30", nil, "2019-02-28"},
		{policy.Route61, "2020-01-29", nil, "2020-02-28"},
		{policy.Route61, "2020-01-30", nil, "2020-02-29"},
		{policy.Route60A, "2019-02-28", nil, "2019-03-27"},
		{policy.Route60A, "2019-03-01", nil, "2019-03-31"},
		{policy.Route60A, "2019-12-15", nil, "2020-01-14"},
		{policy.Route61A, "2024-06-01", nil, "2024-06-03"},
		{policy.Route61A, "2024-03-30", nil, "2024-04-01"},
		{policy.Route61A, "2024-10-26", nil, "2024-10-28"},
		{policy.Route60A, "2019-01-10", []policy.Date{"2019-02-09"}, "2019-03-09"},
		{policy.Route60A, "2019-01-31", []policy.Date{"2019-02-28"}, "2019-03-31"},
		{policy.RoutePACE8, "2024-06-01", nil, policy.NoDate},
		{policy.RouteANPR, "2024-06-01", nil, policy.NoDate},
	} {
		trials++
		if got := last(v.route, v.granted, v.renewals...); got != v.want {
			failures++
			t.Errorf("%s granted %s, renewed %v: %s, want %s", v.route, v.granted, v.renewals, got, v.want)
		}
	}
	t.Logf("PROOF harness=last-day trials=%d failures=%d control=%q", trials, failures, control)
}

func months(t time.Time) int { return t.Year()*12 + int(t.Month()) }
