package bundle

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// comparisonNotShown is what no comparison of two bundles can show.
var comparisonNotShown = []string{
	"that there is no third version: it compares two",
	"that either record is true, or complete",
	"that the results can be made again: check each bundle by itself for that",
}

// conclude turns what was found into the comparison.
func (s *sideBySide) conclude() Comparison {
	r := Comparison{
		Format: ComparisonFormat, Checker: s.o.Checker, CheckedAt: s.o.CheckedAt, Trust: s.o.TrustDigest,
		Findings: s.findings, NotShown: comparisonNotShown,
	}
	for i, c := range s.sides {
		r.Sides[i] = c.side(s.stopped)
	}
	any := func(o Outcome) bool {
		return slices.ContainsFunc(s.findings, func(f Finding) bool { return f.Outcome == o })
	}
	switch {
	case any(Fail) && s.stopped:
		r.Headline, r.Exit = Differs, ExitDiffers
		r.Meaning = "One of the two differs from its own record, so that a comparison would mean nothing."
		r.Next = []string{"Check each bundle by itself first."}
	case any(Fail):
		r.Headline, r.Exit = Differs, ExitDiffers
		r.Meaning = "The two bundles contradict each other: they cannot both show the one record of this log."
		r.Next = []string{"Keep both bundles and both signed heads. Whoever holds the log's key signed both."}
	case any(Unknown):
		r.Headline, r.Exit = CannotTell, ExitCannotTell
		r.Meaning = "The two bundles could not be compared as far as is needed."
		r.Next = []string{"A comparison that could not be made is not a sign that anything was changed."}
		if slices.ContainsFunc(s.findings, func(f Finding) bool { return f.Code == "V00" }) {
			r.Meaning, r.Exit = "This copy of the checker cannot be relied on.", ExitFault
		}
	default:
		r.Headline, r.Exit = Matches, ExitMatches
		r.Meaning = "Both bundles show one record: nothing in either contradicts the other."
	}
	r.Advice = adviceOn(s.findings)
	return r
}

// side says which bundle was compared.
func (c *checker) side(stopped bool) Side {
	s := Side{File: File{Name: c.o.FileName, Size: c.size}}
	if c.b != nil {
		s.File.SHA256 = c.b.SHA256.String()
	}
	if stopped {
		return s
	}
	s.Exhibit, s.Size, s.Head = c.subject(), c.receipt.Checkpoint.Size, string(c.receipt.Checkpoint.Bytes())
	s.Entry = c.work.Links[len(c.work.Links)-1].N
	return s
}

// Text writes the comparison in plain ASCII, at most 80 columns wide.
func (r Comparison) Text(w io.Writer) error {
	p := &printer{w: w}
	name := join("   ", "custos-verify "+r.Checker.Version+" compare", label("program ", short(r.Checker.Binary)))
	p.wrap("", "  ", name)
	trust := "no trust file"
	if r.Trust != "" {
		trust = "trust file " + short(r.Trust)
	}
	p.line(trust)
	if r.CheckedAt != "" {
		p.line("Checked " + r.CheckedAt + ". No network was used.")
	}
	p.line("")
	p.line(string(r.Headline))
	p.wrap("", "", r.Meaning)
	for i, side := range r.Sides {
		p.side(ordinals[i], side)
	}
	p.line("")
	p.line("What was compared")
	for _, f := range r.Findings {
		p.finding(f)
	}
	p.line("")
	p.line("What this does not show")
	for _, text := range r.NotShown {
		p.wrap("  - ", "    ", text)
	}
	p.todo(r.Advice, r.Next)
	return p.err
}

// side writes which bundle was compared.
func (p *printer) side(ordinal string, s Side) {
	p.line("")
	p.wrap("", "  ", join("   ", ordinal, s.File.Name, fmt.Sprintf("%s bytes", thousands(s.File.Size)), label("SHA-256 ", short(s.File.SHA256))))
	if s.Exhibit != nil {
		p.wrap("  ", "    ", fmt.Sprintf("Exhibit %s version %d, %s; case %s", word(s.Exhibit.Reference), s.Exhibit.Version, quoted(s.Exhibit.Title), quoted(s.Exhibit.Case)))
	}
	if s.Head != "" {
		p.wrap("  ", "    ", fmt.Sprintf("Entry %d of its case, under a summary of the log of size %s", s.Entry, thousands(int64(s.Size)))) //nolint:gosec // printed only
	}
}

// JSON writes the comparison as indented JSON, with unseen characters shown.
func (r Comparison) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	if err := e.Encode(r.visible()); err != nil {
		return fmt.Errorf("write the comparison: %w", err)
	}
	return nil
}

// visible returns the comparison with unseen characters shown in every text. What
// is kept of a signed head is kept from the comparison itself.
func (r Comparison) visible() Comparison {
	for i := range r.Sides {
		s := &r.Sides[i]
		s.File.Name = Visible(s.File.Name)
		s.Exhibit = s.Exhibit.visible()
		s.Head = strings.Join(visibleAll(strings.Split(s.Head, "\n")), "\n")
	}
	r.Findings = visibleFindings(r.Findings)
	return r
}
