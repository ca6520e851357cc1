package bundle

import (
	"fmt"
	"slices"
	"strings"

	"custos.example/analysis"
	"custos.example/ledger"
)

// attributed is what a first page says of whose a number is.
// Shape: Basis is a kind and what it stands on: "subscriber: SUB/1, SUB/2".
type attributed struct {
	Identifier string `json:"identifier"`
	Person     string `json:"person"`
	Basis      string `json:"basis"`
}

// subscriber is the kind of basis that is a file with the number and the name
// in it; of every other kind a person has to say what it shows.
const subscriber = "subscriber"

// maxFollowed bounds how many files and statements are looked up for the
// attributions of an exhibit: far more than any page has room for.
const maxFollowed = 1000

// followed is one attribution with what it is said to stand on.
// Shape: found has for each of names the entries of that item.
type followed struct {
	attributed
	kind  string
	names []string
	found [][]ledger.Entry
}

// checkAttributions follows every attribution on the exhibit's first page to
// what it is said to stand on. An attribution is a person's statement, and
// nothing here proves one; but a file that is to be its basis can be opened.
func checkAttributions(c *checker) []problem {
	list, more := c.attributions()
	held := c.searchAll(list)
	var problems []problem
	for _, f := range list {
		problems = append(problems, c.basis(f, held))
	}
	if more {
		problems = append(problems, unknown("P05", "The first page attributes numbers on more than %d files or statements; those after them were not looked up.", maxFollowed))
	}
	if c.ctx.Err() != nil {
		problems = append(problems, unknown("P05", "The check was stopped before every attribution was followed."))
	}
	return problems
}

// attributions returns the attributions on the pages of the exhibit, each once, and
// whether there are more than are followed.
func (c *checker) attributions() (list []followed, more bool) {
	items := c.items()
	seen, left := map[attributed]bool{}, maxFollowed
	ours := func(e ledger.Entry) bool { return e.Statement.Predicate.Place.Entry == c.manifest.Exhibit.Entry }
	c.frontPages(ours, func(page frontPage, _ string, _ []standing) {
		for _, a := range page.Attributions {
			if seen[a] {
				continue
			}
			kind, names, _ := strings.Cut(a.Basis, ": ")
			f := followed{attributed: a, kind: kind}
			for name := range strings.SplitSeq(names, ", ") {
				if left == 0 {
					more = true
					return
				}
				if left--; !slices.Contains(f.names, name) {
					f.names, f.found = append(f.names, name), append(f.found, items[name])
				}
			}
			seen[a], list = true, append(list, f)
		}
	})
	return list, more
}

// items returns the entries that took in a file or an item, by its number: one
// number may stand for several.
func (c *checker) items() map[string][]ledger.Entry {
	items := map[string][]ledger.Entry{}
	for _, e := range c.work.entries {
		switch d := e.Statement.Predicate.Detail.(type) {
		case *ledger.EvidenceReceived:
			items[d.Item] = append(items[d.Item], e)
		case *ledger.ItemReceived:
			items[d.Item] = append(items[d.Item], e)
		}
	}
	return items
}

// basis says what the record holds of the basis of one attribution.
func (c *checker) basis(f followed, held map[uint64]*search) problem {
	text := fmt.Sprintf("The exhibit attributes %s to %s (%s).", word(f.Identifier), quoted(f.Person), quoted(f.Basis))
	var said, open []string
	against := false
	for i, name := range f.names {
		if len(f.found[i]) == 0 {
			said = append(said, fmt.Sprintf("nothing named %s is among the entries shown", quoted(name)))
			continue
		}
		holds, readable := false, false
		var where []string
		for _, e := range f.found[i] {
			where = append(where, fmt.Sprintf("entry %d", e.N))
			open = append(open, c.toOpen(e)...)
			s := held[e.N]
			holds = holds || s != nil && s.holds[f.asked()]
			readable = readable || s != nil && s.readable
		}
		here := fmt.Sprintf("%s is %s", quoted(name), strings.Join(where, " and "))
		if f.kind == subscriber {
			switch {
			case holds:
				here += ", which holds that number and that name"
			case !readable:
				here += ", which has to be opened and read by eye"
			default:
				here += ", which does not hold both that number and that name"
				against = true
			}
		}
		said = append(said, here)
	}
	known := slices.Contains(analysis.AttributionKinds(), f.kind)
	if !known {
		text += fmt.Sprintf(" %s is no kind of basis; it is one of: %s.", quoted(f.kind), strings.Join(analysis.AttributionKinds(), ", "))
	}
	text += fmt.Sprintf(" In this record %s.", strings.Join(said, "; "))
	p := limit("P05", "%s It is the producer's statement.", text)
	if against || !known {
		p = unknown("P05", "%s", text)
	}
	p.detail = open
	return p
}

// toOpen says which member of the bundle holds what an entry took in. The name of
// a member is whoever packed the bundle's word: its SHA-256 stands beside it.
func (c *checker) toOpen(e ledger.Entry) []string {
	if _, file := e.Statement.Predicate.Detail.(*ledger.EvidenceReceived); !file || len(e.Statement.Subject) == 0 {
		return nil
	}
	want := digestText(e.Statement.Subject[0].Digest)
	for _, line := range c.manifest.Members {
		k, err := keyOf(line.Payload)
		if err != nil || k.String() != want {
			continue
		}
		if u, here := c.payload(k); here {
			return []string{fmt.Sprintf("Entry %d took in %s, SHA-256 %s", e.N, line.Name, u.sha256)}
		}
	}
	return nil
}
