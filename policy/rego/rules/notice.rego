package custos

# METADATA
# title: A notice says how the data is to be disclosed
# custom:
#   id: A-06
#   cure: A SPoC can record the manner of disclosure that the notice states.
#   citations:
#   - {regime: "RIPA-2000", text: "RIPA 2000 s.23(2)(e)", verified: true}
#   - {regime: "IPA-2016", text: "IPA 2016 s.64", verified: false}
met["A-06"] if input.authority.instrument == "authorisation"

met["A-06"] if input.authority.disclosureManner == true

rests_on["A-06"] := {"A-26", "A-00"}

text["A-06"] := sprintf("Rule A-06 needs a notice to say how the data is to be disclosed; for %s that is not recorded.", [input.authority.reference])

# METADATA
# title: A notice lets the data go only to people of the same public authority, or under a collaboration agreement
# custom:
#   id: A-07
#   cure: A SPoC can record to whom the notice lets the data go, or the agreement.
#   citations:
#   - {regime: "RIPA-2000", text: "RIPA 2000 ss.22(3A)-(3H), 23(3)", verified: true}
#   - {regime: "IPA-2016", text: "IPA 2016 s.64", verified: false}
met["A-07"] if input.authority.instrument == "authorisation"

met["A-07"] if {
	count(input.authority.discloseTo) > 0
	every recipient in input.authority.discloseTo { recipient.publicAuthority == input.authority.publicAuthority }
}

met["A-07"] if {
	count(input.authority.discloseTo) > 0
	input.authority.collaboration == true
}

rests_on["A-07"] := {"A-26", "A-00"}

text["A-07"] := sprintf("Rule A-07 needs a notice to name who may have the data, all of the same public authority unless a collaboration agreement is recorded; for %s that is not so.", [input.authority.reference])
