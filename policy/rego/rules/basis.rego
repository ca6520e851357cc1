package custos

# METADATA
# title: A lawful authority is named, was recorded in this case, and is of a kind on which this may be brought in
# custom:
#   id: A-26
#   cure: A SPoC can record the authority in this case; then name it and import again.
#   citations:
#   - {regime: "IPA-2016", text: "IPA 2016 s.11, from 5 February 2019", verified: true}
#   - {regime: "RIPA-2000", text: "RIPA 2000 ss.21 and 22", verified: true}
#   - {regime: "PACE-1984", text: "PACE 1984 ss.8, 19, 20, 22 and Sch 1; CJPA 2001 s.50", verified: false}
#   - {regime: "PCSC-2022", text: "Police, Crime, Sentencing and Courts Act 2022 ss.37 and 41", verified: true}
#   - {regime: "ANPR", text: "National ANPR Standards, Part 3", verified: false}
#   - {regime: "COPO-2019", text: "Crime (Overseas Production Orders) Act 2019", verified: false}
#   - {text: "IPA 2016 s.11, for data obtained from an operator on or after 5 February 2019", verified: true}
met["A-26"] if {
	input.authority.case == input.case.id
	input.source.kind in power.brings
}

met["A-26"] if {
	input.action == "authority.grant"
	input.authority.case == input.case.id
}

text["A-26"] := "Rule A-26 needs the lawful authority on which this was obtained; none was named." if {
	every name in object.keys(input) { name != "authority" }
}

text["A-26"] := sprintf("Rule A-26 needs an authority that was recorded in this case; %s was recorded in another.", [input.authority.reference]) if {
	input.authority.case != input.case.id
}

text["A-26"] := sprintf("Rule A-26 needs an authority of the right kind: on %s (%s) no %s can be brought in.", [input.authority.reference, input.authority.route, input.source.kind]) if {
	input.authority.case == input.case.id
}

# METADATA
# title: The law was in force on the day of grant, and has this power for this instrument
# custom:
#   id: A-00
#   cure: A SPoC can record the authority under the right law, or correct its day.
#   citations:
#   - {regime: "RIPA-2000", text: "RIPA 2000 ss.21-23, from 5 January 2004 until the public authority went over to IPA 2016", verified: false}
#   - {regime: "IPA-2016", text: "IPA 2016 ss.60A, 61, 61A, from 5 February 2019 (SI 2019/174)", verified: true}
#   - {regime: "PCSC-2022", text: "Police, Crime, Sentencing and Courts Act 2022 ss.37, 41, from November 2022", verified: false}
#   - {text: "custos policy: each power belongs to its law", verified: true}
met["A-00"] if {
	belongs
	in_force
	changed_over
}

belongs if {
	power.regime == input.authority.regime
	input.authority.instrument in power.instruments
}

in_force if {
	acts[input.authority.regime].from <= input.authority.grantedOn
	input.authority.grantedOn <= acts[input.authority.regime].until
}

changed_over if {
	input.authority.regime == "RIPA-2000"
	input.authority.grantedOn <= changeover[input.authority.publicAuthority]["RIPA-2000"]
}

changed_over if {
	input.authority.regime == "IPA-2016"
	changeover[input.authority.publicAuthority]["IPA-2016"] <= input.authority.grantedOn
}

changed_over if input.authority.regime in other_bases

rests_on["A-00"] := {"A-26"}

text["A-00"] := regime_text

regime_text := sprintf("Rule A-00 needs a grant on the right side of the change from RIPA 2000 to IPA 2016; %s was granted on %s under %s, and custos has other days for: %s.", [input.authority.reference, input.authority.grantedOn, input.authority.regime, input.authority.publicAuthority]) if {
	belongs
	in_force
} else := sprintf("Rule A-00 needs the law to have been in force on the day of grant; %s was not on %s.", [input.authority.regime, input.authority.grantedOn]) if {
	belongs
} else := sprintf("Rule A-00 needs a power that the law has for the instrument; %s is recorded as: %s under %s of %s.", [input.authority.reference, input.authority.instrument, input.authority.route, input.authority.regime])

# What is out of the ordinary but no ground of refusal.
duties["A-00"] := sprintf("Review: %s is granted under RIPA 2000 after 2019, when most authorities had gone over to IPA 2016.", [input.authority.reference]) if {
	input.authority.regime == "RIPA-2000"
	"2020-01-01" <= input.authority.grantedOn
}

duties["A-00"] := sprintf("Review: %s is granted under s.60A before 26 March 2019, when its office began to work.", [input.authority.reference]) if {
	input.authority.route == "60A"
	input.authority.grantedOn < "2019-03-26"
}

# The rules of communications data do not bear on the other bases.
spared := of_communications if input.authority.regime in other_bases

else := set()

of_communications := {
	"A-02", "A-05", "A-06", "A-07", "A-09", "A-10", "A-11", "A-14", "A-15", "A-16", "A-17", "A-18", "A-19", "A-20", "A-22", "A-23",
}

# What an import must meet beside the rules on the person who asks.
acquisition := {
	"A-00", "A-01", "A-02", "A-03", "A-04", "A-05", "A-06", "A-07", "A-08", "A-09", "A-10", "A-11", "A-12", "A-13", "A-14", "A-15",
	"A-16", "A-17", "A-18", "A-19", "A-20", "A-21", "A-22", "A-23", "A-24", "A-26", "B-01", "B-02", "S-01", "S-02", "S-13",
}

# What a grant must meet: all that does not speak of obtaining.
granting := {
	"A-00", "A-01", "A-03", "A-04", "A-05", "A-06", "A-07", "A-10", "A-11", "A-13", "A-14", "A-15", "A-16", "A-17", "A-18", "A-19", "A-20",
	"A-21", "A-23", "A-26", "S-01", "S-02",
}
