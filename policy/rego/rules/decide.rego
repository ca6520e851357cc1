# METADATA
# title: What may be done, and why not
# description: >-
#   Every action has a closed set of rules that must all be met. A rule is met
#   only by a body that holds; nothing is allowed because something is missing.
#   Each rule stands under its own id, so that only what is required is worked out.
package custos

# The answer. No is what is left when anything is absent.
default allow := false

allow if {
	count(required) > 1 # R-00 alone allows nothing
	every id in required { met[id] }
}

# The ids of the rules that bear on the action, without those that do not bear on
# the basis of what is asked about.
required := {"R-00"} | (requirements[input.action] - spared)

# What every person must meet, and what is asked besides of who works on a case.
person := {"R-01", "R-02"}

in_case := {"O-01", "R-01", "R-02", "S-07", "S-08", "S-11", "S-12", "U-02", "U-04"}

# What is asked of who oversees a case and does not work on it.
over_case := person | {"O-01"}

requirements["actor.enrol"] := person | {"R-06", "S-10"}

requirements["analysis.run"] := in_case | {"U-03", "U-16", "U-17"}

requirements["application.record"] := in_case

requirements["audit.read"] := person | {"U-11"}

requirements["authority.cancel"] := in_case

requirements["authority.grant"] := in_case | granting

requirements["authority.record"] := in_case

requirements["bundle.collect"] := in_case

requirements["bundle.make"] := in_case | {"U-08", "U-16", "U-17"}

requirements["case.assign"] := in_case

requirements["case.open"] := in_case

requirements["case.read"] := in_case

requirements["case.share"] := in_case

requirements["ceremony.record"] := person

requirements["clock.confirm"] := person

requirements["copy.dispose"] := in_case

requirements["copy.issue"] := in_case | {"U-10", "U-17", "U-19", "U-20", "U-23"}

requirements["cost.record"] := in_case

requirements["dataset.select"] := in_case | {"U-16", "U-17"}

requirements["decision.explain"] := person

requirements["defect.record"] := in_case

requirements["defect.register"] := person

requirements["delivery.record"] := in_case

requirements["erasure.approve"] := over_case | {"A-27", "R-40", "R-46", "R-47", "S-05", "U-13"}

requirements["erasure.cancel"] := over_case | {"R-40"}

requirements["erasure.carry-out"] := over_case | {"A-27", "R-40", "R-43", "R-46", "R-47", "S-05", "U-12", "U-13"}

requirements["erasure.order"] := in_case | {"A-27", "R-40", "R-46", "R-47", "U-13"}

requirements["error.record"] := in_case

requirements["error.report"] := over_case

requirements["excess.approve"] := in_case | {"S-04"}

requirements["excess.request"] := in_case

requirements["exhibit.produce"] := in_case | {"U-03", "U-16", "U-17"}

requirements["exhibit.release"] := in_case | {"S-15", "U-07", "U-08", "U-15"}

requirements["exhibit.serve"] := in_case | {"S-09", "U-07", "U-08", "U-15"}

requirements["exhibit.sign-off"] := in_case | {"S-03", "U-03", "U-07", "U-14"}

requirements["extraction.import"] := in_case | acquisition | {"U-03"}

requirements["extraction.wipe"] := in_case | {"U-13"}

requirements["further-use.approve"] := in_case | {"S-04"}

requirements["further-use.request"] := in_case

requirements["hold.lift"] := over_case

requirements["hold.place"] := over_case

requirements["inspection.grant"] := over_case | {"S-04"}

requirements["inspection.request"] := over_case

requirements["item.dispose"] := in_case | {"U-13"}

requirements["item.hand-over"] := in_case

requirements["item.record"] := in_case

requirements["key.manage"] := person

requirements["key.revoke"] := person

requirements["key.rotate"] := person | {"R-08"}

requirements["log.close"] := person

requirements["log.init"] := person | {"R-05"}

requirements["log.link"] := person

requirements["material.assess"] := in_case

requirements["material.disclose"] := in_case

requirements["material.reveal"] := in_case

requirements["note.record"] := in_case

requirements["organisation.record"] := person

requirements["people.read"] := person

requirements["policy.approve"] := person | {"S-06"}

requirements["policy.propose"] := person

requirements["policy.release"] := person | {"S-06"}

requirements["reference.import"] := in_case

requirements["register.read"] := in_case

requirements["report.case"] := in_case

requirements["report.health"] := person

requirements["report.organisation"] := person

requirements["retention.record"] := in_case

requirements["retention.review"] := in_case | {"S-14"}

requirements["role.change"] := person | {"R-06", "S-10"}

requirements["row.read"] := in_case | {"U-01", "U-03", "U-05", "U-06", "U-09", "U-16", "U-17"}

requirements["schedule.make"] := in_case | {"U-03"}

requirements["source.import"] := in_case | acquisition | {"U-03"}

requirements["source.preview"] := in_case

requirements["standing.record"] := person | {"R-06"}

requirements["submission.record"] := in_case

requirements["time.stamp"] := person

requirements["totals.read"] := person

requirements["unmasking.approve"] := in_case | {"S-04"}

requirements["unmasking.request"] := in_case

unmet := required - {id | some id in required; met[id]}

# What is asked for beside the answer.
account := {"unmet": unmet, "reasons": reasons}

# What is said of a denial: the rule, and what of it is not met here. A rule that
# rests on another says nothing while the other is asked for and unmet.
reasons[id] := object.get(said, id, "") if {
	some id in unmet
	object.get(bases, id, set()) & unmet == set()
}

said := {id: words | some id in unmet; words := text[id]}

bases := {id: ids | some id in unmet; ids := rests_on[id]}

# What comes with a yes.
obligations := {id: duty | some id in required; duty := duties[id]}
