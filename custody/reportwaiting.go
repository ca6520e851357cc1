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

// waitingThing is something that should have been done by the time of a report.
type waitingThing struct {
	kind  string // one of the closed words below
	in    string // reference of the case
	name  string
	since string
	words string
	entry ledger.EntryID
}

// The kinds of things that wait, in the order in which reports list them.
const (
	waitsError     = "error to be reported"
	waitsCopy      = "copy to be looked at"
	waitsHandOver  = "hand-over without an answer"
	waitsDelivery  = "delivery that has not arrived"
	waitsProvider  = "submission that is late"
	waitsRetention = "retention to be looked at"
	waitsWritten   = "oral grant to be confirmed"
	waitsRequest   = "request without a decision"
)

// waitingKinds is the order of the kinds.
func waitingKinds() []string {
	return []string{waitsError, waitsHandOver, waitsDelivery, waitsProvider, waitsWritten, waitsRequest, waitsCopy, waitsRetention}
}

// waitingThings are the things of a case that wait, in the order of kinds and names.
func (c *caseRecord) waitingThings(ctx context.Context) ([]waitingThing, error) {
	today, err := civilDay(c.ask.on)
	if err != nil {
		return nil, err
	}
	var all []waitingThing
	add := func(kind, name, since, words string, entry ledger.EntryID) {
		all = append(all, waitingThing{kind, c.name(), name, since, words, entry})
	}
	for _, e := range c.errors {
		if e.Type == Reportable && e.State == ErrorOpen && (e.Clock.State == ClockOverdue || e.Clock.State == ClockUnknown) {
			add(waitsError, e.ID, orDefault(dayText(e.Clock.Due), "not known"), string(e.Clock.State), e.Entry)
		}
	}
	for _, u := range c.authorities {
		if !u.gone && u.document.Granted.Form == policy.OralRecorded && u.document.Granted.ConfirmedOn == "" {
			add(waitsWritten, u.document.Reference, dayText(u.document.Granted.On), "no confirmation in writing is recorded", u.first)
		}
	}
	for _, q := range c.asked {
		if _, decided := c.decided[q.Entry]; !decided {
			add(waitsRequest, q.About, inUTC(q.Time.Time), "asked by "+q.By, q.Entry)
		}
	}
	for _, gather := range []func(context.Context, policy.Date, func(kind, name, since, words string, entry ledger.EntryID)) error{
		c.waitingCopies, c.waitingOffers, c.waitingOutside, c.waitingRetention,
	} {
		if err := gather(ctx, today, add); err != nil {
			return nil, err
		}
	}
	order := waitingKinds()
	slices.SortFunc(all, func(x, y waitingThing) int {
		return cmp.Or(cmp.Compare(slices.Index(order, x.kind), slices.Index(order, y.kind)), cmp.Compare(x.since, y.since), cmp.Compare(x.name, y.name), compareEntries(x.entry, y.entry))
	})
	return all, nil
}

// waitingCopies are the copies whose review has come.
func (c *caseRecord) waitingCopies(ctx context.Context, today policy.Date, add func(kind, name, since, words string, entry ledger.EntryID)) error {
	copies, err := c.copiesOut(ctx)
	if err != nil {
		return err
	}
	for _, one := range copies {
		if one.doc.ReviewOn != "" && one.doc.ReviewOn <= today && !one.ended {
			add(waitsCopy, fmt.Sprintf("copy %d", one.fact.Copy), string(one.doc.ReviewOn), "its review has come", one.fact.Entry)
		}
	}
	return nil
}

// copyOut is a numbered copy as it stood.
type copyOut struct {
	fact  copyFact
	doc   copyDocument
	gone  bool // what the record said of it was erased
	ended bool
}

// copiesOut are the numbered copies of the case as of the report.
func (c *caseRecord) copiesOut(ctx context.Context) ([]copyOut, error) {
	facts, err := list[copyFact](ctx, c.Store, c.id, inCopies, c.ask.asOf)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(facts, func(x, y copyFact) int { return cmp.Compare(x.Copy, y.Copy) })
	copies := make([]copyOut, len(facts))
	for n, f := range facts {
		one := copyOut{fact: f}
		if one.doc, err = documentOf[copyDocument](ctx, c.Service, c.id, f.Payload); errors.Is(err, ErrNotFound) {
			one.gone, err = true, nil
		}
		if err != nil {
			return nil, fmt.Errorf("copy %d: %w", f.Copy, err)
		}
		if one.ended, err = has(ctx, c.Store, c.id, inDisposals, copyKey(f.Copy), c.ask.asOf); err != nil {
			return nil, err
		}
		copies[n] = one
	}
	return copies, nil
}

// waitingOffers are the hand-overs that were due and nobody has answered.
func (c *caseRecord) waitingOffers(ctx context.Context, _ policy.Date, add func(kind, name, since, words string, entry ledger.EntryID)) error {
	offers, err := list[offerFact](ctx, c.Store, c.id, inTransfers, c.ask.asOf)
	if err != nil {
		return err
	}
	for _, o := range offers {
		answered, err := has(ctx, c.Store, c.id, inAnswered, o.Entry.String(), c.ask.asOf)
		if err != nil {
			return err
		}
		if !answered && o.Due.Before(c.ask.on) {
			add(waitsHandOver, join(o.Items), inUTC(o.Due.Time), "offered by "+o.By, o.Entry)
		}
	}
	return nil
}

// waitingOutside are the deliveries that have not arrived and the submissions that
// are late.
func (c *caseRecord) waitingOutside(ctx context.Context, today policy.Date, add func(kind, name, since, words string, entry ledger.EntryID)) error {
	deliveries, err := c.deliveriesAsOf(ctx, c.ask.asOf)
	if err != nil {
		return err
	}
	for _, d := range deliveries {
		if d.Overdue && len(d.Steps) > 0 {
			add(waitsDelivery, d.Name, inUTC(d.Due.Time), string(d.State), d.Steps[len(d.Steps)-1].Entry)
		}
	}
	submissions, err := c.submissions(ctx, c.ask.asOf, today)
	if err != nil {
		return err
	}
	for _, s := range submissions {
		if s.Overdue {
			add(waitsProvider, s.Name, string(s.DueOn), string(s.State), s.Entry)
		}
	}
	return nil
}

// waitingRetention tells whether the retention of the case is to be looked at.
func (c *caseRecord) waitingRetention(ctx context.Context, today policy.Date, add func(kind, name, since, words string, entry ledger.EntryID)) error {
	k, err := c.keepingOf(ctx, c.id, c.ask.asOf)
	if errors.Is(err, ErrNotFound) {
		return nil // it was erased
	}
	if err != nil {
		return err
	}
	if on := k.reviewOn(); k.facts != nil && on <= today && k.state() != policy.ReviewStands {
		add(waitsRetention, c.name(), string(on), string(k.state()), k.factsBy.Entry)
	}
	return nil
}
