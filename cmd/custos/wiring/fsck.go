package wiring

import (
	"context"
	"errors"
	"fmt"

	"custos.example/custody"
	"custos.example/custody/blob"
	"custos.example/ledger"
	"custos.example/ledger/recorder"
)

// Fsck recomputes everything that is stored, from the checkpoint in the guard:
// every entry, every chain, the tree, every projected fact and every payload
// that an entry names.
//
// Trust: the store is never believed about itself; the guard is.
func (s *Station) Fsck(ctx context.Context) (custody.FsckReport, error) {
	var options custody.FsckOptions
	last, err := s.guard.Load(ctx)
	if err != nil {
		return custody.FsckReport{}, err
	}
	if last != nil {
		signed, err := ledger.ParseCheckpoint(last)
		if err != nil {
			return custody.FsckReport{}, fmt.Errorf("%w: the guard: %w", custody.ErrIntegrity, err)
		}
		options.From = signed.Checkpoint
	}
	report, err := s.Store.Fsck(ctx, options)
	if err != nil {
		return report, err
	}
	if err := s.checkTiles(ctx, &report); err != nil {
		return report, err
	}
	err = s.checkPayloads(ctx, &report)
	return report, err
}

// checkTiles makes the public tiles anew from their entries and holds them
// against their signed checkpoint.
func (s *Station) checkTiles(ctx context.Context, report *custody.FsckReport) error {
	signed, err := s.tiles.Check(ctx)
	switch {
	case err == nil && signed.Origin == "" && report.Size > 0:
		err = errors.New("nothing is published")
	case err != nil && !errors.Is(err, recorder.ErrTiles):
		return err
	}
	if err != nil {
		report.Findings = append(report.Findings, custody.Finding{
			Where: "tiles",
			What:  err.Error() + ": nothing of the record is lost; keep the folder, then empty it, and it is published anew with the next entry",
		})
	}
	return nil
}

// checkPayloads looks up every payload that an entry names and re-hashes it.
// One that no entry names is no fault: it was kept before a step that failed, or
// before a decision that refused.
func (s *Station) checkPayloads(ctx context.Context, report *custody.FsckReport) error {
	found := func(where, what string) {
		report.Findings = append(report.Findings, custody.Finding{Where: where, What: what})
	}
	var expected []blob.Ref
	err := s.Service.Payloads(ctx, func(id custody.CaseID, n uint64, kind, name string, digest ledger.DigestSet) error {
		ref, err := s.Payloads.Find(ctx, string(id), digest)
		if errors.Is(err, blob.ErrNotFound) {
			found(fmt.Sprintf("payload %q of %s %d", name, kind, n), "it is named by the entry and is not there: restore it from a copy")
			return nil
		}
		if err != nil {
			return sorted(err)
		}
		expected = append(expected, ref)
		return nil
	})
	if err != nil {
		return err
	}
	_, err = s.Payloads.Fsck(ctx, expected, func(f blob.Finding) error {
		if f.Fault != blob.Extra {
			found("payloads", f.String())
		}
		return nil
	})
	return sorted(err)
}
