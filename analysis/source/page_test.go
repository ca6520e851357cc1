package source_test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"testing"
)

// TestPageExamples runs every example of PROFILES.md: the profile reads the file
// beside it, and what comes out is what the page says.
func TestPageExamples(t *testing.T) {
	page, err := os.ReadFile("PROFILES.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := map[string]map[string]string{}
	for _, m := range regexp.MustCompile("(?ms)^```(?:yaml|csv|text) (example|file|events)=(\\S+)\n(.*?)^```$").FindAllStringSubmatch(string(page), -1) {
		if blocks[m[2]] == nil {
			blocks[m[2]] = map[string]string{}
		}
		blocks[m[2]][m[1]] = m[3]
	}
	if len(blocks) < 5 || strings.Count(string(page), "```yaml") != len(blocks) {
		t.Fatalf("%d examples were found; the search itself is broken", len(blocks))
	}
	for name, b := range blocks {
		t.Run(name, func(t *testing.T) {
			im, err := tryImport([]byte(b["file"]), []byte(b["example"]))
			if err != nil {
				t.Fatal(err)
			}
			if got := told(t, im); got != b["events"] {
				t.Errorf("the page says\n%s\nand what comes out is\n%s", b["events"], got)
			}
			accounted(t, []byte(b["file"]), im)
		})
	}
}

// told words an import as the page does, in the order of the file.
func told(t *testing.T, im imported) string {
	t.Helper()
	at := map[int]string{}
	row := func(text string) int {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, r := range rows(t, im.events) {
		text := fmt.Sprintf("%s %s %s %s -> %s", r["start_utc"], r["type"], r["leg"], r["a_number"], r["b_number"])
		for _, part := range []struct{ value, text string }{
			{r["duration_s"], " " + r["duration_s"] + " s"},
			{r["start_cell"], " " + r["start_cell"]},
			{r["start_x"], " at " + r["start_x"] + " " + r["start_y"]},
			{r["flags"], " " + r["flags"]},
		} {
			if part.value != "" {
				text += part.text
			}
		}
		at[row(r["row"])] = text
	}
	for _, r := range rows(t, im.aside) {
		at[row(r["row"])] = strings.TrimRight("set aside "+r["reason"]+" "+r["column"], " ")
	}
	var order []int
	for n := range at {
		order = append(order, n)
	}
	sort.Ints(order)
	var b strings.Builder
	for _, n := range order {
		fmt.Fprintf(&b, "%d: %s\n", n, at[n])
	}
	var report struct {
		Totals []struct {
			Row, Declared, Counted int
			Agrees                 bool
		}
	}
	if err := json.Unmarshal([]byte(im.report), &report); err != nil {
		t.Fatal(err)
	}
	for _, d := range report.Totals {
		fmt.Fprintf(&b, "total in row %d: %d declared, %d counted%s\n", d.Row, d.Declared, d.Counted, pick(d.Agrees, "", ": THEY DIFFER"))
	}
	return b.String()
}
