package custos

# METADATA
# title: A lawful authority is named, and was recorded in this case
# custom:
#   id: R-10
#   cure: A SPoC can record the authority in this case; then name it and import again.
#   citations:
#   - {text: "IPA 2016 s.11, for data obtained on or after 5 February 2019", verified: true}
met["R-10"] if {
	input.authority.case == input.case.id
}

text["R-10"] := "Rule R-10 needs a lawful authority for an operator's return; none was named." if {
	every name in object.keys(input) { name != "authority" }
}

text["R-10"] := sprintf("Rule R-10 needs an authority that was recorded in this case; %s was recorded in another.", [input.authority.reference])

# METADATA
# title: The regime was in force when the authority was granted
# custom:
#   id: R-11
#   cure: A SPoC can record the authority under the right Act, or correct its day.
#   citations:
#   - {regime: "RIPA-2000", text: "RIPA 2000 ss.21-23; end of the regime to be checked", verified: false}
#   - {regime: "IPA-2016", text: "IPA 2016 Part 3, from 5 February 2019 (SI 2019/174)", verified: true}
met["R-11"] if {
	some window in regimes[input.authority.regime]
	window.from <= input.authority.grantedOn
	input.authority.grantedOn <= window.until
}

text["R-11"] := sprintf("Rule R-11 needs the Act to have been in force on the day of grant; %s was not on %s.", [input.authority.regime, input.authority.grantedOn])

rests_on["R-11"] := {"R-10"}

regimes := {
	"RIPA-2000": [{"from": "2004-01-05", "until": "2020-07-21"}],
	"IPA-2016": [{"from": "2019-02-05", "until": "9999-12-31"}],
}

# METADATA
# title: The power belongs to the Act and to the instrument
# custom:
#   id: R-12
#   cure: A SPoC can correct the record of the authority.
#   citations:
#   - {regime: "RIPA-2000", text: "RIPA 2000 s.22(3) and (4)", verified: true}
#   - {regime: "IPA-2016", text: "IPA 2016 ss.60A, 61, 61A", verified: true}
met["R-12"] if {
	route.regime == input.authority.regime
	input.authority.instrument in route.instruments
}

text["R-12"] := sprintf("Rule R-12 needs a power that the Act has for the instrument; %s is recorded as %s under s.%s of %s.", [input.authority.reference, input.authority.instrument, input.authority.route, input.authority.regime])

rests_on["R-12"] := {"R-10", "R-11"}

route := routes[input.authority.route]

# For each power: its Act, what may be given under it, the letter of its crime purpose.
routes := {
	"22(3)": {"regime": "RIPA-2000", "instruments": {"authorisation"}, "crime": "b"},
	"22(4)": {"regime": "RIPA-2000", "instruments": {"notice"}, "crime": "b"},
	"60A": {"regime": "IPA-2016", "instruments": {"authorisation", "notice"}, "crime": "b"},
	"61": {"regime": "IPA-2016", "instruments": {"authorisation", "notice"}, "crime": "b"},
	"61A": {"regime": "IPA-2016", "instruments": {"authorisation", "notice"}, "crime": "a"},
}

# METADATA
# title: The purpose is one for which this public authority may obtain data
# custom:
#   id: R-13
#   cure: A SPoC can correct the purpose; no one can cure a purpose that the law does not give.
#   citations:
#   - {regime: "RIPA-2000", text: "RIPA 2000 s.22(2); SI 2003/3172 Sch 1; SI 2018/1123 reg 3", verified: true}
#   - {regime: "IPA-2016", text: "IPA 2016 Sch 4 Pt 1", verified: true}
met["R-13"] if {
	some row in purposes[input.authority.publicAuthority][input.authority.route]
	input.authority.purpose in row.letters
	input.authority.grantedOn <= row.until
}

text["R-13"] := sprintf("Rule R-13 needs a purpose for which a %s could obtain data under s.%s on %s; (%s) is not one that custos knows.", [input.authority.publicAuthority, input.authority.route, input.authority.grantedOn, input.authority.purpose])

rests_on["R-13"] := {"R-10", "R-11", "R-12"}

# By public authority and power: the letters of its purposes, and the last day on
# which they could be relied on ("9999": still).
# (h) of RIPA is left out: the row of the 2010 Order has not been read.
purposes := {
	"metropolitan-police": police,
	"territorial-police": police,
	"civil-nuclear-constabulary": {
		"60A": [{"until": "9999", "letters": {"a", "b", "c", "e"}}],
		"61A": [{"until": "9999", "letters": {"a", "c"}}],
	},
}

police := {
	"22(3)": police_ripa,
	"22(4)": police_ripa,
	"60A": [{"until": "9999", "letters": {"a", "b", "c", "d", "e", "g"}}],
	"61": [{"until": "9999", "letters": {"a", "c"}}],
	"61A": [{"until": "9999", "letters": {"a", "b", "c", "e"}}],
}

police_ripa := [
	{"until": "9999", "letters": {"a", "b", "c", "d", "g"}},
	{"until": "2018-10-31", "letters": {"e"}},
]

# METADATA
# title: Call data for a crime purpose needs a serious crime
# custom:
#   id: R-14
#   cure: A SPoC can record why the crime is serious; subscriber or entity data alone does not need it.
#   citations:
#   - {regime: "RIPA-2000", text: "RIPA 2000 s.22(2A), from 1 November 2018 (SI 2018/1123 reg 3)", verified: true}
#   - {regime: "IPA-2016", text: "IPA 2016 ss.60A(8), 61A(8), 86(2A)", verified: false}
met["R-14"] if input.authority.purpose != route.crime

met["R-14"] if {
	every type in input.authority.dataTypes { type in {"subscriber", "entity"} }
}

met["R-14"] if input.authority.grantedOn < "2018-11-01"

met["R-14"] if input.authority.seriousCrime in {"s263", "12-months", "body-corporate", "communication", "privacy"}

text["R-14"] := sprintf("Rule R-14 needs a serious crime where %s is obtained for a crime purpose; %s records none.", [list(input.authority.dataTypes), input.authority.reference])

rests_on["R-14"] := {"R-10", "R-11", "R-12", "R-13"}

# METADATA
# title: The granter's rank may grant these kinds of data
# custom:
#   id: R-19
#   cure: A SPoC can correct the rank; an authority granted below rank cannot be cured here.
#   citations:
#   - {regime: "RIPA-2000", text: "SI 2003/3172 Sch 1", verified: true}
#   - {regime: "IPA-2016", text: "IPA 2016 Sch 4 Pt 1", verified: true}
met["R-19"] if {
	input.authority.route in {"22(3)", "22(4)", "61", "61A"}
	input.authority.granterRank == "superintendent"
}

met["R-19"] if {
	input.authority.route in {"22(3)", "22(4)", "61", "61A"}
	input.authority.granterRank == "inspector"
	every type in input.authority.dataTypes { type in {"subscriber", "entity"} }
}

met["R-19"] if {
	input.authority.route == "60A"
	input.authority.granterRank == "commissioner-delegate"
}

text["R-19"] := sprintf("Rule R-19 needs a granter who may grant %s under s.%s; %s was granted by rank: %s.", [list(input.authority.dataTypes), input.authority.route, input.authority.reference, input.authority.granterRank])

rests_on["R-19"] := {"R-10", "R-12"}

# METADATA
# title: The authority is in writing, or was recorded
# custom:
#   id: R-20
#   cure: A SPoC can record the form in which it was given.
#   citations:
#   - {regime: "RIPA-2000", text: "RIPA 2000 s.23(1)(a), (2)(a)", verified: true}
#   - {regime: "IPA-2016", text: "IPA 2016 s.64", verified: false}
met["R-20"] if input.authority.form in {"written", "oral-recorded"}

text["R-20"] := sprintf("Rule R-20 needs an authority in writing or in a form that leaves a record; for %s no form is recorded.", [input.authority.reference])

rests_on["R-20"] := {"R-10"}

# METADATA
# title: The granter was independent
# custom:
#   id: R-21
#   cure: If there was a recorded exception, a SPoC can record it.
#   citations:
#   - {regime: "RIPA-2000", text: "2015 Code, paras 3.12-3.13", verified: true}
#   - {regime: "IPA-2016", text: "IPA 2016 s.63, for s.61 grants; the Code otherwise", verified: false}
met["R-21"] if {
	input.authority.granter != input.authority.applicant
	every held in input.case.assigned { held.actor != input.authority.granter }
}

met["R-21"] if input.authority.independenceException in {"security", "small-unit", "urgent"}

text["R-21"] := sprintf("Rule R-21 needs a granter who neither applied nor works on the case; for %s that is not so, and no exception is recorded.", [input.authority.reference])

rests_on["R-21"] := {"R-10", "R-12"}

# METADATA
# title: Whoever imports did not record the authority
# custom:
#   id: R-22
#   cure: Another person who is assigned can import it.
#   citations:
#   - {text: "custos policy: separation of duties", verified: true}
met["R-22"] if input.authority.recordedBy != input.actor.id

text["R-22"] := sprintf("Rule R-22 needs two people: you recorded %s yourself.", [input.authority.reference])

rests_on["R-22"] := {"R-10"}

# METADATA
# title: The authority was granted for what its power is for
# custom:
#   id: R-23
#   cure: A SPoC can correct what it was granted for.
#   citations:
#   - {regime: "RIPA-2000", text: "RIPA 2000 s.22", verified: false}
#   - {regime: "IPA-2016", text: "IPA 2016 ss.60A(1)(b), 61A(1)(b) and (c)", verified: true}
met["R-23"] if input.authority.route != "61A"

met["R-23"] if input.authority.use == "urgent-operation"

text["R-23"] := sprintf("Rule R-23 needs an urgent authority to be for a specific operation and an urgent need; %s is recorded as for: %s.", [input.authority.reference, input.authority.use])

rests_on["R-23"] := {"R-10", "R-12"}

# What an import of an operator's return must meet.
acquisition := {
	"R-10", "R-11", "R-12", "R-13", "R-14", "R-15", "R-16", "R-17", "R-18", "R-19", "R-20", "R-21", "R-22", "R-23", "R-24",
}
