package render

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"custos.example/analysis"
	"custos.example/analysis/event"
)

// tableInputs returns the ports of every renderer of any result: its main table
// under the name `table`, what it left out by name, its summary, and the
// exhibit's meta.
func tableInputs() []analysis.Port {
	return []analysis.Port{
		{Name: "table", Media: "text/csv", Extension: "csv"},
		{Name: "excluded", Media: "text/csv", Extension: "csv", Optional: true},
		{Name: "summary", Media: "application/json", Extension: "json"},
		{Name: "meta", Media: "application/json", Extension: "json"},
	}
}

// tableColumn is one column of a result as a page shows it: a field, or to whom
// the identifier in that field is attributed.
type tableColumn struct {
	title  string
	kind   string
	field  int
	person bool
}

// tableColumns returns the columns of a page: the fields of the result in their
// order and, where the exhibit attributes identifiers, a column behind each
// identifier.
func (x *exhibit) tableColumns() []tableColumn {
	var columns []tableColumn
	for n, f := range x.sum.Table.Fields {
		columns = append(columns, tableColumn{title: fieldTitle(f), kind: f.Kind, field: n})
		if f.Kind == analysis.KindIdentifier && len(x.meta.Attributions) > 0 {
			columns = append(columns, tableColumn{title: fieldTitle(f) + " attributed to", field: n, person: true})
		}
	}
	return columns
}

// openTable opens an exhibit of any result.
func openTable(env analysis.Env, in map[string]analysis.Input) (exhibit, error) {
	return openExhibit(env, in, "table", "excluded")
}

// eachTableRow gives every row of the result, in the words of a page. The cells
// are valid until the next row.
func (x *exhibit) eachTableRow(in map[string]analysis.Input, use func(cells []string) error) error {
	columns := x.tableColumns()
	cells := make([]string, len(columns))
	date := slices.IndexFunc(x.sum.Table.Fields, func(f analysis.Field) bool { return f.Kind == analysis.KindDay && f.Name == "date" })
	return eachLine("table", in["table"], x.sum.Table.Header(), func(fields [][]byte) error {
		day := ""
		if date >= 0 {
			day = string(fields[date])
		}
		for n, c := range columns {
			value := string(fields[c.field])
			if c.person {
				cells[n] = x.meta.person(value, day)
			} else {
				cells[n] = fieldText(x.meta, x.clock, c.kind, value)
			}
		}
		return use(cells)
	})
}

// eachRecord gives every row of the result as it is recorded.
func (x *exhibit) eachRecord(in map[string]analysis.Input, use func(cells []string) error) error {
	cells := make([]string, len(x.sum.Table.Fields))
	return eachLine("table", in["table"], x.sum.Table.Header(), func(fields [][]byte) error {
		for n, f := range fields {
			cells[n] = string(f)
		}
		return use(cells)
	})
}

// excludedHead returns the header of the port `excluded`; nil when it is not
// given.
func excludedHead(in map[string]analysis.Input) ([]string, error) {
	given, ok := in["excluded"]
	if !ok {
		return nil, nil
	}
	first, err := event.NewLines(io.NewSectionReader(given, 0, given.Size())).Next()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("excluded: %w: the file is empty", event.ErrNotCanonical)
	}
	if err != nil {
		return nil, fmt.Errorf("excluded: %w", err)
	}
	return strings.Split(string(first), ","), nil
}

// eachExcluded gives every row of the port `excluded` in the words of a page.
func (x *exhibit) eachExcluded(in map[string]analysis.Input, head []string, use func(cells []string) error) error {
	cells := make([]string, len(head))
	return eachLine("excluded", in["excluded"], head, func(fields [][]byte) error {
		for n, f := range fields {
			cells[n] = fieldText(x.meta, x.clock, excludedKind(head[n]), string(f))
		}
		return use(cells)
	})
}

// excludedKind returns the kind of a column of the port `excluded`.
func excludedKind(name string) string {
	switch name {
	case "counterparty", "identifier", "subject", "a_number", "b_number":
		return analysis.KindIdentifier
	case "first", "last", "start", "at", "start_utc":
		return analysis.KindInstant
	case "cell":
		return analysis.KindCell
	case "source":
		return analysis.KindRow
	}
	return analysis.KindText
}

// excludedTitles returns the heads of the port `excluded` as a page prints them.
func excludedTitles(head []string) []string {
	titles := make([]string, len(head))
	for n, name := range head {
		titles[n] = strings.ToUpper(name[:min(1, len(name))]) + strings.ReplaceAll(name[min(1, len(name)):], "_", " ")
	}
	return titles
}

// eachLine reads a canonical table with a known header.
func eachLine(port string, in analysis.Input, head []string, use func(fields [][]byte) error) error {
	t, err := event.NewTable(io.NewSectionReader(in, 0, in.Size()), head)
	if err != nil {
		return fmt.Errorf("%s: %w", port, err)
	}
	for {
		fields, err := t.Next()
		if err == io.EOF { //nolint:errorlint // Next returns io.EOF itself
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", port, err)
		}
		if err := use(fields); err != nil {
			return err
		}
	}
}

// fieldText writes one value of a result as every page shows it; an absent value
// stays blank.
func fieldText(m Meta, clock *event.Clock, kind, value string) string {
	if value == "" {
		return ""
	}
	switch kind {
	case analysis.KindIdentifier:
		return identifierText(value)
	case analysis.KindInstant:
		if local := localWords(value, clock); local != "" {
			return local
		}
	case analysis.KindSeconds:
		return duration(value)
	case analysis.KindDay:
		return ukDate(value)
	case analysis.KindDegrees:
		return azimuth(value)
	case analysis.KindCell:
		return cellName(value)
	case analysis.KindRatio:
		return strings.TrimSuffix(value, " %") + " %"
	case analysis.KindFlags:
		return flagsText(value)
	case analysis.KindRow:
		if len(value) == 16 {
			return m.reference(value)
		}
	case analysis.KindText:
		return listText(value)
	}
	return value
}

// listText writes a text, or a list of canonical values with "; " between them,
// as a page shows such values.
func listText(value string) string {
	if strings.IndexByte(value, '+') < 0 && strings.IndexByte(value, ':') < 0 {
		return value
	}
	parts := strings.Split(value, "; ")
	for n, part := range parts {
		scheme, _, _ := strings.Cut(part, ":")
		switch scheme {
		case "cgi", "utran", "ecgi", "ncgi", "name":
			parts[n] = cellName(part)
		default:
			if len(part) > 7 && part[0] == '+' && strings.Trim(part[1:], "0123456789") == "" {
				parts[n] = event.Display(part)
			}
		}
	}
	return strings.Join(parts, "; ")
}

// identifierText writes an identifier: a number as people say it, a handset as
// its first 14 digits, other long digits in groups.
func identifierText(id string) string {
	text := event.Display(id)
	if len(text) >= 12 && strings.Trim(text, "0123456789") == "" {
		if len(text) == 14 {
			return handset(text)
		}
		return grouped(text)
	}
	return text
}

// isNumber reports the kinds whose values are whole numbers that a reader
// compares by size.
func isNumber(kind string) bool {
	return kind == analysis.KindCount || kind == analysis.KindMetres || kind == analysis.KindCoordinate
}

// isRight reports the kinds that are set flush right.
func isRight(kind string) bool {
	return isNumber(kind) || kind == analysis.KindSeconds || kind == analysis.KindRatio || kind == analysis.KindDegrees
}
