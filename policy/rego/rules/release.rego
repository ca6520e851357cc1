package custos

# METADATA
# title: A policy release is written, approved by a data protection officer and a senior responsible officer, and put in force by different people
# custom:
#   id: S-06
#   cure: A data protection officer and a senior responsible officer can approve it (policy approve); then an administrator who did neither can put it in force.
#   citations:
#   - {text: "custos policy: separation of duties; author, approvers and publisher of a rule are different people", verified: true}
met["S-06"] if {
	input.action == "policy.approve"
	input.release.author != input.actor.id
}

met["S-06"] if {
	input.action == "policy.release"
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

text["S-06"] := "Rule S-06 needs somebody else to approve a policy release; you put this one forward." if {
	input.action == "policy.approve"
}

text["S-06"] := sprintf("Rule S-06 needs a data protection officer and a senior responsible officer to have approved a policy release, two people who neither wrote it nor publish it; it was written by %s, approved by: %s.", [input.release.author, list({said | some approval in input.release.approvedBy; said := sprintf("%s as %s", [approval.actor, approval.role])})]) if {
	input.action == "policy.release"
}

rests_on["S-06"] := {"R-01"}
