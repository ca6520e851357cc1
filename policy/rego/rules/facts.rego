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
	given := object.keys(input) - {"action", "asOf", "now"}
	every name in given { object.keys(input[name]) == fields[name] }
	every right in [is_boolean(input[name][field]) | some name in given; some field in booleans[name]] { right }
	every right in [is_number(input[name][field]) | some name in given; some field in counts[name]] { right }
	every list in [[input[name][field], keys] | some name in given; some field, keys in records[name]] { whole(list[0], list[1]) }
	is_number(input.asOf)
	printable([input.now])
	printable([text | some name in given; some field in texts[name]; text := input[name][field]])
	printable([concat("", list) | some name in given; some field in lists[name]; list := input[name][field]])
}

text["R-00"] := "The facts on which this rests are not whole, so nothing can be allowed."

# printable holds for a list of texts without control, format or line characters;
# what is no text cannot be joined, and then there is no answer, which is a no.
printable(list) if regex.match(`^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$`, concat("", list))

# whole holds for a list of records that have exactly these fields, all of them texts.
whole(list, keys) if {
	is_array(list)
	every record in list { object.keys(record) == keys }
	printable([text | some record in list; some text in record])
}

# Every field of each section.
fields := {
	"actor": {"competencies", "id", "publicAuthority", "role", "roles", "until", "vettedUntil", "vetting"},
	"authority": {
		"applicant", "application", "approvedByCommissionerOn", "approvedByJusticeOn", "cancelledOn", "case", "collaboration",
		"connectionRecords", "consultationException", "dataTypes", "discloseTo", "disclosureManner", "form", "from", "grantedOn",
		"granter", "granterInLine", "granterRank", "id", "identifiers", "identifiesSource", "independenceException", "instrument",
		"noticeGivenOn", "operatorHeldWithinTime", "profession", "professionConsidered", "publicAuthority", "purpose",
		"recordedBy", "reference", "regime", "renewals", "reportedToCommissioner", "retainUntil", "route", "scopeStated",
		"seriousCrime", "spoc", "spocConsultedOn", "stated", "until", "urgentConfirmedOn", "urgentGround", "use",
	},
	"case": {"assigned", "id", "marking"},
	"copy": {"agreement", "country", "holder", "number", "of", "outside", "recipient", "reviewOn", "state"},
	"dataset": {"allowedUses", "flags", "id", "marking", "purpose", "servedTo", "status"},
	"erasure": {
		"approvedBy", "basis", "hold", "keptUntil", "notBefore", "order", "orderedBy", "retainUntil", "review", "reviewed", "state",
	},
	"exhibit": {"authors", "categorised", "checked", "checker", "content", "form", "id", "kindsStated", "producer", "servedTo"},
	"permission": {"about", "askedBy", "decidedBy", "id", "state"},
	"person": {"id", "roles"},
	"release": {"approvedBy", "author", "release"},
	"request": {"first", "last", "purpose", "query", "reason", "view"},
	"source": {"dataTypes", "from", "identifiers", "item", "kind", "obtainedOn", "until"},
}

# The fields that are texts.
texts := {
	"actor": ["id", "publicAuthority", "role", "until", "vettedUntil", "vetting"],
	"authority": [
		"applicant", "application", "approvedByCommissionerOn", "approvedByJusticeOn", "cancelledOn", "case", "connectionRecords",
		"consultationException", "form", "from", "grantedOn", "granter", "granterRank", "id", "independenceException",
		"instrument", "noticeGivenOn", "profession", "publicAuthority", "purpose", "recordedBy", "reference", "regime",
		"retainUntil", "route", "seriousCrime", "spoc", "spocConsultedOn", "until", "urgentConfirmedOn", "urgentGround", "use",
	],
	"case": ["id", "marking"],
	"copy": ["country", "holder", "of", "recipient", "reviewOn", "state"],
	"dataset": ["id", "marking", "purpose", "status"],
	"erasure": ["approvedBy", "basis", "hold", "keptUntil", "notBefore", "order", "orderedBy", "retainUntil", "review", "state"],
	"exhibit": ["checker", "content", "form", "id", "producer"],
	"permission": ["about", "askedBy", "decidedBy", "id", "state"],
	"person": ["id"],
	"release": ["author", "release"],
	"request": ["purpose", "query", "reason", "view"],
	"source": ["from", "item", "kind", "obtainedOn", "until"],
}

# The fields that are lists of texts.
lists := {
	"actor": ["roles"],
	"authority": ["dataTypes", "identifiers", "renewals", "stated"],
	"dataset": ["allowedUses", "flags", "servedTo"],
	"exhibit": ["authors", "servedTo"],
	"person": ["roles"],
	"source": ["dataTypes", "identifiers"],
}

# The fields that are yes or no.
booleans := {
	"authority": [
		"collaboration", "disclosureManner", "granterInLine", "identifiesSource", "operatorHeldWithinTime", "professionConsidered",
		"reportedToCommissioner", "scopeStated",
	],
	"copy": ["agreement", "outside"],
	"erasure": ["reviewed"],
	"exhibit": ["categorised", "checked", "kindsStated"],
}

# The fields that are numbers.
counts := {
	"copy": ["number"],
	"request": ["first", "last"],
}

# The fields that are lists of records, and the fields of those.
records := {
	"actor": {"competencies": {"activity", "from", "until"}},
	"authority": {"discloseTo": {"name", "publicAuthority"}},
	"case": {"assigned": {"actor", "from", "until"}},
	"release": {"approvedBy": {"actor", "role"}},
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
	"bundle.make": {"case", "exhibit"},
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
	"erasure.approve": {"erasure"},
	"erasure.cancel": {"erasure"},
	"erasure.carry-out": {"erasure"},
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
	"extraction.wipe": {"case"},
	"further-use.approve": {"case", "permission"},
	"further-use.request": {"case", "permission"},
	"hold.lift": {"case"},
	"hold.place": {"case"},
	"inspection.grant": {"case", "permission"},
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
