package render

import "strings"

// listColumn is one column of the list of cells, with its place on a page of SVG.
type listColumn struct {
	title       string
	left, width int64
}

func listColumns() []listColumn {
	return []listColumn{
		{title: "Site", width: 900},
		{title: "Cell", width: 3_300},
		{title: "Name of site", width: 3_000},
		{title: "Position", width: 3_400},
		{title: "Azimuth", width: 1_750},
		{title: "Recorded for", width: 2_100},
		{title: "Network", width: 2_200},
		{title: "First", width: 3_600},
		{title: "Last", width: 3_600},
		{title: "Schedule rows", width: 2_850},
	}
}

// list returns every cell of the map as text: the map's equivalent for a reader
// who does not see it. No cell of the list is blank.
func (m cellMap) list() [][]string {
	rows := make([][]string, 0, len(m.uses))
	for _, use := range m.uses {
		number, position, bearing := use.mark, plane{crs: use.crs}.text(use.at), use.bearings()
		if m.undrawn != "" {
			number = "–"
		}
		if use.unplaced != "" {
			number, position = "–", use.unplaced
		} else if len(use.bare) > 0 {
			position += "; not stated in " + rowRanges(use.bare)
		}
		rows = append(rows, []string{
			number, use.name(), orDash(use.site), position, bearing, m.subjects[use.subject],
			orDash(strings.Join(use.networks, ", ")), use.first.text, use.last.text, strings.Join(use.rows, ", "),
		})
	}
	return rows
}

const listTitle = "Cells recorded, in order of first use"

// drawList draws the list of every cell, and returns where it ends.
func (c *canvas) drawList(m cellMap, y int64) int64 {
	return c.drawTable(listTitle, listColumns(), func(use func(cells []string)) {
		for _, cells := range m.list() {
			use(cells)
		}
	}, y)
}

// drawTable draws a table whose cells break into lines, and returns where it
// ends.
func (c *canvas) drawTable(title string, columns []listColumn, each func(use func(cells []string)), y int64) int64 {
	left := int64(pageMargin)
	for n := range columns {
		columns[n].left = left
		left += columns[n].width
	}
	c.text(spot{pageMargin, y}, words{size: middle, fill: ink, bold: true}, title)
	y += 550
	for _, col := range columns {
		c.text(spot{col.left, y}, words{size: small, fill: ink, bold: true}, col.title)
	}
	y += 130
	c.line(spot{pageMargin, y}, spot{pageMargin + frameWidth, y}, ink, 25, "")
	rows := 0
	each(func(cells []string) {
		most := 1
		for k, text := range cells {
			lines := wrap(text, small, columns[k].width-250)
			for i, part := range lines {
				c.text(spot{columns[k].left, y + 330 + int64(i)*320}, words{size: small, fill: ink}, part)
			}
			most = max(most, len(lines))
		}
		y += 140 + int64(most)*320
		stroke := hairlin
		if rows++; rows%5 == 0 {
			stroke = grey40
		}
		c.line(spot{pageMargin, y}, spot{pageMargin + frameWidth, y}, stroke, 12, "")
	})
	if rows == 0 {
		y += 400
		c.text(spot{pageMargin, y}, words{size: normal, fill: ink}, "No row. This shows nothing about a telephone or a person; see the limits below.")
	}
	return y
}
