package bundle

import (
	"bytes"
	"slices"

	"custos.example/analysis/source"
	"custos.example/ledger"
)

// checkSources wants every step to begin at what an entry made, every reading of
// a source at a file that was received, and nothing to be named that no step used:
// whoever reads what a result goes back to would take it for a source of it.
func checkSources(c *checker) []problem {
	var problems []problem
	for _, e := range c.work.entries {
		switch d := e.Statement.Predicate.Detail.(type) {
		case *ledger.EvidenceReceived:
			problems = append(problems, c.sized(e, d)...)
			continue
		case *ledger.DatasetNormalised:
			problems = append(problems, c.profiled(e, d)...)
			if !c.received(e) {
				problems = append(problems, differs("P01", "Entry %d (%s) does not say from which received file it was made.", e.N, word(d.Item)))
			}
		case *ledger.AnalysisRun, *ledger.DatasetSelected, *ledger.ExhibitProduced:
			if !slices.ContainsFunc(e.Statement.Predicate.ResolvedDependencies, func(d ledger.Dependency) bool { return d.Entry != nil }) {
				problems = append(problems, differs("P01", "Entry %d does not say what it was made from.", e.N))
			}
		default:
			continue
		}
		used := c.used(e)
		for _, d := range e.Statement.Predicate.ResolvedDependencies {
			problems = append(problems, c.input(e, d, used)...)
		}
	}
	return problems
}

// sized wants a file that was received to be as long as its entry says.
func (c *checker) sized(e ledger.Entry, d *ledger.EvidenceReceived) []problem {
	if len(e.Statement.Subject) == 0 {
		return nil
	}
	k, err := keyOf(e.Statement.Subject[0].Digest)
	if u, here := c.payload(k); err == nil && here && uint64(u.Size()) != d.Size {
		return []problem{differs("P01", "Entry %d (%s) took in a file of %d bytes, and the file has %d.", e.N, word(d.Item), d.Size, u.Size())}
	}
	return nil
}

// profiled says of a file behind the exhibit which person's word it is what each of
// its columns means, if that is none of the profiles that this program carries.
func (c *checker) profiled(e ledger.Entry, d *ledger.DatasetNormalised) []problem {
	profile := dependencyOf(e, profilePort)
	if profile == nil || !c.graph().ancestors[e.Statement.Predicate.Place.Entry] {
		return nil
	}
	if data, here := c.small(profile.Digest); !here || carried(data) {
		return nil // checkOutputs says what it means that it is not here
	}
	return []problem{limit("P08", "Entry %d (%s) was read under a profile that this program does not carry: what each column of the file means is the word of whoever wrote it.", e.N, word(d.Item))}
}

// carried tells whether text is a profile that this program carries.
func carried(text []byte) bool {
	return slices.ContainsFunc(source.ProfileNames(), func(name string) bool {
		own, known := source.ReadProfile(name)
		return known && bytes.Equal(own, text)
	})
}

// received tells whether a data set was read from a file that was received.
func (c *checker) received(e ledger.Entry) bool {
	d := dependencyOf(e, "source")
	if d == nil || d.Entry == nil {
		return false
	}
	from, shown := c.graph().byID[*d.Entry]
	return !shown || from.Statement.Kind() == "evidence-received" // not shown: checkInputs has said so
}

// input wants an input of a result to have its origin on record, in an entry of a
// kind that makes such data, and to be what the result was made from.
func (c *checker) input(e ledger.Entry, d ledger.Dependency, used func(ledger.Dependency) bool) []problem {
	kind := e.Statement.Kind()
	switch {
	case d.Entry == nil && !ownText(kind, d.Name):
		return []problem{differs("P01", "The origin of %q in entry %d is not on record.", d.Name, e.N)}
	case d.Entry != nil && d.Name == frontMatter:
		return []problem{differs("P01", "Entry %d takes what stands on the first page from another entry, which nothing holds against the record.", e.N)}
	case !used(d):
		return []problem{differs("P01", "Entry %d names %q, and nothing in it was made from that.", e.N, d.Name)}
	case d.Entry == nil:
		return nil
	}
	from, shown := c.graph().byID[*d.Entry]
	if !shown || slices.Contains(makers(kind), from.Statement.Kind()) {
		return nil // not shown: checkInputs has said so
	}
	return []problem{differs("P01", "Entry %d takes %q from entry %d, which is of a kind that makes no data (%s).", e.N, d.Name, from.N, from.Statement.Kind())}
}

// ownText tells whether an input of an entry of a kind is text of whoever made the
// entry, and so has no origin. Of a scope checkDecisions wants one.
func ownText(kind ledger.Kind, name string) bool {
	if kind == "dataset-normalised" {
		return name == profilePort || name == decisionsPort || name == scopePort
	}
	return name == frontMatter
}

// profilePort is the input of a source that says what each column of a file means.
const profilePort = "profile"

// makers returns the kinds of entries from which one of a kind takes its inputs.
func makers(kind ledger.Kind) []ledger.Kind {
	switch kind {
	case "dataset-normalised":
		return []ledger.Kind{"evidence-received", "dataset-normalised", "source-decided"}
	case "dataset-selected":
		return []ledger.Kind{"rows-committed"}
	case "exhibit-produced":
		return []ledger.Kind{"analysis-run"}
	}
	return []ledger.Kind{"dataset-normalised", "dataset-selected", "analysis-run", "source-decided"}
}

// used returns what tells whether an entry was made from what it names as an input:
// of an exhibit, the runs that made its files and those on whose results they were
// made; of a selection, the rows; else what its step has a port for. A reading also
// names the decisions that its one list of them is made of, and a scope, which
// checkDecisions looks at. A step that this program does not have is believed.
func (c *checker) used(e ledger.Entry) func(ledger.Dependency) bool {
	ports, known := c.portsOf(e)
	port := func(d ledger.Dependency) bool { return !known || slices.Contains(ports, d.Name) }
	switch e.Statement.Kind() {
	case "exhibit-produced":
		return c.shownIn(e)
	case "dataset-selected":
		return func(d ledger.Dependency) bool { return d.Name == "rows" }
	case "dataset-normalised":
		return func(d ledger.Dependency) bool {
			decided, _ := c.decided(d)
			return decided || c.unseen(d) || d.Name == scopePort || port(d)
		}
	}
	return port
}

// shownIn returns what tells whether a run that an exhibit names made one of its
// files, or a result of which one was made.
func (c *checker) shownIn(exhibit ledger.Entry) func(ledger.Dependency) bool {
	files, results, whole := map[string]bool{}, map[ledger.EntryID]bool{}, true
	for _, s := range exhibit.Statement.Subject {
		files[digestText(s.Digest)] = true
	}
	for _, d := range exhibit.Statement.Predicate.ResolvedDependencies {
		if whole = whole && !c.unseen(d); d.Entry == nil || !files[digestText(d.Digest)] {
			continue
		}
		for _, in := range c.graph().byID[*d.Entry].Statement.Predicate.ResolvedDependencies {
			if in.Entry != nil {
				results[*in.Entry] = true
			}
		}
	}
	return func(d ledger.Dependency) bool { // what is not shown, checkInputs says
		return !whole || d.Entry == nil || files[digestText(d.Digest)] || results[*d.Entry]
	}
}

// portsOf returns the names of the inputs of the step that an entry names, as this
// program knows it.
func (c *checker) portsOf(e ledger.Entry) (ports []string, known bool) {
	step := e.Statement.Predicate.Step
	if step == nil || c.o.Steps == nil || step.Version > 1<<20 {
		return nil, false
	}
	own, known := c.o.Steps.Find(step.Name, int(step.Version))
	if known {
		for _, p := range own.Info().Inputs {
			ports = append(ports, p.Name)
		}
	}
	return ports, known
}
