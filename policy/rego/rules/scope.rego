package custos

# METADATA
# title: The authority says what it covers
# custom:
#   id: A-03
#   cure: A SPoC can record what the authority covers; one that says nothing of it cannot be relied on.
#   citations:
#   - {regime: "RIPA-2000", text: "RIPA 2000 ss.21(4), 23(1)(b), (2)(b)", verified: true}
#   - {regime: "IPA-2016", text: "IPA 2016 ss.64, 261(3), (4)", verified: false}
#   - {text: "custos policy: what is not described is not covered", verified: true}
met["A-03"] if {
	input.authority.scopeStated == true
	count(input.authority.identifiers) > 0
	count(input.authority.dataTypes) > 0
	every type in input.authority.dataTypes { type in power.types }
	input.authority.from <= input.authority.until
}

rests_on["A-03"] := {"A-26", "A-00"}

text["A-03"] := sprintf("Rule A-03 needs an authority that says whose data it covers, of which kinds (under %s only its own kinds) and of which time; %s does not.", [input.authority.route, input.authority.reference])

# METADATA
# title: What is asked of the file lies within the authority
# custom:
#   id: A-24
#   cure: A SPoC can record an authority that covers the rest; what the file holds beyond its authority is set apart, and its use can be asked for.
#   citations:
#   - {regime: "RIPA-2000", text: "RIPA 2000 s.23(1)(b), (2)(b); the Code of 2015, para 6.29", verified: false}
#   - {regime: "IPA-2016", text: "IPA 2016 s.64 and the Code of Practice on communications data", verified: false}
#   - {text: "custos policy: excess data is kept, not used", verified: true}
met["A-24"] if {
	types_covered
	people_covered
	time_covered
}

types_covered if {
	count(input.source.dataTypes) > 0
	every type in input.source.dataTypes { type in input.authority.dataTypes }
}

people_covered if {
	count(input.source.identifiers) > 0
	every identifier in input.source.identifiers { identifier in input.authority.identifiers }
}

time_covered if {
	input.authority.from <= input.source.from
	input.source.from <= input.source.until
	input.source.until <= input.authority.until
}

rests_on["A-24"] := {"A-26", "A-03"}

text["A-24"] := concat("", ["Rule A-24 lets in only what the authority covers.", types_text, people_text, time_text])

# No number of a person stands in the text.
types_text := "" if {
	types_covered
} else := sprintf(" Asked for is %s; %s covers %s only.", [list(input.source.dataTypes), input.authority.reference, list(input.authority.dataTypes)])

people_text := "" if {
	people_covered
} else := sprintf(" Of the identifiers asked for %s covers %d of %d.", [input.authority.reference, covered, count(input.source.identifiers)]) if {
	covered := count([x | some x in input.source.identifiers; x in input.authority.identifiers])
}

time_text := "" if {
	time_covered
} else := sprintf(" The data is from %s to %s; %s covers %s to %s.", [input.source.from, input.source.until, input.authority.reference, input.authority.from, input.authority.until])
