package render

import (
	"fmt"
	"io"

	"custos.example/analysis"
)

// maxPrinted bounds the rows of a printed schedule, and so a renderer's memory:
// the library keeps every page until the last is drawn.
const maxPrinted = 100_000

// SchedulePDF is the step render-schedule-pdf@1: a schedule on A4 paper.
//
// First page: reference, question, sources with their whole SHA-256, attribution
// with its basis, counts, time, making, limits. Then the rows in landscape, then
// the repeats, then how to check. It prints in black and greys and no text is
// smaller than 7 points.
type SchedulePDF struct{}

// Info returns the step's name, ports and parameters.
func (SchedulePDF) Info() analysis.Info {
	return analysis.Info{
		Name: "render-schedule-pdf", Version: 1, Class: analysis.Render, Title: "Schedule on paper",
		Inputs:  scheduleInputs(),
		Outputs: []analysis.Port{{Name: "page", Media: "application/pdf", Extension: "pdf"}},
		Caveats: []string{analysis.CavOpinion},
	}
}

// Run draws the pages.
// Errors: ErrMeta, event.ErrNotCanonical, analysis.ErrBalance; more rows than
// can be printed.
func (SchedulePDF) Run(env analysis.Env, in map[string]analysis.Input, _ analysis.Params, out map[string]io.Writer) (analysis.Result, error) {
	x, err := openExhibit(env, in, "schedule", "repeats")
	if err != nil {
		return analysis.Result{}, err
	}
	if err := printable(x.sum.Balance.Shown + x.sum.Balance.Repeats); err != nil {
		return analysis.Result{}, err
	}
	s, err := newSheet(x)
	if err != nil {
		return analysis.Result{}, err
	}
	s.front(x)
	var n tableCount
	if err := s.schedule("schedule", "Event schedule, times in "+x.sum.Time.Shown, x.sum.Balance.Shown, in["schedule"], &n); err != nil {
		return analysis.Result{}, err
	}
	if x.sum.Balance.Repeats > 0 {
		title := "Appendix: repeats. No. is the number of the row that is repeated"
		if err := s.schedule("repeats", title, x.sum.Balance.Repeats, in["repeats"], &n); err != nil {
			return analysis.Result{}, err
		}
	}
	if err := n.verify(x.sum); err != nil {
		return analysis.Result{}, err
	}
	return x.sum.result(), s.finish(x, out["page"])
}

// printable refuses more rows than paper takes.
func printable(rows int64) error {
	if rows > maxPrinted {
		return fmt.Errorf("%d rows are too many for paper, at most %d; choose a shorter period or fewer identifiers, or serve the table as a file", rows, maxPrinted)
	}
	return nil
}

// finish draws the last page and writes the document.
func (s *sheet) finish(x exhibit, w io.Writer) error {
	s.check(x)
	if err := s.f.Output(w); err != nil {
		return fmt.Errorf("drawing: %w", err)
	}
	return nil
}
