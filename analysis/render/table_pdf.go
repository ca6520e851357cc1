package render

import (
	"io"
	"slices"

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
	if err := s.result(x, in); err != nil {
		return analysis.Result{}, err
	}
	head, err := excludedHead(in)
	if err != nil {
		return analysis.Result{}, err
	}
	if head != nil {
		columns := []column{}
		for _, title := range excludedTitles(head) {
			columns = append(columns, column{title: title, face: plain})
		}
		err = s.list(columns, []string{"Appendix: left out of the result by rule"}, func(use func([]string) error) error {
			return x.eachExcluded(in, head, use)
		})
		if err != nil {
			return analysis.Result{}, err
		}
	}
	return x.sum.result(), s.finish(x, out["page"])
}

// result draws the rows of the result.
func (s *sheet) result(x exhibit, in map[string]analysis.Input) error {
	p, err := x.layOut(in)
	if err != nil {
		return err
	}
	columns := make([]column, len(p.columns))
	for n, c := range p.columns {
		columns[n] = column{title: c.title, face: plain, right: c.right}
	}
	about := []string{x.sum.Title + ", times in " + x.sum.Time.Shown + s.starNote()}
	if p.note != "" {
		about = append(about, p.note)
	}
	all, cells := x.tableColumns(), make([]string, len(columns))
	return s.list(columns, about, func(use func([]string) error) error {
		return x.eachTableRow(in, func(row []string) error { return use(p.cells(all, row, cells)) })
	})
}

// list draws a table on landscape pages of its own, its columns as wide as what
// stands in them.
func (s *sheet) list(columns []column, about []string, each func(use func(cells []string) error) error) error {
	rows := int64(0)
	fits, err := s.measure(columns, tableStyle, func(use func(cells []string) error) error {
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
	parts := bands(columns, fits, tableStyle, longSide-2*margin)
	for n, part := range parts {
		head := append(slices.Clone(about), "rows in all: "+number(rows))
		if len(parts) > 1 {
			head = append(head, "columns: part "+number(int64(n+1))+" of "+number(int64(len(parts))))
		}
		if err := s.band(columns, fits, part, head, each); err != nil {
			return err
		}
		if rows == 0 {
			s.noRow()
		}
	}
	return nil
}

// band draws some of the columns of a table, every row.
func (s *sheet) band(columns []column, fits []fitting, part []int, head []string, each func(use func(cells []string) error) error) error {
	picked, sizes, shown := make([]column, len(part)), make([]fitting, len(part)), make([]string, len(part))
	for n, i := range part {
		picked[n], sizes[n] = columns[i], fits[i]
	}
	setWidths(picked, sizes, tableStyle, longSide-2*margin)
	g := &ruled{s: s, columns: picked, style: tableStyle}
	g.again = func() {
		s.page(true, head...)
		g.head()
	}
	g.again()
	return each(func(cells []string) error {
		dashes(cells)
		for n, i := range part {
			shown[n] = cells[i]
		}
		g.row(shown)
		return s.f.Error()
	})
}

// dashes writes a dash into every blank cell.
func dashes(cells []string) []string {
	for n, c := range cells {
		cells[n] = orDash(c)
	}
	return cells
}
