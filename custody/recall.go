package custody

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"custos.example/ledger"
	"custos.example/policy"
)

// RecallState says how the recall of a copy stands.
type RecallState string

// The states of a recall.
const (
	RecallNone    RecallState = "none"
	RecallAsked   RecallState = "asked"   // for it to be given back or destroyed
	RecallRefused RecallState = "refused" // whoever has it keeps it
	RecallLost    RecallState = "lost"    // whoever had it cannot find it
)

// CopyRecall is the recall of a copy, as it stands.
type CopyRecall struct {
	By      policy.Date    `json:"by"`    // day by which it is to be back or destroyed
	Times   int            `json:"times"` // how often it was asked for
	State   RecallState    `json:"state"`
	Said    string         `json:"said,omitempty"` // what whoever has it answered
	Reason  string         `json:"reason"`
	Means   string         `json:"means,omitempty"`
	Overdue bool           `json:"overdue"` // the day has passed, and nothing is confirmed
	Entry   ledger.EntryID `json:"entry"`
	Time    ledger.Time    `json:"time"`
}

// recallDocument is the row of the recall of a copy.
// Shape: canonical JSON.
type recallDocument struct {
	By     policy.Date `json:"by"`
	Copy   uint64      `json:"copy"`
	Means  string      `json:"means,omitempty"`
	Reason string      `json:"reason"`
	Said   string      `json:"said,omitempty"`
	State  RecallState `json:"state"`
	Times  int         `json:"times"`
}

func recallRow(number uint64) string { return "recall " + copyKey(number) }

// RecallCopies asks for copies back.
// Shape: Numbers, or every copy Of one thing, or, with neither, every copy of the
// case that is still there. By is the day by which they are to be back or
// destroyed.
type RecallCopies struct {
	Ask
	Case    CaseID
	Numbers []uint64
	Of      ledger.EntryID
	By      policy.Date
	Reason  string
	Means   string // how those who have them were asked
}

// AnswerRecall records that a copy is kept or lost; that it is no more is recorded
// with DisposeCopy.
type AnswerRecall struct {
	Ask
	Case   CaseID
	Number uint64
	State  RecallState // RecallRefused or RecallLost
	Said   string
}

// mostRecalled is how many copies are recalled at once.
const mostRecalled = 1000

// Recall records that copies are asked back, and returns their numbers. One that was
// asked for before is asked for again.
// Errors: ErrDenied; ErrNotFound for a copy that there is not; ErrConflict when none
// is still there; ErrInvalid.
func (c Copies) Recall(ctx context.Context, actor Actor, request RecallCopies) ([]uint64, Proof, error) {
	a, err := c.s.begin(ctx, actor, request.Case, policy.RetentionRecord, request)
	if err != nil {
		return nil, Proof{}, err
	}
	if stored, done, err := a.earlier(ctx, recallStage(0)); done || err != nil {
		return a.recalledBefore(ctx, stored, err)
	}
	if err := cmp.Or(checkText("reason for the recall", request.Reason), checkLength("way in which they were asked", request.Means)); err != nil {
		return nil, Proof{}, err
	}
	if err := a.afterToday("day by which the copies are to be back", request.By); err != nil {
		return nil, Proof{}, err
	}
	var numbers []uint64
	proofs, err := a.commit(ctx, "recall", resource{}, func() ([]sheet, error) {
		copies, err := a.recalled(ctx, request)
		if err != nil {
			return nil, err
		}
		var sheets []sheet
		numbers = numbers[:0]
		for i, copied := range copies {
			doc := recallDocument{By: request.By, Copy: copied.Number, Means: request.Means, Reason: request.Reason, State: RecallAsked, Times: 1}
			if copied.Recall != nil {
				doc.Times += copied.Recall.Times
			}
			s, err := a.rowSheet(ctx, recallStage(i), retentionRegister, recallRow(copied.Number), copied.Entry, false, doc)
			if err != nil {
				return nil, err
			}
			s.operation = "alteration"
			sheets, numbers = append(sheets, s), append(numbers, copied.Number)
		}
		return sheets, nil
	})
	if err != nil {
		return nil, Proof{}, err
	}
	return numbers, proofs[0], nil
}

func recallStage(i int) string { return fmt.Sprintf("recall %d", i) }

// recalledBefore returns the copies that this request recalled before.
func (a *act) recalledBefore(ctx context.Context, stored Stored, err error) ([]uint64, Proof, error) {
	first, err := a.again(ctx, stored, err)
	var numbers []uint64
	for i := 0; err == nil; i++ {
		row, known, found := maybe[rowFact](ctx, a.Store, a.id, inRegisterRows, a.entryID(recallStage(i)).String(), 0)
		if found != nil || !known {
			return numbers, first, found
		}
		var doc recallDocument
		if doc, err = documentOf[recallDocument](ctx, a.Service, a.id, row.Payload); err == nil {
			numbers = append(numbers, doc.Copy)
		}
	}
	return nil, Proof{}, err
}

// recalled returns the copies that a recall is about.
func (a *act) recalled(ctx context.Context, request RecallCopies) ([]Copy, error) {
	all, _, err := a.copies(ctx)
	if err != nil {
		return nil, err
	}
	for _, number := range request.Numbers {
		at := slices.IndexFunc(all, func(c Copy) bool { return c.Number == number })
		if at < 0 {
			return nil, fmt.Errorf("copy %d: %w", number, ErrNotFound)
		}
		if all[at].State == policy.CopyDisposed {
			return nil, fmt.Errorf("it is on record that copy %d is no more, so it cannot be recalled: %w", number, ErrConflict)
		}
	}
	wanted := slices.DeleteFunc(all, func(c Copy) bool {
		named := len(request.Numbers) == 0 || slices.Contains(request.Numbers, c.Number)
		of := request.Of == (ledger.EntryID{}) || c.Of == request.Of
		return c.State == policy.CopyDisposed || !named || !of
	})
	switch {
	case len(wanted) == 0:
		return nil, fmt.Errorf("no copy is still there that could be recalled: %w", ErrConflict)
	case len(wanted) > mostRecalled:
		return nil, fmt.Errorf("%d copies are still there; recall at most %d at once, by their numbers: %w", len(wanted), mostRecalled, ErrInvalid)
	}
	return wanted, nil
}

// afterToday wants a day after today, not longer ahead than a review may be.
func (a *act) afterToday(name string, day policy.Date) error {
	if err := checkDay(name, day); err != nil {
		return err
	}
	today, err := civilDay(a.now)
	if err != nil {
		return err
	}
	if day <= today || day > laterBy(today, latestReview) {
		return fmt.Errorf("the %s is a day after today and within %d years, not %s: %w", name, latestReview, day, ErrInvalid)
	}
	return nil
}

// AnswerRecall records that whoever has a copy keeps it, or cannot find it.
// Errors: ErrDenied; ErrNotFound when it was not recalled; ErrConflict when it is no
// more; ErrInvalid.
func (c Copies) AnswerRecall(ctx context.Context, actor Actor, request AnswerRecall) (Proof, error) {
	if request.State != RecallRefused && request.State != RecallLost {
		return Proof{}, fmt.Errorf("a recall is answered with %s or %s, not %q; that a copy is no more is recorded with copy dispose: %w",
			RecallRefused, RecallLost, request.State, ErrInvalid)
	}
	if err := checkText("answer", request.Said); err != nil {
		return Proof{}, err
	}
	a, err := c.s.begin(ctx, actor, request.Case, policy.RetentionRecord, request)
	if err != nil {
		return Proof{}, err
	}
	if stored, done, err := a.earlier(ctx, "answer"); done || err != nil {
		return a.again(ctx, stored, err)
	}
	proofs, err := a.commit(ctx, "answer", resource{}, func() ([]sheet, error) {
		copies, err := a.recalled(ctx, RecallCopies{Numbers: []uint64{request.Number}})
		if err != nil {
			return nil, err
		}
		recall := copies[0].Recall
		if recall == nil {
			return nil, fmt.Errorf("copy %d was not recalled: %w", request.Number, ErrNotFound)
		}
		doc := recallDocument{
			By: recall.By, Copy: request.Number, Means: recall.Means, Reason: recall.Reason, Said: request.Said, State: request.State, Times: recall.Times,
		}
		s, err := a.rowSheet(ctx, "answer", retentionRegister, recallRow(request.Number), copies[0].Entry, false, doc)
		s.operation = "alteration"
		return []sheet{s}, err
	})
	if err != nil {
		return Proof{}, err
	}
	return proofs[0], nil
}

// recallOf returns the recall of a copy, or nil.
func (a *act) recallOf(ctx context.Context, number uint64, gone bool, today policy.Date) (*CopyRecall, error) {
	row, known, err := maybe[rowFact](ctx, a.Store, a.id, inRegisters, registerKey(retentionRegister, recallRow(number)), 0)
	if err != nil || !known {
		return nil, err
	}
	doc, err := documentOf[recallDocument](ctx, a.Service, a.id, row.Payload)
	if errors.Is(err, ErrNotFound) {
		return &CopyRecall{State: RecallAsked, Entry: row.Entry, Time: row.Time}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("the recall of copy %d: %w", number, err)
	}
	return &CopyRecall{
		By: doc.By, Times: doc.Times, State: doc.State, Said: doc.Said, Reason: doc.Reason, Means: doc.Means, Entry: row.Entry, Time: row.Time,
		Overdue: !gone && doc.By < today,
	}, nil
}
