package custos

# METADATA
# title: Another organisation uses only what is shared with it
# custom:
#   id: O-01
#   cure: The senior investigating officer of the case can share it under an agreement, for a time; what was shared can be shared anew, and what is not for sharing is done by people of the organisation to which it belongs.
#   citations:
#   - {text: "DPA 2018 ss.58, 59", verified: false}
met["O-01"] if input.case.organisation == "unstated"

met["O-01"] if input.case.organisation == input.actor.publicAuthority

# Whoever grants, oversees from outside, prosecutes, defends or works under contract
# belongs to another organisation as a matter of course.
met["O-01"] if input.actor.role in of_others

met["O-01"] if shared

# What was ordered and approved by those of the case is carried out by whoever keeps
# the system in which it stands, and that may be another organisation's.
met["O-01"] if {
	input.action == "erasure.carry-out"
	input.actor.role == "administrator"
}

text["O-01"] := sprintf("Rule O-01 lets people of another organisation use only what is shared with them, while it is; you belong to %s, the case does not, and this is not shared with you now.", [input.actor.publicAuthority])

rests_on["O-01"] := {"R-01"}

# What is asked for is shared with the asker's organisation, for this, now.
shared if {
	some share in input.case.shares
	share.use == uses_shared[input.action]
	share.of == input.dataset.id
	share.from <= input.now
	input.now < share.until
}

uses_shared := {"analysis.run": "analyse", "row.read": "read"}

of_others := {
	"authorising-individual", "defence-expert", "defence-solicitor", "external-provider", "inspector", "prosecutor", "service",
}
