package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/custody/continuity"
)

func itemCommand(s *settings) *cobra.Command {
	return group("item", "items in custody: where each is, who has it, and how it got there",
		s.itemTake(), s.itemHandle(), s.itemPlace(), s.itemSeal(), s.itemOpen(), s.itemSplit(), s.itemReturn(), s.itemDestroy(),
		s.itemList("list"), s.itemList("where"), s.itemShow(), s.itemSeals(), s.itemReceipt(),
		s.itemOffer(), s.itemAccept(), s.itemRefuse(), s.itemWithdraw(), s.itemTransfers("transfers"), s.itemTransfers("overdue"))
}

// maxPhotograph is the most bytes of a photograph or a scanned paper.
const maxPhotograph = 64 << 20

// party reads an id, or somebody outside in words after "outside:".
func party(text string) continuity.Party {
	if name, out := strings.CutPrefix(text, "outside:"); out {
		return continuity.Party{Name: strings.TrimSpace(name)}
	}
	return continuity.Party{Person: text}
}

// photographs reads the files that go with an entry, each as FILE or FILE=CAPTION.
func photographs(list []string) ([]custody.Photograph, error) {
	var all []custody.Photograph
	for _, one := range list {
		path, caption, _ := strings.Cut(one, "=")
		content, err := readFile(path, maxPhotograph)
		if err != nil {
			return nil, err
		}
		all = append(all, custody.Photograph{Caption: caption, FileName: filepath.Base(path), Content: content})
	}
	return all, nil
}

func (s *settings) itemTake() *cobra.Command {
	var reference, witness, media, basis, beforeBy, evidence string
	var photos []string
	var request custody.TakeItem
	c := &cobra.Command{
		Use: "take [REFERENCE]", Short: "take an item into custody, under its exhibit reference", Args: cobra.MaximumNArgs(1),
		Long: "Takes an item into custody. Without REFERENCE it gets the next one of the producing witness, by --initials.\n" +
			"Initials belong to the first witness in the case who used them; another with the same gets a letter after the slash (KO/B1).",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				request.Reference = args[0]
			}
			request.Ask, request.Media, request.Basis = s.ask(), custody.Media(media), custody.Basis(basis)
			request.Witness, request.BeforeBy = party(witness), party(beforeBy)
			var err error
			if request.Evidence, err = entry(evidence); err != nil {
				return err
			}
			if request.Photographs, err = photographs(photos); err != nil {
				return err
			}
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				request.Case = id
				taken, err := st.Service.Items().Take(ctx, s.who(), request)
				if err != nil {
					return err
				}
				return s.taken(cmd, taken)
			})
		},
	}
	f := c.Flags()
	f.StringVar(&reference, "case", "", "the case's reference")
	f.StringVar(&request.Initials, "initials", "", "initials of the producing witness, for the next reference")
	f.StringVar(&witness, "witness", "", "who produces it: an id, or outside:WORDS (default: you)")
	f.StringVar(&media, "media", "", "what kind of thing it is: "+words(custody.MediaTypes()))
	f.StringVar(&request.Description, "description", "", "what it is, in words")
	f.StringVar(&request.Condition, "condition", "", "its condition, in words")
	f.StringVar(&basis, "basis", "", "by what it came into custody: "+words(custody.Bases()))
	f.StringVar(&request.BasisOf, "basis-of", "", "reference of the warrant, the agreement or the authority")
	f.StringVar(&request.FoundAt, "found-at", "", "where it was found, in words")
	instantFlag(f, &request.Before, "before", "since when somebody else had it")
	f.StringVar(&beforeBy, "before-by", "", "who had it before: an id, or outside:WORDS")
	f.StringVar(&request.Seal, "seal", "", "number of the seal on its bag")
	instantFlag(f, &request.At, "at", "when it was taken in (default: now)")
	f.StringVar(&evidence, "evidence", "", "entry of the received file that it is")
	f.StringSliceVar(&photos, "photo", nil, "photographs, as FILE or FILE=CAPTION")
	return c
}

func (s *settings) taken(cmd *cobra.Command, taken custody.TakenItem) error {
	element := map[string]any{"item": taken.Item, "code": taken.Code, "note": taken.Note, "entry": taken.Described.Entry, "proof": proofOf(taken.Received)}
	return s.answer(cmd, element, func(w io.Writer) {
		say(w, "%s is in custody: entry %d of the log, receipt %s", taken.Item, taken.Received.Placed.Index, taken.Code)
		if taken.Note != "" {
			say(w, "%s", visible(taken.Note))
		}
	})
}

// handleFlags are what may be said of any act.
type handleFlags struct {
	reference, why, condition string
	at                        time.Time
	photos                    []string
}

func (h *handleFlags) add(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&h.reference, "case", "", "the case's reference")
	instantFlag(f, &h.at, "at", "when it was done (default: now)")
	f.StringVar(&h.why, "why", "", "why it was done")
	f.StringVar(&h.condition, "condition", "", "condition of the item")
	f.StringSliceVar(&h.photos, "photo", nil, "photographs, as FILE or FILE=CAPTION")
}

// handle records one act and says so.
func (s *settings) handle(cmd *cobra.Command, h *handleFlags, request custody.HandleItem) error {
	request.Ask, request.Reason, request.Condition, request.At = s.ask(), h.why, h.condition, h.at
	var err error
	if request.Photographs, err = photographs(h.photos); err != nil {
		return err
	}
	return s.inCase(cmd, h.reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
		request.Case = id
		done, err := st.Service.Items().Handle(ctx, s.who(), request)
		if err != nil {
			return err
		}
		return s.handled(cmd, done, fmt.Sprintf("%s: %s", request.Item, cmp.Or(destructionWords[request.Act], string(request.Act))))
	})
}

// destructionWords say what has come of a destruction so far.
var destructionWords = map[continuity.Act]string{
	continuity.Condemned: "its destruction is ordered; another person carries it out and records that (custos item destroy, without --order)",
	continuity.Spared:    "the order to destroy it is called off",
	continuity.Destroyed: "it is recorded as destroyed",
}

func (s *settings) handled(cmd *cobra.Command, done custody.Handled, what string) error {
	return s.answer(cmd, map[string]any{"code": done.Code, "proof": proofOf(done.Proof)}, func(w io.Writer) {
		say(w, "%s: entry %d of the log, receipt %s", what, done.Placed.Index, done.Code)
	})
}

func (s *settings) itemHandle() *cobra.Command {
	var h handleFlags
	var what, description, evidence, seal string
	c := &cobra.Command{
		Use: "handle ITEM", Short: "record what was done to an item: examined, photographed, taken-out, found-broken, found-missing ...", Args: one("an item"),
		Long: "Records what was done to an item by whoever has it. --act is one of:\n  " + words(continuity.Handlings()) +
			".\nA person alone can collect an item only from somebody who cannot sign; the line of custody says so.",
		RunE: func(cmd *cobra.Command, args []string) error {
			request := custody.HandleItem{Item: args[0], Act: continuity.Act(what), Description: description, SealOut: seal}
			var err error
			if request.Evidence, err = entry(evidence); err != nil {
				return err
			}
			return s.handle(cmd, &h, request)
		},
	}
	h.add(c)
	c.Flags().StringVar(&what, "act", "", "what was done")
	c.Flags().StringVar(&description, "description", "", "what it is, when that is to be said anew")
	c.Flags().StringVar(&evidence, "evidence", "", "entry of the received file that it is, of linked")
	c.Flags().StringVar(&seal, "seal", "", "number of the seal that was found broken")
	return c
}

func (s *settings) itemPlace() *cobra.Command {
	return s.handling("place ITEM LOCATION", "put an item in a storage location that you keep", func(item, location string) custody.HandleItem {
		return custody.HandleItem{Item: item, Act: continuity.Placed, Place: location}
	})
}

func (s *settings) itemSeal() *cobra.Command {
	return s.handling("seal ITEM NUMBER", "put an item under a new seal", func(item, number string) custody.HandleItem {
		return custody.HandleItem{Item: item, Act: continuity.Sealed, SealIn: number}
	})
}

func (s *settings) itemOpen() *cobra.Command {
	return s.handling("open ITEM NUMBER", "open the seal of an item, whose number you read off the bag", func(item, number string) custody.HandleItem {
		return custody.HandleItem{Item: item, Act: continuity.Opened, SealOut: number}
	})
}

// handling is the command of an act that takes an item and one thing more.
func (s *settings) handling(use, short string, request func(item, with string) custody.HandleItem) *cobra.Command {
	var h handleFlags
	c := &cobra.Command{
		Use: use, Short: short, Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error { return s.handle(cmd, &h, request(args[0], args[1])) },
	}
	h.add(c)
	return c
}

func (s *settings) itemReturn() *cobra.Command {
	var h handleFlags
	var to string
	c := &cobra.Command{
		Use: "return ITEM", Short: "record that an item was returned to whom it belongs to", Args: one("an item"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.handle(cmd, &h, custody.HandleItem{Item: args[0], Act: continuity.Returned, To: party(to)})
		},
	}
	h.add(c)
	c.Flags().StringVar(&to, "to", "", "who got it: an id, or outside:WORDS")
	return c
}

func (s *settings) itemDestroy() *cobra.Command {
	var h handleFlags
	var order, spare bool
	c := &cobra.Command{
		Use: "destroy ITEM", Short: "order the destruction of an item, or record that another person's order was carried out", Args: one("an item"),
		RunE: func(cmd *cobra.Command, args []string) error {
			what := continuity.Destroyed
			switch {
			case order && spare:
				return fmt.Errorf("%w: an order is given or called off", errUsage)
			case order:
				what = continuity.Condemned
			case spare:
				what = continuity.Spared
			}
			return s.handle(cmd, &h, custody.HandleItem{Item: args[0], Act: what})
		},
	}
	h.add(c)
	c.Flags().BoolVar(&order, "order", false, "order it; another person carries it out")
	c.Flags().BoolVar(&spare, "call-off", false, "call the order off")
	return c
}

func (s *settings) itemSplit() *cobra.Command {
	var reference, why string
	var parts []string
	var at time.Time
	c := &cobra.Command{
		Use: "split ITEM", Short: "take parts out of an item; each becomes an item of its own", Args: one("an item"),
		RunE: func(cmd *cobra.Command, args []string) error {
			request := custody.SplitItem{Ask: s.ask(), Item: args[0], Reason: why, At: at}
			for _, part := range parts {
				media, description, _ := strings.Cut(part, "=")
				request.Parts = append(request.Parts, custody.ItemPart{Media: custody.Media(media), Description: description})
			}
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				request.Case = id
				split, err := st.Service.Items().Split(ctx, s.who(), request)
				if err != nil {
					return err
				}
				return s.answer(cmd, map[string]any{"items": split.Items, "code": split.Code, "proof": proofOf(split.Proof)}, func(w io.Writer) {
					say(w, "%s: %s came out of it; entry %d of the log, receipt %s", args[0], strings.Join(split.Items, ", "), split.Placed.Index, split.Code)
				})
			})
		},
	}
	f := c.Flags()
	f.StringVar(&reference, "case", "", "the case's reference")
	instantFlag(f, &at, "at", "when it was done (default: now)")
	f.StringVar(&why, "why", "", "why it was done")
	f.StringArrayVar(&parts, "part", nil, "a part, as MEDIA=DESCRIPTION; once for each")
	return c
}
