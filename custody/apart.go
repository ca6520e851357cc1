package custody

import (
	"context"
	"errors"
	"fmt"
	"io"

	"custos.example/analysis"
	"custos.example/analysis/celltable"
	"custos.example/analysis/source"
	"custos.example/ledger"
)

// Apart reads received files in a process that holds no key, no other file and
// no network.
// Errors: *BrokeOff when that process was cut off or broke; else what the same
// reading says in this process.
type Apart interface {
	Run(ctx context.Context, name string, version int, in map[string]analysis.Input, params analysis.Params,
		out map[string]io.Writer, scratch func() (analysis.Scratch, error)) (analysis.Result, error)
	// Detect is source.Detect.
	Detect(ctx context.Context, file analysis.Input) ([]source.Match, error)
	// DetectCells is celltable.Detect.
	DetectCells(ctx context.Context, file analysis.Input) (string, error)
}

// BrokeOff says that the reading of a file was cut off. It unwraps to
// ErrInvalid: the same file will break the same reader again.
// Trust: Reason holds nothing of the file.
type BrokeOff struct { //nolint:errname // the word of the field
	Reason string
}

// Error returns what happened and what to do.
func (b *BrokeOff) Error() string {
	return b.Reason + "; nothing of it was made into a data set. A file can be damaged, of another kind than it was said to be, or made to break " +
		"its reader: look at how it came about, ask for it again, and do not open it in another program of this machine"
}

// Unwrap returns ErrInvalid.
func (b *BrokeOff) Unwrap() error { return ErrInvalid }

// detection is source.Detect, apart where that is to be had.
func (s *Service) detection(ctx context.Context, file analysis.Input) ([]source.Match, error) {
	if s.Apart == nil {
		return source.Detect(file)
	}
	return s.Apart.Detect(ctx, file)
}

// cellDetection is celltable.Detect, apart where that is to be had.
func (s *Service) cellDetection(ctx context.Context, file analysis.Input) (string, error) {
	if s.Apart == nil {
		return celltable.Detect(file)
	}
	return s.Apart.DetectCells(ctx, file)
}

// brokeOff records a reading that broke off, so that the evidence does not stand
// there as if nobody had tried.
// Errors: the reading's, with the entry that records it.
func (in *intake) brokeOff(ctx context.Context, err error) error {
	var broke *BrokeOff
	if !errors.As(err, &broke) {
		return err
	}
	work, failed := in.chain(ctx, in.id, ledger.Work)
	if failed != nil {
		return errors.Join(err, failed)
	}
	proofs, failed := in.commit(ctx, "import-failed", in.about, func() ([]sheet, error) {
		return []sheet{{
			stage: "import-failed", chain: work, operation: "alteration", authority: in.authority(),
			detail:       &ledger.ImportFailed{Item: in.file.Item, Reason: broke.Reason},
			dependencies: []ledger.Dependency{{Name: portSource, Digest: in.file.Payload, Entry: &in.file.Entry}},
		}}, nil
	})
	if failed != nil {
		return errors.Join(err, fmt.Errorf("that it broke off could not be recorded: %w", failed))
	}
	return fmt.Errorf("%w (recorded as entry %d of the case)", err, proofs[0].Placed.N)
}
