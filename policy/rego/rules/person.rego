package custos

# METADATA
# title: Enrolment, role and key are in force
# custom:
#   id: R-02
#   cure: An administrator can renew it.
#   citations:
#   - {text: "custos policy: keys and roles end on their day", verified: true}
met["R-02"] if input.now < input.actor.until

text["R-02"] := sprintf("Rule R-02 needs your enrolment, role and key to be in force; the first of them ended at %s.", [input.actor.until])

# METADATA
# title: A log begins once
# custom:
#   id: R-05
#   cure: Open the log that is there, or choose an empty folder.
#   citations:
#   - {text: "custos policy: one log, one beginning", verified: true}
met["R-05"] if input.asOf == 0

text["R-05"] := sprintf("Rule R-05 begins a log only where there is none; this one has %d entries.", [input.asOf])

# METADATA
# title: Nobody changes their own roles
# custom:
#   id: R-06
#   cure: Another administrator can do this.
#   citations:
#   - {text: "custos policy: separation of duties", verified: true}
met["R-06"] if input.person.id != input.actor.id

text["R-06"] := "Rule R-06 keeps people from enrolling themselves or changing their own roles."

rests_on["R-06"] := {"R-01"}

# METADATA
# title: Nobody acts as the service
# custom:
#   id: S-10
#   cure: Give the person roles and a name of their own; the service signs with a key that no person holds.
#   citations:
#   - {text: "custos policy: the key of the log's service is nobody's", verified: true}
met["S-10"] if {
	input.person.id != "service"
	every role in input.person.roles { role != "service" }
}

text["S-10"] := "Rule S-10 lets nobody be enrolled as the service or in its role."

rests_on["S-10"] := {"R-01"}

# METADATA
# title: A person replaces their own key, and keeps their roles
# custom:
#   id: R-08
#   cure: Ask for your own key, with the roles that you have; an administrator revokes and enrols the keys of others.
#   citations:
#   - {text: "custos policy: a key is replaced by its holder", verified: true}
met["R-08"] if {
	input.person.id == input.actor.id
	input.person.roles == input.actor.roles
}

text["R-08"] := "Rule R-08 lets people replace only their own key, and keep exactly the roles that they have."

rests_on["R-08"] := {"R-01"}

# METADATA
# title: Who keeps the system does not work on cases
# custom:
#   id: S-07
#   cure: Someone who is not an administrator can do this.
#   citations:
#   - {text: "custos policy: separation of duties", verified: true}
met["S-07"] if sides - {"defence", "oversight", "provider", "work"} == set()

text["S-07"] := sprintf("Rule S-07 keeps case work apart from running the system; whoever is to do it also holds the role %s.", [list(also)]) if {
	also := {role | some role in concerned; side[role] == "keeping"}
	count(also) > 0
}

rests_on["S-07"] := {"R-01"}

# METADATA
# title: Who oversees does not work on cases
# custom:
#   id: S-08
#   cure: Someone who holds none of those roles can do this.
#   citations:
#   - {text: "custos policy: separation of duties", verified: true}
met["S-08"] if sides - {"defence", "keeping", "provider", "work"} == set()

# In a role that oversees, to look is no work on the case.
met["S-08"] if {
	side[input.actor.role] == "oversight"
	input.action in {"register.read", "row.read"}
}

text["S-08"] := sprintf("Rule S-08 keeps case work apart from overseeing it; whoever is to do it also holds the role %s.", [list(also)]) if {
	also := {role | some role in concerned; side[role] == "oversight"}
	count(also) > 0
}

rests_on["S-08"] := {"R-01"}

# METADATA
# title: The defence stands alone
# custom:
#   id: S-11
#   cure: Someone who acts for one side only can do this.
#   citations:
#   - {text: "custos policy: separation of duties", verified: true}
met["S-11"] if own_sides - {"keeping", "oversight", "provider", "work"} == set()

met["S-11"] if own_sides == {"defence"}

text["S-11"] := "Rule S-11 keeps who acts for the defence out of every other role; you hold roles of both kinds."

rests_on["S-11"] := {"R-01"}

# METADATA
# title: An external provider sees its own submission only
# custom:
#   id: S-12
#   cure: Someone who is not of an external provider can do this.
#   citations:
#   - {text: "custos policy: separation of duties", verified: true}
met["S-12"] if own_sides - {"defence", "keeping", "oversight", "work"} == set()

met["S-12"] if own_sides == {"provider"}

text["S-12"] := "Rule S-12 keeps an external provider's people out of every other role; you hold roles of both kinds."

rests_on["S-12"] := {"R-01"}

# The roles of who asks, and of who is to be assigned.
concerned := {role | some role in input.actor.roles} | {role | input.action == "case.assign"; some role in input.person.roles}

# The sides of the house on which they stand; a role that is none stands on no side
# that any rule names.
sides := {object.get(side, role, "none") | some role in concerned}

own_sides := {object.get(side, role, "none") | some role in input.actor.roles}

# On which side of the house each role stands.
side := {
	"administrator": "keeping", "analyst": "work", "applicant": "work", "auditor": "oversight", "authorising-individual": "work",
	"cell-site-expert": "work", "defence-expert": "defence", "defence-solicitor": "defence", "disclosure-officer": "work",
	"dpo": "oversight", "exhibits-officer": "work", "external-provider": "provider", "finance": "oversight",
	"forensic-examiner": "work", "inspector": "oversight", "kiosk-officer": "work", "prosecutor": "work", "service": "keeping",
	"sio": "work", "spoc": "work", "sro": "work",
}

# list returns words in order, joined for reading.
list(words) := concat(", ", sort(words))
