package custos

# METADATA
# title: Somebody looked whether a sensitive profession is concerned, and considered it
# custom:
#   id: A-21
#   cure: A SPoC can record the profession, or that there is none, and what was considered.
#   citations:
#   - {regime: "RIPA-2000", text: "the Code of 2015, paras 3.72-3.77", verified: true}
#   - {regime: "IPA-2016", text: "the Code of Practice on communications data", verified: false}
#   - {text: "custos policy: sensitive professions are looked for", verified: true}
met["A-21"] if input.authority.profession == "none"

met["A-21"] if {
	input.authority.profession in {"lawyer", "journalist", "doctor", "parliamentarian", "minister", "other"}
	input.authority.professionConsidered == true
}

rests_on["A-21"] := {"A-26"}

text["A-21"] := sprintf("Rule A-21 needs to know whether anyone concerned is of a sensitive profession, and what was considered; for %s that is not recorded.", [input.authority.reference])

duties["A-21"] := sprintf("Restrict who handles this data to named people: a sensitive profession is concerned (%s).", [input.authority.reference]) if {
	input.authority.profession in {"lawyer", "journalist", "doctor", "parliamentarian", "minister", "other"}
}

# METADATA
# title: A journalistic source is identified only with a Judicial Commissioner's approval
# custom:
#   id: A-22
#   cure: A Judicial Commissioner's approval can be recorded by a SPoC; what was obtained before it cannot be cured here.
#   citations:
#   - {regime: "RIPA-2000", text: "PACE 1984 Sch 1", verified: false}
#   - {regime: "IPA-2016", text: "IPA 2016 s.77(1), (1A), (2)", verified: true}
met["A-22"] if input.authority.identifiesSource == false

met["A-22"] if {
	input.authority.regime == "IPA-2016"
	input.authority.grantedOn <= input.authority.approvedByCommissionerOn
	input.authority.approvedByCommissionerOn <= input.source.obtainedOn
}

# The section does not bite where the Commissioner decides in person.
met["A-22"] if {
	input.authority.route == "60A"
	input.authority.granterRank == "commissioner"
}

met["A-22"] if {
	input.authority.regime == "IPA-2016"
	input.authority.urgentGround == "threat-to-life"
}

rests_on["A-22"] := {"A-26", "A-00"}

text["A-22"] := sprintf("Rule A-22 needs a Judicial Commissioner's approval before data is obtained to identify or confirm a journalistic source, and under RIPA 2000 another power; for %s: approved: %s.", [input.authority.reference, input.authority.approvedByCommissionerOn])

# METADATA
# title: Internet connection records are obtained on a condition that this public authority may use
# custom:
#   id: A-23
#   cure: A SPoC can record the condition; no one can cure a condition that the law does not give.
#   citations:
#   - {text: "IPA 2016 s.62(A1)-(4); condition D from 14 October 2024 (SI 2024/1021)", verified: true}
met["A-23"] if input.authority.connectionRecords == "none"

met["A-23"] if {
	input.authority.regime == "IPA-2016"
	input.authority.publicAuthority in records_for
	condition_holds
}

# Never a local authority.
records_for := {
	"metropolitan-police", "territorial-police", "civil-nuclear-constabulary", "national-crime-agency", "security-service",
	"secret-intelligence-service", "gchq",
}

condition_holds if input.authority.connectionRecords == "A"

condition_holds if {
	input.authority.connectionRecords == "B"
	input.authority.purpose != crime_letter
}

condition_holds if {
	input.authority.connectionRecords == "C"
	input.authority.purpose == crime_letter
	input.authority.seriousCrime != "none"
}

condition_holds if {
	input.authority.connectionRecords == {"60A": "D1", "61": "D2", "61A": "D2"}[input.authority.route]
	"2024-10-14" <= input.authority.grantedOn
	condition_d_for
}

condition_d_for if input.authority.publicAuthority in {"security-service", "secret-intelligence-service", "gchq"}

condition_d_for if {
	input.authority.publicAuthority == "national-crime-agency"
	input.authority.purpose == crime_letter
	input.authority.seriousCrime != "none"
}

rests_on["A-23"] := {"A-26", "A-00"}

text["A-23"] := sprintf("Rule A-23 needs a condition on which a %s may obtain internet connection records; for %s it is: %s.", [input.authority.publicAuthority, input.authority.reference, input.authority.connectionRecords])
