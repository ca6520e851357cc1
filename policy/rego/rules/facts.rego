package custos

# METADATA
# title: The facts are whole
# custom:
#   id: R-00
#   cure: This is a fault of the program. Report it to the administrator.
#   citations:
#   - {text: "custos policy: a missing fact allows nothing", verified: true}
met["R-00"] if {
	object.keys(input) - {"authority"} == {"action", "actor", "asOf", "now"} | sections[input.action]
	is_number(input.asOf)
	printable([input.now])
	every name in object.keys(input) - {"action", "asOf", "now"} { whole[name] }
}

text["R-00"] := "The facts on which this rests are not whole, so nothing can be allowed."

# printable holds for a list of texts without control, format or line characters;
# what is no text cannot be joined, and then there is no answer, which is a no.
printable(list) if regex.match(`^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$`, concat("", list))

# records holds for a list of records that have exactly these fields, all of them texts.
records(list, keys) if {
	is_array(list)
	{object.keys(record) | some record in list} - {keys} == set()
	printable([text | some record in list; some text in record])
}

# A section is whole when it has every field of its own and no other, each of its
# kind: texts first, then lists of texts, then what is yes or no, a number, or a list
# of records.
whole["actor"] if {
	object.keys(input.actor) == {"competencies", "id", "publicAuthority", "role", "roles", "until", "vettedUntil", "vetting"}
	printable([
		input.actor.id, input.actor.publicAuthority, input.actor.role, input.actor.until, input.actor.vettedUntil, input.actor.vetting,
		concat("", input.actor.roles),
	])
	records(input.actor.competencies, {"activity", "from", "until"})
}

whole["authority"] if {
	object.keys(input.authority) == {
		"applicant", "application", "approvedByCommissionerOn", "approvedByJusticeOn", "cancelledOn", "case", "collaboration",
		"connectionRecords", "consultationException", "dataTypes", "discloseTo", "disclosureManner", "form", "from", "grantedOn",
		"granter", "granterInLine", "granterRank", "id", "identifiers", "identifiesSource", "independenceException", "instrument",
		"noticeGivenOn", "operatorHeldWithinTime", "profession", "professionConsidered", "publicAuthority", "purpose",
		"recordedBy", "reference", "regime", "renewals", "reportedToCommissioner", "retainUntil", "route", "scopeStated",
		"seriousCrime", "spoc", "spocConsultedOn", "stated", "until", "urgentConfirmedOn", "urgentGround", "use",
	}
	printable([
		input.authority.applicant, input.authority.application, input.authority.approvedByCommissionerOn, input.authority.approvedByJusticeOn,
		input.authority.cancelledOn, input.authority.case, input.authority.connectionRecords, input.authority.consultationException,
		input.authority.form, input.authority.from, input.authority.grantedOn, input.authority.granter, input.authority.granterRank,
		input.authority.id, input.authority.independenceException, input.authority.instrument, input.authority.noticeGivenOn,
		input.authority.profession, input.authority.publicAuthority, input.authority.purpose, input.authority.recordedBy,
		input.authority.reference, input.authority.regime, input.authority.retainUntil, input.authority.route, input.authority.seriousCrime,
		input.authority.spoc, input.authority.spocConsultedOn, input.authority.until, input.authority.urgentConfirmedOn,
		input.authority.urgentGround, input.authority.use,
		concat("", input.authority.dataTypes), concat("", input.authority.identifiers), concat("", input.authority.renewals),
		concat("", input.authority.stated),
	])
	is_boolean(input.authority.collaboration)
	is_boolean(input.authority.disclosureManner)
	is_boolean(input.authority.granterInLine)
	is_boolean(input.authority.identifiesSource)
	is_boolean(input.authority.operatorHeldWithinTime)
	is_boolean(input.authority.professionConsidered)
	is_boolean(input.authority.reportedToCommissioner)
	is_boolean(input.authority.scopeStated)
	records(input.authority.discloseTo, {"name", "publicAuthority"})
}

whole["case"] if {
	object.keys(input.case) == {"assigned", "id", "marking", "organisation", "shares"}
	printable([input.case.id, input.case.marking, input.case.organisation])
	records(input.case.assigned, {"actor", "from", "until"})
	records(input.case.shares, {"from", "of", "until", "use"})
}

whole["copy"] if {
	object.keys(input.copy) == {"agreement", "country", "flags", "holder", "named", "number", "of", "outside", "prosecutor", "recipient", "reviewOn", "sensitive", "state"}
	printable([
		input.copy.country, input.copy.holder, input.copy.of, input.copy.recipient, input.copy.reviewOn, input.copy.sensitive, input.copy.state,
		concat("", input.copy.flags), concat("", input.copy.named),
	])
	is_boolean(input.copy.agreement)
	is_boolean(input.copy.outside)
	is_boolean(input.copy.prosecutor)
	is_number(input.copy.number)
}

whole["dataset"] if {
	object.keys(input.dataset) == {"allowedUses", "flags", "id", "marking", "named", "purpose", "servedTo", "status"}
	printable([
		input.dataset.id, input.dataset.marking, input.dataset.purpose, input.dataset.status,
		concat("", input.dataset.allowedUses), concat("", input.dataset.flags), concat("", input.dataset.named),
		concat("", input.dataset.servedTo),
	])
}

whole["erasure"] if {
	object.keys(input.erasure) == {
		"approvedBy", "basis", "hold", "keptUntil", "notBefore", "order", "orderedBy", "outcomeBy", "retainUntil", "review", "reviewed",
		"state",
	}
	printable([
		input.erasure.approvedBy, input.erasure.basis, input.erasure.hold, input.erasure.keptUntil, input.erasure.notBefore, input.erasure.order,
		input.erasure.orderedBy, input.erasure.outcomeBy, input.erasure.retainUntil, input.erasure.review, input.erasure.state,
	])
	is_boolean(input.erasure.reviewed)
}

whole["exhibit"] if {
	object.keys(input.exhibit) == {
		"authors", "categorised", "checked", "checker", "content", "defendant", "form", "id", "kindsStated", "producer", "released", "servedTo",
	}
	printable([
		input.exhibit.checker, input.exhibit.content, input.exhibit.defendant, input.exhibit.form, input.exhibit.id, input.exhibit.producer,
		concat("", input.exhibit.authors), concat("", input.exhibit.released), concat("", input.exhibit.servedTo),
	])
	is_boolean(input.exhibit.categorised)
	is_boolean(input.exhibit.checked)
	is_boolean(input.exhibit.kindsStated)
}

whole["permission"] if {
	object.keys(input.permission) == {"about", "askedBy", "decidedBy", "id", "state", "whom"}
	printable([
		input.permission.about, input.permission.askedBy, input.permission.decidedBy, input.permission.id, input.permission.state,
		input.permission.whom,
	])
}

whole["person"] if {
	object.keys(input.person) == {"id", "roles"}
	printable([input.person.id, concat("", input.person.roles)])
}

whole["release"] if {
	object.keys(input.release) == {"approvedBy", "author", "release"}
	printable([input.release.author, input.release.release])
	records(input.release.approvedBy, {"actor", "role"})
}

whole["request"] if {
	object.keys(input.request) == {"first", "last", "purpose", "query", "reason", "view"}
	printable([input.request.purpose, input.request.query, input.request.reason, input.request.view])
	is_number(input.request.first)
	is_number(input.request.last)
}

whole["source"] if {
	object.keys(input.source) == {"dataTypes", "from", "identifiers", "item", "kind", "obtainedOn", "until"}
	printable([
		input.source.from, input.source.item, input.source.kind, input.source.obtainedOn, input.source.until,
		concat("", input.source.dataTypes), concat("", input.source.identifiers),
	])
}

# The sections that an action needs beside the actor; A-26 asks for an authority.
sections := {
	"actor.enrol": {"person"},
	"analysis.run": {"case", "dataset"},
	"application.record": {"case"},
	"audit.read": {"request"},
	"authority.cancel": {"case"},
	"authority.grant": {"case"},
	"authority.record": {"case"},
	"bundle.collect": {"case", "exhibit"},
	"bundle.make": {"case", "dataset", "exhibit"},
	"case.assign": {"case", "person"},
	"case.open": {"case"},
	"case.read": {"case"},
	"case.share": {"case"},
	"ceremony.record": set(),
	"clock.confirm": set(),
	"copy.dispose": {"case", "copy"},
	"copy.issue": {"case", "copy"},
	"cost.record": {"case"},
	"dataset.select": {"case", "dataset"},
	"decision.explain": set(),
	"defect.record": {"case"},
	"defect.register": set(),
	"delivery.record": {"case"},
	"erasure.approve": {"case", "erasure"},
	"erasure.cancel": {"case", "erasure"},
	"erasure.carry-out": {"case", "erasure"},
	"erasure.order": {"case", "erasure"},
	"error.record": {"case"},
	"error.report": {"case"},
	"excess.approve": {"case", "permission"},
	"excess.request": {"case", "permission"},
	"exhibit.produce": {"case", "dataset"},
	"exhibit.release": {"case", "exhibit"},
	"exhibit.serve": {"case", "exhibit"},
	"exhibit.sign-off": {"case", "exhibit"},
	"extraction.import": {"case", "source"},
	"extraction.wipe": {"case", "erasure"},
	"further-use.approve": {"case", "permission"},
	"further-use.request": {"case", "permission"},
	"hold.lift": {"case"},
	"hold.place": {"case"},
	"inspection.grant": {"case", "permission"},
	"inspection.request": {"case", "permission"},
	"item.dispose": {"case", "erasure"},
	"item.hand-over": {"case"},
	"item.record": {"case"},
	"key.manage": set(),
	"key.revoke": {"person"},
	"key.rotate": {"person"},
	"log.close": set(),
	"log.init": set(),
	"log.link": set(),
	"material.assess": {"case"},
	"material.disclose": {"case"},
	"material.reveal": {"case"},
	"note.record": {"case"},
	"organisation.record": set(),
	"people.read": set(),
	"policy.approve": {"release"},
	"policy.propose": set(),
	"policy.release": {"release"},
	"reference.import": {"case"},
	"register.read": {"case"},
	"report.case": {"case"},
	"report.health": set(),
	"report.organisation": set(),
	"retention.record": {"case"},
	"retention.review": {"case", "erasure"},
	"role.change": {"person"},
	"row.read": {"case", "dataset", "request"},
	"schedule.make": {"case"},
	"source.import": {"case", "source"},
	"source.preview": {"case"},
	"standing.record": {"person"},
	"submission.record": {"case"},
	"time.stamp": set(),
	"totals.read": set(),
	"unmasking.approve": {"case", "permission"},
	"unmasking.request": {"case", "permission"},
}
