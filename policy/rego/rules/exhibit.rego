package custos

# METADATA
# title: Sign-off is by a second person
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
# title: An opinion is signed off by an expert
# custom:
#   id: U-14
#   cure: A cell site expert who is assigned to the case can sign it off, or the opinion can be left out.
#   citations:
#   - {text: "R v Calland [2017] EWCA Crim 2308", verified: false}
met["U-14"] if input.exhibit.content == "fact"

met["U-14"] if input.actor.role == "cell-site-expert"

text["U-14"] := "Rule U-14 lets only a cell site expert sign off an exhibit that gives an opinion; you are not asking as one."

rests_on["U-14"] := {"S-03"}
