package custody

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"custos.example/ledger"
	"custos.example/policy"
)

// CarryOut destroys what an approved order names, once its delay has passed and
// while no hold is in force.
//
// What is to be destroyed is noted first, then recorded (payload-erased, with
// those to whom such material went), then destroyed: cut short before the
// record it has not begun, and after it Finish ends it.
//
// Durability: the keys are gone when it returns; so is what they sealed, in
// every copy of the data folder.
// Trust: copies of the key folder, what other people were handed and what a
// running process had in memory are out of its reach.
// Errors: ErrDenied, ErrNotFound; ErrConflict when all that the order named was erased
// under another, and the same content was kept anew since.
func (e Erasures) CarryOut(ctx context.Context, actor Actor, request CarryOutErasure) (Erasure, []Proof, error) {
	if e.s.Disposal == nil {
		return Erasure{}, nil, fmt.Errorf("%w: %w", ErrInvalid, errNoDisposal)
	}
	a, err := e.s.begin(ctx, actor, "", policy.EraseCarryOut, request)
	if err != nil {
		return Erasure{}, nil, err
	}
	// A note made on what another carrying-out is about to destroy could outlast that.
	alone, err := e.s.Disposal.Alone(ctx)
	if err != nil {
		return Erasure{}, nil, fmt.Errorf("nothing was erased: %w", err)
	}
	defer letGo(alone)
	about := resource{erasure: &erasing{order: request.Order}}
	if stored, done, err := a.earlier(ctx, erasedStage(0)); done || err != nil {
		return e.again(ctx, a, request, stored, err)
	}
	if err := a.decide(ctx, about); err != nil {
		return Erasure{}, nil, err
	}
	if err := a.stillCarriesOut(ctx, request.Order); err != nil {
		return Erasure{}, nil, err
	}
	order, err := a.erasure(ctx, request.Order, 0)
	if err != nil {
		return Erasure{}, nil, err
	}
	if err := a.meant(ctx, &order); err != nil {
		return Erasure{}, nil, err
	}
	note, err := a.note(ctx, order)
	if err != nil {
		return Erasure{}, nil, err
	}
	if note, err = a.Disposal.Note(ctx, note); err != nil {
		return Erasure{}, nil, fmt.Errorf("nothing was erased: %w", err)
	}
	proofs, err := a.recordErased(ctx, about, order)
	if err != nil {
		return Erasure{}, nil, err
	}
	if err := a.dispose(ctx, note); err != nil {
		return Erasure{}, proofs, fmt.Errorf("the erasure stands in the record and has not ended: run it again: %w", err)
	}
	done, err := a.erasure(ctx, request.Order, 0)
	if err != nil {
		return Erasure{}, proofs, err
	}
	done.Reach.Payloads, done.Reach.Exhibits, done.Reach.Bundles = order.Reach.Payloads, order.Reach.Exhibits, order.Reach.Bundles
	return done, proofs, a.receipt(ctx, &proofs[len(proofs)-1])
}

// again answers a repeated request: it ends what the first began.
// Errors: ErrConflict when the first was about another order.
func (e Erasures) again(ctx context.Context, a *act, request CarryOutErasure, stored Stored, err error) (Erasure, []Proof, error) {
	if err != nil {
		return Erasure{}, nil, err
	}
	statement, err := stored.Statement()
	if err != nil {
		return Erasure{}, nil, err
	}
	if d, ok := statement.Predicate.Detail.(*ledger.PayloadErased); !ok || d.Order != request.Order.String() {
		return Erasure{}, nil, fmt.Errorf("this request id has carried out another order: %w", ErrConflict)
	}
	if err := e.finish(ctx); err != nil {
		return Erasure{}, nil, err
	}
	proof, err := a.again(ctx, stored, nil)
	if err != nil {
		return Erasure{}, nil, err
	}
	erasure, err := a.erasure(ctx, request.Order, 0)
	return erasure, []Proof{proof}, err
}

func erasedStage(i int) string { return fmt.Sprintf("erased %d", i) }

// meant leaves out of an order what another has destroyed since it was given, and what was
// kept anew after that: it names what there was then, and nobody ordered that the same
// content, received again, goes too.
// Errors: ErrConflict when nothing is left.
func (a *act) meant(ctx context.Context, order *Erasure) error {
	if order.Whole {
		return nil
	}
	gone, _, err := a.erasedOf(ctx, order.Case)
	if err != nil {
		return err
	}
	given, err := a.Store.ByEntryID(ctx, order.Order)
	if err != nil {
		return fmt.Errorf("order of erasure %s: %w", order.Order, err)
	}
	var left []ledger.DigestSet
	var anew erasedFact
	for _, digest := range order.Digests {
		if f, erased := gone[digestKey(digest)]; erased && f.Index > given.Index {
			_, err := a.Blobs.Find(ctx, order.Case, digest)
			if err == nil {
				anew = f
				continue
			}
			if !errors.Is(err, ErrNotFound) {
				return fmt.Errorf("payload %s: %w", digestKey(digest), err)
			}
		}
		left = append(left, digest)
	}
	if len(left) == 0 {
		return fmt.Errorf("all that this order names was erased under another on %s (entry %s), and the same content was kept anew since, which nobody has ordered to erase: "+
			"cancel this order, and give a new one if that is to go too: %w", anew.Time.Format("2 January 2006"), anew.Entry, ErrConflict)
	}
	order.Digests = left
	return nil
}

// note says where lies what an order destroys. A payload that is not there any
// more is nowhere; its erasure is recorded all the same.
func (a *act) note(ctx context.Context, order Erasure) (DisposalNote, error) {
	note := DisposalNote{Addresses: []string{}, Keys: []uint32{}, Case: order.Case, Order: order.Order, Whole: order.Whole}
	for _, digest := range order.Digests {
		blob, err := a.Blobs.Find(ctx, order.Case, digest)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return note, fmt.Errorf("payload %s: %w", digestKey(digest), err)
		}
		note.Addresses = append(note.Addresses, blob.Address)
	}
	return note, nil
}

// recordErased appends what is erased. For a whole case one entry stands for
// everything: its digest is that of the list of all payloads.
func (a *act) recordErased(ctx context.Context, about resource, order Erasure) ([]Proof, error) {
	chain, err := a.chain(ctx, "", ledger.Organisation)
	if err != nil {
		return nil, err
	}
	return a.commit(ctx, "erased", about, func() ([]sheet, error) {
		if err := a.stillCarriesOut(ctx, order.Order); err != nil {
			return nil, err
		}
		reach, err := a.reach(ctx, order.Case, order.Digests)
		if err != nil {
			return nil, err
		}
		digests := order.Digests
		if order.Whole {
			list, err := a.listDigest(ctx, order.Case)
			if err != nil {
				return nil, err
			}
			digests = []ledger.DigestSet{{ledger.SHA256: list}}
		}
		sheets := make([]sheet, len(digests))
		for i, digest := range digests {
			sheets[i] = sheet{
				stage: erasedStage(i), chain: chain, operation: "erasure", changes: true,
				detail: &ledger.PayloadErased{Digest: digest, Order: order.Order.String(), Recipients: reach.Recipients},
			}
		}
		if order.Whole {
			if err := a.nothingHeld(ctx, order.Case); err != nil {
				return nil, err
			}
		}
		record, err := a.disposalSheet(ctx, order, reach.Payloads)
		return append(sheets, record), err
	})
}

// listDigest is SHA-256 of the digests of all payloads that the case's work
// names, ALGORITHM:HEX, in the order of the record, each with a line feed.
func (a *act) listDigest(ctx context.Context, id CaseID) (ledger.Digest, error) {
	h := sha256.New()
	err := a.forward(ctx, id, func(_ Stored, s ledger.Statement) {
		for _, subject := range payloadsOf(s) {
			_, _ = io.WriteString(h, digestKey(subject.Digest)+"\n")
		}
	})
	return ledger.Digest(h.Sum(nil)), err
}

// dispose destroys what was noted and stands in the record.
func (a *act) dispose(ctx context.Context, note DisposalNote) error {
	if !note.Whole {
		if err := a.Disposal.Payloads(ctx, note); err != nil {
			return err
		}
		return a.Disposal.Forget(ctx, note.Order)
	}
	if err := a.Disposal.Case(ctx, note.Case); err != nil {
		return err
	}
	by, err := a.lastErased(ctx, note)
	if err != nil {
		return err
	}
	if err := a.Disposal.Entries(ctx, note.Case, by); err != nil {
		return err
	}
	if err := a.Disposal.Compact(ctx); err != nil {
		return err
	}
	return a.Disposal.Forget(ctx, note.Order)
}

// lastErased returns a payload-erased of the order that is younger than every
// entry of the case. Between the record and the end of the key others may have
// appended to the case; then the service records the erasure once more.
func (a *act) lastErased(ctx context.Context, note DisposalNote) (ledger.EntryID, error) {
	erased, err := a.erasedUnder(ctx, note.Order, 0)
	if err != nil || len(erased) == 0 {
		return ledger.EntryID{}, errors.Join(err, fmt.Errorf("order %s: %w", note.Order, ErrNotFound))
	}
	recorded, err := a.Store.ByEntryID(ctx, erased[0].Entry)
	if err != nil {
		return ledger.EntryID{}, err
	}
	late, err := a.later(ctx, note.Case, recorded.Index)
	if err != nil || !late {
		return recorded.Entry, err
	}
	chain, err := a.chain(ctx, "", ledger.Organisation)
	if err != nil {
		return ledger.EntryID{}, err
	}
	stage := "erased again"
	proofs, err := a.append(ctx, stage, []sheet{{
		stage: stage, chain: chain, operation: "erasure", changes: true, undecided: true, actor: a.itself(),
		detail: &ledger.PayloadErased{Digest: erased[0].Digest, Order: erased[0].Order, Recipients: erased[0].Recipients},
	}})
	if err != nil {
		return ledger.EntryID{}, err
	}
	return proofs[0].Entry, nil
}

// later tells whether a chain of the case has an entry behind an index. Of an
// entry whose key is gone only the place can be read, which is enough.
func (a *act) later(ctx context.Context, id CaseID, index ledger.Index) (bool, error) {
	size, err := a.Store.Size(ctx)
	if err != nil {
		return false, err
	}
	chains, err := a.Store.Chains(ctx, id)
	if err != nil {
		return false, err
	}
	leaves, err := a.Store.Leaves(ctx, index+1, ledger.Index(size))
	if err != nil {
		return false, err
	}
	for _, chain := range chains {
		_, head, err := a.Store.Head(ctx, chain.ID)
		if err != nil {
			return false, err
		}
		for _, leaf := range leaves {
			if leaf == head {
				return true, nil
			}
		}
	}
	return false, nil
}

// Finish ends every carrying-out that was cut short after it was recorded. What
// was noted and not recorded has not begun, and stays as it is.
func (e Erasures) Finish(ctx context.Context) error {
	if e.s.Disposal == nil {
		return nil
	}
	if notes, err := e.s.Disposal.Noted(ctx); err == nil && len(notes) == 0 {
		return nil
	}
	alone, err := e.s.Disposal.Alone(ctx)
	if err != nil {
		return fmt.Errorf("erasures that were begun: %w", err)
	}
	defer letGo(alone)
	return e.finish(ctx)
}

// finish is Finish for whoever is alone.
func (e Erasures) finish(ctx context.Context) error {
	notes, err := e.s.Disposal.Noted(ctx)
	if err != nil {
		return fmt.Errorf("erasures that were begun: %w", err)
	}
	for _, note := range notes {
		erased, err := e.s.erasedUnder(ctx, note.Order, 0)
		if err != nil {
			return fmt.Errorf("erasure under order %s: %w", note.Order, err)
		}
		if len(erased) == 0 {
			continue
		}
		a, err := e.s.ownAct(policy.EraseCarryOut, "finish "+note.Order.String())
		if err != nil {
			return err
		}
		if err := a.dispose(ctx, note); err != nil {
			return fmt.Errorf("erasure under order %s: %w", note.Order, err)
		}
	}
	return nil
}
