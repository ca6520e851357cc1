package bundle

import (
	"maps"
	"slices"
	"strings"

	"custos.example/ledger"
)

// frontPage is what a renderer's front matter says that the record says too.
// What it says besides, such as whose number is whose, is a statement of the
// producer and is proved by nothing here (unprovedLines).
type frontPage struct {
	Reference *string       `json:"reference"`
	Version   *uint64       `json:"version"`
	Title     *string       `json:"title"`
	Question  *string       `json:"question"`
	Case      *string       `json:"case"`
	Producer  *string       `json:"producer"`
	Module    *string       `json:"module"`
	Log       *string       `json:"log"`
	Expert    string        `json:"expert"`
	Changed   *string       `json:"changed"`
	Sources   []frontSource `json:"sources"`

	Attributions []attributed `json:"attributions"`
}

// frontSource is one file that a front page names.
type frontSource struct {
	Reference string `json:"reference"`
	Authority string `json:"authority"`
	Rows      uint64 `json:"rows"`
	SHA256    string `json:"sha256"`
	Selected  bool   `json:"selected"`
}

// checkFront wants what stands on an exhibit's first page to be what the
// record says: reference, version, title, question, case, producer, expert, what
// has changed, archived program, log, and every file with its SHA-256, rows and authority.
func checkFront(c *checker) []problem {
	var problems []problem
	c.frontPages(func(ledger.Entry) bool { return true }, func(page frontPage, unread string, places []standing) {
		sources := map[ledger.EntryID]bool{}
		for _, at := range places {
			if c.ctx.Err() != nil {
				return
			}
			if unread != "" {
				problems = append(problems, differs("P04", "What stands on the first page of entry %d %s.", at.exhibit.N, unread))
				continue
			}
			facts, id := c.frontFacts(page, at.exhibit, at.run), at.exhibit.Statement.Predicate.Place.Entry
			if _, compared := sources[id]; !compared {
				sources[id] = page.Sources == nil || c.sameSources(page.Sources, at.exhibit)
			}
			facts["files that were received"] = sources[id]
			for _, what := range slices.Sorted(maps.Keys(facts)) {
				if !facts[what] {
					problems = append(problems, differs("P04", "The first page of the exhibit of entry %d and the record differ in the %s.", at.exhibit.N, what))
				}
			}
		}
	})
	if c.ctx.Err() != nil {
		problems = append(problems, unknown("P04", "The check was stopped before every first page was compared with the record."))
	}
	return problems
}

// frontFacts tells for each fact on a front page whether the record says it too.
func (c *checker) frontFacts(page frontPage, e, run ledger.Entry) map[string]bool {
	d, _ := e.Statement.Predicate.Detail.(*ledger.ExhibitProduced)
	opened, actor := c.opened(), c.ring[e.Statement.Predicate.Actor.Key]
	module := run.Statement.Predicate.Step.Module
	return map[string]bool{
		"reference": page.Reference == nil || *page.Reference == d.Reference,
		"version":   page.Version == nil || *page.Version == d.Version,
		"title":     page.Title == nil || *page.Title == d.Title,
		"question":  page.Question == nil || c.asked(run, *page.Question),
		"case":      page.Case == nil || strings.Contains(*page.Case, opened.Reference) && strings.Contains(*page.Case, opened.Title),
		"expert":    page.Expert == d.Expert,
		"changes":   page.Changed == nil || strings.HasPrefix(*page.Changed, d.Changed),
		"producer":  page.Producer == nil || strings.Contains(*page.Producer, actor.Name),
		"archived program": page.Module == nil || *page.Module == module.String() ||
			*page.Module == "" && module == ledger.Digest{},
		"log": page.Log == nil || *page.Log == "" || *page.Log == c.manifest.Origin,
	}
}

// asked tells whether a run that this one renders had that question.
func (c *checker) asked(run ledger.Entry, question string) bool {
	for _, d := range run.Statement.Predicate.ResolvedDependencies {
		if d.Entry == nil {
			continue
		}
		from, shown := c.graph().byID[*d.Entry]
		if a, ok := from.Statement.Predicate.Detail.(*ledger.AnalysisRun); !shown || ok && a.Title == question {
			return true
		}
	}
	return false
}

// sameSources tells whether the files on a front page are exactly those that the
// exhibit goes back to: of each as many lines as there are data sets and selections
// of it, every line under the authority of one of them, and each of them with a line.
func (c *checker) sameSources(listed []frontSource, exhibit ledger.Entry) bool {
	behind := map[frontSource][]ledger.Entry{}
	for _, e := range c.behind(exhibit) {
		if line, is := c.asListed(e); is {
			behind[line] = append(behind[line], e)
		}
	}
	lines := map[frontSource][]string{}
	for _, s := range listed {
		authority := s.Authority
		s.Authority = ""
		if behind[s] == nil {
			s.SHA256 = "" // of a file that is not here to be compared, or of none
		}
		lines[s] = append(lines[s], authority)
	}
	for line, entries := range behind {
		if len(lines[line]) != len(entries) || !c.allUnder(entries, lines[line]) {
			return false
		}
	}
	return len(lines) == len(behind)
}

// asListed returns the line by which a page names the file of a data set, or the
// rows that were selected of one: by the root of the commitment in the place of the
// file's digest, with the count of all rows. The authority is left blank, and so is
// the digest of a file that is not here and has a salted one in the record.
func (c *checker) asListed(e ledger.Entry) (frontSource, bool) {
	p := e.Statement.Predicate
	switch d := p.Detail.(type) {
	case *ledger.DatasetSelected:
		return frontSource{Reference: p.Parameters["item"], Rows: p.RowBalance.Received, SHA256: p.Parameters["root"], Selected: true}, true
	case *ledger.DatasetNormalised:
		line := frontSource{Reference: d.Item, Rows: p.RowBalance.Received}
		for _, dep := range p.ResolvedDependencies {
			k, err := keyOf(dep.Digest)
			if dep.Name != "source" || err != nil {
				continue
			}
			if u, here := c.payload(k); here {
				line.SHA256 = u.sha256.String()
			} else if k.algorithm == ledger.SHA256 {
				line.SHA256 = k.digest.String()
			}
		}
		return line, true
	}
	return frontSource{}, false
}

// allUnder tells whether each line's authority is one of the entries', and each
// entry rests on that of a line. A line may name none.
func (c *checker) allUnder(entries []ledger.Entry, authorities []string) bool {
	authorities = slices.Compact(slices.Sorted(slices.Values(authorities)))
	rests := func(e ledger.Entry, authority string) bool { return authority == "" || c.under(e, authority) }
	for _, authority := range authorities {
		if !slices.ContainsFunc(entries, func(e ledger.Entry) bool { return rests(e, authority) }) {
			return false
		}
	}
	return !slices.ContainsFunc(entries, func(e ledger.Entry) bool {
		return !slices.ContainsFunc(authorities, func(authority string) bool { return rests(e, authority) })
	})
}

// under tells whether an entry rests on an authority of that reference.
func (c *checker) under(e ledger.Entry, reference string) bool {
	for _, id := range e.Statement.Predicate.Authority {
		from, shown := c.graph().byID[id]
		if a, ok := from.Statement.Predicate.Detail.(*ledger.AuthorityRecorded); !shown || ok && a.Reference == reference {
			return true
		}
	}
	return false
}

// behind returns the shown entries that one goes back to.
func (c *checker) behind(e ledger.Entry) []ledger.Entry {
	seen := map[ledger.EntryID]bool{}
	var list []ledger.Entry
	var walk func(ledger.Entry)
	walk = func(e ledger.Entry) {
		for _, d := range e.Statement.Predicate.ResolvedDependencies {
			if d.Entry == nil || seen[*d.Entry] {
				continue
			}
			seen[*d.Entry] = true
			if from, shown := c.graph().byID[*d.Entry]; shown {
				list = append(list, from)
				walk(from)
			}
		}
	}
	walk(e)
	return list
}

// unprovedLines says which lines of a first page nothing in a bundle proves.
const unprovedLines = "on the first page, who checked it, when and by which program it was made, the known defects, the decisions and the basis of the times in words, the titles, suppliers and notes of files, and the places: the producer's words"
