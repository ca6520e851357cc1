package custody

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"custos.example/ledger"
	"custos.example/policy"
)

// Submissions is the register of what is submitted to external providers: what was
// asked of whom, what was agreed, what was sent, what came back and how long it took.
type Submissions struct{ s *Service }

// Submissions returns the use cases of submissions to external providers.
func (s *Service) Submissions() Submissions { return Submissions{s} }

// RequestSubmission asks a provider for work.
// Shape: Provider in words; Holder is the id of the provider's enrolled person, if
// it has one. Items are on record in the case: booked in, received or produced.
// Units: Estimate in pence; 0 = none was given.
type RequestSubmission struct {
	Ask
	Case          CaseID
	Provider      string
	Holder        string
	Question      string
	Items         []string
	DueOn         policy.Date
	Unit          string // of the organisation, that asks
	Estimate      int64
	Accreditation Accreditation
}

// Accreditation is what a provider says it is accredited for, as it was seen.
type Accreditation struct {
	Standard string      `json:"standard,omitempty"` // such as ISO/IEC 17025
	Number   string      `json:"number,omitempty"`
	Covers   string      `json:"covers,omitempty"`
	Until    policy.Date `json:"until,omitempty"`
}

// AgreeSubmission records that the provider agreed, or, with Refused, that it did not.
// Units: Price in pence.
type AgreeSubmission struct {
	Ask
	Case          CaseID
	Name          string
	On            policy.Date // empty: today
	By            string      // who agreed, in words; empty when the asker is the provider's own person
	Reference     string      // of the agreement
	DueOn         policy.Date // empty: as asked
	Price         int64
	Accreditation Accreditation // empty: as it stands
	Refused       string        // why it was refused; empty = agreed
}

// SendSubmission records that items went to the provider.
// Shape: Unaccredited says why it is sent although no accreditation that lasts until
// then is on record; it is needed exactly then.
type SendSubmission struct {
	Ask
	Case         CaseID
	Name         string
	On           policy.Date // empty: today
	Items        []string    // empty: all that were asked about
	Means        string
	Unaccredited string
}

// ReturnSubmission records that something came back.
// Shape: Items are those that came back; Results are entries of the case that record
// what was made of them. Complete says that nothing more is to come.
type ReturnSubmission struct {
	Ask
	Case     CaseID
	Name     string
	On       policy.Date // empty: today
	Items    []string
	Results  []ledger.EntryID
	Words    string
	Complete bool
}

// EndSubmission closes a submission that has come back, or withdraws one that was
// not sent.
type EndSubmission struct {
	Ask
	Case   CaseID
	Name   string
	Reason string
}

// RecordedSubmission is a submission as it was recorded.
type RecordedSubmission struct {
	Proof
	Name  string
	State SubmissionState
}

var submissionName = regexp.MustCompile(`^S-[1-9][0-9]{0,5}$`)

// Request records what is asked of a provider, under the next number of the case.
// Errors: ErrDenied; ErrInvalid; ErrNotFound for an item that the case does not have.
func (u Submissions) Request(ctx context.Context, actor Actor, r RequestSubmission) (RecordedSubmission, error) {
	return u.change(ctx, actor, r.Case, r, "", func(a *act, _ submissionDocument) (submissionDocument, error) {
		today, err := civilDay(a.now)
		if err != nil {
			return submissionDocument{}, err
		}
		d := submissionDocument{
			Accreditation: r.Accreditation, DueOn: r.DueOn, Estimate: r.Estimate, Holder: r.Holder, Items: sorted(r.Items), Provider: r.Provider,
			Question: r.Question, RequestedBy: a.actor.ID, RequestedOn: today, State: SubmissionRequested, Unit: r.Unit,
		}
		if err := a.submissionProvider(ctx, &d); err != nil {
			return d, err
		}
		if err := d.check(); err != nil {
			return d, err
		}
		if d.DueOn < today {
			return d, fmt.Errorf("the work cannot be due on %s, which has passed: %w", d.DueOn, ErrInvalid)
		}
		submittable, err := a.submittable(ctx)
		if err != nil {
			return d, err
		}
		there, err := a.there(ctx, today)
		if err != nil {
			return d, err
		}
		for _, item := range d.Items {
			if err := submittable(item); err != nil {
				return d, err
			}
			if err := there(item); err != nil {
				return d, err
			}
		}
		return d, nil
	})
}

// Agree records the provider's answer.
// Errors: ErrDenied; ErrNotFound; ErrConflict when it was answered already; ErrInvalid.
func (u Submissions) Agree(ctx context.Context, actor Actor, r AgreeSubmission) (RecordedSubmission, error) {
	return u.change(ctx, actor, r.Case, r, r.Name, func(a *act, d submissionDocument) (submissionDocument, error) {
		if err := d.wants(r.Name, "answered", SubmissionRequested); err != nil {
			return d, err
		}
		on, err := a.submittedOn("answer", r.On, d.RequestedOn)
		if err != nil {
			return d, err
		}
		d.Agreed = &agreed{By: r.By, On: on, Price: r.Price, Reference: r.Reference, Signed: d.Holder == a.actor.ID}
		if d.Agreed.Signed && r.By == "" {
			d.Agreed.By = a.person.Name
		}
		if err := checkText("name of who answers for the provider", d.Agreed.By); err != nil {
			return d, err
		}
		if r.Refused != "" {
			d.State, d.Ended, d.EndedOn = SubmissionRefused, r.Refused, on
			return d, d.check()
		}
		d.State = SubmissionAgreed
		if r.DueOn != "" {
			d.DueOn = r.DueOn
		}
		if r.Accreditation != (Accreditation{}) {
			d.Accreditation = r.Accreditation
		}
		if d.DueOn < on {
			return d, fmt.Errorf("the work cannot be due on %s, before it was agreed on %s: %w", d.DueOn, on, ErrInvalid)
		}
		return d, d.check()
	})
}

// Send records that items went to the provider. What is sent in several lots is
// recorded lot by lot.
// Errors: ErrDenied; ErrNotFound; ErrConflict when it is not agreed, or an item has
// been sent, is with another provider, or is not there any more; ErrInvalid.
func (u Submissions) Send(ctx context.Context, actor Actor, r SendSubmission) (RecordedSubmission, error) {
	return u.change(ctx, actor, r.Case, r, r.Name, func(a *act, d submissionDocument) (submissionDocument, error) {
		if a.isExternalProvider() {
			return d, fmt.Errorf("what is sent to a provider is recorded by those who send it: %w", ErrDenied)
		}
		if err := d.wants(r.Name, "sent", SubmissionAgreed, SubmissionSent); err != nil {
			return d, err
		}
		on, err := a.submittedOn("sending", r.On, d.Agreed.On)
		if err != nil {
			return d, err
		}
		items := sorted(r.Items)
		if len(items) == 0 {
			items = d.unsent()
		}
		there, err := a.there(ctx, on)
		if err != nil {
			return d, err
		}
		out := sync.OnceValues(func() (map[string]error, error) { return a.outUnderOthers(ctx, r.Name) })
		for _, item := range items {
			switch {
			case !slices.Contains(d.Items, item):
				return d, fmt.Errorf("%s is not among the items of %s (%s): %w", item, r.Name, strings.Join(d.Items, ", "), ErrInvalid)
			case !slices.Contains(d.unsent(), item):
				return d, fmt.Errorf("%s has been sent under %s already: %w", item, r.Name, ErrConflict)
			}
			if err := there(item); err != nil {
				return d, err
			}
			if err := a.withAnother(ctx, item, out); err != nil {
				return d, err
			}
		}
		if len(items) == 0 {
			return d, fmt.Errorf("everything of %s has been sent already: %w", r.Name, ErrConflict)
		}
		lasts := d.Accreditation.lasts(on)
		switch {
		case !lasts && r.Unaccredited == "":
			return d, fmt.Errorf("no accreditation of %s that lasts until %s is on record: record it with the agreement, or say why it is sent all the same: %w",
				d.Provider, on, ErrInvalid)
		case lasts && r.Unaccredited != "":
			return d, fmt.Errorf("an accreditation that lasts until %s is on record, so no reason to do without one is wanted: %w", d.Accreditation.Until, ErrInvalid)
		}
		d.Sent = append(d.Sent, sentLot{By: a.actor.ID, Items: items, Means: r.Means, On: on, Unaccredited: r.Unaccredited})
		d.State = SubmissionSent
		return d, checkText("way in which it was sent", r.Means)
	})
}

// Return records that something came back.
// Errors: ErrDenied; ErrNotFound for a result that the case does not have;
// ErrConflict when nothing is out; ErrInvalid.
func (u Submissions) Return(ctx context.Context, actor Actor, r ReturnSubmission) (RecordedSubmission, error) {
	return u.change(ctx, actor, r.Case, r, r.Name, func(a *act, d submissionDocument) (submissionDocument, error) {
		if err := d.wants(r.Name, "come back", SubmissionSent); err != nil {
			return d, err
		}
		on, err := a.submittedOn("return", r.On, d.Sent[0].On)
		if err != nil {
			return d, err
		}
		lot := returnedLot{By: a.actor.ID, Complete: r.Complete, Items: sorted(r.Items), On: on, Results: notNil(slices.Clone(r.Results)), Words: r.Words}
		out := d.out()
		for _, item := range lot.Items {
			if !slices.Contains(out, item) {
				return d, fmt.Errorf("%s is not out under %s: nothing of that name was sent and is still to come back: %w", item, r.Name, ErrInvalid)
			}
		}
		slices.SortFunc(lot.Results, func(x, y ledger.EntryID) int { return cmp.Compare(x.String(), y.String()) })
		lot.Results = slices.Compact(lot.Results)
		for _, entry := range lot.Results {
			stored, err := a.Store.ByEntryID(ctx, entry)
			if err != nil || stored.Case != a.id {
				return d, fmt.Errorf("the case has no entry %s: %w", entry, ErrNotFound)
			}
		}
		if len(lot.Items)+len(lot.Results) == 0 {
			return d, fmt.Errorf("say what came back: items, or entries that record what was made of them: %w", ErrInvalid)
		}
		d.Returned = append(d.Returned, lot)
		if r.Complete {
			if left := d.out(); len(left) > 0 {
				return d, fmt.Errorf("%s has not come back, so the return is not complete: %w", strings.Join(left, ", "), ErrInvalid)
			}
			d.State = SubmissionReturned
		}
		return d, checkText("description of what came back", r.Words)
	})
}

// End closes a submission that has come back, or withdraws one that was never sent.
// Errors: ErrDenied; ErrNotFound; ErrConflict; ErrInvalid.
func (u Submissions) End(ctx context.Context, actor Actor, r EndSubmission) (RecordedSubmission, error) {
	return u.change(ctx, actor, r.Case, r, r.Name, func(a *act, d submissionDocument) (submissionDocument, error) {
		if a.isExternalProvider() {
			return d, fmt.Errorf("a submission is ended by those who asked for it: %w", ErrDenied)
		}
		today, err := civilDay(a.now)
		if err != nil {
			return d, err
		}
		switch d.State {
		case SubmissionRequested, SubmissionAgreed:
			d.State = SubmissionWithdrawn
		case SubmissionReturned:
			d.State = SubmissionClosed
		case SubmissionSent:
			return d, fmt.Errorf("%s has items out (%s): record their return first: %w", r.Name, strings.Join(d.out(), ", "), ErrConflict)
		case SubmissionClosed, SubmissionRefused, SubmissionWithdrawn:
			return d, fmt.Errorf("%s is %s already: %w", r.Name, d.State, ErrConflict)
		}
		d.Ended, d.EndedOn = r.Reason, today
		return d, checkText("reason for ending it", r.Reason)
	})
}

// change records the next state of a submission, or a new one when it has no name.
func (u Submissions) change(ctx context.Context, actor Actor, id CaseID, request asking, name string, next func(*act, submissionDocument) (submissionDocument, error)) (RecordedSubmission, error) {
	if name != "" && !submissionName.MatchString(name) {
		return RecordedSubmission{}, fmt.Errorf("%q does not name a submission; the register has names such as S-2: %w", name, ErrInvalid)
	}
	a, err := u.s.begin(ctx, actor, id, policy.SubmissionRecord, request)
	if err != nil {
		return RecordedSubmission{}, err
	}
	if stored, done, err := a.earlier(ctx, "submission"); done || err != nil {
		return a.submittedBefore(ctx, stored, err)
	}
	var recorded RecordedSubmission
	proofs, err := a.commit(ctx, "submission", resource{}, func() ([]sheet, error) {
		before, about, err := a.submission(ctx, name)
		if err != nil {
			return nil, err
		}
		doc, err := next(a, before)
		if err != nil {
			return nil, err
		}
		recorded.Name, recorded.State = name, doc.State
		if name == "" {
			if recorded.Name, err = a.nextNumber(ctx, submissionRegister, "S-"); err != nil {
				return nil, err
			}
		}
		s, err := a.rowSheet(ctx, "submission", submissionRegister, recorded.Name, about, true, doc)
		return []sheet{s}, err
	})
	if err != nil {
		return RecordedSubmission{}, err
	}
	recorded.Proof = proofs[0]
	return recorded, nil
}
