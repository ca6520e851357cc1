package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"custos.example/analysis"
	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
)

// previewDocument is a preview as JSON.
type previewDocument struct {
	Item     string             `json:"item,omitempty"`
	FileName string             `json:"fileName"`
	Evidence *proofElement      `json:"evidence,omitempty"`
	SHA256   string             `json:"sha256"`
	Size     int64              `json:"size"`
	Profile  string             `json:"profile"`
	Matches  []custody.Match    `json:"matches"`
	Balance  any                `json:"balance"`
	Header   []string           `json:"header"`
	First    [][]string         `json:"first"`
	Last     [][]string         `json:"last"`
	Aside    []custody.AsideRow `json:"setAside"`
	Report   json.RawMessage    `json:"report,omitempty"`
	Disagree []string           `json:"disagreements"`          // of totals that the file declares
	Waits    string             `json:"waits,omitempty"`        // for which decision
	Cannot   string             `json:"cannotBeRead,omitempty"` // with this profile, and why
}

// preview shows what files would become.
func (s *settings) preview(cmd *cobra.Command, f *sourceFlags, path string, rows int) error {
	return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
		waiting := 0
		err := s.eachFile(ctx, cmd, st, f, path, func(r custody.Receive) error {
			d, err := s.look(ctx, cmd, st, r, rows)
			if errors.Is(err, custody.ErrConflict) { // one that stands in the record keeps no other from being shown
				waiting++
				say(cmd.ErrOrStderr(), "%s  %s  NOT KEPT: %v", r.Item, onScreen(r), err)
				return nil
			}
			if err != nil && errors.Is(err, custody.ErrInvalid) && !undeclared(err) {
				waiting++
				if custody.Decidable(err) {
					d.Waits = err.Error()
				} else {
					d.Cannot = err.Error()
				}
				err = nil
			}
			if err != nil {
				return fmt.Errorf("%s: %w", onScreen(r), missingFlags(err))
			}
			return s.answer(cmd, d, d.end)
		})
		if waiting > 0 {
			err = errors.Join(fmt.Errorf("%s, as said above: %w", plural(waiting, "file cannot be read as it stands", "files cannot be read as they stand"), custody.ErrInvalid), err)
		}
		return err
	})
}

// look keeps the file when it has an item, and previews it.
func (s *settings) look(ctx context.Context, cmd *cobra.Command, st *wiring.Station, r custody.Receive, rows int) (previewDocument, error) {
	d := previewDocument{Item: r.Item, FileName: called(r), Matches: []custody.Match{}, Aside: []custody.AsideRow{}, Disagree: []string{}}
	request := custody.Preview{Ask: r.Ask, Case: r.Case, FileName: r.FileName, Content: r.Content, Extracted: r.Extracted, Reading: r.Reading, Rows: rows}
	w := cmd.OutOrStdout()
	if s.json {
		w = io.Discard
	}
	if r.Item != "" {
		kept, err := st.Service.Imports().Keep(ctx, s.who(), r)
		if err != nil {
			return d, err
		}
		proof := proofOf(kept.Evidence)
		d.Evidence, request.Evidence, request.Content, request.Extracted = &proof, kept.Evidence.Entry, nil, nil
		say(w, "%s  %s  kept as evidence, entry %d of the log; no data set is recorded", r.Item, onScreen(r), proof.Index)
	} else {
		say(w, "%s  not kept: only this look is recorded", onScreen(r))
	}
	request.Aside = func(row custody.AsideRow) error {
		if s.json {
			d.Aside = append(d.Aside, row)
			return nil
		}
		say(w, "  set aside   row %d, byte %d: %s%s", row.Row, row.Offset, row.Reason, inColumn(row.Column))
		say(w, "              %s", visible(row.Raw))
		return nil
	}
	seen, err := st.Service.Imports().Preview(ctx, s.who(), request)
	d.SHA256, d.Size, d.Profile, d.Balance = seen.SHA256.String(), seen.Size, seen.Profile, seen.Balance
	d.Header, d.First, d.Last, d.Report = seen.Header, seen.First, seen.Last, seen.Report
	d.Matches = append(d.Matches, seen.Matches...)
	d.Disagree = append(d.Disagree, custody.Disagreements(seen.Report)...)
	if !s.json {
		said(w, seen)
	}
	return d, err
}

func inColumn(name string) string {
	if name == "" {
		return ""
	}
	return " in column " + visible(name)
}

// said writes what is not written while the rows are read.
func said(w io.Writer, seen custody.Previewed) {
	for i, m := range seen.Matches {
		say(w, "  %s  %s (%d)", []string{"fits best ", "next      "}[min(i, 1)], m.Profile, m.Score)
		for _, e := range m.Evidence {
			say(w, "              %s", visible(e))
		}
	}
	if seen.Profile != "" {
		say(w, "  profile     %s", seen.Profile)
	}
	if seen.Header == nil && seen.Balance.Received == 0 {
		return
	}
	shown := columns(seen.Header)
	for _, part := range []struct {
		title string
		rows  [][]string
	}{{"first rows as understood", seen.First}, {"last rows", seen.Last}} {
		if len(part.rows) == 0 {
			continue
		}
		say(w, "  %s", part.title)
		for _, row := range part.rows {
			var cells []string
			for _, at := range shown {
				cells = append(cells, orDash(visible(row[at])))
			}
			say(w, "    %s", strings.Join(cells, "  "))
		}
	}
	say(w, "  %s", custody.BalanceText(seen.Balance))
	for _, r := range seen.OutsideBy {
		say(w, "  %8d outside by %s", r.Rows, r.Rule)
	}
	asideBy(w, seen.SetAsideBy)
	disagreements(w, seen.Report)
}

// setAsideBy says for which reasons rows of a received file did not become events, and where each is shown.
func setAsideBy(w io.Writer, report []byte) {
	var read struct {
		Balance analysis.Balance `json:"balance"`
	}
	if json.Unmarshal(report, &read) != nil || len(read.Balance.SetAsideBy) == 0 {
		return
	}
	asideBy(w, read.Balance.SetAsideBy)
	if read.Balance.Shown == 0 {
		say(w, "  NO ROW OF IT IS SHOWN.")
	}
	say(w, "  source preview of the same file shows each of them with its raw text.")
}

func asideBy(w io.Writer, reasons []analysis.RuleCount) {
	for _, r := range reasons {
		say(w, "  %8d set aside by %s", r.Rows, r.Rule)
	}
}

// disagreements says which totals of a file are not what was counted in it.
func disagreements(w io.Writer, report []byte) {
	for _, text := range custody.Disagreements(report) {
		say(w, "  TOTAL DOES NOT AGREE: %s", text)
	}
}

// columns are those of a table of events that a person looks at first; all of
// them of another table.
func columns(header []string) []int {
	wanted := []string{"start_utc", "type", "leg", "subject", "a_number", "b_number", "duration_s", "start_cell", "flags"}
	var at []int
	for _, name := range wanted {
		if i := slices.Index(header, name); i >= 0 {
			at = append(at, i)
		}
	}
	if len(at) == len(wanted) {
		return at
	}
	at = nil
	for i := range header {
		at = append(at, i)
	}
	return at
}

// end says what to do next.
func (d previewDocument) end(w io.Writer) {
	switch {
	case d.Waits != "":
		say(w, "  WAITS FOR A DECISION: %s", d.Waits)
	case d.Cannot != "":
		which := "this profile"
		if d.Profile == "" {
			which = "a built-in profile"
		}
		say(w, "  CANNOT BE READ with %s: %s", which, d.Cannot)
	case d.Evidence != nil:
		say(w, "  accept it with: custos source normalise %s ... (or source import with the same item)", d.Item)
	}
	say(w, "")
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

func plural(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

// visible writes text from a file so that nothing in it moves the cursor, begins a line or
// turns the reading order.
func visible(text string) string { return visibleBut(text, "") }

// visibleText is visible for text in lines and columns that its writer made: they stay.
func visibleText(text string) string { return visibleBut(text, "\n\t") }

func visibleBut(text, stays string) string {
	var b strings.Builder
	for _, r := range text {
		if unicode.IsPrint(r) && r != unicode.ReplacementChar || strings.ContainsRune(stays, r) {
			b.WriteRune(r)
			continue
		}
		quoted := strconv.QuoteRuneToASCII(r)
		b.WriteString(quoted[1 : len(quoted)-1])
	}
	return b.String()
}
