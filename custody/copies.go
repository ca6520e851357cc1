package custody

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"custos.example/analysis/event"
	"custos.example/ledger"
	"custos.example/policy"
)

// Copies is the register of numbered copies: of what was handed out, to whom,
// for what and until when it is to be looked at again.
type Copies struct{ s *Service }

// Copies returns the use cases of numbered copies.
func (s *Service) Copies() Copies { return Copies{s} }

// CopyTerms says who gets a copy, and for what.
// Shape: without Recipient and Holder it is the asker's own. Holder is the id of
// an enrolled person; Country two letters, GB when empty; ReviewOn a year from
// today when empty.
type CopyTerms struct {
	Recipient string
	Holder    string
	Purpose   policy.Purpose // empty: that of the request
	ReviewOn  policy.Date
	Country   string
	Agreement string // reference of the contract or agreement under which it is shared
	Means     string // how it was handed over
}

// IssueCopy records that a copy of something in the case is handed on.
type IssueCopy struct {
	Ask
	CopyTerms
	Case CaseID
	Of   ledger.EntryID // an exhibit, a bundle, a received file, a data set or a run
	What string         // in words; empty: what the record calls it
}

// IssuedCopy is a copy with its number.
type IssuedCopy struct {
	Proof
	Number    uint64
	Recipient string
	ReviewOn  policy.Date
}

// DisposeCopy records that a copy is no more.
// Shape: the holder of the copy confirms it by asking; for anybody else
// ConfirmedBy says who confirmed it and How in which way.
type DisposeCopy struct {
	Ask
	Case        CaseID
	Number      uint64
	ConfirmedBy string
	How         string
	On          policy.Date // empty: today
}

// Issue records a copy before it is handed on, and returns its number.
// Errors: ErrDenied; ErrNotFound for what the case does not have; ErrInvalid.
func (c Copies) Issue(ctx context.Context, actor Actor, request IssueCopy) (IssuedCopy, error) {
	a, err := c.s.begin(ctx, actor, request.Case, policy.CopyIssue, request)
	if err != nil {
		return IssuedCopy{}, err
	}
	what, err := a.called(ctx, request.Of)
	if err != nil {
		return IssuedCopy{}, a.refusedUnseen(ctx, err)
	}
	if request.What != "" {
		what = request.What
	}
	doc, err := a.terms(ctx, request.CopyTerms, what)
	if err != nil {
		return IssuedCopy{}, a.refusedUnseen(ctx, err)
	}
	return a.issue(ctx, resource{copy: &copying{of: request.Of, terms: doc.terms()}}, request.Of, doc)
}

// issue decides and records a copy, before anything is handed out. A repeated request
// is decided on anew and gets the copy that it got.
func (a *act) issue(ctx context.Context, about resource, of ledger.EntryID, doc copyDocument) (IssuedCopy, error) {
	if stored, done, err := a.earlier(ctx, "copy"); done || err != nil {
		if err == nil {
			err = a.decide(ctx, about)
		}
		return a.issuedBefore(ctx, stored, err)
	}
	var number uint64
	proofs, err := a.commit(ctx, "copy", about, func() ([]sheet, error) {
		var s sheet
		var err error
		s, number, err = a.copySheet(ctx, of, doc)
		return []sheet{s}, err
	})
	if err != nil {
		return IssuedCopy{}, err
	}
	return IssuedCopy{Proof: proofs[0], Number: number, Recipient: doc.Recipient, ReviewOn: doc.ReviewOn}, nil
}

// copySheet is the entry of the next numbered copy. That no other copy gets the
// same number is seen in the transaction, because a copy changes what the next
// one is called.
func (a *act) copySheet(ctx context.Context, of ledger.EntryID, doc copyDocument) (sheet, uint64, error) {
	work, err := a.chain(ctx, a.id, ledger.Work)
	if err != nil {
		return sheet{}, 0, err
	}
	number, err := a.nextCopy(ctx, 0)
	if err != nil {
		return sheet{}, 0, err
	}
	blob, err := a.keepJSON(ctx, doc)
	if err != nil {
		return sheet{}, 0, fmt.Errorf("the terms of the copy: %w", err)
	}
	return sheet{
		stage: "copy", chain: work, changes: true, operation: "disclosure", detail: &ledger.CopyIssued{Copy: number, Of: of},
		subjects: []ledger.Subject{{Name: "copy", Digest: blob.Recorded()}},
	}, number, nil
}

// issuedBefore is the copy that this request was given before.
func (a *act) issuedBefore(ctx context.Context, stored Stored, err error) (IssuedCopy, error) {
	proof, err := a.again(ctx, stored, err)
	if err != nil {
		return IssuedCopy{}, err
	}
	statement, err := stored.Statement()
	if err != nil {
		return IssuedCopy{}, err
	}
	detail, ok := statement.Predicate.Detail.(*ledger.CopyIssued)
	if !ok {
		return IssuedCopy{}, fmt.Errorf("%w: entry %s is no copy", ErrIntegrity, stored.Entry)
	}
	doc, err := documentOf[copyDocument](ctx, a.Service, a.id, statement.Subject[0].Digest)
	return IssuedCopy{Proof: proof, Number: detail.Copy, Recipient: doc.Recipient, ReviewOn: doc.ReviewOn}, err
}

// Dispose records that a copy is no more: signed for by the person who had it,
// or on somebody's word that is written down.
// Errors: ErrNotFound; ErrConflict when it is recorded already; ErrInvalid.
func (c Copies) Dispose(ctx context.Context, actor Actor, request DisposeCopy) (Proof, error) {
	a, err := c.s.begin(ctx, actor, request.Case, policy.CopyDispose, request)
	if err != nil {
		return Proof{}, err
	}
	if stored, done, err := a.earlier(ctx, "disposal"); done || err != nil {
		return a.again(ctx, stored, err)
	}
	if _, err := find[copyFact](ctx, a.Store, a.id, inCopies, copyKey(request.Number), 0); err != nil {
		return Proof{}, a.refusedUnseen(ctx, fmt.Errorf("copy %d: %w", request.Number, err))
	}
	about := resource{copy: &copying{number: request.Number}}
	proofs, err := a.commit(ctx, "disposal", about, func() ([]sheet, error) {
		doc, err := a.disposal(ctx, request)
		if err != nil {
			return nil, err
		}
		work, err := a.chain(ctx, a.id, ledger.Work)
		if err != nil {
			return nil, err
		}
		blob, err := a.keepJSON(ctx, doc)
		return []sheet{{
			stage: "disposal", chain: work, changes: true, operation: "erasure", detail: &ledger.CopyDisposed{Copy: request.Number},
			subjects: []ledger.Subject{{Name: "disposal", Digest: blob.Recorded()}},
		}}, err
	})
	if err != nil {
		return Proof{}, err
	}
	return proofs[0], nil
}

// disposal checks what is said of the end of a copy.
func (a *act) disposal(ctx context.Context, request DisposeCopy) (disposalDocument, error) {
	facts, err := a.copyFacts(ctx, copying{number: request.Number}, 0)
	if err != nil {
		return disposalDocument{}, err
	}
	if facts.State == policy.CopyDisposed {
		return disposalDocument{}, fmt.Errorf("it is on record already that copy %d is no more: %w", request.Number, ErrConflict)
	}
	today, err := civilDay(a.now)
	if err != nil {
		return disposalDocument{}, err
	}
	doc := disposalDocument{ConfirmedBy: request.ConfirmedBy, How: request.How, On: policy.Date(orDefault(string(request.On), string(today)))}
	if facts.Holder == a.actor.ID && request.ConfirmedBy == "" {
		doc.ConfirmedBy, doc.Signed = a.person.Name, true
		doc.How = orDefault(doc.How, "by the holder's own entry")
	}
	if doc.ConfirmedBy == "" {
		return doc, fmt.Errorf("copy %d is held by %s: let them record it themselves, or say who confirmed it and how: %w", request.Number, facts.Recipient, ErrInvalid)
	}
	if err := cmp.Or(checkText("name of who confirms it", doc.ConfirmedBy), checkText("way in which it was confirmed", doc.How)); err != nil {
		return doc, err
	}
	if err := checkDay("day on which it was disposed of", doc.On); err != nil {
		return doc, err
	}
	if doc.On > today {
		return doc, fmt.Errorf("%s is still to come: %w", doc.On, ErrInvalid)
	}
	return doc, nil
}

// Units: years.
const (
	reviewAfter  = 1  // without another day, a copy is looked at again after that
	latestReview = 10 // a later day is refused
)

// homeCountry is where a copy stays unless another country is named.
const homeCountry = "GB"

var country = regexp.MustCompile(`^[A-Z]{2}$`)

// terms completes and checks what is asked of a copy.
// Errors: ErrInvalid; ErrNotFound for a holder who is not enrolled.
func (a *act) terms(ctx context.Context, t CopyTerms, what string) (copyDocument, error) {
	doc := copyDocument{
		Agreement: t.Agreement, Country: orDefault(t.Country, homeCountry), Holder: t.Holder, Means: t.Means,
		Purpose: cmp.Or(t.Purpose, a.ask.For, policy.Investigation), Recipient: t.Recipient, ReviewOn: t.ReviewOn,
		What: what, Why: a.ask.Purpose,
	}
	if t.Recipient == "" && t.Holder == "" {
		doc.Holder = a.actor.ID
	}
	if doc.Holder != "" {
		holder, err := find[personFact](ctx, a.Store, "", inPeople, doc.Holder, 0)
		if err != nil {
			return doc, fmt.Errorf("%q, who is to have the copy, is not enrolled: name the recipient in words instead: %w", doc.Holder, err)
		}
		doc.Recipient = orDefault(doc.Recipient, holder.Name)
	}
	if err := cmp.Or(
		checkText("name of the recipient", doc.Recipient), checkText("description of the copy", doc.What),
		checkLength("agreement of the copy", doc.Agreement), checkLength("means of the copy", doc.Means), checkLength("reason of the copy", doc.Why),
	); err != nil {
		return doc, err
	}
	if !country.MatchString(doc.Country) {
		return doc, fmt.Errorf("%q is not a country as two letters, such as GB: %w", doc.Country, ErrInvalid)
	}
	if !isOneOf(doc.Purpose, policy.Purposes()) {
		return doc, fmt.Errorf("%q is not a purpose that is known; known are %s: %w", doc.Purpose, wordsOf(policy.Purposes()), ErrInvalid)
	}
	today, err := civilDay(a.now)
	if err != nil {
		return doc, err
	}
	if doc.ReviewOn == "" {
		doc.ReviewOn = laterBy(today, reviewAfter)
	}
	if err := checkDay("day of the review", doc.ReviewOn); err != nil {
		return doc, err
	}
	if doc.ReviewOn <= today || doc.ReviewOn > laterBy(today, latestReview) {
		return doc, fmt.Errorf("a copy is reviewed on a day after today and within %d years, not on %s: %w", latestReview, doc.ReviewOn, ErrInvalid)
	}
	return doc, nil
}

// called is what the record calls something of which a copy can be handed out.
// Errors: ErrNotFound when the entry made nothing of the kind.
func (a *act) called(ctx context.Context, entry ledger.EntryID) (string, error) {
	if f, known, err := maybe[exhibitFact](ctx, a.Store, a.id, inExhibits, entry.String(), 0); known || err != nil {
		return fmt.Sprintf("exhibit %s version %d", f.Reference, f.Version), err
	}
	if f, known, err := maybe[bundleFact](ctx, a.Store, a.id, inBundles, entry.String(), 0); known || err != nil {
		if err != nil {
			return "", err
		}
		x, err := find[exhibitFact](ctx, a.Store, a.id, inExhibits, f.Exhibit.String(), 0)
		return fmt.Sprintf("bundle of exhibit %s version %d", x.Reference, x.Version), err
	}
	if f, known, err := maybe[evidenceFact](ctx, a.Store, a.id, inEvidence, entry.String(), 0); known || err != nil {
		return "received file " + f.Item, err
	}
	if f, known, err := maybe[producedFact](ctx, a.Store, a.id, inDatasets, entry.String(), 0); known || err != nil {
		return "data set of " + f.Item, err
	}
	if f, known, err := maybe[producedFact](ctx, a.Store, a.id, inRuns, entry.String(), 0); known || err != nil {
		return fmt.Sprintf("result of %s@%d", f.Step.Name, f.Step.Version), err
	}
	if f, known, err := maybe[producedFact](ctx, a.Store, a.id, inSelected, entry.String(), 0); known || err != nil {
		return "rows selected from " + f.Item, err
	}
	return "", fmt.Errorf("entry %s of this case is no exhibit, bundle, received file, data set, selection or run: %w", entry, ErrNotFound)
}

// civilDay is the day in the United Kingdom on which an instant lies.
func civilDay(at time.Time) (policy.Date, error) {
	zone, err := event.Location("Europe/London")
	if err != nil {
		return "", fmt.Errorf("%w: civil time of the United Kingdom: %w", ErrIntegrity, err)
	}
	return policy.Date(at.In(zone).Format(time.DateOnly)), nil
}

// checkDay wants a date such as 2026-11-21.
func checkDay(name string, day policy.Date) error {
	if at, err := time.Parse(time.DateOnly, string(day)); err != nil || at.Format(time.DateOnly) != string(day) {
		return fmt.Errorf("the %s, %q, is not a date such as 2026-11-21: %w", name, day, ErrInvalid)
	}
	return nil
}

// laterBy is the same day some years later.
func laterBy(day policy.Date, years int) policy.Date {
	at, err := time.Parse(time.DateOnly, string(day))
	if err != nil {
		return day
	}
	return policy.Date(at.AddDate(years, 0, 0).Format(time.DateOnly))
}

func isOneOf[T ~string](value T, allowed []T) bool {
	for _, a := range allowed {
		if a == value {
			return true
		}
	}
	return false
}

// wordsOf joins closed words for a message.
func wordsOf[T ~string](list []T) string {
	texts := make([]string, len(list))
	for i, t := range list {
		texts[i] = string(t)
	}
	return strings.Join(texts, ", ")
}
