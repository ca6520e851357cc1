package render

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// mapPage is the text that stands round a map.
type mapPage struct {
	question string
	heading  string   // what kind of page, of what period
	notes    []string // each a line of small print
	caveats  []caveat
}

// caveat is a limit that is printed with its id.
type caveat struct {
	id, text string
	bold     bool
}

// writeMap writes the whole page as SVG.
func writeMap(w io.Writer, page mapPage, m cellMap) error {
	p := plane{crs: m.crs}
	if m.undrawn == "" {
		var spots []spot
		for _, site := range m.sites {
			spots = append(spots, site.at)
		}
		var err error
		middle := spot{(frame.left + frame.right) / 2, (frame.top + frame.bottom) / 2}
		if p, err = newPlane(m.crs, spots, middle, frameWidth-2*frameInset, frameHeight-2*frameInset); err != nil {
			m.undrawn = err.Error()
		}
	}
	c := &canvas{}
	c.text(spot{pageMargin, 2_000}, words{size: normal, fill: ink}, page.heading)
	title := wrap(page.question, large, frameWidth*88/100) // bold letters are wider
	for n, line := range title {
		c.text(spot{pageMargin, 2_750 + int64(n)*600}, words{size: large, fill: ink, bold: true}, line)
	}
	// A question of several lines moves everything below it down.
	down := int64(max(len(title), 1)-1) * 600
	body := &canvas{}
	height := body.drawBody(page, p, m) + down + pageMargin/2
	fmt.Fprintf(&c.b, `<g transform="translate(0 %d)">`+"\n%s</g>\n", down, body.b.String())
	_, err := fmt.Fprintf(w, xmlHead+`<svg xmlns="http://www.w3.org/2000/svg" version="1.1" width="297mm" height="%smm" viewBox="0 0 %d %d"`+
		` role="img" aria-labelledby="title desc" font-family="'Noto Sans', 'DejaVu Sans', Arial, sans-serif">`+"\n"+
		`<title id="title">%s</title>`+"\n"+`<desc id="desc">%s</desc>`+"\n"+
		`<rect width="%d" height="%d" fill="#ffffff"/>`+"\n%s</svg>\n",
		hundredths(height), pageWidth, height, xmlText(page.question), xmlText(describe(m)), pageWidth, height, c.b.String())
	return err
}

// drawBody draws everything below the question and returns where it ends.
func (c *canvas) drawBody(page mapPage, p plane, m cellMap) int64 {
	y := frame.top + int64(500)
	if m.undrawn != "" {
		for _, line := range wrap("No map is drawn: "+m.undrawn+". The cells are listed below.", 353, frameWidth) {
			c.text(spot{pageMargin, y}, words{size: 353, fill: ink}, line)
			y += 500
		}
	} else {
		c.drawGrid(p)
		c.drawSites(p, m)
		c.drawScale(p, frame.bottom+200)
		y = c.drawLegend(m, frame.bottom+1_500)
	}
	y = c.drawList(m, y+700)
	return c.drawNotes(page, p, m, y+500)
}

func hundredths(v int64) string { return fmt.Sprintf("%d.%02d", v/100, v%100) }

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

// drawLegend draws one line for each kind of mark that the map has, and returns
// where it ends.
func (c *canvas) drawLegend(m cellMap, y int64) int64 {
	shapes := []string{"circle, solid arm", "square, dashed arm", "diamond, dotted arm", "cross, dash-dot arm"}
	cell := func(n int) spot {
		return spot{pageMargin + int64(n%2)*frameWidth/2, y + int64(n/2)*480}
	}
	n := 0
	for subject, name := range m.subjects {
		at := cell(n)
		mark := spot{at.x + 300, at.y - 90}
		c.drawArm(newArm(mark, 90, subject, 0))
		c.drawMark(mark, subject, 0)
		c.text(spot{at.x + 1_500, at.y}, words{size: normal, fill: ink}, "Cell recorded for "+name+": "+shapes[subject])
		n++
	}
	for _, use := range m.uses {
		if use.azimuth == "omni" && use.unplaced == "" {
			at := cell(n)
			c.circle(spot{at.x + 300, at.y - 90}, omniRadius*8/10, ink, 40, "none")
			c.text(spot{at.x + 1_500, at.y}, words{size: normal, fill: ink}, "Omnidirectional antenna: ring, no arm")
			n++
			break
		}
	}
	at := cell(n)
	c.text(spot{at.x + 200, at.y}, words{size: normal, fill: ink, bold: true}, "1")
	c.text(spot{at.x + 1_500, at.y}, words{size: normal, fill: ink}, "Number of the site in the list; a mark without an arm has no azimuth stated")
	return cell(n).y
}

// listColumns are the columns of the list of cells, with their places.
var listColumns = []struct {
	title string
	left  int64
	width int64
}{
	{"Site", 0, 900},
	{"Cell", 900, 3_500},
	{"Name of site", 4_400, 4_000},
	{"Position", 8_400, 3_300},
	{"Azimuth", 11_700, 1_600},
	{"Recorded for", 13_300, 2_200},
	{"First", 15_500, 4_100},
	{"Last", 19_600, 4_100},
	{"Schedule rows", 23_700, 3_000},
}

const listRow = 460

// drawList draws the list of every cell, and returns where it ends.
func (c *canvas) drawList(m cellMap, y int64) int64 {
	c.text(spot{pageMargin, y}, words{size: 353, fill: ink, bold: true}, "Cells recorded, in order of first use")
	y += 550
	for _, col := range listColumns {
		c.text(spot{pageMargin + col.left, y}, words{size: small, fill: ink, bold: true}, col.title)
	}
	y += 130
	c.line(spot{frame.left, y}, spot{frame.right, y}, ink, 25, "")
	for n, use := range m.uses {
		mark, position, bearing := use.mark, plane{crs: use.crs}.text(use.at), azimuth(use.azimuth)
		if m.undrawn != "" {
			mark = "–"
		}
		if use.unplaced != "" {
			mark, position = "–", use.unplaced
		}
		if bearing == "" {
			bearing = "not stated"
		}
		cells := []string{
			mark, use.name(), orDash(use.site), position, bearing,
			m.subjects[use.subject], use.first.text, use.last.text, rowList(use.rows, listColumns[8].width),
		}
		for k, text := range cells {
			c.text(spot{pageMargin + listColumns[k].left, y + 330}, words{size: small, fill: ink}, clip(text, listColumns[k].width-100))
		}
		y += listRow
		stroke := hairlin
		if n%5 == 4 || n == len(m.uses)-1 {
			stroke = grey40
		}
		c.line(spot{frame.left, y}, spot{frame.right, y}, stroke, 12, "")
	}
	return y
}

// rowList returns as many row numbers as fit, and says how many there are when
// they do not.
func rowList(rows []string, width int64) string {
	all := strings.Join(rows, ", ")
	if textWidth(all, small) <= width {
		return all
	}
	for n := len(rows) - 1; n > 0; n-- {
		short := strings.Join(rows[:n], ", ") + " and " + strconv.Itoa(len(rows)-n) + " more"
		if textWidth(short, small) <= width {
			return short
		}
	}
	return strconv.Itoa(len(rows)) + " rows"
}

// clip shortens a text to a width and shows that it did.
func clip(s string, width int64) string {
	runes := []rune(s)
	for n := len(runes); n > 0; n-- {
		text := string(runes[:n])
		if n < len(runes) {
			text += "…"
		}
		if textWidth(text, small) <= width*115/100 {
			return text
		}
	}
	return ""
}

// drawNotes draws the limits, CAV-CELL-3 in bold, then the small print, and
// returns where they end.
func (c *canvas) drawNotes(page mapPage, p plane, m cellMap, y int64) int64 {
	const left = 3_000
	row := func(id, text string, bold bool) {
		c.text(spot{pageMargin, y}, words{size: normal, fill: grey70}, id)
		for _, line := range wrap(text, normal, frameWidth-left) {
			c.text(spot{pageMargin + left, y}, words{size: normal, fill: ink, bold: bold}, line)
			y += 400
		}
		y += 80
	}
	for _, cav := range page.caveats {
		row(cav.id, cav.text, cav.bold)
	}
	if m.undrawn == "" {
		row("Map", p.describe()+" No base map.", false)
	}
	for _, note := range page.notes {
		row("", note, false)
	}
	return y
}
