package render

import (
	"strings"
	"testing"

	"custos.example/analysis"
)

// TestNamesStandWithinTheirPeriod prints a number that is attributed for some days only,
// and to two people one after the other. The control is an attribution without an end.
func TestNamesStandWithinTheirPeriod(t *testing.T) {
	of := func(person, period string) Attribution {
		return Attribution{Identifier: "+447700900142", Person: person, Period: period, Basis: "statement: HLM/4", StatedBy: "Jo A. Saunders"}
	}
	in := bathEvening(t, 4) // on 24 October 2026
	for want, list := range map[string][]Attribution{
		"Kyle":         {of("Kyle", "not limited")},
		"Kyle Denton":  {of("Kyle Denton", "2026-10-01 to 2026-10-24"), of("Marcus", "from 2026-10-25")},
		"Marcus":       {of("Kyle", "until 2026-10-23"), of("Marcus", "from 2026-10-24")},
		"":             {of("Kyle", "from 2026-10-25")},
		"Kyle; Marcus": {of("Kyle", "until 2026-10-24"), of("Marcus", "in October")},
	} {
		seen := 0
		for _, row := range tableOfText(t, made(t, ScheduleCSV{}, with(t, in, func(m *Meta) { m.Attributions = list }))) {
			for _, side := range []string{"From", "To"} {
				if strings.ReplaceAll(row[side], " ", "") != "07700900142" {
					continue
				}
				if seen++; row[side+" attributed to"] != want {
					t.Errorf("%+v: %q, want %q", list, row[side+" attributed to"], want)
				}
			}
		}
		if seen == 0 {
			t.Fatal("no row has the number: the test would show nothing")
		}
	}
	m := Meta{Attributions: []Attribution{of("Kyle", "until 2026-10-23"), of("Marcus", "not limited")}}
	if got := m.person("+447700900142", ""); got != "Kyle (until 2026-10-23); Marcus" {
		t.Errorf("without a day: %q", got)
	}
}

// TestEvidenceIsNoPageNumber prints a sender whose name is what the library puts the
// number of pages in the place of.
func TestEvidenceIsNoPageNumber(t *testing.T) {
	in := with(t, bathEvening(t, 4), func(*Meta) {})
	in["schedule"] = []byte(strings.Replace(string(in["schedule"]), "+447700900210", "text:{nb}", 1))
	if !strings.Contains(string(in["schedule"]), "text:{nb}") {
		t.Fatal("no row has the name: the test would show nothing")
	}
	text := pageText(t, SchedulePDF{}, made(t, SchedulePDF{}, in))
	if !strings.Contains(text, "[U+007B]nb}") || strings.Contains(text, "{nb}") || !strings.Contains(text, " of ") {
		t.Error("the name of a sender is not printed as it is recorded")
	}
}

// TestSpreadsheetReadsCellsAsTheyAre: text that a spreadsheet would read as another
// number is marked as text.
func TestSpreadsheetReadsCellsAsTheyAre(t *testing.T) {
	for cell, want := range map[string]string{
		"12E45": "'12E45", "00123": "'00123", "0": "0", "123": "123", "E45": "E45", "00:01:01": "00:01:01", "=1+1": "'=1+1", "": "",
	} {
		if got := harmless(cell); got != want {
			t.Errorf("%q is written %q, not %q", cell, got, want)
		}
	}
}

// TestFiguresSayWhatTheyCount: page 1 does not say "rows shown" of rows that were left
// out, nor that a row is shown once where it is listed twice.
func TestFiguresSayWhatTheyCount(t *testing.T) {
	sum := pageSummary{}
	sum.Time.Shown, sum.Time.WholeMinute, sum.Time.FoldUnknown = "Europe/London", 5, 1
	if text := timeWords(Meta{}, sum); !strings.Contains(text, "Of the rows shown, 5 state no seconds") || !strings.Contains(text, "shown at the earlier of the two instants.") {
		t.Errorf("control: %s", text)
	}
	sum.Balance.OutsideBy = []analysis.RuleCount{{Rule: "BELOW_MIN_COUNT", Rows: 3}}
	for port, want := range map[string]string{
		"timeline": "listed at both instants.", "gaps": "counted at both instants.", "hits": "shown at the earlier of its instants in the period.",
	} {
		sum.Table.Port = port
		if text := timeWords(Meta{}, sum); strings.Contains(text, "rows shown") || !strings.Contains(text, want) {
			t.Errorf("%s: %s", port, text)
		}
	}
}
