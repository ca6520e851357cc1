package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/policy/rego"
)

func policyTest(s *settings) *cobra.Command {
	var seconds int
	c := &cobra.Command{
		Use: "test [RELEASE]", Short: "try a release: its form, its tables, facts with something missing, and whether its tests notice changes of it",
		Long: "A folder that policy export wrote is tried on the tables below its folder tests; anything else on this program's own.\n" +
			"First every rule is read and compiled; then every case of the decision tables, every vector of the end of an authority and\n" +
			"every test written in Rego must hold; then of every allowed set of facts each one is left out or garbled, and nothing may be\n" +
			"allowed; last, lines of the files that differ from this program's own are changed, and some test must notice each change.\n" +
			"Exit 0 when all that was tried holds and at least 95 of 100 changes were noticed.",
		Args: atMostOne(aRelease),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.perhaps(cmd, func(ctx context.Context, st *wiring.Station) error {
				name := strings.Join(args, "")
				text, tests, err := releaseText(ctx, st, name)
				if err != nil {
					return err
				}
				progress := func(words string) { say(cmd.ErrOrStderr(), "custos: trying %s", words) }
				trial, err := rego.NewEngines().Try(ctx, text, tests, time.Duration(seconds)*time.Second, progress)
				if err != nil {
					return atFault(orWord(name, "the rules"), err)
				}
				if err := s.answer(cmd, trial, func(w io.Writer) { trialText(w, trial) }); err != nil {
					return err
				}
				if !trial.OK() {
					return fmt.Errorf("%s, %s: see above: %w", plural(len(trial.Faults), "fault", "faults"),
						plural(len(trial.Survived), "change that no test notices", "changes that no test notices"), custody.ErrInvalid)
				}
				return nil
			})
		},
	}
	c.Flags().IntVar(&seconds, "seconds", 60, "for how many seconds changes of the edited files are tried")
	return c
}

// trialText says how a release did.
func trialText(w io.Writer, t rego.Trial) {
	say(w, "POLICY RELEASE %s", t.Release)
	say(w, "  form       %s, each with a title, a cure and a citation; nothing is allowed because something is missing", plural(t.Rules, "rule", "rules"))
	say(w, "  matrix     %d pairs of a role and an action", t.Matrix)
	say(w, "  tables     %s, %s", plural(t.Cases, "case", "cases"), plural(t.Periods, "vector of the end of an authority", "vectors of the end of an authority"))
	say(w, "  tests      %s written in Rego", plural(t.Units, "holds", "hold"))
	say(w, "  facts      %d sets with one fact left out or garbled", t.Spoilt)
	switch {
	case len(t.Faults) > 0:
		say(w, "  changes    not tried: the rules do not pass as they are")
	case t.Mutants+t.Left == 0:
		say(w, "  changes    none tried: every file is as this program was built with")
	default:
		say(w, "  changes    %d of %d of the edited files were tried, %d were noticed", t.Mutants, t.Mutants+t.Left, t.Killed)
	}
	for _, f := range t.Faults {
		say(w, "  FAULT      %s", f)
	}
	for _, m := range t.Survived {
		say(w, "  UNNOTICED  %s: add a case to the tables that tells the two apart", m)
	}
	if t.OK() {
		say(w, "All that was tried holds.")
	}
}
