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

func applicationCommand(s *settings) *cobra.Command {
	return group("application", "applications for communications data", applicationTemplate(s), applicationRecord(s), applicationList(s))
}

func applicationTemplate(s *settings) *cobra.Command {
	var fields bool
	c := &cobra.Command{
		Use: "template", Short: "print an application to fill in, with made-up values, or what each of its fields means", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if fields {
				guide := custody.ApplicationGuide()
				return s.answer(cmd, map[string]any{"fields": guide}, func(w io.Writer) { guideText(w, guide) })
			}
			d, err := custody.ApplicationTemplate()
			if err != nil {
				return err
			}
			if err := writeDocument(cmd.OutOrStdout(), d); err != nil {
				return err
			}
			say(cmd.ErrOrStderr(), "Put in what you apply for. What each field means: custos application template --fields")
			say(cmd.ErrOrStderr(), "Record it with: custos application record --case CASE --file FILE")
			return nil
		},
	}
	c.Flags().BoolVar(&fields, "fields", false, "say what each field means, which must be there, and its words")
	return c
}

func applicationRecord(s *settings) *cobra.Command {
	var reference, amends, why string
	var from filled
	c := &cobra.Command{
		Use: "record", Short: "record an application, or its newest state, from a JSON file", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if from.file == "" {
				return fmt.Errorf("%w: say which file with --file FILE; an example is printed by custos application template", errUsage)
			}
			text, err := readFile(from.file, maxDocument)
			if err != nil {
				return err
			}
			d, err := custody.ParseApplication(text)
			if err != nil {
				return fmt.Errorf("%s: %w", from.file, err)
			}
			fields, err := pairs("--set", from.set)
			if err != nil {
				return err
			}
			if d, err = d.With(fields); err != nil {
				return err
			}
			if why != "" {
				d.Changed = why
			}
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				request := custody.RecordApplication{Ask: s.ask(), Case: id, Document: d}
				if amends != "" {
					if request.Amends, err = st.Service.Cases().Named(ctx, id, custody.NamedApplication, amends); err != nil {
						return err
					}
				}
				recorded, err := st.Service.Applications().Record(ctx, s.who(), request)
				if err != nil {
					return err
				}
				return s.answer(cmd, map[string]any{"application": recorded.Application, "lacks": recorded.Lacks, "proof": proofOf(recorded.Proof)}, func(w io.Writer) {
					say(w, "Application %s is recorded as %s: entry %d of the log.", d.Reference, recorded.Application, recorded.Placed.Index)
					if len(recorded.Lacks) > 0 {
						say(w, "It does not hold: %s. An authority that rests on it cannot be used before it does.", words(recorded.Lacks))
					}
				})
			})
		},
	}
	c.Flags().StringVar(&reference, "case", "", "the case's reference")
	c.Flags().StringVar(&amends, "amends", "", "reference or entry of the application of which this is the newest state")
	c.Flags().StringVar(&why, "why", "", "why it is amended")
	from.add(c, "application")
	return c
}

func applicationList(s *settings) *cobra.Command {
	return s.listing("list the applications of a case, with what each lacks and what was granted on it", func(ctx context.Context, cmd *cobra.Command, st *wiring.Station, id custody.CaseID) error {
		listed, err := st.Service.Applications().List(ctx, s.who(), id, s.ask())
		if err != nil {
			return err
		}
		return s.answer(cmd, map[string]any{"applications": listed}, func(w io.Writer) {
			for _, a := range listed {
				say(w, "%s  by %s, recorded by %s on %s", a.Reference, orDash(visible(a.Document.Applicant.ID)), a.RecordedBy, a.Recorded.Format("2 January 2006"))
				say(w, "  application %s", a.Application)
				say(w, "  granted as  %s", orDash(strings.Join(a.Authorities, ", ")))
				if len(a.Lacks) > 0 {
					say(w, "  lacks       %s", words(a.Lacks))
				}
			}
			say(w, "%s", plural(len(listed), "application", "applications"))
		})
	})
}

// words lists words.
func words[S ~string](list []S) string {
	texts := make([]string, len(list))
	for i, word := range list {
		texts[i] = string(word)
	}
	return strings.Join(texts, ", ")
}
