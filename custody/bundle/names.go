package bundle

import (
	"fmt"
	"regexp"
	"strings"

	"custos.example/ledger"
)

// placeOf returns the folder in which a bundle holds what an entry produced, and
// how its name begins there.
func placeOf(exhibit ledger.EntryID, n uint64, p ledger.Predicate, subject string) (folder, stem string) {
	folder, stem = "record", fmt.Sprintf("%04d-%s", n, subject)
	switch d := p.Detail.(type) {
	case *ledger.ExhibitProduced:
		if p.Place.Entry == exhibit {
			return "exhibit", d.Reference + "-" + subject
		}
		folder = "result"
	case *ledger.EvidenceReceived:
		folder = "source"
	case *ledger.DatasetNormalised:
		folder = "data"
	case *ledger.DatasetSelected, *ledger.AnalysisRun:
		folder = "result"
	}
	return folder, stem
}

// placeOfInput is placeOf for an input that no shown entry produced.
func placeOfInput(n uint64, p ledger.Predicate, name string) (folder, stem string) {
	folder = "record"
	if ledger.KindOf(p.Detail) == "dataset-normalised" {
		folder = "source"
	}
	return folder, fmt.Sprintf("%04d-%s", n, name)
}

// moduleStem is how the name of an archived module begins.
func moduleStem(module ledger.Digest) string { return "steps-" + module.String()[:16] }

// afterStem is what may follow the beginning of a name: a number that tells two of
// one name apart, and an extension.
var afterStem = regexp.MustCompile(`^(-[0-9]+)?\.`)

// callings returns how the name of each payload may begin: whoever reads a report
// finds a file by the number of an entry and by what that entry calls it.
func (c *checker) callings() map[key][]string {
	called := map[key][]string{}
	add := func(set ledger.DigestSet, folder, stem string) {
		if k, err := keyOf(set); err == nil {
			called[k] = append(called[k], folder+"/"+plainName(stem))
		}
	}
	for _, e := range c.work.entries {
		p := e.Statement.Predicate
		for _, s := range e.Statement.Subject {
			folder, stem := placeOf(c.manifest.Exhibit.Entry, e.N, p, s.Name)
			add(s.Digest, folder, stem)
		}
		for _, d := range p.ResolvedDependencies {
			folder, stem := placeOfInput(e.N, p, d.Name)
			add(d.Digest, folder, stem)
		}
		for _, step := range stepsOf(e.Statement) {
			add(ledger.DigestSet{ledger.SHA256: step.Module}, "module", moduleStem(step.Module))
		}
	}
	return called
}

// misnamed tells whether a payload has a name that no entry gives it. What stands
// among the exhibit's files and is none of them is for checkExhibit.
func misnamed(name string, callings []string) bool {
	exhibit := strings.HasPrefix(name, "exhibit/")
	for _, begins := range callings {
		rest, fits := strings.CutPrefix(name, begins)
		if fits && afterStem.MatchString(rest) {
			return false
		}
		exhibit = exhibit && !strings.HasPrefix(begins, "exhibit/")
	}
	return !exhibit
}
