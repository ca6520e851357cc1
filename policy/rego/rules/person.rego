package custos

# METADATA
# title: The facts are whole
# custom:
#   id: R-00
#   cure: This is a fault of the program. Report it to the administrator.
#   citations:
#   - {text: "custos policy: a missing fact allows nothing", verified: true}
met contains "R-00" if {
	object.keys(input) - object.keys(shapes) == {"action", "asOf", "now"}
	is_number(input.asOf)
	printable(input.now)
	present := object.keys(input) & object.keys(shapes)
	present - {"authority"} == {"actor"} | sections[input.action]
	every name in present { whole(input[name], shapes[name]) }
}

text["R-00"] := "The facts on which this rests are not whole, so nothing can be allowed."

shapes := {
	"actor": {
		"competencies": {"activity", "from", "until"}, "id": "text", "publicAuthority": "text", "role": "text", "roles": "texts",
		"until": "text", "vettedUntil": "text", "vetting": "text",
	},
	"authority": {
		"applicant": "text", "application": "text", "approvedByCommissionerOn": "text", "approvedByJusticeOn": "text",
		"cancelledOn": "text", "case": "text", "collaboration": "boolean", "connectionRecords": "text", "consultationException": "text",
		"dataTypes": "texts", "discloseTo": {"name", "publicAuthority"}, "disclosureManner": "boolean", "form": "text", "from": "text",
		"grantedOn": "text", "granter": "text", "granterInLine": "boolean", "granterRank": "text", "id": "text", "identifiers": "texts",
		"identifiesSource": "boolean", "independenceException": "text", "instrument": "text", "noticeGivenOn": "text",
		"operatorHeldWithinTime": "boolean", "profession": "text", "professionConsidered": "boolean", "publicAuthority": "text",
		"purpose": "text", "recordedBy": "text", "reference": "text", "regime": "text", "renewals": "texts",
		"reportedToCommissioner": "boolean", "retainUntil": "text", "route": "text", "scopeStated": "boolean", "seriousCrime": "text",
		"spoc": "text", "spocConsultedOn": "text", "stated": "texts", "until": "text", "urgentConfirmedOn": "text",
		"urgentGround": "text", "use": "text",
	},
	"case": {"assigned": {"actor", "from", "until"}, "id": "text", "marking": "text"},
	"copy": {
		"agreement": "boolean", "country": "text", "holder": "text", "number": "number", "of": "text", "outside": "boolean",
		"recipient": "text", "reviewOn": "text", "state": "text",
	},
	"dataset": {
		"allowedUses": "texts", "flags": "texts", "id": "text", "marking": "text", "purpose": "text", "servedTo": "texts", "status": "text",
	},
	"erasure": {
		"hold": "text", "notBefore": "text", "order": "text", "orderedBy": "text", "retainUntil": "text", "reviewed": "boolean",
		"state": "text",
	},
	"exhibit": {
		"authors": "texts", "categorised": "boolean", "checked": "boolean", "checker": "text", "content": "text", "form": "text",
		"id": "text", "kindsStated": "boolean", "producer": "text", "servedTo": "texts",
	},
	"permission": {"about": "text", "askedBy": "text", "decidedBy": "text", "id": "text", "state": "text"},
	"person": {"id": "text", "roles": "texts"},
	"release": {"approvedBy": {"actor", "role"}, "author": "text", "release": "text"},
	"request": {"first": "number", "last": "number", "purpose": "text", "query": "text", "reason": "text", "view": "text"},
	"source": {
		"dataTypes": "texts", "from": "text", "identifiers": "texts", "item": "text", "kind": "text", "obtainedOn": "text", "until": "text",
	},
}

# The sections that an action needs beside the actor; R-10 asks for an authority.
sections := {
	"log.init": set(), "actor.enrol": {"person"}, "key.revoke": {"person"}, "policy.release": {"release"}, "case.open": {"case"},
	"case.assign": {"case", "person"}, "case.read": {"case"}, "authority.record": {"case"}, "source.preview": {"case"},
	"source.import": {"case", "source"}, "reference.import": {"case"}, "row.read": {"case", "dataset", "request"},
	"analysis.run": {"case", "dataset"}, "exhibit.produce": {"case", "dataset"}, "exhibit.sign-off": {"case", "exhibit"},
	"bundle.make": {"case", "exhibit"}, "defect.record": {"case"}, "defect.register": set(), "audit.read": set(), "decision.explain": set(),
	"erasure.order": {"case", "erasure"}, "erasure.approve": {"erasure"}, "erasure.cancel": {"erasure"}, "erasure.carry-out": {"erasure"},
	"hold.place": {"case"}, "hold.lift": {"case"}, "time.stamp": set(), "clock.confirm": set(),
	"key.rotate": {"person"}, "key.manage": set(), "ceremony.record": set(), "log.close": set(),
	"application.record": {"case"}, "authority.grant": {"case"}, "authority.cancel": {"case"}, "extraction.import": {"case", "source"},
	"excess.request": {"case", "permission"}, "excess.approve": {"case", "permission"}, "unmasking.request": {"case", "permission"},
	"unmasking.approve": {"case", "permission"}, "further-use.request": {"case", "permission"},
	"further-use.approve": {"case", "permission"}, "inspection.grant": {"case", "permission"}, "exhibit.serve": {"case", "exhibit"},
	"exhibit.release": {"case", "exhibit"}, "bundle.collect": {"case", "exhibit"}, "item.record": {"case"}, "schedule.make": {"case"},
	"totals.read": set(), "copy.issue": {"case", "copy"}, "copy.dispose": {"case", "copy"}, "error.record": {"case"},
	"error.report": {"case"}, "policy.propose": set(), "policy.approve": {"release"}, "role.change": {"person"},
	"standing.record": {"person"}, "people.read": set(),
}

whole(section, shape) if {
	object.keys(section) == object.keys(shape)
	every name, wanted in shape { fits(section[name], wanted) }
}

fits(value, "boolean") if is_boolean(value)

fits(value, "number") if is_number(value)

fits(value, "text") if printable(value)

fits(value, "texts") if {
	is_array(value)
	every item in value { printable(item) }
}

# A set of names stands for a list of records with exactly those texts.
fits(value, wanted) if {
	is_set(wanted)
	is_array(value)
	every item in value {
		object.keys(item) == wanted
		every field in item { printable(field) }
	}
}

printable(value) if {
	is_string(value)
	regex.match(`^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$`, value)
}

# METADATA
# title: The role may do this
# custom:
#   id: R-01
#   cure: An administrator can enrol you in such a role, or someone who holds it can do this.
#   citations:
#   - {text: "custos policy: roles and what each may do", verified: true}
met contains "R-01" if {
	input.actor.role in input.actor.roles
	input.actor.role in may[input.action]
}

text["R-01"] := sprintf("Rule R-01 lets only some roles do this (%s); you ask as %s.", [list(may[input.action]), input.actor.role]) if {
	input.actor.role in input.actor.roles
}

text["R-01"] := sprintf("Rule R-01 needs the role in which you ask (%s) to be yours; it is not, or your key is revoked.", [input.actor.role]) if {
	input.actor.role != ""
	every role in input.actor.roles { role != input.actor.role }
}

text["R-01"] := "Rule R-01 needs a role; you hold none, or your key is revoked." if input.actor.role == ""

may := {
	"log.init": {"service"},
	"actor.enrol": {"administrator"},
	"key.revoke": {"administrator"},
	"policy.release": {"administrator"},
	"case.open": {"sio"},
	"case.assign": {"sio"},
	"case.read": working,
	"authority.record": {"spoc"},
	"source.preview": {"analyst", "exhibits-officer", "spoc"},
	"source.import": {"analyst", "exhibits-officer", "spoc"},
	"reference.import": {"analyst", "cell-site-expert", "exhibits-officer", "spoc"},
	"row.read": {"analyst", "applicant", "cell-site-expert", "disclosure-officer", "sio", "spoc"},
	"analysis.run": {"analyst", "cell-site-expert", "forensic-examiner"},
	"exhibit.produce": {"analyst", "cell-site-expert", "forensic-examiner"},
	"exhibit.sign-off": {"analyst", "cell-site-expert", "forensic-examiner"},
	"bundle.make": {"analyst", "cell-site-expert", "disclosure-officer", "exhibits-officer", "sio"},
	"defect.record": working,
	"defect.register": {"administrator", "auditor", "inspector", "sro"},
	"audit.read": {"auditor", "dpo", "inspector", "sro"},
	"decision.explain": working | {
		"administrator", "auditor", "defence-expert", "defence-solicitor", "dpo", "finance", "inspector",
	},
	"erasure.order": {"disclosure-officer", "exhibits-officer", "sio"},
	"erasure.approve": {"dpo", "sro"},
	"erasure.cancel": {"disclosure-officer", "dpo", "exhibits-officer", "inspector", "prosecutor", "sio", "sro"},
	"erasure.carry-out": {"administrator", "dpo", "sro"},
	"time.stamp": {"administrator", "auditor", "sro"},
	"clock.confirm": {"administrator", "sro"},
	"hold.place": {"auditor", "disclosure-officer", "dpo", "exhibits-officer", "inspector", "prosecutor", "sio", "sro"},
	"hold.lift": {"dpo", "inspector", "sro"},
	"key.rotate": working | {"administrator", "auditor", "defence-expert", "dpo", "inspector"},
	"key.manage": {"administrator"},
	"ceremony.record": {"administrator"},
	"log.close": {"administrator"},
	"application.record": {"analyst", "applicant", "sio", "spoc"},
	"authority.grant": {"authorising-individual"},
	"authority.cancel": {"authorising-individual"},
	"extraction.import": {"exhibits-officer", "external-provider", "forensic-examiner", "kiosk-officer"},
	"excess.request": {"analyst", "cell-site-expert", "sio"},
	"excess.approve": {"authorising-individual", "sro"},
	"unmasking.request": {"analyst", "cell-site-expert"},
	"unmasking.approve": {"sio"},
	"further-use.request": {"analyst", "cell-site-expert", "disclosure-officer", "sio"},
	"further-use.approve": {"sio", "sro"},
	"inspection.grant": {"sro"},
	"exhibit.serve": {"disclosure-officer", "sio"},
	"exhibit.release": {"prosecutor"},
	"bundle.collect": {"defence-expert", "defence-solicitor", "prosecutor"},
	"item.record": {"exhibits-officer", "external-provider", "forensic-examiner", "kiosk-officer"},
	"schedule.make": {"disclosure-officer"},
	"totals.read": {"auditor", "dpo", "finance", "inspector", "sio", "sro"},
	"copy.issue": {"analyst", "cell-site-expert", "disclosure-officer", "exhibits-officer", "sio"},
	"copy.dispose": {"analyst", "cell-site-expert", "disclosure-officer", "exhibits-officer", "sio"},
	"error.record": {"analyst", "cell-site-expert", "sio", "spoc", "sro"},
	"error.report": {"sro"},
	"policy.propose": {"auditor", "dpo", "sro"},
	"policy.approve": {"dpo", "sro"},
	"role.change": {"administrator"},
	"standing.record": {"administrator"},
	"people.read": {"administrator", "auditor", "dpo", "inspector", "sio", "sro"},
}

# The roles that may stand beside one another in a case.
working := {
	"analyst", "applicant", "authorising-individual", "cell-site-expert", "disclosure-officer", "exhibits-officer", "external-provider",
	"forensic-examiner", "kiosk-officer", "prosecutor", "sio", "spoc", "sro",
}

# METADATA
# title: Enrolment, role and key are in force
# custom:
#   id: R-02
#   cure: An administrator can renew it.
#   citations:
#   - {text: "custos policy: keys and roles end on their day", verified: true}
met contains "R-02" if input.now < input.actor.until

text["R-02"] := sprintf("Rule R-02 needs your enrolment, role and key to be in force; the first of them ended at %s.", [input.actor.until])

# METADATA
# title: Who keeps the system, or oversees it, does not work on cases
# custom:
#   id: R-03
#   cure: Someone who holds none of those roles can do this.
#   citations:
#   - {text: "custos policy: separation of duties", verified: true}
met contains "R-03" if {
	every role in input.actor.roles { role in working }
}

text["R-03"] := sprintf("Rule R-03 keeps case work apart from running or overseeing the system; you also hold the role %s.", [list(apart)]) if {
	apart := {role | some role in input.actor.roles} - working
}

# METADATA
# title: The person is assigned to the case
# custom:
#   id: R-04
#   cure: The senior investigating officer can assign you.
#   citations:
#   - {text: "DPA 2018 s.40; need to know", verified: false}
met contains "R-04" if {
	some held in input.case.assigned
	held.actor == input.actor.id
	held.from <= input.now
	input.now < held.until
}

text["R-04"] := "Rule R-04 needs an assignment to the case that is in force; you have none."

# METADATA
# title: A log begins once
# custom:
#   id: R-05
#   cure: Open the log that is there, or choose an empty folder.
#   citations:
#   - {text: "custos policy: one log, one beginning", verified: true}
met contains "R-05" if input.asOf == 0

text["R-05"] := sprintf("Rule R-05 begins a log only where there is none; this one has %d entries.", [input.asOf])

# METADATA
# title: Nobody changes their own roles
# custom:
#   id: R-06
#   cure: Another administrator can do this.
#   citations:
#   - {text: "custos policy: separation of duties", verified: true}
met contains "R-06" if input.person.id != input.actor.id

text["R-06"] := "Rule R-06 keeps people from enrolling themselves or changing their own roles."

# METADATA
# title: A person replaces their own key, and keeps their roles
# custom:
#   id: R-08
#   cure: Ask for your own key, with the roles that you have; an administrator revokes and enrols the keys of others.
#   citations:
#   - {text: "custos policy: a key is replaced by its holder", verified: true}
met contains "R-08" if {
	input.person.id == input.actor.id
	input.person.roles == input.actor.roles
}

text["R-08"] := "Rule R-08 lets people replace only their own key, and keep exactly the roles that they have."

# METADATA
# title: A reason is given for looking at rows
# custom:
#   id: R-07
#   cure: Give the reason and ask again.
#   citations:
#   - {text: "custos policy: every consultation says why", verified: true}
met contains "R-07" if regex.match(`\pL`, input.request.reason)

text["R-07"] := "Rule R-07 needs the reason for looking at these rows, in words; none was given."

# list returns words in order, joined for reading.
list(words) := concat(", ", sort(words))
