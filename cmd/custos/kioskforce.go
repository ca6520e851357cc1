package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/policy"
)

func (s *settings) kioskRecipient() *cobra.Command {
	return &cobra.Command{
		Use: "recipient", Short: "print the key to which kiosks seal what they send here", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				recipient, err := st.Service.Links().Recipient(ctx)
				if err != nil {
					return err
				}
				return s.answer(cmd, map[string]any{"recipient": recipient}, func(w io.Writer) { say(w, "%s", recipient) })
			})
		},
	}
}

func (s *settings) kioskReceive() *cobra.Command {
	var reference, authority, item, obtained, reason, receipt string
	c := &cobra.Command{
		Use: "receive FILE", Short: "take in an extraction that a kiosk sealed", Args: one("the kiosk's pack"),
		Long: "Takes in an extraction that a kiosk sealed to this station. Its place in the kiosk's log, the signatures there, that this log goes on\n" +
			"from what it showed before, and every file of the extraction are checked first. --receipt is the file that goes back to the kiosk.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if receipt == "" {
				return fmt.Errorf("%w: say where the receipt for the kiosk is to go with --receipt FILE", errUsage)
			}
			pack, err := os.Open(args[0])
			if err != nil {
				return err
			}
			defer func() { _ = pack.Close() }() // it was only read
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				named, err := st.Service.Cases().Named(ctx, id, custody.NamedAuthority, authority)
				if err != nil {
					return err
				}
				got, err := st.Service.Kiosks().Receive(ctx, s.who(), custody.ReceiveExtraction{
					Ask: s.ask(), Case: id, Authority: named, Item: item, ReadOn: policy.Date(obtained), Reason: reason, Content: pack,
				})
				if err != nil {
					return err
				}
				if err := kept(receipt, got.KioskReceipt); err != nil {
					return fmt.Errorf("%s was taken in; get the receipt with custos kiosk receipt: %w", got.Item, err)
				}
				return s.answer(cmd, receivedElement(got, receipt), func(w io.Writer) { receivedExtractionText(w, got, receipt) })
			})
		},
	}
	f := c.Flags()
	f.StringVar(&reference, "case", "", "the case's reference")
	f.StringVar(&authority, "authority", "", "the agreement or authority, as it is recorded here: its reference or its entry")
	f.StringVar(&item, "item", "", "exhibit reference here (default: the one at the kiosk)")
	dayFlag(f, &obtained, "obtained", "true day on which the device was read, when the kiosk's clock was wrong")
	f.StringVar(&reason, "reason", "", "how that day is known")
	f.StringVar(&receipt, "receipt", "", "file to write: the receipt for the kiosk")
	return c
}

func receivedElement(got custody.ReceivedExtraction, receipt string) map[string]any {
	return map[string]any{
		"item": got.Item, "kiosk": got.Kiosk, "verdict": got.Verdict, "words": got.Words, "clock": got.Clock, "found": got.Found, "taken": got.Taken,
		"outside": got.OutsideFiles, "setAside": got.SetAsideFiles, "sha256": got.SHA256.String(), "size": got.Size, "receipt": receipt, "proof": proofOf(got.Proof),
	}
}

func receivedExtractionText(w io.Writer, got custody.ReceivedExtraction, receipt string) {
	say(w, "%s, from %s: entry %d of the log", got.Item, got.Kiosk, got.Placed.Index)
	say(w, "  log      %s", got.Words)
	say(w, "  clock    %s", got.Clock.Words())
	say(w, "  taken    %d of %d files; %d lay outside the scope, %d were set aside", got.Taken.Files, got.Found.Files, got.OutsideFiles, got.SetAsideFiles)
	say(w, "  sha256   %s  (%d bytes)", got.SHA256, got.Size)
	if receipt != "" {
		say(w, "  receipt  %s", receipt)
	}
}

func (s *settings) kioskReceipt() *cobra.Command {
	var reference, out string
	c := &cobra.Command{
		Use: "receipt ITEM", Short: "give a kiosk its receipt again", Args: one("the exhibit reference of the extraction"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				text, err := st.Service.Kiosks().Receipt(ctx, s.who(), id, args[0], s.ask())
				if err != nil {
					return err
				}
				if err := kept(out, text); err != nil {
					return err
				}
				return s.answer(cmd, map[string]any{"item": args[0], "file": out}, func(w io.Writer) { say(w, "%s", out) })
			})
		},
	}
	c.Flags().StringVar(&reference, "case", "", "the case's reference")
	c.Flags().StringVar(&out, "out", "", "file to write")
	return c
}

func (s *settings) kioskRefer() *cobra.Command {
	var reference, due string
	var from, to int
	var request custody.ReferItem
	c := &cobra.Command{
		Use: "refer ITEM", Short: "refer an item to the regional team (2) or the laboratory (3)", Args: one("the exhibit reference of the item"),
		RunE: func(cmd *cobra.Command, args []string) error {
			request.Ask, request.Item, request.From, request.To, request.Due = s.ask(), args[0], custody.Level(from), custody.Level(to), policy.Date(due)
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				request.Case = id
				name, proof, err := st.Service.Kiosks().Refer(ctx, s.who(), request)
				if err != nil {
					return err
				}
				return s.answer(cmd, map[string]any{"referral": name, "proof": proofOf(proof)}, func(w io.Writer) {
					say(w, "%s: %s is referred to %s (%s), entry %d of the log. The item itself goes by an offer (custos item offer).",
						name, args[0], visible(request.Unit), request.To, proof.Placed.Index)
				})
			})
		},
	}
	f := c.Flags()
	f.StringVar(&reference, "case", "", "the case's reference")
	f.IntVar(&from, "from", int(custody.LevelKiosk), "level at which it is: 1 kiosk, 2 regional team")
	f.IntVar(&to, "to", int(custody.LevelRegion), "level to which it goes: 2 regional team, 3 specialist laboratory")
	f.StringVar(&request.Unit, "unit", "", "the team or laboratory, in words")
	f.StringVar(&request.Reason, "reason", "", "why it cannot be done where it is")
	f.StringVar(&request.Wanted, "wanted", "", "what is asked for")
	dayFlag(f, &due, "due", "day by which it is wanted")
	return c
}

func (s *settings) kioskAnswer() *cobra.Command {
	var reference, state string
	var request custody.AnswerReferral
	c := &cobra.Command{
		Use: "answer REFERRAL", Short: "accept, decline or return a referral", Args: one("the referral, such as R-1"),
		RunE: func(cmd *cobra.Command, args []string) error {
			request.Ask, request.Referral, request.State = s.ask(), args[0], custody.ReferralState(state)
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				request.Case = id
				proof, err := st.Service.Kiosks().AnswerReferral(ctx, s.who(), request)
				if err != nil {
					return err
				}
				return s.answer(cmd, map[string]any{"referral": args[0], "state": state, "proof": proofOf(proof)}, func(w io.Writer) {
					say(w, "%s is %s: entry %d of the log", args[0], state, proof.Placed.Index)
				})
			})
		},
	}
	f := c.Flags()
	f.StringVar(&reference, "case", "", "the case's reference")
	f.StringVar(&state, "state", "", "accepted, declined or returned")
	f.StringVar(&request.Reason, "reason", "", "why, or with what")
	f.StringSliceVar(&request.Results, "results", nil, "of one that is returned: exhibit references of what was extracted")
	return c
}

func (s *settings) kioskReferrals() *cobra.Command {
	var reference string
	c := &cobra.Command{
		Use: "referrals", Short: "list the referrals of a case", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				list, err := st.Service.Kiosks().Referrals(ctx, s.who(), id, s.ask())
				if err != nil {
					return err
				}
				return s.answer(cmd, list, func(w io.Writer) { referralsText(w, list) })
			})
		},
	}
	c.Flags().StringVar(&reference, "case", "", "the case's reference")
	return c
}

func referralsText(w io.Writer, list []custody.Referral) {
	for _, r := range list {
		say(w, "%s  %s  from %s to %s (%s)  %s", r.Referral, r.Item, r.From, r.To, visible(r.Unit), r.State)
		say(w, "  because  %s", visible(r.Reason))
		say(w, "  wanted   %s%s", visible(r.Wanted), map[bool]string{true: "  OVERDUE since " + string(r.Due)}[r.Overdue])
		if r.Answer != "" {
			say(w, "  answer   %s  %v", visible(r.Answer), r.Results)
		}
	}
	say(w, "%s", plural(len(list), "referral", "referrals"))
}
