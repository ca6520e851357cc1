package policy

import (
	"strings"
	"time"
)

// Decision is the answer.
// Trust: Allowed is true only when the rules said so plainly and no rule gave a
// reason against.
type Decision struct {
	Allowed bool
	Alarm   string    // not empty when the rules could not be asked as they should be; always a denial
	Rules   []string  // ids of every rule that bears on the action; sorted
	Duties  []Duty    // what comes with the answer; sorted by rule
	Reasons []Reason  // of a denial; at least one; sorted by rule
	Release string    // digest of the rules in force, 64 hex digits
	AsOf    uint64    // as in the facts
	Until   time.Time // when the answer stops holding by itself; zero = never
}

// Reason says why not, in words.
type Reason struct {
	Rule     string   `json:"rule"`
	Text     string   `json:"text"`
	Citation string   `json:"citation"` // law or house rule; empty when the facts themselves were refused
	Verified bool     `json:"verified"` // the citation was read in the primary text
	Cure     string   `json:"cure"`     // who can change this, and how
	Facts    []string `json:"facts"`    // that the rule looks at, such as authority.dataTypes; sorted
	Ask      []Role   `json:"ask"`      // roles that the cure names; sorted
	Title    string   `json:"title"`    // the rule itself, as a plain sentence
}

// Duty is something that somebody must see to when the answer is yes.
type Duty struct {
	Rule string `json:"rule"`
	Text string `json:"text"`
}

// Sentence tells a person why not and what to do.
// Shape: "You cannot import this file in Op KESTREL. Rule R-15 ... A SPoC can
// ... Reference D-90213."; where and reference may be empty.
func (d Decision) Sentence(action Action, where, reference string) string {
	if d.Allowed {
		return ""
	}
	var b strings.Builder
	words := actions[action].words
	if words == "" {
		words = "do this"
	}
	b.WriteString("You cannot " + words)
	if where != "" {
		b.WriteString(" in " + where)
	}
	b.WriteString(".")
	for _, r := range d.Reasons {
		b.WriteString(" " + r.Text)
		if r.Citation != "" && r.Verified {
			b.WriteString(" (" + r.Citation + ")")
		}
		if r.Cure != "" {
			b.WriteString(" " + r.Cure)
		}
	}
	if reference != "" {
		b.WriteString(" Reference " + reference + ".")
	}
	return b.String()
}

// Until returns the earliest end of what the actor asks under: role, assignment, shares,
// vetting and every competence in force; zero when nothing of it ends. A competence
// that the action does not need may end it early: then it is decided anew.
func (in Input) Until() time.Time {
	end := in.Actor.Until
	if in.Now < in.Actor.VettedUntil {
		end = min(end, in.Actor.VettedUntil)
	}
	for _, c := range in.Actor.Competencies {
		if c.From <= in.Now && in.Now < c.Until {
			end = min(end, c.Until)
		}
	}
	if in.Case != nil {
		held := Time("")
		for _, a := range in.Case.Assigned {
			if a.Actor == in.Actor.ID && a.From <= in.Now && in.Now < a.Until && a.Until > held {
				held = a.Until
			}
		}
		if held != "" {
			end = min(end, held)
		}
		for _, s := range in.Case.Shares {
			if s.From <= in.Now && in.Now < s.Until {
				end = min(end, s.Until)
			}
		}
	}
	if end == NoEnd {
		return time.Time{}
	}
	t, err := time.Parse(timeLayout, string(end))
	if err != nil {
		return time.Time{}
	}
	return t
}
