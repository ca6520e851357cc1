package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/policy"
)

// rowFlags are the flags of reading rows.
type rowFlags struct {
	reference, why, use, view string
	find                      custody.RowQuery
	first, last, page         uint64
	excess, csv               bool
}

func rowsCommand(s *settings) *cobra.Command {
	var f rowFlags
	show := &cobra.Command{
		Use: "show DATA", Short: "show events of a data set (NET/1) or of a run, page by page; each page is on record with the reason", Args: one("the data set"),
		RunE: func(cmd *cobra.Command, args []string) error { return s.showRows(cmd, f, args[0]) },
	}
	flags := show.Flags()
	flags.StringVar(&f.reference, "case", "", "the case's reference")
	flags.StringVar(&f.why, "why", "", "why you look, in words")
	flags.StringVar(&f.use, "for", string(policy.Investigation), "what it is used for: "+words(policy.Purposes()))
	flags.Uint64Var(&f.first, "first", 1, "the first row")
	flags.Uint64Var(&f.last, "last", 50, "the last row")
	flags.Uint64Var(&f.page, "page", 100, "rows in one page: each page is a look of its own")
	flags.StringVar(&f.view, "view", "", "rows, masked (third parties as tokens) or totals; default: as the data may be shown")
	flags.StringVar(&f.find.Identifier, "number", "", "only rows with this number, token, handset or subscriber identity")
	flags.StringVar(&f.find.Type, "type", "", "only rows of this type: voice, sms, data and so on")
	flags.BoolVar(&f.excess, "excess", false, "the events outside the scope of the authority")
	flags.BoolVar(&f.csv, "csv", false, "all columns, as CSV")
	return group("rows", "events as they stand, row by row", show)
}

func (s *settings) showRows(cmd *cobra.Command, f rowFlags, data string) error {
	if f.page < 1 || f.first < 1 || f.last < f.first {
		return fmt.Errorf("%w: --first, --last and --page count from 1, and the last row is not before the first", errUsage)
	}
	return s.inCase(cmd, f.reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
		request := custody.ReadPage{
			Ask: s.ask(), Case: id, Find: f.find, View: policy.View(f.view), Excess: f.excess,
		}
		request.For = policy.Purpose(f.use)
		if f.why != "" {
			request.Purpose = f.why
		}
		var err error
		if request.Data, err = st.Service.Cases().Named(ctx, id, custody.NamedDataset, data); err != nil {
			return err
		}
		sheet := rowSheet{settings: s, cmd: cmd, csv: f.csv, excess: f.excess}
		for first := f.first; first <= f.last; first += f.page {
			request.First, request.Last = first, min(f.last, first+f.page-1)
			if first > f.first {
				request.RequestID = "" // a page is a request of its own
			}
			page, err := st.Service.Pages().Read(ctx, s.who(), request)
			if err != nil {
				return err
			}
			if err := sheet.page(page); err != nil {
				return err
			}
			if page.Last >= page.Total || page.Total == 0 {
				break
			}
		}
		return sheet.end()
	})
}

// rowSheet writes pages as they come.
type rowSheet struct {
	*settings
	cmd   *cobra.Command
	csv   bool
	pages []pageDocument
	any   bool
	// excess rows are shown, those outside the scope.
	excess bool
}

// pageDocument is a page as JSON.
type pageDocument struct {
	Decision string            `json:"decision"`
	First    uint64            `json:"first"`
	Last     uint64            `json:"last"`
	Total    uint64            `json:"total"`
	View     policy.View       `json:"view"`
	Types    map[string]uint64 `json:"types"`
	Header   []string          `json:"header"`
	Rows     [][]string        `json:"rows"`
}

// inShort are the columns that a terminal has room for.
var inShort = []string{"no", "start_utc", "type", "leg", "subject", "a_number", "b_number", "duration_s", "start_cell", "flags", "outside"}

func (r *rowSheet) page(p custody.Page) error {
	if r.json {
		r.pages = append(r.pages, pageDocument{p.Decision.String(), p.First, p.Last, p.Total, p.View, p.Types, p.Header, p.Rows})
		return nil
	}
	out := r.cmd.OutOrStdout()
	if r.csv {
		w := csv.NewWriter(out)
		if !r.any {
			_ = w.Write(p.Header) // the writer keeps its error
		}
		r.any = true
		_ = w.WriteAll(p.Rows)
		return w.Error()
	}
	if none := r.nothing(p); none != "" {
		say(out, "%s; on record as %s", none, p.Decision)
		return nil
	}
	say(out, "rows %d to %d of %d, view: %s; on record as %s", p.First, p.Last, p.Total, p.View, p.Decision)
	if p.View == policy.Totals {
		for _, kind := range slices.Sorted(maps.Keys(p.Types)) {
			say(out, "  %-10s %d", kind, p.Types[kind])
		}
		return nil
	}
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	var at []int
	var names []string
	for i, name := range p.Header {
		if slices.Contains(inShort, name) {
			at, names = append(at, i), append(names, name)
		}
	}
	if len(p.Rows) == 0 {
		say(out, "  none of them is one that was asked for")
		return nil
	}
	say(w, "  %s", strings.Join(names, "\t"))
	for _, row := range p.Rows {
		fields := make([]string, len(at))
		for i, c := range at {
			fields[i] = plainText(row[c])
		}
		say(w, "  %s", strings.Join(fields, "\t"))
	}
	return w.Flush()
}

// nothing says why a page can have no rows, whatever was asked for; empty = it can.
func (r *rowSheet) nothing(p custody.Page) string {
	switch {
	case p.Total == 0 && r.excess:
		return "No rows: no event lies outside the scope of the authority"
	case p.Total == 0:
		return "No rows: the data holds no events"
	case p.First > p.Total:
		return fmt.Sprintf("No rows from %d on: the data holds %d", p.First, p.Total)
	}
	return ""
}

// plainText shows a field so that nothing in it moves the cursor.
func plainText(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return '·'
		}
		return r
	}, text)
}

func (r *rowSheet) end() error {
	if !r.json {
		return nil
	}
	return r.answer(r.cmd, map[string]any{"pages": r.pages}, func(io.Writer) {})
}
