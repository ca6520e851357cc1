package custos

# METADATA
# title: The role may do this
# custom:
#   id: R-01
#   cure: An administrator can enrol you in such a role, or someone who holds it can do this.
#   citations:
#   - {text: "custos policy: roles and what each may do", verified: true}
met["R-01"] if {
	input.actor.role in input.actor.roles
	level in {"A", "C", "P", "S", "Y"}
}

text["R-01"] := sprintf("Rule R-01 lets only some roles do this (%s); you ask as %s.", [list(object.keys(matrix[input.action])), input.actor.role]) if {
	input.actor.role in input.actor.roles
}

text["R-01"] := sprintf("Rule R-01 needs the role in which you ask (%s) to be yours; it is not, or your key is revoked.", [input.actor.role]) if {
	input.actor.role != ""
	every role in input.actor.roles { role != input.actor.role }
}

text["R-01"] := "Rule R-01 needs a role; you hold none, or your key is revoked." if input.actor.role == ""

# METADATA
# title: There is a need to know
# custom:
#   id: U-02
#   cure: The senior investigating officer can assign you, or serve it on you; an inspection is opened by the senior responsible officer.
#   citations:
#   - {text: "DPA 2018 s.40; need to know", verified: false}
met["U-02"] if level in {"A", "Y"}

met["U-02"] if {
	level == "C"
	some held in input.case.assigned
	held.actor == input.actor.id
	held.from <= input.now
	input.now < held.until
}

met["U-02"] if {
	level == "C"
	shared
}

met["U-02"] if {
	level == "S"
	input.actor.id in input.dataset.servedTo
}

met["U-02"] if {
	level == "S"
	input.actor.id in input.exhibit.servedTo
}

met["U-02"] if {
	level == "P"
	input.request.view in {"masked", "totals"}
}

met["U-02"] if {
	level == "P"
	"inspection" in input.dataset.allowedUses
}

text["U-02"] := "Rule U-02 needs an assignment to the case that is in force; you have none." if level == "C"

text["U-02"] := sprintf("Rule U-02 shows in the role %s only what was served on the asker; this was not served on you.", [input.actor.role]) if level == "S"

text["U-02"] := sprintf("Rule U-02 shows rows in the role %s only with third parties masked, unless they were opened to the asker; these were not opened to you.", [input.actor.role]) if level == "P"

rests_on["U-02"] := {"R-01"}

# The level at which the role in which it is asked may do it.
level := matrix[input.action][input.actor.role]

# Who may do what. Y: in any case. C: in a case to which they are assigned. S: what
# was served on them. P: with third parties masked, or what was opened to them. A:
# totals alone. Who grants has Y, since an assignment would end their independence.
matrix := {
	"actor.enrol": {"administrator": "Y"},
	"analysis.run": {"analyst": "C", "cell-site-expert": "C", "defence-expert": "S", "forensic-examiner": "C"},
	"application.record": {"analyst": "C", "applicant": "C", "sio": "C", "spoc": "C"},
	"audit.read": {"auditor": "Y", "dpo": "Y", "inspector": "Y", "sro": "Y"},
	"authority.cancel": {"authorising-individual": "Y"},
	"authority.grant": {"authorising-individual": "Y"},
	"authority.record": {"spoc": "C"},
	"bundle.collect": {"defence-expert": "S", "defence-solicitor": "S", "prosecutor": "S"},
	"bundle.make": {"analyst": "C", "cell-site-expert": "C", "disclosure-officer": "C", "exhibits-officer": "C", "sio": "C"},
	"case.assign": {"sio": "C", "sro": "Y"},
	"case.open": {"sio": "Y"},
	"case.read": {
		"analyst": "C", "applicant": "C", "authorising-individual": "C", "cell-site-expert": "C", "disclosure-officer": "C",
		"exhibits-officer": "C", "external-provider": "C", "forensic-examiner": "C", "kiosk-officer": "C", "prosecutor": "C",
		"sio": "C", "spoc": "C", "sro": "C",
	},
	"case.share": {"sio": "C", "sro": "Y"},
	"ceremony.record": {"administrator": "Y"},
	"clock.confirm": {"administrator": "Y", "sro": "Y"},
	"copy.dispose": {
		"analyst": "C", "cell-site-expert": "C", "disclosure-officer": "C", "exhibits-officer": "C", "prosecutor": "C", "sio": "C",
	},
	"copy.issue": {
		"analyst": "C", "cell-site-expert": "C", "disclosure-officer": "C", "exhibits-officer": "C", "prosecutor": "C", "sio": "C",
		"sro": "Y",
	},
	"cost.record": {
		"analyst": "C", "exhibits-officer": "C", "external-provider": "C", "forensic-examiner": "C", "sio": "C", "spoc": "C",
	},
	"dataset.select": {"analyst": "C", "cell-site-expert": "C", "disclosure-officer": "C", "sio": "C"},
	"decision.explain": {
		"administrator": "Y", "analyst": "Y", "applicant": "Y", "auditor": "Y", "authorising-individual": "Y",
		"cell-site-expert": "Y", "defence-expert": "Y", "defence-solicitor": "Y", "disclosure-officer": "Y", "dpo": "Y",
		"exhibits-officer": "Y", "external-provider": "Y", "finance": "Y", "forensic-examiner": "Y", "inspector": "Y",
		"kiosk-officer": "Y", "prosecutor": "Y", "sio": "Y", "spoc": "Y", "sro": "Y",
	},
	"defect.record": {
		"analyst": "C", "applicant": "C", "authorising-individual": "C", "cell-site-expert": "C", "disclosure-officer": "C",
		"exhibits-officer": "C", "external-provider": "C", "forensic-examiner": "C", "kiosk-officer": "C", "prosecutor": "C",
		"sio": "C", "spoc": "C", "sro": "C",
	},
	"defect.register": {"administrator": "Y", "auditor": "Y", "inspector": "Y", "sro": "Y"},
	"delivery.record": {
		"analyst": "C", "disclosure-officer": "C", "exhibits-officer": "C", "external-provider": "C", "forensic-examiner": "C",
		"kiosk-officer": "C", "prosecutor": "C", "sio": "C",
	},
	"erasure.approve": {"dpo": "Y", "sro": "Y"},
	"erasure.cancel": {
		"disclosure-officer": "Y", "dpo": "Y", "exhibits-officer": "Y", "inspector": "Y", "prosecutor": "Y", "sio": "Y",
		"sro": "Y",
	},
	"erasure.carry-out": {"administrator": "Y", "dpo": "Y", "sro": "Y"},
	"erasure.order": {"disclosure-officer": "C", "exhibits-officer": "C", "sio": "C"},
	"error.record": {
		"analyst": "C", "applicant": "C", "cell-site-expert": "C", "disclosure-officer": "C", "exhibits-officer": "C",
		"forensic-examiner": "C", "kiosk-officer": "C", "sio": "C", "spoc": "C", "sro": "Y",
	},
	"error.report": {"sro": "Y"},
	"excess.approve": {"authorising-individual": "Y", "sro": "Y"},
	"excess.request": {"analyst": "C", "cell-site-expert": "C", "sio": "C", "spoc": "C"},
	"exhibit.produce": {
		"analyst": "C", "cell-site-expert": "C", "external-provider": "S", "forensic-examiner": "C", "kiosk-officer": "C",
	},
	"exhibit.release": {"prosecutor": "C"},
	"exhibit.serve": {"disclosure-officer": "C", "sio": "C"},
	"exhibit.sign-off": {"analyst": "C", "cell-site-expert": "C", "forensic-examiner": "C"},
	"extraction.import": {"exhibits-officer": "C", "external-provider": "C", "forensic-examiner": "C", "kiosk-officer": "C"},
	"extraction.wipe": {"forensic-examiner": "C", "kiosk-officer": "C"},
	"further-use.approve": {"sio": "C", "sro": "Y"},
	"further-use.request": {"analyst": "C", "cell-site-expert": "C", "disclosure-officer": "C", "sio": "C"},
	"hold.lift": {"dpo": "Y", "inspector": "Y", "sro": "Y"},
	"hold.place": {
		"auditor": "Y", "disclosure-officer": "Y", "dpo": "Y", "exhibits-officer": "Y", "inspector": "Y", "prosecutor": "Y",
		"sio": "Y", "sro": "Y",
	},
	"inspection.grant": {"sro": "Y"},
	"inspection.request": {"auditor": "Y", "dpo": "Y", "inspector": "Y", "sro": "Y"},
	"item.dispose": {"exhibits-officer": "C", "external-provider": "C", "forensic-examiner": "C", "kiosk-officer": "C"},
	"item.hand-over": {
		"analyst": "C", "cell-site-expert": "C", "disclosure-officer": "C", "exhibits-officer": "C", "external-provider": "C",
		"forensic-examiner": "C", "kiosk-officer": "C", "prosecutor": "C", "sio": "C",
	},
	"item.record": {"exhibits-officer": "C", "external-provider": "C", "forensic-examiner": "C", "kiosk-officer": "C"},
	"key.manage": {"administrator": "Y"},
	"key.revoke": {"administrator": "Y"},
	"key.rotate": {
		"administrator": "Y", "analyst": "Y", "applicant": "Y", "auditor": "Y", "authorising-individual": "Y",
		"cell-site-expert": "Y", "defence-expert": "Y", "defence-solicitor": "Y", "disclosure-officer": "Y", "dpo": "Y",
		"exhibits-officer": "Y", "external-provider": "Y", "finance": "Y", "forensic-examiner": "Y", "inspector": "Y",
		"kiosk-officer": "Y", "prosecutor": "Y", "sio": "Y", "spoc": "Y", "sro": "Y",
	},
	"log.close": {"administrator": "Y"},
	"log.init": {"service": "Y"},
	"log.link": {"administrator": "Y", "sro": "Y"},
	"material.assess": {"disclosure-officer": "C", "sio": "C"},
	"material.disclose": {"prosecutor": "C"},
	"material.reveal": {"disclosure-officer": "C", "sio": "C"},
	"note.record": {
		"analyst": "C", "applicant": "C", "cell-site-expert": "C", "disclosure-officer": "C", "exhibits-officer": "C",
		"external-provider": "C", "forensic-examiner": "C", "kiosk-officer": "C", "sio": "C", "spoc": "C",
	},
	"organisation.record": {"sro": "Y"},
	"people.read": {"administrator": "Y", "auditor": "Y", "dpo": "Y", "inspector": "Y", "sio": "Y", "sro": "Y"},
	"policy.approve": {"dpo": "Y", "sro": "Y"},
	"policy.propose": {"auditor": "Y", "dpo": "Y", "sro": "Y"},
	"policy.release": {"administrator": "Y"},
	"reference.import": {"analyst": "C", "cell-site-expert": "C", "exhibits-officer": "C", "spoc": "C"},
	"register.read": {
		"analyst": "C", "applicant": "C", "auditor": "Y", "authorising-individual": "Y", "cell-site-expert": "C",
		"disclosure-officer": "C", "dpo": "Y", "exhibits-officer": "C", "external-provider": "C", "forensic-examiner": "C",
		"inspector": "Y", "kiosk-officer": "C", "prosecutor": "C", "sio": "C", "spoc": "C", "sro": "Y",
	},
	"report.case": {
		"analyst": "C", "disclosure-officer": "C", "exhibits-officer": "C", "forensic-examiner": "C", "kiosk-officer": "C",
		"prosecutor": "C", "sio": "C", "spoc": "C",
	},
	"report.health": {"administrator": "Y", "auditor": "Y", "dpo": "Y", "inspector": "Y", "sro": "Y"},
	"report.organisation": {"auditor": "Y", "dpo": "Y", "inspector": "Y", "sro": "Y"},
	"retention.record": {"disclosure-officer": "C", "exhibits-officer": "C", "sio": "C", "sro": "Y"},
	"retention.review": {"disclosure-officer": "C", "exhibits-officer": "C", "sio": "C", "sro": "Y"},
	"role.change": {"administrator": "Y"},
	"row.read": {
		"analyst": "C", "applicant": "C", "auditor": "P", "cell-site-expert": "C", "defence-expert": "S",
		"disclosure-officer": "C", "dpo": "P", "external-provider": "S", "forensic-examiner": "S", "inspector": "P",
		"kiosk-officer": "S", "sio": "C", "spoc": "C",
	},
	"schedule.make": {"disclosure-officer": "C"},
	"source.import": {"analyst": "C", "exhibits-officer": "C", "spoc": "C"},
	"source.preview": {"analyst": "C", "exhibits-officer": "C", "spoc": "C"},
	"standing.record": {"administrator": "Y"},
	"submission.record": {
		"exhibits-officer": "C", "external-provider": "C", "forensic-examiner": "C", "kiosk-officer": "C", "sio": "C",
	},
	"time.stamp": {"administrator": "Y", "auditor": "Y", "sro": "Y"},
	"totals.read": {"auditor": "A", "dpo": "A", "finance": "A", "inspector": "A", "sio": "A", "sro": "A"},
	"unmasking.approve": {"sio": "C"},
	"unmasking.request": {"analyst": "C", "cell-site-expert": "C"},
}
