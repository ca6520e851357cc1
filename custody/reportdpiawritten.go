package custody

import (
	"slices"
	"strings"

	"custos.example/analysis/paper"
)

// writtenPart is what people must write.
type writtenPart struct {
	name    string   // of the file
	heading string   // of its section
	against []string // generated sections by whose facts it stands or falls
}

// writtenParts are they, in the order in which they are printed.
func writtenParts() []writtenPart {
	all := []string{"data", "people", "bases", "recipients", "retention", "intrusion", "access", "security", "change"}
	return []writtenPart{
		{"necessity", "11. Necessity and proportionality", []string{"data", "people", "bases"}},
		{"lawfulness", "12. Lawfulness", []string{"bases"}},
		{"dataflow", "13. The flow of data, and who processes it", []string{"data", "change"}},
		{"agreements", "14. Agreements with recipients", []string{"recipients"}},
		{"schedule", "15. Why it is kept so long", []string{"retention"}},
		{"balance", "16. Intrusion into the privacy of others, weighed", []string{"intrusion", "people"}},
		{"threats", "17. Threats, and what is done about them", []string{"access", "security"}},
		{"consultation", "18. Who was consulted", []string{"people"}},
		{"advice", "19. Advice of the data protection officer", all},
		{"sign-off", "20. Who answers for it", all},
	}
}

// writtenNames are the names of the files.
func writtenNames() []string {
	var names []string
	for _, part := range writtenParts() {
		names = append(names, part.name)
	}
	return names
}

// The facts at the head of a part that people wrote.
const (
	factState   = "State"
	factWritten = "Written on"
	factAgainst = "Written against"
)

// written is a part that people wrote: given now, or carried from the assessment
// before and marked when the facts have moved.
func (d *dpia) written(part writtenPart) paper.Section {
	s := paper.Section{Heading: part.heading}
	against := make([]string, len(part.against))
	for n, name := range part.against {
		against[n] = name + " " + d.basis[name]
	}
	if text, given := d.ask.inputs[part.name]; given {
		s.Paragraphs = paragraphs(text)
		s.Facts = []paper.Fact{{Name: factState, Value: "current"}, {Name: factWritten, Value: inUTC(d.ask.on)}, {Name: factAgainst, Value: strings.Join(against, ", ")}}
		return s
	}
	n := slices.IndexFunc(d.doc.Sections, func(old paper.Section) bool { return old.Heading == part.heading })
	if n < 0 || factOf(d.doc.Sections[n], factAgainst) == "" {
		s.Facts = []paper.Fact{{Name: factState, Value: "MISSING: nobody has written it; give it as the file " + part.name}}
		return s
	}
	old := d.doc.Sections[n]
	was := strings.Split(factOf(old, factAgainst), ", ")
	var moved []string
	for n, now := range against {
		if !slices.Contains(was, now) {
			moved = append(moved, part.against[n])
		}
	}
	state := "current: carried forward, and the facts that it was written against have not moved"
	if len(moved) > 0 {
		state = "STALE: the facts about " + strings.Join(moved, ", ") + " have moved since it was written; look at it again"
	}
	s.Paragraphs = old.Paragraphs
	s.Facts = []paper.Fact{{Name: factState, Value: state}, {Name: factWritten, Value: factOf(old, factWritten)}, {Name: factAgainst, Value: factOf(old, factAgainst)}}
	return s
}

// paragraphs cuts a text at its blank lines.
func paragraphs(text []byte) []string {
	list := []string{}
	for part := range strings.SplitSeq(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n\n") {
		if part = strings.Join(strings.Fields(part), " "); part != "" {
			list = append(list, part)
		}
	}
	return list
}

func factOf(s paper.Section, name string) string {
	for _, f := range s.Facts {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}
