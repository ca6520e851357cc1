package custos

# METADATA
# title: The purpose is one that the law gave on the day of grant, and a crime purpose is serious where the data needs it
# custom:
#   id: A-04
#   cure: A SPoC can correct the purpose, or record why the crime is serious; subscriber or entity data alone does not need that.
#   citations:
#   - {regime: "RIPA-2000", text: "RIPA 2000 ss.22(2), 23(1)(c), (2)(c)", until: "2018-10-31", verified: true}
#   - {regime: "RIPA-2000", text: "RIPA 2000 s.22(2) and (2A), as amended on 1 November 2018 (SI 2018/1123 reg 3)", verified: true}
#   - {regime: "IPA-2016", text: "IPA 2016 ss.60A(7) and (8), 61(7), 61A(7) and (8), 86(2A)", verified: false}
#   - {regime: "PCSC-2022", text: "Police, Crime, Sentencing and Courts Act 2022 s.37(1), (2)", verified: true}
#   - {text: "custos policy: only powers of communications data and agreements have purposes by letter", verified: true}
met["A-04"] if {
	given
	serious
}

given if {
	some row in purposes[input.authority.route]
	input.authority.purpose in row.letters
	row.from <= input.authority.grantedOn
	input.authority.grantedOn <= row.until
}

given if {
	input.authority.route in without_letters
	input.authority.purpose == "none"
}

# One field that is more than subscriber or entity data is enough.
serious if {
	every type in input.authority.dataTypes { type in {"subscriber", "entity"} }
}

serious if input.authority.purpose != crime_letter

serious if input.authority.grantedOn < "2018-11-01"

serious if input.authority.seriousCrime in {"s263", "12-months", "body-corporate", "communication", "privacy"}

rests_on["A-04"] := {"A-26", "A-00"}

text["A-04"] := purpose_text

purpose_text := sprintf("Rule A-04 needs a serious crime where %s is obtained for a crime purpose; %s records none.", [list(input.authority.dataTypes), input.authority.reference]) if {
	given
} else := sprintf("Rule A-04 needs a purpose that the law gave for %s on %s; (%s) is not one.", [input.authority.route, input.authority.grantedOn, input.authority.purpose])

# METADATA
# title: The purpose is one for which this public authority may obtain data
# custom:
#   id: A-15
#   cure: A SPoC can correct the purpose; no one can cure a purpose that the law does not give.
#   citations:
#   - {regime: "RIPA-2000", text: "SI 2003/3172 Sch 1; the Code of 2015, para 3.10", verified: true}
#   - {regime: "IPA-2016", text: "IPA 2016 Sch 4 Pt 1, from 5 February 2019 (SI 2018/1123 Sch 1 para 26)", verified: true}
#   - {text: "custos policy: an office acts for its own purposes", verified: true}
met["A-15"] if input.authority.purpose in office.letters

rests_on["A-15"] := {"A-26", "A-00", "A-04"}

text["A-15"] := sprintf("Rule A-15 needs a purpose for which a %s may obtain data under s.%s; (%s) is not one that custos knows.", [input.authority.publicAuthority, input.authority.route, input.authority.purpose])
