package bundle

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"custos.example/ledger"
)

// frontPage is what a renderer's front matter says that the record says too.
// What it says besides, such as whose number is whose, is a statement of the
// producer and is proved by nothing here.
type frontPage struct {
	Reference *string       `json:"reference"`
	Version   *uint64       `json:"version"`
	Title     *string       `json:"title"`
	Question  *string       `json:"question"`
	Case      *string       `json:"case"`
	Producer  *string       `json:"producer"`
	Module    *string       `json:"module"`
	Log       *string       `json:"log"`
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
// record says: reference, version, title, question, case, producer, archived
// program, log, and every file with its SHA-256, rows and authority.
func checkFront(c *checker) []problem {
	var problems []problem
	for _, e := range c.work.entries {
		if _, ok := e.Statement.Predicate.Detail.(*ledger.ExhibitProduced); !ok {
			continue
		}
		for _, d := range e.Statement.Predicate.ResolvedDependencies {
			if d.Entry == nil {
				continue
			}
			run := c.graph().byID[*d.Entry]
			if run.Statement.Predicate.Step == nil {
				continue
			}
			for _, in := range run.Statement.Predicate.ResolvedDependencies {
				if in.Name == frontMatter && in.Entry == nil {
					problems = append(problems, c.front(e, run, in)...)
				}
			}
		}
	}
	return problems
}

// front compares one front page with the record.
func (c *checker) front(e, run ledger.Entry, in ledger.Dependency) []problem {
	data, here := c.small(in.Digest)
	if !here {
		return nil // checkOutputs says what that means
	}
	var page frontPage
	if err := json.Unmarshal(data, &page); err != nil {
		return []problem{differs("P04", "What stands on the first page of entry %d cannot be read.", e.N)}
	}
	var problems []problem
	facts := c.frontFacts(page, e, run)
	for _, what := range slices.Sorted(maps.Keys(facts)) {
		if !facts[what] {
			problems = append(problems, differs("P04", "The first page of the exhibit of entry %d and the record differ in the %s.", e.N, what))
		}
	}
	return problems
}

// frontFacts tells for each fact on a front page whether the record says it too.
func (c *checker) frontFacts(page frontPage, e, run ledger.Entry) map[string]bool {
	d, _ := e.Statement.Predicate.Detail.(*ledger.ExhibitProduced)
	opened, actor := c.opened(), c.ring[e.Statement.Predicate.Actor.Key]
	module := run.Statement.Predicate.Step.Module
	facts := map[string]bool{
		"reference": page.Reference == nil || *page.Reference == d.Reference,
		"version":   page.Version == nil || *page.Version == d.Version,
		"title":     page.Title == nil || *page.Title == d.Title,
		"question":  page.Question == nil || c.asked(run, *page.Question),
		"case":      page.Case == nil || strings.Contains(*page.Case, opened.Reference) && strings.Contains(*page.Case, opened.Title),
		"producer":  page.Producer == nil || strings.Contains(*page.Producer, actor.Name),
		"archived program": page.Module == nil || *page.Module == module.String() ||
			*page.Module == "" && module == ledger.Digest{},
		"log": page.Log == nil || *page.Log == "" || *page.Log == c.manifest.Origin,
	}
	if page.Sources != nil {
		facts["files that were received"] = c.sameSources(page.Sources, e)
	}
	return facts
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

// sameSources tells whether the files on a front page are exactly those that
// the exhibit goes back to.
func (c *checker) sameSources(listed []frontSource, exhibit ledger.Entry) bool {
	found := 0
	for _, e := range c.behind(exhibit) {
		if _, selected := e.Statement.Predicate.Detail.(*ledger.DatasetSelected); selected {
			if !c.selectedOnPage(listed, e) {
				return false
			}
			found++
		}
		d, ok := e.Statement.Predicate.Detail.(*ledger.DatasetNormalised)
		if !ok {
			continue
		}
		for _, dep := range e.Statement.Predicate.ResolvedDependencies {
			if dep.Name == "source" && !c.onPage(listed, d.Item, e, dep) {
				return false
			}
		}
		found++
	}
	return found == len(listed)
}

// onPage tells whether a page names the file that a data set was made from.
func (c *checker) onPage(listed []frontSource, item string, e ledger.Entry, dep ledger.Dependency) bool {
	k, err := keyOf(dep.Digest)
	if err != nil {
		return false
	}
	u, here := c.payload(k)
	for _, s := range listed {
		if s.Selected || s.Reference != item || s.Rows != e.Statement.Predicate.RowBalance.Received {
			continue
		}
		sha := k.digest
		if here {
			sha = u.sha256
		}
		if s.SHA256 == sha.String() && (s.Authority == "" || c.under(e, s.Authority)) {
			return true
		}
	}
	return false
}

// selectedOnPage tells whether a page names the rows that were selected: by the root
// of the commitment in the place of a file's digest, with the count of all rows.
func (c *checker) selectedOnPage(listed []frontSource, e ledger.Entry) bool {
	p := e.Statement.Predicate
	return slices.ContainsFunc(listed, func(s frontSource) bool {
		return s.Selected && s.Reference == p.Parameters["item"] && s.SHA256 == p.Parameters["root"] && s.Rows == p.RowBalance.Received &&
			(s.Authority == "" || c.under(e, s.Authority))
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
