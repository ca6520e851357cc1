package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
)

func analysisCommand(s *settings) *cobra.Command {
	var reference, title string
	var inputs, params []string
	run := &cobra.Command{
		Use: "run STEP", Short: "run one analysis, such as event-schedule@1", Args: one("the step"),
		RunE: func(cmd *cobra.Command, args []string) error {
			request := custody.Run{Ask: s.ask(), Step: args[0], Title: title, Inputs: map[string]custody.PayloadRef{}}
			for _, in := range inputs {
				port, ref, ok := strings.Cut(in, "=")
				if !ok {
					return fmt.Errorf("%w: an input is PORT=ENTRY, not %q", errUsage, in)
				}
				id, name, _ := strings.Cut(ref, "/")
				e, err := entry(id)
				if err != nil {
					return err
				}
				request.Inputs[port] = custody.PayloadRef{Entry: e, Name: name}
			}
			var err error
			if request.Params, err = pairs("--param", params); err != nil {
				return err
			}
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				if request.Case, err = caseOf(ctx, st, reference); err != nil {
					return err
				}
				ran, err := st.Service.Analyses().Run(ctx, s.who(), request)
				if err != nil {
					return err
				}
				answer := map[string]any{"proof": proofOf(ran.Proof), "balance": ran.Balance, "caveats": ran.Caveats, "outputs": ran.Outputs}
				return s.answer(cmd, answer, func(w io.Writer) {
					say(w, "%s  %s", args[0], title)
					say(w, "  %s", custody.BalanceText(ran.Balance))
					for _, o := range ran.Outputs {
						say(w, "  %-12s %s  %d bytes", o.Name, o.SHA256, o.Size)
					}
					say(w, "  run      %s  entry %d of the log", ran.Entry, ran.Placed.Index)
				})
			})
		},
	}
	f := run.Flags()
	f.StringVar(&reference, "case", "", "the case's reference")
	f.StringVar(&title, "title", "", "the question asked")
	f.StringArrayVar(&inputs, "input", nil, "an input PORT=ENTRY, such as events=1f0c...")
	f.StringArrayVar(&params, "param", nil, "a parameter NAME=VALUE")
	return group("analysis", "analyses", run)
}

// pairs reads NAME=VALUE flags.
func pairs(flag string, list []string) (map[string]string, error) {
	out := make(map[string]string, len(list))
	for _, text := range list {
		name, value, ok := strings.Cut(text, "=")
		if !ok {
			return nil, fmt.Errorf("%w: %s is NAME=VALUE, not %q", errUsage, flag, text)
		}
		out[name] = value
	}
	return out, nil
}
