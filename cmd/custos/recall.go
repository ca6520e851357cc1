package main

import (
	"context"
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
)

// copyNumbers reads the numbers of copies.
func copyNumbers(args []string) ([]uint64, error) {
	numbers := make([]uint64, len(args))
	for i, arg := range args {
		var err error
		if numbers[i], err = strconv.ParseUint(arg, 10, 64); err != nil {
			return nil, fmt.Errorf("%w: %q is not the number of a copy", errUsage, arg)
		}
	}
	return numbers, nil
}

func (s *settings) copyRecall() *cobra.Command {
	var reference, of string
	var request custody.RecallCopies
	c := &cobra.Command{
		Use: "recall [NUMBER...]", Short: "record that copies are asked back, or to be destroyed, by a day",
		Long: "Records that copies are asked back, or to be destroyed, by a day: those with the numbers given, those --of one thing, or every copy of\n" +
			"the case that is still there. That one is no more is confirmed with copy dispose; that it is kept or lost, with copy answer.",
		RunE: func(cmd *cobra.Command, args []string) error {
			numbers, err := copyNumbers(args)
			if err != nil {
				return err
			}
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				if of != "" {
					request.Case, request.Of, err = copied(ctx, st, reference, of)
				} else {
					request.Case, err = caseOf(ctx, st, reference)
				}
				if err != nil {
					return err
				}
				request.Ask, request.Numbers = s.ask(), numbers
				recalled, proof, err := st.Service.Copies().Recall(ctx, s.who(), request)
				if err != nil {
					return err
				}
				return s.answer(cmd, map[string]any{"copies": recalled, "proof": proofOf(proof)}, func(w io.Writer) {
					say(w, "%s asked back by %s: %v; from entry %d of the log.", plural(len(recalled), "copy", "copies"), request.By, recalled, proof.Placed.Index)
				})
			})
		},
	}
	f := c.Flags()
	f.StringVar(&reference, "case", "", "the case's reference")
	f.StringVar(&of, "of", "", "only copies of this exhibit, item or entry")
	dayFlag(f, &request.By, "by", "day by which they are to be back or destroyed")
	f.StringVar(&request.Reason, "reason", "", "why")
	f.StringVar(&request.Means, "means", "", "how those who have them were asked")
	return c
}

func (s *settings) copyAnswer() *cobra.Command {
	var reference, state string
	request := custody.AnswerRecall{}
	c := &cobra.Command{
		Use: "answer NUMBER", Short: "record that a copy that was asked back is kept, or lost", Args: one("the number of the copy"),
		RunE: func(cmd *cobra.Command, args []string) error {
			numbers, err := copyNumbers(args)
			if err != nil {
				return err
			}
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				request.Ask, request.Case, request.Number, request.State = s.ask(), id, numbers[0], custody.RecallState(state)
				proof, err := st.Service.Copies().AnswerRecall(ctx, s.who(), request)
				if err != nil {
					return err
				}
				return s.placed(cmd, proof, "The answer is on record")
			})
		},
	}
	f := c.Flags()
	f.StringVar(&reference, "case", "", "the case's reference")
	f.StringVar(&state, "state", "", "refused or lost")
	f.StringVar(&request.Said, "said", "", "what whoever has it answered")
	return c
}

// recallText says how the recall of a copy stands.
func recallText(w io.Writer, c custody.Copy) {
	r := c.Recall
	if r == nil {
		return
	}
	switch {
	case r.State == custody.RecallRefused || r.State == custody.RecallLost:
		say(w, "  recall   %s: %s", r.State, visible(r.Said))
	case r.Overdue:
		say(w, "  recall   asked back by %s and not confirmed: overdue", r.By)
	case c.End == nil:
		say(w, "  recall   asked back by %s", r.By)
	}
}
