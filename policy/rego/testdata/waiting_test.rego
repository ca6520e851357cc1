package custos_test

import data.base
import data.custos

# Which reasons wait for which: stated a second time, by what they wait for.
waiting := {
	"A-00 A-03 A-05 A-26": {"A-13"},
	"A-00 A-04 A-26": {"A-15"},
	"A-00 A-05 A-26": {"A-14"},
	"A-00 A-08 A-26": {"A-09"},
	"A-00 A-13 A-26": {"B-02"},
	"A-00 A-26": {"A-02", "A-03", "A-04", "A-06", "A-07", "A-08", "A-10", "A-11", "A-18", "A-19", "A-22", "A-23", "B-01"},
	"A-03 A-26": {"A-24"},
	"A-26": {"A-00", "A-01", "A-05", "A-12", "A-16", "A-17", "A-20", "A-21", "S-01", "S-02", "S-13"},
	"R-01": {"O-01", "R-06", "R-08", "S-04", "S-06", "S-07", "S-08", "S-10", "S-11", "S-12", "U-02", "U-11"},
	"O-01 R-01 R-40 U-02": {"A-27", "R-43", "R-46", "R-47", "S-05", "U-12", "U-13"},
	"O-01 R-01 U-02": {"R-40"},
	"R-01 U-02": {"S-14", "S-15"},
	"S-03": {"U-14"},
	"U-02": {
		"S-03", "S-09", "U-01", "U-03", "U-04", "U-05", "U-06", "U-07", "U-08", "U-09", "U-10", "U-15", "U-16", "U-17", "U-19", "U-20", "U-23",
	},
}

test_what_waits_for_what if {
	{ids: waiters | some ids in {concat(" ", sort(list)) | some list in custos.rests_on}; waiters := {id | some id, list in custos.rests_on; concat(" ", sort(list)) == ids}} == waiting
}

# A rule without words is named all the same, and what has words for a duty gives it
# only where the rule is required.
test_a_rule_without_words_is_named if {
	custos.reasons == {"R-05": ""} with input as asked with data.custos.requirements as {"time.stamp": {"R-02", "R-05"}} with data.custos.text as {}
	custos.obligations == {"R-05": "Review."} with input as asked
		with data.custos.requirements as {"time.stamp": {"R-02", "R-05"}}
		with data.custos.duties as {"R-05": "Review.", "R-06": "Never."}
}

# The rules that do not bear on the other bases are met by none of these facts, and
# yet they are allowed.
spared := {
	"A-02": {"authority/publicAuthority": "local-authority"},
	"A-05": {"authority/granter": "none", "authority/spoc": "s.spoc"},
	"A-06": {"authority/disclosureManner": false},
	"A-07": {"authority/discloseTo": []},
	"A-10": {"authority/renewals": ["2030-01-01"]},
	"A-14": {"authority/granterInLine": true},
	"A-15": {"authority/publicAuthority": "border-force"},
	"A-16": {"authority/spocConsultedOn": "none", "authority/spoc": "none"},
	"A-17": {"authority/stated": []},
	"A-18": {"authority/form": "oral-recorded"},
	"A-19": {"authority/use": "testing"},
	"A-20": {"authority/stated": []},
	"A-22": {"authority/identifiesSource": true},
	"A-23": {"authority/connectionRecords": "unstated"},
}

test_other_bases_are_spared if {
	every id, changes in spared {
		custos.allow with input as facts("import-order", changes)
		not custos.met[id] with input as facts("import-order", changes)
	}
}

test_words_of_what_is_covered if {
	custos.text["A-24"] == concat("", [
		"Rule A-24 lets in only what the authority covers. Asked for is subscriber; URN 2024/118 covers entity, events only.",
	]) with input as facts("import-order", {"source/dataTypes": ["subscriber"], "authority/reference": "URN 2024/118"})
	custos.text["A-24"] == concat("", [
		"Rule A-24 lets in only what the authority covers. Of the identifiers asked for URN 2024/118 covers 1 of 2.",
	]) with input as facts("import-order", {"source/identifiers": ["+447700900123", "+447700900999"], "authority/reference": "URN 2024/118"})
	custos.text["A-24"] == concat("", [
		"Rule A-24 lets in only what the authority covers. The data is from 2024-05-01T00:00:00.000Z to 2024-06-30T23:59:59.999Z;",
		" URN 2024/118 covers 2024-06-01T00:00:00.000Z to 2024-06-30T23:59:59.999Z.",
	]) with input as facts("import-order", {"source/from": "2024-05-01T00:00:00.000Z", "authority/reference": "URN 2024/118"})
}

# What is said where the law and the power do not fit: the nearest cause.
test_words_of_the_wrong_law if {
	contains(custos.text["A-00"], "the right side of the change") with input as facts("import-ripa", {"authority/publicAuthority": "border-force"})
	contains(custos.text["A-00"], "to have been in force") with input as facts("import-order", {"authority/grantedOn": "1985-12-31"})
	contains(custos.text["A-00"], "a power that the law has") with input as facts("import-ripa", {"authority/instrument": "notice"})
	contains(custos.text["A-00"], "a power that the law has") with input as facts("import-ripa", {"authority/instrument": "notice", "authority/publicAuthority": "border-force"})
}

# Who belongs to another organisation as a matter of course needs no share.
test_who_is_of_another_organisation_anyway if {
	custos.of_others == {
		"authorising-individual", "defence-expert", "defence-solicitor", "external-provider", "inspector", "prosecutor", "service",
	}
	every role in custos.of_others {
		custos.met["O-01"] with input as {"case": {"organisation": "kent"}, "actor": {"publicAuthority": "essex", "role": role}}
	}
	not custos.met["O-01"] with input as {"case": {"organisation": "kent"}, "actor": {"publicAuthority": "essex", "role": "auditor"}}
	not custos.met["O-01"] with input as {"action": "erasure.approve", "case": {"organisation": "kent"}, "actor": {"publicAuthority": "essex", "role": "administrator"}}
}

test_words_of_a_review if {
	every state, words in {
		"none": "of this case there is none.", "overtaken": "the rules or the facts have changed since the newest, so it has to be made again.",
		"retains": "the newest one keeps the case.",
	} {
		endswith(custos.text["R-47"], concat("", ["says so; ", words])) with input as {"erasure": {"review": state}}
	}
}

# Totals are for those who may see no case: there is nothing to be assigned to.
test_totals_need_no_assignment if {
	custos.met["U-02"] with input as base.facts["totals-read"]
	not custos.met["U-02"] with input as object.union(base.facts["totals-read"], {"action": "schedule.make"})
}

# An oral grant confirmed too late is an error to record; what is not oral, or not
# under RIPA 2000, is none.
test_duties_of_an_oral_grant if {
	contains(custos.duties["A-18"], "is not confirmed in writing") with input as facts("import-ripa-oral", {"authority/urgentConfirmedOn": "none"})
	contains(custos.duties["A-18"], "confirmed in writing on 2019-01-14") with input as facts("import-ripa-oral", {"authority/urgentConfirmedOn": "2019-01-14"})
	every changes in [
		{"authority/urgentConfirmedOn": "2019-01-11"},
		{"authority/urgentConfirmedOn": "2019-01-14", "authority/form": "written"},
		{"authority/urgentConfirmedOn": "2019-01-14", "authority/regime": "IPA-2016"},
		{"authority/urgentConfirmedOn": "none", "authority/form": "written"},
		{"authority/urgentConfirmedOn": "none", "authority/regime": "IPA-2016"},
	] {
		not custos.duties["A-18"] with input as facts("import-ripa-oral", changes)
	}
}
