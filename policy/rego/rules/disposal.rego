package custos

# METADATA
# title: Nothing is disposed of while the rules of retention keep it
# custom:
#   id: R-46
#   cure: See what keeps the case with retention show; whoever works on it can record how it ended.
#   citations:
#   - {text: "custos policy: the rules of retention that the organisation has in force", verified: true}
met["R-46"] if input.erasure.basis in besides_retention

met["R-46"] if input.erasure.keptUntil == "none"

met["R-46"] if input.erasure.keptUntil < today

text["R-46"] := sprintf("Rule R-46 disposes of nothing while the rules of retention in force keep the case, which they do until %s, that day included.", [input.erasure.keptUntil]) if {
	input.erasure.keptUntil < "9999-12-31"
}

text["R-46"] := "Rule R-46 disposes of nothing while the rules of retention in force keep the case, and until when they do is not known yet." if {
	input.erasure.keptUntil == "9999-12-31"
}

rests_on["R-46"] := {"O-01", "R-01", "R-40", "U-02"}

# METADATA
# title: A disposal rests on a review that stands
# custom:
#   id: R-47
#   cure: Another person than the one who recorded how the case ended can review its retention, by the rules and the facts as they are now.
#   citations:
#   - {text: "custos policy: a review says that a case may go, and is made again when the rules or the facts change", verified: true}
met["R-47"] if input.erasure.basis in besides_retention

met["R-47"] if input.erasure.review == "stands"

text["R-47"] := sprintf("Rule R-47 disposes of nothing before a review of its retention says so; %s.", [review_words[input.erasure.review]])

rests_on["R-47"] := {"O-01", "R-01", "R-40", "U-02"}

# On these bases something is erased although the rules of retention would keep it.
besides_retention := {"court-order", "disclosed-in-error", "right-to-erasure"}

review_words := {
	"none": "of this case there is none",
	"overtaken": "the rules or the facts have changed since the newest, so it has to be made again",
	"retains": "the newest one keeps the case",
}
