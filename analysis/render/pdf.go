package render

import (
	"bytes"
	"fmt"
	"io"

	"custos.example/analysis"
	"custos.example/analysis/event"
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
	m, err := readMeta(in["meta"])
	if err != nil {
		return analysis.Result{}, err
	}
	sum, err := readSummary(in["summary"])
	if err != nil {
		return analysis.Result{}, err
	}
	if sum, err = sum.withMeta(m); err != nil {
		return analysis.Result{}, err
	}
	if rows := sum.Balance.Shown + sum.Balance.Repeats; rows > maxPrinted {
		return analysis.Result{}, fmt.Errorf("%d rows are too many for paper, at most %d; choose a shorter period or fewer identifiers, or serve the table as a file", rows, maxPrinted)
	}
	loc, err := env.Zone(sum.Time.Shown)
	if err != nil {
		return analysis.Result{}, err
	}
	page, err := drawSchedule(m, sum, event.NewClock(loc), in)
	if err != nil {
		return analysis.Result{}, err
	}
	if _, err := out["page"].Write(page); err != nil {
		return analysis.Result{}, err
	}
	return sum.result(), nil
}

func drawSchedule(m Meta, sum pageSummary, clock *event.Clock, in map[string]analysis.Input) ([]byte, error) {
	code, digest, err := contentCode(m, in)
	if err != nil {
		return nil, err
	}
	s, err := newSheet(m, code)
	if err != nil {
		return nil, err
	}
	s.front(sum, clock)
	var n tableCount
	if err := s.schedule("schedule", "Event schedule, times in "+sum.Time.Shown, sum.Balance.Shown, in["schedule"], &n); err != nil {
		return nil, err
	}
	if sum.Balance.Repeats > 0 {
		title := "Appendix: repeats. No. is the number of the row that is repeated"
		if err := s.schedule("repeats", title, sum.Balance.Repeats, in["repeats"], &n); err != nil {
			return nil, err
		}
	}
	if err := n.verify(sum); err != nil {
		return nil, err
	}
	s.check(digest)
	var page bytes.Buffer
	if err := s.f.Output(&page); err != nil {
		return nil, fmt.Errorf("drawing: %w", err)
	}
	return page.Bytes(), nil
}
