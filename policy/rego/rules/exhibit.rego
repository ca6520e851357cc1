package custos

# METADATA
# title: A check is by a second person
# custom:
#   id: S-03
#   cure: Another analyst or expert who is assigned to the case can sign it off.
#   citations:
#   - {text: "FSR-C-135 s.8.1, checking and review", verified: false}
met["S-03"] if {
	input.exhibit.producer != input.actor.id
	every author in input.exhibit.authors { author != input.actor.id }
}

text["S-03"] := "Rule S-03 needs a second person to check an exhibit; you produced this one, or ran what it shows."

rests_on["S-03"] := {"U-02"}

# METADATA
# title: Who serves an exhibit did not make it alone
# custom:
#   id: S-09
#   cure: The senior investigating officer, or a disclosure officer who did not make it, can serve it.
#   citations:
#   - {text: "custos policy: separation of duties", verified: true}
met["S-09"] if {
	some author in input.exhibit.authors
	author != input.actor.id
}

text["S-09"] := "Rule S-09 needs somebody beside you to have worked on an exhibit that you serve; you made this one alone."

rests_on["S-09"] := {"U-02"}

# METADATA
# title: Of every field it is said whether it is a fact or an assessment
# custom:
#   id: U-07
#   cure: The producer can state the kinds and produce the exhibit anew.
#   citations:
#   - {text: "DPA 2018 s.38(2), as far as possible", verified: false}
met["U-07"] if input.exhibit.kindsStated == true

text["U-07"] := "Rule U-07 needs every field of an exhibit to be marked as fact, derived or assessment; some of this one are not."

rests_on["U-07"] := {"U-02"}

# METADATA
# title: Of everyone in it it is said how they stand to the investigation
# custom:
#   id: U-08
#   cure: A SPoC can record of each subject of the authority what they are; not-assessed is an answer.
#   citations:
#   - {text: "DPA 2018 s.38(3), where relevant and as far as possible", verified: false}
met["U-08"] if input.exhibit.categorised == true

text["U-08"] := "Rule U-08 needs of everyone whose data an exhibit shows whether they are suspect, victim, witness or another, if only that it was not assessed; of some of this one it is not said."

rests_on["U-08"] := {"U-02"}

# METADATA
# title: An opinion is signed off by an expert
# custom:
#   id: U-14
#   cure: A cell site expert who is assigned to the case can sign it off, or the opinion can be left out.
#   citations:
#   - {text: "R v Calland [2017] EWCA Crim 2308", verified: false}
met["U-14"] if input.exhibit.content == "fact"

met["U-14"] if {
	input.actor.role in {"cell-site-expert", "external-provider", "forensic-examiner"}
	some held in input.actor.competencies
	held.activity == "cell-site-opinion"
	held.from <= input.now
	input.now < held.until
}

text["U-14"] := "Rule U-14 lets only an expert with a competence for opinions in force sign off an exhibit that gives one; you are not asking as one."

rests_on["U-14"] := {"S-03"}

# METADATA
# title: A map, and what gives an opinion, is checked by a second person before it is served
# custom:
#   id: U-15
#   cure: Somebody who did not work on it and can make maps can sign it off as it stands, an opinion an expert; then it can be served.
#   citations:
#   - {text: "FSR-C-135 s.8.1, checking and review", verified: false}
met["U-15"] if {
	input.exhibit.form in {"chart", "schedule", "table"}
	input.exhibit.content == "fact"
}

met["U-15"] if {
	input.exhibit.checked == true
	input.exhibit.checker != input.exhibit.producer
	every author in input.exhibit.authors { author != input.exhibit.checker }
}

text["U-15"] := "Rule U-15 needs a map, and what gives an opinion, to have been checked, as it stands, by somebody who did not work on it; this one was not."

rests_on["U-15"] := {"U-02"}

# METADATA
# title: A bundle goes to the defence of one defendant
# custom:
#   id: S-15
#   cure: An analyst of the case can make another bundle of the exhibit for this defendant; it has a number of its own.
#   citations:
#   - {text: "custos policy: co-defendants are kept apart", verified: true}
met["S-15"] if {
	every released in input.exhibit.released { released == input.exhibit.defendant }
}

text["S-15"] := sprintf("Rule S-15 releases a bundle to the defence of one defendant; this one is for %s and not for %s.", [list(input.exhibit.released), input.exhibit.defendant])

rests_on["S-15"] := {"R-01", "U-02"}
