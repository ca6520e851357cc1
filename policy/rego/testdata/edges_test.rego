package custos_test

import data.custos

# Where one answer ends and the next begins.

test_a_notice_is_answered_on_the_last_day_too if {
	"A-09" in custos.unmet with input as facts("import-ripa-notice", {"source/obtainedOn": "2019-02-10"})
	not "A-09" in custos.unmet with input as facts("import-ripa-notice", {"source/obtainedOn": "2019-02-09"})
}

# What an operator had in time helps a notice of RIPA alone.
test_a_notice_of_the_later_act_rests_on_its_own_day if {
	late := {
		"authority/noticeGivenOn": "2024-08-20", "authority/operatorHeldWithinTime": true, "source/obtainedOn": "2024-08-21",
	}
	"A-09" in custos.unmet with input as facts("import-ipa-notice", late)
}

# The grounds of RIPA's Code are none of the later act.
test_the_later_act_knows_no_operational_need if {
	oral := {"authority/form": "oral-recorded", "authority/urgentGround": "operational-need"}
	"A-18" in custos.unmet with input as facts("import-ipa", oral)
	not "A-18" in custos.unmet with input as facts("import-ripa-oral", oral)
}

told(first, last) := words if {
	asked := facts("row-read", {"request/first": first, "request/last": last})
	words := {text | some id, text in custos.duties; id == "U-06"} with input as asked
}

test_a_wide_look_is_told_so if {
	told(1, 100) == set()
	told(60, 70) == set()
	told(1, 101) == {"You look at 101 rows at once: see to it that fewer would not do."}
}

# Of a role that nobody knows it is not said that it keeps or oversees.
test_a_strange_role_is_on_no_side if {
	strange := facts("case-read", {"actor/roles": ["analyst", "stranger"]})
	{"S-07", "S-08"} - custos.unmet == set() with input as strange
	not custos.text["S-07"] with input as strange
	not custos.text["S-08"] with input as strange
}
