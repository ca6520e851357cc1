package custos

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
