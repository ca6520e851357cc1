package custos

# Days are text such as 2019-01-31, so that text order is the order of time;
# "none" sorts after every day.

# month_end returns the last day of one month beginning with day: the day before
# the same day of the next month, or the last day of a next month without one.
month_end(day) := written(date.year, date.month, days_in(date.year, date.month)) if {
	date := numbers(day)
	date.day == 1
}

month_end(day) := written(next.year, next.month, min([date.day - 1, days_in(next.year, next.month)])) if {
	date := numbers(day)
	date.day > 1
	next := month_after(date)
}

day_after(day) := written(date.year, date.month, date.day + 1) if {
	date := numbers(day)
	date.day < days_in(date.year, date.month)
}

day_after(day) := written(next.year, next.month, 1) if {
	date := numbers(day)
	date.day == days_in(date.year, date.month)
	next := month_after(date)
}

month_after(date) := {"year": date.year, "month": date.month + 1} if date.month < 12

month_after(date) := {"year": date.year + 1, "month": 1} if date.month == 12

# numbers takes a day such as 2019-01-31 apart.
numbers(day) := {"year": number(parts[0]), "month": number(parts[1]), "day": number(parts[2])} if {
	parts := split(day, "-")
}

number(digits) := to_number(trim_left(digits, "0"))

written(year, month, day) := sprintf("%04d-%02d-%02d", [year, month, day])

days_in(year, month) := [31, 28 + leap(year), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]

leap(year) := 1 if {
	year % 4 == 0
	not_century(year)
} else := 0

not_century(year) if year % 100 > 0

not_century(year) if year % 400 == 0

# day_number counts the days from the first of the year 1, a Monday, which is 1.
day_number(day) := count_to(date.year - 1) + days_before(date) + date.day if date := numbers(day)

# count_to is the number of days in the years from 1 to year.
count_to(year) := ((year * 365) + div_down(year, 4) - div_down(year, 100)) + div_down(year, 400)

days_before(date) := [0, 31][date.month - 1] if date.month < 3

days_before(date) := [59, 90, 120, 151, 181, 212, 243, 273, 304, 334][date.month - 3] + leap(date.year) if date.month > 2

div_down(a, b) := (a - a % b) / b

# next_weekday returns the first day after day that is no Saturday or Sunday.
# Bank holidays are not known here.
next_weekday(day) := next if {
	next := day_after(day)
	day_number(next) % 7 in {1, 2, 3, 4, 5}
} else := day_after(day_after(day)) if {
	day_number(day_after(day)) % 7 == 0
} else := day_after(day_after(day_after(day)))

# The day of the decision; London may be a day ahead of it.
today := substring(input.now, 0, 10)
