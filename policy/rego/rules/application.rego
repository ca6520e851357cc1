package custos

# METADATA
# title: A single point of contact was consulted in time
# custom:
#   id: A-16
#   cure: A SPoC can record who was consulted and when, or the exceptional circumstances.
#   citations:
#   - {regime: "RIPA-2000", text: "the Code of 2015, para 3.11", verified: true}
#   - {regime: "IPA-2016", route: "60A", text: "IPA 2016 s.76(A1): before the application is made", verified: true}
#   - {regime: "IPA-2016", text: "IPA 2016 s.76(1): before it is granted", verified: true}
met["A-16"] if {
	input.authority.spoc != "none"
	input.authority.spocConsultedOn <= input.authority.grantedOn
}

met["A-16"] if input.authority.consultationException in {"imminent-threat", "national-security", "other"}

rests_on["A-16"] := {"A-26"}

text["A-16"] := sprintf("Rule A-16 needs a single point of contact to have been consulted before the grant; for %s that is not recorded (consulted: %s), and no exceptional circumstances are.", [input.authority.reference, input.authority.spocConsultedOn])

duties["A-16"] := sprintf("Review: no single point of contact was consulted in time for %s; the recorded circumstances are: %s.", [input.authority.reference, input.authority.consultationException]) if {
	input.authority.consultationException != "none"
}

# METADATA
# title: The application is complete
# custom:
#   id: A-17
#   cure: The applicant can complete the application; a SPoC can then record what it states.
#   citations:
#   - {regime: "RIPA-2000", text: "the Code of 2015, para 3.5", verified: true}
#   - {regime: "IPA-2016", text: "the Code of Practice on communications data", verified: false}
met["A-17"] if {
	every element in elements { element in input.authority.stated }
}

elements := {
	"applicant", "collateral", "consequences", "data", "necessity", "operation", "purpose", "reference", "relationship", "timescale",
}

rests_on["A-17"] := {"A-26"}

text["A-17"] := sprintf("Rule A-17 needs a complete application; that for %s does not state: %s.", [input.authority.reference, list(absent)]) if {
	absent := elements - {element | some element in input.authority.stated}
}

# METADATA
# title: It was found proportionate to what is sought
# custom:
#   id: A-20
#   cure: A SPoC can record the statement of proportionality that the authority rests on.
#   citations:
#   - {regime: "RIPA-2000", text: "RIPA 2000 s.22(5)", verified: true}
#   - {regime: "IPA-2016", route: "60A", text: "IPA 2016 s.60A(1)(c)", verified: true}
#   - {regime: "IPA-2016", text: "IPA 2016 ss.61(1), 61A(1)", verified: false}
met["A-20"] if "proportionality" in input.authority.stated

rests_on["A-20"] := {"A-26"}

text["A-20"] := sprintf("Rule A-20 needs a statement that what is obtained is proportionate to what is sought; for %s none is recorded.", [input.authority.reference])

# METADATA
# title: The authority was granted for what its power is for
# custom:
#   id: A-19
#   cure: A SPoC can correct what it was granted for.
#   citations:
#   - {regime: "RIPA-2000", text: "RIPA 2000 s.22", verified: false}
#   - {regime: "IPA-2016", route: "61A", text: "IPA 2016 s.61A(1)(b) and (c)", verified: true}
#   - {regime: "IPA-2016", text: "IPA 2016 ss.60A(1)(b), 61(1)", verified: true}
met["A-19"] if input.authority.use == "urgent-operation"

met["A-19"] if {
	input.authority.route in {"22(3)", "22(4)", "60A", "61"}
	input.authority.use in {"operation", "testing"}
}

rests_on["A-19"] := {"A-26", "A-00"}

text["A-19"] := sprintf("Rule A-19 needs an urgent authority to be for a specific investigation or operation and an urgent need; %s is recorded as for: %s.", [input.authority.reference, input.authority.use])
