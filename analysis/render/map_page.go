package render

import (
	"fmt"
	"io"
	"strings"

	"custos.example/analysis/grid"
)

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
func (c *canvas) drawMap(p plane, m cellMap) error {
	c.drawGrid(p)
	names, err := c.drawBackdrop(p, m.backdrop)
	if err != nil {
		return err
	}
	c.drawSites(p, m, names, c.drawNumbers(p))
	return nil
}

// Places on a page of SVG, in 0.01 mm.
const (
	mapTop    = 3_400
	mapHeight = 14_000
)

// writeMap writes the whole page as SVG.
func writeMap(w io.Writer, page drawnPage, m cellMap) error {
	c := &canvas{}
	y := c.drawTop(page) + 500
	p := m.newMapPlane(newFrame(y, mapHeight))
	if m.undrawn != "" {
		for _, line := range wrap("No map is drawn: "+m.undrawn+". The cells are listed below.", middle, frameWidth) {
			y += 500
			c.text(spot{pageMargin, y}, words{size: middle, fill: ink}, line)
		}
	} else {
		if err := c.drawMap(p, m); err != nil {
			return err
		}
		y = c.drawScale(p, p.frame.bottom+200)
		y = c.drawLegend(m, y+600)
		y = c.drawRemarks(m, normal, y)
	}
	y = c.drawList(m, y+400)
	ground := ""
	if m.undrawn == "" {
		ground = groundWords(p, m)
	}
	y = c.drawNotes(page, "Map", ground, y+600)
	_, err := io.WriteString(w, svgPage{height: y + pageMargin/2, title: page.title(), desc: describe(m)}.document(c))
	return err
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
	if m.converted || m.backdrop.in != nil && p.crs == nationalGrid {
		text += " " + grid.Datum
	}
	if m.backdrop.in == nil {
		return text + " No base map."
	}
	return text + " Base map: " + m.backdrop.credit + " Its canonical file has the SHA-256 " + m.backdrop.digest + "."
}
