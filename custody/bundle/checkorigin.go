package bundle

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"custos.example/ledger"
)

// originChecks is phase 14: where does the exhibit come from?
func originChecks() []check {
	return []check{
		{14, "exhibit", askSame, checkExhibit, nil},
		{14, "inputs", askAgain, checkInputs, nil},
		{14, "sources", askAgain, checkSources, func(*checker) string { return "every result leads back to a file that was received" }},
		{14, "renders", askAgain, checkRenders, nil},
		{14, "front-page", askSame, checkFront, nil},
		{14, "attributions", askRest, checkAttributions, nil},
		{14, "decisions", askAgain, checkDecisions, nil},
		{14, "rows", askAgain, checkRows, nil},
		{14, "selected", askAgain, checkSelected, nil},
		{14, "defects", askRest, checkDefects, nil},
	}
}

// provenance is the graph of what was made from what.
type provenance struct {
	byID      map[ledger.EntryID]ledger.Entry
	ancestors map[ledger.EntryID]bool // of the exhibit, and itself
}

// graph returns the provenance of the shown entries, made once.
func (c *checker) graph() *provenance {
	if c.origin.byID != nil {
		return &c.origin
	}
	g := &c.origin
	g.byID, g.ancestors = map[ledger.EntryID]ledger.Entry{}, map[ledger.EntryID]bool{}
	for _, e := range c.work.entries {
		g.byID[e.Statement.Predicate.Place.Entry] = e
	}
	var walk func(id ledger.EntryID)
	walk = func(id ledger.EntryID) {
		if g.ancestors[id] {
			return
		}
		g.ancestors[id] = true
		for _, d := range g.byID[id].Statement.Predicate.ResolvedDependencies {
			if d.Entry != nil {
				walk(*d.Entry)
			}
		}
	}
	walk(c.manifest.Exhibit.Entry)
	return g
}

// exhibit returns what the entry that the bundle is for says.
func (c *checker) exhibit() (ledger.Entry, *ledger.ExhibitProduced) {
	e := c.graph().byID[c.manifest.Exhibit.Entry]
	d, _ := e.Statement.Predicate.Detail.(*ledger.ExhibitProduced)
	return e, d
}

// checkExhibit wants the exhibit that the list names, and its files, no others,
// where people look for them.
func checkExhibit(c *checker) []problem {
	e, d := c.exhibit()
	if d == nil {
		return []problem{differs("P02", "The entry that the bundle is for is not shown, or is not an exhibit.")}
	}
	var problems []problem
	if d.Reference != c.manifest.Exhibit.Reference || d.Version != c.manifest.Exhibit.Version {
		problems = append(problems, differs("P02", "The bundle says it is for exhibit %s version %d, and the entry it names is for exhibit %s version %d.",
			c.manifest.Exhibit.Reference, c.manifest.Exhibit.Version, d.Reference, d.Version))
	}
	for _, r := range d.Renders {
		if r.Step.Module != c.manifest.Module {
			problems = append(problems, differs("P02", "The bundle names another archived program than the exhibit's entry."))
			break
		}
	}
	folder := map[key]bool{}
	for _, line := range c.manifest.Members {
		if k, err := keyOf(line.Payload); err == nil && strings.HasPrefix(line.Name, "exhibit/") {
			folder[k] = true
		}
	}
	for _, s := range e.Statement.Subject {
		k, err := keyOf(s.Digest)
		if err != nil || !folder[k] {
			problems = append(problems, differs("P02", "The exhibit's file %q is not in the bundle's folder exhibit.", s.Name))
		}
	}
	for _, s := range e.Statement.Subject { // two files of one content are one member
		if k, err := keyOf(s.Digest); err == nil {
			delete(folder, k)
		}
	}
	if len(folder) > 0 {
		problems = append(problems, differs("P02", "A file in the bundle's folder exhibit is no part of the exhibit."))
	}
	return append(problems, c.twice()...)
}

// twice wants no two exhibits under one reference and version: a version that is
// on record is never replaced.
func (c *checker) twice() []problem {
	type version struct {
		reference string
		n         uint64
	}
	var problems []problem
	first := map[version]uint64{}
	for _, e := range c.work.entries {
		d, ok := e.Statement.Predicate.Detail.(*ledger.ExhibitProduced)
		if !ok {
			continue
		}
		v := version{d.Reference, d.Version}
		if n, known := first[v]; known {
			problems = append(problems, differs("P02", "Entries %d and %d are two exhibits under one reference and version, %s version %d.", n, e.N, word(d.Reference), d.Version))
			continue
		}
		first[v] = e.N
	}
	return problems
}

// checkInputs wants each input that names an entry to be what that entry made,
// earlier; so the graph cannot have a cycle.
func checkInputs(c *checker) []problem {
	var problems []problem
	g := c.graph()
	for _, e := range c.work.entries {
		for _, d := range e.Statement.Predicate.ResolvedDependencies {
			if d.Entry == nil {
				continue
			}
			from, shown := g.byID[*d.Entry]
			made := slices.ContainsFunc(from.Statement.Subject, func(s ledger.Subject) bool { return digestText(s.Digest) == digestText(d.Digest) })
			switch {
			case shown && (!made || from.N >= e.N):
				problems = append(problems, differs("P01", "Entry %d uses %q as made by entry %d, which did not make it, or not before.", e.N, d.Name, from.N))
			case shown:
			case !c.withheldBefore(e.N):
				problems = append(problems, differs("P01", "The origin of %q in entry %d is not on record.", d.Name, e.N))
			case g.ancestors[e.Statement.Predicate.Place.Entry]:
				problems = append(problems, unknown("P01", "The origin of %q in entry %d is not shown: the entry that made it is withheld.", d.Name, e.N))
			default:
				problems = append(problems, limit("P01", "The origin of %q in entry %d, which is no part of this exhibit, is withheld.", d.Name, e.N))
			}
		}
	}
	return problems
}

// checkRenders wants each file of an exhibit to be what an earlier run made,
// by the step that the exhibit's entry names.
func checkRenders(c *checker) []problem {
	var problems []problem
	for _, e := range c.work.entries {
		d, ok := e.Statement.Predicate.Detail.(*ledger.ExhibitProduced)
		if !ok {
			continue
		}
		problems = append(problems, c.stated(e)...)
		for i, s := range e.Statement.Subject {
			switch c.rendered(e, s, d.Renders[i].Step) {
			case renderUnnamed:
				problems = append(problems, differs("P01", "Entry %d does not say which run made %q.", e.N, s.Name))
			case renderOther:
				problems = append(problems, differs("P02", "Entry %d says that %s made %q, and the entry that made it says otherwise.", e.N, d.Renders[i].Step.Name, s.Name))
			}
		}
	}
	return problems
}

// stated wants every parameter that an exhibit states to be one with which a run
// that it names was made.
func (c *checker) stated(e ledger.Entry) []problem {
	used := map[string]bool{}
	for _, run := range c.from(e) {
		p := run.Statement.Predicate
		if p.Step == nil {
			continue
		}
		for name, value := range p.Parameters {
			used[fmt.Sprintf("%s@%d/%s=%s", p.Step.Name, p.Step.Version, name, value)] = true
		}
	}
	var problems []problem
	for _, name := range slices.Sorted(maps.Keys(e.Statement.Predicate.Parameters)) {
		if !used[name+"="+e.Statement.Predicate.Parameters[name]] {
			problems = append(problems, differs("P02", "Entry %d states a parameter (%s) with which no run that it names was made.", e.N, word(name)))
		}
	}
	return problems
}

// What the record says of where a file of an exhibit comes from.
const (
	renderMade    = iota // an earlier run by that step made it
	renderUnnamed        // no earlier run is named
	renderOther          // what is named is no run by that step
)

// rendered tells whether an entry that e names made s by that step. An entry
// that is withheld is believed here; checkInputs has said so.
func (c *checker) rendered(e ledger.Entry, s ledger.Subject, step ledger.Step) int {
	found := renderUnnamed
	for _, d := range e.Statement.Predicate.ResolvedDependencies {
		if d.Entry == nil || digestText(d.Digest) != digestText(s.Digest) {
			continue
		}
		from, shown := c.graph().byID[*d.Entry]
		if by := from.Statement.Predicate.Step; !shown || by != nil && *by == step {
			return renderMade
		}
		found = renderOther
	}
	return found
}

// unseen tells whether the entry that an input names is one that is not shown;
// checkInputs says what that means.
func (c *checker) unseen(d ledger.Dependency) bool {
	if d.Entry == nil {
		return false
	}
	_, shown := c.graph().byID[*d.Entry]
	return !shown
}

// checkRows wants each commitment to rows to be to those of an earlier data set.
func checkRows(c *checker) []problem {
	var problems []problem
	for _, e := range c.work.entries {
		d, ok := e.Statement.Predicate.Detail.(*ledger.RowsCommitted)
		if !ok {
			continue
		}
		from, shown := c.graph().byID[d.Dataset]
		b := from.Statement.Predicate.RowBalance
		switch {
		case !shown && c.withheldBefore(e.N):
		case !shown, from.Statement.Kind() != "dataset-normalised", b == nil:
			problems = append(problems, differs("P01", "Entry %d counts the rows of a data set that is not on record.", e.N))
		case d.Count != b.Shown+b.Repeats:
			problems = append(problems, differs("R03", "Entry %d counts %d rows, and the data set of entry %d has %d.", e.N, d.Count, from.N, b.Shown+b.Repeats))
		}
	}
	return problems
}

// checkDefects lists what the record itself says against what the exhibit
// rests on: known defects, each in its newest state, and later versions.
func checkDefects(c *checker) []problem {
	var problems []problem
	_, exhibit := c.exhibit()
	for _, chain := range []*shownChain{&c.work, &c.organisation} {
		newest := map[string]uint64{}
		for _, e := range chain.entries {
			if d, ok := e.Statement.Predicate.Detail.(*ledger.DefectRecorded); ok {
				newest[d.Defect] = e.N
			}
		}
		for _, e := range chain.entries {
			d, ok := e.Statement.Predicate.Detail.(*ledger.DefectRecorded)
			if ok && newest[d.Defect] == e.N && d.State != "withdrawn" && c.touched(d) {
				problems = append(problems, limit("X01", "A known defect touches this exhibit (%s, entry %d, %s): %s. %s", d.Defect, e.N, d.State,
					strings.TrimSuffix(d.Title, "."), d.Effect))
			}
		}
	}
	for _, e := range c.work.entries {
		d, ok := e.Statement.Predicate.Detail.(*ledger.ExhibitProduced)
		if !ok || exhibit == nil || d.Reference != exhibit.Reference || d.Version <= exhibit.Version {
			continue
		}
		p := limit("X02", "A later version of this exhibit is on record: version %d, entry %d.", d.Version, e.N)
		if d.Changed != "" {
			p = limit("X02", "A later version of this exhibit is on record: version %d, entry %d. What changed: %s", d.Version, e.N, d.Changed)
		}
		problems = append(problems, p)
	}
	return problems
}

// touched tells whether a defect is of an entry behind the exhibit, or of a step
// that made any of it.
func (c *checker) touched(d *ledger.DefectRecorded) bool {
	if slices.ContainsFunc(d.Entries, func(id ledger.EntryID) bool { return c.graph().ancestors[id] }) {
		return true
	}
	for _, e := range c.work.entries {
		if !c.graph().ancestors[e.Statement.Predicate.Place.Entry] {
			continue
		}
		for _, step := range stepsOf(e.Statement) {
			if slices.Contains(d.Steps, fmt.Sprintf("%s@%d", step.Name, step.Version)) {
				return true
			}
		}
	}
	return false
}
