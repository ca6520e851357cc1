package render

import (
	"io"

	"custos.example/analysis"
	"custos.example/analysis/event"
)

// TableCSV is the step render-table-csv@1: any result as a table of text that a
// spreadsheet program opens without running or rounding anything.
// Shape: as that of render-schedule-csv: the head, then one line a row; a
// what-if copy says in its first line that it is one.
type TableCSV struct{}

// Info returns the step's name, ports and parameters.
func (TableCSV) Info() analysis.Info {
	return analysis.Info{
		Name: "render-table-csv", Version: 1, Class: analysis.Render, Title: "Result as a table",
		Inputs:  tableInputs(),
		Outputs: []analysis.Port{{Name: "page", Media: "text/csv", Extension: "csv"}},
	}
}

// Run writes the table.
// Errors: event.ErrNotCanonical, analysis.ErrField, ErrMeta.
func (TableCSV) Run(env analysis.Env, in map[string]analysis.Input, _ analysis.Params, out map[string]io.Writer) (analysis.Result, error) {
	x, err := openTable(env, in)
	if err != nil {
		return analysis.Result{}, err
	}
	columns := x.tableColumns()
	titles := make([]string, len(columns))
	for n, c := range columns {
		titles[n] = harmless(visible(c.title))
	}
	w := newCSVWriter(out["page"], x.front.notServed, titles)
	cells := make([]string, len(columns))
	err = x.eachTableRow(in, func(row []string) error {
		for n, c := range row {
			cells[n] = harmless(visible(c))
		}
		return w.record(cells)
	})
	if err == nil {
		err = w.flush()
	}
	if err != nil {
		return analysis.Result{}, err
	}
	return x.sum.result(), nil
}

// csvWriter writes canonical CSV in large pieces.
type csvWriter struct {
	w    io.Writer
	line []byte
	err  error
}

// newCSVWriter begins a table with its head, below a notice where there is one.
func newCSVWriter(w io.Writer, notice string, head []string) *csvWriter {
	c := &csvWriter{w: w}
	if notice != "" {
		c.line = event.AppendRecord(c.line, append([]string{notice}, make([]string, len(head)-1)...)...)
	}
	c.line = event.AppendRecord(c.line, head...)
	return c
}

func (c *csvWriter) record(cells []string) error {
	c.line = event.AppendRecord(c.line, cells...)
	if len(c.line) > 64<<10 {
		return c.flush()
	}
	return c.err
}

func (c *csvWriter) flush() error {
	if c.err == nil && len(c.line) > 0 {
		_, c.err = c.w.Write(c.line)
	}
	c.line = c.line[:0]
	return c.err
}
