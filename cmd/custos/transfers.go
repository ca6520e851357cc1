package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/custody/continuity"
)

func (s *settings) itemOffer() *cobra.Command {
	var reference, to string
	var request custody.OfferItems
	c := &cobra.Command{
		Use: "offer ITEM...", Short: "offer items to another holder; they stay with you until they are accepted", Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			request.Ask, request.Items, request.To = s.ask(), args, party(to)
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				request.Case = id
				done, err := st.Service.Transfers().Offer(ctx, s.who(), request)
				if err != nil {
					return err
				}
				return s.answer(cmd, map[string]any{"offer": done.Entry, "code": done.Code, "proof": proofOf(done.Proof)}, func(w io.Writer) {
					say(w, "%s offered: offer %s, receipt %s", strings.Join(args, ", "), done.Entry, done.Code)
				})
			})
		},
	}
	f := c.Flags()
	f.StringVar(&reference, "case", "", "the case's reference")
	f.StringVar(&to, "to", "", "who is to have them: an id, or outside:WORDS")
	instantFlag(f, &request.Due, "due", "by when they are to have arrived")
	instantFlag(f, &request.At, "at", "when they were offered (default: now)")
	f.StringVar(&request.Reason, "why", "", "why they are handed over")
	f.StringVar(&request.Courier, "courier", "", "who carries them, in words")
	f.StringVar(&request.Means, "means", "", "how they are handed over")
	return c
}

// answerFlags are what may be said of the answer to an offer.
type answerFlags struct {
	reference string
	papers    []string
	request   custody.AnswerOffer
}

func (f *answerFlags) add(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVar(&f.reference, "case", "", "the case's reference")
	instantFlag(flags, &f.request.At, "at", "when it was answered (default: now)")
	flags.StringVar(&f.request.Reason, "why", "", "why")
	flags.StringVar(&f.request.SignedBy, "signed-by", "", "who signed on paper, for a party who is not enrolled")
	flags.StringSliceVar(&f.papers, "paper", nil, "scans of what was signed, as FILE or FILE=CAPTION")
}

func (s *settings) answerOffer(cmd *cobra.Command, f *answerFlags, offer string, answer continuity.Act) error {
	request := f.request
	request.Ask, request.Answer = s.ask(), answer
	var err error
	if request.Offer, err = entry(offer); err != nil {
		return err
	}
	if request.Papers, err = photographs(f.papers); err != nil {
		return err
	}
	return s.inCase(cmd, f.reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
		request.Case = id
		done, err := st.Service.Transfers().Answer(ctx, s.who(), request)
		if err != nil {
			return err
		}
		return s.handled(cmd, done, fmt.Sprintf("offer %s: %s", offer, answer))
	})
}

func (s *settings) itemAccept() *cobra.Command {
	var flags answerFlags
	c := s.answering("accept OFFER", "accept what was offered to you; read every seal off its bag", continuity.Accepted, &flags)
	f := c.Flags()
	f.StringToStringVar(&flags.request.Seals, "seal", nil, "the numbers that you read, as ITEM=NUMBER")
	f.StringSliceVar(&flags.request.Broken, "broken", nil, "items whose seal is broken")
	f.StringVar(&flags.request.Condition, "condition", "", "condition of what you got")
	return c
}

func (s *settings) itemRefuse() *cobra.Command {
	return s.answering("refuse OFFER", "refuse what was offered to you", continuity.Refused, &answerFlags{})
}

func (s *settings) itemWithdraw() *cobra.Command {
	return s.answering("withdraw OFFER", "withdraw what you offered", continuity.Withdrawn, &answerFlags{})
}

// answering is the command of one answer to an offer.
func (s *settings) answering(use, short string, answer continuity.Act, flags *answerFlags) *cobra.Command {
	c := &cobra.Command{
		Use: use, Short: short, Args: one("the entry of an offer"),
		RunE: func(cmd *cobra.Command, args []string) error { return s.answerOffer(cmd, flags, args[0], answer) },
	}
	flags.add(c)
	return c
}

// itemTransfers lists hand-overs; the word overdue leaves those that are.
func (s *settings) itemTransfers(word string) *cobra.Command {
	var reference string
	search := custody.TransferSearch{Overdue: word == "overdue", Open: word == "overdue"}
	c := &cobra.Command{
		Use: word, Short: map[bool]string{false: "list hand-overs", true: "list hand-overs that were not answered in time"}[search.Overdue], Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.inCaseOrAll(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				search.Ask, search.Case = s.ask(), id
				found, err := st.Service.Transfers().List(ctx, s.who(), search)
				if err != nil {
					return err
				}
				return s.answer(cmd, found, func(w io.Writer) {
					for _, t := range found.Transfers {
						transferText(w, t)
					}
					say(w, "%s", plural(len(found.Transfers), "hand-over", "hand-overs"))
					unreadableText(w, found.Unreadable)
				})
			})
		},
	}
	f := c.Flags()
	f.StringVar(&reference, "case", "", "the case's reference (default: every case, for those who oversee them)")
	f.StringVar(&search.Item, "item", "", "only hand-overs of this item")
	f.BoolVar(&search.Open, "open", search.Open, "only those that nobody has answered")
	return c
}

func transferText(w io.Writer, t custody.Transfer) {
	say(w, "%s  %s  %s  receipt %s", visible(t.In), t.Offer, t.State, t.Code)
	say(w, "  items    %s", strings.Join(t.Items, ", "))
	say(w, "  between  %s and %s: %s", visible(t.From.String()), visible(t.To.String()), visible(orDash(t.Reason)))
	if t.Courier != "" {
		say(w, "  courier  %s", visible(t.Courier))
	}
	late := ""
	if t.Overdue {
		late = "; OVERDUE"
	}
	say(w, "  offered  %s, due %s%s", custody.CivilTime(t.At.Time), custody.CivilTime(t.Due.Time), late)
	if t.State != continuity.Offered {
		say(w, "  %-8s %s by %s  %s", t.State, custody.CivilTime(t.AnswerAt.Time), t.AnswerBy, visible(t.Why))
	}
	if t.OnPaper {
		say(w, "  signed   on paper by %s", visible(t.SignedBy))
	}
	if len(t.Broken) > 0 {
		say(w, "  BROKEN   the seals of %s", strings.Join(t.Broken, ", "))
	}
}

func placeCommand(s *settings) *cobra.Command {
	return group("place", "the force's storage locations", s.placeRecord(), s.placeList())
}

func (s *settings) placeRecord() *cobra.Command {
	var request custody.RecordPlace
	c := &cobra.Command{
		Use: "record CODE", Short: "register a storage location, or change it", Args: one("the code of the location"),
		RunE: func(cmd *cobra.Command, args []string) error {
			request.Ask, request.Code = s.ask(), args[0]
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				proof, err := st.Service.Places().Record(ctx, s.who(), request)
				if err != nil {
					return err
				}
				return s.answer(cmd, map[string]any{"proof": proofOf(proof)}, func(w io.Writer) {
					say(w, "%s is registered: entry %d of the log", request.Code, proof.Placed.Index)
				})
			})
		},
	}
	f := c.Flags()
	f.StringVar(&request.Name, "name", "", "what and where it is, in words")
	f.StringSliceVar(&request.Keepers, "keeper", nil, "ids of those who keep it")
	f.BoolVar(&request.Closed, "closed", false, "it takes nothing in any more")
	return c
}

func (s *settings) placeList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "list the storage locations", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				places, err := st.Service.Places().List(ctx, s.who(), s.ask())
				if err != nil {
					return err
				}
				return s.answer(cmd, map[string]any{"places": places}, func(w io.Writer) {
					for _, p := range places {
						say(w, "%s  %s  kept by %s%s", p.Code, visible(p.Name), strings.Join(p.Keepers, ", "), map[bool]string{true: "; closed"}[p.Closed])
					}
				})
			})
		},
	}
}
