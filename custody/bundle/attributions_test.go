package bundle_test

import (
	"fmt"
	"testing"

	"custos.example/custody/bundle"
	"custos.example/custody/bundle/bundletest"
)

// TestAttributionsAreFollowed holds what is said of the basis of an attribution:
// none is proved, and one that its own file does not show keeps the answer back.
func TestAttributionsAreFollowed(t *testing.T) {
	const answer = "who,whom\n07700 900001,Robin Vale\n447700900002,Sam Ashdown\n"
	for name, try := range map[string]struct {
		basis, person string
		exit          int
		says          string
	}{
		"the file holds both":               {"subscriber: NET/3", "Robin  VALE", bundle.ExitMatches, "which holds that number and that name. It is the producer's statement."},
		"the file holds another name":       {"subscriber: NET/3", "Alex Rowe", bundle.ExitCannotTell, "which does not hold both that number and that name"},
		"the name stands by another number": {"subscriber: NET/3", "Sam Ashdown", bundle.ExitCannotTell, "which does not hold both that number and that name"},
		"nothing of that name":              {"subscriber: SUB/9", "Robin Vale", bundle.ExitMatches, `nothing named "SUB/9" is among the entries shown`},
		"a basis that no file can show":     {"admission: NET/3", "Alex Rowe", bundle.ExitMatches, `"NET/3" is entry 3. It is the producer's statement.`},
		"a kind in another case":            {"Subscriber: NET/3", "Robin Vale", bundle.ExitCannotTell, `"Subscriber" is no kind of basis`},
		"a kind that there is not":          {"the operator: NET/3", "Robin Vale", bundle.ExitCannotTell, `"the operator" is no kind of basis`},
		"the file is named by its digest":   {"subscriber: NET/3", "Alex Rowe", bundle.ExitCannotTell, "Entry 3 took in source/0003-source.csv"},
		"one of two":                        {"subscriber: NET/3, SUB/9", "Alex Rowe", bundle.ExitCannotTell, `nothing named "SUB/9"`},
	} {
		c := bundletest.NewCase(seed, bundletest.Hooks{})
		story := bundletest.TinyStory()
		story.File = []byte(answer)
		story.Meta = fmt.Appendf(nil, `{"attributions":[{"basis":%q,"identifier":"+447700900001","person":%q}],"reference":"JAS/1"}`, try.basis, try.person)
		c.Tell(story)
		t.Run(name, func(t *testing.T) { want(t, verify(c.Bundle(), options(c)), try.exit, "P05", try.says) })
	}
}
