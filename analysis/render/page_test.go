package render_test

import (
	"bytes"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"custos.example/analysis"
	"custos.example/analysis/event"
	"custos.example/analysis/render"
	"custos.example/analysis/steptest"
)

// goldenCase returns the inputs of a golden case of a renderer.
func goldenCase(t testing.TB, step analysis.Step, name string) map[string][]byte {
	t.Helper()
	for _, c := range steptest.Cases(t, filepath.Join("..", "registry", "testdata", "golden"), step) {
		if c.Name == name {
			return c.In
		}
	}
	t.Fatalf("no case %s", name)
	return nil
}

func page(t testing.TB, step analysis.Step, in map[string][]byte) []byte {
	t.Helper()
	out, _, err := steptest.Run(step, in, nil)
	if err != nil {
		t.Fatal(err)
	}
	return out["page"]
}

// pages returns the texts of each page of a PDF in the order in which they were
// written. The library writes uncompressed page streams with UTF-16 strings.
func pages(t testing.TB, pdf []byte) [][]string {
	t.Helper()
	var all [][]string
	for _, m := range regexp.MustCompile(`(?s)<</Length \d+>>\nstream\n(.*?)\nendstream`).FindAllSubmatch(pdf, -1) {
		var texts []string
		for rest := m[1]; ; {
			_, after, found := bytes.Cut(rest, []byte("Td ("))
			if !found {
				break
			}
			end := 0
			for ; after[end] != ')'; end++ {
				if after[end] == '\\' {
					end++
				}
			}
			texts = append(texts, decode(after[:end]))
			rest = after[end:]
		}
		if len(texts) > 0 {
			all = append(all, texts)
		}
	}
	if len(all) == 0 {
		t.Fatal("no text was found; the search itself is broken")
	}
	return all
}

func decode(p []byte) string {
	var b []byte
	for i := 0; i < len(p); i++ {
		if p[i] == '\\' && i+1 < len(p) {
			i++
			switch p[i] {
			case 'r':
				b = append(b, '\r')
				continue
			case 'n':
				b = append(b, '\n')
				continue
			}
		}
		b = append(b, p[i])
	}
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = binary.BigEndian.Uint16(b[2*i:])
	}
	return string(utf16.Decode(units))
}

func joined(texts []string) string { return strings.Join(texts, " ") }

func TestPaperSaysWhatACourtNeeds(t *testing.T) {
	in := goldenCase(t, render.SchedulePDF{}, "uk-17-evening")
	meta, err := render.ParseMeta(in["meta"])
	if err != nil {
		t.Fatal(err)
	}
	all := pages(t, page(t, render.SchedulePDF{}, in))
	first := joined(all[0])
	for _, want := range []string{
		"JAS/1", meta.Question, meta.Title, meta.Producer, meta.Case, meta.Sources[0].SHA256[:32], meta.Sources[0].SHA256[32:],
		"25 rows received = 14 shown + 2 outside the question + 2 repeats + 7 set aside",
		"(OUTSIDE_IDENTIFIERS)", "(OUTSIDE_PERIOD)", "(SCI_NOTATION_LOST)", "(WRONG_COLUMN_COUNT)", "(REPEAT-EQUAL)",
		"Mr Kyle Denton", "Handset found on him at arrest", "The operator's covering letter states UK local time (PRM/6).", "tz database " + event.ZoneVersion,
		"24/10/2026 18:00:00 BST up to, not including, 25/10/2026 01:30:00 GMT", "First version; nothing replaced.",
	} {
		if !strings.Contains(first, want) {
			t.Errorf("page 1 does not say %q:\n%s", want, first)
		}
	}
	limits := regexp.MustCompile(`CAV-[A-Z]+-\d`).FindAllString(first, -1)
	if len(limits) != 11 || limits[0] != analysis.CavOpinion {
		t.Errorf("limits on page 1, before any row: %v", limits)
	}
	for i, texts := range all {
		say := joined(texts)
		for _, want := range []string{"JAS/1, version 1. Evidence of fact; contains no opinion.", "Content code ", fmt.Sprintf("Page %d of {nb}", i+1)} {
			if !strings.Contains(strings.ReplaceAll(say, fmt.Sprintf("Page %d of %d", i+1, len(all)), fmt.Sprintf("Page %d of {nb}", i+1)), want) {
				t.Errorf("page %d does not say %q: %s", i+1, want, say)
			}
		}
		rows := strings.Contains(say, "Event schedule, times in") || strings.Contains(say, "Appendix: repeats")
		if strings.Contains(say, "No. Date Time Zone Type From") != rows {
			t.Errorf("page %d: table head", i+1)
		}
	}
	last := joined(all[len(all)-1])
	for _, want := range []string{"How to check this exhibit", "custos-verify " + meta.Bundle + " --trust trust.json", "What it does not show", "End of exhibit JAS/1."} {
		if !strings.Contains(last, want) {
			t.Errorf("the last page does not say %q", want)
		}
	}
}

// long makes a schedule of n rows out of the first of a golden case.
func long(t testing.TB, n int) map[string][]byte {
	t.Helper()
	in := goldenCase(t, render.SchedulePDF{}, "uk-17-all")
	lines := bytes.SplitAfter(in["schedule"], []byte{'\n'})
	text := bytes.Clone(lines[0])
	_, rest, _ := bytes.Cut(lines[1], []byte{','})
	for i := range n {
		text = append(strconv.AppendInt(text, int64(i+1), 10), ',')
		text = append(text, rest...)
	}
	repeats := lines[0]
	old := `"balance":` + string(between(t, in["summary"], `"balance":`, `,"caveats"`))
	balance := fmt.Sprintf(`"balance":{"outside":0,"outsideBy":[],"received":%d,"repeats":0,"setAside":0,"setAsideBy":[],"shown":%d}`, n, n)
	return map[string][]byte{
		"schedule": text, "repeats": repeats, "meta": in["meta"],
		"summary": bytes.Replace(in["summary"], []byte(old), []byte(balance), 1),
	}
}

func between(t testing.TB, text []byte, from, to string) []byte {
	t.Helper()
	_, rest, ok := bytes.Cut(text, []byte(from))
	part, _, ok2 := bytes.Cut(rest, []byte(to))
	if !ok || !ok2 {
		t.Fatalf("%q is not between %q and %q", text, from, to)
	}
	return part
}

func TestEveryRowIsPrintedOnceUnderAHead(t *testing.T) {
	all := pages(t, page(t, render.SchedulePDF{}, long(t, 500)))
	next, heads := 1, 0
	for i, texts := range all[1 : len(all)-1] {
		if heads == 0 && !strings.Contains(joined(texts), "Event schedule, times in") {
			continue // the front part goes on
		}
		if !strings.Contains(joined(texts), "No. Date Time Zone Type From") {
			t.Errorf("page %d has no table head", i+2)
		}
		heads++
		for k, s := range texts {
			if s == "24/10/2026" && k > 0 {
				if texts[k-1] != strconv.Itoa(next) {
					t.Fatalf("page %d: row %s after %d", i+2, texts[k-1], next-1)
				}
				next++
			}
		}
	}
	if next != 501 || heads < 15 {
		t.Errorf("%d rows on %d pages", next-1, heads)
	}
}

func TestNothingHidesOnAPage(t *testing.T) {
	in := goldenCase(t, render.SchedulePDF{}, "uk-17-all")
	hidden := "a\u202eb\u200fc\u0007d\u00ade\U0001f600f\u05d0g"
	in["schedule"] = bytes.ReplaceAll(in["schedule"], []byte("Widcombe Hill"), []byte(hidden))
	shown := "a[U+202E]b[U+200F]c[U+0007]d[U+00AD]e[U+1F600]f[U+05D0]g"
	text := ""
	for _, texts := range pages(t, page(t, render.SchedulePDF{}, in)) {
		text += strings.Join(texts, "") + "\n"
	}
	table := string(page(t, render.ScheduleCSV{}, in))
	for name, got := range map[string]string{"paper": text, "table": table} {
		if !strings.Contains(strings.ReplaceAll(got, "\n", ""), shown) {
			t.Errorf("%s does not show %q", name, shown)
		}
		if strings.ContainsAny(got, "\u202e\u200f\u0007\u00ad\U0001f600\u05d0") {
			t.Errorf("%s has a character that cannot be seen", name)
		}
	}
}

func TestNothingRunsInATable(t *testing.T) {
	in := goldenCase(t, render.ScheduleCSV{}, "uk-17-all")
	bad := []string{"=1+1", "+1+1", "-1+1", "@SUM(A1)", "=HYPERLINK(x)"}
	for i, place := range []string{"Widcombe Hill", "GOV.UK"} {
		in["schedule"] = bytes.ReplaceAll(in["schedule"], []byte(place), []byte(bad[i]))
	}
	meta, err := render.ParseMeta(in["meta"])
	if err != nil {
		t.Fatal(err)
	}
	meta.Attributions = []render.Attribution{{Identifier: "+447700900142", Person: bad[3], Period: "p", Basis: "b", StatedBy: "s"}}
	meta.Sources[0].Reference = bad[4]
	if in["meta"], err = analysis.MarshalCanonical(meta); err != nil {
		t.Fatal(err)
	}
	all, err := csv.NewReader(bytes.NewReader(page(t, render.ScheduleCSV{}, in))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Join(all[0], "|") != strings.Join(render.CSVColumns(), "|") {
		t.Errorf("the table does not begin with its head: %v", all[0])
	}
	guarded := 0
	for _, line := range all[1:] {
		for i, cell := range line {
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r") {
				t.Errorf("cell %q of column %s would run", cell, all[0][i])
			}
			if strings.HasPrefix(cell, "'") {
				guarded++
			}
			if n := len(cell); n > 11 && strings.Trim(cell, "0123456789eE.") == "" {
				t.Errorf("cell %q of column %s would be rounded", cell, all[0][i])
			}
		}
	}
	if len(all) != 1+16+2 || guarded < 5 {
		t.Errorf("%d lines, %d guarded cells", len(all), guarded)
	}
}

func TestMetaThatIsRefused(t *testing.T) {
	in := goldenCase(t, render.SchedulePDF{}, "uk-17-evening")
	good := string(in["meta"])
	for name, change := range map[string][2]string{
		"no question":   {`"question":"What`, `"question":"","x":"What`},
		"blank title":   {`"title":"Event schedule for one telephone number, 24 October 2026"`, `"title":" "`},
		"version 0":     {`"version":1`, `"version":0`},
		"date":          {"2026-11-21T10:52:00.000Z", "2026-11-21T10:52:00Z"},
		"format":        {"exhibit-meta/v1", "exhibit-meta/v2"},
		"short digest":  {`"sha256":"`, `"sha256":"a`},
		"unknown key":   {`"case":`, `"asserted":"x","case":`},
		"another order": {`{"attributions"`, `{ "attributions"`},
	} {
		text := strings.Replace(good, change[0], change[1], 1)
		if text == good {
			t.Fatalf("%s: the case changes nothing", name)
		}
		if _, err := render.ParseMeta([]byte(text)); !errors.Is(err, render.ErrMeta) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := render.ParseMeta([]byte(good)); err != nil {
		t.Errorf("control: %v", err)
	}
}

// TestAPageRefusesCountsThatAreNotItsRows: nothing is drawn under a balance that
// is not that of the rows.
func TestAPageRefusesCountsThatAreNotItsRows(t *testing.T) {
	for _, step := range []analysis.Step{render.ScheduleCSV{}, render.SchedulePDF{}} {
		in := goldenCase(t, step, "uk-17-evening")
		lines := bytes.SplitAfter(in["schedule"], []byte{'\n'})
		in["schedule"] = bytes.Join(lines[:len(lines)-2], nil)
		if _, _, err := steptest.Run(step, in, nil); !errors.Is(err, analysis.ErrBalance) {
			t.Errorf("%s with a row less: %v", analysis.Identity(step), err)
		}
		in = goldenCase(t, step, "uk-17-evening")
		in["summary"] = bytes.Replace(in["summary"], []byte(`"shown":14`), []byte(`"shown":15`), 1)
		if _, _, err := steptest.Run(step, in, nil); !errors.Is(err, analysis.ErrBalance) {
			t.Errorf("%s with a row more in its counts: %v", analysis.Identity(step), err)
		}
	}
}

// BenchmarkPaper draws some five hundred pages.
func BenchmarkPaper(b *testing.B) {
	in := long(b, 12_000)
	b.ReportAllocs()
	for b.Loop() {
		b.SetBytes(int64(len(page(b, render.SchedulePDF{}, in))))
	}
}
