package custody

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"custos.example/ledger"
	"custos.example/policy"
)

// SubmissionState says how far a submission has come.
type SubmissionState string

// The states of a submission.
const (
	SubmissionRequested SubmissionState = "requested"
	SubmissionAgreed    SubmissionState = "agreed"
	SubmissionRefused   SubmissionState = "refused"
	SubmissionSent      SubmissionState = "sent" // something of it is out
	SubmissionReturned  SubmissionState = "returned"
	SubmissionClosed    SubmissionState = "closed"
	SubmissionWithdrawn SubmissionState = "withdrawn"
)

// submissionDocument is the payload of a row: the submission as it stands then, whole.
// Shape: canonical JSON.
// Units: Estimate and Price in pence.
type submissionDocument struct {
	Accreditation Accreditation   `json:"accreditation"`
	Agreed        *agreed         `json:"agreed,omitempty"`
	DueOn         policy.Date     `json:"dueOn"`
	Ended         string          `json:"ended,omitempty"` // why
	EndedOn       policy.Date     `json:"endedOn,omitempty"`
	Estimate      int64           `json:"estimate,omitempty"`
	Holder        string          `json:"holder,omitempty"`
	Items         []string        `json:"items"`
	Provider      string          `json:"provider"`
	Question      string          `json:"question"`
	RequestedBy   string          `json:"requestedBy"`
	RequestedOn   policy.Date     `json:"requestedOn"`
	Returned      []returnedLot   `json:"returned,omitempty"`
	Sent          []sentLot       `json:"sent,omitempty"`
	State         SubmissionState `json:"state"`
	Unit          string          `json:"unit,omitempty"`
}

// agreed is the provider's answer.
type agreed struct {
	By        string      `json:"by"`
	On        policy.Date `json:"on"`
	Price     int64       `json:"price,omitempty"`
	Reference string      `json:"reference,omitempty"`
	Signed    bool        `json:"signed"` // by the provider's own entry
}

// sentLot is what was sent at once.
type sentLot struct {
	By           string      `json:"by"`
	Items        []string    `json:"items"`
	Means        string      `json:"means"`
	On           policy.Date `json:"on"`
	Unaccredited string      `json:"unaccredited,omitempty"` // why it was sent without an accreditation
}

// returnedLot is what came back at once.
type returnedLot struct {
	By       string           `json:"by"`
	Complete bool             `json:"complete"`
	Items    []string         `json:"items"`
	On       policy.Date      `json:"on"`
	Results  []ledger.EntryID `json:"results"`
	Words    string           `json:"words"`
}

// maxItems is the most items of one submission.
const maxItems = 500

// check wants everything that a submission must say.
// Errors: ErrInvalid.
func (d submissionDocument) check() error {
	if err := cmp.Or(checkText("name of the provider", d.Provider), checkText("question that is put to the provider", d.Question)); err != nil {
		return err
	}
	if len(d.Items) == 0 || len(d.Items) > maxItems {
		return fmt.Errorf("a submission is about 1 to %d items: %w", maxItems, ErrInvalid)
	}
	if err := checkDay("day on which the work is due", d.DueOn); err != nil {
		return err
	}
	if d.Accreditation.Until != "" {
		if err := checkDay("day until which the accreditation lasts", d.Accreditation.Until); err != nil {
			return err
		}
	}
	texts := []string{d.Unit, d.Accreditation.Covers, d.Accreditation.Number, d.Accreditation.Standard, d.Ended}
	if d.Agreed != nil {
		texts = append(texts, d.Agreed.Reference)
		if !isPence(d.Agreed.Price) {
			return fmt.Errorf("a price is 0 to %d pence, not %d: %w", maxPence, d.Agreed.Price, ErrInvalid)
		}
	}
	if !isPence(d.Estimate) {
		return fmt.Errorf("an estimate is 0 to %d pence, not %d: %w", maxPence, d.Estimate, ErrInvalid)
	}
	if slices.ContainsFunc(texts, func(t string) bool { return longer(t, maxText) }) {
		return fmt.Errorf("a text of the submission is longer than %d characters: %w", maxText, ErrInvalid)
	}
	return nil
}

// wants returns nil when the submission is in one of the states.
// Errors: ErrConflict.
func (d submissionDocument) wants(name, what string, states ...SubmissionState) error {
	if slices.Contains(states, d.State) {
		return nil
	}
	return fmt.Errorf("%s is %s: it can be %s only when it is %s: %w", name, d.State, what, wordsOf(states), ErrConflict)
}

// unsent are the items that were not sent yet, sorted.
func (d submissionDocument) unsent() []string {
	return slices.DeleteFunc(slices.Clone(d.Items), func(item string) bool {
		return slices.ContainsFunc(d.Sent, func(l sentLot) bool { return slices.Contains(l.Items, item) })
	})
}

// out are the items that were sent and have not come back, sorted.
func (d submissionDocument) out() []string {
	return slices.DeleteFunc(slices.Clone(d.Items), func(item string) bool {
		return !slices.ContainsFunc(d.Sent, func(l sentLot) bool { return slices.Contains(l.Items, item) }) ||
			slices.ContainsFunc(d.Returned, func(l returnedLot) bool { return slices.Contains(l.Items, item) })
	})
}

// lasts tells whether an accreditation is on record that lasts until a day.
func (c Accreditation) lasts(on policy.Date) bool {
	return c.Standard != "" && c.Number != "" && c.Until >= on
}

// turnaround is the number of days from the first sending to the last return, or
// to a day while something is out.
// Units: days; -1 when nothing was sent.
func (d submissionDocument) turnaround(today policy.Date) int {
	if len(d.Sent) == 0 {
		return -1
	}
	end := today
	if d.State == SubmissionReturned || d.State == SubmissionClosed {
		end = d.Returned[len(d.Returned)-1].On
	}
	return daysBetween(d.Sent[0].On, end)
}

// overdue tells whether the work was not back by the day on which it was due.
func (d submissionDocument) overdue(today policy.Date) bool {
	return d.DueOn < today && slices.Contains([]SubmissionState{SubmissionRequested, SubmissionAgreed, SubmissionSent}, d.State)
}

// daysBetween counts the days from one to another.
func daysBetween(from, to policy.Date) int {
	a, errA := time.Parse(time.DateOnly, string(from))
	b, errB := time.Parse(time.DateOnly, string(to))
	if errA != nil || errB != nil {
		return 0
	}
	return int(b.Sub(a) / (24 * time.Hour))
}
