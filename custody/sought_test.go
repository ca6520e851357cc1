package custody

import (
	"slices"
	"testing"

	"custos.example/analysis"
	"custos.example/analysis/registry"
)

// whomTheyLookFor are the parameters by which an analysis is told whose events to find.
var whomTheyLookFor = []string{"identifiers", "subject", "subjects"}

// unsought returns the analyses that have such a parameter and are not told of by
// soughtIn with a column to look in.
func unsought(steps []analysis.Step) (names []string, looked int) {
	for _, step := range steps {
		info := step.Info()
		if info.Class != analysis.Analyse {
			continue
		}
		for _, p := range info.Params {
			if !slices.Contains(whomTheyLookFor, p.Name) {
				continue
			}
			looked++
			if param, columns := soughtIn(info.Name, nil); param != p.Name || len(columns) == 0 || slices.Contains(columns, 0) {
				names = append(names, info.Name)
			}
		}
	}
	return names, looked
}

// TestEveryAnalysisSaysWhereItLooks: what a new analysis is asked for by somebody's
// identifier is looked for in the data before it runs, or it would answer "nothing" to a
// name in another form. The control is an analysis of which soughtIn knows nothing.
func TestEveryAnalysisSaysWhereItLooks(t *testing.T) {
	names, looked := unsought(registry.All())
	if len(names) > 0 || looked < 9 {
		t.Errorf("of %d analyses soughtIn does not say where these look: %q", looked, names)
	}
	if names, _ := unsought([]analysis.Step{newcomer{}}); !slices.Equal(names, []string{"new-comer"}) {
		t.Errorf("control: a new analysis is not missed: %q", names)
	}
}

// newcomer is an analysis that nobody has told soughtIn of.
type newcomer struct{ analysis.Step }

func (newcomer) Info() analysis.Info {
	return analysis.Info{Name: "new-comer", Version: 1, Class: analysis.Analyse, Params: []analysis.Param{{Name: "subject", Required: true}}}
}
