package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/policy"
)

// maxRetentionFile is the most of a file with rules of retention. Units: bytes.
const maxRetentionFile = 64 << 10

func retentionCommand(s *settings) *cobra.Command {
	return group("retention", "how long cases are kept: how each ended, the rules in force, reviews and what falls due",
		s.retentionRecord(), s.retentionShow(), s.retentionList(), s.retentionReview(), s.retentionRules(), s.retentionUse())
}

// factFlags are the flags of retention record that say a fact; a file says them all.
var factFlags = []string{
	"outcome", "on", "custodial", "released", "appeal", "appeal-on", "conviction-review", "conviction-review-on",
	"group", "clear-from", "own-until", "own-basis", "note",
}

func (s *settings) retentionRecord() *cobra.Command {
	var reference, file string
	facts := custody.RetentionFacts{}
	c := &cobra.Command{
		Use: "record", Short: "record how a case stands or ended", Args: cobra.NoArgs,
		Long: "Records how a case stands or ended, as far as the rules of retention ask. Say it with flags, or with --file as JSON: there a day of\n" +
			"birth stands on no command line. See the groups of the rules in force with retention rules.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if file != "" {
				if said := slices.IndexFunc(factFlags, cmd.Flags().Changed); said >= 0 {
					return fmt.Errorf("%w: the facts stand in the file; --%s is not said beside --file", errUsage, factFlags[said])
				}
				facts = custody.RetentionFacts{}
				if err := document(file, &facts); err != nil {
					return err
				}
			}
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				proof, err := st.Service.Retention().Record(ctx, s.who(), custody.RecordOutcome{Ask: s.ask(), Case: id, Facts: facts})
				if err != nil {
					return err
				}
				return s.placed(cmd, proof, "Recorded how the case stands")
			})
		},
	}
	f := c.Flags()
	f.StringVar(&reference, "case", "", "the case's reference")
	f.StringVar(&file, "file", "", "file with the facts as JSON, instead of the flags")
	f.StringVar((*string)(&facts.Outcome), "outcome", "", "under-investigation, charged, no-further-action, discontinued, acquitted or convicted")
	dayFlag(f, &facts.OutcomeOn, "on", "day of the outcome")
	f.BoolVar(&facts.Custodial, "custodial", false, "the sentence is one of custody")
	dayFlag(f, &facts.ReleasedOn, "released", "day of release from custody (default: not known yet)")
	f.StringVar((*string)(&facts.Appeal), "appeal", string(custody.PendingNone), "none, pending or decided")
	dayFlag(f, &facts.AppealDecidedOn, "appeal-on", "day on which the appeal was decided")
	f.StringVar((*string)(&facts.Review), "conviction-review", string(custody.PendingNone), "none, pending or decided")
	dayFlag(f, &facts.ReviewDecidedOn, "conviction-review-on", "day on which the review of the conviction was decided")
	f.StringVar(&facts.Group, "group", "", "group of the rules in force")
	dayFlag(f, &facts.ClearFrom, "clear-from", "day of the newest offence or contact, from which a clear period runs (default: the day of the outcome)")
	dayFlag(f, &facts.OwnUntil, "own-until", "of a group with a period of its own: its last day")
	f.StringVar(&facts.OwnBasis, "own-basis", "", "on what basis")
	f.StringVar(&facts.Note, "note", "", "anything else")
	return c
}

func (s *settings) retentionShow() *cobra.Command {
	var reference string
	c := &cobra.Command{
		Use: "show", Short: "say what keeps a case, and until when", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				kept, err := st.Service.Retention().Show(ctx, s.who(), id, s.ask())
				if err != nil {
					return err
				}
				return s.answer(cmd, kept, func(w io.Writer) { keptText(w, kept) })
			})
		},
	}
	c.Flags().StringVar(&reference, "case", "", "the case's reference")
	return c
}

func (s *settings) retentionList() *cobra.Command {
	var due bool
	c := &cobra.Command{
		Use: "list", Short: "say of every case until when it is kept and when it is looked at", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				found, err := st.Service.Retention().List(ctx, s.who(), custody.ListRetention{Ask: s.ask(), Due: due})
				if err != nil {
					return err
				}
				return s.answer(cmd, found, func(w io.Writer) {
					for _, kept := range found.Cases {
						keptText(w, kept)
					}
					say(w, "%s, under the rules %s", plural(len(found.Cases), "case", "cases"), visible(found.Rules.Name))
					for _, id := range slices.Sorted(maps.Keys(found.Unreadable)) {
						say(w, "Case %s could not be read: %s", id, found.Unreadable[id])
					}
				})
			})
		},
	}
	c.Flags().BoolVar(&due, "due", false, "only cases whose review has come, of which nobody has recorded how they stand, or whose disposal waits")
	return c
}

func keptText(w io.Writer, k custody.Kept) {
	state := "kept until " + string(k.KeptUntil)
	switch {
	case k.KeptUntil == policy.OpenDay:
		state = "kept; until when is not known yet"
	case k.Over && k.KeptUntil == policy.NoDate:
		state = "nothing keeps it"
	case k.Over:
		state = "nothing keeps it since " + string(k.KeptUntil)
	}
	say(w, "case %s  %s", visible(k.In), state)
	for _, g := range k.Grounds {
		until := string(g.Until)
		if g.Until == policy.OpenDay {
			until = "no end yet"
		}
		say(w, "  %-17s %-10s  %s", g.Ground, until, visible(g.Words))
		if g.Citation != "" && g.Verified {
			say(w, "  %-17s %-10s  after: %s", "", "", visible(g.Citation))
		}
	}
	switch {
	case k.Due && k.Facts == nil:
		say(w, "  review   record how the case stands, so that its review can be reckoned")
	case k.Due:
		say(w, "  review   due since %s", k.ReviewOn)
	case k.ReviewOn != policy.OpenDay && k.Review != policy.ReviewStands:
		say(w, "  review   on %s", k.ReviewOn)
	}
	if r := k.Reviewed; r != nil {
		say(w, "  reviewed on %s by %s: %s (%s): %s", r.On, r.By, r.Decision, k.Review, visible(r.Reason))
	}
	for _, wait := range k.Waiting {
		say(w, "  disposal %s, %s: %s", wait.Order, wait.State, wait.Words)
	}
}

func (s *settings) retentionReview() *cobra.Command {
	var reference string
	var request custody.ReviewRetention
	c := &cobra.Command{
		Use: "review", Short: "record the review of a case's retention: retain until a day, or dispose", Args: cobra.NoArgs,
		Long: "Records what a review of the retention of a case came to. Another person than the one who recorded how the case ended reviews it.\n" +
			"It stands as long as neither the rules nor the facts change.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				request.Ask, request.Case = s.ask(), id
				proof, err := st.Service.Retention().Review(ctx, s.who(), request)
				if err != nil {
					return err
				}
				return s.placed(cmd, proof, "The review is on record: "+request.Decision)
			})
		},
	}
	f := c.Flags()
	f.StringVar(&reference, "case", "", "the case's reference")
	f.StringVar(&request.Decision, "decision", "", "retain or dispose")
	dayFlag(f, &request.NextOn, "next", "of a case that is kept: day on which it is looked at again")
	f.StringVar(&request.Reason, "reason", "", "why")
	return c
}

func (s *settings) retentionRules() *cobra.Command {
	var reference string
	c := &cobra.Command{
		Use: "rules", Short: "show the rules of retention in force", Args: cobra.NoArgs,
		Long: "Shows the rules of retention in force, for whoever works on --case, or without it for those who oversee all. They are data, not law:\n" +
			"each says where it comes from, and whether somebody read it there. With --json they can be changed and put in force with retention use.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				id, err := maybeCase(ctx, st, reference)
				if err != nil {
					return err
				}
				rules, named, err := st.Service.Retention().Rules(ctx, s.who(), id, s.ask())
				if err != nil {
					return err
				}
				return s.answer(cmd, rules, func(w io.Writer) { retentionRulesText(w, rules, named) })
			})
		},
	}
	c.Flags().StringVar(&reference, "case", "", "the case's reference (default: for those who oversee all)")
	return c
}

func retentionRulesText(w io.Writer, rules custody.RetentionRules, named custody.RulesInForce) {
	say(w, "%s  %s  %s", visible(rules.Name), visible(rules.Title), named.Digest)
	for _, p := range []struct {
		what   string
		period custody.RetentionPeriod
	}{
		{"after a conviction", rules.Convicted},
		{"after other ends", rules.Ended},
		{"after an appeal", rules.Appeal},
		{"after a review of the conviction", rules.Review},
	} {
		say(w, "  %-33s %3d months  %s", p.what, p.period.Months, sourceText(p.period.Citation, p.period.Verified))
	}
	for _, g := range rules.Groups {
		period := fmt.Sprintf("%d clear years", g.ClearYears)
		switch {
		case g.KeepToAge > 0:
			period = fmt.Sprintf("to the age of %d", g.KeepToAge)
		case g.OwnPeriod:
			period = "its own period"
		}
		say(w, "  group %s  %s: %s, reviewed every %d years  %s", visible(g.Group), visible(g.Title), period, g.ReviewYears, sourceText(g.Citation, g.Verified))
	}
}

// sourceText names a source that somebody read, and says of any other that nobody
// did.
func sourceText(citation string, verified bool) string {
	if !verified {
		return "(not checked against its source)"
	}
	return "(" + visible(citation) + ")"
}

func (s *settings) retentionUse() *cobra.Command {
	var reason string
	c := &cobra.Command{
		Use: "use FILE", Short: "put rules of retention in force, for every case", Args: one("the file with the rules"),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := readFile(args[0], maxRetentionFile)
			if err != nil {
				return err
			}
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				used, err := st.Service.Retention().Use(ctx, s.who(), custody.UseRetentionRules{Ask: s.ask(), Rules: text, Reason: reason})
				if err != nil {
					return err
				}
				element := map[string]any{"rules": used.Rules, "waiting": used.Waiting, "proof": proofOf(used.Proof)}
				return s.answer(cmd, element, func(w io.Writer) {
					say(w, "The rules %s are in force: entry %d of the log.", visible(used.Rules.Name), used.Placed.Index)
					for _, wait := range used.Waiting {
						say(w, "  disposal %s of case %s, %s: %s", wait.Order, wait.Case, wait.State, wait.Words)
					}
				})
			})
		},
	}
	c.Flags().StringVar(&reason, "reason", "", "why")
	return c
}
