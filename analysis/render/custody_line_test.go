package render_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"custos.example/analysis/render"
)

// custodyLine is a made-up line with a stretch before the record, a courier, a gap
// and something missing.
func custodyLine(legs int) render.CustodyLine {
	at := time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC)
	hour := func(n int) time.Time { return at.Add(time.Duration(n) * time.Hour) }
	l := render.CustodyLine{Title: "Continuity of KO/1", Until: hour(legs*3 + 3)}
	l.Legs = append(l.Legs, render.CustodyLeg{With: "PC 1234 Example", From: hour(0), Until: hour(1), Before: true})
	for n := range legs {
		leg := render.CustodyLeg{With: "Person " + string(rune('A'+n%26)), From: hour(1 + n*3), Until: hour(4 + n*3), Marks: []render.CustodyMark{{At: hour(2 + n*3), What: "put under seal A0001"}}}
		if n%2 == 1 {
			leg.In = "S1-R3"
		}
		leg.Missing = n == 3
		l.Legs = append(l.Legs, leg)
	}
	l.Legs[legs].Until = time.Time{}
	l.Gaps = []render.CustodyGap{
		{From: hour(0), Until: hour(1), What: "before the record: PC 1234 Example had it before it was taken in; they have signed nothing here: their statement is needed"},
		{From: hour(5), Until: hour(5), What: "signed by one party: A Laboratory Ltd signed with no key of their own"},
	}
	return l
}

func utc(t time.Time) string { return t.UTC().Format("2 January 2006 15:04 MST") }

// TestCustodyLine draws a line short and long: every holder and every gap stands in
// it once, the SVG is well-formed, and both forms are the same bytes twice. The
// control is a line without its gaps, which shows none.
func TestCustodyLine(t *testing.T) {
	for _, legs := range []int{4, 90} {
		l := custodyLine(legs)
		svg, page, err := l.Draw(utc)
		if err != nil {
			t.Fatal(err)
		}
		again, pageAgain, err := l.Draw(utc)
		if err != nil || !bytes.Equal(svg, again) || !bytes.Equal(page, pageAgain) {
			t.Errorf("%d legs: not the same twice: %v", legs, err)
		}
		if got := strings.Count(string(svg), ">GAP: "); got != 2 {
			t.Errorf("%d legs: %d gaps are drawn", legs, got)
		}
		if got := strings.Count(string(svg), "<circle"); got != legs+1 {
			t.Errorf("%d legs: %d stretches are drawn", legs, got)
		}
		for d := xml.NewDecoder(bytes.NewReader(svg)); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
		}
		l.Gaps = nil
		none, _, err := l.Draw(utc)
		if err != nil || strings.Contains(string(none), ">GAP: ") {
			t.Errorf("control: a line without gaps shows one: %v", err)
		}
		if dir := os.Getenv("CUSTOS_LOOK"); dir != "" {
			if err := os.WriteFile(filepath.Join(dir, "line.svg"), svg, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "line.pdf"), page, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}
