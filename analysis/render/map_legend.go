package render

import (
	"slices"

	"custos.example/analysis"
)

// legendItem is one kind of mark and what it stands for.
type legendItem struct {
	draw func(c *canvas, at spot)
	text string
}

// legend returns one item for each kind of mark that the map has.
func (m cellMap) legend() []legendItem {
	shapes := []string{"circle, solid arm", "square, dashed arm", "diamond, dotted arm", "cross, dash-dot arm"}
	var items []legendItem
	for subject, name := range m.subjects {
		if !m.marked(subject) {
			continue
		}
		items = append(items, legendItem{func(c *canvas, at spot) {
			c.drawArm(newArm(at, 90, subject, 0))
			c.drawMark(at, subject, 0)
		}, "Cell recorded for " + name + ": " + shapes[subject]})
	}
	for _, use := range m.uses {
		if slices.Contains(use.azimuths, "omni") && use.unplaced == "" {
			items = append(items, legendItem{func(c *canvas, at spot) { c.circle(at, omniRadius*8/10, ink, 40, none) }, "Omnidirectional antenna: ring, no arm"})
			break
		}
	}
	items = append(items, legendItem{func(c *canvas, at spot) {
		c.text(spot{at.x - 60, at.y + 90}, words{size: normal, fill: ink, bold: true}, "1")
	}, "Number of the site in the list; a mark without an arm has no azimuth stated"})
	for _, place := range m.places {
		items = append(items, legendItem{
			func(c *canvas, at spot) { c.drawPlace(at, place.Letter) },
			place.Letter + ": " + place.Name + "; position from " + place.Source,
		})
	}
	if m.backdrop.in != nil {
		items = append(items, legendItem{func(c *canvas, at spot) {
			for n, class := range []string{"road", "boundary", "path"} {
				width, dash := groundStyle(class)
				y := at.y - 110 + int64(n)*110
				c.line(spot{at.x - 250, y}, spot{at.x + 900, y}, groundGrey, width, dash)
			}
		}, groundLegend})
	}
	return items
}

// drawLegend draws the legend in two columns, and returns where it ends.
func (c *canvas) drawLegend(m cellMap, y int64) int64 {
	const text, line, below = 1_600, 370, 130
	items := m.legend()
	for n := 0; n < len(items); n += 2 {
		most := 1
		for k := range min(2, len(items)-n) {
			left := pageMargin + int64(k)*frameWidth/2
			items[n+k].draw(c, spot{left + 330, y - 90})
			lines := wrap(items[n+k].text, normal, frameWidth/2-text-200)
			for i, part := range lines {
				c.text(spot{left + text, y + int64(i)*line}, words{size: normal, fill: ink}, part)
			}
			most = max(most, len(lines))
		}
		y += int64(most)*line + below
	}
	return y
}

// mapCaveats are the limits that stand below every map, CAV-CELL-3 first.
func mapCaveats() []string {
	return []string{analysis.CavCellLine, analysis.CavCellArea, analysis.CavCellChose, analysis.CavAbsence}
}
