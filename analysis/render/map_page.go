package render

import (
	"fmt"
	"io"
	"strings"

	"custos.example/analysis/grid"
)

// mapPage is the text that stands round a map.
type mapPage struct {
	notServed string
	question  string
	heading   string   // what kind of page, of what period
	notes     []string // each a line of small print
	caveats   []caveat
}

// caveat is a limit that is printed with its id.
type caveat struct {
	id, text string
	bold     bool
}

// newMapPlane returns the plane on which the map's sites and places lie in a
// frame, or says in the map why there is none.
func (m *cellMap) newMapPlane(frame box) plane {
	if m.undrawn != "" {
		return plane{crs: m.crs, frame: frame}
	}
	var spots []spot
	for _, site := range m.sites {
		spots = append(spots, site.at)
	}
	for _, place := range m.places {
		spots = append(spots, place.at)
	}
	p, err := newPlane(m.crs, spots, frame)
	if err != nil {
		m.undrawn = err.Error()
	}
	return p
}

// drawMap draws the frame and everything in it, from the back to the front.
func (c *canvas) drawMap(p plane, m cellMap) {
	c.drawGrid(p)
	c.drawBackdrop(p, m.backdrop)
	c.drawNumbers(p)
	c.drawSites(p, m)
}

// Places on a page of SVG, in 0.01 mm.
const (
	mapTop    = 3_400
	mapHeight = 14_000
)

// writeMap writes the whole page as SVG.
func writeMap(w io.Writer, page mapPage, m cellMap) error {
	c := &canvas{}
	y := int64(1_400)
	if page.notServed != "" {
		for _, line := range wrap(page.notServed, middle, frameWidth*88/100) {
			c.text(spot{pageMargin, y}, words{size: middle, fill: ink, bold: true}, line)
			y += 500
		}
	}
	for _, line := range wrap(page.heading, normal, frameWidth) {
		y += 400
		c.text(spot{pageMargin, y}, words{size: normal, fill: ink}, line)
	}
	y += 150
	for _, line := range wrap(page.question, large, frameWidth*88/100) { // bold letters are wider
		y += 600
		c.text(spot{pageMargin, y}, words{size: large, fill: ink, bold: true}, line)
	}
	y += 500
	p := m.newMapPlane(newFrame(y, mapHeight))
	if m.undrawn != "" {
		for _, line := range wrap("No map is drawn: "+m.undrawn+". The cells are listed below.", middle, frameWidth) {
			y += 500
			c.text(spot{pageMargin, y}, words{size: middle, fill: ink}, line)
		}
	} else {
		c.drawMap(p, m)
		y = c.drawScale(p, p.frame.bottom+200)
		y = c.drawLegend(m, y+600)
	}
	y = c.drawList(m, y+400)
	y = c.drawNotes(page, p, m, y+600)
	_, err := io.WriteString(w, svgPage{height: y + pageMargin/2, title: page.title(), desc: describe(m)}.document(c))
	return err
}

// title returns what a reader hears first.
func (p mapPage) title() string {
	if p.notServed != "" {
		return p.notServed + " " + p.question
	}
	return p.question
}

// describe returns the map in one sentence; the list below it is its equivalent
// in text.
func describe(m cellMap) string {
	missing := 0
	for _, use := range m.uses {
		if use.unplaced != "" {
			missing++
		}
	}
	if m.undrawn != "" {
		return "No map is drawn: " + m.undrawn + ". Every cell is listed."
	}
	return fmt.Sprintf("Map of %d sites with the cells recorded for %s. %d of %d cells are not placed. Every cell is listed below the map.",
		len(m.sites), strings.Join(m.subjects, ", "), missing, len(m.uses))
}

// groundWords names the projection, the way between two systems, and the base
// map with its credit.
func groundWords(p plane, m cellMap) string {
	text := p.describe()
	if m.converted || m.backdrop.crs != "" && m.backdrop.crs != p.crs {
		text += " " + grid.Datum
	}
	if m.backdrop.credit == "" {
		return text + " No base map."
	}
	return text + " Base map: " + sentence(m.backdrop.credit) + " Its file has the SHA-256 " + m.backdrop.digest + "."
}

// drawNotes draws the limits, CAV-CELL-3 in bold, then the small print, and
// returns where they end.
func (c *canvas) drawNotes(page mapPage, p plane, m cellMap, y int64) int64 {
	const left = 3_000
	row := func(id, text string, bold bool) {
		width := int64(frameWidth - left)
		if bold {
			width = width * 88 / 100
		}
		c.text(spot{pageMargin, y}, words{size: normal, fill: grey70}, id)
		for _, line := range wrap(text, normal, width) {
			c.text(spot{pageMargin + left, y}, words{size: normal, fill: ink, bold: bold}, line)
			y += 400
		}
		y += 80
	}
	for _, cav := range page.caveats {
		row(cav.id, cav.text, cav.bold)
	}
	if m.undrawn == "" {
		row("Map", groundWords(p, m), false)
	}
	for _, note := range page.notes {
		row("", note, false)
	}
	return y
}
