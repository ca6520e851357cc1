package custos

# METADATA
# title: It is recorded who granted, and in which office, rank or position
# custom:
#   id: A-05
#   cure: A SPoC can record who granted it and their rank.
#   citations:
#   - {regime: "RIPA-2000", text: "RIPA 2000 s.23(1)(d), (2)(d)", verified: true}
#   - {regime: "IPA-2016", text: "IPA 2016 s.64", verified: false}
#   - {text: "custos policy: who grants is named", verified: true}
met["A-05"] if {
	input.authority.granter != "none"
	input.authority.granterRank != "none"
}

rests_on["A-05"] := {"A-26"}

text["A-05"] := sprintf("Rule A-05 needs to know who granted it and their office, rank or position; for %s that is not recorded.", [input.authority.reference])

# METADATA
# title: The granter's rank may grant these kinds of data
# custom:
#   id: A-13
#   cure: A SPoC can correct the rank; an authority granted below rank cannot be cured here.
#   citations:
#   - {regime: "RIPA-2000", text: "SI 2003/3172 Sch 1", verified: true}
#   - {regime: "IPA-2016", text: "IPA 2016 Sch 4 Pt 1, from 5 February 2019", verified: true}
#   - {text: "custos policy: each power is used by those who have it", verified: true}
met["A-13"] if {
	may := ranks[office.ranks][input.authority.granterRank]
	every type in input.authority.dataTypes { type in may }
}

met["A-13"] if input.authority.granterRank in givers[input.authority.route]

rests_on["A-13"] := {"A-26", "A-00", "A-03", "A-05"}

text["A-13"] := sprintf("Rule A-13 needs a granter who may grant %s under %s; %s was granted by rank: %s.", [list(input.authority.dataTypes), input.authority.route, input.authority.reference, input.authority.granterRank])

# METADATA
# title: The granter was independent
# custom:
#   id: A-14
#   cure: If there was an exception, a SPoC can record it and, unless it was urgent, the report of it to the Commissioner.
#   citations:
#   - {regime: "RIPA-2000", text: "the Code of 2015, paras 3.12-3.13", verified: true}
#   - {regime: "IPA-2016", route: "61", text: "IPA 2016 s.63", verified: true}
#   - {regime: "IPA-2016", text: "the Code of Practice on communications data", verified: false}
#   - {text: "custos policy: nobody grants what they ask for", verified: true}
met["A-14"] if {
	input.authority.granter != input.authority.applicant
	every held in input.case.assigned { held.actor != input.authority.granter }
	input.authority.granterInLine == false
}

met["A-14"] if {
	input.authority.route in excepted
	input.authority.independenceException == "urgent"
}

met["A-14"] if {
	input.authority.route in excepted
	input.authority.independenceException in {"small-unit", "security"}
	input.authority.reportedToCommissioner == true
}

# The exceptions of the Code of 2015 and of s.63; for the other two powers none is known.
excepted := {"22(3)", "22(4)", "61"}

rests_on["A-14"] := {"A-26", "A-00", "A-05"}

text["A-14"] := sprintf("Rule A-14 needs a granter who neither applied, nor works on the case, nor is in the applicant's line of management; for %s that is not so, and no exception that would do is recorded.", [input.authority.reference])

duties["A-14"] := sprintf("Review: the granter of %s was not independent, by a recorded exception (%s).", [input.authority.reference, input.authority.independenceException]) if {
	input.authority.independenceException != "none"
}
