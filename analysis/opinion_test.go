package analysis_test

import (
	"errors"
	"strings"
	"testing"

	"custos.example/analysis"
)

// TestOpinionWords takes each phrase of the list, in a sentence and in capitals.
func TestOpinionWords(t *testing.T) {
	list := analysis.Opinions()
	if len(list) < 100 {
		t.Fatalf("only %d phrases were read", len(list))
	}
	for _, o := range list {
		if o.Reason == "" || o.Phrase != strings.ToLower(o.Phrase) {
			t.Errorf("%q has no reason, or capitals", o.Phrase)
		}
		plain := strings.ReplaceAll(o.Phrase, "*", "ing")
		for _, text := range []string{"The phone " + plain + " 07700 900142.", strings.ToUpper(plain)} {
			if err := analysis.CheckFactual(text); !errors.Is(err, analysis.ErrOpinion) {
				t.Errorf("%q: %v", text, err)
			}
		}
	}
}

func TestOpinionIsFoundHowever(t *testing.T) {
	for _, text := range []string{
		"The phone TRAVELLED to Bath", "Was it close\nto the shop?", "It is con\u00adsistent with a call", "ne\u200bar Twerton", "(near)", "a possible meeting",
		"Handset switched-off overnight", "The device was, at 18:04, at the scene",
	} {
		if err := analysis.CheckFactual(text); !errors.Is(err, analysis.ErrOpinion) {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, text := range []string{
		"Which events of 07700 900142 are recorded between 18:00 and 21:00 on 24 October 2026?", "Events by number of contacts",
		"Linear schedule of calls", "Metropolitan Police", "First and last use in the records held", "Gaps between records", "",
		"Events with a start cell on the list, 24 October 2026",
	} {
		if err := analysis.CheckFactual(text); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestTablesSayWhatTheyHold(t *testing.T) {
	good := analysis.Field{Name: "distance", Title: "Distance", Nature: analysis.Derived, Kind: analysis.KindMetres, Basis: "measured on the ellipsoid"}
	if err := (analysis.Table{Port: "hits", Fields: []analysis.Field{good}}).Verify(false); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(*analysis.Field){
		"no name": func(f *analysis.Field) { f.Name = "" }, "no title": func(f *analysis.Field) { f.Title = "" },
		"no nature": func(f *analysis.Field) { f.Nature = "" }, "no kind": func(f *analysis.Field) { f.Kind = "miles" },
		"a distance without a basis": func(f *analysis.Field) { f.Basis = "" },
		"an opinion":                 func(f *analysis.Field) { f.Nature = analysis.Assessment },
	} {
		f := good
		change(&f)
		if err := f.Verify(false); !errors.Is(err, analysis.ErrField) {
			t.Errorf("%s: %v", name, err)
		}
	}
	opinion := good
	opinion.Nature = analysis.Assessment
	if err := opinion.Verify(true); err != nil {
		t.Errorf("an expert's column: %v", err)
	}
	if err := (analysis.Table{Port: "hits", Fields: []analysis.Field{good, good}}).Verify(false); !errors.Is(err, analysis.ErrField) {
		t.Errorf("a column twice: %v", err)
	}
	if err := (analysis.Table{Port: "hits"}).Verify(false); !errors.Is(err, analysis.ErrField) {
		t.Errorf("no columns: %v", err)
	}
}

func TestAttributionHasABasis(t *testing.T) {
	good := analysis.Attribution{Identifier: "+447700900142", Person: "Kyle Brennan", Kind: "subscriber", Basis: []string{"HAL/3"}, From: "2026-10-01", Until: "2026-10-31", StatedBy: "DC 4471"}
	if err := good.Verify(); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(*analysis.Attribution){
		"no identifier": func(a *analysis.Attribution) { a.Identifier = "" }, "no person": func(a *analysis.Attribution) { a.Person = " " },
		"no basis": func(a *analysis.Attribution) { a.Basis = nil }, "a blank basis": func(a *analysis.Attribution) { a.Basis = []string{"HAL/3", ""} },
		"no such kind": func(a *analysis.Attribution) { a.Kind = "known to police" }, "nobody states it": func(a *analysis.Attribution) { a.StatedBy = "" },
		"a day": func(a *analysis.Attribution) { a.From = "1/10/2026" }, "no such month": func(a *analysis.Attribution) { a.From = "2026-02-30" },
		"backwards": func(a *analysis.Attribution) { a.Until = "2026-09-30" },
	} {
		a := good
		change(&a)
		if err := a.Verify(); !errors.Is(err, analysis.ErrAttribution) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
