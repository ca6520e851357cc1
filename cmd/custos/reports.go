package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/ledger"
)

func reportCommand(s *settings) *cobra.Command {
	return group("report", "schedules, statements and reports that are made from the record",
		s.reportMake(), s.reportAgain(), s.reportExplain(), s.reportList(), s.reportSave(), s.reportKinds())
}

// maxReportInput is the most bytes of a file that a report is made from.
const maxReportInput = 16 << 20

// reportFlags are the flags of a report that is asked for.
type reportFlags struct {
	reference, out string
	from, until    time.Time
	params, inputs map[string]string
}

func (s *settings) reportMake() *cobra.Command {
	var r reportFlags
	c := &cobra.Command{
		Use: "make REPORT", Short: "make a report, and record it before it is shown", Args: one("a report"),
		Long: "Makes a report from the record as it stands, and records it before it is shown. With --out DIR its forms are written there.\n" +
			"custos report kinds says which reports there are.",
		RunE: func(cmd *cobra.Command, args []string) error { return s.makeReport(cmd, args[0], &r) },
	}
	f := c.Flags()
	f.StringVar(&r.reference, "case", "", "the case's reference, for a report of one case")
	instantFlag(f, &r.from, "from", "count from this instant on")
	instantFlag(f, &r.until, "until", "count until before this instant")
	f.StringVar(&r.out, "out", "", "folder for the forms of the report; it is made")
	f.StringToStringVar(&r.params, "param", nil, "parameters of the report, as name=value")
	f.StringToStringVar(&r.inputs, "input", nil, "files that it is made from, as name=file")
	return c
}

func (s *settings) makeReport(cmd *cobra.Command, name string, r *reportFlags) error {
	request := custody.MakeReport{Ask: s.ask(), Report: name, From: r.from, Until: r.until, Params: r.params, Inputs: map[string][]byte{}}
	var err error
	for _, input := range slices.Sorted(maps.Keys(r.inputs)) {
		if request.Inputs[input], err = readFile(r.inputs[input], maxReportInput); err != nil {
			return err
		}
	}
	if err := noForms(r.out, name); err != nil {
		return err
	}
	return s.inCaseOrAll(cmd, r.reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
		request.Case = id
		made, err := st.Service.Reports().Make(ctx, s.who(), request)
		if err != nil {
			return err
		}
		if r.out != "" {
			if err := writeForms(r.out, made); err != nil {
				return fmt.Errorf("the report is on record as entry %s, but not all of it was written; write it with custos report save %s, for the same case and to another --out: %w",
					made.Entry, made.Entry, err)
			}
		}
		return s.madeReport(cmd, made)
	})
}

// madeReport shows a report.
func (s *settings) madeReport(cmd *cobra.Command, made custody.MadeReport) error {
	forms := map[string]string{}
	for _, f := range made.Forms {
		forms[f.Name] = f.SHA256.String()
	}
	element := map[string]any{"report": made.Report, "entry": made.Entry, "document": made.Document, "forms": forms, "proof": proofOf(made.Proof)}
	return s.answer(cmd, element, func(w io.Writer) {
		for _, f := range made.Forms {
			if f.Name == "text" {
				_, _ = w.Write(f.Content)
			}
		}
		say(w, "")
		say(w, "Entry %s. Each figure is explained by: custos report explain %s NAME", made.Entry, made.Entry)
	})
}

// endings are the endings of the files of a report's forms.
var endings = map[string]string{"document": ".json", "text": ".txt", "page": ".pdf", "line": ".svg", "line-page": "-line.pdf"}

// formFile is the name of the file of a report's form.
func formFile(report, form string) string {
	if endings[form] == "" {
		return report + "-" + form
	}
	return report + endings[form]
}

// noForms returns nil if no form of a report stands in the folder, so that a report is not
// recorded that could not be written there then.
// Errors: os.ErrExist.
func noForms(dir, report string) error {
	if dir == "" {
		return nil
	}
	for _, form := range slices.Sorted(maps.Keys(endings)) {
		path := filepath.Join(dir, formFile(report, form))
		if _, err := os.Lstat(path); err == nil {
			return fmt.Errorf("%s is there already and is not overwritten; nothing was recorded: %w", path, os.ErrExist)
		}
	}
	return nil
}

// writeForms writes every form of a report under the report's name.
func writeForms(dir string, made custody.MadeReport) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for _, f := range made.Forms {
		err := whole(filepath.Join(dir, formFile(made.Report, f.Name)), func(w io.Writer) error {
			_, err := w.Write(f.Content)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// onReport runs work on a report on record.
func (s *settings) onReport(cmd *cobra.Command, reference, text string, work func(ctx context.Context, st *wiring.Station, id custody.CaseID, report ledger.EntryID) error) error {
	report, err := entry(text)
	if err != nil {
		return err
	}
	return s.inCaseOrAll(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
		return work(ctx, st, id, report)
	})
}

func (s *settings) reportAgain() *cobra.Command {
	var reference string
	c := &cobra.Command{
		Use: "again ENTRY", Short: "make a report on record again, and compare it byte for byte", Args: one("the entry of a report"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.onReport(cmd, reference, args[0], func(ctx context.Context, st *wiring.Station, id custody.CaseID, report ledger.EntryID) error {
				again, err := st.Service.Reports().Again(ctx, s.who(), id, report, s.ask())
				if err != nil {
					return err
				}
				err = s.answer(cmd, again, func(w io.Writer) {
					if again.Same {
						say(w, "Made again from the record as it was then: every form is the same, byte for byte.")
						return
					}
					say(w, "Made again from the record as it was then, it DIFFERS: %s. %s", again.Differs, visible(again.Why))
				})
				if err == nil && !again.Same {
					err = fmt.Errorf("the report made again differs in its %s: %w", again.Differs, custody.ErrIntegrity)
				}
				return err
			})
		},
	}
	c.Flags().StringVar(&reference, "case", "", "the case's reference, for a report of one case")
	return c
}

func (s *settings) reportExplain() *cobra.Command {
	var reference string
	c := &cobra.Command{
		Use: "explain ENTRY FIGURE", Short: "say which entries a figure of a report was counted from", Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.onReport(cmd, reference, args[0], func(ctx context.Context, st *wiring.Station, id custody.CaseID, report ledger.EntryID) error {
				found, err := st.Service.Reports().Explain(ctx, s.who(), id, report, args[1], s.ask())
				if err != nil {
					return err
				}
				return s.answer(cmd, found, func(w io.Writer) {
					say(w, "%s: %s", visible(found.Figure.Words), found.Figure.Number())
					for _, e := range found.Entries {
						say(w, "  %s  entry %d of the log  %s%s", e.Entry, e.Index, e.Kind, map[bool]string{true: " (erased)"}[e.Gone])
					}
					say(w, "%s", plural(len(found.Entries), "entry", "entries"))
				})
			})
		},
	}
	c.Flags().StringVar(&reference, "case", "", "the case's reference, for a report of one case")
	return c
}

func (s *settings) reportSave() *cobra.Command {
	var reference, out string
	c := &cobra.Command{
		Use: "save ENTRY", Short: "write the forms of a report on record", Args: one("the entry of a report"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if out == "" {
				return fmt.Errorf("%w: say where to with --out DIR", errUsage)
			}
			return s.onReport(cmd, reference, args[0], func(ctx context.Context, st *wiring.Station, id custody.CaseID, report ledger.EntryID) error {
				made, err := st.Service.Reports().Read(ctx, s.who(), id, report, s.ask())
				if err != nil {
					return err
				}
				if err := writeForms(out, made); err != nil {
					return err
				}
				return s.madeReport(cmd, made)
			})
		},
	}
	f := c.Flags()
	f.StringVar(&reference, "case", "", "the case's reference, for a report of one case")
	f.StringVar(&out, "out", "", "folder for the forms of the report; it is made")
	return c
}

func (s *settings) reportList() *cobra.Command {
	var reference string
	c := &cobra.Command{
		Use: "list", Short: "list the reports on record", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.onReport(cmd, reference, "", func(ctx context.Context, st *wiring.Station, id custody.CaseID, _ ledger.EntryID) error {
				known, err := st.Service.Reports().List(ctx, s.who(), id, s.ask())
				if err != nil {
					return err
				}
				return s.answer(cmd, map[string]any{"reports": known}, func(w io.Writer) {
					for _, r := range known {
						say(w, "%s  %-14s  %s  %s  %s", r.Entry, r.Report, r.Time.Format("2 January 2006 15:04 MST"), r.By, visible(r.Title))
					}
					say(w, "%s", plural(len(known), "report", "reports"))
				})
			})
		},
	}
	c.Flags().StringVar(&reference, "case", "", "the case's reference (default: the reports over all cases)")
	return c
}

func (s *settings) reportKinds() *cobra.Command {
	return &cobra.Command{
		Use: "kinds", Short: "list the reports that can be made", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			kinds := custody.ReportKinds()
			return s.answer(cmd, map[string]any{"kinds": kinds}, func(w io.Writer) {
				for _, k := range kinds {
					scope := "of one case"
					if k.Organisation {
						scope = "over all cases"
					}
					say(w, "%-14s  %s, %s", k.Name, k.Title, scope)
					if len(k.Params) > 0 {
						say(w, "  parameters %s", strings.Join(k.Params, ", "))
					}
					if len(k.Inputs) > 0 {
						say(w, "  files      %s", strings.Join(k.Inputs, ", "))
					}
				}
			})
		},
	}
}
