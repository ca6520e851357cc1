package render

import (
	"io"

	"custos.example/analysis"
)

// TableHTML is the step render-table-html@1: any result as one file of HTML that
// opens offline.
type TableHTML struct{}

// Info returns the step's name, ports and parameters.
func (TableHTML) Info() analysis.Info {
	return analysis.Info{
		Name: "render-table-html", Version: 1, Class: analysis.Render, Title: "Result as a page",
		Inputs:  tableInputs(),
		Outputs: []analysis.Port{{Name: "page", Media: "text/html", Extension: "html"}},
	}
}

// Run writes the page.
// Errors: ErrMeta, analysis.ErrField, event.ErrNotCanonical.
func (TableHTML) Run(env analysis.Env, in map[string]analysis.Input, _ analysis.Params, out map[string]io.Writer) (analysis.Result, error) {
	x, err := openTable(env, in)
	if err != nil {
		return analysis.Result{}, err
	}
	h := newHTMLPage(out["page"])
	h.begin(x)
	var titles []string
	var right []bool
	for _, c := range x.tableColumns() {
		titles, right = append(titles, c.title), append(right, isRight(c.kind))
	}
	err = h.rows("rows", x.sum.Title+", times in "+x.sum.Time.Shown, titles, right, func(n int, _ []string) string { return "row-" + decimal(int64(n)) },
		func(use func([]string) error) error { return x.eachTableRow(in, use) })
	if err != nil {
		return analysis.Result{}, err
	}
	head, err := excludedHead(in)
	if err != nil {
		return analysis.Result{}, err
	}
	if head != nil {
		err = h.rows("left-out", "Left out of the result by rule", excludedTitles(head), make([]bool, len(head)),
			func(n int, _ []string) string { return "left-out-" + decimal(int64(n)) },
			func(use func([]string) error) error { return x.eachExcluded(in, head, use) })
		if err != nil {
			return analysis.Result{}, err
		}
	}
	return x.sum.result(), h.end(x)
}

// ScheduleHTML is the step render-schedule-html@1: a schedule as one file of HTML
// that opens offline, with the columns of the table of text.
type ScheduleHTML struct{}

// Info returns the step's name, ports and parameters.
func (ScheduleHTML) Info() analysis.Info {
	return analysis.Info{
		Name: "render-schedule-html", Version: 1, Class: analysis.Render, Title: "Schedule as a page",
		Inputs:  scheduleInputs(),
		Outputs: []analysis.Port{{Name: "page", Media: "text/html", Extension: "html"}},
	}
}

// Run writes the page.
// Errors: ErrMeta, event.ErrNotCanonical, analysis.ErrBalance.
func (ScheduleHTML) Run(env analysis.Env, in map[string]analysis.Input, _ analysis.Params, out map[string]io.Writer) (analysis.Result, error) {
	x, err := openExhibit(env, in, "schedule", "repeats")
	if err != nil {
		return analysis.Result{}, err
	}
	h := newHTMLPage(out["page"])
	h.begin(x)
	right := make([]bool, len(CSVColumns()))
	right[0] = true
	n := tableCount{}
	for _, part := range []struct{ port, id, caption, row string }{
		{"schedule", "rows", "Event schedule, times in " + x.sum.Time.Shown, "row-"},
		{"repeats", "repeats", "Appendix: repeats. No. is the number of the row that is repeated", "repeat-"},
	} {
		if part.port == "repeats" && x.sum.Balance.Repeats == 0 {
			continue
		}
		err := h.rows(part.id, part.caption, CSVColumns(), right, func(n int, _ []string) string { return part.row + decimal(int64(n)) },
			func(use func([]string) error) error {
				return eachRow(part.port, in[part.port], func(r scheduleRow) error {
					n.add(part.port)
					return use(csvCells(x.meta, part.port, r))
				})
			})
		if err != nil {
			return analysis.Result{}, err
		}
	}
	if err := n.verify(x.sum); err != nil {
		return analysis.Result{}, err
	}
	return x.sum.result(), h.end(x)
}
