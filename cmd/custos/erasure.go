package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/policy"
)

func erasureCommand(s *settings) *cobra.Command {
	return group("erase", "lawful disposal: ordered by one person, approved by another, delayed, and then carried out",
		s.eraseOrder(), s.eraseAnswer("approve", custody.ErasureApproved, "approve an order of another person"),
		s.eraseAnswer("cancel", custody.ErasureCancelled, "cancel an order before it is carried out"), s.eraseCarryOut(), s.eraseList())
}

func (s *settings) eraseOrder() *cobra.Command {
	var request custody.OrderErasure
	var reference string
	var whole bool
	var basis string
	c := &cobra.Command{
		Use: "order [NAME...]", Short: "order the erasure of payloads of a case (NET/3, JAS/1, an entry, ALGORITHM:HEX), or of the whole case",
		Long: "Orders the erasure of payloads, or with --whole-case of everything that a case holds. Nothing is erased before another person has\n" +
			"approved it and the delay has passed, nor while a hold is in force. What the record itself says of a payload (file names, titles,\n" +
			"parameters, decisions) stays readable until the whole case is erased; what was handed out is out of reach.\n" +
			"On the basis retention it is a disposal: nothing may keep the case any more, and a review has to say so (see retention show).",
		RunE: func(cmd *cobra.Command, args []string) error {
			if whole == (len(args) > 0) {
				return fmt.Errorf("%w: name what is to be erased, or say --whole-case", errUsage)
			}
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				request.Ask, request.Case, request.Payloads, request.Basis = s.ask(), id, args, policy.ErasureBasis(basis)
				erasure, proof, err := st.Service.Erasures().Order(ctx, s.who(), request)
				if err != nil {
					return err
				}
				return s.answer(cmd, map[string]any{"erasure": erasure, "proof": proofOf(proof)}, func(w io.Writer) { erasureText(w, erasure) })
			})
		},
	}
	f := c.Flags()
	f.StringVar(&reference, "case", "", "the case's reference")
	f.BoolVar(&whole, "whole-case", false, "everything that the case holds")
	f.BoolVar(&request.Derived, "derived", false, "also everything that was made from it")
	f.StringVar(&basis, "basis", string(policy.RetentionEnded), "retention, court-order, disclosed-in-error or right-to-erasure")
	f.StringVar(&request.Ground, "ground", "", "why: the retention rule, or the decision")
	f.StringVar(&request.Order, "order", "", "the office's own reference of the decision")
	f.DurationVar(&request.Delay, "delay", 0, "how long it can be cancelled (at least 24h)")
	return c
}

func (s *settings) eraseAnswer(use, decision, short string) *cobra.Command {
	var reason string
	c := &cobra.Command{
		Use: use + " ORDER", Short: short, Args: one("the order's entry"),
		RunE: func(cmd *cobra.Command, args []string) error {
			order, err := entry(args[0])
			if err != nil {
				return err
			}
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				erasure, proof, err := st.Service.Erasures().Answer(ctx, s.who(), custody.AnswerErasure{
					Ask: s.ask(), Order: order, Decision: decision, Reason: reason,
				})
				if err != nil {
					return err
				}
				return s.answer(cmd, map[string]any{"erasure": erasure, "proof": proofOf(proof)}, func(w io.Writer) { erasureText(w, erasure) })
			})
		},
	}
	c.Flags().StringVar(&reason, "reason", "", "why")
	return c
}

func (s *settings) eraseCarryOut() *cobra.Command {
	return &cobra.Command{
		Use: "carry-out ORDER", Short: "destroy what an approved order names, once its delay has passed", Args: one("the order's entry"),
		RunE: func(cmd *cobra.Command, args []string) error {
			order, err := entry(args[0])
			if err != nil {
				return err
			}
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				erasure, proofs, err := st.Service.Erasures().CarryOut(ctx, s.who(), custody.CarryOutErasure{Ask: s.ask(), Order: order})
				if err != nil {
					return err
				}
				elements := make([]proofElement, len(proofs))
				for i, p := range proofs {
					elements[i] = proofOf(p)
				}
				return s.answer(cmd, map[string]any{"erasure": erasure, "proofs": elements}, func(w io.Writer) {
					erasureText(w, erasure)
					swapText(w)
					say(w, "Backups of the key folder still hold the old keys: destroy them now, or when their own time is up (see the runbook).")
				})
			})
		},
	}
}

func (s *settings) eraseList() *cobra.Command {
	var reference string
	c := &cobra.Command{
		Use: "list", Short: "list the orders of erasure of a case, or of every case, and how far each has come", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				id, err := maybeCase(ctx, st, reference)
				if err != nil {
					return err
				}
				all, err := st.Service.Erasures().List(ctx, s.who(), id, s.ask())
				if err != nil {
					return err
				}
				return s.answer(cmd, map[string]any{"erasures": all}, func(w io.Writer) {
					for _, erasure := range all {
						erasureText(w, erasure)
					}
					say(w, "%s", plural(len(all), "order", "orders"))
				})
			})
		},
	}
	c.Flags().StringVar(&reference, "case", "", "the case's reference (default: every case, for those who oversee)")
	return c
}

// maybeCase returns the case of a reference, or none.
func maybeCase(ctx context.Context, st *wiring.Station, reference string) (custody.CaseID, error) {
	if reference == "" {
		return "", nil
	}
	return caseOf(ctx, st, reference)
}

func erasureText(w io.Writer, e custody.Erasure) {
	what := plural(len(e.Digests), "payload", "payloads")
	if e.Whole {
		what = "the whole case"
	}
	say(w, "order     %s  %s of case %s: %s", e.Order, what, e.Case, e.State)
	say(w, "  %s, ordered by %s (%s): %s", visible(e.Reference), e.By, e.Basis, visible(e.Ground))
	if e.Answers != nil {
		say(w, "  %s by %s: %s", e.Answers.Decision, e.Answers.By, visible(e.Answers.Reason))
	}
	if e.State == policy.ErasureOrdered || e.State == policy.ErasureApproved {
		say(w, "  not before %s", e.NotBefore.Format(time.RFC3339))
	}
	if e.Again {
		say(w, "  this very request was answered before, as it says here; custos erase list says how far the order has come")
		return
	}
	if e.State != policy.ErasureDone {
		reachText(w, e)
	}
	to := "nobody, on record"
	if len(e.Reach.Recipients) > 0 {
		to = visible(strings.Join(e.Reach.Recipients, ", "))
	}
	say(w, "  handed to: %s (out of reach)", to)
}

// reachText says what an order reaches and what it leaves.
func reachText(w io.Writer, e custody.Erasure) {
	if n := e.Reach.Made; n > 0 {
		say(w, "  NOTE  %s made from them may hold what they held and stay: --derived names them too", plural(n, "payload", "payloads"))
	}
	if len(e.Reach.Exhibits) > 0 {
		say(w, "  exhibits that could no longer be made again: %s", visible(strings.Join(e.Reach.Exhibits, ", ")))
	}
	if e.Reach.Bundles > 0 {
		say(w, "  %s made of them; whoever has one keeps it", plural(e.Reach.Bundles, "bundle was", "bundles were"))
	}
}

func holdCommand(s *settings) *cobra.Command {
	return group("hold", "holds, under which nothing of a case is erased", s.holdPlace(), s.holdLift(), s.holdList())
}

func (s *settings) holdPlace() *cobra.Command {
	var request custody.PlaceHold
	var reference string
	c := &cobra.Command{
		Use: "place [H-NUMBER]", Short: "place a hold on a case", Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) (err error) {
				if len(args) == 1 {
					request.Hold = args[0]
				}
				request.Ask = s.ask()
				if request.Case, err = caseOf(ctx, st, reference); err != nil {
					return err
				}
				proof, err := st.Service.Holds().Place(ctx, s.who(), request)
				if err != nil {
					return err
				}
				return s.placed(cmd, proof, "The case is under a hold: nothing of it is erased until the hold is lifted")
			})
		},
	}
	c.Flags().StringVar(&reference, "case", "", "the case's reference")
	c.Flags().StringVar(&request.Ground, "ground", "", "why: an appeal, a review, a request for disclosure")
	return c
}

func (s *settings) holdLift() *cobra.Command {
	var request custody.LiftHold
	var reference string
	c := &cobra.Command{
		Use: "lift H-NUMBER", Short: "lift a hold", Args: one("the hold's name"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				request.Ask, request.Hold, request.Case = s.ask(), args[0], id
				proof, err := st.Service.Holds().Lift(ctx, s.who(), request)
				if err != nil {
					return err
				}
				return s.placed(cmd, proof, "The hold "+args[0]+" has been lifted")
			})
		},
	}
	c.Flags().StringVar(&reference, "case", "", "the case's reference")
	c.Flags().StringVar(&request.Reason, "reason", "", "why")
	return c
}

// placed answers with the place of one entry.
func (s *settings) placed(cmd *cobra.Command, proof custody.Proof, what string) error {
	return s.answer(cmd, proofOf(proof), func(w io.Writer) { say(w, "%s: entry %d of the log.", what, proof.Placed.Index) })
}

func (s *settings) holdList() *cobra.Command {
	var reference string
	c := &cobra.Command{
		Use: "list", Short: "list the holds on a case, or on every case", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				id, err := maybeCase(ctx, st, reference)
				if err != nil {
					return err
				}
				holds, err := st.Service.Holds().List(ctx, s.who(), id, s.ask())
				if err != nil {
					return err
				}
				return s.answer(cmd, map[string]any{"holds": holds}, func(w io.Writer) {
					for _, h := range holds {
						say(w, "%s  case %s  placed by %s on %s: %s", h.Hold, visible(cmp.Or(h.Reference, string(h.Case))), h.By, day(h.Time), visible(h.Ground))
						if h.Lifted != nil {
							say(w, "  lifted by %s on %s: %s", h.Lifted.By, day(h.Lifted.Time), visible(h.Lifted.Reason))
						}
					}
					say(w, "%s", plural(len(holds), "hold", "holds"))
				})
			})
		},
	}
	c.Flags().StringVar(&reference, "case", "", "the case's reference (default: every case, for those who oversee)")
	return c
}

func day(t ledger.Time) string { return t.Format("2 January 2006") }
