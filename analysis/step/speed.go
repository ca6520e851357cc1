package step

import (
	"fmt"
	"slices"
	"strings"

	"custos.example/analysis"
	"custos.example/analysis/event"
	"custos.example/analysis/grid"
)

// implausibleMove is the flag of two records of one subject on sites so far
// apart that only a speed above the parameter speed_kmh joins them: a clock, a
// cell table or a copied SIM can be the reason, or cells that overlap. It never
// leaves a row out.
const implausibleMove = "IMPLAUSIBLE_MOVE"

// speedParam is the parameter of the flag.
func speedParam() analysis.Param {
	return analysis.Param{Name: "speed_kmh", Default: "200", Doc: "rows of one subject that follow one another on sites so far apart that more than so many km/h lie between them are flagged, never left out; blank = no flag"}
}

// sighting is a site of a subject at an instant.
type sighting struct {
	at    int64
	point grid.Point
	place
}

// moves finds the rows to be flagged.
type moves struct {
	*question
	most    int64
	sites   *sites
	last    map[string]sighting
	of      interned
	groups  groups
	flagged map[place]bool
}

// findMoves goes through the rows once and returns those to be flagged.
//
// Of each subject, rows that say where the cell was used at their time (evidence
// at, hour known, a site with a position, no repeats) are compared with the one before: its end site at
// its end, or its start site at its start, with the start site (or, without
// one, the end site) of the next. A pair is looked at when one of its instants
// lies in the period.
// Errors: ErrParameter, event.ErrNotCanonical.
func (q *question) findMoves(in analysis.Input) (map[place]bool, error) {
	if q.params["speed_kmh"] == "" {
		return nil, nil //nolint:nilnil // nothing is flagged
	}
	most, err := whole(q.params, "speed_kmh", 1)
	if err != nil {
		return nil, err
	}
	if most > 1_000_000 {
		return nil, fmt.Errorf("%w: speed_kmh is more than 1000000", analysis.ErrParameter)
	}
	m := &moves{question: q, most: most, sites: newSites(), last: map[string]sighting{}, flagged: map[place]bool{}}
	err = q.each(in, m.row)
	q.received = 0 // the rows are counted when they are used
	return m.flagged, err
}

func (m *moves) row(row *event.Row) error {
	if string(row.Field(event.Evidence)) != "at" || string(row.Field(event.Fold)) == "unknown" || len(m.types) > 0 && !m.types[string(row.Field(event.Type))] {
		return nil
	}
	subject := row.Field(event.Subject)
	_, at, _, err := m.window.ends(row, m.clocks)
	if err != nil {
		return err
	}
	var seen []sighting
	for i, e := range eventEnds() {
		p, ok, err := m.sites.of(row, e)
		if err != nil {
			return err
		}
		if ok {
			seen = append(seen, sighting{at[i], p, place{string(row.Field(event.Source)), row.SourceRow()}})
		}
	}
	if len(seen) == 0 {
		return nil
	}
	id, _ := m.of.of(subject)
	if _, again, err := m.groups.join(row, int(id), 0); again || err != nil {
		return err
	}
	if before, ok := m.last[string(subject)]; ok && m.tooFast(before, seen[0]) {
		m.flagged[before.place], m.flagged[seen[0].place] = true, true
	}
	m.last[string(subject)] = seen[len(seen)-1]
	return nil
}

// tooFast reports that more than the greatest speed lies between two sightings.
// Sightings that overlap in time have no speed.
func (m *moves) tooFast(a, b sighting) bool {
	seconds := b.at - a.at
	if seconds < 0 || a.point == b.point || !m.window.holds(a.at) && !m.window.holds(b.at) {
		return false
	}
	const furthest = 21_000_000 // metres between two points of the earth, and more
	if m.most*seconds/18 > furthest {
		return false
	}
	return grid.Metres(a.point, b.point)*18 > m.most*5*seconds // metres in 3.6 s against km in an hour
}

// addFlag puts a word among the sorted words of a row's flags.
func addFlag(flags, word string) string {
	words := append(strings.Fields(flags), word)
	slices.Sort(words)
	return strings.Join(words, " ")
}
