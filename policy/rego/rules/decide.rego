# METADATA
# title: What may be done, and why not
# description: >-
#   Every action has a closed set of rules that must all be met. A rule is met
#   only by a body that holds; nothing is allowed because something is missing.
package custos

# The answer. No is what is left when anything is absent.
default allow := false

allow if {
	count(required) > 1 # R-00 alone allows nothing
	every id in required { id in met }
}

# The ids of the rules that bear on the action.
required := {"R-00"} | object.get(requirements, input.action, set())

requirements := {
	"log.init": {"R-01", "R-02", "R-05"},
	"actor.enrol": {"R-01", "R-02", "R-06"},
	"key.revoke": {"R-01", "R-02"},
	"policy.release": {"R-01", "R-02", "R-51"},
	"case.open": {"R-01", "R-02", "R-03"},
	"case.assign": in_case,
	"case.read": in_case,
	"authority.record": in_case,
	"source.preview": in_case,
	"source.import": in_case | by_authority,
	"reference.import": in_case,
	"row.read": in_case | {"R-07"},
	"analysis.run": in_case | {"R-30"},
	"exhibit.produce": in_case | {"R-30"},
	"exhibit.sign-off": in_case | {"R-31", "R-32"},
	"bundle.make": in_case,
	"defect.record": in_case,
	"defect.register": {"R-01", "R-02"},
	"audit.read": {"R-01", "R-02"},
	"decision.explain": {"R-01", "R-02"},
	"erasure.order": in_case | {"R-40", "R-41"},
	"erasure.approve": {"R-01", "R-02", "R-40", "R-41", "R-42"},
	"erasure.cancel": {"R-01", "R-02", "R-40"},
	"erasure.carry-out": {"R-01", "R-02", "R-40", "R-41", "R-43"},
	"hold.place": {"R-01", "R-02"},
	"time.stamp": {"R-01", "R-02"},
	"clock.confirm": {"R-01", "R-02"},
	"hold.lift": {"R-01", "R-02"},
	"key.rotate": {"R-01", "R-02", "R-08"},
	"key.manage": {"R-01", "R-02"},
	"ceremony.record": {"R-01", "R-02"},
	"log.close": {"R-01", "R-02"},
	"application.record": in_case,
	"authority.grant": in_case,
	"authority.cancel": in_case,
	"extraction.import": in_case | {"R-10", "R-15"},
	"excess.request": in_case,
	"excess.approve": in_case,
	"unmasking.request": in_case,
	"unmasking.approve": in_case,
	"further-use.request": in_case,
	"further-use.approve": in_case,
	"inspection.grant": {"R-01", "R-02"},
	"exhibit.serve": in_case,
	"exhibit.release": in_case,
	"bundle.collect": {"R-01", "R-02"},
	"item.record": in_case,
	"schedule.make": in_case,
	"totals.read": {"R-01", "R-02"},
	"copy.issue": in_case,
	"copy.dispose": in_case,
	"error.record": in_case,
	"error.report": {"R-01", "R-02"},
	"policy.propose": {"R-01", "R-02"},
	"policy.approve": {"R-01", "R-02", "R-50"},
	"role.change": {"R-01", "R-02", "R-06"},
	"standing.record": {"R-01", "R-02", "R-06"},
	"people.read": {"R-01", "R-02"},
}

in_case := {"R-01", "R-02", "R-03", "R-04"}

by_authority := {
	"R-10", "R-11", "R-12", "R-13", "R-14", "R-15", "R-16", "R-17", "R-18", "R-19", "R-20", "R-21", "R-22", "R-23", "R-24",
}

# A rule that rests on another is not given as a reason while the other is unmet.
rests_on := {
	"R-11": {"R-10"}, "R-12": {"R-10", "R-11"}, "R-13": {"R-10", "R-11", "R-12"}, "R-14": {"R-10", "R-11", "R-12", "R-13"},
	"R-15": {"R-10", "R-11"}, "R-16": {"R-10"}, "R-17": {"R-10"}, "R-18": {"R-10", "R-12"}, "R-19": {"R-10", "R-12"},
	"R-20": {"R-10"}, "R-21": {"R-10", "R-12"}, "R-22": {"R-10"}, "R-23": {"R-10", "R-12"}, "R-24": {"R-10", "R-12", "R-18"},
	"R-07": {"R-04"}, "R-30": {"R-04"}, "R-31": {"R-04"}, "R-32": {"R-31"}, "R-41": {"R-40"}, "R-42": {"R-40"}, "R-43": {"R-40"}, "R-04": {"R-01"}, "R-03": {"R-01"}, "R-06": {"R-01"}, "R-08": {"R-01"},
}

unmet := required - met

# What is asked for beside the answer.
account := {"unmet": unmet, "reasons": reasons}

# What is said of a denial: the rule, and what of it is not met here.
reasons[id] := object.get(text, id, "") if {
	some id in unmet
	every base in object.get(rests_on, id, set()) { base in met }
}
