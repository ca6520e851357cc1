package step

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"custos.example/analysis"
	"custos.example/analysis/event"
	"custos.example/analysis/grid"
)

// Rules under which a row is no hit.
const (
	outsideArea = "OUTSIDE_AREA"
	noPosition  = "NO_POSITION"
	noAzimuth   = "NO_AZIMUTH"
)

// Area is the step area-hits@1: the events that start or end on certain cells,
// or on sites within a distance of a point, during a period.
type Area struct{}

// Info returns the step's name, ports and parameters.
func (Area) Info() analysis.Info {
	return analysis.Info{
		Name: "area-hits", Version: 1, Class: analysis.Analyse, Title: "Events on the cells of an area",
		Inputs: eventInputs(), Outputs: outputs("hits", "excluded"),
		Params: []analysis.Param{
			{Name: "from", Required: true, Doc: "first instant of the period, such as 2026-10-24T17:00:00Z"},
			{Name: "until", Required: true, Doc: "first instant after the period"},
			{Name: "cells", Doc: "cells of the area as they stand in the events, with commas between them"},
			{Name: "point", Doc: "middle of the area: latitude and longitude in degrees such as 51.3813,-2.3590, or a National Grid reference such as ST 749 646"},
			{Name: "point_basis", Doc: "on what the point stands; must be given with it"},
			{Name: "radius_m", Doc: "metres from the point within which a site belongs to the area"},
			{Name: "radius_basis", Doc: "on what the radius stands: measured, stated by the operator, literature or assumed, and by whom; must be given with it"},
			{Name: "azimuth_within", Doc: "degrees, 0 to 180: of the sites within the radius only cells that face the point to within so many; blank = all"},
			{Name: "named", Doc: "identifiers that are shown as they are, with commas between them; every other party's is shown as a token"},
			{Name: "tokens", Default: "true", Doc: "true or false: identifiers that are not named are shown as tokens"},
			{Name: "types", Doc: "event types with commas between them; blank = all"},
			speedParam(),
			zoneParam("IANA zone in which times are shown"),
		},
		Caveats: []string{analysis.CavOpinion, analysis.CavCellArea, analysis.CavCellChose, analysis.CavArea, analysis.CavAbsence},
	}
}

// areaFields returns the columns of the port `hits`.
func areaFields() []analysis.Field {
	const shown = "the instant in UTC, on the clock of the zone shown"
	all := eventFields()
	all[event.Evidence].Title = "Cell used"
	return []analysis.Field{
		derived("no", "No.", analysis.KindCount, "order of time; the start and the end of one event have one number"),
		derived("identifier", "Records of", analysis.KindIdentifier, "the identifier, or a token that stands for it in this table"),
		derived("date", "Date", analysis.KindDay, shown),
		derived("time", "Time", analysis.KindHour, shown),
		derived("shown_zone", "Zone", analysis.KindText, shown),
		derived("instant_utc", "Instant (UTC)", analysis.KindInstant, "start of the event, or its end where only that is on a cell of the area"),
		derived("which", "Start or end", analysis.KindText, "which end of the event is on the cell"),
		all[event.Type], all[event.Leg], all[event.Evidence], all[event.DurationS],
		fact("cell", "Cell", analysis.KindCell),
		fact("azimuth", "Azimuth", analysis.KindDegrees),
		derived("distance_m", "Site to point", analysis.KindMetres, grid.Method),
		derived("bearing_deg", "Direction from site to point", analysis.KindDegrees, "whole degrees from true north of the shortest line, half to even"),
		derived("selected_by", "Selected by", analysis.KindText, "cell list or radius"),
		derived("flags", "Flags", analysis.KindFlags, "how the row was read; "+implausibleMove+": the parameter speed_kmh"),
		all[event.Source], all[event.Record],
	}
}

type area struct {
	*question
	cells   map[string]bool
	point   grid.Point
	hasAt   bool
	radius  int64 // -1 = none
	azimuth int64 // 1e-7 degree, -1 = none
	named   map[string]bool
	hide    bool
	tokens  map[string]string
	sites   *sites
	to      map[grid.Point][2]int64 // metres and bearing from a site to the point
	tooFast map[place]bool
	text    []byte
	no      int64
}

// hit is one end of a row that is on a cell of the area.
type hit struct {
	which, cell, azimuth, by string
	at, other                int64 // other: the second instant of a row in the hour that happens twice
	metres, bearing          string
}

// Run lists the events that have an end in the area during the period.
//
// An end has an instant: the start of the event, or its end (the start where no
// end is recorded). A row in the hour that happens twice counts at both
// instants, and is shown at the earlier one in the period, with both zones. Where the time says only that the cell was used within the event,
// both ends count when any part of the event lies in the period. A cell is in
// the area when it is on the list, or when its site lies within radius_m of the
// point and, with azimuth_within, it faces the point (an omni antenna does). A
// row is left out by the first rule that it breaks: OUTSIDE_TYPES,
// OUTSIDE_PERIOD (no end in it), NO_CELL, NO_POSITION where a radius was asked
// for and an end in the period has no position and is not on the list, NO_AZIMUTH
// where one lies within the radius but its direction is not recorded,
// OUTSIDE_AREA. Of the rest one of each group of repeats counts for its subject.
// Rows are flagged IMPLAUSIBLE_MOVE by speed_kmh; see findMoves.
// Shape: order of the start, source, row; start before end.
// Errors: ErrParameter, also for a radius without a basis; event.ErrNotCanonical.
func (s Area) Run(env analysis.Env, in map[string]analysis.Input, params analysis.Params, out map[string]io.Writer) (analysis.Result, error) {
	q, err := ask(env, s.Info(), in, params, out)
	if err != nil {
		return analysis.Result{}, err
	}
	r, err := newArea(q, params)
	if err != nil {
		return analysis.Result{}, err
	}
	r.text = event.AppendRecord(nil, analysis.Table{Fields: areaFields()}.Header()...)
	if r.tooFast, err = r.findMoves(in["events"]); err != nil {
		return analysis.Result{}, err
	}
	if err := r.each(in["events"], r.row); err != nil {
		return analysis.Result{}, err
	}
	if err := r.flush("hits", &r.text, 0); err != nil {
		return analysis.Result{}, err
	}
	r.areaFigures()
	return r.finish(areaFields())
}

func newArea(q *question, params analysis.Params) (*area, error) {
	r := &area{question: q, radius: -1, azimuth: -1, tokens: map[string]string{}, sites: newSites(), to: map[grid.Point][2]int64{}}
	r.caveats = []string{analysis.CavArea}
	cells, err := list("cells", params["cells"])
	if err != nil {
		return nil, err
	}
	r.cells = set(cells)
	named, err := list("named", params["named"])
	if err != nil {
		return nil, err
	}
	r.named = set(named)
	if r.hide, err = truth(params, "tokens"); err != nil {
		return nil, err
	}
	if err := r.where(params); err != nil {
		return nil, err
	}
	if len(r.cells) == 0 && r.radius < 0 {
		return nil, fmt.Errorf("%w: give cells, or point and radius_m; there is no area otherwise", analysis.ErrParameter)
	}
	return r, nil
}

// where reads the point, the radius and the azimuth.
func (r *area) where(params analysis.Params) error {
	refuse := func(why string) error { return fmt.Errorf("%w: %s", analysis.ErrParameter, why) }
	var err error
	if r.hasAt = params["point"] != ""; r.hasAt {
		if r.point, err = parsePoint(params["point"]); err != nil {
			return fmt.Errorf("%w: point: %w", analysis.ErrParameter, err)
		}
	}
	if params["radius_m"] != "" {
		if r.radius, err = whole(params, "radius_m", 0); err != nil {
			return err
		}
	}
	if params["azimuth_within"] != "" {
		if r.azimuth, err = whole(params, "azimuth_within", 0); err != nil {
			return err
		}
		if r.azimuth > 180 {
			return refuse("azimuth_within is more than 180 degrees")
		}
		r.azimuth *= grid.Degree
	}
	switch {
	case r.hasAt && strings.TrimSpace(params["point_basis"]) == "":
		return refuse("the point has no basis; say in point_basis on what it stands, such as an address and who gave it")
	case r.radius >= 0 && strings.TrimSpace(params["radius_basis"]) == "":
		return refuse("a radius without a basis is refused; say in radius_basis whether it was measured, stated by the operator, taken from literature or assumed, and by whom")
	case r.radius >= 0 && !r.hasAt:
		return refuse("radius_m needs a point")
	case r.azimuth >= 0 && r.radius < 0:
		return refuse("azimuth_within needs radius_m")
	}
	return nil
}

// errPoint is returned for a point that cannot be read.
var errPoint = errors.New("write latitude and longitude such as 51.3813,-2.3590, or a National Grid reference such as ST 749 646")

// parsePoint reads a point; a grid reference stands for the middle of its square.
func parsePoint(text string) (grid.Point, error) {
	lat, lon, degrees := strings.Cut(text, ",")
	if !degrees {
		s, err := grid.ParseReference(text)
		if err != nil {
			return grid.Point{}, fmt.Errorf("%w: %w", errPoint, err)
		}
		return grid.FromGrid(s.Centre())
	}
	var p grid.Point
	var err [2]error
	p.Lat, _, err[0] = grid.ParseDegrees(strings.TrimSpace(lat))
	p.Lon, _, err[1] = grid.ParseDegrees(strings.TrimSpace(lon))
	if err := errors.Join(err[:]...); err != nil {
		return p, fmt.Errorf("%w: %w", errPoint, err)
	}
	return p, p.Verify()
}

func (r *area) row(row *event.Row) error {
	if len(r.types) > 0 && !r.types[string(row.Field(event.Type))] {
		r.outside.Add(outsideTypes)
		return nil
	}
	in, at, other, err := r.window.ends(row, r.clocks)
	if err != nil {
		return err
	}
	if !in[0] && !in[1] {
		r.outside.Add(outsidePeriod)
		return nil
	}
	hits, rule, err := r.hits(row, in, at, other)
	if err != nil {
		return err
	}
	if len(hits) == 0 {
		return r.leave(rule, row)
	}
	if again, err := r.repeatedOfSubject(row); again || err != nil {
		return err
	}
	r.show(row)
	r.no++
	for _, h := range hits {
		r.line(row, h)
	}
	return r.flush("hits", &r.text, flushAt)
}

// hits returns the ends of a row that are on a cell of the area, or the rule
// that leaves the row out.
func (r *area) hits(row *event.Row, in [2]bool, at, other [2]int64) (hits []hit, rule string, err error) {
	rule = noCell
	for i, e := range eventEnds() {
		cell := string(row.Field(e.cell))
		p, known, err := r.sites.of(row, e)
		if err != nil {
			return nil, "", err
		}
		if !in[i] || cell == "" && !known {
			continue
		}
		h := hit{which: e.name, cell: cell, azimuth: string(row.Field(e.azimuth)), at: at[i], other: other[i]}
		near, faces := r.measure(&h, p, known)
		switch {
		case r.cells[cell]:
			h.by = "cell list"
		case near && faces:
			h.by = "radius"
		case r.radius >= 0 && !known:
			rule = noPosition
			continue
		case near && rule != noPosition && !directed(h.azimuth):
			rule = noAzimuth
			continue
		default:
			if rule == noCell {
				rule = outsideArea
			}
			continue
		}
		if len(hits) == 1 && hits[0].cell == h.cell && hits[0].azimuth == h.azimuth && hits[0].metres == h.metres {
			hits[0].which = "start and end"
			continue
		}
		hits = append(hits, h)
	}
	return hits, rule, nil
}

// directed reports that an azimuth says where a cell faces.
func directed(azimuth string) bool {
	_, ok := parseWhole([]byte(azimuth))
	return ok || azimuth == "omni"
}

// measure puts the distance and direction to the point into a hit, and reports
// that its cell lies within the radius, and that it faces the point.
func (r *area) measure(h *hit, p grid.Point, known bool) (near, faces bool) {
	if !known || !r.hasAt {
		return false, false
	}
	d, ok := r.to[p]
	if !ok {
		d = [2]int64{grid.Metres(p, r.point), grid.Bearing(p, r.point)}
		r.to[p] = d
	}
	h.metres = strconv.FormatInt(d[0], 10)
	if p != r.point {
		h.bearing = strconv.FormatInt(wholeDegrees(d[1]), 10)
	}
	if r.radius < 0 || d[0] > r.radius {
		return false, false
	}
	if r.azimuth < 0 || h.azimuth == "omni" || p == r.point {
		return true, true
	}
	to, ok := parseWhole([]byte(h.azimuth))
	return true, ok && to < 360 && grid.Turn(to*grid.Degree, d[1]) <= r.azimuth
}

// wholeDegrees rounds a direction to whole degrees, half to even, 0 to 359.
func wholeDegrees(units int64) int64 {
	d, rest := units/grid.Degree, units%grid.Degree
	if 2*rest > grid.Degree || 2*rest == grid.Degree && d%2 == 1 {
		d++
	}
	return d % 360
}

// name returns what stands for an identifier in the table.
func (r *area) name(id []byte) string {
	if !r.hide || r.named[string(id)] || len(id) == 0 {
		return string(id)
	}
	t, ok := r.tokens[string(id)]
	if !ok {
		t = "token " + strconv.Itoa(len(r.tokens)+1)
		r.tokens[string(id)] = t
	}
	return t
}

func (r *area) line(row *event.Row, h hit) {
	local, clock, zone := shown(r.zone, row, h.at, h.other)
	flags := string(row.Field(event.Flags))
	if r.tooFast[place{string(row.Field(event.Source)), row.SourceRow()}] {
		flags = addFlag(flags, implausibleMove)
	}
	r.text = event.AppendRecord(r.text, strconv.FormatInt(r.no, 10), r.name(row.Field(event.Subject)), local, clock, zone, instant(h.at), h.which,
		string(row.Field(event.Type)), string(row.Field(event.Leg)), string(row.Field(event.Evidence)), string(row.Field(event.DurationS)),
		h.cell, h.azimuth, h.metres, h.bearing, h.by, flags, string(row.Field(event.Source)), string(row.Field(event.Record)))
}

func (r *area) areaFigures() {
	if r.hasAt {
		r.figure(derived("point", "Point", analysis.KindText, r.params["point_basis"]), r.params["point"])
	}
	if r.radius >= 0 {
		r.figure(derived("radius_m", "Radius", analysis.KindMetres, r.params["radius_basis"]), r.params["radius_m"])
	}
	r.figure(derived("identifiers", "Different identifiers", analysis.KindCount, "those hidden behind tokens"), strconv.Itoa(len(r.tokens)))
}
