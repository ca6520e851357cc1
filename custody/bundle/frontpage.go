package bundle

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"

	"custos.example/analysis"
	"custos.example/ledger"
)

// frontMatter is the one input of a renderer that no entry makes: what stands
// on the first page besides the results.
const frontMatter = "meta"

// maxFront is the most that a renderer takes as front matter, in bytes.
const maxFront = 1 << 20

// standing is where a first page stands: the exhibit, and the run that made a file
// of it.
type standing struct{ exhibit, run ledger.Entry }

// frontPages calls visit for what stands on the first page of each exhibit that of
// picks, once for each front matter, with every place where it stands. Of the
// bundle's own exhibit these are all runs that it goes back to, of another those
// that it names.
// Shape: unread says why front matter cannot be read, and is blank otherwise. What
// is not in the bundle is left out; checkOutputs says what that means.
// Trust: none; one page is kept at a time.
func (c *checker) frontPages(of func(exhibit ledger.Entry) bool, visit func(page frontPage, unread string, places []standing)) {
	var order []key
	places := map[key][]standing{}
	for _, e := range c.work.entries {
		if _, ok := e.Statement.Predicate.Detail.(*ledger.ExhibitProduced); !ok || !of(e) {
			continue
		}
		runs := c.from(e)
		if e.Statement.Predicate.Place.Entry == c.manifest.Exhibit.Entry {
			runs = c.behind(e)
		}
		for _, run := range runs {
			for _, in := range run.Statement.Predicate.ResolvedDependencies {
				k, err := keyOf(in.Digest)
				if in.Name != frontMatter || run.Statement.Predicate.Step == nil || err != nil {
					continue
				}
				if places[k] == nil {
					order = append(order, k)
				}
				places[k] = append(places[k], standing{e, run})
			}
		}
	}
	for _, k := range order {
		if c.ctx.Err() != nil {
			return
		}
		if u, here := c.payload(k); here {
			page, unread := readFront(u)
			visit(page, unread, places[k])
		}
	}
}

// from returns the shown entries that one names as the makers of its inputs.
func (c *checker) from(e ledger.Entry) []ledger.Entry {
	var list []ledger.Entry
	seen := map[ledger.EntryID]bool{}
	for _, d := range e.Statement.Predicate.ResolvedDependencies {
		if d.Entry == nil || seen[*d.Entry] {
			continue
		}
		seen[*d.Entry] = true
		if from, shown := c.graph().byID[*d.Entry]; shown {
			list = append(list, from)
		}
	}
	return list
}

// readFront reads front matter, or says why it cannot be read.
func readFront(in analysis.Input) (frontPage, string) {
	var page frontPage
	if in.Size() > maxFront {
		return page, "is longer than any page"
	}
	data := make([]byte, in.Size())
	if n, err := in.ReadAt(data, 0); n < len(data) {
		return page, "cannot be read: " + err.Error()
	}
	var tree map[string]any
	if dense(data, leastField) || analysis.ParseCanonical(data, &tree) != nil || !exactKeys(tree, frontKeys()) || json.Unmarshal(data, &page) != nil {
		return page, "cannot be read"
	}
	return page, ""
}

// exactKeys tells whether every key that could be taken for one of those known is
// that key, letter for letter: two readers would otherwise read two pages.
func exactKeys(v any, known []string) bool {
	switch v := v.(type) {
	case []any:
		return !slices.ContainsFunc(v, func(item any) bool { return !exactKeys(item, known) })
	case map[string]any:
		for k, item := range v {
			other := func(name string) bool { return k != name && strings.EqualFold(k, name) }
			if slices.ContainsFunc(known, other) || !exactKeys(item, known) {
				return false
			}
		}
	}
	return true
}

// frontKeys returns the keys by which a front page, and what stands in it, is read.
func frontKeys() []string {
	var keys []string
	for _, v := range []any{frontPage{}, frontSource{}, attributed{}} {
		t := reflect.TypeOf(v)
		for i := range t.NumField() {
			keys = append(keys, t.Field(i).Tag.Get("json"))
		}
	}
	return keys
}
