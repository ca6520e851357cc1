package custos

# METADATA
# title: The authority covers the kinds of data in the file
# custom:
#   id: R-15
#   cure: A SPoC can record an authority that covers them, or the columns can be left to a file of their own.
#   citations:
#   - {regime: "RIPA-2000", text: "RIPA 2000 ss.21(4), 23(1)(b), (2)(b)", verified: true}
#   - {regime: "IPA-2016", text: "IPA 2016 s.261(3), (4)", verified: false}
met["R-15"] if {
	count(input.source.dataTypes) > 0
	every type in input.source.dataTypes { type in input.authority.dataTypes }
	every type in input.authority.dataTypes { type in types[input.authority.regime] }
}

text["R-15"] := sprintf("Rule R-15 needs an authority that covers %s; the one named (%s) covers %s only.", [list(input.source.dataTypes), input.authority.reference, list(input.authority.dataTypes)])

rests_on["R-15"] := {"R-10", "R-11"}

types := {
	"RIPA-2000": {"traffic", "service-use", "subscriber"},
	"IPA-2016": {"events", "entity"},
	"PACE-1984": {"extraction"},
}

# METADATA
# title: The authority covers everyone whose records are in the file
# custom:
#   id: R-16
#   cure: A SPoC can record an authority that covers them, or ask the operator for a return without them.
#   citations:
#   - {regime: "RIPA-2000", text: "RIPA 2000 s.23(1)(b), (2)(b)", verified: true}
#   - {regime: "IPA-2016", text: "IPA 2016 s.64", verified: false}
met["R-16"] if {
	count(input.source.identifiers) > 0
	every identifier in input.source.identifiers { identifier in input.authority.identifiers }
}

# No number stands in the text.
text["R-16"] := sprintf("Rule R-16 needs an authority that covers every identifier asked for; %s covers %d of %d.", [input.authority.reference, covered, count(input.source.identifiers)]) if {
	covered := count([x | some x in input.source.identifiers; x in input.authority.identifiers])
}

rests_on["R-16"] := {"R-10"}

# METADATA
# title: The authority covers the time of the data
# custom:
#   id: R-17
#   cure: A SPoC can record an authority for those days, or ask the operator for a return without them.
#   citations:
#   - {regime: "RIPA-2000", text: "RIPA 2000 s.23(1)(b), (2)(b)", verified: true}
#   - {regime: "IPA-2016", text: "IPA 2016 s.64", verified: false}
met["R-17"] if {
	input.authority.from <= input.source.from
	input.source.from <= input.source.until
	input.source.until <= input.authority.until
}

text["R-17"] := sprintf("Rule R-17 needs an authority for data from %s to %s; %s covers %s to %s.", [input.source.from, input.source.until, input.authority.reference, input.authority.from, input.authority.until])

rests_on["R-17"] := {"R-10"}
