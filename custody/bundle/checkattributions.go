package bundle

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

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

// checkAttributions follows every attribution on the exhibit's first page to
// what it is said to stand on. An attribution is a person's statement, and
// nothing here proves one; but a file that is to be its basis can be opened.
func checkAttributions(c *checker) []problem {
	var problems []problem
	e, _ := c.exhibit()
	for _, page := range c.frontPages(e) {
		for _, a := range page.Attributions {
			if p := c.basis(a); !slices.ContainsFunc(problems, func(q problem) bool { return q.text == p.text }) {
				problems = append(problems, p)
			}
		}
	}
	return problems
}

// frontPages returns the front matter of the pages of an exhibit.
func (c *checker) frontPages(exhibit ledger.Entry) []frontPage {
	var pages []frontPage
	for _, run := range c.behind(exhibit) {
		for _, in := range run.Statement.Predicate.ResolvedDependencies {
			if in.Name != frontMatter || in.Entry != nil {
				continue
			}
			data, here := c.small(in.Digest)
			var page frontPage
			if here && json.Unmarshal(data, &page) == nil {
				pages = append(pages, page)
			}
		}
	}
	return pages
}

// basis says what the record holds of the basis of one attribution.
func (c *checker) basis(a attributed) problem {
	kind, list, _ := strings.Cut(a.Basis, ": ")
	who := fmt.Sprintf("The exhibit attributes %s to %s (%s).", a.Identifier, a.Person, a.Basis)
	var said, against []string
	for _, item := range strings.Split(list, ", ") {
		e, found := c.received(item)
		if !found {
			said = append(said, fmt.Sprintf("nothing named %q is among the entries shown", item))
			continue
		}
		here := fmt.Sprintf("%q is entry %d", item, e.N)
		if kind == subscriber {
			switch holds, readable := c.holds(e, a); {
			case !readable:
				here += ", which has to be opened and read by eye"
			case holds:
				here += ", which holds that number and that name"
			default:
				here += ", which does not hold both that number and that name"
				against = append(against, item)
			}
		}
		said = append(said, here)
	}
	text := fmt.Sprintf("%s In this record %s.", who, strings.Join(said, "; "))
	if len(against) > 0 {
		return unknown("P05", "%s", text)
	}
	return limit("P05", "%s It is the producer's statement.", text)
}

// received returns the entry that took in a file under that item number, or an
// item of that number.
func (c *checker) received(item string) (ledger.Entry, bool) {
	for _, e := range c.work.entries {
		switch d := e.Statement.Predicate.Detail.(type) {
		case *ledger.EvidenceReceived:
			if d.Item == item {
				return e, true
			}
		case *ledger.ItemReceived:
			if d.Item == item {
				return e, true
			}
		}
	}
	return ledger.Entry{}, false
}

// digitsCompared is how many of the last digits of a number are looked for: the
// ones that every way of writing it has.
const digitsCompared = 9

// holds tells whether a received file holds both a number and a name, and
// whether it can be read as text at all.
func (c *checker) holds(e ledger.Entry, a attributed) (found, readable bool) {
	if len(e.Statement.Subject) == 0 {
		return false, false
	}
	data, here := c.small(e.Statement.Subject[0].Digest)
	if !here || !utf8.Valid(data) || strings.ContainsRune(string(data), 0) || a.Person == "" {
		return false, false
	}
	number := digits(a.Identifier)
	if len(number) > digitsCompared {
		number = number[len(number)-digitsCompared:]
	}
	name := strings.ToLower(strings.Join(strings.Fields(a.Person), " "))
	for line := range strings.Lines(string(data)) {
		folded := strings.ToLower(strings.Join(strings.Fields(line), " "))
		if number != "" && strings.Contains(digits(strings.ReplaceAll(line, ",", "x")), number) && strings.Contains(folded, name) {
			return true, true
		}
	}
	return false, true
}

// digits returns the digits of text; letters between them part numbers.
func digits(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9':
			return r
		case r == ' ' || r == '-' || r == '(' || r == ')' || r == '+':
			return -1
		}
		return 'x'
	}, text)
}
