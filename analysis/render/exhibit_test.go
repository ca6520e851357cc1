package render

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"custos.example/analysis"
	"custos.example/analysis/steptest"
)

// everyPage returns each renderer with inputs that it draws, by its name.
func everyPage(t *testing.T) map[string]struct {
	step analysis.Step
	in   map[string][]byte
} {
	t.Helper()
	pages := map[string]struct {
		step analysis.Step
		in   map[string][]byte
	}{}
	for _, step := range []analysis.Step{
		ScheduleCSV{}, SchedulePDF{}, ScheduleXLSX{}, ScheduleHTML{}, TableCSV{}, TablePDF{}, TableXLSX{}, TableHTML{}, MapSVG{}, MapPDF{}, TimelineSVG{}, PatternSVG{},
	} {
		in := steptest.Cases(t, filepath.Join("..", "registry", "testdata", "golden"), step)[0].In
		pages[step.Info().Name] = struct {
			step analysis.Step
			in   map[string][]byte
		}{step, in}
	}
	return pages
}

// with returns inputs whose meta was changed.
func with(t *testing.T, in map[string][]byte, change func(m *Meta)) map[string][]byte {
	t.Helper()
	m, err := ParseMeta(in["meta"])
	if err != nil {
		t.Fatal(err)
	}
	change(&m)
	out := map[string][]byte{}
	for port, content := range in {
		out[port] = content
	}
	out["meta"] = canonical(t, m)
	return out
}

// sheetTexts returns the markup of every sheet of a workbook.
func sheetTexts(t *testing.T, book []byte) []string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
	if err != nil {
		t.Fatal(err)
	}
	var sheets []string
	for _, f := range z.File {
		if !strings.HasPrefix(f.Name, "xl/worksheets/") {
			continue
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		sheets = append(sheets, string(text))
	}
	if len(sheets) == 0 {
		t.Fatal("the workbook has no sheet")
	}
	return sheets
}

// TestAWhatIfCopyCannotBeTakenForTheExhibit looks at every page, sheet and first
// row of every renderer.
func TestAWhatIfCopyCannotBeTakenForTheExhibit(t *testing.T) {
	const mark = "NOT THE SERVED EXHIBIT"
	for name, p := range everyPage(t) {
		plainIn := with(t, p.in, func(m *Meta) { m.WhatIf = "" })
		if out := made(t, p.step, plainIn); bytes.Contains(out, []byte(mark)) {
			t.Errorf("%s: an exhibit says that it is not served", name)
		}
		out := made(t, p.step, with(t, p.in, func(m *Meta) { m.WhatIf = "from was changed from blank to 2026-10-24T17:00:00Z" }))
		switch p.step.Info().Outputs[0].Extension {
		case "csv":
			if !bytes.HasPrefix(out, []byte(mark)) && !bytes.HasPrefix(out, []byte(`"`+mark)) {
				t.Errorf("%s: row 1 is %.80q", name, out)
			}
		case "xlsx":
			for n, sheet := range sheetTexts(t, out) {
				if !strings.Contains(sheet, `<row r="1"><c r="A1" s="4" t="inlineStr"><is><t>`+mark) || !strings.Contains(sheet, `<row r="2"`) {
					t.Errorf("%s: row 1 of sheet %d does not say it", name, n+1)
				}
			}
		case "pdf":
			for n, page := range readPaper(t, out) {
				text := page.text()
				if !strings.HasPrefix(text, mark) || strings.Count(text, mark) < 2 || strings.Contains(text, "Evidence of fact") || !strings.Contains(text, "What-if copy of exhibit") {
					t.Errorf("%s: page %d: %.200s", name, n+1, text)
				}
			}
		case "html":
			if n := bytes.Count(out, []byte(mark)); n < 5 || !bytes.Contains(out, []byte("<title>"+mark)) {
				t.Errorf("%s says it %d times", name, n)
			}
		case "svg":
			at := bytes.Index(out, []byte("<text"))
			if at < 0 || !bytes.Contains(out[at:at+200], []byte(mark)) || !bytes.Contains(out, []byte(`<title id="title">`+mark)) {
				t.Errorf("%s: the first text is %s", name, out[at:at+200])
			}
		default:
			t.Errorf("%s: an output of another kind is not looked at", name)
		}
	}
}

// TestAPageOpensAlone: nothing on a page of HTML is fetched or run.
func TestAPageOpensAlone(t *testing.T) {
	in := bathEvening(t, 20)
	in["schedule"] = bytes.ReplaceAll(in["schedule"], []byte("Twerton"), []byte(`<script src=http://x/></td>`))
	text := string(made(t, ScheduleHTML{}, in))
	for _, bad := range []string{"<script", "src=", "url(", "@import", "http://", "https://", "<link", "<iframe", "<form", "onload", "javascript:", `style="`} {
		if strings.Contains(strings.ReplaceAll(text, "&lt;script src=http://x/&gt;&lt;/td&gt;", ""), bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	if !strings.Contains(text, "&lt;script src=") {
		t.Error("the control is not on the page")
	}
	for _, m := range regexp.MustCompile(`href="([^"]*)"`).FindAllStringSubmatch(text, -1) {
		if !strings.HasPrefix(m[1], "#") || !strings.Contains(text, `id="`+m[1][1:]+`"`) {
			t.Errorf("a link leads to %s", m[1])
		}
	}
	_, style, _ := strings.Cut(text, "<style>")
	style, _, _ = strings.Cut(style, "</style>")
	sum := sha256.Sum256([]byte(style))
	if !strings.Contains(text, "style-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'") {
		t.Error("the page's own rules forbid its style")
	}
	if strings.Index(text, limitsTitle) > strings.Index(text, `class="rows"`) {
		t.Error("the limits stand behind the rows")
	}
	for _, row := range []string{`id="row-1"`, `id="row-20"`} {
		if !strings.Contains(text, row) {
			t.Errorf("no row can be linked to as %s", row)
		}
	}
}

// TestOpinionsAndBareDistancesAreRefused, on every page.
func TestOpinionsAndBareDistancesAreRefused(t *testing.T) {
	for name, p := range everyPage(t) {
		bad := with(t, p.in, func(m *Meta) { m.Question = "Was Mr Denton near the house?" })
		if _, _, err := steptest.Run(p.step, bad, nil); !errors.Is(err, ErrMeta) || !errors.Is(err, analysis.ErrOpinion) {
			t.Errorf("%s with an opinion in its question: %v", name, err)
		}
		expert := with(t, p.in, func(m *Meta) {
			m.WhatIf, m.Question, m.Expert = "", "Was Mr Denton near the house?", "Dr A. Byng, Byng Radio Ltd, report of 3 December 2026"
		})
		out := made(t, p.step, expert)
		if ext := p.step.Info().Outputs[0].Extension; (ext == "svg" || ext == "html") && (!bytes.Contains(out, []byte("Exhibit of an expert: may hold opinion")) || bytes.Contains(out, []byte(analysis.CavOpinion))) {
			t.Errorf("%s of an expert says that it holds no opinion", name)
		}
	}
	in := everyPage(t)["render-table-csv"].in
	for what, change := range map[string]func(f *analysis.Field){
		"distance without a basis": func(f *analysis.Field) { f.Kind, f.Basis = analysis.KindMetres, "" },
		"assessment":               func(f *analysis.Field) { f.Nature = analysis.Assessment },
		"unknown kind":             func(f *analysis.Field) { f.Kind = "guess" },
	} {
		sum, err := readSummary(bytes.NewReader(in["summary"]))
		if err != nil {
			t.Fatal(err)
		}
		change(&sum.Table.Fields[2])
		bad := with(t, in, func(*Meta) {})
		bad["summary"] = canonical(t, sum.Summary)
		for _, step := range []analysis.Step{TableCSV{}, TablePDF{}, TableXLSX{}, TableHTML{}} {
			if _, _, err := steptest.Run(step, bad, nil); !errors.Is(err, analysis.ErrField) {
				t.Errorf("%s, %s: %v", analysis.Identity(step), what, err)
			}
		}
	}
}

// TestAnEmptyResultSaysSo on every kind of page, with its limits.
func TestAnEmptyResultSaysSo(t *testing.T) {
	in := bathEvening(t, 0)
	for _, step := range []analysis.Step{SchedulePDF{}, ScheduleHTML{}, MapPDF{}, MapSVG{}, TimelineSVG{}} {
		out := made(t, step, in)
		text := string(out)
		if step.Info().Outputs[0].Extension == "pdf" {
			text = ""
			for _, p := range readPaper(t, out) {
				text += p.text() + "\n"
			}
		}
		if !strings.Contains(text, "No row. This shows nothing about a telephone or a person") && !strings.Contains(text, "No map is drawn: no row has a cell") {
			t.Errorf("%s says nothing of its emptiness: %s", analysis.Identity(step), text)
		}
		if !strings.Contains(text, analysis.CavAbsence) {
			t.Errorf("%s does not print %s", analysis.Identity(step), analysis.CavAbsence)
		}
	}
}

// TestKnownDefectsAreDeclared, also when nobody looked.
func TestKnownDefectsAreDeclared(t *testing.T) {
	in := everyPage(t)["render-schedule-html"].in
	for want, defects := range map[string]*Defects{
		"Not declared: the register of known defects was not consulted": nil,
		"the register held no defect that touches":                      {AsOf: "2026-11-21T10:50:00.000Z", List: []Defect{}},
		"D-7: Durations wrong. Effect on this exhibit: None. State: Open.": {
			AsOf: "2026-11-21T10:50:00.000Z", List: []Defect{{ID: "D-7", Title: "Durations wrong", Effect: "None", State: "Open"}},
		},
	} {
		if text := string(made(t, ScheduleHTML{}, with(t, in, func(m *Meta) { m.Defects = defects }))); !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// TestPagesAreGrey: what is told apart on a page is not told apart by colour.
func TestPagesAreGrey(t *testing.T) {
	colours := 0
	for name, p := range everyPage(t) {
		out := made(t, p.step, p.in)
		switch p.step.Info().Outputs[0].Extension {
		case "svg", "html":
			for _, m := range regexp.MustCompile(`[:"]#([0-9a-f]{6}|[0-9a-f]{3})\b`).FindAllSubmatch(out, -1) {
				colours++
				c := m[1]
				if len(c) == 3 && (c[0] != c[1] || c[1] != c[2]) || len(c) == 6 && (!bytes.Equal(c[:2], c[2:4]) || !bytes.Equal(c[2:4], c[4:])) {
					t.Errorf("%s uses the colour #%s", name, c)
				}
			}
		case "pdf":
			for _, m := range regexp.MustCompile(`\n([0-9.]+) ([0-9.]+) ([0-9.]+) (rg|RG)`).FindAllSubmatch(out, -1) {
				colours++
				if !bytes.Equal(m[1], m[2]) || !bytes.Equal(m[2], m[3]) {
					t.Errorf("%s uses the colour %s", name, m[0])
				}
			}
		}
	}
	if colours < 100 {
		t.Errorf("only %d colours were found; the search itself is broken", colours)
	}
}
