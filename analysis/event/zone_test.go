package event_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"custos.example/analysis/event"
)

// zones returns the names of all zones in the embedded data.
func zones(t *testing.T) []string {
	t.Helper()
	b, err := os.ReadFile("zoneinfo.zip")
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range z.File {
		if !strings.HasSuffix(f.Name, "/") {
			names = append(names, f.Name)
		}
	}
	if len(names) < 500 {
		t.Fatalf("only %d zones", len(names))
	}
	return names
}

// TestClocksAgreeWithTheStandardLibrary compares every zone at random instants,
// and looks up each local time that it finds.
func TestClocksAgreeWithTheStandardLibrary(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6)) //nolint:gosec // repeatable cases
	first := time.Date(event.FirstYear, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	last := time.Date(event.LastYear, 12, 31, 0, 0, 0, 0, time.UTC).Unix()
	for _, name := range zones(t) {
		loc, err := event.Location(name)
		if err != nil {
			t.Fatal(err)
		}
		c := event.NewClock(loc)
		for range 300 {
			at := first + r.Int64N(last-first)
			if r.IntN(2) == 0 { // most of the work is in these years
				at = 1_000_000_000 + r.Int64N(1_500_000_000)
			}
			abbr, offset := time.Unix(at, 0).In(loc).Zone()
			gotOffset, gotAbbr := c.At(at)
			if gotOffset != offset || gotAbbr != abbr {
				t.Fatalf("%s at %d: %d %s, want %d %s", name, at, gotOffset, gotAbbr, offset, abbr)
			}
			one, two, n := c.Instants(at + int64(offset))
			if n == 0 || one != at && (n != 2 || two != at) {
				t.Fatalf("%s: local time of %d gives %d, %d (%d)", name, at, one, two, n)
			}
		}
	}
}

func TestTheHoursThatAreTwiceOrNever(t *testing.T) {
	loc, err := event.Location("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	c := event.NewClock(loc)
	local := func(y, m, d, h, min int) int64 {
		s, ok := event.LocalSeconds(y, m, d, h, min, 0)
		if !ok {
			t.Fatal("no such time")
		}
		return s
	}
	for _, k := range []struct {
		at    int64
		count int
		first string
		later string
	}{
		{local(2026, 10, 25, 0, 59), 1, "2026-10-24T23:59:00Z", ""},
		{local(2026, 10, 25, 1, 0), 2, "2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z"},
		{local(2026, 10, 25, 1, 59), 2, "2026-10-25T00:59:00Z", "2026-10-25T01:59:00Z"},
		{local(2026, 10, 25, 2, 0), 1, "2026-10-25T02:00:00Z", ""},
		{local(2026, 3, 29, 0, 59), 1, "2026-03-29T00:59:00Z", ""},
		{local(2026, 3, 29, 1, 0), 0, "", ""},
		{local(2026, 3, 29, 1, 59), 0, "", ""},
		{local(2026, 3, 29, 2, 0), 1, "2026-03-29T01:00:00Z", ""},
		{local(2096, 10, 28, 1, 30), 2, "2096-10-28T00:30:00Z", "2096-10-28T01:30:00Z"}, // by the rule alone, in a leap year
	} {
		one, two, n := c.Instants(k.at)
		if n != k.count {
			t.Errorf("%s: %d instants, want %d", k.first, n, k.count)
			continue
		}
		if n > 0 && string(event.AppendInstant(nil, one)) != k.first || n == 2 && string(event.AppendInstant(nil, two)) != k.later {
			t.Errorf("got %s %s, want %s %s", event.AppendInstant(nil, one), event.AppendInstant(nil, two), k.first, k.later)
		}
	}
}

func TestZonesComeFromTheEmbeddedFileOnly(t *testing.T) {
	t.Setenv("ZONEINFO", "/nonexistent")
	t.Setenv("TZ", "Pacific/Apia")
	if _, err := event.Location("Europe/London"); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"", "Local", "../event.go", "/etc/localtime", "Europe", "Europe/Atlantis", "europe/london"} {
		if _, err := event.Location(name); !errors.Is(err, event.ErrZone) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if got := event.ZoneData(); got != "8f55634d05f8bca1f7bc7c69c5933428c69357e0bdf565e5ba224e3f88ff12e8" {
		t.Errorf("the zone data file is another: %s; a new file is a new version of every step that uses it", got)
	}
	if got := event.PlanData(); got != "a428aab85c7c6f1eaf915ab77a7dcf4a2684daf8bce57c1ec4f4130bbf6262ae" {
		t.Errorf("the number plans are others: %s; new plans are a new version of every step that uses them", got)
	}
}

func BenchmarkClock(b *testing.B) {
	for b.Loop() {
		loc, err := event.Location("Europe/London")
		if err != nil {
			b.Fatal(err)
		}
		event.NewClock(loc)
	}
}
