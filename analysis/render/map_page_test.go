package render

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
)

// bathCells are made-up cells at plausible places, in both coordinate systems.
var bathCells = []struct {
	cell, site, azimuth string
	grid, geo           spot
}{
	{"name:NM-214-2", "Twerton", "140", spot{372480, 164690}, spot{-23965000, 513800000}},
	{"name:NM-214-1", "Twerton", "20", spot{372480, 164690}, spot{-23965000, 513800000}},
	{"name:TT-5102-2", "Larkhall", "160", spot{376040, 166560}, spot{-23455000, 513970000}},
	{"name:TT-5102-3", "Larkhall", "280", spot{376040, 166560}, spot{-23455000, 513970000}},
	{"name:NM-219-1", "Oldfield Park", "70", spot{373960, 164330}, spot{-23752000, 513768000}},
	{"name:NM-203-2", "Kingsmead", "120", spot{374560, 164800}, spot{-23666000, 513811000}},
	{"name:NM-203-1", "Kingsmead", "0", spot{374560, 164800}, spot{-23666000, 513811000}},
	{"name:TT-5110-1", "Manvers", "0", spot{375180, 164440}, spot{-23577000, 513779000}},
	{"cgi:234-10-1201-40123", "Manvers <Street>", "", spot{375180, 164440}, spot{-23577000, 513779000}},
	{"name:NM-236", "Odd Down", "omni", spot{374080, 162960}, spot{-23734000, 513645000}},
}

func bathMap(t *testing.T, crs string) cellMap {
	t.Helper()
	b := newMapBuilder()
	for n := range 50 {
		c := bathCells[(n*7)%len(bathCells)]
		subject := "07700 900142"
		if strings.Contains(c.cell, "TT-") {
			subject = "07700 900318"
		}
		s := sighting{
			row: fmt.Sprint(n + 1), subject: subject, instant: fmt.Sprintf("2026-10-24T%02d:%02d:11Z", 17+n/10, n), when: fmt.Sprintf("24/10/2026 %02d:%02d:11", 18+n/10, n), cell: c.cell,
			crs: crs, at: c.grid, placed: true, azimuth: c.azimuth, site: c.site,
		}
		if crs == wgs84 {
			s.at = c.geo
		}
		b.add(s)
	}
	for n, s := range []sighting{
		{cell: "name:NM-250-1", site: "", azimuth: "10"},
		{cell: "name:NM-236", crs: crs, at: spot{1, 1}, placed: true, azimuth: "omni", site: "Odd Down"},
	} {
		s.instant = "2026-10-24T22:59:00Z"
		s.row, s.subject, s.when = fmt.Sprint(60+n), "07700 900142", "24/10/2026 23:59:00"
		if crs == wgs84 || n == 0 {
			b.add(s)
		}
	}
	return b.build(nil)
}

var bathPage = drawnPage{
	question: "Which cells are recorded for 07700 900142 and 07700 900318 between 18:00 and 24:00 on 24 October 2026?",
	heading:  "Cell-site map",
	caveats:  []caveat{{"CAV-CELL-3", "Direction lines show the bearing an antenna faces. They do not show coverage or distance.", true}},
	notes:    []string{"50 received = 50 shown + 0 outside the question + 0 repeats + 0 set aside"},
}

func TestMapIsWholeNumbersAndWellFormed(t *testing.T) {
	for _, crs := range []string{nationalGrid, wgs84} {
		var out, again bytes.Buffer
		if err := errors.Join(writeMap(&out, bathPage, bathMap(t, crs)), writeMap(&again, bathPage, bathMap(t, crs))); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(out.Bytes(), again.Bytes()) {
			t.Errorf("%s: two runs differ", crs)
		}
		if dir := os.Getenv("CUSTOS_LOOK"); dir != "" {
			os.WriteFile(dir+"/map-"+strings.ReplaceAll(crs, ":", "-")+".svg", out.Bytes(), 0o644)
		}
		d := xml.NewDecoder(&out)
		attribute := regexp.MustCompile(`^(x|y|x1|y1|x2|y2|cx|cy|r|width|height|points|viewBox|transform|font-size|stroke-width|stroke-dasharray)$`)
		elements := 0
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", crs, err)
			}
			start, ok := token.(xml.StartElement)
			if !ok {
				continue
			}
			elements++
			for _, a := range start.Attr {
				if start.Name.Local != "svg" && attribute.MatchString(a.Name.Local) && strings.Contains(a.Value, ".") {
					t.Errorf("%s: <%s %s=%q> is not in whole numbers", crs, start.Name.Local, a.Name.Local, a.Value)
				}
			}
		}
		if elements < 100 {
			t.Errorf("%s: %d elements", crs, elements)
		}
	}
}
