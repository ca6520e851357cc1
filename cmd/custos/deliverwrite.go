package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/custody/parts"
	"custos.example/ledger"
	"custos.example/ledger/durable"
	"custos.example/ledger/sign"
)

func (s *settings) deliverWrite() *cobra.Command {
	var reference, out, want string
	var request custody.IssueParts
	c := &cobra.Command{
		Use: "write DELIVERY", Short: "write the parts of a delivery into a folder, or those that are missing", Args: one("the delivery, such as DEL-1"),
		Long: "Writes parts into a folder from which they are sent, or on a disk that is carried. A part is the same bytes each time. What is\n" +
			"there already and right is left: a writing that was cut short goes on. --want takes the file in which the recipient's\n" +
			"custos-verify says what is missing.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if out == "" {
				return fmt.Errorf("%w: say where to with --out FOLDER", errUsage)
			}
			request.Name = args[0]
			if want != "" {
				var err error
				if request.Wanted, err = readFile(want, maxDocument); err != nil {
					return err
				}
			}
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) (err error) {
				request.Ask, request.Case = s.ask(), id
				issued, err := st.Service.Deliveries().Issue(ctx, s.who(), request)
				if err != nil {
					return err
				}
				defer func() { err = errors.Join(err, issued.Close()) }()
				written, err := writeParts(ctx, out, &issued)
				if err != nil {
					return err
				}
				element := map[string]any{
					"delivery": issued.Name, "state": issued.State, "parts": parts.Numbers(issued.Numbers), "written": written,
					"pack": issued.Pack.ID.String(), "folder": out, "proof": proofOf(issued.Proof),
				}
				return s.answer(cmd, element, func(w io.Writer) {
					say(w, "%s: parts %s of %d are in %s, %d of them written now: entry %d of the log.", issued.Name, parts.Numbers(issued.Numbers),
						issued.Pack.Total, out, written, issued.Placed.Index)
					say(w, "Whoever receives them runs: custos-verify join FOLDER --out FILE --trust trust.json --want missing.json")
				})
			})
		},
	}
	f := c.Flags()
	f.StringVar(&reference, "case", "", "the case's reference")
	f.StringVar(&out, "out", "", "folder for the parts")
	f.StringVar(&request.Parts, "parts", "", "which parts, such as 3,17-20 (default: all)")
	f.StringVar(&want, "want", "", "file of the recipient that says which parts are missing")
	f.StringVar(&request.Means, "means", "", "how they go: by line, on a disk")
	return c
}

// writeParts writes parts into a folder, with a list of their digests beside them
// when all are written, and returns how many were not there before.
//
// Durability: every part is on disk when it returns.
func writeParts(ctx context.Context, folder string, issued *custody.IssuedParts) (written int, err error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return 0, err
	}
	var list bytes.Buffer
	for _, number := range issued.Numbers {
		if err := ctx.Err(); err != nil {
			return written, err
		}
		part, err := issued.Pack.Part(number)
		if err != nil {
			return written, err
		}
		name := issued.Pack.FileName(number)
		digest, fresh, err := writePart(filepath.Join(folder, name), part)
		if err != nil {
			return written, fmt.Errorf("part %d: %w", number, err)
		}
		if fresh {
			written++
		}
		_, _ = fmt.Fprintf(&list, "%s  %s\n", digest, name)
	}
	if uint64(len(issued.Numbers)) < issued.Pack.Total {
		return written, nil
	}
	// In the form that sha256sum -c reads, for whoever has no other program.
	return written, durable.Replace(filepath.Join(folder, parts.ShortID(issued.Pack.ID)+".sha256"), list.Bytes(), 0o600)
}

// writePart writes one part, unless the file holds it already.
func writePart(path string, part *io.SectionReader) (digest string, fresh bool, err error) {
	sum := sha256.New()
	same := false
	if f, err := os.Open(path); err == nil {
		same = equal(bufio.NewReader(f), io.TeeReader(part, sum))
		_ = f.Close()
	}
	if same {
		return hex.EncodeToString(sum.Sum(nil)), false, nil
	}
	sum.Reset()
	if _, err := part.Seek(0, io.SeekStart); err != nil {
		return "", false, err
	}
	partial := path + ".writing"
	f, err := durable.Anew(partial, 0o600)
	if err != nil {
		return "", false, err
	}
	_, err = io.CopyBuffer(f, io.TeeReader(part, sum), make([]byte, 256<<10))
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(partial, path)
	}
	if err != nil {
		return "", false, errors.Join(err, os.Remove(partial))
	}
	return hex.EncodeToString(sum.Sum(nil)), true, nil
}

// equal tells whether two readers give the same bytes; the second is read to its
// end in any case where they do.
func equal(a, b io.Reader) bool {
	one, two := make([]byte, 64<<10), make([]byte, 64<<10)
	for {
		n, errA := io.ReadFull(a, one)
		m, errB := io.ReadFull(b, two)
		if n != m || !bytes.Equal(one[:n], two[:m]) {
			return false
		}
		if errA != nil || errB != nil {
			return ended(errA) && ended(errB)
		}
	}
}

func ended(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }

// signSlip signs a receipt with the recipient's own key.
func (s *settings) signSlip(cmd *cobra.Command, slip parts.Slip, by, out string, key *sign.Key) error {
	public, err := ledger.NewPublicKey(key.Public())
	if err != nil {
		return err
	}
	receipt, err := parts.SignReceipt(cmd.Context(), slip, by, public, key)
	if err != nil {
		return fmt.Errorf("%w: %w", custody.ErrInvalid, err)
	}
	if err := whole(out, func(w io.Writer) error {
		_, err := w.Write(receipt)
		return err
	}); err != nil {
		return err
	}
	return s.answer(cmd, map[string]string{"file": out, "key": key.KeyID().String(), "state": slip.State}, func(w io.Writer) {
		say(w, "%s says that pack %s %s, signed with key %s. Send it back to whoever sent the pack.", out, parts.ShortID(slip.Pack), slip.State, fingerprint(key.KeyID()))
		say(w, "If they do not know that key yet, read its first digits to them by telephone.")
	})
}
