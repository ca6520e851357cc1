package custos

# METADATA
# title: The user of a device was told in writing before they agreed
# custom:
#   id: B-01
#   cure: Who took the agreement can record when the written notice was given; without one the agreement cannot be relied on.
#   citations:
#   - {text: "Police, Crime, Sentencing and Courts Act 2022 s.39", verified: true}
met["B-01"] if input.authority.route != "PCSC-37"

met["B-01"] if input.authority.noticeGivenOn <= input.authority.grantedOn

rests_on["B-01"] := {"A-26", "A-00"}

text["B-01"] := sprintf("Rule B-01 needs the user of the device to have been told in writing what is sought, why and how it is dealt with, and that they may refuse, before they agree; for %s (agreed on %s) the notice is: %s.", [input.authority.reference, input.authority.grantedOn, input.authority.noticeGivenOn])

# METADATA
# title: Plate reads are no older than the granter may release
# custom:
#   id: B-02
#   cure: A more senior officer can grant access to older reads; an installation keeps its own ages in the policy release.
#   citations:
#   - {text: "National ANPR Standards, Part 3", verified: false}
met["B-02"] if input.authority.regime != "ANPR"

met["B-02"] if {
	age := day_number(input.authority.grantedOn) - day_number(substring(input.source.from, 0, 10))
	age <= plate_ages[input.authority.granterRank]
}

rests_on["B-02"] := {"A-26", "A-00", "A-13"}

text["B-02"] := sprintf("Rule B-02 needs a granter who may release reads from %s on; %s was granted on %s by rank: %s.", [substring(input.source.from, 0, 10), input.authority.reference, input.authority.grantedOn, input.authority.granterRank])
