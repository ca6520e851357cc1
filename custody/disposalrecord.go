package custody

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"custos.example/custody/continuity"
	"custos.example/ledger"
	"custos.example/policy"
)

// disposalRecord is what the organisation keeps of an erasure: it is appended with
// the erasure itself, since what it tells of is gone afterwards.
// Shape: canonical JSON. It names the people who have copies, as the erasure does,
// and nobody else.
type disposalRecord struct {
	Basis     policy.ErasureBasis `json:"basis"`
	Case      CaseID              `json:"case"`
	Copies    []disposedCopy      `json:"copies"`
	Exhibits  []string            `json:"exhibits"` // that rested on it: reference and version
	Grounds   []RetentionGround   `json:"grounds"`  // what had kept the case
	Held      []string            `json:"held"`     // items of the case that are still held
	Items     []disposedItem      `json:"items"`
	KeptUntil policy.Date         `json:"keptUntil"`
	Order     ledger.EntryID      `json:"order"`
	Payloads  int                 `json:"payloads"`
	Received  []string            `json:"received"`  // items of received files of the case
	Reference string              `json:"reference"` // of the case
	Review    *RetentionReview    `json:"review,omitempty"`
	Rules     RulesInForce        `json:"rules"`
	Whole     bool                `json:"whole"`
}

// disposedCopy is a numbered copy of what was erased, as it stood then.
type disposedCopy struct {
	By        string           `json:"by,omitempty"` // when it was to be back or destroyed
	Number    uint64           `json:"number"`
	On        policy.Date      `json:"on,omitempty"` // of its end
	Recall    RecallState      `json:"recall"`
	Recipient string           `json:"recipient"`
	State     policy.CopyState `json:"state"`
	What      string           `json:"what"`
}

// disposedItem is what became of an item of the case.
type disposedItem struct {
	Ended string `json:"ended"` // returned, destroyed, or empty while it is held
	Item  string `json:"item"`
}

// disposalSheet says what an erasure takes, to be appended with it.
func (a *act) disposalSheet(ctx context.Context, order Erasure, payloads int) (sheet, error) {
	within := *a
	within.id = order.Case
	doc, err := within.disposalOf(ctx, order)
	if err != nil {
		return sheet{}, fmt.Errorf("the record of the disposal: %w", err)
	}
	doc.Payloads = payloads
	s, err := a.rowSheet(ctx, "disposal", retentionRegister, disposalRow(order.Order), order.Order, false, doc)
	s.operation = "erasure"
	return s, err
}

// disposalOf gathers what the record of a case says of what is to be erased.
func (a *act) disposalOf(ctx context.Context, order Erasure) (disposalRecord, error) {
	doc := disposalRecord{
		Basis: order.Basis, Case: a.id, Order: order.Order, Whole: order.Whole, Copies: []disposedCopy{}, Exhibits: []string{}, Grounds: []RetentionGround{},
		Held: []string{}, Items: []disposedItem{}, Received: []string{}, KeptUntil: policy.NoDate,
	}
	about, err := find[caseFact](ctx, a.Store, a.id, inCase, string(a.id), 0)
	if err != nil {
		return doc, fmt.Errorf("case %s: %w", a.id, err)
	}
	doc.Reference = about.Reference
	k, err := a.keepingOf(ctx, a.id, 0)
	if err != nil {
		return doc, err
	}
	others, err := a.otherGrounds(ctx, a.id, 0)
	if err != nil {
		return doc, err
	}
	doc.Grounds = notNil(append(slices.Clone(k.grounds), others...))
	sortGrounds(doc.Grounds)
	doc.KeptUntil, doc.Rules = keptUntil(doc.Grounds), k.named
	if k.review != nil {
		doc.Review = reviewOf(*k.review, k.by)
	}
	w := newWake(order.Digests)
	if err := a.forward(ctx, a.id, w.entry); err != nil {
		return doc, err
	}
	doc.Exhibits = notNil(w.exhibits)
	if doc.Copies, err = a.copiesDisposed(ctx, w.copies); err != nil || !order.Whole {
		return doc, err
	}
	evidence, err := list[evidenceFact](ctx, a.Store, a.id, inEvidence, 0)
	if err != nil {
		return doc, err
	}
	for _, f := range evidence {
		doc.Received = append(doc.Received, f.Item)
	}
	slices.Sort(doc.Received)
	doc.Items, doc.Held, err = a.itemsDisposed(ctx)
	return doc, err
}

// copiesDisposed says how copies stand, in the order of their numbers.
func (a *act) copiesDisposed(ctx context.Context, numbers []uint64) ([]disposedCopy, error) {
	all, _, err := a.copies(ctx)
	if err != nil {
		return nil, err
	}
	out := []disposedCopy{}
	for _, c := range all {
		if !slices.Contains(numbers, c.Number) {
			continue
		}
		one := disposedCopy{Number: c.Number, Recall: RecallNone, Recipient: c.Recipient, State: c.State, What: c.What}
		if c.End != nil {
			one.On = c.End.On
		}
		if c.Recall != nil {
			one.Recall, one.By = c.Recall.State, string(c.Recall.By)
		}
		out = append(out, one)
	}
	slices.SortFunc(out, func(x, y disposedCopy) int { return cmp.Compare(x.Number, y.Number) })
	return out, nil
}

// itemsDisposed says what became of the items of a case, and which are still held.
func (a *act) itemsDisposed(ctx context.Context) (items []disposedItem, held []string, err error) {
	states, err := a.itemStates(ctx, a.id)
	if err != nil {
		return nil, nil, err
	}
	items, held = []disposedItem{}, []string{}
	for item, state := range states {
		one := disposedItem{Item: item}
		if state.End == continuity.Returned || state.End == continuity.Destroyed {
			one.Ended = string(state.End)
		} else {
			held = append(held, item)
		}
		items = append(items, one)
	}
	slices.SortFunc(items, func(x, y disposedItem) int { return compareReferences(x.Item, y.Item) })
	slices.SortFunc(held, compareReferences)
	return items, held, nil
}

// nothingHeld refuses to erase a whole case while an item of it is still held:
// nobody could say any more whose it is.
// Errors: ErrConflict.
func (a *act) nothingHeld(ctx context.Context, id CaseID) error {
	within := *a
	within.id = id
	_, held, err := within.itemsDisposed(ctx)
	if err != nil || len(held) == 0 {
		return err
	}
	return fmt.Errorf("these items of the case are still held: %s; return or destroy them first (custos item return, custos item destroy): %w",
		strings.Join(held, ", "), ErrConflict)
}

// disposalOn returns the record of a disposal that was carried out.
// Errors: ErrNotFound while it was not.
func (s *Service) disposalOn(ctx context.Context, order ledger.EntryID, asOf uint64) (disposalRecord, rowFact, error) {
	row, err := registerRow(ctx, s.Store, "", retentionRegister, disposalRow(order), asOf)
	if errors.Is(err, ErrNotFound) {
		return disposalRecord{}, row, fmt.Errorf("nothing has been erased under order %s: %w", order, err)
	}
	if err != nil {
		return disposalRecord{}, row, err
	}
	doc, err := documentOf[disposalRecord](ctx, s, "", row.Payload)
	return doc, row, err
}
