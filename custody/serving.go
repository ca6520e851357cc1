package custody

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"custos.example/analysis"
	"custos.example/ledger"
	"custos.example/policy"
)

// Means says how something is handed over.
type Means string

// The means.
const (
	ByHand   Means = "by-hand"
	ByPost   Means = "post"
	ByMail   Means = "secure-mail"
	ByUpload Means = "upload"   // to a system of the recipient's
	InParts  Means = "in-parts" // a delivery in parts
	ToFetch  Means = "collect"  // the recipient fetches it here
)

// AllMeans returns every means.
func AllMeans() []Means { return []Means{ByHand, ByPost, ByMail, ByUpload, InParts, ToFetch} }

// settle takes the usual means where none are said, and wants known ones.
// Errors: ErrInvalid.
func (m *Means) settle(usual Means) error {
	if *m = cmp.Or(*m, usual); !isOneOf(*m, AllMeans()) {
		return fmt.Errorf("something is handed over by one of %s, not %q: %w", wordsOf(AllMeans()), *m, ErrInvalid)
	}
	return nil
}

// Serve serves a bundle of an exhibit on somebody.
// Shape: Bundle zero is the newest one of the exhibit, as long as all of them withhold
// the same; To is the reference of a recipient, or the whole of their name; Means empty:
// the recipient fetches it.
type Serve struct {
	Ask
	Case     CaseID
	Exhibit  ledger.EntryID // may be zero when the bundle is given
	Bundle   ledger.EntryID
	To       string
	Means    Means
	ReviewOn policy.Date // of the copy; empty: a year from today
}

// Served is a service as it was recorded.
type Served struct {
	Proof
	Bundle    ledger.EntryID
	Copy      IssuedCopy
	Recipient Recipient
	SHA256    string // of the bundle's file
	Made      time.Time
	Withheld  []analysis.RuleCount // entries by reason, in the order of the reasons
}

// Serve serves a bundle on the prosecutor: evidence, as it is relied on.
// Errors: ErrDenied; ErrInvalid for a recipient of the defence; ErrConflict when it
// was served on them before, may not leave, or is not named although bundles of the
// exhibit withhold different things.
func (e Exhibits) Serve(ctx context.Context, actor Actor, request Serve) (Served, error) {
	return e.serve(ctx, actor, policy.ExhibitServe, request, false)
}

// Release hands a bundle on to the defence of one defendant.
// Errors: ErrDenied; ErrInvalid for a prosecutor; ErrConflict when the exhibit was
// never served on the prosecutor, or the bundle went to another defendant; otherwise
// those of Serve.
func (e Exhibits) Release(ctx context.Context, actor Actor, request Serve) (Served, error) {
	return e.serve(ctx, actor, policy.ExhibitRelease, request, true)
}

func (e Exhibits) serve(ctx context.Context, actor Actor, action policy.Action, request Serve, defence bool) (Served, error) {
	if err := request.Means.settle(ToFetch); err != nil {
		return Served{}, err
	}
	a, err := e.s.begin(ctx, actor, request.Case, action, request)
	if err != nil {
		return Served{}, err
	}
	made, err := a.bundleToServe(ctx, request)
	if err != nil {
		return Served{}, a.refusedUnseen(ctx, err)
	}
	about := resource{exhibit: made.fact.Exhibit}
	to, err := a.recipientNamed(ctx, request.To)
	if err != nil {
		return Served{}, a.refusedFirst(ctx, about, err)
	}
	if to.defence() != defence {
		return Served{}, a.refusedFirst(ctx, about, fmt.Errorf("an exhibit is served on the prosecutor (exhibit serve) and released to the defence (exhibit release); %s is a %s: %w",
			to.label(), to.Role, ErrInvalid))
	}
	if defence {
		about.bundle, about.to = made.fact.Entry, to.ID
	}
	if stored, done, err := a.earlier(ctx, "served"); done || err != nil {
		return a.servedBefore(ctx, stored, made, to, err)
	}
	doc, err := a.terms(ctx, CopyTerms{
		Recipient: to.Name, Holder: to.Person, Purpose: purposeFor(to), ReviewOn: request.ReviewOn, Agreement: to.Agreement, Means: string(request.Means),
	}, "bundle of exhibit "+made.copy.What)
	if err != nil {
		return Served{}, err
	}
	doc.What, doc.File, doc.SHA256 = made.copy.What, made.copy.File, made.copy.SHA256
	return a.hand(ctx, about, made, to, doc, request.Means)
}

// purposeFor is for what a recipient gets material.
func purposeFor(to Recipient) policy.Purpose {
	if to.defence() {
		return policy.CriminalProceedings
	}
	return policy.Prosecution
}

// refusedFirst asks the policy before it tells what is wrong with a request, so that
// who may not ask learns nothing from it.
func (a *act) refusedFirst(ctx context.Context, about resource, wrong error) error {
	if err := a.decide(ctx, about); err != nil {
		return err
	}
	return wrong
}

// hand decides on and records the service and the numbered copy together.
func (a *act) hand(ctx context.Context, about resource, made madeBundle, to Recipient, doc copyDocument, means Means) (Served, error) {
	if err := a.mayHandOn(ctx, made.fact.Entry, doc); err != nil {
		return Served{}, err
	}
	exhibit, err := find[exhibitFact](ctx, a.Store, a.id, inExhibits, made.fact.Exhibit.String(), 0)
	if err != nil {
		return Served{}, fmt.Errorf("exhibit %s: %w", made.fact.Exhibit, err)
	}
	served := made.servedOn(to)
	proofs, err := a.commit(ctx, "served", about, func() ([]sheet, error) {
		if err := a.mayServe(ctx, made, exhibit, to); err != nil {
			return nil, err
		}
		work, err := a.chain(ctx, a.id, ledger.Work)
		if err != nil {
			return nil, err
		}
		copied, number, err := a.copySheet(ctx, made.fact.Entry, doc)
		if err != nil {
			return nil, err
		}
		served.Copy = IssuedCopy{Number: number, Recipient: doc.Recipient, ReviewOn: doc.ReviewOn}
		return []sheet{{
			stage: "served", chain: work, changes: true, operation: "disclosure", authority: exhibit.Authority,
			detail: &ledger.ExhibitServed{Bundle: made.fact.Entry, Means: string(means), To: to.ID},
		}, copied}, nil
	})
	if err != nil {
		return Served{}, err
	}
	served.Proof, served.Copy.Proof = proofs[0], proofs[1]
	return served, a.receipt(ctx, &served.Proof)
}

// mayServe holds a service against what was served before, and against what may not
// leave.
// Errors: ErrConflict; ErrDenied for a bundle of another defendant.
func (a *act) mayServe(ctx context.Context, made madeBundle, exhibit exhibitFact, to Recipient) error {
	b := made.fact
	services, err := a.services(ctx, 0)
	if err != nil {
		return err
	}
	prosecutor := false
	for _, s := range services {
		other, err := a.recipient(ctx, s.To, 0)
		if err != nil {
			return err
		}
		if s.Bundle == b.Entry && s.To == to.ID {
			return fmt.Errorf("this bundle was served on %s on %s (entry %s): they can collect it again: %w",
				to.label(), s.Time.Format("2 January 2006"), s.Entry, ErrConflict)
		}
		if s.Bundle == b.Entry && to.defence() && other.defence() && other.Defendant != to.Defendant {
			return fmt.Errorf("this bundle is for %s and not for %s: co-defendants get bundles of their own, so make another: %w", other.Defendant, to.Defendant, ErrDenied)
		}
		if other.defence() {
			continue
		}
		of, err := find[bundleFact](ctx, a.Store, a.id, inBundles, s.Bundle.String(), 0)
		if err != nil {
			return fmt.Errorf("bundle %s: %w", s.Bundle, err)
		}
		prosecutor = prosecutor || of.Exhibit == b.Exhibit
	}
	if to.defence() && !prosecutor {
		return fmt.Errorf("exhibit %s version %d was never served on the prosecutor, so it cannot be released yet: serve it first: %w",
			exhibit.Reference, exhibit.Version, ErrConflict)
	}
	return a.notSensitive(ctx, made, exhibit)
}

// notSensitive refuses to hand on as evidence what stands on the sensitive schedule:
// what the exhibit rests on, and whatever else the bundle shows.
func (a *act) notSensitive(ctx context.Context, made madeBundle, exhibit exhibitFact) error {
	if err := a.restsOnNothingSensitive(ctx, exhibit); err != nil {
		return err
	}
	shown, err := a.shownBy(ctx, made.detail)
	if err != nil {
		return err
	}
	entry, found, err := a.firstSensitive(ctx, shown, 0)
	if found {
		return fmt.Errorf("the bundle shows what stands on the sensitive schedule by now (entry %s), and exhibit %s does not rest on it: make another bundle and hand that on: %w",
			entry, exhibit.Reference, ErrConflict)
	}
	return err
}

// shownBy returns the entries of the case that a bundle shows.
func (a *act) shownBy(ctx context.Context, made *ledger.BundleMade) ([]ledger.EntryID, error) {
	work, err := a.chain(ctx, a.id, ledger.Work)
	if err != nil {
		return nil, err
	}
	entries, err := a.Store.Entries(ctx, work.ID, 1, made.Heads.Work.N)
	if err != nil {
		return nil, fmt.Errorf("entries of the work chain: %w", err)
	}
	var shown []ledger.EntryID
	for _, entry := range entries {
		if !slices.ContainsFunc(made.Withheld, func(w ledger.Withheld) bool { return w.N == entry.N }) {
			shown = append(shown, entry.Entry)
		}
	}
	return shown, nil
}

// servedBefore is the service that this request recorded before.
func (a *act) servedBefore(ctx context.Context, stored Stored, made madeBundle, to Recipient, err error) (Served, error) {
	proof, err := a.again(ctx, stored, err)
	if err != nil {
		return Served{}, err
	}
	served := made.servedOn(to)
	served.Proof = proof
	copied, _, err := a.earlier(ctx, "copy")
	served.Copy, err = a.issuedBefore(ctx, copied, err)
	return served, err
}
