package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/ledger/durable"
	"custos.example/policy"
)

// maxSlip is the most of a slip or a receipt of a sharing.
const maxSlip = 64 << 10

func sharingCommand(s *settings) *cobra.Command {
	return group("sharing", "what of a case another organisation may use, under an agreement, for a time",
		s.sharingAdd(), s.sharingEnd(), s.sharingList(), s.sharingUses(), s.sharingSlip(), s.sharingSign(), s.sharingConfirm())
}

func (s *settings) sharingAdd() *cobra.Command {
	var reference string
	var datasets, exhibits, uses []string
	var request custody.ShareCase
	c := &cobra.Command{
		Use: "add CODE", Short: "share things of a case with another organisation", Args: one("the organisation's code"),
		Long: "Shares data sets, exhibits and items of a case with another organisation. Its people may use the data sets here as --use says, and\n" +
			"nothing else of the case; exhibits leave as numbered copies (copy issue), items by a hand-over (item offer).",
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) (err error) {
				request.Ask, request.With, request.Case = s.ask(), args[0], id
				if request.Datasets, err = namedAll(ctx, st, request.Case, custody.NamedDataset, datasets); err != nil {
					return err
				}
				if request.Exhibits, err = namedAll(ctx, st, request.Case, custody.NamedExhibit, exhibits); err != nil {
					return err
				}
				request.Uses = nil
				for _, use := range uses {
					request.Uses = append(request.Uses, policy.ShareUse(use))
				}
				shared, err := st.Service.Sharing().Share(ctx, s.who(), request)
				if err != nil {
					return err
				}
				return s.answer(cmd, map[string]any{"sharing": shared.Name, "proof": proofOf(shared.Proof)}, func(w io.Writer) {
					say(w, "%s is shared with %s until %s: entry %d of the log.", shared.Name, args[0], request.Until.Format(time.RFC3339), shared.Placed.Index)
				})
			})
		},
	}
	f := c.Flags()
	f.StringVar(&reference, "case", "", "the case's reference")
	f.StringVar(&request.Agreement, "agreement", "", "the office's reference of the agreement")
	f.StringSliceVar(&datasets, "dataset", nil, "data sets, by the item of their file or by entry")
	f.StringSliceVar(&exhibits, "exhibit", nil, "exhibits, by reference or entry")
	f.StringSliceVar(&request.Items, "item", nil, "items, by reference")
	f.StringSliceVar(&request.People, "person", nil, "ids of the only people who may use it (default: everybody of the organisation)")
	f.StringSliceVar(&uses, "use", nil, "what may be done with the data sets: read, analyse")
	fromFlag(f, &request.From, "from", "from when: a day or an instant (default: now)")
	untilFlag(f, &request.Until, "until", "until when: a day, that day included, or an instant")
	f.StringVar((*string)(&request.For), "for", "", "the purpose (default: investigation)")
	f.StringVar(&request.Reason, "reason", "", "why")
	return c
}

// namedAll finds things by their names.
func namedAll(ctx context.Context, st *wiring.Station, id custody.CaseID, what custody.Names, names []string) ([]ledger.EntryID, error) {
	var entries []ledger.EntryID
	for _, name := range names {
		entry, err := st.Service.Cases().Named(ctx, id, what, name)
		if err != nil {
			return nil, err
		}
		entries = append(entries, entry)
	}
	return entries, nil
}

func (s *settings) sharingEnd() *cobra.Command {
	var reference string
	var request custody.EndSharing
	c := &cobra.Command{
		Use: "end SH-NUMBER", Short: "end a sharing at once", Args: one("the name of the sharing"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				request.Ask, request.Name, request.Case = s.ask(), args[0], id
				proof, err := st.Service.Sharing().End(ctx, s.who(), request)
				if err != nil {
					return err
				}
				return s.placed(cmd, proof, "The sharing "+args[0]+" has ended")
			})
		},
	}
	c.Flags().StringVar(&reference, "case", "", "the case's reference")
	c.Flags().StringVar(&request.Reason, "reason", "", "why")
	return c
}

func (s *settings) sharingList() *cobra.Command {
	var reference string
	c := &cobra.Command{
		Use: "list", Short: "list what of a case is shared, and was", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				all, err := st.Service.Sharing().List(ctx, s.who(), id, s.ask())
				if err != nil {
					return err
				}
				return s.answer(cmd, map[string]any{"sharings": all}, func(w io.Writer) {
					for _, one := range all {
						sharedText(w, one)
					}
					say(w, "%s", plural(len(all), "sharing", "sharings"))
				})
			})
		},
	}
	c.Flags().StringVar(&reference, "case", "", "the case's reference")
	return c
}

func sharedText(w io.Writer, one custody.SharedWith) {
	say(w, "%s  with %s under %s: %s, from %s until %s", one.Name, one.With, visible(one.Agreement), one.State, one.From.Format(time.RFC3339), one.Until.Format(time.RFC3339))
	for _, thing := range one.Things {
		say(w, "  %s  %s  %s", thing.Kind, visible(thing.Name), thing.Entry)
	}
	uses := make([]string, len(one.Uses))
	for i, use := range one.Uses {
		uses[i] = string(use)
	}
	say(w, "  to %s, for %s: %s", orDash(strings.Join(uses, ", ")), one.Purpose, visible(one.Reason))
	if len(one.People) > 0 {
		say(w, "  by %s only", strings.Join(one.People, ", "))
	}
	if one.Ended != nil {
		say(w, "  ended %s by %s: %s", day(*one.Ended), one.By, visible(one.EndedFor))
	}
	if one.Receipt == nil {
		say(w, "  receipt  none yet")
	} else {
		say(w, "  receipt  signed for it by %s on %s, key %s", visible(one.Receipt.By), day(one.Receipt.On), fingerprint(one.Receipt.Key))
	}
}

func (s *settings) sharingUses() *cobra.Command {
	var reference string
	c := &cobra.Command{
		Use: "uses CODE", Short: "list what people of another organisation asked for in a case, allowed and refused", Args: one("the organisation's code"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				uses, err := st.Service.Sharing().Uses(ctx, s.who(), id, args[0], s.ask())
				if err != nil {
					return err
				}
				return s.answer(cmd, uses, func(w io.Writer) {
					for _, use := range uses.Uses {
						state := "allowed"
						if !use.Allowed {
							state = "refused by " + strings.Join(use.Rules, ", ")
						}
						say(w, "%s  %s  %s  %s  %s  %s", use.Time.Format(time.RFC3339), use.By, use.Action, orDash(strings.Join(use.Shares, ", ")), state, visible(use.Why))
					}
					say(w, "%s: %d allowed, %d refused", plural(len(uses.Uses), "use", "uses"), uses.Allowed, uses.Refused)
				})
			})
		},
	}
	c.Flags().StringVar(&reference, "case", "", "the case's reference")
	return c
}

func (s *settings) sharingSlip() *cobra.Command {
	var reference, out string
	c := &cobra.Command{
		Use: "slip SH-NUMBER", Short: "write what the other organisation is to sign for a sharing", Args: one("the name of the sharing"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if out == "" {
				return fmt.Errorf("%w: say where to with --out FILE", errUsage)
			}
			if err := free(out); err != nil {
				return err
			}
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				text, err := st.Service.Sharing().Slip(ctx, s.who(), id, args[0], s.ask())
				if err != nil {
					return err
				}
				if err := kept(out, text); err != nil {
					return err
				}
				return s.answer(cmd, map[string]string{"slip": out}, func(w io.Writer) {
					say(w, "%s: the other organisation signs it with custos sharing sign, and it is recorded with custos sharing confirm.", out)
				})
			})
		},
	}
	c.Flags().StringVar(&reference, "case", "", "the case's reference")
	c.Flags().StringVar(&out, "out", "", "file to write")
	return c
}

func (s *settings) sharingSign() *cobra.Command {
	var by string
	var on time.Time
	c := &cobra.Command{
		Use: "sign SLIP", Short: "sign for a sharing with an organisation's own key, and write SLIP.signed", Args: one("the slip"),
		Long: "Signs for a sharing in the name of an organisation, with --key, and writes SLIP.signed. It needs neither the record nor a network.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if on.IsZero() {
				return fmt.Errorf("%w: say when with --on, an instant such as 2026-11-21T14:30:00Z", errUsage)
			}
			keys, err := s.ownKeyFiles(cmd)
			if err != nil {
				return err
			}
			text, err := readFile(args[0], maxSlip)
			if err != nil {
				return err
			}
			signed, err := custody.SignSlip(cmd.Context(), text, by, ledger.NewTime(on), keys[0])
			if err != nil {
				return err
			}
			if err := durable.Replace(args[0]+answered, signed, 0o600); err != nil {
				return err
			}
			var told custody.SignedSlip
			if err := json.Unmarshal(signed, &told); err != nil {
				return err
			}
			return s.answer(cmd, map[string]string{"signed": args[0] + answered}, func(w io.Writer) {
				say(w, "Signed for %s of %s under %s, by %s. Bring %s back.", told.Slip.Share, told.Slip.Origin, visible(told.Slip.Agreement), visible(by), args[0]+answered)
			})
		},
	}
	c.Flags().StringVar(&by, "by", "", "who signs for the organisation, in words")
	instantFlag(c.Flags(), &on, "on", "when, such as 2026-11-21T14:30:00Z")
	return c
}

func (s *settings) sharingConfirm() *cobra.Command {
	var reference string
	var request custody.ConfirmSharing
	c := &cobra.Command{
		Use: "confirm SH-NUMBER SLIP.signed", Short: "record the receipt of the other organisation", Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := readFile(args[1], maxSlip)
			if err != nil {
				return err
			}
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				request.Ask, request.Name, request.Signed, request.Case = s.ask(), args[0], text, id
				proof, err := st.Service.Sharing().Confirm(ctx, s.who(), request)
				if err != nil {
					return err
				}
				return s.placed(cmd, proof, "The receipt of "+args[0]+" is on record")
			})
		},
	}
	c.Flags().StringVar(&reference, "case", "", "the case's reference")
	return c
}
