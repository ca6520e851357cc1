package custos_test

import data.base
import data.custos

# The rules of acquisition that stand first in the reference on the law, each with
# a control: the facts as they are must be allowed, or all of this says nothing.

# facts are those of a base file with some of them changed.
facts(name, changes) := json.patch(base.facts[name], [{"op": "replace", "path": path, "value": to} | some path, to in changes])

letters := {"a", "b", "c", "d", "e", "f", "g", "h"}

# Which letters are allowed as the purpose.
allowed_letters(name, changes) := {letter |
	some letter in letters
	custos.allow with input as facts(name, object.union(changes, {"authority/purpose": letter}))
}

test_controls if {
	every name in {"import-ripa", "import-ripa-notice", "import-ipa", "import-urgent", "import-local"} {
		custos.allow with input as base.facts[name]
	}
}

test_01_an_operators_return_needs_an_authority if {
	not custos.allow with input as object.remove(base.facts["import-ipa"], ["authority"])
	"A-26" in custos.unmet with input as object.remove(base.facts["import-ipa"], ["authority"])
	custos.reasons["A-26"] with input as object.remove(base.facts["import-ipa"], ["authority"])
}

granted(day) := {"authority/grantedOn": day, "source/obtainedOn": day, "authority/spocConsultedOn": day}

test_02_purposes_of_ripa_before_and_after_1_november_2018 if {
	allowed_letters("import-ripa", granted("2018-10-31")) == {"a", "b", "c", "d", "e", "g"}
	allowed_letters("import-ripa", granted("2018-11-01")) == {"a", "b", "c", "d", "g"}
	"A-04" in custos.unmet with input as facts("import-ripa", object.union(granted("2018-11-01"), {"authority/purpose": "e"}))
	"A-04" in custos.unmet with input as facts("import-ripa", object.union(granted("2018-11-01"), {"authority/purpose": "f"}))
}

types(list) := {"authority/dataTypes": list, "source/dataTypes": list}

test_03_call_data_for_a_crime_purpose_needs_a_serious_crime if {
	minor := {"authority/seriousCrime": "none"}
	every type in {"traffic", "service-use"} {
		custos.unmet == {"A-04"} with input as facts("import-ripa", object.union(minor, types([type])))
	}
	custos.allow with input as facts("import-ripa", object.union(minor, types(["subscriber"])))
	custos.unmet == {"A-04"} with input as facts("import-ripa", object.union(minor, {
		"authority/dataTypes": ["subscriber", "traffic"], "source/dataTypes": ["subscriber"],
	}))
	custos.unmet == {"A-04"} with input as facts("import-ipa", object.union(minor, types(["events"])))
	custos.unmet == {"A-04"} with input as facts("import-ipa", object.union(minor, types(["entity", "events"])))
	custos.allow with input as facts("import-ipa", object.union(minor, types(["entity"])))
	custos.allow with input as facts("import-ripa", object.union(minor, granted("2018-10-31")))
}

test_04_what_makes_a_crime_serious if {
	every ground in {"s263", "12-months", "body-corporate", "communication", "privacy"} {
		custos.allow with input as facts("import-ipa", {"authority/seriousCrime": ground})
	}
	every ground in {"none", "6-months", ""} {
		"A-04" in custos.unmet with input as facts("import-ipa", {"authority/seriousCrime": ground})
	}
}

test_05_a_month_beginning_with_the_day_of_grant if {
	custos.allow with input as facts("import-ripa", {"source/obtainedOn": "2019-02-09"})
	custos.unmet == {"A-08"} with input as facts("import-ripa", {"source/obtainedOn": "2019-02-10"})
	custos.unmet == {"A-08"} with input as facts("import-ripa", {"source/obtainedOn": "2019-01-09"})
}

test_06_later_disclosure_under_a_notice if {
	late := {"source/obtainedOn": "2019-03-01"}
	custos.unmet == {"A-09"} with input as facts("import-ripa-notice", late)
	custos.allow with input as facts("import-ripa-notice", object.union(late, {"authority/operatorHeldWithinTime": true}))
	custos.unmet == {"A-08"} with input as facts("import-ripa", object.union(late, {"authority/operatorHeldWithinTime": true}))
}

test_07_renewal_before_the_end_and_from_the_end if {
	custos.allow with input as facts("import-ripa", {"authority/renewals": ["2019-02-09"], "source/obtainedOn": "2019-02-10"})
	custos.allow with input as facts("import-ripa", {"authority/renewals": ["2019-02-09"], "source/obtainedOn": "2019-03-09"})
	custos.unmet == {"A-08"} with input as facts("import-ripa", {"authority/renewals": ["2019-02-09"], "source/obtainedOn": "2019-03-10"})
	custos.unmet == {"A-10"} with input as facts("import-ripa", {"authority/renewals": ["2019-02-10"], "source/obtainedOn": "2019-02-11"})
}

test_08_three_days_and_no_renewal if {
	custos.allow with input as facts("import-urgent", {"source/obtainedOn": "2024-06-03"})
	custos.unmet == {"A-11"} with input as facts("import-urgent", {"source/obtainedOn": "2024-06-04"})
	custos.unmet == {"A-11"} with input as facts("import-urgent", {"authority/renewals": ["2024-06-02"]})
}

test_09_the_granter_is_independent if {
	every changes in [
		{"authority/granter": "d.detective"}, {"authority/granterInLine": true}, {"authority/granter": "a.analyst"},
	] {
		custos.unmet == {"A-14"} with input as facts("import-ripa", changes)
		custos.allow with input as facts("import-ripa", object.union(changes, {"authority/independenceException": "urgent"}))
		custos.unmet == {"A-14"} with input as facts("import-ripa", object.union(changes, {"authority/independenceException": "small-unit"}))
		custos.allow with input as facts("import-ripa", object.union(changes, {
			"authority/independenceException": "small-unit", "authority/reportedToCommissioner": true,
		}))
	}
}

test_10_ranks if {
	inspector := {"authority/granterRank": "inspector"}
	every type in {"traffic", "service-use"} {
		custos.unmet == {"A-13"} with input as facts("import-ripa", object.union(types([type]), inspector))
	}
	custos.unmet == {"A-13"} with input as facts("import-urgent", object.union(types(["events"]), inspector))
	custos.allow with input as facts("import-ripa", object.union(types(["subscriber"]), {"authority/granterRank": "inspector"}))
	custos.allow with input as facts("import-urgent", object.union(types(["entity"]), {"authority/granterRank": "inspector"}))
	custos.allow with input as facts("import-ipa", object.union(types(["entity"]), {
		"authority/route": "61", "authority/purpose": "a", "authority/granterRank": "inspector",
	}))
	custos.unmet == {"A-13"} with input as facts("import-ipa", {
		"authority/route": "61", "authority/purpose": "a", "authority/granterRank": "inspector",
	})
}

test_11_a_local_authority_needs_a_justice if {
	custos.unmet == {"A-02"} with input as facts("import-local", {"authority/approvedByJusticeOn": "none"})
	custos.unmet == {"A-02"} with input as facts("import-local", {"authority/approvedByJusticeOn": "2019-01-21"})
	custos.unmet == {"A-02"} with input as facts("import-local", {
		"authority/form": "oral-recorded", "authority/urgentGround": "threat-to-life",
	})
	custos.allow with input as facts("import-local", {"authority/approvedByJusticeOn": "2019-01-20"})
}

test_12_what_must_be_recorded if {
	custos.unmet == {"A-01"} with input as facts("import-ripa", {"authority/form": "none"})
	custos.unmet == {"A-03"} with input as facts("import-ripa", {"authority/scopeStated": false})
	"A-04" in custos.unmet with input as facts("import-ripa", {"authority/purpose": "none"})
	custos.unmet == {"A-05", "A-13"} with input as facts("import-ripa", {"authority/granterRank": "none"})
	object.keys(custos.reasons) == {"A-05"} with input as facts("import-ripa", {"authority/granterRank": "none"})
	custos.unmet == {"A-06"} with input as facts("import-ripa-notice", {"authority/disclosureManner": false})
	custos.unmet == {"A-07"} with input as facts("import-ripa-notice", {"authority/discloseTo": []})
	other := [{"name": "another force", "publicAuthority": "territorial-police"}]
	custos.unmet == {"A-07"} with input as facts("import-ripa-notice", {"authority/discloseTo": other})
	custos.allow with input as facts("import-ripa-notice", {"authority/discloseTo": other, "authority/collaboration": true})
}

test_13_what_is_outside_is_excess if {
	custos.unmet == {"A-24"} with input as facts("import-ipa", {"source/identifiers": ["+447700900999"]})
	custos.unmet == {"A-24"} with input as facts("import-ipa", {"source/until": "2024-07-01T00:00:00.000Z"})
	custos.unmet == {"A-24"} with input as facts("import-ipa", {"authority/dataTypes": ["entity"]})
}

test_13_excess_is_not_analysed_until_it_is_approved if {
	every action in {"analysis-run", "exhibit-produce"} {
		custos.unmet == {"U-16"} with input as facts(action, {"dataset/status": "excess"})
		custos.unmet == {"U-16"} with input as facts(action, {"dataset/status": "quarantined"})
		custos.allow with input as base.facts[action] # an approval makes the named data clean
	}
}

# That nothing is shown when the look cannot be put on record is not a matter of
# rules: see TestNothingIsShownUnlogged.
test_14_reading_rows if {
	custos.unmet == {"U-02"} with input as facts("row-read", {"case/assigned": []})
	custos.unmet == {"U-02"} with input as facts("row-read", {"case/assigned/0/until": "2026-11-21T21:04:05.123Z"})
	custos.unmet == {"U-01"} with input as facts("row-read", {"request/purpose": "training"})
	custos.unmet == {"U-03"} with input as facts("row-read", {"actor/competencies": []})
	count(base.facts["row-read"].actor.competencies) > 0
	ended := [object.union(held, {"until": "2026-11-21T00:00:00.000Z"}) | some held in base.facts["row-read"].actor.competencies]
	custos.unmet == {"U-03"} with input as facts("row-read", {"actor/competencies": ended})
	every words in {"", " ", "...", "123"} {
		custos.unmet == {"U-09"} with input as facts("row-read", {"request/reason": words})
	}
}

# An authority that has expired bars obtaining, not reading: it is not even asked for.
test_14_reading_after_the_authority_has_expired if {
	custos.allow with input as base.facts["row-read"]
	asked_for := custos.required with input as base.facts["row-read"]
	count({id | some id in asked_for; startswith(id, "A-")}) == 0
}

test_14_an_administrator_never_reads if {
	administrator := {"actor/role": "administrator", "actor/roles": ["administrator"]}
	every name in {"row-read", "analysis-run", "exhibit-produce", "case-read", "bundle-make"} {
		not custos.allow with input as facts(name, administrator)
		"R-01" in custos.unmet with input as facts(name, administrator)
	}
	# Not in another role either, while they keep the system.
	not custos.allow with input as facts("row-read", {"actor/roles": ["administrator", "analyst"]})
	"S-07" in custos.unmet with input as facts("row-read", {"actor/roles": ["administrator", "analyst"]})
}

test_15_no_opinion_but_by_an_expert if {
	custos.unmet == {"U-14"} with input as facts("exhibit-sign-off", {"exhibit/content": "opinion"})
	custos.unmet == {"U-15"} with input as facts("exhibit-serve", {"exhibit/content": "opinion", "exhibit/checked": false})
}

test_15_a_map_is_checked_by_somebody_else if {
	map := {"exhibit/form": "map"}
	custos.unmet == {"U-15"} with input as facts("exhibit-serve", map)
	custos.unmet == {"U-15"} with input as facts("exhibit-serve", object.union(map, {"exhibit/checker": "a.analyst", "exhibit/checked": false}))
	custos.allow with input as facts("exhibit-serve", object.union(map, {"exhibit/checker": "a.analyst"}))
}

test_15_nothing_is_erased_under_a_hold if {
	every name in {"erasure-order", "erasure-approve", "erasure-carry-out"} {
		custos.allow with input as base.facts[name]
		custos.unmet == {"U-13"} with input as facts(name, {"erasure/hold": "trial"})
	}
}

# A word that nobody knows is never the one that allows. The form of the facts
# refuses most of them before; the rules do not rest on that.
test_unknown_words_allow_nothing if {
	every path, id in {
		"authority/use": "A-19", "authority/form": "A-01", "authority/purpose": "A-04", "authority/granterRank": "A-13",
		"authority/profession": "A-21", "authority/connectionRecords": "A-23", "authority/regime": "A-00", "authority/route": "A-00",
		"authority/instrument": "A-00", "authority/publicAuthority": "A-00", "source/kind": "A-26", "authority/case": "A-26",
	} {
		id in custos.unmet with input as facts("import-ipa", {path: "nobody knows"})
	}
	"A-18" in custos.unmet with input as facts("import-ripa-oral", {"authority/urgentGround": "nobody knows"})
	distant := {"authority/granterInLine": true, "authority/independenceException": "nobody knows", "authority/reportedToCommissioner": true}
	"A-14" in custos.unmet with input as facts("import-ripa", distant)
	silent := {"authority/spocConsultedOn": "none", "authority/consultationException": "nobody knows"}
	"A-16" in custos.unmet with input as facts("import-ipa", silent)
	"A-04" in custos.unmet with input as facts("import-ipa", {"authority/seriousCrime": "nobody knows"})
}
