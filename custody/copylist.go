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

// Copy is a numbered copy as it stands.
// Shape: of a copy whose case was erased only the numbers and times are left, and
// Gone says so.
type Copy struct {
	Case      CaseID           `json:"case"`
	In        string           `json:"in"` // reference of the case
	Number    uint64           `json:"number"`
	Of        ledger.EntryID   `json:"of"`
	What      string           `json:"what"`
	File      string           `json:"file,omitempty"`
	SHA256    string           `json:"sha256,omitempty"`
	Recipient string           `json:"recipient"`
	Holder    string           `json:"holder,omitempty"`
	Purpose   policy.Purpose   `json:"purpose"`
	Why       string           `json:"why,omitempty"`
	ReviewOn  policy.Date      `json:"reviewOn"`
	Country   string           `json:"country"`
	Agreement string           `json:"agreement,omitempty"`
	Means     string           `json:"means,omitempty"`
	By        string           `json:"by"`
	Entry     ledger.EntryID   `json:"entry"`
	Time      ledger.Time      `json:"time"`
	State     policy.CopyState `json:"state"`
	End       *CopyEnd         `json:"end,omitempty"`  // nil while it is there
	Due       bool             `json:"due"`            // the day of its review has come and it is still there
	Gone      bool             `json:"gone,omitempty"` // what the record said of it was erased
	Recall    *CopyRecall      `json:"recall,omitempty"`
}

// CopyEnd says how a copy ended.
type CopyEnd struct {
	By          string         `json:"by"`
	ConfirmedBy string         `json:"confirmedBy"`
	How         string         `json:"how"`
	On          policy.Date    `json:"on"`
	Signed      bool           `json:"signed"` // by the holder's own entry
	Entry       ledger.EntryID `json:"entry"`
	Time        ledger.Time    `json:"time"`
}

// CopySearch asks where copies are.
// Shape: without a Case those of every case; Of leaves only the copies of one
// thing, Due only those whose review has come, Held only those that one enrolled
// person has, Recalled only those that were asked back and are not confirmed.
type CopySearch struct {
	Ask
	Case CaseID
	Of   ledger.EntryID
	Held string
	Due  bool
	Open bool // leave out those that are no more

	Recalled bool
}

// CopyList is what was found.
// Shape: in the order of cases and numbers. Missing are numbers of a case that no
// copy has although a later one is there; there should be none.
type CopyList struct {
	Copies  []Copy              `json:"copies"`
	Missing map[CaseID][]uint64 `json:"missing"`
	// Unreadable are the cases of which the list could not be read, with the reason.
	Unreadable map[CaseID]string `json:"unreadable"`
}

// Where lists the copies that were handed out, with whom they are and what has
// become of them.
func (c Copies) Where(ctx context.Context, actor Actor, search CopySearch) (CopyList, error) {
	a, err := c.s.looks(ctx, actor, search.Case, search.Ask)
	if err != nil {
		return CopyList{}, err
	}
	found := CopyList{Copies: []Copy{}, Missing: map[CaseID][]uint64{}, Unreadable: map[CaseID]string{}}
	err = a.overCases(ctx, search.Case, found.Unreadable, func(within *act) error {
		copies, missing, err := within.copies(ctx)
		if err != nil {
			return err
		}
		if len(missing) > 0 {
			found.Missing[within.id] = missing
		}
		for _, copied := range copies {
			if search.fits(copied) {
				found.Copies = append(found.Copies, copied)
			}
		}
		return nil
	})
	return found, err
}

func (q CopySearch) fits(c Copy) bool {
	return (q.Of == ledger.EntryID{} || q.Of == c.Of) && (q.Held == "" || q.Held == c.Holder) && (!q.Due || c.Due) &&
		(!q.Open || c.State != policy.CopyDisposed) && (!q.Recalled || c.Recall != nil && c.State != policy.CopyDisposed)
}

// copies returns every copy of the case in the order of their numbers, and the
// numbers that are missing.
func (a *act) copies(ctx context.Context) (copies []Copy, missing []uint64, err error) {
	facts, err := list[copyFact](ctx, a.Store, a.id, inCopies, 0)
	if err != nil || len(facts) == 0 {
		return nil, nil, err
	}
	about, _, err := maybe[caseFact](ctx, a.Store, a.id, inCase, string(a.id), 0)
	if err != nil {
		return nil, nil, err
	}
	today, err := civilDay(a.now)
	if err != nil {
		return nil, nil, err
	}
	slices.SortFunc(facts, func(x, y copyFact) int { return cmp.Compare(x.Copy, y.Copy) })
	next := uint64(1)
	for _, f := range facts {
		for ; next < f.Copy; next++ {
			missing = append(missing, next)
		}
		next = f.Copy + 1
		copied, err := a.copied(ctx, f, today)
		if err != nil {
			return nil, nil, err
		}
		copied.In = about.Reference
		copies = append(copies, copied)
	}
	return copies, missing, nil
}

// copied says what the record has of one copy.
func (a *act) copied(ctx context.Context, f copyFact, today policy.Date) (Copy, error) {
	c := Copy{Case: a.id, Number: f.Copy, Of: f.Of, By: f.By, Entry: f.Entry, Time: f.Time, State: policy.CopyIssued}
	doc, err := documentOf[copyDocument](ctx, a.Service, a.id, f.Payload)
	switch {
	case errors.Is(err, ErrNotFound):
		c.Gone = true
	case err != nil:
		return c, fmt.Errorf("copy %d: %w", f.Copy, err)
	}
	c.What, c.File, c.SHA256, c.Recipient, c.Holder, c.Purpose, c.Why = doc.What, doc.File, doc.SHA256, doc.Recipient, doc.Holder, doc.Purpose, doc.Why
	c.ReviewOn, c.Country, c.Agreement, c.Means = doc.ReviewOn, doc.Country, doc.Agreement, doc.Means
	end, ended, err := maybe[disposalFact](ctx, a.Store, a.id, inDisposals, copyKey(f.Copy), 0)
	if err != nil {
		return c, err
	}
	if c.Recall, err = a.recallOf(ctx, f.Copy, ended, today); err != nil {
		return c, err
	}
	if !ended {
		c.Due = doc.ReviewOn != "" && doc.ReviewOn <= today
		return c, nil
	}
	c.State = policy.CopyDisposed
	how, err := documentOf[disposalDocument](ctx, a.Service, a.id, end.Payload)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return c, fmt.Errorf("disposal of copy %d: %w", f.Copy, err)
	}
	c.End = &CopyEnd{end.By, how.ConfirmedBy, how.How, how.On, how.Signed, end.Entry, end.Time}
	return c, nil
}

// holders notes who has a numbered copy of what is erased, but for copies that are
// no more.
func (s *Service) holders(ctx context.Context, id CaseID, w *wake) error {
	for _, number := range w.copies {
		gone, err := has(ctx, s.Store, id, inDisposals, copyKey(number), 0)
		if err != nil {
			return err
		}
		if gone {
			continue
		}
		fact, err := find[copyFact](ctx, s.Store, id, inCopies, copyKey(number), 0)
		if err != nil {
			return fmt.Errorf("copy %d: %w", number, err)
		}
		doc, err := documentOf[copyDocument](ctx, s, id, fact.Payload)
		switch {
		case errors.Is(err, ErrNotFound):
			w.to[fmt.Sprintf("whoever has copy %d", number)] = true
		case err != nil:
			return fmt.Errorf("copy %d: %w", number, err)
		default:
			w.to[fmt.Sprintf("%s (copy %d)", doc.Recipient, number)] = true
		}
	}
	return nil
}
