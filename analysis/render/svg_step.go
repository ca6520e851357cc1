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
		Inputs:  scheduleInputs(),
		Outputs: []analysis.Port{{Name: "page", Media: "image/svg+xml", Extension: "svg"}},
		Caveats: []string{analysis.CavCellLine, analysis.CavCellArea, analysis.CavCellChose, analysis.CavAbsence},
	}
}

// Run draws the map. All geometry is in whole numbers. What one map cannot show
// is said in its place, and the list of cells stands all the same.
// Errors: ErrNotCanonical.
func (s MapSVG) Run(_ analysis.Env, in map[string]analysis.Input, _ analysis.Params, out map[string]io.Writer) (analysis.Result, error) {
	meta, err := readMeta(in["meta"])
	if err != nil {
		return analysis.Result{}, err
	}
	sum, err := readSummary(in["summary"])
	if err != nil {
		return analysis.Result{}, err
	}
	code, _, err := contentCode(meta, in)
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
	page, err := newMapPage(meta, sum, code)
	if err != nil {
		return analysis.Result{}, err
	}
	if err := writeMap(out["page"], page, b.build()); err != nil {
		return analysis.Result{}, err
	}
	return page.result(sum), nil
}

// newMapPage returns what stands round the map.
func newMapPage(m Meta, sum pageSummary, code string) (mapPage, error) {
	page := mapPage{
		question: m.Question,
		heading:  m.Reference + " · " + m.Title + " · cell-site map · " + m.Case,
		notes: []string{
			"Times are shown in " + sum.Time.Shown + " (tz database " + sum.Time.ZoneVersion + "). " + m.Time,
			sum.Balance.String() + ".",
			m.Reference + ", version " + strconv.Itoa(m.Version) + ", produced by " + m.Producer +
				". Schedule of fact; contains no opinion. Content code " + code + ".",
		},
	}
	ids := []string{analysis.CavCellLine, analysis.CavCellArea, analysis.CavCellChose, analysis.CavAbsence}
	for _, id := range ids {
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
	with, err := pageSummary{}.withMeta(m)
	if err != nil {
		return page, err
	}
	for _, c := range with.Caveats {
		page.caveats = append(page.caveats, caveat{id: c.ID, text: c.Text})
	}
	return page, nil
}

// result returns what the map says of its run: the schedule's balance, and the
// caveats that are printed below the map.
func (p mapPage) result(sum pageSummary) analysis.Result {
	r := analysis.Result{Balance: sum.Balance, Caveats: []string{}}
	for _, c := range p.caveats {
		r.Caveats = append(r.Caveats, c.id)
	}
	return r
}

// sightingColumns are the places of the columns that a map needs.
type sightingColumns struct {
	no, date, time, zone, instant, subject, crs int
	ends                                        [2]struct{ cell, x, y, azimuth, place int }
}

func newSightingColumns() sightingColumns {
	names := event.ScheduleColumns()
	at := func(name string) int { return slices.Index(names, name) }
	c := sightingColumns{
		no: at("no"), date: at("date"), time: at("time"), zone: at("shown_zone"), instant: at("start_utc"), subject: at("subject"), crs: at("crs"),
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
			row: cells[c.no], subject: event.Display(cells[c.subject]), instant: cells[c.instant], crs: cells[c.crs],
			when: ukDate(cells[c.date]) + " " + cells[c.time] + " " + cells[c.zone],
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
