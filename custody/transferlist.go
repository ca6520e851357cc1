package custody

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"custos.example/custody/continuity"
	"custos.example/ledger"
)

// Transfer is a hand-over as it stands.
// Shape: State is Offered while nobody has answered it.
type Transfer struct {
	Case      CaseID           `json:"case"`
	In        string           `json:"in"`
	Offer     ledger.EntryID   `json:"offer"`
	Items     []string         `json:"items"`
	From      continuity.Party `json:"from"` // who offered them
	To        continuity.Party `json:"to"`
	Reason    string           `json:"reason"`
	Courier   string           `json:"courier,omitempty"`
	Means     string           `json:"means,omitempty"`
	At        ledger.Time      `json:"at"`
	Due       ledger.Time      `json:"due"`
	State     continuity.Act   `json:"state"`
	Overdue   bool             `json:"overdue,omitempty"` // not answered by now, or answered too late
	Answer    ledger.EntryID   `json:"answer,omitzero"`
	AnswerAt  ledger.Time      `json:"answerAt,omitzero"`
	AnswerBy  string           `json:"answerBy,omitempty"`
	OnPaper   bool             `json:"onPaper,omitempty"`
	SignedBy  string           `json:"signedBy,omitempty"`
	Condition string           `json:"condition,omitempty"`
	Broken    []string         `json:"broken,omitempty"`
	Why       string           `json:"why,omitempty"` // of a refusal or a withdrawal
	Code      string           `json:"code"`          // short code of the newest entry
	Gone      bool             `json:"gone,omitempty"`
}

// TransferSearch asks which hand-overs there are.
// Shape: without a Case those of every case; Open leaves those that nobody has
// answered, Overdue those that were not answered in time.
type TransferSearch struct {
	Ask
	Case    CaseID
	Item    string
	Open    bool
	Overdue bool
}

// TransferList is what was found, in the order of cases and of the record.
type TransferList struct {
	Transfers  []Transfer        `json:"transfers"`
	Unreadable map[CaseID]string `json:"unreadable"`
}

// List lists hand-overs, of one case or of all.
func (t Transfers) List(ctx context.Context, actor Actor, search TransferSearch) (TransferList, error) {
	a, err := t.s.looks(ctx, actor, search.Case, search.Ask)
	if err != nil {
		return TransferList{}, err
	}
	found := TransferList{Transfers: []Transfer{}, Unreadable: map[CaseID]string{}}
	err = a.overCases(ctx, search.Case, found.Unreadable, func(within *act) error {
		all, err := within.transfers(ctx, 0)
		for _, one := range all {
			if search.fits(one) {
				found.Transfers = append(found.Transfers, one)
			}
		}
		return err
	})
	return found, err
}

func (q TransferSearch) fits(t Transfer) bool {
	return (q.Item == "" || slices.Contains(t.Items, q.Item)) && (!q.Open || t.State == continuity.Offered) && (!q.Overdue || t.Overdue)
}

// transfers returns every hand-over of the case as of then, in the order of offers.
func (a *act) transfers(ctx context.Context, asOf uint64) ([]Transfer, error) {
	offers, err := list[offerFact](ctx, a.Store, a.id, inTransfers, asOf)
	if err != nil || len(offers) == 0 {
		return nil, err
	}
	about, _, err := maybe[caseFact](ctx, a.Store, a.id, inCase, string(a.id), 0)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(offers, func(x, y offerFact) int { return cmp.Compare(x.Index, y.Index) })
	all := make([]Transfer, 0, len(offers))
	for _, o := range offers {
		t, err := a.transfer(ctx, o, asOf)
		if err != nil {
			return nil, err
		}
		t.In = about.Reference
		all = append(all, t)
	}
	return all, nil
}

func (a *act) transfer(ctx context.Context, o offerFact, asOf uint64) (Transfer, error) {
	t := Transfer{Case: a.id, Offer: o.Entry, Items: o.Items, At: o.At, Due: o.Due, State: continuity.Offered}
	doc, err := a.transferWords(ctx, o.Payload, &t)
	if err != nil {
		return t, err
	}
	t.To, t.Reason, t.Courier, t.Means = doc.To, doc.Reason, doc.Courier, doc.Means
	if t.From, err = a.partyNamed(ctx, continuity.Party{Person: o.By}, handlingFact{}); err != nil {
		return t, err
	}
	answer, done, err := maybe[answerToOfferFact](ctx, a.Store, a.id, inAnswered, o.Entry.String(), asOf)
	if err != nil {
		return t, err
	}
	newest := o.Entry
	if !done {
		t.Overdue = a.now.After(o.Due.Time)
	} else {
		newest = answer.Entry
		said, err := a.transferWords(ctx, answer.Payload, &t)
		if err != nil {
			return t, err
		}
		t.State, t.Answer, t.AnswerAt, t.AnswerBy, t.OnPaper = answer.State, answer.Entry, answer.At, answer.By, answer.OnPaper
		t.SignedBy, t.Condition, t.Broken, t.Why, t.Overdue = said.SignedBy, said.Condition, said.Broken, said.Reason, answer.At.After(o.Due.Time)
	}
	stored, err := a.Store.ByEntryID(ctx, newest)
	t.Code = ReceiptCode(stored.Commitment)
	return t, err
}

// transferWords reads the words of an entry of a hand-over; that they were erased is noted.
func (a *act) transferWords(ctx context.Context, payload ledger.DigestSet, t *Transfer) (transferDocument, error) {
	doc, err := documentOf[transferDocument](ctx, a.Service, a.id, payload)
	if errors.Is(err, ErrNotFound) {
		t.Gone = true
		return transferDocument{}, nil
	}
	if err != nil {
		return doc, fmt.Errorf("the words of offer %s: %w", t.Offer, err)
	}
	return doc, nil
}
