package source_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"custos.example/analysis/source"
)

var whoEver = source.Decision{Kind: source.AssertSubject, Value: "id:subject", Who: "A. N. Analyst", Why: "the file is named for its subject"}

// TestEveryFileOfTheDataSets reads every call-data file of the shared data sets
// by its profile, and wants every line of it accounted for.
func TestEveryFileOfTheDataSets(t *testing.T) {
	const samples = "06-bandicoot/bandicoot/tests/samples/"
	for _, c := range []struct {
		file, profile       string
		received, set, same int64 // rows, of which set aside, of which repeats
		decisions           []source.Decision
	}{
		{"04-swisscom/vorratsdaten.csv", "swisscom-9", 24, 0, 0, nil},
		{"06-bandicoot/demo/data/ego.csv", "bandicoot", 314, 0, 0, []source.Decision{whoEver, zoneEgo}},
		{"06-bandicoot/demo/data/A.csv", "bandicoot", 42, 0, 0, []source.Decision{whoEver, zoneEgo}},
		{samples + "u_test.csv", "orange-latlon", 500, 0, 0, []source.Decision{zoneEgo}},
		{samples + "u_test2.csv", "bandicoot-position", 500, 0, 0, []source.Decision{whoEver, zoneEgo}},
		{samples + "u_test_antennas.csv", "bandicoot", 500, 0, 0, []source.Decision{whoEver, zoneEgo}},
		{samples + "user_ignored.csv", "bandicoot", 5, 5, 0, []source.Decision{whoEver, zoneEgo}},
		{samples + "manual/A.csv", "bandicoot", 7, 0, 0, []source.Decision{whoEver, zoneEgo}},
		{samples + "manual/A_orange.csv", "orange-lonlat", 7, 0, 0, []source.Decision{zoneEgo}},
		{samples + "manual/B.csv", "bandicoot", 7, 0, 0, []source.Decision{whoEver, zoneEgo}},
		{samples + "manual/B_orange.csv", "orange-lonlat", 7, 0, 0, []source.Decision{zoneEgo}},
		{samples + "network/A.csv", "bandicoot", 6, 0, 0, []source.Decision{whoEver, zoneEgo}},
		{samples + "network/B.csv", "bandicoot", 7, 0, 0, []source.Decision{whoEver, zoneEgo}},
		{samples + "network/F.csv", "bandicoot", 5, 0, 0, []source.Decision{whoEver, zoneEgo}},
		{samples + "network/H.csv", "bandicoot", 5, 0, 0, []source.Decision{whoEver, zoneEgo}},
		{samples + "network/ego.csv", "bandicoot", 16, 0, 1, []source.Decision{whoEver, zoneEgo}},
		{samples + "special/X.csv", "bandicoot", 11, 0, 0, []source.Decision{whoEver, zoneEgo}},
		{samples + "special/Y.csv", "bandicoot", 8, 0, 0, []source.Decision{whoEver, zoneEgo}},
		{"08-pk-excel-mangled/CDR.csv", "pk-08", 3620, 3620, 0, nil},
		{"09-udacity/calls.csv", "exercise-4", 5213, 0, 0, []source.Decision{zoneEgo}},
		{"09-udacity/texts.csv", "exercise-3", 9072, 0, 1, []source.Decision{zoneEgo}},
		{"16-spatialdatacommons/cdr_sample.csv", "sdc-9", 17, 0, 0, []source.Decision{zoneEgo}},
	} {
		t.Run(c.file, func(t *testing.T) {
			file := corpus(t, c.file)
			im := mustImport(t, file, profile(t, c.profile), c.decisions...)
			b := im.outcome.Result.Balance
			if b.Received != c.received || b.SetAside != c.set || b.Repeats != c.same {
				t.Errorf("%s; want %d received, %d set aside, %d repeats", b, c.received, c.set, c.same)
			}
			accounted(t, file, im)
			found, err := source.Detect(bytes.NewReader(file))
			if len(found) == 0 || err != nil && !strings.HasPrefix(c.profile, "orange") {
				t.Fatalf("detected %v, %v", found, err)
			}
			if found[0].Profile != c.profile && found[len(found)-1].Profile != c.profile {
				t.Errorf("detected %v", found)
			}
		})
	}
}

// accounted wants every line of a file to be a record or one of the lines that
// the report counts.
func accounted(t *testing.T, file []byte, im imported) {
	t.Helper()
	var r struct {
		Lines struct {
			Rows, Preamble, Headers, Blank, Sites int64
			Rules                                 []struct{ Rows int64 }
		}
	}
	if err := json.Unmarshal([]byte(im.report), &r); err != nil {
		t.Fatal(err)
	}
	l := r.Lines
	sum := l.Preamble + l.Headers + l.Blank + l.Sites + im.outcome.Result.Balance.Received
	for _, rule := range l.Rules {
		sum += rule.Rows
	}
	lines := int64(bytes.Count(file, []byte{'\n'}))
	if !bytes.HasSuffix(file, []byte{'\n'}) {
		lines++
	}
	if l.Rows != lines || sum != lines {
		t.Errorf("the file has %d lines; the report has %+v, with records %d", lines, l, sum)
	}
}

// counts returns how often each value of some columns stands in the events.
func counts(t *testing.T, im imported, columns ...string) map[string]int {
	t.Helper()
	n := map[string]int{}
	for _, r := range rows(t, im.events) {
		var key []string
		for _, c := range columns {
			key = append(key, r[c])
		}
		n[strings.Join(key, "|")]++
	}
	return n
}

func TestSwissAnswer(t *testing.T) {
	var want struct {
		Rows      int64
		Numbers   map[string]int
		First     string `json:"first_local"`
		Last      string `json:"last_local"`
		Addresses map[string]int
		IMEI      map[string]int `json:"imei"`
	}
	expected(t, "04-swisscom/expected.json", &want)
	im := mustImport(t, corpus(t, "04-swisscom/vorratsdaten.csv"), profile(t, "swisscom-9"))
	if b := im.outcome.Result.Balance; b.Received != want.Rows || b.Shown != want.Rows {
		t.Error(b)
	}
	same(t, counts(t, im, "subject"), want.Numbers)
	same(t, counts(t, im, "start_place"), want.Addresses)
	same(t, counts(t, im, "imei"), want.IMEI)
	list := rows(t, im.events)
	// Summer time began three days before; the location history agrees in UTC.
	if first := list[0]["start_utc"]; want.First != "2018-03-28T18:37:55" || first != "2018-03-28T16:37:55Z" {
		t.Errorf("first %s, local %s", first, want.First)
	}
	if last := list[len(list)-1]["start_utc"]; want.Last != "2018-03-28T18:55:55" || last != "2018-03-28T16:55:55Z" {
		t.Errorf("last %s, local %s", last, want.Last)
	}
}

// TestTheSwissCopyInJSONIsEncodedTwice writes the records of the requester's
// JSON copy as a table: as UTF-8 its rows are set aside, and where the profile or
// a decision declares it, they are the rows of the original.
func TestTheSwissCopyInJSONIsEncodedTwice(t *testing.T) {
	var copied struct {
		Dat []map[string]any `json:"dat"`
	}
	if err := json.Unmarshal(corpus(t, "04-swisscom/vorratsdaten.json"), &copied); err != nil {
		t.Fatal(err)
	}
	original, err := csv.NewReader(strings.NewReader(strings.ReplaceAll(string(corpus(t, "04-swisscom/vorratsdaten.csv")), ";", ","))).ReadAll()
	if err != nil || len(original) != len(copied.Dat) {
		t.Fatalf("%d and %d records, %v", len(original), len(copied.Dat), err)
	}
	var file strings.Builder
	for i, r := range copied.Dat {
		if fmt.Sprint(r["datetime"]) != original[i][3] {
			t.Fatalf("record %d is another", i)
		}
		fmt.Fprintf(&file, "%s;%s;%s;%s;%s;%s;%s;;\n", original[i][0], original[i][1], original[i][2], r["datetime"], original[i][4], original[i][5], r["address"])
	}
	prof := profile(t, "swisscom-9")
	refused := mustImport(t, []byte(file.String()), prof)
	if b := refused.outcome.Result.Balance; b.SetAside != 24 || !strings.Contains(refused.aside, "ENCODED_TWICE,address") {
		t.Errorf("%s\n%s", b, refused.aside)
	}
	twice := source.Decision{Kind: source.AssertEncoding, Value: "utf-8-twice", Who: "A. N. Analyst", Why: "ü stands as two letters in every address"}
	read := mustImport(t, []byte(file.String()), prof, twice)
	same(t, counts(t, read, "start_utc", "imei", "start_place"), counts(t, mustImport(t, corpus(t, "04-swisscom/vorratsdaten.csv"), prof), "start_utc", "imei", "start_place"))
}

func same(t *testing.T, got, want map[string]int) {
	t.Helper()
	if len(want) == 0 || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestRowsWithPositions(t *testing.T) {
	var want map[string]struct {
		Rows      int64
		InterXDir map[string]int `json:"inter_x_dir"`
		Contacts  [][2]any
	}
	expected(t, "06-bandicoot/expected.json", &want)
	w := want["06b-u_test2"]
	im := mustImport(t, corpus(t, "06-bandicoot/bandicoot/tests/samples/u_test2.csv"), profile(t, "bandicoot-position"), whoEver, zoneEgo)
	same(t, counts(t, im, "type", "leg"), map[string]int{
		"voice|terminating": w.InterXDir["call|in"], "voice|originating": w.InterXDir["call|out"],
		"sms|terminating": w.InterXDir["text|in"], "sms|originating": w.InterXDir["text|out"],
	})
	others := map[string]int{}
	for _, r := range rows(t, im.events) {
		if r["crs"] != "EPSG:4326" || !strings.HasPrefix(r["start_y"], "4") || !strings.HasPrefix(r["start_x"], "-7") {
			t.Fatalf("row %s stands at %s %s", r["row"], r["start_x"], r["start_y"])
		}
		if r["leg"] == "terminating" {
			others[r["a_number"]]++
		} else {
			others[r["b_number"]]++
		}
	}
	for _, c := range w.Contacts {
		if got := others["id:"+c[0].(string)]; float64(got) != c[1].(float64) {
			t.Errorf("%v: %d", c, got)
		}
	}
}

// TestAntennasInASecondFile reads the same file with and without the table of
// antennas beside it.
func TestAntennasInASecondFile(t *testing.T) {
	file, prof := corpus(t, "06-bandicoot/demo/data/ego.csv"), profile(t, "bandicoot")
	antennas := corpus(t, "06-bandicoot/demo/data/antennas.csv")
	without := mustImport(t, file, prof, whoEver, zoneEgo)
	with, err := importWith(file, prof, antennas, whoEver, zoneEgo)
	if err != nil {
		t.Fatal(err)
	}
	if n := counts(t, without, "start_x"); n[""] != 314 {
		t.Errorf("without a table: %v", n)
	}
	list := rows(t, with.events)
	if len(list) != 314 {
		t.Fatal(len(list))
	}
	for _, r := range list {
		if r["start_cell"] == "name:1" && (r["start_x"] != "-710836110" || r["start_y"] != "423669440") || r["start_x"] == "" || r["flags"] != "" {
			t.Fatalf("row %s: cell %s at %s %s %s", r["row"], r["start_cell"], r["start_x"], r["start_y"], r["flags"])
		}
	}
	// A cell with two positions is reported, and neither is taken.
	twice := append(slices.Clone(antennas), "1,42.0,-71.0\n3,oops,x\n"...)
	both, err := importWith(file, prof, twice, whoEver, zoneEgo)
	if err != nil {
		t.Fatal(err)
	}
	if n := counts(t, both, "start_cell", "start_x", "flags"); n["name:1||SITE_CONFLICT"] != 148 {
		t.Errorf("two positions: %v", n)
	}
	if !strings.Contains(both.report, `"conflicts":["1"]`) || !strings.Contains(both.report, `"faults":[{"reason":"POSITION_SHAPE","row":30}]`) {
		t.Errorf("the report does not name the cell: %s", both.report)
	}
	some := []byte("antenna_id,latitude,longitude\n2,42.0,-71.0\n")
	few, err := importWith(file, prof, some, whoEver, zoneEgo)
	if err != nil {
		t.Fatal(err)
	}
	if n := counts(t, few, "start_cell", "flags"); n["name:1|SITE_NOT_FOUND"] != 148 || n["name:2|"] == 0 {
		t.Errorf("one antenna: %v", n)
	}
}

func TestExerciseCallsAndTexts(t *testing.T) {
	var want map[string]struct {
		Rows     int64
		Distinct int      `json:"distinct_numbers"`
		Top      [][2]any `json:"top5_by_appearance"`
		First    string
		Last     string
		Seconds  int `json:"total_duration"`
	}
	expected(t, "09-udacity/expected.json", &want)
	all := map[string]bool{}
	for set, name := range map[string]string{"09a": "calls", "09b": "texts"} {
		w := want[set]
		im := mustImport(t, corpus(t, "09-udacity/"+name+".csv"), profile(t, map[string]string{"calls": "exercise-4", "texts": "exercise-3"}[name]), zoneEgo)
		numbers, seconds := map[string]int{}, 0
		list := rows(t, im.events)
		for _, r := range list {
			for _, c := range []string{"a_number", "b_number"} {
				if !strings.HasPrefix(r[c], "+91") {
					t.Fatalf("%s row %s: %s", name, r["row"], r[c])
				}
				numbers[r[c]]++
				all[r[c]] = true
			}
			var n int
			if _, err := fmt.Sscan(r["duration_s"], &n); err == nil {
				seconds += n
			}
		}
		if len(list) != int(w.Rows) || len(numbers) != w.Distinct || seconds != w.Seconds {
			t.Errorf("%s: %d rows, %d numbers, %d seconds; want %+v", name, len(list), len(numbers), seconds, w)
		}
		if list[0]["start_utc"] != w.First+"Z" || list[len(list)-1]["start_utc"] != w.Last+"Z" {
			t.Errorf("%s: from %s to %s", name, list[0]["start_utc"], list[len(list)-1]["start_utc"])
		}
		for _, c := range w.Top {
			digits := strings.TrimPrefix(strings.Map(func(r rune) rune {
				if r >= '0' && r <= '9' {
					return r
				}
				return -1
			}, c[0].(string)), "0")
			if got := numbers["+91"+digits]; float64(got) != c[1].(float64) {
				t.Errorf("%s: %v: %d", name, c, got)
			}
		}
	}
	if n := len(all); n != 570 { // the key 09-both of the figures
		t.Errorf("%d numbers in both files", len(all))
	}
}

func TestSampleOfNineColumns(t *testing.T) {
	var want map[string]struct {
		Rows  int64
		BOM   bool
		Subs  map[string]int
		Types map[string]int
	}
	expected(t, "16-spatialdatacommons/expected.json", &want)
	w := want["cdr"]
	im := mustImport(t, corpus(t, "16-spatialdatacommons/cdr_sample.csv"), profile(t, "sdc-9"), zoneEgo)
	subs := map[string]int{}
	for id, n := range w.Subs {
		subs["id:"+id] = n
	}
	same(t, counts(t, im, "subject"), subs)
	same(t, counts(t, im, "type"), map[string]int{"voice": w.Types["VOICE"], "data": w.Types["DATA"], "sms": w.Types["SMS"]})
	if !w.BOM || !strings.Contains(im.report, `"bom":true`) {
		t.Error("the byte order mark is not reported")
	}
}
