package custos

# METADATA
# title: Data is used for what it was obtained for
# custom:
#   id: U-01
#   cure: Say for what you ask, or ask for a further use; another person can approve it.
#   citations:
#   - {text: "DPA 2018 s.36", verified: false}
met["U-01"] if input.request.purpose in uses[side[input.actor.role]]

met["U-01"] if input.request.purpose in input.dataset.allowedUses

text["U-01"] := sprintf("Rule U-01 lets this data be used in your role for %s only; you ask for: %s.", [list(uses[side[input.actor.role]]), input.request.purpose])

rests_on["U-01"] := {"U-02"}

# For what each side of the house may use data without a further decision.
uses := {
	"defence": {"criminal-proceedings", "disclosure"},
	"oversight": {"error-review", "inspection", "integrity", "lawfulness", "self-monitoring"},
	"provider": {"investigation"},
	"work": {"criminal-proceedings", "disclosure", "error-review", "investigation", "prosecution"},
}

# METADATA
# title: Third parties are tokens in data that was asked for by places
# custom:
#   id: U-05
#   cure: Ask for the masked view; who a third party is can be asked for, and approved by another person.
#   citations:
#   - {text: "2015 Code, para 3.5: collateral intrusion", verified: false}
met["U-05"] if {
	every flag in input.dataset.flags { flag in {"journalistic", "privileged"} }
}

met["U-05"] if input.request.view in {"masked", "totals"}

text["U-05"] := "Rule U-05 shows data that was asked for by places only with third parties masked; its rows were asked for as they stand."

rests_on["U-05"] := {"U-02"}

# METADATA
# title: A look is no wider than a look needs to be
# custom:
#   id: U-06
#   cure: Ask for fewer rows at once; each page is a look of its own.
#   citations:
#   - {text: "DPA 2018 s.37: adequate, relevant and not excessive", verified: false}
met["U-06"] if input.request.last - input.request.first < 1000

text["U-06"] := sprintf("Rule U-06 shows at most 1000 rows at once; rows %d to %d were asked for.", [input.request.first, input.request.last])

rests_on["U-06"] := {"U-02"}

duties["U-06"] := sprintf("You look at %d rows at once: see to it that fewer would not do.", [(input.request.last - input.request.first) + 1]) if {
	input.request.last - input.request.first >= 100
}

# METADATA
# title: A reason is given for looking at rows
# custom:
#   id: U-09
#   cure: Give the reason and ask again.
#   citations:
#   - {text: "custos policy: every consultation says why", verified: true}
met["U-09"] if regex.match(`\pL`, input.request.reason)

text["U-09"] := "Rule U-09 needs the reason for looking at these rows, in words; none was given."

rests_on["U-09"] := {"U-02"}

# METADATA
# title: A disclosure says to whom
# custom:
#   id: U-10
#   cure: Name the recipient, and a day after today on which it is looked at whether they still need it.
#   citations:
#   - {text: "DPA 2018 s.62(3)", verified: false}
met["U-10"] if {
	regex.match(`\pL`, input.copy.recipient)
	substring(input.now, 0, 10) < input.copy.reviewOn
}

text["U-10"] := "Rule U-10 needs a named recipient for each copy and a day after today for its review; one of them is missing."

rests_on["U-10"] := {"U-02"}

# METADATA
# title: The record of decisions is read for four purposes only
# custom:
#   id: U-11
#   cure: Say for which of them you read it; for anything else it is not there.
#   citations:
#   - {text: "DPA 2018 s.62(4)", verified: false}
met["U-11"] if input.request.purpose in {"criminal-proceedings", "integrity", "lawfulness", "self-monitoring"}

text["U-11"] := sprintf("Rule U-11 lets the record of decisions be read for criminal-proceedings, integrity, lawfulness or self-monitoring only; you ask for: %s.", [input.request.purpose])

rests_on["U-11"] := {"R-01"}

# METADATA
# title: Only clean data is worked on
# custom:
#   id: U-16
#   cure: A SPoC can record an authority that covers the data, or its use can be asked for and approved; until then it stays apart.
#   citations:
#   - {text: "2015 Code, para 6.29; excess data is kept, not used", verified: false}
met["U-16"] if input.dataset.status == "clean"

text["U-16"] := sprintf("Rule U-16 keeps data that no authority covers out of every analysis; this data is marked %s.", [input.dataset.status])

rests_on["U-16"] := {"U-02"}

# METADATA
# title: Privileged and journalistic material is handled by named people only
# custom:
#   id: U-17
#   cure: The senior responsible officer can name who handles it, by a numbered copy that they issue to that person.
#   citations:
#   - {text: "IPA 2016 s.2(5); Attorney General's Guidelines, Annex A", verified: false}
met["U-17"] if {
	every flag in input.dataset.flags { flag == "collateral" }
}

met["U-17"] if input.actor.id in input.dataset.named

met["U-17"] if input.copy.flags == []

# Who is named hands it on to others who are, or out of the organisation to somebody
# who can see nothing here.
met["U-17"] if {
	input.actor.id in input.copy.named
	input.copy.holder in input.copy.named
}

met["U-17"] if {
	input.actor.id in input.copy.named
	input.copy.holder == "none"
}

# To issue a copy is how the senior responsible officer names people.
met["U-17"] if {
	input.action == "copy.issue"
	input.actor.role == "sro"
}

text["U-17"] := sprintf("Rule U-17 keeps %s material to named people; you are not one of them.", [list({flag | some flag in input.dataset.flags} - {"collateral"})]) if {
	input.action != "copy.issue"
}

text["U-17"] := sprintf("Rule U-17 keeps %s material to named people; you and who is to have the copy are not both among them.", [list(input.copy.flags)]) if {
	input.action == "copy.issue"
}

rests_on["U-17"] := {"U-02"}

# METADATA
# title: A copy leaves the organisation under an agreement, or to people who are known here
# custom:
#   id: U-19
#   cure: Name the contract or the agreement on sharing, or the enrolled person who takes it.
#   citations:
#   - {text: "DPA 2018 ss.58, 59", verified: false}
met["U-19"] if input.copy.outside == false

met["U-19"] if input.copy.agreement == true

met["U-19"] if input.copy.holder != "none"

text["U-19"] := sprintf("Rule U-19 needs an agreement on sharing, or a person enrolled here who takes it, before a copy leaves the organisation; for %s there is neither.", [input.copy.recipient])

rests_on["U-19"] := {"U-02"}

# METADATA
# title: Personal data stays in the United Kingdom
# custom:
#   id: U-20
#   cure: No one can cure this here; a transfer abroad needs its own legal decision and a policy release that knows it.
#   citations:
#   - {text: "DPA 2018 Part 3 Chapter 5 (transfers), as in force on the day", verified: false}
met["U-20"] if input.copy.country == "GB"

text["U-20"] := sprintf("Rule U-20 lets no copy go out of the United Kingdom; this one would go to %s.", [input.copy.country])

rests_on["U-20"] := {"U-02"}

# METADATA
# title: What stands on the sensitive schedule leaves to nobody but the prosecutor
# custom:
#   id: U-23
#   cure: The disclosure officer can give it another status; a bundle that shows it beside its exhibit can be made again without it.
#   citations:
#   - {text: "CPIA 1996 Code of Practice, sensitive material (disclosure)", verified: false}
met["U-23"] if input.copy.sensitive == "none"

met["U-23"] if input.copy.outside == false

met["U-23"] if input.copy.prosecutor == true

text["U-23"] := sprintf("Rule U-23 lets nothing leave the organisation, but to the prosecutor, that stands on the sensitive schedule, shows what does or rests on it (entry %s): its status has to change first.", [input.copy.sensitive])

rests_on["U-23"] := {"U-02"}
