package render

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// marked tells whether a cell of the subject is on the map.
func (m cellMap) marked(subject int) bool {
	return slices.ContainsFunc(m.uses, func(use *cellUse) bool { return use.subject == subject && use.unplaced == "" })
}

// bearings returns every azimuth that the rows state of the cell.
func (u *cellUse) bearings() string {
	var stated []string
	for _, a := range u.azimuths {
		if a != "" {
			stated = append(stated, azimuth(a))
		}
	}
	if len(stated) == 0 {
		return "not stated"
	}
	text := strings.Join(stated, ", ")
	if len(stated) > 1 {
		text = "different: " + text
	}
	if slices.Contains(u.azimuths, "") {
		text += "; in a row not stated"
	}
	return text
}

// remarks returns what the page with the map says of everything recorded that is
// not drawn on it, and of cells that are drawn with more than one azimuth.
func (m cellMap) remarks() []string {
	var parts []string
	for _, why := range []string{"no position stated", "two positions stated", "outside the map's system"} {
		var cells, rows []string
		for _, use := range m.uses {
			if use.unplaced != why {
				continue
			}
			if !slices.Contains(cells, use.cell) {
				cells = append(cells, use.cell)
			}
			rows = append(rows, use.rows...)
		}
		if len(cells) > 0 {
			parts = append(parts, many(int64(len(cells)), "cell", "cells")+" ("+rowRanges(rows)+"): "+why)
		}
	}
	if len(m.noCell) > 0 {
		parts = append(parts, many(int64(len(m.noCell)), "row", "rows")+" ("+rowRanges(m.noCell)+"): no cell stated")
	}
	for _, letter := range m.far {
		parts = append(parts, "place "+letter+": outside the map's system")
	}
	var text []string
	if len(parts) > 0 {
		text = append(text, "Not drawn: "+strings.Join(parts, "; ")+".")
	}
	for subject, name := range m.subjects {
		if !m.marked(subject) {
			text = append(text, "No mark stands for "+name+": none of the cells recorded for it is drawn.")
		}
	}
	var turned []string
	for _, use := range m.uses {
		if words := use.bearings(); use.unplaced == "" && strings.HasPrefix(words, "different: ") && !slices.Contains(turned, use.mark) {
			turned = append(turned, use.mark)
		}
	}
	if len(turned) > 0 {
		text = append(text, "The rows state different azimuths of one cell at "+siteWords(turned)+"; each is drawn, and the list has them.")
	}
	return text
}

func siteWords(marks []string) string {
	if len(marks) == 1 {
		return "site " + marks[0]
	}
	return "sites " + strings.Join(marks, ", ")
}

// mostRanges bounds how many ranges of rows stand beside a map.
const mostRanges = 40

// rowRanges writes the numbers of schedule rows as rows 1 to 4, 7.
func rowRanges(rows []string) string {
	var numbers []int
	for _, r := range rows {
		if n, err := strconv.Atoi(r); err == nil {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	numbers = slices.Compact(numbers)
	var parts []string
	for n := 0; n < len(numbers); {
		if len(parts) == mostRanges {
			return "rows " + strings.Join(parts, ", ") + " and " + number(int64(len(numbers)-n)) + " more"
		}
		to := n
		for to+1 < len(numbers) && numbers[to+1] == numbers[to]+1 {
			to++
		}
		switch {
		case to > n+1:
			parts = append(parts, fmt.Sprintf("%d to %d", numbers[n], numbers[to]))
		case to > n:
			parts = append(parts, strconv.Itoa(numbers[n]), strconv.Itoa(numbers[to]))
		default:
			parts = append(parts, strconv.Itoa(numbers[n]))
		}
		n = to + 1
	}
	if len(numbers) == 1 {
		return "row " + parts[0]
	}
	return "rows " + strings.Join(parts, ", ")
}

// drawRemarks writes the remarks below the legend, and returns where they end.
func (c *canvas) drawRemarks(m cellMap, size, y int64) int64 {
	for _, text := range m.remarks() {
		y += size / 4
		for _, line := range wrap(text, size, frameWidth*88/100) {
			c.text(spot{pageMargin, y}, words{size: size, fill: ink, bold: true}, line)
			y += size * 13 / 10
		}
	}
	return y
}
