package render

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/xml"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"custos.example/analysis"
	"custos.example/analysis/steptest"
)

// printedWord is a word as another program finds it on a page, in points.
type printedWord struct {
	Left   float64 `xml:"xMin,attr"`
	Top    float64 `xml:"yMin,attr"`
	Right  float64 `xml:"xMax,attr"`
	Bottom float64 `xml:"yMax,attr"`
	Text   string  `xml:",chardata"`
}

// printedPage is one page of words.
type printedPage struct {
	Width  float64       `xml:"width,attr"`
	Height float64       `xml:"height,attr"`
	Words  []printedWord `xml:"word"`
}

// readPaper reads a PDF with a program that knows nothing of how it was made.
func readPaper(t *testing.T, pdf []byte) []printedPage {
	t.Helper()
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("pdftotext (poppler-utils) is missing")
		}
		t.Skip("pdftotext (poppler-utils) is missing")
	}
	in := filepath.Join(t.TempDir(), "page.pdf")
	if err := os.WriteFile(in, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(tool, "-bbox", in, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Pages []printedPage `xml:"body>doc>page"`
	}
	d := xml.NewDecoder(bytes.NewReader(out))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	if err := d.Decode(&doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Pages) == 0 {
		t.Fatal("no page was found; the search itself is broken")
	}
	return doc.Pages
}

func (p printedPage) text() string {
	var words []string
	for _, w := range p.Words {
		words = append(words, w.Text)
	}
	return strings.Join(words, " ")
}

func made(t testing.TB, step analysis.Step, in map[string][]byte) []byte {
	t.Helper()
	only := map[string][]byte{}
	for _, p := range step.Info().Inputs {
		if content, ok := in[p.Name]; ok {
			only[p.Name] = content
		}
	}
	out, _, err := steptest.Run(step, only, nil)
	if err != nil {
		t.Fatal(err)
	}
	return out["page"]
}

// paperHeads are the first words of the heads of a printed schedule.
var paperHeads = []string{"No.", "Date", "Time", "Zone", "Type", "From", "Attributed", "To", "Attributed", "Duration", "Records", "IMEI", "Start", "End", "Source,", "Note"}

// printedRows reads the rows of a printed table off its page: the heads tell
// where the columns begin, the numbers where the rows do. Blanks are left out,
// since a line may break within a word.
func printedRows(t *testing.T, p printedPage, heads []string) [][]string {
	t.Helper()
	first := slices.IndexFunc(p.Words, func(w printedWord) bool {
		return w.Text == heads[0] && slices.ContainsFunc(p.Words, func(o printedWord) bool { return o.Text == heads[1] && o.Top > w.Top-1 && o.Top < w.Top+1 })
	})
	if first < 0 {
		return nil
	}
	base := p.Words[first].Top
	head := slices.DeleteFunc(slices.Clone(p.Words), func(w printedWord) bool { return w.Top < base-20 || w.Top > base+2 })
	slices.SortFunc(head, func(a, b printedWord) int { return cmp.Compare(a.Left, b.Left) })
	starts := []float64{0}
	for _, title := range heads[1:] {
		at := slices.IndexFunc(head, func(w printedWord) bool { return w.Text == title && w.Left > starts[len(starts)-1]+1 })
		if at < 0 {
			t.Fatalf("the head has no column %q", title)
		}
		starts = append(starts, head[at].Left)
	}
	body := slices.DeleteFunc(slices.Clone(p.Words), func(w printedWord) bool { return w.Top < base+3 || w.Top > p.Height-45 })
	slices.SortStableFunc(body, func(a, b printedWord) int {
		if d := a.Top - b.Top; d > 2 || d < -2 {
			return cmp.Compare(a.Top, b.Top)
		}
		return cmp.Compare(a.Left, b.Left)
	})
	var rows [][]string
	for _, w := range body {
		column := 0
		for n, start := range starts {
			if w.Left >= start-0.7 {
				column = n
			}
		}
		if column == 0 {
			rows = append(rows, make([]string, len(heads)))
		}
		if len(rows) == 0 {
			t.Fatalf("%q stands above the first row", w.Text)
		}
		rows[len(rows)-1][column] += w.Text
	}
	return rows
}

// printedOf returns what paper shows of a row of the table of text: the same
// cells, some of them joined.
func printedOf(cells map[string]string) []string {
	starred := func(person string) string {
		if person == "" {
			return ""
		}
		return person + "*"
	}
	joined := func(parts ...string) string {
		return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ", ")
	}
	to := cells["To"]
	if c := cells["Forwarded to"]; c != "" {
		to += ", forwarded to " + c
	}
	end := joined(cells["End cell"], cells["End place"], cells["End direction"])
	if cells["End cell"] != "" && cells["End cell"] == cells["Start cell"] && cells["End direction"] == cells["Start direction"] {
		end = "same"
	}
	row := []string{
		cells["No."], cells["Date"], cells["Time"], cells["Zone"], cells["Type"], cells["From"], starred(cells["From attributed to"]), to, starred(cells["To attributed to"]),
		cells["Duration"], cells["Records of"], cells["Handset IMEI (14 digits)"], joined(cells["Start cell"], cells["Start place"], cells["Start direction"]), end,
		cells["Source"] + ", " + cells["Source row"], cells["Note"],
	}
	for n := range row {
		row[n] = strings.ReplaceAll(orDash(row[n]), " ", "")
	}
	return row
}

// tableOfText reads a CSV page as rows by column; the apostrophe that keeps a
// spreadsheet from running a cell is taken off.
func tableOfText(t *testing.T, page []byte) []map[string]string {
	t.Helper()
	all, err := csv.NewReader(bytes.NewReader(page)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for _, line := range all[1:] {
		row := map[string]string{}
		for n, cell := range line {
			row[all[0][n]] = strings.TrimPrefix(cell, "'")
		}
		rows = append(rows, row)
	}
	return rows
}

// TestPaperIsTheTable holds every cell of the printed schedule against the table
// of text, as another program reads it off the page.
func TestPaperIsTheTable(t *testing.T) {
	golden := steptest.Cases(t, filepath.Join("..", "registry", "testdata", "golden"), SchedulePDF{})
	inputs := map[string]map[string][]byte{"66 rows": bathEvening(t, 66)}
	for _, c := range golden {
		if m, err := ParseMeta(c.In["meta"]); err == nil && len(m.Attributions) > 0 && m.WhatIf == "" {
			inputs[c.Name] = c.In
		}
	}
	if len(inputs) < 2 {
		t.Fatal("too few cases have attributions")
	}
	for name, in := range inputs {
		table := tableOfText(t, made(t, ScheduleCSV{}, in))
		var paper [][]string
		for _, p := range readPaper(t, made(t, SchedulePDF{}, in)) {
			paper = append(paper, printedRows(t, p, paperHeads)...)
		}
		if len(paper) != len(table) || len(paper) == 0 {
			t.Errorf("%s: %d rows on paper, %d in the table", name, len(paper), len(table))
			continue
		}
		for n, row := range table {
			for k, want := range printedOf(row) {
				if paper[n][k] != want {
					t.Errorf("%s, row %d, %s: paper shows %q, the table %q", name, n+1, paperHeads[k], paper[n][k], want)
				}
			}
		}
	}
}

// TestNothingIsCutOrCovered wants every word of every page inside the margins
// and none upon another.
func TestNothingIsCutOrCovered(t *testing.T) {
	long := bathEvening(t, 66)
	odd := bathEvening(t, 20)
	odd["schedule"] = bytes.ReplaceAll(odd["schedule"], []byte("Larkhall"), []byte("عربي "+strings.Repeat("Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch", 4)))
	odd["schedule"] = bytes.ReplaceAll(odd["schedule"], []byte("Twerton"), []byte(strings.Repeat("a very long address ", 300)))
	crowded, err := ParseMeta(long["meta"])
	if err != nil {
		t.Fatal(err)
	}
	crowded.Reference, crowded.WhatIf = "JASMINE/12345678901234AB", "from was changed"
	crowded.Question = strings.TrimSpace(strings.Repeat("Which events are recorded? ", 37))
	crowded.Case = strings.TrimSpace(strings.Repeat("Operation HALYARD ", 11))
	for range 12 {
		crowded.Sources = append(crowded.Sources, crowded.Sources[0])
		crowded.Attributions = append(crowded.Attributions, Attribution{
			Identifier: "+447700900777", Person: "Professor Maximiliana Featherstonehaugh-Cholmondeley", Period: "the whole of the period",
			Basis: strings.Repeat("Subscriber record (PRM/5); own statement in interview (HLM/9). ", 8), StatedBy: "Detective Inspector H. Marsh",
		})
		crowded.Decisions = append(crowded.Decisions, strings.Repeat("A decision with its reason. ", 10))
	}
	inputs := map[string]map[string][]byte{"66 rows": long, "no row": bathEvening(t, 0), "odd texts": odd}
	full := bathEvening(t, 30)
	full["meta"] = canonical(t, crowded)
	inputs["crowded"] = full
	pages := 0
	for name, in := range inputs {
		for _, step := range []analysis.Step{SchedulePDF{}, MapPDF{}} {
			for n, p := range readPaper(t, made(t, step, in)) {
				checkPage(t, name+", "+analysis.Identity(step), n+1, p)
				pages++
			}
		}
	}
	for _, c := range steptest.Cases(t, filepath.Join("..", "registry", "testdata", "golden"), TablePDF{}) {
		for n, p := range readPaper(t, made(t, TablePDF{}, c.In)) {
			checkPage(t, c.Name, n+1, p)
			pages++
		}
	}
	if pages < 40 {
		t.Errorf("only %d pages were looked at", pages)
	}
	// Control: words that lie upon each other are found.
	twice := printedPage{Width: 595, Height: 842, Words: []printedWord{{100, 100, 150, 110, "one"}, {140, 102, 190, 112, "two"}, {590, 200, 610, 210, "cut"}}}
	if found := problems(twice); len(found) != 2 {
		t.Errorf("the control found %v", found)
	}
}

func checkPage(t *testing.T, name string, number int, p printedPage) {
	t.Helper()
	for _, problem := range problems(p) {
		t.Errorf("%s, page %d: %s", name, number, problem)
	}
	text := p.text()
	if !strings.Contains(text, "Content code ") || !strings.Contains(text, "Page "+decimal(int64(number))+" of ") {
		t.Errorf("%s, page %d has no foot: %s", name, number, text)
	}
}

// problems returns the words of a page that are cut or covered.
func problems(p printedPage) []string {
	const edge = margin * 72 / 25.4
	var found []string
	for n, w := range p.Words {
		if w.Left < edge-1 || w.Right > p.Width-edge+1 || w.Top < 10 || w.Bottom > p.Height-15 {
			found = append(found, "outside the margins: "+w.Text)
		}
		for _, o := range p.Words[:n] {
			wide := min(w.Right, o.Right) - max(w.Left, o.Left)
			high := min(w.Bottom, o.Bottom) - max(w.Top, o.Top)
			if wide > 0.6 && high > 0.3*min(w.Bottom-w.Top, o.Bottom-o.Top) {
				found = append(found, "upon each other: "+w.Text+" and "+o.Text)
			}
		}
	}
	return found
}

// TestAWideResultIsPrintedWhole: what does not fit beside each other stands on
// pages of its own, each with the first column.
func TestAWideResultIsPrintedWhole(t *testing.T) {
	in := map[string][]byte{}
	for port, content := range seventeenColumns(t, 60) {
		text, err := readSmall(content)
		if err != nil {
			t.Fatal(err)
		}
		in[port] = text
	}
	sum, err := readSummary(bytes.NewReader(in["summary"]))
	if err != nil {
		t.Fatal(err)
	}
	for n := range sum.Table.Fields { // as text, and every other column twice as wide
		sum.Table.Fields[n].Kind = analysis.KindText
	}
	in["summary"] = canonical(t, sum.Summary)
	in["table"] = bytes.ReplaceAll(in["table"], []byte("voice"), []byte("incomprehensibilities"))
	text := ""
	for n, p := range readPaper(t, made(t, TablePDF{}, in)) {
		checkPage(t, "wide", n+1, p)
		text += p.text() + "\n"
	}
	for _, want := range []string{"columns: part 1 of 2", "columns: part 2 of 2"} {
		if !strings.Contains(text, want) {
			t.Errorf("no page says %q", want)
		}
	}
	text = strings.NewReplacer(" ", "", "\n", "").Replace(text)
	for _, line := range tableOfText(t, made(t, TableCSV{}, in)) {
		for head, cell := range line {
			if !strings.Contains(text, strings.ReplaceAll(cell, " ", "")) {
				t.Fatalf("%s %q is on no page", head, cell)
			}
		}
	}
}
