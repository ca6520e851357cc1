package workday

import (
	"errors"
	"slices"
	"testing"
	"time"

	"custos.example/policy"
)

func known(t *testing.T) Calendar {
	t.Helper()
	c, err := Known()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Days that everybody remembers, each written down by hand: they are not worked
// out by any rule of this file.
var remembered = map[Region][]policy.Date{
	EnglandAndWales: {
		"2018-03-30", "2019-04-22", "2020-05-08", "2020-12-28", "2021-12-27", "2021-12-28", "2022-01-03", "2022-06-02", "2022-06-03",
		"2022-09-19", "2023-01-02", "2023-05-08", "2024-04-01", "2025-04-18", "2026-04-03", "2026-12-28", "2027-12-27", "2027-12-28",
	},
	Scotland: {
		"2018-01-02", "2019-12-02", "2021-01-04", "2022-01-03", "2022-01-04", "2023-01-02", "2023-01-03", "2024-08-05", "2024-12-02",
		"2025-12-01", "2026-06-15", "2026-11-30",
	},
	NorthernIreland: {"2018-03-19", "2019-03-18", "2020-07-13", "2021-07-12", "2024-03-18", "2025-07-14", "2026-03-17", "2026-07-13", "2027-07-12"},
}

// Working days that look like holidays elsewhere, or in other years.
var worked = map[Region][]policy.Date{
	EnglandAndWales: {"2020-05-04", "2022-05-30", "2024-01-02", "2024-11-29", "2026-06-15", "2026-03-17", "2024-08-05"},
	Scotland:        {"2024-04-01", "2024-08-26", "2026-04-06", "2026-07-13"},
	NorthernIreland: {"2024-01-02", "2026-06-15", "2026-11-30"},
}

func TestRememberedDays(t *testing.T) {
	c := known(t)
	for region, days := range remembered {
		for _, day := range days {
			if works, err := c.Is(region, day); err != nil || works {
				t.Errorf("%s %s is a working day: %t %v", region, day, works, err)
			}
		}
	}
	for region, days := range worked {
		for _, day := range days {
			if works, err := c.Is(region, day); err != nil || !works {
				t.Errorf("%s %s is no working day: %t %v", region, day, works, err)
			}
		}
	}
}

// easter is Easter Sunday by the rule of the Gregorian calendar.
func easter(year int) time.Time {
	golden, century, rest := year%19, year/100, year%100
	moon := (19*golden + century - century/4 - (century-(century+8)/25+1)/3 + 15) % 30
	week := (32 + 2*(century%4) + 2*(rest/4) - moon - rest%4) % 7
	late := (golden + 11*moon + 22*week) / 451
	n := moon + week - 7*late + 114
	return time.Date(year, time.Month(n/31), n%31+1, 0, 0, 0, 0, time.UTC)
}

// monday returns the first Monday of a month, or with last the last one.
func monday(year int, month time.Month, last bool) time.Time {
	at := time.Date(year, month, 1, 0, 0, 0, 0, time.UTC)
	if last {
		at = at.AddDate(0, 1, -1)
		return at.AddDate(0, 0, -(int(at.Weekday())+6)%7)
	}
	return at.AddDate(0, 0, (8-int(at.Weekday()))%7)
}

// proclaimed are days moved or added by proclamation, by year.
var proclaimed = map[Region]map[int][]string{
	EnglandAndWales: {2022: {"2022-06-03", "2022-09-19"}, 2023: {"2023-05-08"}},
	NorthernIreland: {2022: {"2022-06-03", "2022-09-19"}, 2023: {"2023-05-08"}},
	Scotland:        {2022: {"2022-06-03", "2022-09-19"}, 2023: {"2023-05-08"}, 2026: {"2026-06-15"}},
}

// byRule works out the bank holidays of a year a second time.
func byRule(region Region, year int) []policy.Date {
	var days []policy.Date
	add := func(at time.Time) { days = append(days, format(at)) }
	fixed := []time.Time{
		time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(year, 12, 25, 0, 0, 0, 0, time.UTC), time.Date(year, 12, 26, 0, 0, 0, 0, time.UTC),
	}
	switch region {
	case Scotland:
		fixed = append(fixed, time.Date(year, 1, 2, 0, 0, 0, 0, time.UTC), time.Date(year, 11, 30, 0, 0, 0, 0, time.UTC))
	case NorthernIreland:
		fixed = append(fixed, time.Date(year, 3, 17, 0, 0, 0, 0, time.UTC), time.Date(year, 7, 12, 0, 0, 0, 0, time.UTC))
	case EnglandAndWales:
	}
	weekend := func(at time.Time) bool { return at.Weekday() == time.Saturday || at.Weekday() == time.Sunday }
	for _, at := range fixed {
		if !weekend(at) {
			add(at)
		}
	}
	for _, at := range fixed { // a substitute is the next day that is free
		if weekend(at) {
			for weekend(at) || slices.Contains(days, format(at)) {
				at = at.AddDate(0, 0, 1)
			}
			add(at)
		}
	}
	add(easter(year).AddDate(0, 0, -2))
	if region != Scotland {
		add(easter(year).AddDate(0, 0, 1))
	}
	early, spring := monday(year, time.May, false), monday(year, time.May, true)
	switch year {
	case 2020:
		early = time.Date(2020, 5, 8, 0, 0, 0, 0, time.UTC)
	case 2022:
		spring = time.Date(2022, 6, 2, 0, 0, 0, 0, time.UTC)
	}
	add(early)
	add(spring)
	add(monday(year, time.August, region != Scotland))
	for _, day := range proclaimed[region][year] {
		days = append(days, policy.Date(day))
	}
	slices.Sort(days)
	return days
}

func TestDaysAreThoseOfTheRule(t *testing.T) {
	c := known(t)
	total := 0
	for _, region := range Regions() {
		var want []policy.Date
		for year := 2018; year <= 2027; year++ {
			want = append(want, byRule(region, year)...)
		}
		if !slices.Equal(c.Days[region], want) {
			t.Errorf("%s:\n%v\nwant\n%v", region, c.Days[region], want)
		}
		total += len(want)
	}
	t.Logf("%d bank holidays", total)
}

func TestCounting(t *testing.T) {
	c := known(t)
	for _, v := range []struct {
		region Region
		day    policy.Date
		n      int
		want   policy.Date
	}{
		{EnglandAndWales, "2026-11-20", 5, "2026-11-27"}, // a Friday: the next Friday
		{EnglandAndWales, "2026-11-21", 5, "2026-11-27"}, // a Saturday
		{EnglandAndWales, "2026-12-23", 5, "2027-01-04"}, // over Christmas and New Year: 24, 29, 30, 31 and 4
		{Scotland, "2026-12-23", 5, "2027-01-05"},        // 4 January stands for the 2nd
		{Scotland, "2026-11-25", 5, "2026-12-03"},        // St Andrew's Day
		{EnglandAndWales, "2026-11-25", 5, "2026-12-02"}, //
		{NorthernIreland, "2026-07-08", 5, "2026-07-16"}, // 13 July stands for the 12th
		{EnglandAndWales, "2026-07-08", 5, "2026-07-15"}, //
		{EnglandAndWales, "2024-03-27", 1, "2024-03-28"}, //
		{EnglandAndWales, "2024-03-28", 1, "2024-04-02"}, // over Easter
		{Scotland, "2024-03-28", 1, "2024-04-01"},        // no Easter Monday
	} {
		got, err := c.After(v.region, v.day, v.n)
		if err != nil || got != v.want {
			t.Errorf("%s %s + %d = %s %v, want %s", v.region, v.day, v.n, got, err, v.want)
		}
		if n, err := c.Between(v.region, v.day, v.want); err != nil || n != v.n {
			t.Errorf("%s from %s to %s are %d %v, want %d", v.region, v.day, v.want, n, err, v.n)
		}
	}
	if n, err := c.Between(Scotland, "2026-11-20", "2026-11-20"); n != 0 || err != nil {
		t.Errorf("no days: %d %v", n, err)
	}
}

func TestUnknownDaysAreRefused(t *testing.T) {
	c := known(t)
	if _, err := c.After(EnglandAndWales, "2027-12-29", 5); !errors.Is(err, ErrUnknown) {
		t.Errorf("beyond the data: %v", err)
	}
	if _, err := c.Between(EnglandAndWales, "2017-12-20", "2018-01-05"); !errors.Is(err, ErrUnknown) {
		t.Errorf("before the data: %v", err)
	}
	if _, err := c.After("cornwall", "2026-11-20", 1); err == nil {
		t.Error("a region that is none")
	}
	for _, day := range []policy.Date{"", "none", "2026-02-30", "20261120"} {
		if _, err := c.After(Scotland, day, 1); err == nil {
			t.Errorf("%q is a date", day)
		}
	}
	if _, err := c.After(Scotland, "2026-11-20", 0); err == nil {
		t.Error("no days are a count")
	}
	if got, err := c.After(EnglandAndWales, "2027-12-29", 2); err != nil || got != "2027-12-31" {
		t.Errorf("control: the last known day %s %v", got, err)
	}
}
