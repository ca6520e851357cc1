package custos

# METADATA
# title: Records of an authority are kept for the Commissioner as long as the installation says
# custom:
#   id: A-27
#   cure: Wait until that day, or have the period of the authority corrected by a SPoC if it is wrong.
#   citations:
#   - {text: "custos policy: a period for which records of authorities are kept", verified: true}
met["A-27"] if input.erasure.retainUntil == "none"

met["A-27"] if input.erasure.retainUntil < today

text["A-27"] := sprintf("Rule A-27 keeps the records of an authority available until %s, that day included.", [input.erasure.retainUntil])

rests_on["A-27"] := {"O-01", "R-01", "R-40", "U-02"}
