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
		Inputs:  mapInputs(),
		Outputs: []analysis.Port{{Name: "page", Media: "image/svg+xml", Extension: "svg"}},
		Caveats: mapCaveats(),
	}
}

// mapInputs returns the ports of a map: those of a schedule, and a base map.
func mapInputs() []analysis.Port {
	return append(scheduleInputs(), analysis.Port{Name: "base-map", Media: "text/csv", Extension: "csv", Optional: true})
}

// Run draws the map. All geometry is in whole numbers. What one map cannot show
// is said in its place, and the list of cells stands all the same.
// Errors: ErrMeta, event.ErrNotCanonical, analysis.ErrBalance.
func (s MapSVG) Run(env analysis.Env, in map[string]analysis.Input, _ analysis.Params, out map[string]io.Writer) (analysis.Result, error) {
	x, page, m, err := openMap(env, in)
	if err != nil {
		return analysis.Result{}, err
	}
	if err := writeMap(out["page"], page, m); err != nil {
		return analysis.Result{}, err
	}
	return page.result(x.sum), nil
}

// openMap reads everything that a map is drawn from.
func openMap(env analysis.Env, in map[string]analysis.Input) (exhibit, drawnPage, cellMap, error) {
	x, err := openExhibit(env, in, "schedule", "repeats")
	if err != nil {
		return x, drawnPage{}, cellMap{}, err
	}
	if err := countRows(x.sum, in); err != nil {
		return x, drawnPage{}, cellMap{}, err
	}
	b := newMapBuilder()
	err = eachRow("schedule", in["schedule"], func(r scheduleRow) error {
		found := sightings(x.meta, x.clock, r)
		if len(found) == 0 {
			b.m.noCell = append(b.m.noCell, r.own(rowNo))
		}
		for _, s := range found {
			b.add(s)
		}
		return nil
	})
	if err != nil {
		return x, drawnPage{}, cellMap{}, err
	}
	page, err := newMapPage(x)
	if err != nil {
		return x, page, cellMap{}, err
	}
	m := b.build(x.meta.Places)
	m.backdrop, err = readBackdrop(in["base-map"])
	return x, page, m, err
}

// newMapPage returns what stands round the map.
func newMapPage(x exhibit) (drawnPage, error) {
	m := x.meta
	page := newDrawnPage(x, "cell-site map")
	for _, id := range mapCaveats() {
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
	for _, c := range x.sum.Caveats { // of the rows that are drawn
		if c.ID == analysis.CavData || c.ID == analysis.CavTime && x.sum.Time.FoldUnknown > 0 {
			page.caveats = append(page.caveats, caveat{id: c.ID, text: c.Text})
		}
	}
	if m.CellDate == "" {
		page.notes = append([]string{"On which date the cell details were correct is not stated."}, page.notes...)
	}
	return page, nil
}

// result returns what the map says of its run: the schedule's balance, and the
// caveats that are printed below the map.
func (p drawnPage) result(sum pageSummary) analysis.Result {
	r := analysis.Result{Balance: sum.Balance, Caveats: []string{}}
	for _, c := range p.caveats {
		r.Caveats = append(r.Caveats, c.id)
	}
	return r
}

// sightings returns the start cell and the end cell of one schedule row, the latter at the
// end of the event where its record says so.
func sightings(m Meta, clock *event.Clock, r scheduleRow) []sighting {
	var found []sighting
	for _, end := range [...]struct{ cell, x, y, azimuth, place event.Column }{
		{event.StartCell, event.StartX, event.StartY, event.StartAzimuth, event.StartPlace},
		{event.EndCell, event.EndX, event.EndY, event.EndAzimuth, event.EndPlace},
	} {
		s := sighting{
			row: r.own(rowNo), subject: event.Display(r.field(event.Subject)), instant: r.field(event.StartUTC), crs: r.field(event.CRS),
			when: ukDate(r.own(rowDate)) + " " + r.own(rowTime) + " " + r.own(rowZone),
			cell: r.field(end.cell), azimuth: r.field(end.azimuth), site: r.field(end.place),
			network: m.network(r.field(event.Source)), bearer: r.field(event.Bearer),
		}
		if end.cell == event.EndCell && r.field(event.Evidence) == "at" {
			s.ended(r.field(event.EndUTC), r.field(event.Precision), clock)
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

// ended puts a sighting at the end of its event.
// Units: precision as in the events, m for whole minutes.
func (s *sighting) ended(instant, precision string, clock *event.Clock) {
	when := localWords(instant, clock)
	if when == "" {
		return
	}
	if precision == "m" {
		when = when[:len("24/10/2026 18:04")] + when[len("24/10/2026 18:04:12"):]
	}
	s.instant, s.when = instant, when
}

// network returns who supplied a source: the operator, or where it is not stated
// the source's reference.
func (m Meta) network(short string) string {
	for _, s := range m.Sources {
		if len(short) > 0 && len(s.SHA256) > len(short) && s.SHA256[:len(short)] == short && s.Operator != "" {
			return s.Operator
		}
	}
	return m.reference(short)
}
