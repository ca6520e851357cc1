package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/ledger"
)

func (s *settings) compareCommand() *cobra.Command {
	var reference, before string
	c := &cobra.Command{
		Use: "compare EXHIBIT", Short: "show row by row what changed since the version before", Args: one("the exhibit's reference or entry"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				id, after, err := exhibitOf(ctx, st, reference, args[0])
				if err != nil {
					return err
				}
				earlier, err := entry(before)
				if err != nil {
					return err
				}
				rows := []custody.ComparedRow{}
				w := cmd.OutOrStdout()
				found, err := st.Service.Exhibits().Compare(ctx, s.who(), custody.Compare{
					Ask: s.ask(), Case: id, Before: earlier, After: after,
					Row: func(r custody.ComparedRow) error {
						if s.json {
							rows = append(rows, r)
							return nil
						}
						comparedRow(w, r)
						return nil
					},
				})
				if err != nil {
					return err
				}
				return s.answer(cmd, map[string]any{"comparison": found, "rows": rows}, func(w io.Writer) {
					say(w, "%s  version %d against version %d", visible(found.Reference), found.After, found.Before)
					say(w, "  reason   %s", visible(orDash(found.Reason)))
					say(w, "  %s", found.Sentence())
				})
			})
		},
	}
	f := c.Flags()
	f.StringVar(&reference, "case", "", "the case's reference")
	f.StringVar(&before, "before", "", "entry of the earlier version (default: the one just before)")
	return c
}

// comparedRow writes a row that is not the same in both versions.
func comparedRow(w io.Writer, r custody.ComparedRow) {
	say(w, "%-8s %s", r.Change, visible(r.Key))
	if len(r.Columns) > 0 {
		say(w, "  in       %s", strings.Join(r.Columns, ", "))
	}
	for _, part := range []struct {
		sign string
		row  []string
	}{{"-", r.Before}, {"+", r.After}} {
		if part.row != nil {
			say(w, "  %s %s", part.sign, visible(strings.Join(part.row, ",")))
		}
	}
}

func affectedCommand(s *settings) *cobra.Command {
	var reference, by string
	c := &cobra.Command{
		Use: "affected", Short: "list every exhibit that depends on a received file, a table, a step or a defect", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if by == "" {
				return fmt.Errorf("%w: say on what with --by: an item (NET/3), an entry, a step (top-contacts@1), a module or a defect (D-7)", errUsage)
			}
			return s.inCaseOrAll(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				found, err := st.Service.Exhibits().Affected(ctx, s.who(), custody.Affected{Ask: s.ask(), Case: id, By: by})
				if err != nil {
					return err
				}
				return s.answer(cmd, map[string]any{"exhibits": found}, func(w io.Writer) { affected(w, by, found) })
			})
		},
	}
	f := c.Flags()
	f.StringVar(&reference, "case", "", "the case's reference (default: every case, for those who oversee them)")
	f.StringVar(&by, "by", "", "an item, an entry, a step, a module or a defect")
	return c
}

// affected writes the list, each exhibit with what has become of it.
func affected(w io.Writer, by string, found []custody.AffectedExhibit) {
	say(w, "%s on %s", plural(len(found), "exhibit depends", "exhibits depend"), by)
	for _, x := range found {
		state := []string{"not checked by a second person"}
		if x.Checked {
			state[0] = "signed off"
		}
		if x.Bundles > 0 {
			state = append(state, plural(x.Bundles, "bundle made", "bundles made"))
		}
		if !x.Newest {
			state = append(state, "replaced by a later version")
		}
		say(w, "  %s  %s version %d  %s", visible(x.In), visible(x.Reference), x.Version, visible(x.Title))
		say(w, "    through  %s", strings.Join(x.Through, ", "))
		say(w, "    state    %s", strings.Join(state, ", "))
		say(w, "    entry    %s", x.Entry)
	}
}

// defectFlags are the flags of a line of the register.
type defectFlags struct {
	reference, title, effect, state string
	touches, steps                  []string
}

func defectCommand(s *settings) *cobra.Command {
	var d defectFlags
	record := &cobra.Command{
		Use: "record ID", Short: "record a known defect, or a new state of one (D-7)", Args: one("the defect's name in the register"),
		Long: "A defect of received files, tables and runs stands in their case (--case, --touches); one of a step stands in the\n" +
			"organisation's register (--steps, without --case) and is printed on every exhibit that the step makes.",
		RunE: func(cmd *cobra.Command, args []string) error { return s.recordDefect(cmd, &d, args[0]) },
	}
	f := record.Flags()
	f.StringVar(&d.reference, "case", "", "the case's reference")
	f.StringVar(&d.title, "title", "", "what is wrong")
	f.StringVar(&d.effect, "effect", "", "what it does to an exhibit, as a sentence")
	f.StringVar(&d.state, "state", custody.DefectOpen, "open, mended or withdrawn")
	f.StringSliceVar(&d.touches, "touches", nil, "items or entries that it touches")
	f.StringSliceVar(&d.steps, "steps", nil, "steps that have it, such as top-contacts@1")
	var reference string
	list := &cobra.Command{
		Use: "list", Short: "show the register of known defects", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return s.listDefects(cmd, reference) },
	}
	list.Flags().StringVar(&reference, "case", "", "the case's reference (default: the register of steps, for those who oversee them)")
	return group("defect", "the register of known defects", record, list)
}

func (s *settings) recordDefect(cmd *cobra.Command, d *defectFlags, id string) error {
	return s.inCaseOrAll(cmd, d.reference, func(ctx context.Context, st *wiring.Station, in custody.CaseID) error {
		request := custody.RecordDefect{Ask: s.ask(), Case: in, ID: id, Title: d.title, Effect: d.effect, State: d.state, Steps: d.steps}
		for _, name := range d.touches {
			e, err := st.Service.Cases().Named(ctx, request.Case, custody.NamedEvidence, name)
			if err != nil {
				return err
			}
			request.Entries = append(request.Entries, e)
		}
		proof, err := st.Service.Defects().Record(ctx, s.who(), request)
		if err != nil {
			return err
		}
		return s.answer(cmd, map[string]any{"proof": proofOf(proof)}, func(w io.Writer) {
			say(w, "%s is recorded, %s: entry %d of the log.", id, d.state, proof.Placed.Index)
			say(w, "See what depends on it with: custos affected --by %s", id)
		})
	})
}

func (s *settings) listDefects(cmd *cobra.Command, reference string) error {
	return s.inCaseOrAll(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
		found, err := st.Service.Defects().List(ctx, s.who(), id, s.ask())
		if err != nil {
			return err
		}
		return s.answer(cmd, map[string]any{"defects": found}, func(w io.Writer) {
			say(w, "%s", plural(len(found), "known defect", "known defects"))
			for _, d := range found {
				where := "this case"
				if d.General {
					where = "every case"
				}
				say(w, "  %-6s %-9s %s: %s", visible(d.ID), d.State, where, visible(d.Title))
				say(w, "         %s", visible(d.Effect))
				say(w, "         touches %s; recorded %s by %s", strings.Join(slices.Concat(d.Steps, short(d.Entries)), ", "),
					d.Time.Format("2 January 2006 15:04 MST"), d.By)
			}
		})
	})
}

func short(ids []ledger.EntryID) []string {
	list := make([]string, len(ids))
	for i, id := range ids {
		text := id.String()
		list[i] = "entry .." + text[len(text)-8:]
	}
	return list
}
