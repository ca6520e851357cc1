package custos

# METADATA
# title: Whoever imports did not record the authority
# custom:
#   id: R-22
#   cure: Another person who is assigned can import it.
#   citations:
#   - {text: "custos policy: separation of duties", verified: true}
met["R-22"] if input.authority.recordedBy != input.actor.id

text["R-22"] := sprintf("Rule R-22 needs two people: you recorded %s yourself.", [input.authority.reference])

rests_on["R-22"] := {"A-26"}
