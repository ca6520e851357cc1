package render

import (
	"io"

	"custos.example/analysis"
)

// TableXLSX is the step render-table-xlsx@1: any result as a workbook in which
// every identifier is text.
// Shape: sheet About, as page 1 on paper; sheet Result, for reading; sheet Left
// out, where the result names what it left out; sheet Data, every recorded
// column as it is, for working. All but Data have the texts of the CSV page.
type TableXLSX struct{}

// Info returns the step's name, ports and parameters.
func (TableXLSX) Info() analysis.Info {
	return analysis.Info{
		Name: "render-table-xlsx", Version: 1, Class: analysis.Render, Title: "Result as a workbook",
		Inputs: tableInputs(),
		Outputs: []analysis.Port{
			{Name: "page", Media: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Extension: "xlsx"},
		},
	}
}

// Run writes the workbook. It keeps no row in memory.
// Errors: ErrMeta, analysis.ErrField, event.ErrNotCanonical; more rows or longer
// texts than the format holds.
func (TableXLSX) Run(env analysis.Env, in map[string]analysis.Input, _ analysis.Params, out map[string]io.Writer) (analysis.Result, error) {
	x, err := openTable(env, in)
	if err != nil {
		return analysis.Result{}, err
	}
	head, err := excludedHead(in)
	if err != nil {
		return analysis.Result{}, err
	}
	sheets := []xlsxSheet{x.aboutSheet(), x.resultSheet(in)}
	if head != nil {
		left := xlsxSheet{Name: "Left out", Rows: func(row func([]string) error) error { return x.eachExcluded(in, head, row) }}
		for _, title := range excludedTitles(head) {
			left.Columns = append(left.Columns, xlsxColumn{title, 24, xlsxText})
		}
		sheets = append(sheets, left)
	}
	data := xlsxSheet{Name: "Data", Recorded: true, Rows: func(row func([]string) error) error { return x.eachRecord(in, row) }}
	for _, f := range x.sum.Table.Fields {
		data.Columns = append(data.Columns, xlsxColumn{f.Name, fieldWidth(f.Kind), fieldKind(f.Kind)})
	}
	if err := writeXLSX(out["page"], x.front.notServed, append(sheets, data)); err != nil {
		return analysis.Result{}, err
	}
	return x.sum.result(), nil
}

func (x *exhibit) resultSheet(in map[string]analysis.Input) xlsxSheet {
	sheet := xlsxSheet{Name: "Result", Rows: func(row func([]string) error) error { return x.eachTableRow(in, row) }}
	for _, c := range x.tableColumns() {
		sheet.Columns = append(sheet.Columns, xlsxColumn{c.title, fieldWidth(c.kind), fieldKind(c.kind)})
	}
	return sheet
}

// fieldWidth returns how wide a column is, in characters.
func fieldWidth(kind string) int {
	switch kind {
	case analysis.KindCount, analysis.KindHour, analysis.KindRatio, analysis.KindDegrees:
		return 9
	case analysis.KindSeconds, analysis.KindDay, analysis.KindMetres, analysis.KindRow:
		return 12
	case analysis.KindInstant, analysis.KindCell:
		return 24
	case analysis.KindFlags:
		return 40
	}
	return 20
}

func fieldKind(kind string) xlsxKind {
	if isNumber(kind) || kind == analysis.KindSeconds || kind == analysis.KindRow {
		return xlsxNumber
	}
	return xlsxText
}
