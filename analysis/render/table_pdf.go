package render

import (
	"io"

	"custos.example/analysis"
)

// TablePDF is the step render-table-pdf@1: any result on A4 paper.
//
// First the page of every exhibit (the question, counts, sources, making,
// limits), then the rows in landscape, then the list of what was left out by
// name, then how to check.
type TablePDF struct{}

// Info returns the step's name, ports and parameters.
func (TablePDF) Info() analysis.Info {
	return analysis.Info{
		Name: "render-table-pdf", Version: 1, Class: analysis.Render, Title: "Result on paper",
		Inputs:  tableInputs(),
		Outputs: []analysis.Port{{Name: "page", Media: "application/pdf", Extension: "pdf"}},
	}
}

// Run draws the pages.
// Errors: ErrMeta, analysis.ErrField, event.ErrNotCanonical; more rows than can
// be printed.
func (TablePDF) Run(env analysis.Env, in map[string]analysis.Input, _ analysis.Params, out map[string]io.Writer) (analysis.Result, error) {
	x, err := openTable(env, in)
	if err != nil {
		return analysis.Result{}, err
	}
	s, err := newSheet(x)
	if err != nil {
		return analysis.Result{}, err
	}
	s.front(x)
	columns := []column{}
	for _, c := range x.tableColumns() {
		title := c.title
		if c.person {
			title = "Attributed to*"
		}
		columns = append(columns, column{title: title, face: plain, right: isRight(c.kind)})
	}
	err = s.list(x.sum.Title+", times in "+x.sum.Time.Shown+s.starNote(), columns, func(use func([]string) error) error {
		return x.eachTableRow(in, use)
	})
	if err != nil {
		return analysis.Result{}, err
	}
	head, err := excludedHead(in)
	if err != nil {
		return analysis.Result{}, err
	}
	if head != nil {
		columns = []column{}
		for _, title := range excludedTitles(head) {
			columns = append(columns, column{title: title, face: plain})
		}
		err = s.list("Appendix: left out of the result by rule", columns, func(use func([]string) error) error {
			return x.eachExcluded(in, head, use)
		})
		if err != nil {
			return analysis.Result{}, err
		}
	}
	return x.sum.result(), s.finish(x, out["page"])
}

// list draws a table on landscape pages of its own, its columns as wide as what
// stands in them.
func (s *sheet) list(title string, columns []column, each func(use func(cells []string) error) error) error {
	rows := int64(0)
	err := s.fitColumns(columns, tableStyle, longSide-2*margin, func(use func(cells []string) error) error {
		return each(func(cells []string) error {
			rows++
			if err := printable(rows); err != nil {
				return err
			}
			return use(dashes(cells))
		})
	})
	if err != nil {
		return err
	}
	g := &ruled{s: s, columns: columns, style: tableStyle}
	g.again = func() {
		s.page(true, title, "rows in all: "+number(rows))
		g.head()
	}
	g.again()
	err = each(func(cells []string) error {
		g.row(dashes(cells))
		return s.f.Error()
	})
	if err == nil && rows == 0 {
		s.noRow()
	}
	return err
}

// dashes writes a dash into every blank cell.
func dashes(cells []string) []string {
	for n, c := range cells {
		cells[n] = orDash(c)
	}
	return cells
}
