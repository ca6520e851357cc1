package custos

# METADATA
# title: Every renewal was granted before the period ended
# custom:
#   id: R-18
#   cure: No one can cure a late renewal; a SPoC can record a new authority, or correct the day.
#   citations:
#   - {regime: "RIPA-2000", text: "RIPA 2000 s.23(5)-(7)", verified: true}
#   - {regime: "IPA-2016", text: "IPA 2016 s.65(2), (3)", verified: true}
met["R-18"] if {
	input.authority.route in {"22(3)", "22(4)", "60A", "61"}
	every i, day in input.authority.renewals {
		input.authority.grantedOn <= day
		day <= ends[i]
	}
}

met["R-18"] if input.authority.renewals == []

text["R-18"] := sprintf("Rule R-18 needs each renewal to be granted before the period ends, and an urgent authority cannot be renewed; for %s that is not so.", [input.authority.reference])

rests_on["R-18"] := {"R-10", "R-12"}

# METADATA
# title: The data was obtained while the authority had effect
# custom:
#   id: R-24
#   cure: A SPoC can correct the days, or record a notice or renewal that was left out; otherwise report an error.
#   citations:
#   - {regime: "RIPA-2000", text: "RIPA 2000 s.23(4)-(8)", verified: true}
#   - {regime: "IPA-2016", text: "IPA 2016 s.65(1)-(4)", verified: true}
met["R-24"] if {
	plausible
	input.source.obtainedOn <= last_day
}

# A notice under RIPA: later disclosure of what the operator had within the period.
met["R-24"] if {
	plausible
	input.authority.route == "22(4)"
	input.authority.operatorHeldWithinTime == true
}

# A notice under an authorisation of s.60A or s.61 outlives it, unless that is cancelled.
met["R-24"] if {
	plausible
	input.authority.route in {"60A", "61"}
	input.authority.instrument == "notice"
	input.authority.grantedOn <= input.authority.noticeGivenOn
	input.authority.noticeGivenOn <= last_day
}

# Not before the grant, not on or after the day of cancellation ("none" sorts
# after every day), and not in the future.
plausible if {
	input.authority.grantedOn <= input.source.obtainedOn
	input.source.obtainedOn < input.authority.cancelledOn
	input.source.obtainedOn <= day_after(substring(input.now, 0, 10)) # London may be a day ahead of UTC
}

text["R-24"] := sprintf("Rule R-24 needs the data to have been obtained while the authority had effect; %s had effect from %s to %s (cancelled: %s), and the data was obtained on %s.", [input.authority.reference, input.authority.grantedOn, last_day, input.authority.cancelledOn, input.source.obtainedOn])

rests_on["R-24"] := {"R-10", "R-12", "R-18"}

# The last day on which the authority has effect, counting renewals.
last_day := ends[count(input.authority.renewals)]

# ends[i] is the last day of the period after i renewals. A month begins where
# the last one ended, so the periods are counted one after another.
ends := [e0] if {
	input.authority.route == "61A"
	e0 := day_after(day_after(input.authority.grantedOn)) # three days, the day of grant included
}

ends := [e0, e1, e2, e3, e4, e5, e6] if {
	input.authority.route in {"22(3)", "22(4)", "60A", "61"}
	e0 := month_end(input.authority.grantedOn)
	e1 := month_end(day_after(e0))
	e2 := month_end(day_after(e1))
	e3 := month_end(day_after(e2))
	e4 := month_end(day_after(e3))
	e5 := month_end(day_after(e4))
	e6 := month_end(day_after(e5))
}

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
