package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/custody/bundle"
	"custos.example/ledger"
	"custos.example/ledger/tree"
	"custos.example/ledger/witness"
)

// logProve writes the proof that joins two heads of the log, as a checker asks for
// it with --consistency. It tells nothing that the public tiles do not tell.
func logProve(s *settings) *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:   "prove OLDER NEWER",
		Short: "write the proof that one summary of this log continues another, for custos-verify --consistency",
		Args:  cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if out == "" {
				return fmt.Errorf("%w: give --out, the file for the proof", errUsage)
			}
			older, err := headIn(args[0])
			if err != nil {
				return err
			}
			newer, err := headIn(args[1])
			if err != nil {
				return err
			}
			if older.Size > newer.Size {
				older, newer = newer, older
			}
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				path, err := join(ctx, st, older, newer)
				if err != nil {
					return err
				}
				proof := witness.Request{Old: older.Size, Path: path, Checkpoint: newer}.Bytes()
				if err := kept(out, proof); err != nil {
					return err
				}
				return s.answer(cmd, map[string]any{"proof": out, "from": older.Size, "to": newer.Size}, func(w io.Writer) {
					say(w, "%s joins the log of size %d to that of size %d. Give it with --consistency.", out, older.Size, newer.Size)
				})
			})
		},
	}
	c.Flags().StringVar(&out, "out", "", "file for the proof")
	return c
}

// join returns the proof between two heads, if both are of this log as it stands.
// Errors: custody.ErrIntegrity when one of them is not.
func join(ctx context.Context, st *wiring.Station, older, newer ledger.SignedCheckpoint) ([]ledger.Digest, error) {
	for _, head := range []ledger.SignedCheckpoint{older, newer} {
		if head.Origin != st.Service.Origin {
			return nil, fmt.Errorf("%w: the summary of size %d is of another log, %s; this one is %s", custody.ErrIntegrity, head.Size, head.Origin, st.Service.Origin)
		}
		root, err := st.Recorder.Root(ctx, head.Size)
		if errors.Is(err, tree.ErrRange) {
			return nil, fmt.Errorf("%w: the log has fewer entries here than the %d that the summary covers: it was put back to an earlier state, or the summary is of "+
				"another history. Keep the file, and see Restore in the runbook", custody.ErrIntegrity, head.Size)
		}
		if err != nil {
			return nil, fmt.Errorf("the log's state of size %d: %w", head.Size, err)
		}
		if root != head.Root {
			return nil, fmt.Errorf("%w: the summary of size %d is not one of this log as it stands here: it is of another history. "+
				"Keep the file, compare the log with its guard (custos fsck), and ask where the file comes from", custody.ErrIntegrity, head.Size)
		}
	}
	if older.Size == newer.Size || older.Size == 0 {
		return nil, nil
	}
	return st.Recorder.Consistency(ctx, older.Size, newer.Size)
}

// headIn returns the signed head in a file: a checkpoint, a receipt, or a bundle.
func headIn(name string) (ledger.SignedCheckpoint, error) {
	f, err := os.Open(name) //nolint:gosec // the user names the file
	if err != nil {
		return ledger.SignedCheckpoint{}, err
	}
	info, err := f.Stat()
	if err != nil {
		return ledger.SignedCheckpoint{}, errors.Join(err, f.Close())
	}
	head, err := bundle.Head(f, info.Size())
	if err := f.Close(); err != nil {
		return head, err
	}
	if err != nil {
		return head, fmt.Errorf("%w: %s holds no summary of a log: it is no checkpoint, no receipt and no bundle: %w", custody.ErrInvalid, name, err)
	}
	return head, nil
}
