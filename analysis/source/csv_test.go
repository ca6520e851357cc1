package source_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"

	"custos.example/analysis"
	"custos.example/analysis/event"
	"custos.example/analysis/source"
	"custos.example/analysis/steptest"
)

// corpus returns the path of a file of the shared data sets.
func corpus(t *testing.T, name string) []byte {
	t.Helper()
	return steptest.CorpusFile(t, name)
}

type imported struct {
	events, aside, report string
	outcome               analysis.Outcome
}

func profile(t testing.TB, name string) []byte {
	t.Helper()
	b, ok := source.ReadProfile(name)
	if !ok {
		t.Fatalf("no profile %q", name)
	}
	return b
}

func tryImport(file, profile []byte, decisions ...source.Decision) (imported, error) {
	return importWith(file, profile, nil, decisions...)
}

// importWith imports a file with a site table beside it, when there is one; and once more
// in an environment that finds what a line holds, which makes no difference.
func importWith(file, profile, sites []byte, decisions ...source.Decision) (imported, error) {
	im, err := importIn(analysis.NewMemoryEnv(1<<30), file, profile, sites, decisions...)
	again, err2 := importIn(finding{analysis.NewMemoryEnv(1 << 30)}, file, profile, sites, decisions...)
	one, two := fmt.Sprint(im.events, im.aside, im.report, err), fmt.Sprint(again.events, again.aside, again.report, err2)
	if one != two {
		return im, fmt.Errorf("found at once, the file is read otherwise:\n%s\n%s", one, two)
	}
	return im, err
}

// finding is an environment that finds what a line holds, 64 bytes at once.
type finding struct{ *analysis.MemoryEnv }

func (finding) Find() analysis.Find { return source.Found }

// blind is one that finds no quotation marks.
type blind struct{ *analysis.MemoryEnv }

func (blind) Find() analysis.Find {
	return func(text *[64]byte, separator byte) (separators, quotes, odd uint64) {
		separators, _, odd = source.Found(text, separator)
		return separators, 0, odd
	}
}

// TestWhatIsFoundCounts is the control of importWith: what is found wrongly is noticed.
func TestWhatIsFoundCounts(t *testing.T) {
	file := []byte(head + cells(t, map[string]string{"First Cell Address": "\"1 Made Up Street, Bath\""}))
	seeing, err := importIn(finding{analysis.NewMemoryEnv(1 << 30)}, file, profile(t, "uk-17"), nil)
	if err != nil {
		t.Fatal(err)
	}
	unseeing, err := importIn(blind{analysis.NewMemoryEnv(1 << 30)}, file, profile(t, "uk-17"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if seeing.events == unseeing.events || !strings.Contains(seeing.events, "Made Up Street") {
		t.Errorf("without quotation marks the events are the same:\n%s", unseeing.events)
	}
}

func importIn(env analysis.Env, file, profile, sites []byte, decisions ...source.Decision) (imported, error) {
	ds, err := source.MarshalDecisions(decisions)
	if err != nil {
		return imported{}, err
	}
	var events, aside, report bytes.Buffer
	in := map[string]analysis.Input{"source": bytes.NewReader(file), "profile": bytes.NewReader(profile), "decisions": bytes.NewReader(ds)}
	if sites != nil {
		in["sites"] = bytes.NewReader(sites)
	}
	o, err := analysis.Runner{Env: env}.Run(context.Background(), source.CSV{}, in,
		nil, map[string]io.Writer{"events": &events, "set-aside": &aside, "report": &report})
	return imported{events.String(), aside.String(), report.String(), o}, err
}

func mustImport(t testing.TB, file, profile []byte, decisions ...source.Decision) imported {
	t.Helper()
	im, err := tryImport(file, profile, decisions...)
	if err != nil {
		t.Fatal(err)
	}
	return im
}

var (
	whoEgo  = source.Decision{Kind: source.AssertSubject, Value: "id:ego", Who: "A. N. Analyst", Why: "the file is named ego.csv by its supplier"}
	zoneEgo = source.Decision{Kind: source.AssertZone, Value: "UTC", Who: "A. N. Analyst", Why: "the supplier's letter"}
)

// expected reads the figures that were computed from the raw files elsewhere.
func expected(t *testing.T, name string, into any) {
	t.Helper()
	if err := json.Unmarshal(corpus(t, name), into); err != nil {
		t.Fatal(err)
	}
}

func TestEgoFile(t *testing.T) {
	var want map[string]struct {
		Rows      int64            `json:"rows"`
		InterXDir map[string]int64 `json:"inter_x_dir"`
		First     string           `json:"first"`
		Last      string           `json:"last"`
		Seconds   int64            `json:"call_seconds"`
		Antennas  [][2]any         `json:"top5_antennas"`
	}
	expected(t, "06-bandicoot/expected.json", &want)
	ego := want["06a-ego"]
	im := mustImport(t, corpus(t, "06-bandicoot/demo/data/ego.csv"), profile(t, "bandicoot"), whoEgo, zoneEgo)
	if b := im.outcome.Result.Balance; b.Received != ego.Rows || b.Shown != ego.Rows {
		t.Errorf("balance %s, want all of %d shown", b, ego.Rows)
	}
	kinds := map[string]string{"text|in": "sms|terminating", "text|out": "sms|originating", "call|in": "voice|terminating", "call|out": "voice|originating"}
	got, antennas, seconds := map[string]int64{}, map[string]int64{}, int64(0)
	first, last := "", ""
	for _, r := range rows(t, im.events) {
		got[r["type"]+"|"+r["leg"]]++
		antennas[r["start_cell"]]++
		if r["duration_s"] != "" {
			n, err := strconv.ParseInt(r["duration_s"], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			seconds += n
		}
		if first == "" {
			first = r["start_utc"]
		}
		last = r["start_utc"]
	}
	for in, out := range kinds {
		if got[out] != ego.InterXDir[in] {
			t.Errorf("%s: %d, want %d", in, got[out], ego.InterXDir[in])
		}
	}
	if seconds != ego.Seconds || antennas["name:1"] != 148 || antennas["name:3"] != 82 {
		t.Errorf("%d seconds, antennas %v", seconds, antennas)
	}
	form := func(s string) string { return strings.Replace(s, " ", "T", 1) + "Z" }
	if first != form(ego.First) || last != form(ego.Last) {
		t.Errorf("first %s, last %s; want %s, %s", first, last, form(ego.First), form(ego.Last))
	}
}

func TestFiveBadRows(t *testing.T) {
	im := mustImport(t, corpus(t, "06-bandicoot/bandicoot/tests/samples/user_ignored.csv"), profile(t, "bandicoot"), whoEgo, zoneEgo)
	want := "row,offset,reason,column\n" +
		"2,73,MISSING_OTHER_PARTY,correspondent_id\n" +
		"3,111,UNKNOWN_EVENT_CODE,direction\n" +
		"4,165,UNKNOWN_EVENT_CODE,interaction\n" +
		"5,231,UNKNOWN_EVENT_CODE,interaction\n" +
		"6,285,MISSING_DURATION,call_duration\n"
	if im.aside != want {
		t.Errorf("set aside:\n%s\nwant:\n%s", im.aside, want)
	}
	if b := im.outcome.Result.Balance; b.Received != 5 || b.SetAside != 5 || b.Shown != 0 {
		t.Error(b)
	}
}

// roundedA is an identifier of the file of rounded numbers, asserted by a person.
var roundedA = source.Decision{Kind: source.AssertSubject, Value: "id:target", Who: "A. N. Analyst", Why: "the request named one subscriber; column A is rounded in every row"}

func TestRoundedNumbers(t *testing.T) {
	file, pk := corpus(t, "08-pk-excel-mangled/CDR.csv"), profile(t, "pk-08")
	as := mustImport(t, file, pk).outcome.Result.Balance
	if as.Received != 3620 || as.SetAside != 3620 || len(as.SetAsideBy) != 1 || as.SetAsideBy[0].Rule != event.RoundedNumber {
		t.Errorf("as received: %s by %v; want every row set aside as rounded", as, as.SetAsideBy)
	}

	im := mustImport(t, file, pk, roundedA)
	b := im.outcome.Result.Balance
	if b.SetAside != 3035 || b.Shown+b.Repeats != 585 {
		t.Errorf("with the subject asserted: %s; want 3,035 set aside and 585 left", b)
	}
	kinds, handsets := map[string]int{}, 0
	for _, r := range rows(t, im.events) {
		switch b := r["b_number"]; {
		case r["apn"] == "internet" && b == "":
			kinds["internet"]++
		case strings.HasPrefix(b, "+"):
			kinds["whole"]++
		case strings.HasPrefix(b, "short:"):
			kinds["short"]++
		default:
			t.Errorf("row %s has %q", r["row"], b)
		}
		for _, field := range []string{"a_number", "b_number", "imei", "imsi"} {
			if strings.HasSuffix(r[field], "000000") {
				t.Errorf("row %s: %s is the rounded value %s", r["row"], field, r[field])
			}
		}
		if strings.Contains(r["flags"], event.IMEIRounded) && r["imei"] == "" {
			handsets++
		}
	}
	if kinds["internet"] != 573 || kinds["whole"] != 3 || kinds["short"] != 9 {
		t.Errorf("left are %v; want 573 internet, 3 whole numbers, 9 short codes", kinds)
	}
	if handsets != 585 {
		t.Errorf("%d rows have their rounded IMEI left out and flagged, want 585", handsets)
	}
	var report struct {
		First    string `json:"first"`
		DayOrder struct {
			DayOver12 int `json:"dayOver12"`
		} `json:"dayOrder"`
	}
	if err := json.Unmarshal([]byte(im.report), &report); err != nil {
		t.Fatal(err)
	}
	if report.First != "2022-04-30T19:50:00Z" || report.DayOrder.DayOver12 == 0 { // 01/05/2022 0:50 in Karachi
		t.Errorf("first %s: the day comes first in this file", report.First)
	}
}

// rows reads an events file with the standard library's reader.
func rows(t testing.TB, text string) []map[string]string {
	t.Helper()
	all, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var list []map[string]string
	for _, line := range all[1:] {
		row := map[string]string{}
		for i, name := range all[0] {
			row[name] = line[i]
		}
		list = append(list, row)
	}
	return list
}
