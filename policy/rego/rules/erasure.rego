package custos

# METADATA
# title: An erasure goes one step at a time
# custom:
#   id: R-40
#   cure: See how far it has come with erase list; an erasure that was cancelled is ordered anew.
#   citations:
#   - {text: "custos policy: ordered, approved by another person, then carried out", verified: true}
met["R-40"] if input.erasure.state in before[input.action]

text["R-40"] := sprintf("Rule R-40 needs the erasure to be %s; it is %s.", [list(before[input.action]), input.erasure.state])

# Who may not ask learns neither how far it has come nor what keeps the case.
rests_on["R-40"] := {"O-01", "R-01", "U-02"}

before := {
	"erasure.order": {"asked"},
	"erasure.approve": {"ordered"},
	"erasure.cancel": {"approved", "ordered"},
	"erasure.carry-out": {"approved"},
}

# METADATA
# title: Nothing is erased, returned or destroyed while a hold is in force
# custom:
#   id: U-13
#   cure: Whoever oversees the case can lift the hold when its ground has gone; until then everything stays.
#   citations:
#   - {text: "CPIA 1996 Code of Practice, paras 5.8 to 5.11 (retention)", verified: false}
met["U-13"] if input.erasure.hold == "none"

text["U-13"] := sprintf("Rule U-13 lets nothing of a case that is under a hold be erased, returned or destroyed; these are in force: %s.", [input.erasure.hold])

rests_on["U-13"] := {"O-01", "R-01", "R-40", "U-02"}

# METADATA
# title: An erasure takes three people
# custom:
#   id: S-05
#   cure: Another data protection officer or senior responsible officer can do it; an administrator can carry it out.
#   citations:
#   - {text: "custos policy: separation of duties", verified: true}
met["S-05"] if {
	input.erasure.orderedBy != input.actor.id
	input.erasure.approvedBy != input.actor.id
}

text["S-05"] := "Rule S-05 needs three people to order, approve and carry out an erasure; you did one of these already."

rests_on["S-05"] := {"O-01", "R-01", "R-40", "U-02"}

# METADATA
# title: An erasure can be cancelled until its delay has passed
# custom:
#   id: R-43
#   cure: Ask again then.
#   citations:
#   - {text: "custos policy: a delay before what cannot be undone", verified: true}
met["R-43"] if input.erasure.notBefore <= input.now

text["R-43"] := sprintf("Rule R-43 carries out this erasure not before %s.", [input.erasure.notBefore])

rests_on["R-43"] := {"O-01", "R-01", "R-40", "U-02"}

# METADATA
# title: The retention was reviewed before anything is erased
# custom:
#   id: U-12
#   cure: A data protection officer or a senior responsible officer can approve the erasure and say why.
#   citations:
#   - {text: "CPIA 1996 Code of Practice, paras 5.7 to 5.10; Police information and records management Code", verified: false}
met["U-12"] if input.erasure.reviewed == true

text["U-12"] := "Rule U-12 erases nothing before somebody has reviewed its retention and said why it may go; of this one no review is on record."

rests_on["U-12"] := {"O-01", "R-01", "R-40", "U-02"}
