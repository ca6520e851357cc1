package custody

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"custos.example/ledger"
	"custos.example/policy"
)

// Submission is a submission as it stands.
// Units: Turnaround in days, -1 when nothing was sent; Estimate and Price in pence.
type Submission struct {
	Case          CaseID          `json:"case"`
	In            string          `json:"in"` // reference of the case
	Name          string          `json:"name"`
	State         SubmissionState `json:"state"`
	Provider      string          `json:"provider"`
	Holder        string          `json:"holder,omitempty"`
	Question      string          `json:"question"`
	Items         []string        `json:"items"`
	Out           []string        `json:"out"` // sent, and not back
	Unit          string          `json:"unit,omitempty"`
	RequestedOn   policy.Date     `json:"requestedOn"`
	RequestedBy   string          `json:"requestedBy"`
	AgreedOn      policy.Date     `json:"agreedOn,omitempty"`
	AgreedBy      string          `json:"agreedBy,omitempty"`
	Agreement     string          `json:"agreement,omitempty"`
	DueOn         policy.Date     `json:"dueOn"`
	SentOn        policy.Date     `json:"sentOn,omitempty"`     // first
	ReturnedOn    policy.Date     `json:"returnedOn,omitempty"` // last
	Turnaround    int             `json:"turnaround"`
	Overdue       bool            `json:"overdue"`
	Estimate      int64           `json:"estimate"`
	Price         int64           `json:"price"`
	Accreditation Accreditation   `json:"accreditation"`
	Unaccredited  []string        `json:"unaccredited,omitempty"` // why it was sent without
	Returned      []Returned      `json:"returned"`
	Ended         string          `json:"ended,omitempty"`
	EndedOn       policy.Date     `json:"endedOn,omitempty"`
	Entry         ledger.EntryID  `json:"entry"`
	Time          ledger.Time     `json:"time"`
	Gone          bool            `json:"gone,omitempty"` // what the record said of it was erased
}

// Returned is what came back at once.
type Returned struct {
	Items    []string         `json:"items"`
	Results  []ledger.EntryID `json:"results"`
	On       policy.Date      `json:"on"`
	Words    string           `json:"words"`
	Complete bool             `json:"complete"`
}

// SubmissionSearch asks which submissions there are.
// Shape: without a Case those of every case; Overdue leaves only those that are late,
// Open only those that are neither closed, refused nor withdrawn.
type SubmissionSearch struct {
	Ask
	Case    CaseID
	Overdue bool
	Open    bool
}

// List returns the submissions in the order of cases and numbers. A provider's person
// sees their own alone.
// Errors: ErrDenied.
func (u Submissions) List(ctx context.Context, actor Actor, search SubmissionSearch) ([]Submission, error) {
	a, err := u.s.looks(ctx, actor, search.Case, search.Ask)
	if err != nil {
		return nil, err
	}
	today, err := civilDay(a.now)
	if err != nil {
		return nil, err
	}
	found := []Submission{}
	err = a.overCases(ctx, search.Case, nil, func(within *act) error {
		list, err := within.submissions(ctx, 0, today)
		if err != nil {
			return err
		}
		for _, s := range list {
			ended := s.State == SubmissionClosed || s.State == SubmissionRefused || s.State == SubmissionWithdrawn
			if a.isExternalProvider() && s.Holder != a.actor.ID || search.Overdue && !s.Overdue || search.Open && ended {
				continue
			}
			found = append(found, s)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// Show returns one submission.
// Errors: ErrDenied; ErrNotFound.
func (u Submissions) Show(ctx context.Context, actor Actor, id CaseID, name string, ask Ask) (Submission, error) {
	found, err := u.List(ctx, actor, SubmissionSearch{Ask: ask, Case: id})
	if err != nil {
		return Submission{}, err
	}
	at := slices.IndexFunc(found, func(s Submission) bool { return s.Name == name })
	if at < 0 {
		return Submission{}, fmt.Errorf("the case has no submission %q on record: %w", name, ErrNotFound)
	}
	return found[at], nil
}

// submissions returns those of the act's case as they stood at asOf, in the order of
// their numbers.
func (a *act) submissions(ctx context.Context, asOf uint64, today policy.Date) ([]Submission, error) {
	rows, err := registerNewest(ctx, a.Store, a.id, submissionRegister, asOf)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	about, _, err := maybe[caseFact](ctx, a.Store, a.id, inCase, string(a.id), asOf)
	if err != nil {
		return nil, err
	}
	list := make([]Submission, len(rows))
	for n, row := range rows {
		list[n] = Submission{Case: a.id, In: about.Reference, Name: row.Name, Entry: row.Entry, Time: row.Time}
		doc, err := documentOf[submissionDocument](ctx, a.Service, a.id, row.Payload)
		switch {
		case errors.Is(err, ErrNotFound):
			list[n].Gone = true
		case err != nil:
			return nil, fmt.Errorf("submission %s: %w", row.Name, err)
		default:
			list[n].fill(doc, today)
		}
	}
	slices.SortFunc(list, func(x, y Submission) int { return byNumber(x.Name, y.Name) })
	return list, nil
}

func (s *Submission) fill(d submissionDocument, today policy.Date) {
	s.State, s.Provider, s.Holder, s.Question, s.Items, s.Out, s.Unit = d.State, d.Provider, d.Holder, d.Question, d.Items, d.out(), d.Unit
	s.RequestedOn, s.RequestedBy, s.DueOn, s.Estimate, s.Accreditation = d.RequestedOn, d.RequestedBy, d.DueOn, d.Estimate, d.Accreditation
	s.Turnaround, s.Overdue, s.Ended, s.EndedOn, s.Returned = d.turnaround(today), d.overdue(today), d.Ended, d.EndedOn, []Returned{}
	if d.Agreed != nil {
		s.AgreedOn, s.AgreedBy, s.Agreement, s.Price = d.Agreed.On, d.Agreed.By, d.Agreed.Reference, d.Agreed.Price
	}
	for _, lot := range d.Sent {
		if s.SentOn == "" {
			s.SentOn = lot.On
		}
		if lot.Unaccredited != "" {
			s.Unaccredited = append(s.Unaccredited, lot.Unaccredited)
		}
	}
	for _, lot := range d.Returned {
		s.ReturnedOn = lot.On
		s.Returned = append(s.Returned, Returned{lot.Items, lot.Results, lot.On, lot.Words, lot.Complete})
	}
}
