package custos

# METADATA
# title: The person is competent for this
# custom:
#   id: U-03
#   cure: An administrator can record the competence when there is evidence of it; someone who is competent can do this.
#   citations:
#   - {text: "FSR Code, competence; ACPO principle 2", verified: false}
met["U-03"] if {
	some held in input.actor.competencies
	held.activity in needed
	held.from <= input.now
	input.now < held.until
}

text["U-03"] := sprintf("Rule U-03 needs a competence that is in force (%s); none is recorded for you.", [list(needed)])

rests_on["U-03"] := {"U-02"}

# One of these is needed. A map is checked by somebody who can make one.
needed := activities[input.action]

needed := checking[input.exhibit.form]

activities := {
	"analysis.run": {"cdr-analysis", "cell-site-mapping", "extraction"},
	"exhibit.produce": {"cdr-analysis", "cell-site-mapping", "extraction"},
	"extraction.import": {"extraction"},
	"row.read": {"cdr-analysis", "cdr-import", "cell-site-mapping", "cell-site-opinion", "disclosure", "evidence-reading", "extraction"},
	"schedule.make": {"disclosure"},
	"source.import": {"cdr-import"},
}

checking := {
	"chart": {"cdr-analysis", "cell-site-mapping"},
	"map": {"cell-site-mapping"},
	"schedule": {"cdr-analysis", "cell-site-mapping", "extraction"},
	"table": {"cdr-analysis", "cell-site-mapping", "extraction"},
}

# METADATA
# title: The person is vetted for the marking
# custom:
#   id: U-04
#   cure: An administrator can record it when it has been given; someone of whom it is on record can do this.
#   citations:
#   - {text: "custos policy: vetting and marking", verified: true}
met["U-04"] if {
	input.actor.vetting in vetted[input.case.marking]
	input.now < input.actor.vettedUntil
}

text["U-04"] := sprintf("Rule U-04 needs vetting that is in force and suffices for this case (%s); yours is %s until %s.", [list(vetted[input.case.marking]), input.actor.vetting, input.actor.vettedUntil]) if {
	input.actor.vetting != "none"
}

text["U-04"] := sprintf("Rule U-04 needs vetting that is in force and suffices for this case (%s); of you none is on record.", [list(vetted[input.case.marking])]) if {
	input.actor.vetting == "none"
	own_sides != {"defence"}
}

text["U-04"] := sprintf("Rule U-04 needs it to be on record that you may see what is marked %s, as a level of vetting (%s); of who acts for the defence it is recorded by the force that serves it, and of you it is not.", [input.case.marking, list(vetted[input.case.marking])]) if {
	input.actor.vetting == "none"
	own_sides == {"defence"}
}

rests_on["U-04"] := {"U-02"}

# The levels that suffice for each marking.
vetted := {
	"official": {"dv", "mv", "rv", "sc"},
	"official-sensitive": {"dv", "mv", "rv", "sc"},
	"secret": {"dv", "sc"},
}
