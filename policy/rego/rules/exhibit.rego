package custos

# METADATA
# title: Only clean data is worked on
# custom:
#   id: R-30
#   cure: A SPoC can record an authority that covers the data; until then it stays apart.
#   citations:
#   - {text: "2015 Code, para 6.29; excess data is kept, not used", verified: false}
met contains "R-30" if input.dataset.status == "clean"

text["R-30"] := sprintf("Rule R-30 keeps data that no authority covers out of every analysis; this data is marked %s.", [input.dataset.status])

# METADATA
# title: Sign-off is by a second person
# custom:
#   id: R-31
#   cure: Another analyst or expert who is assigned to the case can sign it off.
#   citations:
#   - {text: "FSR-C-135 s.8.1, checking and review", verified: false}
met contains "R-31" if input.exhibit.producer != input.actor.id

text["R-31"] := "Rule R-31 needs a second person to check an exhibit; you produced this one."

# METADATA
# title: An opinion is signed off by an expert
# custom:
#   id: R-32
#   cure: A cell site expert who is assigned to the case can sign it off, or the opinion can be left out.
#   citations:
#   - {text: "R v Calland [2017] EWCA Crim 2308", verified: false}
met contains "R-32" if input.exhibit.content == "fact"

met contains "R-32" if input.actor.role == "cell-site-expert"

text["R-32"] := "Rule R-32 lets only a cell site expert sign off an exhibit that gives an opinion; you are not asking as one."
