package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"custos.example/analysis"
	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
)

func datasetCommand(s *settings) *cobra.Command {
	return group("dataset", "rows of data sets that are served", s.datasetSelect(), s.datasetSelections())
}

// selectFlags say which rows are served, and why the others are not.
type selectFlags struct {
	reference, title, rows, from, until, rest string
	numbers, withhold, redact                 []string
}

func (s *settings) datasetSelect() *cobra.Command {
	var flags selectFlags
	c := &cobra.Command{
		Use: "select DATA", Short: "select rows of a data set to be served; each is proved, the others are counted with reasons", Args: one("the data set (NET/1)"),
		Long: "Selects the rows of a data set that are served: those that meet --rows, --number, --from and --until (each that is given), but\n" +
			"for those that a --withhold names. --rest is the reason for all others. Analyses of the selection know nothing of what is withheld,\n" +
			"and a bundle of an exhibit made from it proves each row, and shows nothing of the file.",
		Example: "  custos dataset select NET/1 --case HAL/1 --title 'Calls of 24 October' --from '2026-10-24 00:00' --until '2026-10-25 00:00' \\\n" +
			"    --rest not-relevant --withhold privileged=rows:812-815 --withhold another-person=07700900321 --redact handset=not-relevant",
		RunE: func(cmd *cobra.Command, args []string) error {
			request, err := flags.request()
			if err != nil {
				return err
			}
			return s.inCase(cmd, flags.reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				request.Ask, request.Case = s.ask(), id
				if request.Data, err = st.Service.Cases().Named(ctx, request.Case, custody.NamedDataset, args[0]); err != nil {
					return err
				}
				selected, err := st.Service.Selections().Select(ctx, s.who(), request)
				if err != nil {
					return err
				}
				return s.answer(cmd, map[string]any{"selection": selected.Selection, "proof": proofOf(selected.Proof)}, func(w io.Writer) {
					say(w, "%s", visible(selected.Selection.Sentence()))
					say(w, "Selection %s: entry %d of the case. Run analyses on it with --data %s.", selected.Entry, selected.Placed.N, selected.Entry)
				})
			})
		},
	}
	f := c.Flags()
	f.StringVar(&flags.reference, "case", "", "the case's reference")
	f.StringVar(&flags.title, "title", "", "what the selection is, for everybody who gets it")
	f.StringVar(&flags.rows, "rows", "", "rows of the received file, such as 2-340,512")
	whenFlag(f, &flags.from, "from", "first instant", asInstant)
	whenFlag(f, &flags.until, "until", "first instant after", asInstant)
	f.StringArrayVar(&flags.numbers, "number", nil, "rows with this number, handset or subscriber identity; again for more")
	f.StringVar(&flags.rest, "rest", "", "reason for the rows that are not asked for: "+words(analysis.WithholdingReasons()))
	f.StringArrayVar(&flags.withhold, "withhold", nil, "REASON=rows:12-21 or REASON=NUMBER: withhold these; the first that fits gives the reason")
	f.StringArrayVar(&flags.redact, "redact", nil, "PART=REASON: withhold subject, calling, called, handset, network or place of every row")
	return c
}

// request reads the flags.
// Errors: errUsage.
func (f selectFlags) request() (custody.SelectRows, error) {
	r := custody.SelectRows{Title: f.title, Rest: f.rest, Show: analysis.Criteria{From: f.from, Until: f.until, Identifiers: f.numbers}}
	var err error
	if r.Show.Rows, err = ranges(f.rows); err != nil {
		return r, err
	}
	for _, text := range f.withhold {
		reason, what, ok := strings.Cut(text, "=")
		if !ok {
			return r, fmt.Errorf("%w: --withhold is REASON=rows:12-21 or REASON=NUMBER", errUsage)
		}
		w := analysis.Withholding{Reason: reason}
		if rows, is := strings.CutPrefix(what, "rows:"); is {
			if w.Rows, err = ranges(rows); err != nil {
				return r, err
			}
		} else {
			w.Identifiers = []string{what}
		}
		r.Withhold = append(r.Withhold, w)
	}
	for _, text := range f.redact {
		part, reason, ok := strings.Cut(text, "=")
		if !ok {
			return r, fmt.Errorf("%w: --redact is PART=REASON, such as handset=not-relevant", errUsage)
		}
		r.Redact = append(r.Redact, analysis.Redaction{Part: part, Reason: reason})
	}
	return r, nil
}

// ranges reads rows such as 2-340,512.
// Errors: errUsage.
func ranges(text string) ([]analysis.RowRange, error) {
	var list []analysis.RowRange
	for _, part := range strings.Split(text, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		first, last, both := strings.Cut(part, "-")
		from, err := strconv.ParseInt(first, 10, 64)
		to := from
		if err == nil && both {
			to, err = strconv.ParseInt(last, 10, 64)
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %q is no range of rows; write them as 2-340,512", errUsage, part)
		}
		list = append(list, analysis.RowRange{From: from, To: to})
	}
	return list, nil
}

func (s *settings) datasetSelections() *cobra.Command {
	var reference string
	c := &cobra.Command{
		Use: "selections", Short: "list what was selected to be served, and how much is withheld", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				found, err := st.Service.Selections().List(ctx, s.who(), id, s.ask())
				if err != nil {
					return err
				}
				return s.answer(cmd, map[string]any{"selections": found}, func(w io.Writer) {
					for _, f := range found {
						say(w, "%s  %s", f.Entry, visible(f.Title))
						if f.Gone {
							say(w, "  what it said was erased")
							continue
						}
						say(w, "  %s", visible(f.Selection.Sentence()))
						say(w, "  selected %s by %s", f.Time.Format("2 January 2006 15:04 MST"), f.By)
					}
					say(w, "%s", plural(len(found), "selection", "selections"))
				})
			})
		},
	}
	c.Flags().StringVar(&reference, "case", "", "the case's reference")
	return c
}
