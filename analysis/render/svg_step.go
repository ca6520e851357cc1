package render

import (
	"io"
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
	code, _, err := contentCode(meta, in, []string{"schedule", "repeats", "summary"})
	if err != nil {
		return analysis.Result{}, err
	}
	if err := countRows(sum, in); err != nil {
		return analysis.Result{}, err
	}
	b := newMapBuilder()
	err = eachRow("schedule", in["schedule"], func(r scheduleRow) error {
		for _, s := range sightings(r) {
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

// sightings returns the start cell and the end cell of one schedule row.
func sightings(r scheduleRow) []sighting {
	var found []sighting
	for _, end := range [...]struct{ cell, x, y, azimuth, place event.Column }{
		{event.StartCell, event.StartX, event.StartY, event.StartAzimuth, event.StartPlace},
		{event.EndCell, event.EndX, event.EndY, event.EndAzimuth, event.EndPlace},
	} {
		s := sighting{
			row: r.own(rowNo), subject: event.Display(r.field(event.Subject)), instant: r.field(event.StartUTC), crs: r.field(event.CRS),
			when: ukDate(r.own(rowDate)) + " " + r.own(rowTime) + " " + r.own(rowZone),
			cell: r.field(end.cell), azimuth: r.field(end.azimuth), site: r.field(end.place),
		}
		x, errX := strconv.ParseInt(r.field(end.x), 10, 64)
		y, errY := strconv.ParseInt(r.field(end.y), 10, 64)
		if s.placed = errX == nil && errY == nil; s.placed {
			s.at = spot{x, y}
		}
		if s.cell == "" && s.placed {
			s.cell = unnamed + r.field(end.x) + " " + r.field(end.y)
		}
		if s.cell != "" {
			found = append(found, s)
		}
	}
	return found
}
