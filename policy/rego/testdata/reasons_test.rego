package custos_test

import data.base
import data.custos

# For each rule of acquisition facts that miss it alone, and whether it goes
# without saying while the power itself is not in order.
faults := {
	"A-01": ["import-ripa", {"authority/form": "none"}, false],
	"A-02": ["import-local", {"authority/approvedByJusticeOn": "none"}, true],
	"A-03": ["import-ripa", {"authority/scopeStated": false}, true],
	"A-04": ["import-ripa", {"authority/seriousCrime": "none"}, true],
	"A-05": ["import-ripa", {"authority/granter": "none"}, false],
	"A-06": ["import-ripa-notice", {"authority/disclosureManner": false}, true],
	"A-07": ["import-ripa-notice", {"authority/discloseTo": []}, true],
	"A-08": ["import-ripa", {"source/obtainedOn": "2019-02-10"}, true],
	"A-09": ["import-ripa-notice", {"source/obtainedOn": "2019-03-01"}, true],
	"A-10": ["import-ripa", {"authority/renewals": ["2019-02-10"]}, true],
	"A-11": ["import-urgent", {"source/obtainedOn": "2024-06-04"}, true],
	"A-12": ["import-ripa", {"authority/cancelledOn": "2019-01-15"}, false],
	"A-13": ["import-ripa", {"authority/granterRank": "other"}, true],
	"A-14": ["import-ripa", {"authority/granterInLine": true}, true],
	"A-15": ["import-ipa", {"authority/purpose": "f"}, true],
	"A-16": ["import-ipa", {"authority/spocConsultedOn": "none"}, false],
	"A-17": ["import-ipa", {"authority/stated": ["proportionality"]}, false],
	"A-18": ["import-ripa-oral", {"authority/urgentGround": "none"}, true],
	"A-19": ["import-urgent", {"authority/use": "testing"}, true],
	"A-20": [
		"import-ipa", {"authority/stated": [
			"applicant", "collateral", "consequences", "data", "necessity", "operation", "purpose", "reference", "relationship", "timescale",
		]},
		false,
	],
	"A-21": ["import-ipa", {"authority/profession": "unstated"}, false],
	"A-22": ["import-ipa", {"authority/identifiesSource": true}, true],
	"A-23": ["import-ipa", {"authority/connectionRecords": "unstated"}, true],
	"A-24": ["import-ipa", {"source/identifiers": ["+447700900999"]}, false],
	"B-01": ["extraction-agreed", {"authority/noticeGivenOn": "none"}, true],
	"B-02": ["import-anpr", {"authority/granterRank": "superintendent", "source/from": "2020-01-01T00:00:00.000Z", "authority/from": "2020-01-01T00:00:00.000Z"}, true],
}

test_each_fault_is_one if {
	every id, fault in faults {
		custos.unmet == {id} with input as facts(fault[0], fault[1])
		object.keys(custos.reasons) == {id} with input as facts(fault[0], fault[1])
	}
}

# Of an authority of another case nothing more is said.
test_nothing_is_said_of_an_authority_of_another_case if {
	every id, fault in faults {
		elsewhere := object.union(fault[1], {"authority/case": "another"})
		custos.unmet == {"A-26", id} with input as facts(fault[0], elsewhere)
		object.keys(custos.reasons) == {"A-26"} with input as facts(fault[0], elsewhere)
	}
}

# Where the law has no such power, what would follow from it goes without saying.
test_what_follows_from_a_power_waits_for_the_power if {
	every id, fault in faults {
		custos.unmet == {"A-00", id} with input as facts(fault[0], fault[1]) with data.custos.belongs as false
		said := object.keys(custos.reasons) with input as facts(fault[0], fault[1]) with data.custos.belongs as false
		said == {"A-00"} | {other | fault[2] == false; other := id}
	}
}

# Words are said only where they are true.
test_words_on_who_asked if {
	asked_for := {"actor": {"id": "a"}, "permission": {"askedBy": "b", "whom": "a"}}
	contains(custos.text["S-04"], "this was asked for you") with input as asked_for
	not custos.text["S-04"] with input as json.patch(asked_for, [{"op": "replace", "path": "permission/whom", "value": "c"}])
}

test_words_on_who_is_named if {
	read := {"action": "row.read", "copy": {"flags": ["privileged"]}, "dataset": {"flags": ["privileged"]}}
	contains(custos.text["U-17"], "you are not one of them") with input as read
	contains(custos.text["U-17"], "who is to have the copy") with input as json.patch(read, [{"op": "replace", "path": "action", "value": "copy.issue"}])
}
