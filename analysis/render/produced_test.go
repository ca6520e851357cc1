package render

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"custos.example/analysis"
)

// pageText returns the letters of a page of any form.
func pageText(t *testing.T, step analysis.Step, out []byte) string {
	t.Helper()
	switch step.Info().Outputs[0].Extension {
	case "pdf":
		text := ""
		for _, p := range readPaper(t, out) {
			text += p.text() + "\n"
		}
		return text
	case "xlsx":
		return strings.Join(sheetTexts(t, out), "\n")
	case "svg":
		return strings.Join(strings.Fields(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(string(out), " ")), " ")
	}
	return string(out)
}

// TestNobodyProducedAWhatIfCopy: the copy says who produced the exhibit that it
// was made from, and does not say that they produced the copy.
func TestNobodyProducedAWhatIfCopy(t *testing.T) {
	const is = "Produced by Jo A. Saunders"
	const isNot = "What-if copy, made with custos-verify rerun from exhibit JAS/1 produced by Jo A. Saunders, analyst, Avonbridge Police; not produced or signed by them"
	for name, p := range everyPage(t) {
		if p.step.Info().Outputs[0].Extension == "csv" {
			continue // holds no front matter
		}
		served := pageText(t, p.step, made(t, p.step, with(t, p.in, func(m *Meta) { m.WhatIf = "" })))
		if !strings.Contains(served, is) || strings.Contains(served, "rerun from exhibit") {
			t.Errorf("%s: the exhibit does not say who produced it", name)
		}
		copied := pageText(t, p.step, made(t, p.step, with(t, p.in, func(m *Meta) { m.WhatIf = "from was changed from blank to 2026-10-24T17:00:00Z" })))
		if strings.Contains(copied, is) || !strings.Contains(copied, isNot) {
			t.Errorf("%s: the copy reads %.600s", name, copied)
		}
	}
}

// TestANoteStandsUnderItsSource, where a source has one.
func TestANoteStandsUnderItsSource(t *testing.T) {
	const note = "The file states 12 records in row 14; 11 were counted"
	in := bathEvening(t, 3)
	for _, step := range []analysis.Step{SchedulePDF{}, ScheduleXLSX{}, ScheduleHTML{}, MapPDF{}} {
		if text := pageText(t, step, made(t, step, in)); strings.Contains(text, "Note: ") || strings.Contains(text, note) {
			t.Errorf("%s has a note that nobody gave", analysis.Identity(step))
		}
		noted := made(t, step, with(t, in, func(m *Meta) { m.Sources[0].Note = note }))
		text := pageText(t, step, noted)
		if step.Info().Outputs[0].Extension == "pdf" {
			text = readPaper(t, noted)[0].text()
		}
		for _, word := range strings.Fields(note) {
			if !strings.Contains(text, word) {
				t.Errorf("%s lacks %q of the note", analysis.Identity(step), word)
			}
		}
	}
}

// TestANoteThatIsRefused: blank, too long, or an opinion in an exhibit of fact.
func TestANoteThatIsRefused(t *testing.T) {
	in := bathEvening(t, 1)
	for note, want := range map[string]string{
		" ":                              "is blank",
		strings.Repeat("x", maxNote+1):   "a page has room for",
		"The phone was near the house.":  "note of source",
		strings.Repeat("x", maxNote):     "",
		"11 rows of 12 stated in row 14": "",
	} {
		_, err := ParseMeta(with(t, in, func(m *Meta) { m.Sources[0].Note = note })["meta"])
		if want == "" && err != nil || want != "" && (!errors.Is(err, ErrMeta) || !strings.Contains(err.Error(), want)) {
			t.Errorf("%.40q: %v", note, err)
		}
	}
}
