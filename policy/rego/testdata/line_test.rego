package custos_test

import data.custos

asked := {"action": "time.stamp", "actor": {"competencies": [], "id": "a", "publicAuthority": "p", "role": "r", "roles": ["r"], "until": "9", "vettedUntil": "9", "vetting": "rv"}, "asOf": 1, "now": "1"}

# An action for which nothing but whole facts is required is not allowed.
test_nothing_required if {
	not custos.allow with input as asked with data.custos.requirements as {"time.stamp": set()}
	not custos.allow with input as asked with data.custos.requirements as {}
}

# Control: the same facts are allowed where what is required is met.
test_something_required if {
	custos.allow with input as asked with data.custos.requirements as {"time.stamp": {"R-02"}}
}

# Every rule that is required must be met, not one of them.
test_all_required if {
	not custos.allow with input as asked with data.custos.requirements as {"time.stamp": {"R-02", "R-05"}}
}

test_facts_must_be_whole if {
	custos.met["R-00"] with input as asked
	not custos.met["R-00"] with input as object.union(asked, {"more": 1})
	not custos.met["R-00"] with input as object.remove(asked, ["now"])
	not custos.met["R-00"] with input as object.union(object.remove(asked, ["actor"]), {"actor": {"id": "a"}})
	not custos.met["R-00"] with input as object.union(asked, {"actor": {"more": "x"}})
	not custos.met["R-00"] with input as object.union(asked, {"request": {"purpose": "x"}})
	not custos.met["R-00"] with input as object.union(asked, {"now": "\u0000"})
	not custos.met["R-00"] with input as object.union(asked, {"asOf": "1"})
	not custos.met["R-00"] with input as object.union(asked, {"action": 1})
}

test_february if {
	custos.days_in(2000, 2) == 29
	custos.days_in(1900, 2) == 28
	custos.days_in(2100, 2) == 28
	custos.days_in(2024, 2) == 29
	custos.days_in(2023, 2) == 28
	custos.day_after("2100-02-28") == "2100-03-01"
}

test_a_month_from_each_of_the_first_days if {
	[custos.month_end(day) | some day in ["2024-03-01", "2024-03-02", "2024-03-03", "2024-12-02"]] == ["2024-03-31", "2024-04-01", "2024-04-02", "2025-01-01"]
}

test_six_renewals if {
	custos.last_day == "2025-01-31" with input as {"authority": {
		"route": "60A", "grantedOn": "2024-07-01",
		"renewals": ["2024-07-31", "2024-08-31", "2024-09-30", "2024-10-31", "2024-11-30", "2024-12-31"],
	}}
}

# Every rule that bears on an action has something to say, and nothing is said
# of a rule that is met.
test_reasons_are_of_what_is_unmet if {
	custos.reasons == {} with input as asked with data.custos.requirements as {"time.stamp": {"R-02"}}
	object.keys(custos.reasons) == {"R-05"} with input as asked with data.custos.requirements as {"time.stamp": {"R-02", "R-05"}}
}

test_broken_facts_are_named if {
	contains(custos.reasons["R-00"], "not whole") with input as object.union(asked, {"more": 1})
}
