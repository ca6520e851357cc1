package custody

import (
	"context"
	"fmt"
	"io"

	"custos.example/ledger"
	"custos.example/policy"
)

// Collect asks for a bundle that was served on the asker.
// Shape: Bundle zero is the newest one of the exhibit that was served on them.
type Collect struct {
	Ask
	Case    CaseID
	Exhibit ledger.EntryID
	Bundle  ledger.EntryID
}

// Collected is a bundle that was fetched.
type Collected struct {
	Proof  // the recipient's own entry: their receipt
	Bundle ledger.EntryID
	SHA256 string
	Size   int64
}

// collectedDocument is the row that a recipient signs when they fetch a bundle.
// Shape: canonical JSON.
type collectedDocument struct {
	Bundle    ledger.EntryID `json:"bundle"`
	Recipient string         `json:"recipient"`
	SHA256    string         `json:"sha256"`
	Size      int64          `json:"size"`
}

// Collect writes a bundle to w for the person on whom it was served, byte for byte as
// it was made. That they have it is recorded under their own signature first.
// Errors: ErrDenied when it was served on somebody else; ErrNotFound; ErrConflict
// when the same bytes cannot be made any more.
func (e Exhibits) Collect(ctx context.Context, actor Actor, request Collect, w io.Writer) (Collected, error) {
	a, err := e.s.begin(ctx, actor, request.Case, policy.BundleCollect, request)
	if err != nil {
		return Collected{}, err
	}
	bundle, to, err := a.bundleServed(ctx, request)
	if err != nil {
		return Collected{}, err
	}
	fact, err := find[bundleFact](ctx, a.Store, a.id, inBundles, bundle.String(), 0)
	if err != nil {
		return Collected{}, fmt.Errorf("bundle %s: %w", bundle, err)
	}
	about := resource{exhibit: fact.Exhibit, bundle: bundle}
	if err := a.decide(ctx, about); err != nil {
		return Collected{}, err
	}
	made, err := a.madeBundle(ctx, bundle)
	if err != nil {
		return Collected{}, err
	}
	collected := Collected{Bundle: bundle, SHA256: made.copy.SHA256}
	err = a.remakeBundle(ctx, made, func(write func(io.Writer) error, size int64) error {
		collected.Size = size
		if collected.Proof, err = a.collected(ctx, about, collectedDocument{bundle, to, made.copy.SHA256, size}); err != nil {
			return err
		}
		return write(w)
	})
	return collected, err
}

// collected records the receipt.
func (a *act) collected(ctx context.Context, about resource, doc collectedDocument) (Proof, error) {
	if stored, done, err := a.earlier(ctx, "collected"); done || err != nil {
		return a.again(ctx, stored, err)
	}
	proofs, err := a.commit(ctx, "collected", about, func() ([]sheet, error) {
		s, err := a.rowSheet(ctx, "collected", disclosureRegister, rowName(rowCollected, doc.Bundle.String()+" "+doc.Recipient), doc.Bundle, false, doc)
		s.operation = "disclosure"
		return []sheet{s}, err
	})
	if err != nil {
		return Proof{}, err
	}
	return proofs[0], nil
}

// bundleServed finds the bundle that the asker means, and as which recipient they
// have it. Of one that was served on others the policy has the word.
func (a *act) bundleServed(ctx context.Context, request Collect) (ledger.EntryID, string, error) {
	services, err := a.services(ctx, 0)
	if err != nil {
		return ledger.EntryID{}, "", err
	}
	found, to := request.Bundle, ""
	for _, s := range services {
		b, err := find[bundleFact](ctx, a.Store, a.id, inBundles, s.Bundle.String(), 0)
		if err != nil {
			return found, to, fmt.Errorf("bundle %s: %w", s.Bundle, err)
		}
		if request.Bundle != (ledger.EntryID{}) && s.Bundle != request.Bundle || request.Bundle == (ledger.EntryID{}) && b.Exhibit != request.Exhibit {
			continue
		}
		r, err := a.recipient(ctx, s.To, 0)
		if err != nil {
			return found, to, err
		}
		if r.Person == a.actor.ID {
			found, to = s.Bundle, s.To // the newest of several
		} else if found == (ledger.EntryID{}) {
			found = s.Bundle
		}
	}
	if found == (ledger.EntryID{}) {
		found, err = a.anyBundle(ctx, request.Exhibit)
	}
	return found, to, err
}

// anyBundle is a bundle of the exhibit, so that the policy can say why it may not be
// had.
func (a *act) anyBundle(ctx context.Context, exhibit ledger.EntryID) (ledger.EntryID, error) {
	bundles, err := list[bundleFact](ctx, a.Store, a.id, inBundles, 0)
	if err != nil {
		return ledger.EntryID{}, err
	}
	for _, b := range bundles {
		if b.Exhibit == exhibit {
			return b.Entry, nil
		}
	}
	return ledger.EntryID{}, fmt.Errorf("no bundle of this exhibit was made: %w", ErrNotFound)
}
