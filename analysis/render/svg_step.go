package render

import (
	"io"
	"slices"
	"strconv"

	"custos.example/analysis"
	"custos.example/analysis/event"
)

// MapSVG is the step render-map-svg@1: the cells recorded in a schedule as one
// map, with a list of every cell below it.
type MapSVG struct{}

// Info returns the step's name, ports and parameters.
func (MapSVG) Info() analysis.Info {
	return analysis.Info{
		Name: "render-map-svg", Version: 1, Class: analysis.Render, Title: "Map of the cells recorded",
		Inputs: []analysis.Port{
			{Name: "schedule", Media: "text/csv", Extension: "csv"},
			{Name: "summary", Media: "application/json", Extension: "json"},
			{Name: "meta", Media: "application/json", Extension: "json"},
		},
		Outputs: []analysis.Port{{Name: "page", Media: "image/svg+xml", Extension: "svg"}},
		Caveats: []string{analysis.CavCellLine, analysis.CavCellArea, analysis.CavCellChose, analysis.CavAbsence},
	}
}

// Run draws the map. All geometry is in whole numbers. What one map cannot show
// is said in its place, and the list of cells stands all the same.
// Errors: ErrNotCanonical.
func (s MapSVG) Run(_ analysis.Env, in map[string]analysis.Input, _ analysis.Params, out map[string]io.Writer) (analysis.Result, error) {
	front, sum, err := readPage(in)
	if err != nil {
		return analysis.Result{}, err
	}
	b := newMapBuilder()
	columns := newSightingColumns()
	err = scheduleRows("schedule", in["schedule"])(func(cells []string) error {
		for _, s := range columns.read(cells) {
			b.add(s)
		}
		return nil
	})
	if err != nil {
		return analysis.Result{}, err
	}
	page, err := newMapPage(front, sum)
	if err != nil {
		return analysis.Result{}, err
	}
	if err := writeMap(out["page"], page, b.build()); err != nil {
		return analysis.Result{}, err
	}
	result := analysis.Result{Balance: sum.Balance}
	for _, c := range page.caveats {
		result.Caveats = append(result.Caveats, c.id)
	}
	return result, nil
}

// newMapPage returns what stands round the map.
func newMapPage(front frontFacts, sum summaryFacts) (mapPage, error) {
	page := mapPage{
		question: front.Question,
		heading:  front.Exhibit + " · " + front.Title + " · cell-site map",
		notes: []string{
			"Times are shown in " + sum.Time.Shown + " (tz database " + sum.Time.ZoneVersion + "). " + sum.Balance.String() + ".",
			front.Exhibit + ", version " + strconv.FormatInt(front.Version, 10) + ", case " + front.Case + ". Schedule of fact; contains no opinion.",
		},
	}
	for _, id := range []string{analysis.CavCellLine, analysis.CavCellArea, analysis.CavCellChose, analysis.CavAbsence} {
		c, err := analysis.CaveatText(id)
		if err != nil {
			return page, err
		}
		bold := id == analysis.CavCellLine
		if bold {
			c.Text += " All arms are drawn the same length."
		}
		page.caveats = append(page.caveats, caveat{id: c.ID, text: c.Text, bold: bold})
	}
	return page, nil
}

// sightingColumns are the places of the columns that a map needs.
type sightingColumns struct {
	no, date, time, instant, subject, crs int
	ends                                  [2]struct{ cell, x, y, azimuth, place int }
}

func newSightingColumns() sightingColumns {
	names := event.ScheduleColumns()
	at := func(name string) int { return slices.Index(names, name) }
	c := sightingColumns{
		no: at("no"), date: at("date"), time: at("time"), instant: at("start_utc"), subject: at("subject"), crs: at("crs"),
	}
	for n, end := range []string{"start_", "end_"} {
		e := &c.ends[n]
		e.cell, e.x, e.y, e.azimuth, e.place = at(end+"cell"), at(end+"x"), at(end+"y"), at(end+"azimuth"), at(end+"place")
	}
	return c
}

// read returns the start cell and the end cell of one schedule row.
func (c sightingColumns) read(cells []string) []sighting {
	var found []sighting
	for _, end := range c.ends {
		s := sighting{
			row: cells[c.no], subject: cells[c.subject], instant: cells[c.instant], crs: cells[c.crs],
			when: printedDate(cells[c.date]) + " " + cells[c.time],
			cell: cells[end.cell], azimuth: cells[end.azimuth], site: cells[end.place],
		}
		x, errX := strconv.ParseInt(cells[end.x], 10, 64)
		y, errY := strconv.ParseInt(cells[end.y], 10, 64)
		if s.placed = errX == nil && errY == nil; s.placed {
			s.at = spot{x, y}
		}
		if s.cell == "" && s.placed {
			s.cell = cells[end.x] + " " + cells[end.y] // a source that states positions and no cells
		}
		if s.cell != "" {
			found = append(found, s)
		}
	}
	return found
}

// printedDate turns 2026-10-24 into 24/10/2026.
func printedDate(iso string) string {
	if len(iso) != 10 {
		return iso
	}
	return iso[8:] + "/" + iso[5:7] + "/" + iso[:4]
}
