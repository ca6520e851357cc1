package render

import (
	"fmt"
	"slices"
	"strings"

	"custos.example/analysis/grid"
)

// What one map can show: the marks that a reader can tell apart, and the sites
// that can be numbered.
const (
	maxSubjects = 4
	maxSites    = 1_000
)

// sighting is one cell recorded in one row of a schedule.
type sighting struct {
	row     string // number of the schedule row
	subject string
	instant string // UTC, in the form that sorts
	when    string // local time as the schedule prints it
	cell    string
	crs     string
	at      spot
	placed  bool
	azimuth string
	site    string
	network string // who supplied the row
	bearer  string
}

// cellUse is a cell recorded for one subject: one line of the list.
type cellUse struct {
	cell, site  string
	azimuths    []string // as stated, each once; blank where a row states none
	crs         string
	at          spot
	placed      bool // a row states a position
	subject     int
	first, last moment
	rows        []string
	bare        []string // those of the rows that state no position
	networks    []string // and technologies, each once
	unplaced    string   // why it is not on the map; empty when it is
	mark        string   // number of its site on the map
}

// moment is an instant and how the page prints it.
type moment struct{ instant, text string }

// cellMap is everything that a map shows, in order of first use.
type cellMap struct {
	crs       string
	undrawn   string // why no map can be drawn; empty when one can
	converted bool   // some positions were taken to the map's system
	subjects  []string
	uses      []*cellUse
	sites     []*mapSite
	places    []mapPlace
	noCell    []string // rows that state no cell
	far       []string // letters of the places outside the map's system
	backdrop  backdrop
}

// mapPlace is a place of interest in the map's system.
type mapPlace struct {
	Place
	at spot
}

// mapSite is one position with its cells.
type mapSite struct {
	at   spot
	uses []*cellUse
}

// mapBuilder gathers sightings.
type mapBuilder struct {
	m     cellMap
	byKey map[string]*cellUse
	fixed map[string]sighting // the first stated position of each cell
	moved map[string]bool     // cells recorded with two positions
}

func newMapBuilder() *mapBuilder {
	return &mapBuilder{byKey: map[string]*cellUse{}, fixed: map[string]sighting{}, moved: map[string]bool{}}
}

// add takes one sighting.
func (b *mapBuilder) add(s sighting) {
	subject := -1
	for n, known := range b.m.subjects {
		if known == s.subject {
			subject = n
		}
	}
	if subject < 0 {
		subject = len(b.m.subjects)
		b.m.subjects = append(b.m.subjects, s.subject)
	}
	now := moment{s.instant, s.when}
	key := fmt.Sprintf("%d/%s", subject, s.cell)
	use := b.byKey[key]
	if use == nil {
		use = &cellUse{cell: s.cell, site: s.site, crs: s.crs, subject: subject, first: now, last: now}
		b.byKey[key] = use
		b.m.uses = append(b.m.uses, use)
	}
	if use.site == "" {
		use.site = s.site
	}
	if now.instant < use.first.instant {
		use.first = now
	}
	if now.instant > use.last.instant {
		use.last = now
	}
	if n := len(use.rows); n == 0 || use.rows[n-1] != s.row {
		use.rows = append(use.rows, s.row)
	}
	for _, word := range []string{s.network, s.bearer} {
		if word != "" && !slices.Contains(use.networks, word) {
			use.networks = append(use.networks, word)
		}
	}
	if !slices.Contains(use.azimuths, s.azimuth) {
		use.azimuths = append(use.azimuths, s.azimuth)
	}
	b.fix(use, s)
}

// fix takes the position that a sighting states. A row that states none says
// nothing against that of another; a second position does.
func (b *mapBuilder) fix(use *cellUse, s sighting) {
	if !s.placed {
		if n := len(use.bare); n == 0 || use.bare[n-1] != s.row {
			use.bare = append(use.bare, s.row)
		}
		return
	}
	if !use.placed {
		use.placed, use.crs, use.at = true, s.crs, s.at
	}
	if before, known := b.fixed[s.cell]; !known {
		b.fixed[s.cell] = s
	} else if before.at != s.at || before.crs != s.crs {
		b.moved[s.cell] = true
	}
}

// build returns the map's content with its sites numbered.
func (b *mapBuilder) build(places []Place) cellMap {
	var shown []*cellUse
	for _, use := range b.m.uses {
		switch {
		case b.moved[use.cell]:
			use.unplaced = "two positions stated"
		case !use.placed:
			use.unplaced = "no position stated"
		default:
			shown = append(shown, use)
		}
	}
	b.system(shown)
	bySpot := map[spot]*mapSite{}
	for _, use := range shown {
		at, err := b.m.position(use.crs, use.at)
		if err != nil {
			use.unplaced = "outside the map's system"
			continue
		}
		site := bySpot[at]
		if site == nil {
			site = &mapSite{at: at}
			bySpot[at] = site
			b.m.sites = append(b.m.sites, site)
		}
		site.uses = append(site.uses, use)
	}
	switch {
	case len(b.m.subjects) > maxSubjects:
		b.m.undrawn = fmt.Sprintf("the rows have %d subjects and a map shows at most %d: ask for fewer identifiers", len(b.m.subjects), maxSubjects)
	case len(b.m.sites) > maxSites:
		b.m.undrawn = fmt.Sprintf("the rows have %d sites and a map shows at most %d: ask for a shorter period", len(b.m.sites), maxSites)
	case len(b.m.sites) == 0:
		b.m.undrawn = "no row has a cell with one stated position"
	}
	for n, site := range b.m.sites {
		for _, use := range site.uses {
			use.mark = fmt.Sprint(n + 1)
		}
	}
	for _, place := range places {
		if b.m.undrawn != "" {
			break
		}
		at, err := b.m.position(place.CRS, spot{place.X, place.Y})
		if err != nil {
			b.m.far = append(b.m.far, place.Letter)
			continue
		}
		b.m.places = append(b.m.places, mapPlace{place, at})
	}
	return b.m
}

// system chooses the coordinate system of the map: that of the positions, and
// the National Grid when they are in both.
func (b *mapBuilder) system(shown []*cellUse) {
	for _, use := range shown {
		switch {
		case b.m.crs == "":
			b.m.crs = use.crs
		case use.crs != b.m.crs:
			b.m.crs = nationalGrid
		}
	}
}

// position takes a recorded position to the map's system.
func (m *cellMap) position(crs string, at spot) (spot, error) {
	if crs == m.crs {
		return at, nil
	}
	m.converted = true
	return convert(crs, m.crs, at)
}

// convert takes a position from one coordinate system to another.
// Errors: grid.ErrOutside; a system that is not known.
func convert(from, to string, at spot) (spot, error) {
	switch {
	case from == to:
		return at, nil
	case from == wgs84 && to == nationalGrid:
		g, err := grid.ToGrid(grid.Point{Lat: at.y, Lon: at.x})
		if err != nil {
			return at, err
		}
		east, north := g.Metres()
		return spot{east, north}, nil
	case from == nationalGrid && to == wgs84:
		p, err := grid.FromGrid(grid.Grid{E: at.x * grid.Metre, N: at.y * grid.Metre})
		return spot{p.Lon, p.Lat}, err
	}
	return at, fmt.Errorf("coordinate system %q is not known", from)
}

// unnamed stands before the position of a site whose cell the source does not
// state.
const unnamed = "unnamed:"

// name returns what the list calls the cell.
func (u *cellUse) name() string {
	if strings.HasPrefix(u.cell, unnamed) {
		return "not stated"
	}
	return cellName(u.cell)
}

// cells returns the names of the site's cells, each once.
func (s *mapSite) cells() []string {
	var names []string
	for _, use := range s.uses {
		known := false
		for _, n := range names {
			known = known || n == use.cell
		}
		if !known {
			names = append(names, use.cell)
		}
	}
	return names
}
