package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/policy"
)

func costCommand(s *settings) *cobra.Command {
	return group("cost", "what operators and providers charge, and what it was expected to cost", s.costRecord(), s.costWithdraw(), s.costList(), s.costTotals())
}

func (s *settings) costRecord() *cobra.Command {
	var reference, about, kind, sum, on string
	var r custody.RecordCost
	c := &cobra.Command{
		Use: "record", Short: "record a sum, or with --id what is now known of one", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if sum == "" {
				return fmt.Errorf("%w: say how much with --pounds", errUsage)
			}
			var err error
			if r.Pence, err = pence("--pounds", sum); err != nil {
				return err
			}
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				if about != "" {
					if id, r.About, err = copied(ctx, st, reference, about); err != nil {
						return err
					}
				}
				r.Ask, r.Case, r.Kind, r.On = s.ask(), id, custody.CostKind(kind), policy.Date(on)
				recorded, err := st.Service.Costs().Record(ctx, s.who(), r)
				if err != nil {
					return err
				}
				return s.answer(cmd, map[string]any{"id": recorded.ID, "proof": proofOf(recorded.Proof)}, func(w io.Writer) {
					say(w, "%s: %s, entry %d of the log.", recorded.ID, pounds(r.Pence), recorded.Placed.Index)
				})
			})
		},
	}
	f := c.Flags()
	f.StringVar(&reference, "case", "", "the case's reference")
	f.StringVar(&r.ID, "id", "", "name of a sum that is recorded anew, such as C-2")
	f.StringVar(&r.Why, "why", "", "why it is recorded anew")
	f.StringVar(&about, "about", "", "what it was spent on: a received file, an exhibit or an entry")
	f.StringVar(&r.Submission, "submission", "", "name of the submission that it was spent on, instead of --about")
	f.StringVar(&kind, "kind", string(custody.OperatorCharge), "operator-charge, contribution, provider-charge, internal, spoc-advice, authority-estimate or credit")
	f.StringVar(&sum, "pounds", "", "the sum, in pounds, such as 12.50")
	dayFlag(f, &on, "on", "day of the cost (default: today)")
	f.StringVar(&r.Operator, "operator", "", "who charges it, in words")
	f.StringVar(&r.Unit, "unit", "", "unit of the organisation that bears it")
	f.StringVar(&r.Reference, "reference", "", "reference of the invoice or of the advice")
	f.StringVar(&r.Note, "note", "", "anything else")
	return c
}

func (s *settings) costWithdraw() *cobra.Command {
	var reference, reason string
	c := &cobra.Command{
		Use: "withdraw ID", Short: "take a sum out that should not be there; it stays in the record", Args: one("the name of a sum"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				recorded, err := st.Service.Costs().Withdraw(ctx, s.who(), custody.WithdrawCost{Ask: s.ask(), Case: id, ID: args[0], Reason: reason})
				if err != nil {
					return err
				}
				return s.answer(cmd, map[string]any{"id": recorded.ID, "proof": proofOf(recorded.Proof)}, func(w io.Writer) {
					say(w, "%s counts no more: entry %d of the log.", recorded.ID, recorded.Placed.Index)
				})
			})
		},
	}
	c.Flags().StringVar(&reference, "case", "", "the case's reference")
	c.Flags().StringVar(&reason, "reason", "", "why")
	return c
}

func (s *settings) costList() *cobra.Command {
	var reference string
	c := &cobra.Command{
		Use: "list", Short: "list the sums of a case", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				found, err := st.Service.Costs().List(ctx, s.who(), id, s.ask())
				if err != nil {
					return err
				}
				return s.answer(cmd, map[string]any{"costs": found}, func(w io.Writer) {
					for _, one := range found {
						state := ""
						switch {
						case one.Gone:
							state = "  what the record said of it was erased"
						case one.Withdrawn:
							state = "  WITHDRAWN: " + visible(one.Why)
						}
						say(w, "%s  %s  %s  %s  %s  %s%s", one.ID, one.On, one.Kind, pounds(one.Pence), visible(orDash(one.Operator)), visible(one.Unit), state)
					}
					say(w, "%s", plural(len(found), "sum", "sums"))
				})
			})
		},
	}
	c.Flags().StringVar(&reference, "case", "", "the case's reference")
	return c
}

func (s *settings) costTotals() *cobra.Command {
	var reference, from, until string
	var byCase bool
	c := &cobra.Command{
		Use: "totals", Short: "add up what the work costs, by unit, operator, kind and case", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.inCaseOrAll(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				totals, err := st.Service.Costs().Totals(ctx, s.who(), custody.CostSearch{
					Ask: s.ask(), Case: id, From: policy.Date(from), Until: policy.Date(until), ByCase: byCase,
				})
				if err != nil {
					return err
				}
				return s.answer(cmd, totals, func(w io.Writer) {
					say(w, "Charged %s, what was given back taken off; expected %s; %s.", pounds(totals.Charged), pounds(totals.Expected), plural(totals.Sums, "sum", "sums"))
					for _, part := range []struct {
						name  string
						lines []custody.CostLine
					}{{"unit", totals.Units}, {"operator", totals.Operators}, {"kind", totals.Kinds}, {"case", totals.Cases}} {
						for _, line := range part.lines {
							say(w, "  %-9s %-32s charged %12s  expected %12s", part.name, visible(line.Name), pounds(line.Charged), pounds(line.Expected))
						}
					}
				})
			})
		},
	}
	f := c.Flags()
	f.StringVar(&reference, "case", "", "the case's reference (default: over every case)")
	dayFlag(f, &from, "from", "first day")
	dayFlag(f, &until, "until", "last day")
	f.BoolVar(&byCase, "by-case", false, "add up each case too, for those who oversee them")
	return c
}
