package custos_test

import data.base
import data.custos

# Each vector of days: granted, renewed, the last day.
month_vectors := [
	["2019-01-10", [], "2019-02-09"], ["2019-01-28", [], "2019-02-27"], ["2019-01-29", [], "2019-02-28"],
	["2019-01-30", [], "2019-02-28"], ["2019-01-31", [], "2019-02-28"], ["2020-01-29", [], "2020-02-28"],
	["2020-01-30", [], "2020-02-29"], ["2020-01-31", [], "2020-02-29"], ["2019-02-28", [], "2019-03-27"],
	["2019-03-01", [], "2019-03-31"], ["2019-12-15", [], "2020-01-14"],
	["2019-01-10", ["2019-02-09"], "2019-03-09"], ["2019-01-31", ["2019-02-28"], "2019-03-31"],
]

urgent_vectors := [
	["2024-06-01", [], "2024-06-03"], ["2024-03-30", [], "2024-04-01"], ["2024-10-26", [], "2024-10-28"],
]

dated(vector, day) := {
	"authority/grantedOn": vector[0], "authority/spocConsultedOn": vector[0], "authority/renewals": vector[1], "source/obtainedOn": day,
}

test_months if {
	every vector in month_vectors {
		custos.last_day == vector[2] with input as facts("import-ripa", dated(vector, vector[2]))
		custos.allow with input as facts("import-ripa", dated(vector, vector[2]))
		custos.unmet == {"A-08"} with input as facts("import-ripa", dated(vector, custos.day_after(vector[2])))
	}
}

test_three_days if {
	every vector in urgent_vectors {
		custos.last_day == vector[2] with input as facts("import-urgent", dated(vector, vector[2]))
		custos.allow with input as facts("import-urgent", dated(vector, vector[2]))
		custos.unmet == {"A-11"} with input as facts("import-urgent", dated(vector, custos.day_after(vector[2])))
	}
}

test_late_renewal if {
	custos.unmet == {"A-10"} with input as facts("import-ripa", dated(["2019-01-10", ["2019-02-10"]], "2019-02-10"))
}

# What the corrections of the law ask for by name.
test_ipa_notice_outlives_its_authorisation_unless_cancelled if {
	late := {"source/obtainedOn": "2024-09-01"}
	custos.allow with input as facts("import-ipa-notice", late)
	custos.unmet == {"A-12"} with input as facts("import-ipa-notice", object.union(late, {"authority/cancelledOn": "2024-08-15"}))
}

test_inspector_and_events_under_61a if {
	custos.unmet == {"A-13"} with input as facts("import-urgent", {"authority/granterRank": "inspector"})
}

test_the_met_and_60a_f if {
	custos.unmet == {"A-15"} with input as facts("import-ipa", {
		"authority/publicAuthority": "metropolitan-police", "authority/purpose": "f",
	})
}

test_61a_and_testing if {
	custos.unmet == {"A-19"} with input as facts("import-urgent", {"authority/use": "testing"})
}

test_the_met_and_condition_d1 if {
	after := {
		"authority/publicAuthority": "metropolitan-police", "authority/grantedOn": "2024-11-01", "source/obtainedOn": "2024-11-02",
	}
	custos.unmet == {"A-23"} with input as facts("import-ipa", object.union(after, {"authority/connectionRecords": "D1"}))
	custos.allow with input as facts("import-ipa", object.union(after, {"authority/connectionRecords": "A"}))
}

test_ripa_h_before_an_order if {
	custos.unmet == {"A-04", "A-15"} with input as facts("import-ripa", object.union(granted("2010-04-05"), {"authority/purpose": "h"}))
	object.keys(custos.reasons) == {"A-04"} with input as facts("import-ripa", object.union(granted("2010-04-05"), {"authority/purpose": "h"}))
	# The order's own row for the police has not been read: still no.
	custos.unmet == {"A-15"} with input as facts("import-ripa", object.union(granted("2010-04-06"), {"authority/purpose": "h"}))
}

test_a_week if {
	custos.day_number("2024-01-01") % 7 == 1
	custos.day_number("2024-02-29") % 7 == 4
	custos.day_number("2000-03-01") - custos.day_number("2000-02-28") == 2
	custos.day_number("2100-03-01") - custos.day_number("2100-02-28") == 1
	custos.day_number("2024-12-31") - custos.day_number("2023-12-31") == 366
	custos.next_weekday("2024-05-30") == "2024-05-31"
	custos.next_weekday("2024-05-31") == "2024-06-03"
	custos.next_weekday("2024-06-01") == "2024-06-03"
	custos.next_weekday("2024-06-02") == "2024-06-03"
}

# What is out of the ordinary is said, and refused by nothing.
duty(name, changes, id) := said if said := custos.duties[id] with input as facts(name, changes)

no_duty(name, changes, id) if {
	object.get(custos.duties, id, "none") == "none" with input as facts(name, changes)
}

test_review_of_the_change_from_ripa_to_ipa if {
	contains(duty("import-ripa", {"authority/grantedOn": "2020-01-01"}, "A-00"), "after 2019")
	no_duty("import-ripa", {"authority/grantedOn": "2019-12-31"}, "A-00")
	contains(duty("import-ipa", {"authority/grantedOn": "2019-03-25"}, "A-00"), "before 26 March 2019")
	no_duty("import-ipa", {"authority/grantedOn": "2019-03-26"}, "A-00")
	no_duty("import-urgent", {"authority/grantedOn": "2019-03-25"}, "A-00")
	no_duty("import-order", {}, "A-00")
	custos.allow with input as facts("import-ripa", granted("2020-01-01"))
	custos.allow with input as facts("import-ipa", granted("2019-03-25"))
}

test_review_of_a_cancelled_authority if {
	contains(duty("import-ipa", {"authority/cancelledOn": "2024-07-20"}, "A-12"), "has been cancelled (2024-07-20)")
	no_duty("import-ipa", {}, "A-12")
}

test_review_of_an_exception_from_independence if {
	contains(duty("import-ripa", {"authority/independenceException": "urgent"}, "A-14"), "(urgent)")
	no_duty("import-ripa", {}, "A-14")
}

test_review_of_a_consultation_left_out if {
	contains(duty("import-ripa", {"authority/consultationException": "other"}, "A-16"), "other")
	no_duty("import-ripa", {}, "A-16")
}

test_named_people_where_a_sensitive_profession_is_concerned if {
	every profession in {"lawyer", "journalist", "doctor", "parliamentarian", "minister", "other"} {
		contains(duty("import-ipa", {"authority/profession": profession}, "A-21"), "named people")
	}
	no_duty("import-ipa", {}, "A-21")
	no_duty("import-ipa", {"authority/profession": "unstated"}, "A-21")
}

test_an_oral_grant_is_confirmed_within_one_working_day if {
	no_duty("import-ripa-oral", {}, "A-18") # Thursday, and Friday
	late := {"authority/urgentConfirmedOn": "2019-01-12"}
	contains(duty("import-ripa-oral", late, "A-18"), "confirmed in writing on 2019-01-12")
	weekend := {"authority/grantedOn": "2019-01-11", "authority/urgentConfirmedOn": "2019-01-14"} # Friday, and Monday
	no_duty("import-ripa-oral", weekend, "A-18")
	contains(duty("import-ripa-oral", object.union(weekend, {"authority/urgentConfirmedOn": "2019-01-15"}), "A-18"), "2019-01-15")
	never := {"authority/urgentConfirmedOn": "none"}
	contains(duty("import-ripa-oral", object.union(never, {"now": "2019-01-12T00:00:00.000Z"}), "A-18"), "is not confirmed")
	no_duty("import-ripa-oral", object.union(never, {"now": "2019-01-11T23:59:59.999Z"}), "A-18")
	no_duty("import-ripa", {"authority/urgentGround": "threat-to-life"}, "A-18") # in writing from the start
	no_duty("import-urgent", {"authority/urgentGround": "threat-to-life"}, "A-18") # the other Act has no such day
	custos.allow with input as facts("import-ripa-oral", late)
}

# An installation that puts its own days of change into the tables is judged by
# them, and by the law's outer limits still.
test_the_days_of_change_are_the_installations if {
	early := {"metropolitan-police": {"RIPA-2000": "2019-06-10", "IPA-2016": "2019-06-11", "verified": true}}
	ripa := object.union(granted("2019-06-11"), {"source/obtainedOn": "2019-06-12"})
	custos.allow with input as facts("import-ripa", ripa)
	custos.unmet == {"A-00"} with input as facts("import-ripa", ripa) with data.custos.changeover as early
	custos.allow with input as facts("import-ripa", granted("2019-06-10")) with data.custos.changeover as early
	ipa := object.union(granted("2019-06-10"), {"authority/publicAuthority": "metropolitan-police"})
	custos.allow with input as facts("import-ipa", ipa)
	custos.unmet == {"A-00"} with input as facts("import-ipa", ipa) with data.custos.changeover as early
	custos.allow with input as facts("import-ipa", object.union(ipa, granted("2019-06-11"))) with data.custos.changeover as early
	late := {"metropolitan-police": {"RIPA-2000": "2021-01-01", "IPA-2016": "2019-01-01", "verified": true}}
	custos.unmet == {"A-00"} with input as facts("import-ripa", granted("2020-07-22")) with data.custos.changeover as late
	custos.unmet == {"A-00"} with input as facts("import-ipa", object.union(ipa, granted("2019-02-04"))) with data.custos.changeover as late
}
