package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/custody/parts"
	"custos.example/ledger/sign"
)

func deliverCommand(s *settings) *cobra.Command {
	return group("deliver", "packs sent in parts, and what became of them",
		s.deliverPrepare(), s.deliverWrite(), s.deliverConfirm(), s.deliverList(), s.deliverShow(), s.deliverWithdraw(), s.deliverKey(), s.deliverSign())
}

func (s *settings) deliverPrepare() *cobra.Command {
	var reference, size string
	var withhold []string
	var flags copyFlags
	var request custody.PrepareDelivery
	c := &cobra.Command{
		Use: "prepare OF", Short: "make the pack of an exhibit's bundle or of a received file, and keep it", Args: one("an exhibit, an item or an entry"),
		Long: "Makes a pack for a recipient: the bundle of an exhibit, or a received file whole. It leaves as a numbered copy. With --encrypt-to\n" +
			"only the holder of that key can open it. Nothing is sent yet: custos deliver write gives the parts, as often as it takes.",
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if request.PartSize, err = byteSize(size); err != nil {
				return err
			}
			if request.Withhold, err = withheld(withhold); err != nil {
				return err
			}
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				request.Ask, request.CopyTerms = s.ask(), flags.terms()
				var err error
				if request.Case, request.Of, err = copied(ctx, st, reference, args[0]); err != nil {
					return err
				}
				made, err := st.Service.Deliveries().Prepare(ctx, s.who(), request)
				if err != nil {
					return err
				}
				return s.answer(cmd, preparedElement(made), func(w io.Writer) {
					say(w, "%s, copy %d: pack %s, %d bytes in %d parts.", made.Name, made.Copy, parts.ShortID(made.Pack), made.Size, made.Total)
					say(w, "It is to arrive by %s. Nothing has been sent: custos deliver write %s --out FOLDER writes the parts.", custody.CivilTime(made.Due), made.Name)
				})
			})
		},
	}
	f := c.Flags()
	f.StringVar(&reference, "case", "", "the case's reference")
	f.StringVar(&size, "part-size", "1MB", "bytes of one part, such as 900KB or 4GB")
	f.StringSliceVar(&request.Encrypt, "encrypt-to", nil, "key of the recipient (age1...); may be given again")
	f.StringVar(&request.Key, "receipt-key", "", "id of the key with which the recipient signs receipts, if they told it by another way")
	instantFlag(f, &request.Due, "due", "by when it is to have arrived, such as 2026-10-05 14:30 (default: in seven days)")
	f.StringVar(&request.Name, "name", "", "a file name that every part shows in the clear; it must say nothing of the case")
	f.StringArrayVar(&withhold, "withhold", nil, "of a bundle: an entry that is not shown, N=REASON (not-relevant, another-person, sensitive, privileged)")
	flags.add(c)
	return c
}

// byteSize reads a size as people write it.
// Units: KB, MB and GB are powers of 1000.
func byteSize(text string) (int64, error) {
	digits, unit := strings.TrimSpace(text), int64(1)
	for suffix, bytes := range map[string]int64{"KB": 1e3, "MB": 1e6, "GB": 1e9} {
		if rest, ok := strings.CutSuffix(strings.ToUpper(digits), suffix); ok {
			digits, unit = strings.TrimSpace(rest), bytes
			break
		}
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n <= 0 || n > 1<<62/unit {
		return 0, fmt.Errorf("%w: %q is no size; write 900KB, 1MB or 4GB", errUsage, text)
	}
	return n * unit, nil
}

// preparedElement is a prepared delivery as JSON.
func preparedElement(p custody.PreparedDelivery) map[string]any {
	return map[string]any{
		"delivery": p.Name, "pack": p.Pack.String(), "copy": p.Copy, "parts": p.Total, "size": p.Size, "sha256": p.SHA256.String(),
		"due": p.Due.UTC().Format(time.RFC3339), "proof": proofOf(p.Proof),
	}
}

func (s *settings) deliverConfirm() *cobra.Command {
	var reference, receipt, state string
	var request custody.ConfirmDelivery
	c := &cobra.Command{
		Use: "confirm DELIVERY", Short: "record what the recipient says of a delivery", Args: one("the delivery, such as DEL-1"),
		Long: "Records the signed receipt that came back (--receipt FILE). Without one, an enrolled recipient says it by asking (--state); for\n" +
			"anybody else --confirmed-by says who said it, and --how in which way.",
		RunE: func(cmd *cobra.Command, args []string) error {
			request.Name, request.State = args[0], custody.DeliveryState(state)
			if receipt != "" {
				var err error
				if request.Receipt, err = readFile(receipt, maxDocument); err != nil {
					return err
				}
			}
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				request.Ask, request.Case = s.ask(), id
				said, err := st.Service.Deliveries().Confirm(ctx, s.who(), request)
				if err != nil {
					return err
				}
				element := map[string]any{"delivery": said.Name, "state": said.State, "confirmedBy": said.By, "signed": said.Signed, "proof": proofOf(said.Proof)}
				return s.answer(cmd, element, func(w io.Writer) {
					say(w, "%s: %s, by %s, %s: entry %d of the log.", said.Name, stateWords(said.State), visible(said.By), signedWords(said.Signed), said.Placed.Index)
				})
			})
		},
	}
	f := c.Flags()
	f.StringVar(&reference, "case", "", "the case's reference")
	f.StringVar(&receipt, "receipt", "", "the signed receipt, as a file")
	f.StringVar(&state, "state", "", "arrived, opened, checked or differs, where there is no receipt")
	f.StringVar(&request.Result, "result", "", "of a check: matches, differs or cannot-tell")
	f.StringVar(&request.ConfirmedBy, "confirmed-by", "", "who said it, in words")
	f.StringVar(&request.How, "how", "", "how they said it")
	return c
}

func stateWords(s custody.DeliveryState) string {
	switch s { //nolint:exhaustive // the others are words of their own
	case custody.DeliveryDiffers:
		return "DIFFERS: what arrived is not what was sent"
	case custody.DeliveryPrepared:
		return "prepared, nothing has been sent"
	case custody.DeliverySent:
		return "sent, has not arrived"
	}
	return string(s)
}

func signedWords(how string) string {
	switch how {
	case custody.SignedEnrolled:
		return "signed with the key that is enrolled for them"
	case custody.SignedKnown:
		return "signed with the key that was named for them when it was sent"
	case custody.SignedUnknown:
		return "signed with a key for which nobody here has spoken"
	}
	return "on their word, not signed"
}

func (s *settings) deliverList() *cobra.Command {
	var reference string
	var search custody.DeliverySearch
	c := &cobra.Command{
		Use: "list", Short: "what was sent to whom, and what has not arrived", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return s.deliveries(cmd, reference, &search) },
	}
	f := c.Flags()
	f.StringVar(&reference, "case", "", "the case's reference (default: every case, for those who oversee them)")
	f.BoolVar(&search.Waiting, "waiting", false, "only what has not arrived")
	f.BoolVar(&search.Overdue, "overdue", false, "only what was to have arrived by now, and has not")
	return c
}

func (s *settings) deliverShow() *cobra.Command {
	var reference string
	c := &cobra.Command{
		Use: "show DELIVERY", Short: "one delivery with everything that was recorded of it", Args: one("the delivery, such as DEL-1"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if reference == "" {
				return fmt.Errorf("%w: say which case with --case", errUsage)
			}
			return s.deliveries(cmd, reference, &custody.DeliverySearch{Name: args[0]})
		},
	}
	c.Flags().StringVar(&reference, "case", "", "the case's reference")
	return c
}

// deliveries lists deliveries.
func (s *settings) deliveries(cmd *cobra.Command, reference string, search *custody.DeliverySearch) error {
	return s.inCaseOrAll(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
		search.Ask, search.Case = s.ask(), id
		found, err := st.Service.Deliveries().List(ctx, s.who(), *search)
		if err != nil {
			return err
		}
		return s.answer(cmd, found, func(w io.Writer) { deliveriesText(w, found) })
	})
}

func deliveriesText(w io.Writer, found custody.DeliveryList) {
	for _, d := range found.Deliveries {
		state := stateWords(d.State)
		if d.Overdue {
			state = "OVERDUE: " + state + ", was to arrive by " + custody.CivilTime(d.Due.Time)
		} else if d.Waiting {
			state += ", to arrive by " + custody.CivilTime(d.Due.Time)
		}
		if d.Gone {
			state = "what the record said of it was erased"
		}
		say(w, "%s  %s  %s", visible(d.In), d.Name, state)
		if d.Pack == "" {
			continue
		}
		say(w, "  to       %s  %s, copy %d", visible(d.To), visible(d.What), d.Copy)
		locked := "in the clear"
		if len(d.Encrypted) > 0 {
			locked = "encrypted to " + strings.Join(d.Encrypted, ", ")
		}
		say(w, "  pack     %s  %d bytes in %d parts, %s", d.Pack[:16], d.Size, d.Parts, locked)
		for _, step := range d.Steps {
			deliveryStep(w, step)
		}
	}
	say(w, "%s", plural(len(found.Deliveries), "delivery", "deliveries"))
	for _, id := range slices.Sorted(maps.Keys(found.Unreadable)) {
		say(w, "Case %s could not be read: %s", id, found.Unreadable[id])
	}
}

func deliveryStep(w io.Writer, e custody.DeliveryEvent) {
	text := string(e.State)
	switch {
	case e.Parts != "":
		text = "parts " + e.Parts
	case e.Because != "":
		text += ": " + visible(e.Because)
	case e.ConfirmedBy != "":
		text += " by " + visible(e.ConfirmedBy) + ", " + signedWords(e.Signed)
		if e.How != "" {
			text += " (" + visible(e.How) + ")"
		}
		if e.Result != "" {
			text += ", the check: " + e.Result
		}
		if !e.At.IsZero() {
			text += ", at " + custody.CivilTime(e.At.Time) + " by their clock"
		}
	}
	say(w, "  %s  %s  %s", e.Time.Format("2006-01-02 15:04 MST"), e.By, text)
}

func (s *settings) deliverWithdraw() *cobra.Command {
	var reference string
	var request custody.WithdrawDelivery
	c := &cobra.Command{
		Use: "withdraw DELIVERY", Short: "no longer wait for a delivery", Args: one("the delivery, such as DEL-1"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				request.Ask, request.Name, request.Case = s.ask(), args[0], id
				proof, err := st.Service.Deliveries().Withdraw(ctx, s.who(), request)
				if err != nil {
					return err
				}
				return s.answer(cmd, map[string]any{"proof": proofOf(proof)}, func(w io.Writer) {
					say(w, "%s is no longer waited for: entry %d of the log.", request.Name, proof.Placed.Index)
				})
			})
		},
	}
	f := c.Flags()
	f.StringVar(&reference, "case", "", "the case's reference")
	f.StringVar(&request.Reason, "reason", "", "why")
	return c
}

// deliverKey makes a key to which packs can be encrypted. It needs no record.
func (s *settings) deliverKey() *cobra.Command {
	return &cobra.Command{
		Use: "key FILE", Short: "make a key to which others encrypt packs for you", Args: one("the file for the key"),
		RunE: func(cmd *cobra.Command, args []string) error {
			identity, err := parts.NewIdentity()
			if err != nil {
				return err
			}
			if err := sign.Write(args[0], []byte(identity.Text())); err != nil {
				return asRefused(err)
			}
			return s.answer(cmd, map[string]string{"file": args[0], "public": identity.Public()}, func(w io.Writer) {
				say(w, "Your key is in %s. Nobody but you needs that file; without it, packs that are encrypted to it stay closed.", args[0])
				say(w, "Give this to whoever sends you packs:")
				say(w, "  %s", identity.Public())
			})
		},
	}
}

// deliverSign signs a receipt at the recipient's. It needs no record.
func (s *settings) deliverSign() *cobra.Command {
	var by, out, result string
	c := &cobra.Command{
		Use: "sign SLIP --key KEY --by NAME --out FILE", Short: "sign the receipt that custos-verify join wrote", Args: one("the receipt, yet to be signed"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if by == "" || out == "" {
				return fmt.Errorf("%w: say who signs with --by NAME, and where to with --out FILE", errUsage)
			}
			data, err := readFile(args[0], maxDocument)
			if err != nil {
				return err
			}
			slip, err := parts.ParseSlip(data)
			if err != nil {
				return fmt.Errorf("%s: %w: %w", args[0], custody.ErrInvalid, err)
			}
			if result != "" {
				slip.State, slip.Result = parts.Checked, result
			}
			keys, err := s.ownKeyFiles(cmd)
			if err != nil {
				return err
			}
			return s.signSlip(cmd, slip, by, out, keys[0])
		},
	}
	f := c.Flags()
	f.StringVar(&by, "by", "", "who signs, in words")
	f.StringVar(&out, "out", "", "file for the receipt")
	f.StringVar(&result, "checked", "", "what custos-verify answered of what was in it: matches, differs or cannot-tell")
	return c
}
