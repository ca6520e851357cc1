package custody

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"

	"custos.example/ledger"
	"custos.example/policy"
)

// WipeExtraction destroys an extraction at the kiosk that the force has confirmed.
type WipeExtraction struct {
	Ask
	Case CaseID
	Item string
}

// Wipe destroys the key of an extraction and what it sealed, once the force's receipt
// is on record here. The order, the erasure and the new state of the extraction are
// recorded together, and before anything is destroyed; cut short after that, the next
// start ends it.
//
// Durability: the key is gone when it returns.
// Trust: what the program that read the device left in its own folder is out of reach.
// Errors: ErrConflict without a receipt; ErrDenied under a hold.
func (k Kiosks) Wipe(ctx context.Context, actor Actor, request WipeExtraction) (Proof, error) {
	if k.s.Disposal == nil {
		return Proof{}, fmt.Errorf("%w: %w", ErrInvalid, errNoDisposal)
	}
	a, err := k.s.begin(ctx, actor, request.Case, policy.ExtractionWipe, request)
	if err != nil {
		return Proof{}, err
	}
	if stored, done, err := a.earlier(ctx, "wiped"); done || err != nil {
		return a.again(ctx, stored, errors.Join(err, a.finishWipe(ctx)))
	}
	about := resource{erasure: &erasing{id: a.id, basis: policy.TakenOver, notBefore: policy.At(a.now)}}
	if err := a.decide(ctx, about); err != nil {
		return Proof{}, err
	}
	doc, err := a.mayWipe(ctx, request.Item)
	if err != nil {
		return Proof{}, err
	}
	note, err := a.note(ctx, Erasure{Order: a.entryID("wipe ordered"), Case: a.id, Digests: []ledger.DigestSet{doc.Payload}})
	if err != nil {
		return Proof{}, err
	}
	if note, err = a.Disposal.Note(ctx, note); err != nil {
		return Proof{}, fmt.Errorf("nothing was wiped: %w", err)
	}
	proofs, err := a.commit(ctx, "wiped", about, func() ([]sheet, error) {
		doc, err := a.mayWipe(ctx, request.Item) // as it stands now
		if err != nil {
			return nil, err
		}
		return a.wipeSheets(ctx, doc)
	})
	if err != nil {
		return Proof{}, err
	}
	if err := a.dispose(ctx, note); err != nil {
		return Proof{}, fmt.Errorf("the wipe stands in the record and has not ended: run it again under the same request: %w", err)
	}
	return proofs[0], a.receipt(ctx, &proofs[0])
}

// finishWipe destroys what an earlier call recorded and left undone.
func (a *act) finishWipe(ctx context.Context) error {
	notes, err := a.Disposal.Noted(ctx)
	if err != nil {
		return fmt.Errorf("wipes that were begun: %w", err)
	}
	for _, note := range notes {
		if note.Order == a.entryID("wipe ordered") {
			return a.dispose(ctx, note)
		}
	}
	return nil
}

// mayWipe returns the extraction when the force has it and nothing holds it here.
func (a *act) mayWipe(ctx context.Context, item string) (extractionDocument, error) {
	doc, _, err := a.extractionNamed(ctx, item)
	if err != nil {
		return doc, err
	}
	if doc.State == ExtractionWiped {
		return doc, fmt.Errorf("%s was wiped already: %w", item, ErrConflict)
	}
	if doc.State != ExtractionConfirmed {
		return doc, fmt.Errorf("%s is %s: nothing is wiped before the force's receipt for it is on record here (custos kiosk confirm): %w", item, doc.State, ErrConflict)
	}
	hold, err := a.held(ctx, a.id, 0)
	if err == nil && hold != policy.NoHold {
		err = fmt.Errorf("the case is under the hold %s, so nothing of it is wiped: %w", hold, ErrDenied)
	}
	return doc, err
}

// wipeSheets are the entries of a wipe.
func (a *act) wipeSheets(ctx context.Context, doc extractionDocument) ([]sheet, error) {
	chain, err := a.chain(ctx, "", ledger.Organisation)
	if err != nil {
		return nil, err
	}
	order := a.entryID("wipe ordered")
	doc.State, doc.Order, doc.Reason = ExtractionWiped, order, a.ask.Purpose
	row, err := a.rowSheet(ctx, "wiped", extractionRegister, doc.Item, doc.Evidence, true, doc)
	if err != nil {
		return nil, err
	}
	row.operation = "erasure"
	return []sheet{row, {
		stage: "wipe ordered", chain: chain, changes: true, operation: "erasure", detail: &ledger.ErasureOrdered{
			Case: string(a.id), Digests: []ledger.DigestSet{doc.Payload}, Ground: "the force has it, by its receipt", NotBefore: ledger.NewTime(a.now),
			Order: "wipe of " + doc.Item,
		},
	}, {
		stage: erasedStage(0), chain: chain, changes: true, operation: "erasure",
		detail: &ledger.PayloadErased{Digest: doc.Payload, Order: order.String(), Recipients: []string{"the force, by its receipt"}},
	}}, nil
}

// measure hashes and counts what is written.
type measure struct {
	w io.Writer
	h hash.Hash
	n int64
}

// Write writes on.
func (m *measure) Write(p []byte) (int, error) {
	if m.h == nil {
		m.h = sha256.New()
	}
	n, err := m.w.Write(p)
	m.h.Write(p[:n])
	m.n += int64(n)
	return n, err
}

func (m *measure) sum() ledger.Digest {
	if m.h == nil {
		return hashOf(nil)
	}
	return ledger.Digest(m.h.Sum(nil))
}
