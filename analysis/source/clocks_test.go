package source_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"custos.example/analysis/event"
)

// changesOf returns the instants at which a zone changed its clock in 2021 to
// 2025, found in the embedded data by bisection of each day.
func changesOf(t *testing.T, zone string) []int64 {
	t.Helper()
	loc, err := event.Location(zone)
	if err != nil {
		t.Fatal(err)
	}
	offset := func(unix int64) int {
		_, o := time.Unix(unix, 0).In(loc).Zone()
		return o
	}
	var list []int64
	for day := time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC).Unix(); day < time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Unix(); day += 86400 {
		from, to := day, day+86400
		if offset(from) == offset(to) {
			continue
		}
		for to-from > 1 {
			if mid := (from + to) / 2; offset(mid) == offset(day) {
				from = mid
			} else {
				to = mid
			}
		}
		list = append(list, to)
	}
	return list
}

// changeFile is a return whose rows stand every ten minutes on the clock, from
// three hours before to three hours after each change of the clocks; and what
// must come of each row.
func changeFile(t *testing.T, zone string) (file string, want []string) {
	t.Helper()
	loc, err := event.Location(zone)
	if err != nil {
		t.Fatal(err)
	}
	file = "who;whom;at\n"
	for _, change := range changesOf(t, zone) {
		_, before := time.Unix(change-1, 0).In(loc).Zone()
		_, after := time.Unix(change, 0).In(loc).Zone()
		// Clock times as seconds on the clock that went before.
		for local := change + int64(before) - 3*3600; local < change+int64(before)+3*3600; local += 600 {
			file += "07700900123;07700900456;" + time.Unix(local, 0).UTC().Format("02/01/2006 15:04:05") + "\n"
			// All instants at which this clock shows that time, by looking at each.
			var shown []int64
			for _, o := range []int{before, after} {
				u := local - int64(o)
				if _, now := time.Unix(u, 0).In(loc).Zone(); now == o && (len(shown) == 0 || shown[0] != u) {
					shown = append(shown, u)
				}
			}
			switch len(shown) {
			case 0:
				want = append(want, "IMPOSSIBLE_LOCAL_TIME")
			case 1:
				want = append(want, time.Unix(shown[0], 0).UTC().Format(time.RFC3339)+" ")
			case 2:
				want = append(want, time.Unix(min(shown[0], shown[1]), 0).UTC().Format(time.RFC3339)+" FOLD_UNKNOWN")
			}
		}
	}
	return file, want
}

var changingZones = []string{"Europe/London", "Europe/Berlin", "Australia/Sydney"}

// TestEveryChangeOfTheClocks reads rows around each change of 2021 to 2025: a
// time that happens twice is flagged, one that never was is set aside, and no
// other is moved.
func TestEveryChangeOfTheClocks(t *testing.T) {
	for _, zone := range changingZones {
		file, want := changeFile(t, zone)
		if n := len(changesOf(t, zone)); n != 10 {
			t.Fatalf("%s: %d changes in five years", zone, n)
		}
		im := mustImport(t, []byte(file), small("who, whom, at", "start: {columns: [at], layouts: [\"DD/MM/YYYY hh:mm:ss\"], zone: "+zone+", basis: the letter}"))
		got := make([]string, len(want))
		place := func(row string) *string {
			var n int
			if _, err := fmt.Sscan(row, &n); err != nil || n < 2 || n > len(want)+1 {
				t.Fatalf("row %q", row)
			}
			return &got[n-2]
		}
		folds, gaps := 0, 0
		for _, r := range rows(t, im.events) {
			*place(r["row"]) = r["start_utc"] + " " + r["flags"]
			if (r["fold"] == "unknown") != (r["flags"] == "FOLD_UNKNOWN") {
				t.Errorf("%s row %s: fold %q, flags %q", zone, r["row"], r["fold"], r["flags"])
			}
			if r["fold"] == "unknown" {
				folds++
			}
		}
		for _, r := range rows(t, im.aside) {
			*place(r["row"]) = r["reason"]
			gaps++
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%s row %d: %q, want %q", zone, i+2, got[i], want[i])
			}
		}
		if folds != 5*6 || gaps != 5*6 {
			t.Errorf("%s: %d rows in an hour that happens twice, %d in one that never was; want 30 of each", zone, folds, gaps)
		}
	}
}

// TestSameBytesUnderEveryClockOfTheHost imports the same rows in processes with
// other time zones and other zone files.
func TestSameBytesUnderEveryClockOfTheHost(t *testing.T) {
	const again = "CUSTOS_PRINT_CLOCKS"
	digest := func() string {
		sum := sha256.New()
		for _, zone := range changingZones {
			file, _ := changeFile(t, zone)
			im := mustImport(t, []byte(file), small("who, whom, at", "start: {columns: [at], layouts: [\"DD/MM/YYYY hh:mm:ss\"], zone: "+zone+", basis: the letter}"))
			fmt.Fprint(sum, im.events, im.aside, im.report)
		}
		return fmt.Sprintf("<<%x>>", sum.Sum(nil))
	}
	here := digest()
	if os.Getenv(again) == "1" {
		fmt.Print(here)
		return
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	empty := t.TempDir() + "/zones.zip"
	if err := os.WriteFile(empty, []byte("PK\x05\x06"+strings.Repeat("\x00", 18)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tz := range []string{"UTC", "Europe/London", "America/St_Johns", "Pacific/Apia"} {
		for _, zoneinfo := range []string{"/nonexistent", empty} {
			cmd := exec.Command(self, "-test.run=^TestSameBytesUnderEveryClockOfTheHost$")
			cmd.Env = append(os.Environ(), again+"=1", "TZ="+tz, "ZONEINFO="+zoneinfo)
			out, err := cmd.CombinedOutput()
			if err != nil || !strings.Contains(string(out), here) {
				t.Errorf("with TZ %s and ZONEINFO %s: %v %s, here %s", tz, zoneinfo, err, out, here)
			}
		}
	}
}
