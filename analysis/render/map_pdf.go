package render

import (
	"io"
	"unicode/utf8"

	"custos.example/analysis"
)

// MapPDF is the step render-map-pdf@1: the map of render-map-svg on A4 paper.
//
// First the page of every exhibit, then the map on a page of its own, then the
// list of every cell, then how to check.
type MapPDF struct{}

// Info returns the step's name, ports and parameters.
func (MapPDF) Info() analysis.Info {
	return analysis.Info{
		Name: "render-map-pdf", Version: 1, Class: analysis.Render, Title: "Map of the cells recorded, on paper",
		Inputs:  mapInputs(),
		Outputs: []analysis.Port{{Name: "page", Media: "application/pdf", Extension: "pdf"}},
		Caveats: mapCaveats(),
	}
}

// Run draws the pages.
// Errors: ErrMeta, event.ErrNotCanonical, analysis.ErrBalance.
func (MapPDF) Run(env analysis.Env, in map[string]analysis.Input, _ analysis.Params, out map[string]io.Writer) (analysis.Result, error) {
	x, page, m, err := openMap(env, in)
	if err != nil {
		return analysis.Result{}, err
	}
	x.front.limits = x.front.limits[:0]
	for _, c := range page.caveats {
		x.front.limits = append(x.front.limits, analysis.Caveat{ID: c.id, Text: c.text})
	}
	if x.meta.CellDate == "" {
		x.front.details = append(x.front.details, section{title: "Cell details", text: page.notes[:1]})
	}
	s, err := newSheet(x)
	if err != nil {
		return analysis.Result{}, err
	}
	s.front(x)
	if err := s.mapPage(x, page, m); err != nil {
		return analysis.Result{}, err
	}
	columns := []column{}
	for _, c := range listColumns() {
		columns = append(columns, column{title: c.title, face: plain})
	}
	err = s.list(columns, []string{listTitle}, func(use func([]string) error) error {
		for _, row := range m.list() {
			if err := use(row); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return analysis.Result{}, err
	}
	return page.result(x.sum), s.finish(x, out["page"])
}

// mapPage draws the page that holds the map: the frame takes what its scale,
// legend and notes leave.
func (s *sheet) mapPage(x exhibit, page drawnPage, m cellMap) error {
	about := "One question: " + x.meta.Question
	if utf8.RuneCountInString(about) > 240 {
		about = "The question asked stands on page 1."
	}
	s.page(true, "Cell-site map, times in "+x.sum.Time.Shown, about)
	top := int64(s.y*100) + 200
	room := int64(s.bottom*100) - top
	p := m.newMapPlane(newFrame(top, mapHeight))
	if m.undrawn != "" {
		s.y += 4
		s.paragraph(11, "No map is drawn: "+m.undrawn+". The cells are listed on the next page.", func() { s.page(true) })
		return nil
	}
	below := (&canvas{}).drawBelow(p, page, m, 0)
	p = m.newMapPlane(newFrame(top, max(room-below, 2*frameInset+1_000)))
	c := &canvas{}
	if err := c.drawMap(p, m); err != nil {
		return err
	}
	c.drawBelow(p, page, m, p.frame.bottom)
	s.draw(c, 0, 0)
	return nil
}

// drawBelow draws scale, legend and the notes that stand on the same page as a
// map, and returns where they end.
func (c *canvas) drawBelow(p plane, page drawnPage, m cellMap, y int64) int64 {
	y = c.drawScale(p, y+150)
	y = c.drawRemarks(m, small, c.drawLegend(m, y+450))
	for _, cav := range page.caveats {
		if !cav.bold {
			continue
		}
		for _, line := range wrap(cav.id+"  "+cav.text, normal, frameWidth*88/100) {
			y += 330
			c.text(spot{pageMargin, y - 200}, words{size: normal, fill: ink, bold: true}, line)
		}
	}
	for _, line := range wrap(groundWords(p, m), small, frameWidth) {
		y += 300
		c.text(spot{pageMargin, y - 200}, words{size: small, fill: ink}, line)
	}
	return y - 100
}
