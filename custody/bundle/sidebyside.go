package bundle

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"custos.example/ledger"
)

// ComparisonFormat names the shape of a comparison in JSON.
const ComparisonFormat = "https://custos.example/comparison/v1"

// Given is one bundle to compare.
type Given struct {
	Name string
	R    io.ReaderAt
	Size int64
}

// Side is one of the two bundles that were compared.
// Shape: Head is the log's summary as it stands in the bundle, signatures and
// all; empty when it could not be read.
type Side struct {
	File    File     `json:"file"`
	Exhibit *Subject `json:"exhibit,omitempty"`
	Entry   uint64   `json:"entry"` // number of the bundle's own entry
	Size    uint64   `json:"size"`  // of the log, as the summary says
	Head    string   `json:"head"`
}

// Comparison is what two bundles say of each other.
// Shape: Sides are the two in the order given; a finding's Check names the
// comparison that was made.
type Comparison struct {
	Format    string    `json:"format"`
	Checker   Checker   `json:"checker"`
	CheckedAt string    `json:"checkedAt,omitempty"`
	Trust     string    `json:"trust,omitempty"`
	Sides     [2]Side   `json:"sides"`
	Headline  Headline  `json:"headline"`
	Meaning   string    `json:"meaning"`
	Findings  []Finding `json:"findings"`
	NotShown  []string  `json:"notShown"`
	Advice    []Code    `json:"advice,omitempty"`
	Next      []string  `json:"next,omitempty"`
	Exit      int       `json:"exit"`
}

// comparedTo is the last step that is made for each of two bundles before they
// are compared: results are made again when a bundle is checked by itself.
const comparedTo = 13

// Compare checks two bundles by themselves, but makes no result again, and holds
// them against each other: are they of one log, is its history one, do their
// chains agree wherever both show them, does either leave out what stood in
// the record when it was made?
//
// A keeper with every key can make two bundles that each pass, one for each
// party. This is what shows them.
// Trust: both bundles are hostile; only o is believed. Without trusted keys a
// difference shows nothing, since anybody could have made either.
func Compare(ctx context.Context, first, second Given, o Options) Comparison {
	s := &sideBySide{o: o}
	for i, given := range []Given{first, second} {
		o.FileName = given.Name
		c := newChecker(ctx, given.R, given.Size, o)
		defer c.close()
		c.through = comparedTo
		s.stopped = c.walk() || s.stopped
		s.sides[i] = c
	}
	s.compare()
	return s.conclude()
}

// sideBySide is the state of one comparison.
type sideBySide struct {
	o        Options
	sides    [2]*checker
	stopped  bool
	findings []Finding
}

// ordinals name the two bundles.
var ordinals = [2]string{"the first bundle", "the second bundle"}

// compare makes every comparison that can be made.
func (s *sideBySide) compare() {
	for i, c := range s.sides {
		s.alone(i, c)
	}
	if s.stopped {
		return
	}
	if !s.oneLog() {
		return
	}
	s.trees()
	s.keys()
	s.organisations()
	s.works()
	s.exhibits()
}

// note keeps what a comparison found; what is nothing against either is kept
// as a sentence of its own.
func (s *sideBySide) note(step int, name, good string, problems ...problem) {
	for _, p := range problems {
		if p.outcome == Fail && !s.attributable() {
			p.outcome = Unknown
			p.text += " No key of the log that you listed stands behind both, so this may be anybody's doing."
		}
		s.findings = append(s.findings, Finding{
			Number: step, Check: name, Code: p.code, Outcome: p.outcome, Text: p.text, Detail: p.detail, Excerpt: p.excerpt,
		})
	}
	if good != "" && !slices.ContainsFunc(problems, func(p problem) bool { return p.outcome != Limit }) {
		s.findings = append(s.findings, Finding{Number: step, Check: name, Outcome: OK, Text: good})
	}
}

// attributable tells whether both summaries are signed by the log, with a key that
// the caller listed, so that a contradiction is one of the log's owner. Whose keys
// are on the entries does not matter for that: every commitment that is compared
// is a leaf under a signed summary.
func (s *sideBySide) attributable() bool {
	for _, c := range s.sides {
		if c.o.Trust == nil || c.receipt.Checkpoint.Verify(c.o.Trust.Log...) != nil {
			return false
		}
	}
	return true
}

// alone carries over what keeps a bundle from being compared, or from being
// attributed.
func (s *sideBySide) alone(i int, c *checker) {
	for question := range questionCount {
		for _, f := range c.findings[question] {
			if f.Outcome == Fail || f.Outcome == Unknown {
				f.Text = ordinals[i] + " by itself: " + f.Text
				s.findings = append(s.findings, f)
			}
		}
	}
}

// oneLog wants both bundles to be of one log with one chain of keys.
func (s *sideBySide) oneLog() bool {
	a, b := s.sides[0], s.sides[1]
	switch {
	case a.manifest.Origin != b.manifest.Origin:
		s.note(8, "one-log", "", unknown("L05", "The two bundles are of different logs, %q and %q: neither says anything of the other.", a.manifest.Origin, b.manifest.Origin))
		return false
	case a.keys.ID != b.keys.ID:
		s.note(8, "one-log", "", differs("L04", "Both bundles are of the log %q, and it begins with two different chains of keys.", a.manifest.Origin))
		return false
	}
	s.note(8, "one-log", fmt.Sprintf("both are of the log %s, with one chain of keys", a.manifest.Origin))
	return true
}

// trees wants one history behind both summaries.
func (s *sideBySide) trees() {
	a, b := s.sides[0], s.sides[1]
	if p, found := s.oneLeaf(); found {
		s.note(9, "trees", "", p)
		return
	}
	larger := a
	if b.receipt.Checkpoint.Size > a.receipt.Checkpoint.Size {
		larger = b
	}
	older, newer := a.receipt.Checkpoint.Size, b.receipt.Checkpoint.Size
	if older > newer {
		older, newer = newer, older
	}
	err := larger.joined(a.receipt.Checkpoint, b.receipt.Checkpoint, larger.nodes)
	switch {
	case err == nil && older == newer:
		s.note(9, "trees", fmt.Sprintf("both are under one summary of the log, size %s", thousands(int64(older)))) //nolint:gosec // printed only
	case err == nil:
		s.note(9, "trees", fmt.Sprintf("the log of size %s continues the log of size %s", thousands(int64(newer)), thousands(int64(older)))) //nolint:gosec // printed only
	case errors.Is(err, errFork):
		s.note(9, "trees", "", s.fork(twoHistories))
	case errors.Is(err, errNoJoin):
		s.note(9, "trees", "", unknown("L04", "The two summaries have sizes %d and %d, and nothing in the bundles tells whether one continues the other. Ask for a consistency proof between the two and give it with --consistency FILE.", older, newer))
	default:
		s.note(9, "trees", "", unknown("L04", "The consistency proof does not join the two summaries (sizes %d and %d): %s. Ask for it again; if it fails again, two versions of the log's history may exist.", older, newer, err))
	}
}

// fork is the problem of two summaries that cannot both be true, with both.
func (s *sideBySide) fork(format string, args ...any) problem {
	p := differs("L04", format, args...)
	for i, c := range s.sides {
		p.detail = append(p.detail, ordinals[i]+": "+coSignedWords(c.coSignatures()))
		p.excerpt = append(p.excerpt, headLines(ordinals[i], c.receipt.Checkpoint)...)
	}
	return p
}

// oneLeaf looks for a place in the log at which the two bundles prove two
// different leaves: that alone shows two histories, whatever the sizes.
func (s *sideBySide) oneLeaf() (problem, bool) {
	at := map[ledger.Index]placedLink{}
	for _, l := range s.sides[0].allLinks() {
		at[l.link.Index] = l
	}
	for _, l := range s.sides[1].allLinks() {
		if first, both := at[l.link.Index]; both && first.link.Commitment != l.link.Commitment {
			p := s.fork("%s Both prove a leaf %d of the log, and it is not the same.", twoHistories, l.link.Index)
			p.detail = append(p.detail,
				fmt.Sprintf("leaf %d is entry %s %d in the first bundle and entry %s %d in the second", l.link.Index, first.kind, first.link.N, l.kind, l.link.N))
			return p, true
		}
	}
	return problem{}, false
}

// allLinks returns every link of the bundle, its own entry last.
func (c *checker) allLinks() []placedLink {
	return append(c.others(), placedLink{ledger.Work, c.work.Links[len(c.work.Links)-1]})
}

// exhibits wants one reference and version to be one exhibit, and one reference
// of a case to be one case.
func (s *sideBySide) exhibits() {
	a, b := s.sides[0], s.sides[1]
	first, second := a.opened(), b.opened()
	if a.manifest.Case != b.manifest.Case {
		if first.Reference == second.Reference {
			s.note(14, "exhibits", "", limit("C08", "Two cases are registered under the one reference %s. Each has a record of its own.", first.Reference))
		}
		return
	}
	x, y := a.manifest.Exhibit, b.manifest.Exhibit
	if x.Reference == y.Reference && x.Version == y.Version && x.Entry != y.Entry {
		s.note(14, "exhibits", "", differs("P02", "Two exhibits have the one reference %s and version %d.", x.Reference, x.Version))
	}
}
