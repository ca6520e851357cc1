package custody

import (
	"context"
	"errors"
	"fmt"

	"custos.example/ledger"
	"custos.example/ledger/timestamp"
)

// Check holds the log, as it is now, against every time stamp on record: each was
// made outside over the head that the log had then. It returns how many hold.
//
// Trust: a stamp shows a changed log only while it is kept; a keeper who rewrites
// everything drops it. What the guard and the co-signers hold shows that.
func (t Stamps) Check(ctx context.Context) (int, []Finding, error) {
	var roots timestamp.Roots
	if t.s.Stamper != nil {
		var err error
		if roots, err = timestamp.NewRoots(t.s.Stamper.Roots()); err != nil {
			return 0, nil, fmt.Errorf("roots of the authorities of time: %w: %w", ErrInvalid, err)
		}
	}
	chain, err := t.s.chain(ctx, "", ledger.Organisation)
	if err != nil {
		return 0, nil, err
	}
	head, _, err := t.s.Store.Head(ctx, chain.ID)
	if err != nil {
		return 0, nil, err
	}
	holding := 0
	var findings []Finding
	for from := uint64(1); from <= head; from += page {
		entries, err := t.s.Store.Entries(ctx, chain.ID, from, min(from+page-1, head))
		if err != nil {
			return holding, findings, err
		}
		for _, entry := range entries {
			if entry.Erased || entry.Kind != string(ledger.KindOf(&ledger.TimeStamped{})) {
				continue
			}
			if err := t.check(ctx, entry, roots); err != nil {
				findings = append(findings, Finding{
					Where: fmt.Sprintf("time stamp, entry %d of the organisation's chain", entry.N),
					What:  err.Error() + ": the log, this entry or the token was changed afterwards. Keep everything as it is, and compare with the other stamps, the guard and the co-signers",
				})
				continue
			}
			holding++
		}
	}
	return holding, findings, nil
}

// check returns nil if one token is a true one over the head that the log had at
// that size. Of an authority whose root is not named, or to whose root another chain
// leads than when the token was taken, the signature is checked and the chain is not.
func (t Stamps) check(ctx context.Context, entry Stored, roots timestamp.Roots) error {
	statement, err := entry.Statement()
	if err != nil {
		return err
	}
	d, ok := statement.Predicate.Detail.(*ledger.TimeStamped)
	if !ok || len(statement.Subject) != 1 {
		return fmt.Errorf("%w: it is no time stamp", ErrIntegrity)
	}
	root, err := t.s.Recorder.Root(ctx, d.Size)
	if err != nil {
		return err
	}
	imprint := timestamp.ImprintOf([]byte(ledger.Checkpoint{Origin: t.s.Origin, Size: d.Size, Root: root}.Text()))
	if ledger.Digest(imprint) != d.Imprint {
		return fmt.Errorf("the first %d entries are not those that were stamped: %w", d.Size, errStamp)
	}
	data, err := t.s.document(ctx, "", statement.Subject[0].Digest)
	if err != nil {
		return err
	}
	token, err := timestamp.Parse(data)
	if err != nil {
		return err
	}
	_, err = token.Verify(imprint, roots)
	if errors.Is(err, timestamp.ErrUntrusted) || errors.Is(err, timestamp.ErrSurplus) {
		return nil
	}
	return err
}
