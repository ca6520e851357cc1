package custody

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"custos.example/analysis/paper"
	"custos.example/ledger"
	"custos.example/policy"
)

// operatorList is the file of a report for an inspection in which an operator lists
// what it disclosed.
// Shape: CSV in UTF-8 with a head; the columns authority and obtained (a day such as
// 2026-10-05 or 05/10/2026) must be there, operator, records and sha256 may be.
const operatorList = "operator-list"

// disclosedLine is one line of an operator's own list.
type disclosedLine struct {
	line                                 int
	authority, operator, records, sha256 string
	obtained                             policy.Date
	matched                              bool
}

// unreadLine is a line that could not be read, with the reason.
type unreadLine struct {
	line   int
	reason string
}

// maxDisclosed is the most lines of an operator's list.
const maxDisclosed = 100_000

// readOperatorList reads what an operator says that it disclosed. A line that cannot
// be read is set aside with its reason, never dropped.
// Errors: ErrInvalid for a file that is no such list.
func readOperatorList(text []byte) ([]disclosedLine, []unreadLine, error) {
	if !utf8.Valid(text) {
		return nil, nil, fmt.Errorf("the operator's list is not UTF-8 text: save it as CSV in UTF-8: %w", ErrInvalid)
	}
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(text), "\ufeff")))
	r.FieldsPerRecord = -1
	head, err := r.Read()
	if err != nil {
		return nil, nil, fmt.Errorf("the operator's list has no head: %w", ErrInvalid)
	}
	at := map[string]int{}
	for n, name := range head {
		name = strings.ToLower(strings.TrimSpace(name))
		if _, twice := at[name]; twice {
			return nil, nil, fmt.Errorf("the operator's list has two columns %q: %w", name, ErrInvalid)
		}
		at[name] = n
	}
	for _, name := range []string{"authority", "obtained"} {
		if _, there := at[name]; !there {
			return nil, nil, fmt.Errorf("the operator's list has no column %q; it has %s: %w", name, strings.Join(head, ", "), ErrInvalid)
		}
	}
	var lines []disclosedLine
	var aside []unreadLine
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return lines, aside, nil
		}
		if err != nil { // it says the line
			return nil, nil, fmt.Errorf("the operator's list cannot be read on: %w: %w", err, ErrInvalid)
		}
		line, _ := r.FieldPos(0)
		if len(lines)+len(aside) == maxDisclosed {
			return nil, nil, fmt.Errorf("the operator's list has more than %d lines: %w", maxDisclosed, ErrInvalid)
		}
		one := disclosedLine{line: line}
		cell := func(name string) string {
			if n, there := at[name]; there && n < len(cells) {
				return strings.TrimSpace(cells[n])
			}
			return ""
		}
		one.authority, one.operator, one.records, one.sha256 = cell("authority"), cell("operator"), cell("records"), strings.ToLower(cell("sha256"))
		one.obtained = disclosedDay(cell("obtained"))
		switch {
		case len(cells) != len(head):
			aside = append(aside, unreadLine{line, fmt.Sprintf("it has %d cells for %d columns", len(cells), len(head))})
		case one.authority == "":
			aside = append(aside, unreadLine{line, "it names no authority"})
		case one.obtained == "":
			aside = append(aside, unreadLine{line, fmt.Sprintf("%q is no day such as 2026-10-05 or 05/10/2026", cell("obtained"))})
		default:
			lines = append(lines, one)
		}
	}
}

// disclosedDay reads a day as operators write it; empty when it is none.
func disclosedDay(text string) policy.Date {
	for _, form := range []string{time.DateOnly, "02/01/2006"} {
		if at, err := time.Parse(form, text); err == nil && at.Format(form) == text {
			return policy.Date(at.Format(time.DateOnly))
		}
	}
	return ""
}

// listSections hold the operator's own list against the record, both ways. Lines match
// by the file's SHA-256 where the list has it, else by the authority and the day on
// which the data was obtained, one line to one return.
func (r *ipco) listSections() ([]paper.Section, error) {
	const heading = "2. The operator's own list against the record"
	text, given := r.ask.inputs[operatorList]
	if !given {
		return []paper.Section{{Heading: heading, Paragraphs: []string{"No list of the operator was given, so nothing was compared."}}}, nil
	}
	lines, aside, err := readOperatorList(text)
	if err != nil {
		return nil, err
	}
	matched := r.match(lines)
	there := paper.Table{Columns: []string{"Line", "Authority", "Obtained", "Operator", "Records"}, Rows: [][]string{}}
	for _, l := range lines {
		if !l.matched {
			there.Rows = append(there.Rows, []string{inDigits(l.line), l.authority, string(l.obtained), l.operator, l.records})
		}
	}
	here := paper.Table{Columns: []string{"Case", "Item", "Operator", "Authority", "Obtained", "Entry"}, Rows: [][]string{}}
	var both, unlisted []ledger.EntryID
	for n, one := range r.lines {
		if matched[n] {
			both = append(both, one.Entry)
			continue
		}
		unlisted = append(unlisted, one.Entry)
		here.Rows = append(here.Rows, []string{one.in.name(), one.Item, one.From, one.authority.document.Reference, dayText(one.said.ObtainedOn), shortID(one.Entry)})
	}
	unread := paper.Table{Columns: []string{"Line", "Why it could not be read"}, Rows: [][]string{}}
	for _, a := range aside {
		unread.Rows = append(unread.Rows, []string{inDigits(a.line), a.reason})
	}
	slices.SortFunc(both, compareEntries)
	return []paper.Section{
		{
			Heading: heading,
			Paragraphs: []string{
				"Lines of the list match a return by the SHA-256 of the file where the list has it, else by the authority and the day on which the data was obtained; one line to one return. " +
					"Lines of the list have no entry behind them: they stand in the file that was given, which is recorded with this report.",
			},
			Figures: []paper.Figure{
				sumFigure("ipco.list", "Lines of the list", "", int64(len(lines)+len(aside)), nil), countFigure("ipco.list.matched", "Returns on the list", both),
				countFigure("ipco.list.only-here", "Returns in the record and not on the list", unlisted),
				sumFigure("ipco.list.only-there", "Lines of the list with no return in the record", "", int64(len(there.Rows)), nil),
				sumFigure("ipco.list.unread", "Lines that could not be read", "", int64(len(aside)), nil),
			},
		},
		{Heading: "2a. On the list, not in the record", Table: &there},
		{Heading: "2b. In the record, not on the list", Table: &here},
		{Heading: "2c. Lines that could not be read", Table: &unread},
	}, nil
}

// match marks the lines that stand for a return of the report, one line to one return,
// and tells which returns are so on the list.
func (r *ipco) match(lines []disclosedLine) []bool {
	matched := make([]bool, len(r.lines))
	by := func(same func(disclosedLine, ipcoReturn) bool) {
		for i := range lines {
			for n, one := range r.lines {
				if !lines[i].matched && !matched[n] && same(lines[i], one) {
					lines[i].matched, matched[n] = true, true
				}
			}
		}
	}
	by(func(l disclosedLine, one ipcoReturn) bool { return l.sha256 != "" && one.sha256 == l.sha256 })
	by(func(l disclosedLine, one ipcoReturn) bool {
		return l.sha256 == "" && strings.EqualFold(l.authority, one.authority.document.Reference) && l.obtained == one.said.ObtainedOn
	})
	return matched
}

func compareEntries(x, y ledger.EntryID) int { return strings.Compare(x.String(), y.String()) }
