package hostile_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"custos.example/analysis"
	"custos.example/analysis/registry"
	"custos.example/analysis/steptest"
	"custos.example/custody/sandbox/hostile"
)

// place is a word of the golden inputs in whose stead hostile text is put.
const place = "Twerton"

// TestPages puts every injection where a file may hold any words, makes every
// page of it, and wants each page to have the structure of one that holds a
// harmless word. The controls are the same pages with the text put in by hand,
// which the same comparison must flag.
func TestPages(t *testing.T) {
	trials, failures, caught, controls := 0, 0, 0, 0
	for _, step := range registry.All() {
		if step.Info().Class != analysis.Render {
			continue
		}
		in, params := holding(t, step)
		if in == nil {
			continue
		}
		name := step.Info().Outputs[0].Extension
		calm := page(t, step, put(in, "Xqzvw"), params)
		if calm == nil {
			t.Fatalf("%s cannot draw its golden case", analysis.Identity(step))
		}
		want := structure(t, name, calm)
		for _, text := range hostile.Injections() {
			made := page(t, step, put(in, text), params)
			if made == nil {
				continue // the text breaks the golden input itself, which is refused
			}
			trials++
			if foreign := beyond(structure(t, name, made), want); len(foreign) > 0 {
				failures++
				t.Errorf("%s of %q has %q", analysis.Identity(step), text, foreign)
			}
			if (name == "html" || name == "svg") && strings.HasPrefix(text, "<") {
				controls++
				if naive := bytes.ReplaceAll(calm, []byte("Xqzvw"), []byte(text)); len(beyond(structure(t, name, naive), want)) > 0 || bytes.Equal(naive, calm) {
					caught++
				}
			}
		}
	}
	if trials < 150 {
		t.Errorf("only %d pages were made", trials)
	}
	if caught != controls {
		t.Errorf("%d of %d controls were caught", caught, controls)
	}
	fmt.Printf("PROOF harness=hostile-pages trials=%d failures=%d control=\"caught %d of %d\"\n", trials, failures, caught, controls)
}

// holding returns a golden case whose inputs hold the word.
func holding(t *testing.T, step analysis.Step) (map[string][]byte, analysis.Params) {
	t.Helper()
	for _, c := range steptest.Cases(t, "../../../analysis/registry/testdata/golden", step) {
		for _, content := range c.In {
			if bytes.Contains(content, []byte(place)) {
				return c.In, c.Params
			}
		}
	}
	return nil, nil
}

// put puts text in the word's stead, as CSV writes it.
func put(in map[string][]byte, text string) map[string][]byte {
	out := maps.Clone(in)
	for port, content := range out {
		out[port] = bytes.ReplaceAll(content, []byte(place), []byte(strings.ReplaceAll(text, `"`, `""`)))
	}
	return out
}

// page draws, or returns nil for what the renderer refuses.
func page(t *testing.T, step analysis.Step, in map[string][]byte, params analysis.Params) []byte {
	t.Helper()
	out, _, err := steptest.Run(step, in, params)
	if err != nil {
		return nil
	}
	for _, content := range out {
		return content
	}
	return nil
}

var (
	tag     = regexp.MustCompile(`<[^>]*>`)
	quoted  = regexp.MustCompile(`"[^"]*"`)
	actions = regexp.MustCompile(`/(JS|JavaScript|OpenAction|Launch|URI|AA|EmbeddedFile|SubmitForm|RichMedia)\b`)
	formula = regexp.MustCompile(`^[=+\-@\t\r＝＋－＠]`) // a stroke begins none
)

// structure returns what of a page is not text: shapes of tags, actions of a
// paper, formulas of a table.
func structure(t *testing.T, extension string, page []byte) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	switch extension {
	case "html", "svg":
		shapes(found, page)
		for _, active := range []string{"<style", "<script", "<svg", "<math", "<img", "<iframe"} {
			found[fmt.Sprintf("%d of %s", bytes.Count(page, []byte(active)), active)] = true
		}
	case "xlsx":
		z, err := zip.NewReader(bytes.NewReader(page), int64(len(page)))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range z.File {
			r, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			shapes(found, text)
		}
	case "pdf":
		for _, action := range actions.FindAll(page, -1) {
			found[string(action)] = true
		}
	case "csv":
		rows, err := csv.NewReader(bytes.NewReader(page)).ReadAll()
		if err != nil {
			found["no table"] = true
			return found
		}
		for _, row := range rows {
			found[fmt.Sprintf("%d columns", len(row))] = true
			for _, cell := range row {
				if formula.MatchString(cell) && !regexp.MustCompile(`^[+-]?[0-9.]+$`).MatchString(cell) {
					found["formula "+cell[:1]] = true
				}
			}
		}
	}
	return found
}

func shapes(found map[string]bool, text []byte) {
	for _, m := range tag.FindAll(text, -1) {
		found[string(quoted.ReplaceAll(m, []byte(`""`)))] = true
	}
}

// beyond lists what is in a and not in b.
func beyond(a, b map[string]bool) []string {
	var list []string
	for _, s := range slices.Sorted(maps.Keys(a)) {
		if !b[s] {
			list = append(list, s)
		}
	}
	return list
}
