package custos_test

import data.custos

test_days_of_each_month if {
	[custos.days_in(2023, month) | some month in numbers.range(1, 12)] == [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
}

test_days_before_each_month if {
	[custos.days_before({"year": 2023, "month": month}) | some month in numbers.range(1, 12)] == [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334]
	[custos.days_before({"year": 2024, "month": month}) | some month in numbers.range(1, 12)] == [0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335]
}

# Monday 1 January of the year 1 is day 1; the other days were counted by hand from
# known weekdays: 1 March 2000 was a Wednesday, 22 November 2026 a Sunday.
test_days_are_counted if {
	custos.day_number("0001-01-01") == 1
	custos.day_number("2000-03-01") % 7 == 3
	custos.day_number("2026-11-22") % 7 == 0
	custos.day_number("2001-01-01") - custos.day_number("2000-01-01") == 366
	custos.day_number("1901-01-01") - custos.day_number("1900-01-01") == 365
	custos.day_number("2101-01-01") - custos.day_number("2001-01-01") == 36524
}

test_next_weekday if {
	custos.next_weekday("2026-11-15") == "2026-11-16"
	custos.next_weekday("2026-11-16") == "2026-11-17"
	custos.next_weekday("2026-11-17") == "2026-11-18"
	custos.next_weekday("2026-11-18") == "2026-11-19"
	custos.next_weekday("2026-11-19") == "2026-11-20"
	custos.next_weekday("2026-11-20") == "2026-11-23"
	custos.next_weekday("2026-11-21") == "2026-11-23"
	custos.next_weekday("2026-11-22") == "2026-11-23"
}
