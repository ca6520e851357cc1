package custos

# METADATA
# title: The authority is in writing, or was recorded
# custom:
#   id: A-01
#   cure: A SPoC can record the form in which it was given.
#   citations:
#   - {regime: "RIPA-2000", text: "RIPA 2000 s.23(1)(a), (2)(a)", verified: true}
#   - {regime: "IPA-2016", text: "IPA 2016 s.64", verified: false}
#   - {text: "custos policy: what is relied on leaves a record", verified: true}
met["A-01"] if input.authority.form in {"written", "oral-recorded"}

rests_on["A-01"] := {"A-26"}

text["A-01"] := sprintf("Rule A-01 needs an authority in writing or in a form that leaves a record; for %s no form is recorded.", [input.authority.reference])

# METADATA
# title: A local authority's grant under RIPA 2000 is in writing and has a justice's order
# custom:
#   id: A-02
#   cure: A SPoC can record the order; what was obtained before it cannot be cured here.
#   citations:
#   - {text: "RIPA 2000 ss.23(2A), 23A and 23B, from 1 November 2012", verified: true}
met["A-02"] if input.authority.publicAuthority != "local-authority"

met["A-02"] if input.authority.regime == "IPA-2016"

met["A-02"] if {
	input.authority.regime == "RIPA-2000"
	input.authority.grantedOn < "2012-11-01"
}

met["A-02"] if {
	input.authority.form == "written"
	input.authority.grantedOn <= input.authority.approvedByJusticeOn
	input.authority.approvedByJusticeOn <= input.source.obtainedOn
}

rests_on["A-02"] := {"A-26", "A-00"}

text["A-02"] := sprintf("Rule A-02 needs a local authority's grant to be in writing and approved by a justice before anything is obtained; %s is recorded as: %s, order: %s.", [input.authority.reference, input.authority.form, input.authority.approvedByJusticeOn])

# METADATA
# title: An oral grant was urgent
# custom:
#   id: A-18
#   cure: A SPoC can record the ground of urgency; without one an oral grant cannot be relied on.
#   citations:
#   - {regime: "RIPA-2000", text: "the Code of 2015, paras 3.65-3.71", verified: false}
#   - {regime: "IPA-2016", text: "IPA 2016 s.61A", verified: true}
met["A-18"] if input.authority.form in {"none", "written"}

met["A-18"] if input.authority.route == "61A"

met["A-18"] if {
	input.authority.regime == "RIPA-2000"
	input.authority.urgentGround in {"threat-to-life", "national-security"}
}

met["A-18"] if {
	input.authority.regime == "RIPA-2000"
	input.authority.urgentGround == "operational-need"
	input.authority.seriousCrime != "none"
}

rests_on["A-18"] := {"A-26", "A-00"}

text["A-18"] := sprintf("Rule A-18 needs an oral grant to rest on a threat to life, on an exceptional urgent need tied to a serious crime, or on a threat to national security, and under IPA 2016 on s.61A; for %s that is not recorded (%s).", [input.authority.reference, input.authority.urgentGround])

duties["A-18"] := sprintf("Record an error: %s was given orally on %s and is not confirmed in writing; one working day is allowed.", [input.authority.reference, input.authority.grantedOn]) if {
	urgent
	input.authority.urgentConfirmedOn == "none"
	next_weekday(input.authority.grantedOn) < today
}

duties["A-18"] := sprintf("Record an error, unless a bank holiday lay between: %s was given orally on %s and confirmed in writing on %s; one working day is allowed.", [input.authority.reference, input.authority.grantedOn, input.authority.urgentConfirmedOn]) if {
	urgent
	input.authority.urgentConfirmedOn != "none"
	next_weekday(input.authority.grantedOn) < input.authority.urgentConfirmedOn
}

urgent if {
	input.authority.regime == "RIPA-2000"
	input.authority.form == "oral-recorded"
}
