package custos

# METADATA
# title: A policy release is approved by somebody who did not write it
# custom:
#   id: R-50
#   cure: Another data protection officer or senior responsible officer can approve it.
#   citations:
#   - {text: "custos policy: separation of duties; the author of a rule does not approve it", verified: true}
met["R-50"] if input.release.author != input.actor.id

text["R-50"] := "Rule R-50 needs somebody else to approve a policy release; you put this one forward."

# METADATA
# title: A policy release comes into force when a data protection officer and a senior responsible officer have approved it, and others wrote and publish it
# custom:
#   id: R-51
#   cure: A data protection officer and a senior responsible officer can approve it (policy approve); then an administrator who did neither can put it in force.
#   citations:
#   - {text: "custos policy: separation of duties; author, approvers and publisher of a rule are different people", verified: true}
met["R-51"] if {
	input.release.author != input.actor.id
	every approval in input.release.approvedBy { approval.actor != input.actor.id }
	some protection in approvers["dpo"]
	some responsible in approvers["sro"]
	protection != responsible
}

# Who approves in which role; the author's own approval is none.
approvers[approval.role] contains approval.actor if {
	some approval in input.release.approvedBy
	approval.actor != input.release.author
}

text["R-51"] := sprintf("Rule R-51 needs a data protection officer and a senior responsible officer to have approved a policy release, two people who neither wrote it nor publish it; it was written by %s, approved by: %s.", [input.release.author, list({said | some approval in input.release.approvedBy; said := sprintf("%s as %s", [approval.actor, approval.role])})])
