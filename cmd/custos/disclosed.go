package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/policy"
)

func materialCommand(s *settings) *cobra.Command {
	return group("material", "unused material, given to a party", s.materialReveal(), s.materialDisclose())
}

func (s *settings) materialReveal() *cobra.Command {
	return s.giveCommand("reveal", "record that material was revealed to the prosecutor", "revealed to",
		func(ctx context.Context, st *wiring.Station, g custody.Give) (custody.Given, error) {
			return st.Service.Disclosure().Reveal(ctx, s.who(), g)
		})
}

func (s *settings) materialDisclose() *cobra.Command {
	return s.giveCommand("disclose", "record that unused material was disclosed to the defence", "disclosed to",
		func(ctx context.Context, st *wiring.Station, g custody.Give) (custody.Given, error) {
			return st.Service.Disclosure().Disclose(ctx, s.who(), g)
		})
}

func (s *settings) giveCommand(word, short, done string, give func(context.Context, *wiring.Station, custody.Give) (custody.Given, error)) *cobra.Command {
	var reference, to, means string
	c := &cobra.Command{
		Use: word + " MATERIAL...", Short: short, Args: cobra.MinimumNArgs(1),
		Long: "MATERIAL is an item (NET/1), an exhibit, a note (N-1), or an entry, which may be that of a schedule made by report make.",
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, in custody.CaseID) error {
				entries, err := materials(ctx, st, in, args)
				if err != nil {
					return err
				}
				given, err := give(ctx, st, custody.Give{Ask: s.ask(), Case: in, Entries: entries, To: to, Means: custody.Means(means)})
				if err != nil {
					return err
				}
				answer := map[string]any{"entries": given.Entries, "recipient": given.Recipient, "proof": proofOf(given.Proof)}
				return s.answer(cmd, answer, func(w io.Writer) {
					say(w, "%s %s %s (%s): entry %d of the log.", plural(len(given.Entries), "piece of material", "pieces of material"), done,
						visible(given.Recipient.Name), given.Recipient.ID, given.Placed.Index)
				})
			})
		},
	}
	f := c.Flags()
	f.StringVar(&reference, "case", "", "the case's reference")
	f.StringVar(&to, "to", "", "the recipient, by reference (R-1) or whole name")
	f.StringVar(&means, "means", string(custody.ByHand), "how: "+meansWords())
	return c
}

func meansWords() string {
	var words []string
	for _, m := range custody.AllMeans() {
		words = append(words, string(m))
	}
	return strings.Join(words, ", ")
}

func (s *settings) disclosureGiven() *cobra.Command {
	var reference string
	c := &cobra.Command{
		Use: "given", Short: "list what was served, released, revealed and disclosed, and to whom", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, in custody.CaseID) error {
				lines, err := st.Service.Disclosure().Given(ctx, s.who(), in, s.ask())
				if err != nil {
					return err
				}
				return s.answer(cmd, map[string]any{"given": lines}, func(w io.Writer) {
					for _, l := range lines {
						say(w, "%s  %-9s %s (%s)%s, %s, by %s", l.Time.Format("2006-01-02 15:04Z"), l.What, visible(orDash(l.Recipient)), l.To, forDefendant(l.Defendant), l.Means, l.By)
						say(w, "  %s", visible(strings.Join(l.Names, "; ")))
						if l.Collected != nil {
							say(w, "  collected %s", l.Collected.Format("2006-01-02 15:04Z"))
						}
					}
					say(w, "%s", plural(len(lines), "line", "lines"))
				})
			})
		},
	}
	c.Flags().StringVar(&reference, "case", "", "the case's reference")
	return c
}

func forDefendant(reference string) string {
	if reference == "" {
		return ""
	}
	return " for " + reference
}

func (s *settings) exhibitServe() *cobra.Command {
	return s.serveExhibit("serve", "serve a bundle of an exhibit on the prosecutor",
		func(ctx context.Context, st *wiring.Station, r custody.Serve) (custody.Served, error) {
			return st.Service.Exhibits().Serve(ctx, s.who(), r)
		})
}

func (s *settings) exhibitRelease() *cobra.Command {
	return s.serveExhibit("release", "release a bundle of an exhibit to the defence of one defendant",
		func(ctx context.Context, st *wiring.Station, r custody.Serve) (custody.Served, error) {
			return st.Service.Exhibits().Release(ctx, s.who(), r)
		})
}

func (s *settings) serveExhibit(word, short string, serve func(context.Context, *wiring.Station, custody.Serve) (custody.Served, error)) *cobra.Command {
	var reference, bundle, to, means, review string
	c := &cobra.Command{
		Use: word + " EXHIBIT", Short: short, Args: one("the exhibit's reference or entry"),
		Long: "Records who is given a bundle that was made (exhibit bundle), with a numbered copy. An enrolled recipient can then fetch the\n" +
			"same bytes with exhibit collect; to anybody else the file is handed over by the means that is named.",
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				request := custody.Serve{Ask: s.ask(), To: to, Means: custody.Means(means), ReviewOn: policy.Date(review)}
				var err error
				if request.Case, request.Exhibit, err = exhibitOf(ctx, st, reference, args[0]); err != nil {
					return err
				}
				if request.Bundle, err = entry(bundle); err != nil {
					return err
				}
				served, err := serve(ctx, st, request)
				if err != nil {
					return err
				}
				answer := map[string]any{
					"bundle": served.Bundle, "copy": served.Copy.Number, "recipient": served.Recipient, "sha256": served.SHA256, "proof": proofOf(served.Proof),
					"made": served.Made, "withheld": served.Withheld,
				}
				return s.answer(cmd, answer, func(w io.Writer) {
					say(w, "Bundle %s with %s (%s) as copy %d: entry %d of the log.", served.Bundle, visible(served.Recipient.Name), served.Recipient.ID, served.Copy.Number, served.Placed.Index)
					say(w, "  SHA-256  %s", served.SHA256)
					say(w, "  made %s, withholds %s", served.Made.Format("2006-01-02 15:04Z"), served.Withholds())
				})
			})
		},
	}
	f := c.Flags()
	f.StringVar(&reference, "case", "", "the case's reference")
	f.StringVar(&bundle, "bundle", "", "entry of the bundle (default: the newest of the exhibit, as long as all of them withhold the same)")
	f.StringVar(&to, "to", "", "the recipient, by reference (R-1) or whole name")
	f.StringVar(&means, "means", string(custody.ToFetch), "how: "+meansWords())
	dayFlag(f, &review, "review", "day on which the copy is looked at again (default: a year from today)")
	return c
}

func (s *settings) exhibitCollect() *cobra.Command {
	var reference, bundle, out string
	c := &cobra.Command{
		Use: "collect EXHIBIT", Short: "fetch a bundle that was served on you", Args: one("the exhibit's reference or entry"),
		Long: "Writes the bundle that was served on you, byte for byte as it was made, and records under your key that you have it.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if out == "" {
				return fmt.Errorf("%w: say where to with --out FILE", errUsage)
			}
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				request := custody.Collect{Ask: s.ask()}
				var err error
				if request.Case, request.Exhibit, err = exhibitOf(ctx, st, reference, args[0]); err != nil {
					return err
				}
				if request.Bundle, err = entry(bundle); err != nil {
					return err
				}
				var collected custody.Collected
				err = whole(out, func(w io.Writer) error {
					collected, err = st.Service.Exhibits().Collect(ctx, s.who(), request, w)
					return err
				})
				if err != nil {
					return err
				}
				answer := map[string]any{"bundle": collected.Bundle, "sha256": collected.SHA256, "size": collected.Size, "proof": proofOf(collected.Proof)}
				return s.answer(cmd, answer, func(w io.Writer) {
					say(w, "%s  %d bytes", out, collected.Size)
					say(w, "  SHA-256  %s", collected.SHA256)
					say(w, "  receipt  entry %d of the log", collected.Placed.Index)
				})
			})
		},
	}
	f := c.Flags()
	f.StringVar(&reference, "case", "", "the case's reference")
	f.StringVar(&bundle, "bundle", "", "entry of the bundle (default: the newest that was served on you)")
	f.StringVar(&out, "out", "", "file to write")
	return c
}
