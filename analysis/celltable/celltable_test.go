package celltable

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"custos.example/analysis"
	"custos.example/analysis/cell"
	"custos.example/analysis/event"
	"custos.example/analysis/source"
	"custos.example/analysis/steptest"
)

func corpus(t *testing.T, name string) []byte {
	t.Helper()
	return steptest.CorpusFile(t, name)
}

func profile(t *testing.T, name string) []byte {
	t.Helper()
	b, ok := ReadProfile(name)
	if !ok {
		t.Fatalf("no profile %s", name)
	}
	return b
}

func dates() analysis.Params {
	return analysis.Params{"valid-from": "2026-01-01T00:00:00Z", "valid-until": "2026-07-01T00:00:00Z", "valid-basis": "a letter"}
}

func table(t *testing.T, list, profile []byte) ([]cell.TableRow, map[string][]byte, analysis.Balance) {
	t.Helper()
	out, o, err := steptest.Run(Table{}, map[string][]byte{"source": list, "profile": profile}, dates())
	if err != nil {
		t.Fatal(err)
	}
	rows, err := cell.ReadTable(bytes.NewReader(out["cells"]))
	if err != nil {
		t.Fatal(err)
	}
	return rows, out, o.Result.Balance
}

// TestOpenCelliD compares every row of the London list with another reading of
// it, by plain arithmetic and in floats.
func TestOpenCelliD(t *testing.T) {
	list := corpus(t, "11-opencellid-london/fixture_first_2000.csv")
	rows, _, b := table(t, list, profile(t, "opencellid"))
	all, err := csv.NewReader(bytes.NewReader(list)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if b.Received != 2000 || b.Shown != 2000 || len(rows) != 2000 {
		t.Fatal(b)
	}
	counts := map[cell.Radio]int{}
	for _, r := range rows {
		f := all[r.Row-1]
		n, _ := strconv.Atoi(f[4])
		network := fmt.Sprintf("%s-%02s", f[1], f[2])
		want := map[string]string{
			"GSM": fmt.Sprintf("cgi:%s-%s-%d", network, f[3], n), "UMTS": fmt.Sprintf("utran:%s-%d-%d", network, n/65536, n%65536), "LTE": fmt.Sprintf("ecgi:%s-%d", network, n),
		}[f[0]]
		lon, _ := strconv.ParseFloat(f[6], 64)
		lat, _ := strconv.ParseFloat(f[7], 64)
		if r.Cell != want || r.Area != f[3] || r.At.Lon != int64(math.Round(lon*1e7)) || r.At.Lat != int64(math.Round(lat*1e7)) || r.Position != cell.Estimate || r.Azimuth != cell.Unknown {
			t.Fatalf("row %d %v was read as %+v, want %s", r.Row, f, r, want)
		}
		if !bytes.HasPrefix(list[r.Offset:], []byte(f[0]+","+f[1])) {
			t.Fatalf("row %d does not begin at byte %d", r.Row, r.Offset)
		}
		counts[r.Radio]++
	}
	if counts[cell.GSM] != 258 || counts[cell.UMTS] != 328 || counts[cell.LTE] != 1414 {
		t.Error(counts)
	}
}

// TestSitefinder holds positions against those published beside the references,
// and the repeats against figures computed from the raw file by other means.
func TestSitefinder(t *testing.T) {
	list := corpus(t, "13-ofcom-sitefinder-banes/BANES_Subset_Of_Ofcom_Legacy_Mobile_Phone_Base_Station_Database.csv")
	rows, _, b := table(t, list, profile(t, "sitefinder"))
	all, err := csv.NewReader(bytes.NewReader(list)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if b.Received != 359 || b.SetAside != 0 || b.Shown+b.Repeats != 359 {
		t.Fatal(b)
	}
	sites, said := map[string]bool{}, map[string]bool{}
	for _, r := range rows {
		f := all[r.Row-1]
		sites[r.Cell] = true
		said[strings.Join([]string{f[0], f[1], f[2], f[4], f[5], f[6]}, "|")] = true
		if r.Cell != "name:"+f[0]+" "+f[1] || r.Radio != cell.Radio(strings.ToLower(f[4])) || r.Name != f[5]+" "+f[6] {
			t.Fatalf("row %d %v was read as %+v", r.Row, f, r)
		}
		var lat, lon float64
		if _, err := fmt.Sscanf(f[10], "(%f, %f)", &lat, &lon); err != nil {
			t.Fatal(err)
		}
		if d := math.Hypot((float64(r.At.Lat)/1e7-lat)*111_250, (float64(r.At.Lon)/1e7-lon)*69_500); d > 2 {
			t.Errorf("row %d lies %.1f m from where it is published", r.Row, d)
		}
	}
	if len(sites) != 174 || int(b.Shown) != len(said) {
		t.Errorf("%d sites, %s, %d different rows", len(sites), b, len(said))
	}
	t.Log(b)
}

// TestRandomTablesAgainstBruteForce makes lists with moved masts, repeats and
// dates, and compares flags and labels with a reference that looks at every pair.
func TestRandomTablesAgainstBruteForce(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	flagged, repeated, clean := 0, 0, 0
	for range 150 {
		var text strings.Builder
		text.WriteString("radio,mcc,mnc,area,cell,latitude,longitude,azimuth,site,valid_from,valid_until\n")
		type entry struct {
			cell, at, azimuth, all string
			from, until            int
		}
		var want []entry
		for range 1 + r.IntN(60) {
			from := 1 + r.IntN(5)
			e := entry{cell: strconv.Itoa(1 + r.IntN(12)), at: []string{"51.3", "51.4", "51.5"}[r.IntN(3)], azimuth: []string{"", "0", "120", "360"}[r.IntN(4)], from: from, until: from + r.IntN(3)}
			e.all = fmt.Sprintf("LTE,001,01,7,%s,%s,-2.3,%s,Mast,2026-01-%02d,2026-01-%02d", e.cell, e.at, e.azimuth, e.from, e.until)
			want = append(want, e)
			text.WriteString(e.all + "\n")
		}
		rows, out, b := table(t, []byte(text.String()), profile(t, "generic"))
		if len(rows) != len(want) || b.Received != int64(len(want)) {
			t.Fatal(b)
		}
		conflicts := map[string]bool{}
		for _, got := range rows {
			me := want[got.Row-2]
			var flags []string
			first := int64(0)
			for i, other := range want {
				if first == 0 && other.all == me.all {
					first = int64(i + 2)
				}
				if other.cell != me.cell || other.from > me.until || me.from > other.until {
					continue
				}
				if other.at != me.at && !slices.Contains(flags, cell.TwoPositions) {
					flags = append(flags, cell.TwoPositions)
					conflicts["ecgi:001-01-"+me.cell] = true
				}
				if other.at == me.at && other.azimuth != me.azimuth && other.azimuth != "" && me.azimuth != "" && !slices.Contains(flags, cell.TwoAzimuths) {
					flags = append(flags, cell.TwoAzimuths)
				}
			}
			slices.Sort(flags)
			if first == got.Row {
				first = 0
			}
			if strings.Join(flags, " ") != strings.Join(got.Flags, " ") || first != got.RepeatOf {
				t.Fatalf("row %d: flags %q repeat of %d; the reference has %q and %d, in\n%s", got.Row, got.Flags, got.RepeatOf, flags, first, text.String())
			}
			if len(flags) > 0 {
				flagged++
			} else {
				clean++
			}
			if first > 0 {
				repeated++
			}
		}
		listed, err := csv.NewReader(bytes.NewReader(out["conflicts"])).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range listed[1:] {
			if !conflicts[line[0]] {
				t.Errorf("%s is listed and has one position", line[0])
			}
		}
		for id := range conflicts {
			if !slices.ContainsFunc(listed[1:], func(l []string) bool { return l[0] == id }) {
				t.Errorf("%s has two positions and is not listed", id)
			}
		}
	}
	if flagged < 500 || repeated < 30 || clean < 100 {
		t.Errorf("%d flagged, %d repeats, %d clean: the lists prove little", flagged, repeated, clean)
	}
}

// TestEveryKeyOfAProfileMatters deletes or changes each line of a profile and
// wants a refusal or another result.
func TestEveryKeyOfAProfileMatters(t *testing.T) {
	dir := filepath.Join("..", "registry", "testdata", "golden", "cell-table@1")
	inert := []string{"title:", "notes:", "name:", "The ", "tracking ", "2012", "Sitefinder lists", "version:"}
	changed := 0
	for _, name := range []string{"generic", "opencellid", "sitefinder", "grid-hex"} {
		text, err := os.ReadFile(filepath.Join(dir, name, "in.profile.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		list, err := os.ReadFile(filepath.Join(dir, name, "in.source.csv"))
		if err != nil {
			t.Fatal(err)
		}
		_, want, _ := table(t, list, text)
		lines := strings.Split(strings.TrimSpace(string(text)), "\n")
		for i, line := range lines {
			if slices.ContainsFunc(inert, func(w string) bool { return strings.HasPrefix(strings.TrimSpace(line), w) }) {
				continue
			}
			less := strings.Join(slices.Delete(slices.Clone(lines), i, i+1), "\n")
			out, _, err := steptest.Run(Table{}, map[string][]byte{"source": list, "profile": []byte(less)}, dates())
			if err == nil && bytes.Equal(out["cells"], want["cells"]) && bytes.Equal(out["set-aside"], want["set-aside"]) {
				t.Errorf("%s: without the line %q nothing changes", name, line)
			}
			changed++
		}
	}
	if changed < 40 {
		t.Errorf("only %d lines were deleted", changed)
	}
}

// TestTheExampleOnThePage reads a list under the profile that PROFILES.md shows,
// and wants each key of a profile to be on that page.
func TestTheExampleOnThePage(t *testing.T) {
	page, err := os.ReadFile("PROFILES.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(page), "```yaml\n")
	text, _, found := strings.Cut(text, "```")
	if !found {
		t.Fatal("the page shows no profile")
	}
	list := "network;enb_cell;rnc_ci;gen;east;north;bearing;site;first;last\nx;7C916-78;;4G;374560;164800;120;Hill;2026-02-01;2026-02-28\nx;4-9;;5G;374560;164800;;Hill;;\nx;;AA/3C5A;3G;374560;164800;OMNI;Hill;;\n"
	rows, _, b := table(t, []byte(list), []byte(text))
	if b.Shown != 3 || rows[0].Cell != "ecgi:001-01-130619000" || rows[0].Azimuth != 120 || rows[1].Cell != "ncgi:001-01-16393" || rows[2].Cell != "utran:001-01-170-15450" {
		t.Errorf("%s: %+v", b, rows)
	}
	for _, key := range []string{"separator", "header", "mcc", "mnc", "mnc-digits", "`is", "column", "area", "`radio`", "columns", "join", "pattern", "numbers", "gnb-bits", "crs", "`x`", "`y`", "form", "grid", "azimuth", "label", "from", "until"} {
		if !strings.Contains(string(page), key) {
			t.Errorf("the page does not explain %s", key)
		}
	}
}

// TestCarriedProfiles: each is found by its own name and compiles.
func TestCarriedProfiles(t *testing.T) {
	names := ProfileNames()
	if !slices.Equal(names, []string{"generic", "opencellid", "opencellid-net", "sitefinder"}) {
		t.Error(names)
	}
	for _, name := range names {
		m, err := compile(profile(t, name))
		if err != nil || m.profile.Name != name {
			t.Errorf("%s: %v", name, err)
		}
	}
	for file, want := range map[string]string{
		"11-opencellid-london/fixture_first_2000.csv":                                                   "opencellid",
		"13-ofcom-sitefinder-banes/BANES_Subset_Of_Ofcom_Legacy_Mobile_Phone_Base_Station_Database.csv": "sitefinder",
	} {
		if name, err := Detect(bytes.NewReader(corpus(t, file))); err != nil || name != want {
			t.Errorf("%s was taken for %q, %v", file, name, err)
		}
	}
	if name, err := Detect(strings.NewReader("radio,mcc\n")); !errors.Is(err, analysis.ErrNotThisFormat) {
		t.Errorf("%q, %v", name, err)
	}
	if _, ok := ReadProfile("../profile"); ok {
		t.Error("a file that is no profile was read")
	}
}

// TestARoundedNameIsNoCell: what a spreadsheet made of several names stands for
// none of them; a name that only looks like such a number is kept.
func TestARoundedNameIsNoCell(t *testing.T) {
	text := strings.Replace(string(profile(t, "generic")), "columns: [cell], pattern: eci", "columns: [area, cell], join: \"/\", pattern: name", 1)
	list := "radio,mcc,mnc,area,cell,latitude,longitude,azimuth,site,valid_from,valid_until\n"
	for _, name := range []string{"12E45", "1.2E+46", "E+46", "1E+05"} {
		list += "LTE,001,01,7," + name + ",51.3,-2.3,0,Mast,,\n"
	}
	rows, out, b := table(t, []byte(list), []byte(text))
	if len(rows) != 2 || rows[0].Cell != "name:7/12E45" || rows[1].Cell != "name:7/E+46" || b.SetAside != 2 {
		t.Errorf("%v, %s", rows, b)
	}
	for _, want := range []string{"\n3,", "\n5,"} {
		if !strings.Contains(string(out["set-aside"]), want) || strings.Count(string(out["set-aside"]), ",BAD_CELL,cell\n") != 2 {
			t.Errorf("%s", out["set-aside"])
		}
	}
}

// TestRefusals: profiles, parameters and headers that are nearly right.
func TestRefusals(t *testing.T) {
	good := string(profile(t, "generic"))
	for _, c := range [][2]string{
		{"v1", "v2"},
		{"mnc-digits: 2", "mnc-digits: 4"},
		{", mnc-digits: 2", ""},
		{"pattern: eci", "pattern: ecI"},
		{"pattern: eci", "pattern: ci"},
		{"columns: [cell], pattern: eci", "columns: [], pattern: eci"},
		{"columns: [cell], pattern: eci", "columns: [celll], pattern: eci"},
		{"columns: [cell], pattern: eci", "columns: [cell, area], pattern: eci"},
		{"radio: [LTE]", "radio: [NR]"},
		{"radio: [LTE]", "radio: [CDMA]"},
		{"EPSG:4326", "EPSG:3857"},
		{"form: decimal", "form: degrees"},
		{"is: site", "is: mast"},
		{"x: longitude, ", ""},
		{"x: longitude", "x: longitude, grid: site"},
		{"form: day", "form: date"},
		{"separator: \",\"", "separator: \",,\""},
		{"area: area", "area: areas"},
		{"\nradio: {column: radio}", "\nradio: {column: radio, is: LTE}"},
		{"\nradio: {column: radio}", ""},
		{"label: [site]", "label: [\"\"]"},
		{"title:", "tittle:"},
		{"version: 1", "version: 0"},
	} {
		text := strings.Replace(good, c[0], c[1], 1)
		if text == good {
			t.Fatalf("%q is not in the profile", c[0])
		}
		if _, err := compile([]byte(text)); !errors.Is(err, source.ErrProfile) {
			t.Errorf("with %q: %v", c[1], err)
		}
	}
	if _, err := compile([]byte(good)); err != nil {
		t.Errorf("control: %v", err)
	}
	list := []byte("radio,mcc,mnc,area,cell,latitude,longitude,azimuth,site,valid_from,valid_until\n")
	for name, change := range map[string]func(analysis.Params){
		"backwards": func(p analysis.Params) { p["valid-until"] = p["valid-from"] }, "a day": func(p analysis.Params) { p["valid-from"] = "2026-01-01" },
		"two lines": func(p analysis.Params) { p["valid-basis"] = "a\nb" }, "north": func(p analysis.Params) { p["azimuth-north"] = "magnetic" }, "none": func(p analysis.Params) { delete(p, "valid-basis") },
	} {
		p := dates()
		change(p)
		if _, _, err := steptest.Run(Table{}, map[string][]byte{"source": list, "profile": []byte(good)}, p); !errors.Is(err, analysis.ErrParameter) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, head := range []string{"", "radio,mcc\n", "radio;mcc;mnc;area;cell;latitude;longitude;azimuth;site;valid_from;valid_until\n", strings.Replace(string(list), "latitude,longitude", "longitude,latitude", 1), strings.TrimSpace(string(list)) + ",more\n", "\"\n"} {
		if _, _, err := steptest.Run(Table{}, map[string][]byte{"source": []byte(head), "profile": []byte(good)}, dates()); !errors.Is(err, analysis.ErrNotThisFormat) {
			t.Errorf("header %q: %v", head, err)
		}
	}
}

func FuzzTable(f *testing.F) {
	carried := []string{"generic", "opencellid", "opencellid-net", "sitefinder"}
	for i, name := range carried {
		p, _ := ReadProfile(name)
		f.Add(byte(i), []byte("LTE,001,01,7,1,51.3,-2.3,0,Mast,,\nGSM,001,01,7,1,51.3,-2.3,360,\"Ma\"\"st\",2026-01-01,\n"), p)
	}
	f.Fuzz(func(t *testing.T, which byte, rows, profile []byte) {
		m, err := compile(profile)
		if err != nil { // then one that makes sense
			profile, _ = ReadProfile(carried[int(which)%len(carried)])
			if m, err = compile(profile); err != nil {
				t.Fatal(err)
			}
		}
		head := []byte(strings.Join(m.profile.File.Header, string(m.separator)) + "\n")
		out, o, err := steptest.Run(Table{}, map[string][]byte{"source": append(head, rows...), "profile": profile}, dates())
		if err != nil {
			return
		}
		got, err := cell.ReadTable(bytes.NewReader(out["cells"]))
		if err != nil || int64(len(got)) != o.Result.Balance.Shown+o.Result.Balance.Repeats {
			t.Fatalf("%v: %s\n%s", err, o.Result.Balance, out["cells"])
		}
		again := event.AppendRecord(nil, cell.TableColumns()...)
		for i := range got {
			again = cell.AppendTableRow(again, &got[i])
		}
		if !bytes.Equal(again, out["cells"]) {
			t.Fatalf("the table was read and written as\n%s\nnot\n%s", again, out["cells"])
		}
	})
}

// TestNoPositionInMetres: easting 0, northing 0 is how a list says that it does not know,
// however many noughts it writes.
func TestNoPositionInMetres(t *testing.T) {
	profile := []byte(`profile: custos/cell-table/v1
name: metres
version: 1
title: A made-up list with eastings and northings
file:
  separator: ";"
  header: [cell, gen, east, north]
network: {is: 001-01}
radio: {column: gen}
cells:
  - {radio: [4G], columns: [cell], pattern: enb-cell}
position: {crs: "EPSG:27700", x: east, y: north, is: site}
`)
	_, out, balance := table(t, []byte("cell;gen;east;north\n1-1;4G;374912;164703\n1-2;4G;0;0\n1-3;4G;0.000;00\n"), profile)
	if balance.Shown != 1 || balance.SetAside != 2 || strings.Count(string(out["set-aside"]), "BAD_POSITION") != 2 {
		t.Errorf("%+v\n%s", balance, out["set-aside"])
	}
}
