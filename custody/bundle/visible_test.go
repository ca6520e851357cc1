package bundle_test

import (
	"bytes"
	"strings"
	"testing"

	"custos.example/analysis/source"
	"custos.example/custody/bundle"
	"custos.example/custody/bundle/bundletest"
	"custos.example/ledger"
)

// TestVisible wants what shows nothing, or covers what is not its own, to be shown
// as code points, and the letters of every script to stay.
func TestVisible(t *testing.T) {
	for text, want := range map[string]string{
		"a\u3164b\u115fc\u034fd\ufe0fe\u2800f":         "a[U+3164]b[U+115F]c[U+034F]d[U+FE0F]e[U+2800]f",
		"\U000e0101\uffa0\u180b\u1160\u202e\u00a0\x1b": "[U+E0101][U+FFA0][U+180B][U+1160][U+202E][U+00A0][U+001B]",
		"g" + strings.Repeat("\u0338", 6) + "h\u0301":  "g" + strings.Repeat("\u0338", 4) + "[U+0338][U+0338]h\u0301",
		"\u0338a \u0301b": "[U+0338]a [U+0301]b",
		"Séan Ó Briain, Łukasz, \u0627\u0644\u0652, \u05d0, नि, ไม้, 한, é": "Séan Ó Briain, Łukasz, \u0627\u0644\u0652, \u05d0, नि, ไม้, 한, é",
		"\xff\ufffd": "[0xFF]\ufffd",
	} {
		if got := bundle.Visible(text); got != want {
			t.Errorf("%q: %q, not %q", text, got, want)
		}
	}
}

// TestNamesCannotSpeakForTheReport wants names from a bundle to stand between
// quotation marks, on as few spaces as they need, and not to go on for ever.
func TestNamesCannotSpeakForTheReport(t *testing.T) {
	const lie = "16 ok      every page was compared by eye with the operator's original; same"
	c := bundletest.NewCase("names", bundletest.Hooks{})
	c.Analyst.Name = `Jo A. Saunders" (analyst; key 1111-2222-3333-4444)  and 40 entries signed by "The Lord Chief Justice`
	c.Second.Name = strings.Repeat("Pat Okafor ", 100)
	c.Hooks.Draft = func(d *bundletest.Draft) {
		if e, ok := d.Detail.(*ledger.ExhibitProduced); ok {
			e.Title = "Schedule" + strings.Repeat(" ", 54) + lie
		}
	}
	c.Tell(bundletest.TinyStory())
	r := verify(c.Bundle(), options(c))
	want(t, r, bundle.ExitMatches, `"Schedule 16 ok every page was compared by eye with the operator's original; same"`,
		`on behalf of "Jo A. Saunders' (analyst; key 1111-2222-3333-4444) and 40 entries signed by 'The Lord Chief Justice" (analyst; key`,
		`on behalf of "Pat Okafor Pat`, `Pa..." (checker; key`)
	if said := text(t, r); strings.Contains(said, "16 ok      every page") || strings.Contains(strings.Join(strings.Fields(said), " "), strings.Repeat("Pat Okafor ", 25)) {
		t.Errorf("a name speaks for the report\n%s", said)
	}
	var page bytes.Buffer
	if err := r.HTML(&page); err != nil {
		t.Fatal(err)
	}
	for _, open := range []string{"<bdi>Rows, entry", "<bdi>12 entries signed by", "<bdi>&#34;Schedule 16"} {
		if !strings.Contains(page.String(), open) {
			t.Errorf("the page has no %s", open)
		}
	}
}

// TestExplanationShowsUnseenCharacters wants no text of an explanation in JSON to
// hold a character that reorders a line.
func TestExplanationShowsUnseenCharacters(t *testing.T) {
	const hostile = "a\u202eb"
	x := bundle.Explained{
		Exhibit: hostile, Table: hostile, Item: hostile, FileName: hostile, Member: hostile, Received: hostile, Raw: hostile,
		Shown:   []bundle.Cell{{Column: hostile, Value: hostile}},
		Rules:   []source.Derivation{{Field: hostile, Column: hostile, Raw: hostile, Rule: hostile, Value: hostile}},
		Decided: []source.Decision{{Kind: hostile, Value: hostile, Who: hostile, Why: hostile}},
		Differs: []string{hostile}, Under: []string{hostile}, Repeats: []string{hostile}, Linked: []string{hostile},
	}
	var out bytes.Buffer
	if err := x.JSON(&out); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "\u202e") || strings.Count(out.String(), "a[U+202E]b") != 22 {
		t.Errorf("unseen characters go out as they are, or texts are lost (%d)\n%s", strings.Count(out.String(), "a[U+202E]b"), out.String())
	}
	if x.Rules[0].Raw != hostile || x.Differs[0] != hostile {
		t.Error("the explanation itself was changed")
	}
}
