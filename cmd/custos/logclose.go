package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/ledger"
)

// closing is the file that carries the end of one log to the beginning of the next.
type closing struct {
	Format   string        `json:"format"`
	Envelope []byte        `json:"envelope"` // of the log's last entry
	Salt     ledger.Salt   `json:"salt"`
	Chain    ledger.Digest `json:"chain"`
	N        uint64        `json:"n"`
	Prev     ledger.Digest `json:"prev"`
	Receipt  string        `json:"receipt"` // C2SP tlog-proof of it, under the last checkpoint
}

const closingFormat = "https://custos.example/closing/v1"

func logClose(s *settings) *cobra.Command {
	var next, reason, out string
	c := &cobra.Command{
		Use: "close", Short: "close this log for good, and name the one that follows", Args: cobra.NoArgs,
		Long: "Appends the last entry of the log, which names the log that follows. Nothing can be added afterwards, not even the record\n" +
			"of a look, so nothing can be read through custos any more: make the bundles that may be needed first. Bundles that were\n" +
			"made, fsck, the public tiles and their proofs go on working. Then found the next log with custos init --follows FILE.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if next == "" || reason == "" || out == "" {
				return fmt.Errorf("%w: close needs --next (the origin of the log that follows), --reason and --out (file for the next log's init)", errUsage)
			}
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				end, err := st.Service.Keys().End(ctx)
				if err != nil {
					return err
				}
				if end.Next != "" && end.Next != next {
					return fmt.Errorf("the log was closed already, and %s follows: %w", end.Next, custody.ErrConflict)
				} else if end.Next == "" {
					if err := free(out); err != nil { // before the log is closed, which nothing takes back
						return err
					}
					if _, err := st.Service.Keys().Close(ctx, s.who(), custody.CloseLog{Ask: s.ask(), Next: next, Reason: reason}); err != nil {
						return err
					}
				}
				e, receipt, err := st.Service.Keys().Last(ctx)
				if err != nil {
					return fmt.Errorf("the log is closed, but %s was not written; give the same command again: %w", out, err)
				}
				text, err := ledger.MarshalCanonical(closing{
					closingFormat, e.Envelope, e.Salt, ledger.Digest(e.Chain), e.N, ledger.Digest(e.Prev), string(receipt),
				})
				if err == nil {
					err = keptOrSame(out, text)
				}
				if err != nil {
					return fmt.Errorf("the log is closed, but %s was not written; give the same command again, if need be with another --out: %w", out, err)
				}
				return s.answer(cmd, map[string]any{"index": e.Index, "next": next, "file": out}, func(w io.Writer) {
					say(w, "The log %s is closed: entry %d is its last. %s follows.", st.Service.Origin, e.Index, next)
					say(w, "Found it with: custos init --dir NEW --origin %s --follows %s --follows-trust %s", next, out, filepath.Join(s.dir, "trust.json"))
				})
			})
		},
	}
	c.Flags().StringVar(&next, "next", "", "origin of the log that follows")
	c.Flags().StringVar(&reason, "reason", "", "why, for the record")
	c.Flags().StringVar(&out, "out", "", "file that carries the end of this log to the next")
	return c
}

// keptOrSame writes a new file, or finds that the same one is there.
// Errors: os.ErrExist when another is.
func keptOrSame(path string, content []byte) error {
	if there, err := os.ReadFile(path); err == nil && bytes.Equal(there, content) { //nolint:gosec // the operator names it
		return nil
	}
	return kept(path, content)
}

// followed checks the end of the log that is continued, and returns what the next
// log records of it.
//
// Trust: the old log's trust file. The last entry is signed by its recorder, stands
// under a checkpoint that the log signed, is the last leaf of it, and names the
// new origin.
func followed(path, trustPath, origin string) (*custody.Continued, error) {
	if trustPath == "" {
		return nil, fmt.Errorf("%w: --follows needs --follows-trust, the trust file of the log that is continued", errUsage)
	}
	refuse := func(what string, err error) error {
		return fmt.Errorf("%s does not show the end of a log: %s (%w): %w", path, what, err, custody.ErrInvalid)
	}
	text, err := os.ReadFile(path) //nolint:gosec // the operator names it
	if err != nil {
		return nil, err
	}
	var c closing
	if err = ledger.UnmarshalCanonical(text, &c); err != nil || c.Format != closingFormat {
		return nil, refuse("it is another file", fmt.Errorf("format %q: %w", c.Format, err))
	}
	trustText, err := readFile(trustPath, maxDocument)
	if err != nil {
		return nil, err
	}
	trust, err := ledger.ParseTrust(trustText)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", trustPath, custody.ErrInvalid, err)
	}
	end, index, err := c.verify(trust)
	if err != nil {
		return nil, refuse("it does not hold", err)
	}
	head := end.checkpoint
	if uint64(index) != head.Size-1 {
		return nil, refuse("the entry is not the last under its checkpoint", fmt.Errorf("leaf %d of %d", index, head.Size))
	}
	if end.detail.Next != origin {
		return nil, refuse("the log names another", fmt.Errorf("%q follows it, not %q", end.detail.Next, origin))
	}
	return &custody.Continued{Origin: head.Origin, Reason: end.detail.Reason, Root: head.Root, Size: head.Size}, nil
}

// ending is what a closing file shows.
type ending struct {
	checkpoint ledger.Checkpoint
	detail     *ledger.LogClosed
}

// verify checks signature, commitment, inclusion and checkpoint.
func (c closing) verify(trust ledger.Trust) (ending, ledger.Index, error) {
	signed, err := ledger.ParseEnvelope(c.Envelope)
	if err != nil {
		return ending{}, 0, err
	}
	if err := signed.Verify(trust.Key); err != nil {
		return ending{}, 0, err
	}
	if !trust.Recorder(signed.Signatures[0].KeyID) {
		return ending{}, 0, fmt.Errorf("signed by no recording service: %w", custody.ErrInvalid)
	}
	statement, err := ledger.OpenStatement(signed)
	if err != nil {
		return ending{}, 0, err
	}
	detail, ok := statement.Predicate.Detail.(*ledger.LogClosed)
	if !ok || ledger.Digest(statement.Predicate.Place.Chain) != c.Chain || ledger.ChainID(c.Chain) != trust.KeysChain {
		return ending{}, 0, fmt.Errorf("the entry is %s and does not close that log: %w", statement.Kind(), custody.ErrInvalid)
	}
	receipt, err := ledger.ParseReceipt([]byte(c.Receipt))
	if err != nil {
		return ending{}, 0, err
	}
	commitment := ledger.Commit(ledger.ChainID(c.Chain), c.N, ledger.Commitment(c.Prev), ledger.DeriveInner(c.Salt, c.Envelope))
	if err := receipt.Checkpoint.Verify(trust.Log...); err != nil {
		return ending{}, 0, err
	}
	if err := receipt.Verify(commitment); err != nil {
		return ending{}, 0, err
	}
	return ending{receipt.Checkpoint.Checkpoint, detail}, receipt.Index, nil
}
