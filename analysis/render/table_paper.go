package render

import (
	"strings"

	"custos.example/analysis"
)

// paperColumn is one column of a result on paper: one or more of its columns,
// which stand in one cell.
type paperColumn struct {
	title string
	parts []int // of tableColumns
	right bool
}

// paperTable is how a result is laid out on paper, where there is less room than
// on a screen.
type paperTable struct {
	columns []paperColumn
	note    string // which columns were left out, and why that loses nothing
}

// seenColumns is what a first reading of the rows tells of their columns.
type seenColumns struct {
	used, repeated []bool
	rows           int64
}

// wideTable is the number of columns from which on the person to whom an
// identifier is attributed stands in one cell with it.
const wideTable = 11

// layOut reads every row once and chooses the columns of the paper. A column is
// left out when no row has a value in it, or when it only repeats date, time and
// zone of its row; a row's source and number, and a cell with where it stands
// and faces, share one column.
func (x *exhibit) layOut(in map[string]analysis.Input) (paperTable, error) {
	columns := x.tableColumns()
	seen, err := x.readColumns(columns, in)
	if err != nil {
		return paperTable{}, err
	}
	var p paperTable
	var empty, repeated []string
	last := -1 // the column before, when it is shown
	wide := 0
	for n := range columns {
		if n == 0 || seen.used[n] && !seen.repeated[n] {
			wide++
		}
	}
	for n, c := range columns {
		switch {
		case n > 0 && !seen.used[n] && !c.person:
			empty = append(empty, c.title)
			last = -1
			continue
		case n > 0 && !seen.used[n]:
			continue
		case seen.repeated[n]:
			repeated = append(repeated, c.title)
			last = -1
			continue
		}
		if last >= 0 && x.shares(columns, last, n, wide) {
			group := &p.columns[len(p.columns)-1]
			group.parts = append(group.parts, n)
			group.title = sharedTitle(group.title, c)
		} else {
			title := c.title
			if c.person {
				title = "Attributed to*"
			}
			p.columns = append(p.columns, paperColumn{title: title, parts: []int{n}, right: isRight(c.kind)})
		}
		last = n
	}
	if len(empty) > 0 {
		p.note = "Not printed, since no row has a value: " + strings.Join(empty, ", ") + "."
	}
	if len(repeated) > 0 {
		p.note = strings.TrimSpace(p.note + " Not printed, since it repeats date, time and zone: " + strings.Join(repeated, ", ") + ".")
	}
	return p, nil
}

// readColumns finds the columns that say something.
func (x *exhibit) readColumns(columns []tableColumn, in map[string]analysis.Input) (seenColumns, error) {
	seen := seenColumns{used: make([]bool, len(columns)), repeated: make([]bool, len(columns))}
	clock := [3]int{-1, -1, -1} // date, time and zone
	for n, c := range columns {
		switch name := x.sum.Table.Fields[c.field].Name; {
		case c.kind == analysis.KindDay && name == "date":
			clock[0] = n
		case c.kind == analysis.KindHour && name == "time":
			clock[1] = n
		case name == "shown_zone":
			clock[2] = n
		}
		seen.repeated[n] = c.kind == analysis.KindInstant
	}
	err := x.eachTableRow(in, func(cells []string) error {
		seen.rows++
		for n, cell := range cells {
			seen.used[n] = seen.used[n] || cell != ""
			if seen.repeated[n] && (clock[0] < 0 || clock[1] < 0 || clock[2] < 0 || cell != cells[clock[0]]+" "+cells[clock[1]]+" "+cells[clock[2]]) {
				seen.repeated[n] = false
			}
		}
		return nil
	})
	for n := range columns {
		if seen.rows == 0 {
			seen.used[n], seen.repeated[n] = true, false
		}
	}
	return seen, err
}

// shares tells whether a column stands in one cell with the column before.
func (x *exhibit) shares(columns []tableColumn, before, n, wide int) bool {
	if n != before+1 && !columns[n-1].person {
		return false
	}
	a, b := columns[before], columns[n]
	name := x.sum.Table.Fields[b.field].Name
	switch {
	case b.person:
		return wide >= wideTable
	case a.kind == analysis.KindRow && b.kind == analysis.KindRow:
		return strings.Contains(x.sum.Table.Fields[a.field].Name, "source") && strings.Contains(name, "row")
	case a.kind == analysis.KindCell:
		return b.kind == analysis.KindText && strings.HasSuffix(name, "place") || b.kind == analysis.KindDegrees && strings.HasSuffix(name, "azimuth")
	case b.kind == analysis.KindDegrees && strings.HasSuffix(name, "azimuth"):
		return strings.HasSuffix(x.sum.Table.Fields[a.field].Name, "place")
	}
	return false
}

func sharedTitle(title string, c tableColumn) string {
	switch {
	case c.person:
		return title + " (attributed to*)"
	case c.kind == analysis.KindDegrees:
		return title + ", azimuth"
	case c.kind == analysis.KindText:
		return title + ", site"
	}
	return title + ", row"
}

// cells returns the cells of a row on paper.
func (p paperTable) cells(columns []tableColumn, row, cells []string) []string {
	for n, c := range p.columns {
		text := ""
		for _, part := range c.parts {
			value := row[part]
			switch {
			case value == "":
			case columns[part].person && text != "":
				text += " (" + starred(value) + ")"
			case columns[part].person:
				text = starred(value)
			case text == "":
				text = value
			default:
				text += ", " + value
			}
		}
		cells[n] = orDash(text)
	}
	return cells
}
