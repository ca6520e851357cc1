package custos

# METADATA
# title: The data was obtained while the authority had effect
# custom:
#   id: A-08
#   cure: A SPoC can correct the days, or record a renewal that was left out; otherwise report an error.
#   citations:
#   - {regime: "RIPA-2000", text: "RIPA 2000 s.23(4)(a)", verified: true}
#   - {regime: "IPA-2016", text: "IPA 2016 s.65(1)", verified: true}
#   - {text: "custos policy: nothing is obtained before it is granted, or in the future", verified: true}
met["A-08"] if {
	plausible
	input.source.obtainedOn <= last_day
}

# A notice may be answered later; A-09 says when.
met["A-08"] if {
	plausible
	input.authority.instrument == "notice"
}

# Three days by s.61A are for A-11; the other bases end only when they are withdrawn.
met["A-08"] if {
	plausible
	input.authority.route == "61A"
}

met["A-08"] if {
	plausible
	input.authority.regime in other_bases
}

# Not before the grant and not in the future; London may be a day ahead of UTC.
plausible if {
	input.authority.grantedOn <= input.source.obtainedOn
	input.source.obtainedOn <= day_after(today)
}

# The powers that last a month and can be renewed.
monthly := {"22(3)", "22(4)", "60A", "61"}

rests_on["A-08"] := {"A-26", "A-00"}

text["A-08"] := effect_text

effect_text := sprintf("Rule A-08 needs the data to have been obtained while the authority had effect; %s had effect from %s to %s, and the data was obtained on %s.", [input.authority.reference, input.authority.grantedOn, last_day, input.source.obtainedOn]) if {
	last_day
} else := sprintf("Rule A-08 needs the data to have been obtained after the grant and not in the future; %s was granted on %s, and the data was obtained on %s.", [input.authority.reference, input.authority.grantedOn, input.source.obtainedOn])

# METADATA
# title: What came after the period came by a notice that may still be answered
# custom:
#   id: A-09
#   cure: A SPoC can record when the notice was given, or that the operator had the data in time; otherwise report an error.
#   citations:
#   - {regime: "RIPA-2000", text: "RIPA 2000 s.23(4)(b)", verified: true}
#   - {regime: "IPA-2016", text: "IPA 2016 s.65(7), as enacted", verified: true}
met["A-09"] if input.authority.instrument == "authorisation"

met["A-09"] if input.authority.route == "61A" # three days, and nothing after them: A-11

met["A-09"] if input.source.obtainedOn <= last_day

# RIPA: the operator had or obtained the data within the period.
met["A-09"] if {
	input.authority.route == "22(4)"
	input.authority.operatorHeldWithinTime == true
}

# IPA: the notice was given within the period, and outlives it.
met["A-09"] if {
	input.authority.route in {"60A", "61"}
	input.authority.grantedOn <= input.authority.noticeGivenOn
	input.authority.noticeGivenOn <= last_day
}

rests_on["A-09"] := {"A-26", "A-00", "A-08"}

text["A-09"] := sprintf("Rule A-09 needs data that came after %s to come by a notice that may still be answered then: under RIPA 2000 of what the operator had by that day, under IPA 2016 given by that day; for %s (notice: %s) that is not recorded.", [last_day, input.authority.reference, input.authority.noticeGivenOn])

# METADATA
# title: Every renewal was granted before the period ended
# custom:
#   id: A-10
#   cure: No one can cure a late renewal; a SPoC can record a new authority, or correct the day.
#   citations:
#   - {regime: "RIPA-2000", text: "RIPA 2000 s.23(5)-(7)", verified: true}
#   - {regime: "IPA-2016", text: "IPA 2016 s.65(2), (3)", verified: true}
met["A-10"] if {
	every i, day in input.authority.renewals {
		input.authority.grantedOn <= day
		day <= ends[i]
	}
}

met["A-10"] if input.authority.route == "61A" # A-11

rests_on["A-10"] := {"A-26", "A-00"}

text["A-10"] := sprintf("Rule A-10 needs each renewal to be granted before the period ends; for %s that is not so.", [input.authority.reference])

# METADATA
# title: An urgent authority lasts three days and is not renewed
# custom:
#   id: A-11
#   cure: A SPoC can correct the days, or record the authority that followed the urgent one; otherwise report an error.
#   citations:
#   - {text: "IPA 2016 s.65(2), (3A)", verified: true}
met["A-11"] if input.authority.route in monthly

met["A-11"] if {
	input.authority.route == "61A"
	input.authority.renewals == []
	input.source.obtainedOn <= last_day
}

met["A-11"] if {
	input.action == "authority.grant"
	input.authority.renewals == []
}

rests_on["A-11"] := {"A-26", "A-00"}

text["A-11"] := sprintf("Rule A-11 gives an urgent authority three days, the day of grant included, and no renewal; %s was granted on %s, was renewed %d times, and the data was obtained on %s.", [input.authority.reference, input.authority.grantedOn, count(input.authority.renewals), input.source.obtainedOn])

text["A-11"] := sprintf("Rule A-11 gives an urgent authority three days and no renewal; %s is one.", [input.authority.reference]) if {
	input.action == "authority.grant"
}

# METADATA
# title: The data was obtained before the authority was cancelled
# custom:
#   id: A-12
#   cure: A SPoC can correct the day of cancellation; otherwise report an error.
#   citations:
#   - {regime: "RIPA-2000", text: "RIPA 2000 s.23(8)", verified: true}
#   - {regime: "IPA-2016", text: "IPA 2016 s.65(3B), (4), (7)", verified: true}
#   - {text: "custos policy: nothing is obtained after it is withdrawn", verified: true}
met["A-12"] if input.source.obtainedOn < input.authority.cancelledOn

rests_on["A-12"] := {"A-26"}

text["A-12"] := sprintf("Rule A-12 needs the data to have been obtained before the authority was cancelled, which ends its notices too; %s was cancelled on %s, and the data was obtained on %s.", [input.authority.reference, input.authority.cancelledOn, input.source.obtainedOn])

duties["A-12"] := sprintf("Review: %s has been cancelled (%s); what was obtained before stays lawful to use, but look whether it is still needed.", [input.authority.reference, input.authority.cancelledOn]) if {
	input.authority.cancelledOn != "none"
}

# The last day on which the authority has effect, counting renewals: a month
# begins where the last one ended, so the periods follow one another.
last_day := day_after(day_after(input.authority.grantedOn)) if input.authority.route == "61A" # three days, the day of grant included

last_day := e0 if {
	input.authority.route in monthly
	count(input.authority.renewals) == 0
}

last_day := ends[count(input.authority.renewals)] if {
	input.authority.route in monthly
	count(input.authority.renewals) > 0
}

# ends[i] is the last day of the month after i renewals.
ends[0] := e0

ends[1] := e1

ends[2] := e2

ends[3] := e3

ends[4] := e4

ends[5] := e5

ends[6] := month_end(day_after(e5))

e0 := month_end(input.authority.grantedOn)

e1 := month_end(day_after(e0))

e2 := month_end(day_after(e1))

e3 := month_end(day_after(e2))

e4 := month_end(day_after(e3))

e5 := month_end(day_after(e4))
