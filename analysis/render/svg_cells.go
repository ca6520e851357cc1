package render

import (
	"fmt"
	"strings"
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
}

// cellUse is a cell recorded for one subject: one line of the list.
type cellUse struct {
	cell, site, azimuth string
	crs                 string
	at                  spot
	subject             int
	first, last         moment
	rows                []string
	unplaced            string // why it is not on the map; empty when it is
	mark                string // number of its site on the map
}

// moment is an instant and how the page prints it.
type moment struct{ instant, text string }

// cellMap is everything that a map shows, in order of first use.
type cellMap struct {
	crs      string
	undrawn  string // why no map can be drawn; empty when one can
	subjects []string
	uses     []*cellUse
	sites    []*mapSite
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
	fixed map[string]sighting // the first position of each cell
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
	if s.placed {
		if b.m.crs == "" {
			b.m.crs = s.crs
		}
		if s.crs != b.m.crs && b.m.undrawn == "" {
			b.m.undrawn = fmt.Sprintf("the position in row %s is in %s, earlier ones are in %s: ask for one map each", s.row, s.crs, b.m.crs)
		}
	}
	now := moment{s.instant, s.when}
	key := fmt.Sprintf("%d/%s", subject, s.cell)
	use := b.byKey[key]
	if use == nil {
		use = &cellUse{cell: s.cell, site: s.site, azimuth: s.azimuth, crs: s.crs, at: s.at, subject: subject, first: now, last: now}
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
	if before, known := b.fixed[s.cell]; !known {
		b.fixed[s.cell] = s
	} else if before.placed != s.placed || before.at != s.at || before.azimuth != s.azimuth {
		b.moved[s.cell] = true
	}
}

// build returns the map's content with its sites numbered.
func (b *mapBuilder) build() cellMap {
	bySpot := map[spot]*mapSite{}
	for _, use := range b.m.uses {
		switch {
		case b.moved[use.cell]:
			use.unplaced = "two positions stated"
			continue
		case !b.fixed[use.cell].placed:
			use.unplaced = "no position stated"
			continue
		}
		site := bySpot[use.at]
		if site == nil {
			site = &mapSite{at: use.at}
			bySpot[use.at] = site
			b.m.sites = append(b.m.sites, site)
		}
		site.uses = append(site.uses, use)
	}
	switch {
	case b.m.undrawn != "":
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
	return b.m
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
