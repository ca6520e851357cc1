package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/policy"
)

// copyFlags say who gets a copy.
type copyFlags struct {
	to, holder, review, country, agreement, means string
}

func (c *copyFlags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&c.to, "to", "", "who gets the copy, in words (default: you)")
	f.StringVar(&c.holder, "holder", "", "id of the enrolled person who gets the copy")
	dayFlag(f, &c.review, "review", "day on which it is looked at again (default: a year from today)")
	f.StringVar(&c.country, "country", "GB", "country it goes to, as two letters")
	f.StringVar(&c.agreement, "agreement", "", "reference of the contract or agreement under which it is shared")
	f.StringVar(&c.means, "means", "", "how it is handed over")
}

func (c *copyFlags) terms() custody.CopyTerms {
	return custody.CopyTerms{
		Recipient: c.to, Holder: c.holder, ReviewOn: policy.Date(c.review), Country: c.country, Agreement: c.agreement, Means: c.means,
	}
}

func copyCommand(s *settings) *cobra.Command {
	return group("copy", "numbered copies of what was handed out", s.copyIssue(), s.copyList("list"), s.copyList("where"), s.copyDispose(),
		s.copyRecall(), s.copyAnswer())
}

func (s *settings) copyIssue() *cobra.Command {
	var reference, what string
	var flags copyFlags
	c := &cobra.Command{
		Use: "issue OF", Short: "record that a copy is handed on, before it is", Args: one("an exhibit, an item or an entry"),
		Long: "Records that a copy of an exhibit, a bundle, a received file, a data set or a run is handed on, and gives it its number.\n" +
			"Files of exhibits, bundles and comparisons get theirs by themselves when they are written.",
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				id, of, err := copied(ctx, st, reference, args[0])
				if err != nil {
					return err
				}
				issued, err := st.Service.Copies().Issue(ctx, s.who(), custody.IssueCopy{
					Ask: s.ask(), CopyTerms: flags.terms(), Case: id, Of: of, What: what,
				})
				if err != nil {
					return err
				}
				return s.answer(cmd, issuedElement(issued), func(w io.Writer) { issuedText(w, issued) })
			})
		},
	}
	f := c.Flags()
	f.StringVar(&reference, "case", "", "the case's reference")
	f.StringVar(&what, "what", "", "what it is, in words (default: what the record calls it)")
	flags.add(c)
	return c
}

// copied finds what a copy is of: an exhibit by its reference, a received file by
// its item, or anything by its entry.
func copied(ctx context.Context, st *wiring.Station, reference, name string) (custody.CaseID, ledger.EntryID, error) {
	id, of, err := exhibitOf(ctx, st, reference, name)
	if err != nil && id != "" {
		if file, fileErr := st.Service.Cases().Named(ctx, id, custody.NamedEvidence, name); fileErr == nil {
			return id, file, nil
		}
	}
	return id, of, err
}

// issuedElement is a copy's number as JSON.
func issuedElement(c custody.IssuedCopy) map[string]any {
	return map[string]any{"copy": c.Number, "recipient": c.Recipient, "reviewOn": c.ReviewOn, "proof": proofOf(c.Proof)}
}

func issuedText(w io.Writer, c custody.IssuedCopy) {
	say(w, "Copy %d, with %s, to be looked at again on %s: entry %d of the log.", c.Number, visible(c.Recipient), c.ReviewOn, c.Placed.Index)
}

// copyList is where every copy is: two words for one question.
func (s *settings) copyList(word string) *cobra.Command {
	var reference, of, held string
	var due, open, recalled bool
	c := &cobra.Command{
		Use: word, Short: "say where the copies are", Args: cobra.NoArgs,
		Long: "Says where the copies are: of one case, or of every case for those who oversee them.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				search := custody.CopySearch{Ask: s.ask(), Held: held, Due: due, Open: open, Recalled: recalled}
				var err error
				switch {
				case of != "":
					search.Case, search.Of, err = copied(ctx, st, reference, of)
				case reference != "":
					search.Case, err = caseOf(ctx, st, reference)
				}
				if err != nil {
					return err
				}
				found, err := st.Service.Copies().Where(ctx, s.who(), search)
				if err != nil {
					return err
				}
				return s.answer(cmd, found, func(w io.Writer) { copiesText(w, found) })
			})
		},
	}
	f := c.Flags()
	f.StringVar(&reference, "case", "", "the case's reference (default: every case, for those who oversee them)")
	f.StringVar(&of, "of", "", "only copies of this exhibit, item or entry")
	f.StringVar(&held, "held-by", "", "only copies that this enrolled person has")
	f.BoolVar(&due, "due", false, "only copies whose review has come")
	f.BoolVar(&open, "open", false, "leave out copies that are no more")
	f.BoolVar(&recalled, "recalled", false, "only copies that were asked back, of which it is not confirmed that they are no more")
	return c
}

func copiesText(w io.Writer, found custody.CopyList) {
	for _, c := range found.Copies {
		state := "still there, to be looked at again on " + string(c.ReviewOn)
		switch {
		case c.Gone && c.End == nil:
			state = "what the record said of it was erased"
		case c.Due:
			state = "its review was due on " + string(c.ReviewOn)
		case c.End != nil && c.End.Signed:
			state = fmt.Sprintf("no more since %s, signed for by its holder", c.End.On)
		case c.End != nil:
			state = fmt.Sprintf("no more since %s: %s, %s", c.End.On, visible(c.End.ConfirmedBy), visible(c.End.How))
		}
		say(w, "%s  copy %d  %s  %s", visible(c.In), c.Number, visible(c.Recipient), visible(c.What))
		if c.File != "" {
			say(w, "  file     %s  %s", visible(c.File), c.SHA256)
		}
		say(w, "  for      %s  %s", c.Purpose, visible(c.Why))
		if c.Agreement != "" || c.Country != "GB" {
			say(w, "  shared   %s  %s", c.Country, visible(orDash(c.Agreement)))
		}
		say(w, "  issued   %s by %s", c.Time.Format("2 January 2006 15:04 MST"), c.By)
		say(w, "  state    %s", state)
		recallText(w, c)
	}
	say(w, "%s", plural(len(found.Copies), "copy", "copies"))
	for _, id := range slices.Sorted(maps.Keys(found.Missing)) {
		say(w, "Case %s lacks the numbers %v: something of the record is missing.", id, found.Missing[id])
	}
	for _, id := range slices.Sorted(maps.Keys(found.Unreadable)) {
		say(w, "Case %s could not be read: %s", id, found.Unreadable[id])
	}
}

func (s *settings) copyDispose() *cobra.Command {
	var reference, by, how, on string
	c := &cobra.Command{
		Use: "dispose NUMBER", Short: "record that a copy is no more", Args: one("the number of the copy"),
		Long: "Records that a copy is no more. Whoever has it signs for it by asking; for anybody else --confirmed-by says on whose word,\n" +
			"and --how in which way.",
		RunE: func(cmd *cobra.Command, args []string) error {
			number, err := strconv.ParseUint(args[0], 10, 64)
			if err != nil {
				return fmt.Errorf("%w: %q is not the number of a copy", errUsage, args[0])
			}
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				proof, err := st.Service.Copies().Dispose(ctx, s.who(), custody.DisposeCopy{
					Ask: s.ask(), Case: id, Number: number, ConfirmedBy: by, How: how, On: policy.Date(on),
				})
				if err != nil {
					return err
				}
				return s.answer(cmd, map[string]any{"proof": proofOf(proof)}, func(w io.Writer) {
					say(w, "Copy %d is no more: entry %d of the log.", number, proof.Placed.Index)
				})
			})
		},
	}
	f := c.Flags()
	f.StringVar(&reference, "case", "", "the case's reference")
	f.StringVar(&by, "confirmed-by", "", "who confirmed it, in words, when you are not the one who had it")
	f.StringVar(&how, "how", "", "how it was confirmed")
	dayFlag(f, &on, "on", "day on which it was disposed of (default: today)")
	return c
}

// saveCommand writes one file of an exhibit as a numbered copy.
func (s *settings) saveCommand() *cobra.Command {
	var reference, out string
	var flags copyFlags
	c := &cobra.Command{
		Use: "save EXHIBIT FILE", Short: "write one file of an exhibit, as a numbered copy", Args: cobra.ExactArgs(2),
		Long: "Writes one file of an exhibit, such as schedule-pdf. It leaves as a numbered copy: say why with --purpose.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if out == "" {
				return fmt.Errorf("%w: say where to with --out FILE", errUsage)
			}
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				id, exhibit, err := exhibitOf(ctx, st, reference, args[0])
				if err != nil {
					return err
				}
				var issued custody.IssuedCopy
				err = whole(out, func(w io.Writer) error {
					issued, err = st.Service.Exhibits().Read(ctx, s.who(), custody.ReadExhibit{
						Ask: s.ask(), Case: id, Exhibit: exhibit, File: args[1], Copy: flags.terms(),
					}, w)
					return err
				})
				if err != nil {
					return err
				}
				return s.answer(cmd, issuedElement(issued), func(w io.Writer) {
					say(w, "%s", out)
					issuedText(w, issued)
				})
			})
		},
	}
	f := c.Flags()
	f.StringVar(&reference, "case", "", "the case's reference")
	f.StringVar(&out, "out", "", "file to write")
	flags.add(c)
	return c
}
