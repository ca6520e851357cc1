package custody

import (
	"context"
	"fmt"
	"io"
	"slices"

	"custos.example/ledger"
	"custos.example/policy"
)

// Read writes one file of an exhibit, such as "schedule-pdf", to w, as a numbered
// copy: who read it, why and who has it is recorded first.
// Errors: ErrDenied; ErrNotFound; ErrInvalid.
func (e Exhibits) Read(ctx context.Context, actor Actor, request ReadExhibit, w io.Writer) (IssuedCopy, error) {
	a, err := e.s.begin(ctx, actor, request.Case, policy.RowRead, request)
	if err != nil {
		return IssuedCopy{}, err
	}
	fact, err := find[exhibitFact](ctx, a.Store, a.id, inExhibits, request.Exhibit.String(), 0)
	if err != nil {
		return IssuedCopy{}, a.refusedUnseen(ctx, fmt.Errorf("exhibit %s: %w", request.Exhibit, err))
	}
	behind, err := a.lineage(ctx, fact.Run)
	if err != nil {
		return IssuedCopy{}, err
	}
	about, err := a.lookAt(ctx, behind)
	if err != nil {
		return IssuedCopy{}, err
	}
	at := slices.IndexFunc(fact.Subjects, func(s ledger.Subject) bool { return s.Name == request.File })
	if at < 0 {
		if err := a.decide(ctx, about); err != nil {
			return IssuedCopy{}, err
		}
		return IssuedCopy{}, fmt.Errorf("exhibit %s has no file %q: %w", fact.Reference, request.File, ErrNotFound)
	}
	doc, err := a.terms(ctx, request.Copy, fmt.Sprintf("exhibit %s version %d", fact.Reference, fact.Version))
	if err != nil {
		return IssuedCopy{}, a.refusedFirst(ctx, about, err)
	}
	doc.File = request.File
	if blob, err := a.Blobs.Find(ctx, a.id, fact.Subjects[at].Digest); err == nil {
		doc.SHA256 = blob.SHA256.String()
	}
	issued, err := a.handOut(ctx, about, fact.Entry, doc)
	if err != nil {
		return IssuedCopy{}, err
	}
	content, _, err := a.open(ctx, a.id, fact.Subjects[at].Digest)
	if err != nil {
		return IssuedCopy{}, err
	}
	defer letGo(content)
	_, err = io.Copy(w, io.NewSectionReader(content, 0, content.Size()))
	return issued, err
}

// mayHandOn decides whether a copy may go to somebody else; one's own, which stays here,
// rests on the decision to look.
func (a *act) mayHandOn(ctx context.Context, of ledger.EntryID, doc copyDocument) error {
	if a.keeps(doc) {
		return nil
	}
	handing := *a
	handing.action = policy.CopyIssue
	return handing.decide(ctx, resource{copy: &copying{of: of, terms: doc.terms()}})
}

// keeps tells whether a copy is the asker's own, and stays here.
func (a *act) keeps(doc copyDocument) bool {
	return doc.Holder == a.actor.ID && doc.Recipient == a.person.Name && doc.Country == homeCountry && doc.Agreement == ""
}

// handOut decides on the act and records the copy with it, before anything is
// handed out, also when it is asked for again.
func (a *act) handOut(ctx context.Context, about resource, of ledger.EntryID, doc copyDocument) (IssuedCopy, error) {
	if err := a.mayHandOn(ctx, of, doc); err != nil {
		return IssuedCopy{}, err
	}
	return a.issue(ctx, about, of, doc)
}

// comparisonCopy records the copy under which the rows of a comparison are handed
// out.
func (a *act) comparisonCopy(ctx context.Context, about resource, before, after exhibitFact, terms CopyTerms) (IssuedCopy, error) {
	doc, err := a.terms(ctx, terms, fmt.Sprintf("comparison of exhibit %s, versions %d and %d, row by row", after.Reference, before.Version, after.Version))
	if err != nil {
		return IssuedCopy{}, err
	}
	if err := a.mayHandOn(ctx, before.Entry, doc); err != nil { // of its rows as well
		return IssuedCopy{}, err
	}
	return a.handOut(ctx, about, after.Entry, doc)
}
