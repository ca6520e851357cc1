package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
)

func unreadableText(w io.Writer, unreadable map[custody.CaseID]string) {
	for _, id := range slices.Sorted(maps.Keys(unreadable)) {
		say(w, "Case %s could not be read: %s", id, unreadable[id])
	}
}

// itemList is where every item is: two words for one question.
func (s *settings) itemList(word string) *cobra.Command {
	var reference string
	var search custody.ItemSearch
	c := &cobra.Command{
		Use: word, Short: "say where the items are, who has each, and which seals are open", Args: cobra.NoArgs,
		Long: "Says where the items are: of one case, or of every case for those who oversee them.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.inCaseOrAll(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				search.Ask, search.Case = s.ask(), id
				found, err := st.Service.Items().Where(ctx, s.who(), search)
				if err != nil {
					return err
				}
				return s.answer(cmd, found, func(w io.Writer) {
					open := 0
					for _, i := range found.Items {
						itemText(w, i)
						if i.Opened && i.Ended == "" {
							open++
						}
					}
					say(w, "%s, of which %s opened and under no seal", plural(len(found.Items), "item", "items"), plural(open, "is", "are"))
					unreadableText(w, found.Unreadable)
				})
			})
		},
	}
	f := c.Flags()
	f.StringVar(&reference, "case", "", "the case's reference (default: every case, for those who oversee them)")
	f.StringVar(&search.Item, "item", "", "only this item")
	f.StringVar(&search.Holder, "held-by", "", "only items that this enrolled person has")
	f.StringVar(&search.Place, "place", "", "only items in this storage location")
	f.BoolVar(&search.Unsealed, "unsealed", false, "only items that were under seal and are not")
	f.BoolVar(&search.Overdue, "overdue", false, "only items whose hand-over was not answered in time")
	f.BoolVar(&search.Ended, "ended", false, "with those that were returned or destroyed")
	return c
}

func itemText(w io.Writer, i custody.Item) {
	say(w, "%s  %s  %s: %s", visible(i.In), visible(i.Item), i.Media, visible(orDash(i.Description)))
	where := "with " + i.Holder.String()
	if i.Place != "" {
		where = "in " + i.Place + ", kept by " + i.Holder.String()
	}
	switch {
	case i.Missing:
		where = "MISSING; last " + where
	case i.Ended != "":
		where = string(i.Ended)
		if !i.Holder.Nobody() {
			where += " to " + i.Holder.String()
		}
	}
	say(w, "  is       %s", visible(where))
	switch {
	case i.Seal != "":
		say(w, "  seal     %s", visible(i.Seal))
	case i.Opened:
		say(w, "  seal     OPEN: it was under seal and is not")
	}
	if i.Offer != "" {
		late := ""
		if i.Overdue {
			late = "; OVERDUE"
		}
		say(w, "  offered  to %s, due %s%s (offer %s)", visible(i.OfferedTo.String()), custody.CivilTime(i.Due.Time), late, i.Offer)
	}
	if i.Doomed {
		say(w, "  waits    for its destruction by another person than who ordered it")
	}
}

func (s *settings) itemShow() *cobra.Command {
	var reference string
	c := &cobra.Command{
		Use: "show ITEM", Short: "show an item, everything that happened to it, and its line of custody with every gap", Args: one("an item"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				line, err := st.Service.Items().Show(ctx, s.who(), id, args[0], s.ask())
				if err != nil {
					return err
				}
				return s.answer(cmd, line, func(w io.Writer) { lineText(w, line) })
			})
		},
	}
	c.Flags().StringVar(&reference, "case", "", "the case's reference")
	return c
}

func lineText(w io.Writer, line custody.ItemLine) {
	itemText(w, line.Item)
	say(w, "")
	for _, leg := range line.Legs {
		until := "now"
		if !leg.Until.IsZero() {
			until = custody.CivilTime(leg.Until)
		}
		with := leg.Holder.String()
		if leg.Place != "" {
			with += ", in " + leg.Place
		}
		if leg.Carried {
			with += ", with a courier"
		}
		if leg.Missing {
			with = "missing; it had been with " + with
		}
		say(w, "%s to %s  %s", custody.CivilTime(leg.From), until, visible(with))
		for _, m := range leg.Marks {
			text := fmt.Sprintf("  %s  %s by %s", custody.CivilTime(m.At), m.Act, m.By)
			if m.Seal != "" {
				text += ", seal " + m.Seal
			}
			if m.Words != "" {
				text += ": " + m.Words
			}
			say(w, "%s", visible(text))
		}
	}
	say(w, "")
	for _, g := range line.Gaps {
		say(w, "GAP  %s: %s", g.Kind, visible(g.Words))
	}
	say(w, "%s", plural(len(line.Gaps), "gap", "gaps"))
}

func (s *settings) itemSeals() *cobra.Command {
	var reference string
	c := &cobra.Command{
		Use: "seals", Short: "list the seals that were ever put on, and which are on now", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.inCaseOrAll(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				found, err := st.Service.Items().Seals(ctx, s.who(), custody.ItemSearch{Ask: s.ask(), Case: id})
				if err != nil {
					return err
				}
				return s.answer(cmd, found, func(w io.Writer) {
					for _, seal := range found.Seals {
						state := "off"
						if seal.On {
							state = "on"
						}
						if seal.Twice {
							state += "; THIS NUMBER STANDS TWICE"
						}
						say(w, "%s  %s  %s  %s  %s", visible(seal.In), visible(seal.Seal), visible(seal.Item), seal.Time.Format("2 January 2006"), state)
					}
					say(w, "%s", plural(len(found.Seals), "seal", "seals"))
					unreadableText(w, found.Unreadable)
				})
			})
		},
	}
	c.Flags().StringVar(&reference, "case", "", "the case's reference (default: every case, for those who oversee them)")
	return c
}

func (s *settings) itemReceipt() *cobra.Command {
	var reference, out string
	c := &cobra.Command{
		Use: "receipt CODE", Short: "find what a short code on paper stands for, and print it", Args: one("the code"),
		Long: "Finds the entry that a short code on a receipt stands for and says what it is. With --out FILE the receipt is written as a PDF.",
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.inCaseOrAll(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				found, err := st.Service.Items().Receipt(ctx, s.who(), id, args[0], s.ask())
				if err != nil {
					return err
				}
				if out != "" {
					page, err := found.Page()
					if err != nil {
						return err
					}
					if err := whole(out, func(w io.Writer) error { _, err := w.Write(page); return err }); err != nil {
						return err
					}
				}
				return s.answer(cmd, found, func(w io.Writer) { receiptText(w, found) })
			})
		},
	}
	f := c.Flags()
	f.StringVar(&reference, "case", "", "the case's reference (default: it is looked for in every case)")
	f.StringVar(&out, "out", "", "file for the receipt as a PDF")
	return c
}

func receiptText(w io.Writer, r custody.Receipt) {
	say(w, "%s  case %s, entry %d of the log: %s", r.Code, visible(r.In), r.Index, r.What)
	say(w, "  done     %s", custody.CivilTime(r.At.Time))
	by := "by"
	if r.Held {
		by = "on behalf of"
	}
	say(w, "  recorded %s, signed %s %s", custody.CivilTime(r.Time.Time), by, visible(r.Signer))
	for _, i := range r.Items {
		say(w, "  item     %s  %s: %s  seal %s", i.Item, i.Media, visible(i.Description), visible(orDash(i.Seal)))
	}
	if t := r.Transfer; t != nil {
		say(w, "  between  %s and %s: %s", visible(t.From.String()), visible(t.To.String()), visible(t.Reason))
		say(w, "  state    %s", strings.TrimSpace(string(t.State)))
	}
}
