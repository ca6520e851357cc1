package bundle

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"custos.example/ledger"
)

// statementChecks is phase 5: do the entries belong together?
func statementChecks() []check {
	return []check{
		{5, "chain-names", askSame, checkChainNames, nil},
		{5, "first", askSame, checkFirst, nil},
		{5, "place-chain", askSame, checkPlaceChain, nil},
		{5, "place-entry", askSame, checkPlaceEntry, nil},
		{5, "place-after", askSame, checkPlaceAfter, nil},
		{5, "organisation", askSame, checkOrganisation, nil},
		{5, "registered", askSame, checkRegistered, func(c *checker) string { return "every entry belongs to this case" }},
		{5, "authority", askWho, checkAuthority, authorised},
		{5, "payloads", askSame, checkPayloads, nil},
		{15, "absent", askSame, checkAbsent, nil},
	}
}

// allFaults returns what is wrong with the three chains.
func (c *checker) allFaults() []error {
	return append(append(append([]error(nil), c.keys.faults...), c.organisation.faults...), c.work.faults...)
}

func checkChainNames(c *checker) []problem {
	return ofCodes(c.allFaults(), "S03", "The chain of %s is not one of this log.", ledger.FaultChainName)
}

func checkFirst(c *checker) []problem {
	problems := ofCodes(c.allFaults(), "S03", "The first of its chain is not what must stand there: %s.", ledger.FaultFirst)
	for _, s := range []*shownChain{&c.work, &c.keys} {
		if len(s.entries) == 0 || s.entries[0].N != 1 {
			problems = append(problems, differs("S03", "The first entry of the %s chain is not shown.", s.Kind))
		}
	}
	return problems
}

func checkPlaceChain(c *checker) []problem {
	return ofCodes(c.allFaults(), "S03", "It was signed for another case: %s.", ledger.FaultPlaceChain)
}

func checkPlaceEntry(c *checker) []problem {
	return ofCodes(c.allFaults(), "S03", "One signed entry stands in the record twice: %s.", ledger.FaultPlaceEntry)
}

func checkPlaceAfter(c *checker) []problem {
	return ofCodes(c.allFaults(), "C03", "Whoever signed %s had seen another record before it than this one.", ledger.FaultPlaceAfter)
}

// checkOrganisation wants the organisation's chain that the log's first entry names.
func checkOrganisation(c *checker) []problem {
	if len(c.keys.entries) > 0 {
		if opened, ok := c.keys.entries[0].Statement.Predicate.Detail.(*ledger.LogOpened); ok && opened.OrganisationNonce == c.organisation.Nonce {
			return nil
		}
	}
	return []problem{differs("S03", "The organisation's chain is not the one that the log's first entry names.")}
}

// checkRegistered wants the case, both its chains and the manifest to agree, and
// the organisation's chain to show no other case and nothing else that no bundle has.
func checkRegistered(c *checker) []problem {
	var problems []problem
	opened, registered := c.opened(), 0
	for _, e := range c.organisation.entries {
		switch d := e.Statement.Predicate.Detail.(type) {
		case *ledger.CaseRegistered:
			registered++
			if d.WorkChain != c.work.ID || d.ReadsChain != opened.ReadsChain || d.Case != opened.Case || d.Case != c.manifest.Case {
				problems = append(problems, differs("S03", "Entry %d of the organisation's chain registers another case, or this one with another chain.", e.N))
			}
		case *ledger.PayloadErased, *ledger.DefectRecorded, *ledger.ClockStepped, *ledger.TimeStamped:
		default:
			problems = append(problems, differs("S03", "Entry %d of the organisation's chain (%s) has no place in a bundle.", e.N, e.Statement.Kind()))
		}
	}
	switch {
	case registered == 0:
		problems = append(problems, differs("S03", "No entry of the organisation's chain registers this case with this chain."))
	case registered > 1:
		problems = append(problems, differs("S03", "The organisation's chain registers this case more than once."))
	}
	return problems
}

// opened returns what the first entry of the case says, or nothing.
func (c *checker) opened() ledger.CaseOpened {
	if len(c.work.entries) > 0 {
		if d, ok := c.work.entries[0].Statement.Predicate.Detail.(*ledger.CaseOpened); ok {
			return *d
		}
	}
	return ledger.CaseOpened{}
}

// needsAuthority tells whether an entry of a kind handles data obtained under
// an authority.
func needsAuthority(kind ledger.Kind) bool {
	switch kind {
	case "evidence-received", "dataset-normalised", "dataset-selected", "analysis-run", "exhibit-produced":
		return true
	}
	return false
}

// ofReference tells whether an entry takes in, or reads, a file that is marked
// as one of reference: no communications data, so that no authority is needed.
// Events that were read from such a file were never a file of reference.
func (c *checker) ofReference(e ledger.Entry) bool {
	switch d := e.Statement.Predicate.Detail.(type) {
	case *ledger.EvidenceReceived:
		return d.Reference != ""
	case *ledger.DatasetNormalised:
		for _, s := range e.Statement.Subject {
			if s.Name == "events" {
				return false
			}
		}
		for _, dep := range e.Statement.Predicate.ResolvedDependencies {
			if dep.Name == "source" && dep.Entry != nil {
				from, ok := c.graph().byID[*dep.Entry].Statement.Predicate.Detail.(*ledger.EvidenceReceived)
				return ok && from.Reference != ""
			}
		}
	}
	return false
}

// authorised says that every authority named is shown, where it is.
func authorised(c *checker) string {
	if slices.ContainsFunc(c.findings[askRest], func(f Finding) bool { return f.Code == "A02" }) {
		return ""
	}
	return "each step on data names an authority that is on record"
}

// checkAuthority wants every named authority to be recorded earlier in the case.
// One that is withheld cannot be told from one that nobody gave, so that what the
// exhibit rests on has to name one that is shown.
func checkAuthority(c *checker) []problem {
	var problems []problem
	recorded := map[ledger.EntryID]bool{}
	for _, e := range c.work.entries {
		predicate := e.Statement.Predicate
		if e.Statement.Kind() == "authority-recorded" {
			recorded[predicate.Place.Entry] = true
		}
		if len(predicate.Authority) == 0 && needsAuthority(e.Statement.Kind()) && !c.ofReference(e) {
			problems = append(problems, differs("A01", "Entry %d handles data and names no authority.", e.N))
		}
		for _, id := range predicate.Authority {
			switch {
			case recorded[id]:
			case c.withheldBefore(e.N):
				p := limit("A02", "The authority that entry %d names (%s) is not among the entries shown; it may be one that is withheld.", e.N, short(id.String()))
				if c.graph().ancestors[predicate.Place.Entry] {
					p.outcome = Unknown
				}
				problems = append(problems, p)
			default:
				problems = append(problems, differs("A01", "There is no authority on record for entry %d.", e.N))
			}
		}
	}
	return problems
}

// withheldBefore tells whether an entry of the work chain before n is withheld.
func (c *checker) withheldBefore(n uint64) bool {
	if c.firstWithheld == 0 {
		c.firstWithheld = math.MaxUint64
		for _, l := range c.work.Links {
			if !l.Shown() {
				c.firstWithheld = min(c.firstWithheld, l.N)
			}
		}
	}
	return c.firstWithheld < n
}

// named is a payload that an entry of the work chain names.
type named struct {
	n    uint64
	name string
	key  key
}

// named returns every payload that the shown entries of the work chain name.
func (c *checker) named() []named {
	var list []named
	for _, e := range c.work.entries {
		add := func(name string, set ledger.DigestSet) {
			if k, err := keyOf(set); err == nil && k.algorithm != ledger.Rows {
				list = append(list, named{e.N, name, k})
			}
		}
		for _, s := range e.Statement.Subject {
			if s.Name != "record" { // an input of that name is a payload
				add(s.Name, s.Digest)
			}
		}
		for _, d := range e.Statement.Predicate.ResolvedDependencies {
			add(d.Name, d.Digest)
		}
		for _, step := range stepsOf(e.Statement) {
			if step.Module != (ledger.Digest{}) {
				add("module", ledger.DigestSet{ledger.SHA256: step.Module})
			}
		}
	}
	return list
}

// stepsOf returns the steps that an entry names.
func stepsOf(s ledger.Statement) []ledger.Step {
	var steps []ledger.Step
	if s.Predicate.Step != nil {
		steps = append(steps, *s.Predicate.Step)
	}
	if d, ok := s.Predicate.Detail.(*ledger.ExhibitProduced); ok {
		for _, r := range d.Renders {
			steps = append(steps, r.Step)
		}
	}
	return steps
}

// checkPayloads wants every named payload here or absent, and no other, each under
// a name that an entry gives it.
func checkPayloads(c *checker) []problem {
	var problems []problem
	absent := map[key]bool{}
	for _, a := range c.manifest.Absent {
		if k, err := keyOf(a.Digest); err == nil {
			absent[k] = true
		}
	}
	wanted := map[key]bool{}
	for _, w := range c.named() {
		_, here := c.payload(w.key)
		if !here && !absent[w.key] && !wanted[w.key] {
			problems = append(problems, differs("B05", "Entry %d names %q, and the bundle neither holds it nor says why not.", w.n, w.name))
		}
		wanted[w.key] = true
	}
	called := c.callings()
	for _, line := range c.manifest.Members {
		k, err := keyOf(line.Payload)
		switch {
		case err != nil:
		case !wanted[k]:
			problems = append(problems, differs("P01", "No entry names the file %s.", line.Name))
		case misnamed(line.Name, called[k]):
			problems = append(problems, differs("P01", "The file %s has the name of another: no entry calls it so. Entries call it %s.", line.Name, strings.Join(called[k], ", ")))
		}
	}
	for _, a := range c.manifest.Absent {
		if k, err := keyOf(a.Digest); err == nil && !wanted[k] {
			problems = append(problems, differs("P01", "No entry names a payload that is listed as absent (%s).", k))
		}
	}
	return problems
}

// checkAbsent wants a reason, and behind an erasure its entry, for each payload
// that is not here.
func checkAbsent(c *checker) []problem {
	var problems []problem
	for i, a := range c.manifest.Absent {
		text := digestText(a.Digest)
		k, err := keyOf(a.Digest)
		if err != nil {
			problems = append(problems, differs("B04", "The list of what is absent names what no entry can name."))
			continue
		}
		if i > 0 && digestText(c.manifest.Absent[i-1].Digest) >= text {
			problems = append(problems, differs("B04", "The list of what is absent is not in order."))
		}
		if _, here := c.payload(k); here {
			problems = append(problems, differs("B04", "A payload is in the bundle and listed as absent."))
		}
		switch {
		case !knownReason(a.Reason), (a.Reason == "erased") != (a.Entry != nil):
			problems = append(problems, differs("D01", "A payload is absent without a reason that can stand (%s).", word(a.Reason)))
		case a.Reason == "erased" && !c.erased(*a.Entry, text):
			problems = append(problems, differs("D01", "A payload is said to be erased, and no entry records it."))
		case a.Reason == "erased":
			problems = append(problems, limit("D02", "A payload was lawfully erased (%s); the record of it is intact.", c.nameOf(text)))
		default:
			problems = append(problems, limit("D03", "A payload is not in this bundle (%s): %s.%s", c.nameOf(text), reasonWords(a.Reason), c.takenFrom(text)))
		}
	}
	return problems
}

// takenFrom says which files that are here were taken from an extraction that is not.
func (c *checker) takenFrom(digest string) string {
	if c.taken == nil {
		c.taken = map[string]string{}
		for _, e := range c.work.entries {
			d, received := e.Statement.Predicate.Detail.(*ledger.EvidenceReceived)
			for _, from := range e.Statement.Predicate.ResolvedDependencies {
				if received && from.Name == "extraction" {
					c.taken[digestText(from.Digest)] += fmt.Sprintf(" It is an extraction from a device, and %s (entry %d) is file %s of it: whoever holds it can look up in its list whether it is.",
						word(d.Item), e.N, word(e.Statement.Predicate.Parameters["extraction-file"]))
				}
			}
		}
	}
	return c.taken[digest]
}

// erased tells whether the organisation's chain records the erasure.
func (c *checker) erased(entry ledger.EntryID, digest string) bool {
	if c.erasures == nil {
		c.erasures = map[ledger.EntryID]string{}
		for _, e := range c.organisation.entries {
			if d, ok := e.Statement.Predicate.Detail.(*ledger.PayloadErased); ok {
				c.erasures[e.Statement.Predicate.Place.Entry] = digestText(d.Digest)
			}
		}
	}
	recorded, is := c.erasures[entry]
	return is && recorded == digest
}

// nameOf returns where a payload is named first.
func (c *checker) nameOf(digest string) string {
	if c.firstNamed == nil {
		c.firstNamed = map[string]named{}
		for _, w := range c.named() {
			if k := w.key.String(); c.firstNamed[k].n == 0 {
				c.firstNamed[k] = w
			}
		}
	}
	if w, is := c.firstNamed[digest]; is {
		return fmt.Sprintf("%s of entry %d", word(w.name), w.n)
	}
	return digest
}

// reasons are the only reasons for withholding, in words.
var reasons = [][2]string{
	{"not-relevant", "not relevant"},
	{"another-person", "it concerns another person"},
	{"sensitive", "sensitive"},
	{"privileged", "privileged"},
	{"erased", "lawfully erased"},
}

// knownReason tells whether a reason is in the closed list.
func knownReason(reason string) bool { return reasonWords(reason) != "" }

// reasonWords returns a reason in words, or nothing.
func reasonWords(reason string) string {
	for _, r := range reasons {
		if r[0] == reason {
			return r[1]
		}
	}
	return ""
}
