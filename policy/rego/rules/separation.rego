package custos

# METADATA
# title: Who grants is not the single point of contact
# custom:
#   id: S-01
#   cure: An authority granted so cannot be cured here; a SPoC can correct the record if it is wrong.
#   citations:
#   - {text: "custos policy: separation of duties; for who applied and who works on the case, see A-14", verified: true}
met["S-01"] if input.authority.granter != input.authority.spoc

text["S-01"] := sprintf("Rule S-01 needs two people: for %s who grants is also the single point of contact.", [input.authority.reference])

rests_on["S-01"] := {"A-26"}

# METADATA
# title: Who applies is not the single point of contact
# custom:
#   id: S-02
#   cure: An authority obtained so cannot be cured here; a SPoC can correct the record if it is wrong.
#   citations:
#   - {text: "custos policy: separation of duties", verified: true}
met["S-02"] if input.authority.applicant != input.authority.spoc

text["S-02"] := sprintf("Rule S-02 needs two people: for %s the applicant is also the single point of contact.", [input.authority.reference])

rests_on["S-02"] := {"A-26"}

# METADATA
# title: Who asks for a permission, and for whom it is, does not decide on it
# custom:
#   id: S-04
#   cure: Somebody else who may can decide on it.
#   citations:
#   - {text: "custos policy: separation of duties", verified: true}
met["S-04"] if {
	input.permission.askedBy != input.actor.id
	input.permission.whom != input.actor.id
}

text["S-04"] := "Rule S-04 needs a second person to decide on what was asked for; you asked for this yourself." if {
	input.permission.askedBy == input.actor.id
}

text["S-04"] := "Rule S-04 needs a second person to decide on what was asked for; this was asked for you." if {
	input.permission.askedBy != input.actor.id
	input.permission.whom == input.actor.id
}

rests_on["S-04"] := {"R-01"}

# METADATA
# title: Whoever imports did not record the authority
# custom:
#   id: S-13
#   cure: Another person who is assigned can import it.
#   citations:
#   - {text: "custos policy: separation of duties", verified: true}
met["S-13"] if input.authority.recordedBy != input.actor.id

text["S-13"] := sprintf("Rule S-13 needs two people: you recorded %s yourself.", [input.authority.reference])

rests_on["S-13"] := {"A-26"}

# METADATA
# title: Who reviews the retention of a case did not record how it ended
# custom:
#   id: S-14
#   cure: A disclosure officer, an exhibits officer or the senior investigating officer of the case who did not record it can review it, and so can a senior responsible officer.
#   citations:
#   - {text: "custos policy: separation of duties", verified: true}
met["S-14"] if input.erasure.outcomeBy != input.actor.id

text["S-14"] := "Rule S-14 needs two people: you recorded how the case stands or ended, and another person reviews its retention."

rests_on["S-14"] := {"R-01", "U-02"}
