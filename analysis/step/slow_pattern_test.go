package step_test

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"sort"
	"strings"
	"testing"
	"time"

	"custos.example/analysis"
	"custos.example/analysis/step"
	"custos.example/analysis/steptest"
)

// slowCommon is common-contacts from its definition: for each subject the set
// of its contacts, and then what the sets have in common.
func slowCommon(t *testing.T, rows []row, p analysis.Params, broken string) answer {
	t.Helper()
	a := answer{outside: map[string]int64{}}
	pass := newSieve(rows)
	leg := slowLegs(t, asked(t, rows, p, p["subjects"]), p, broken)
	subjects := strings.Split(p["subjects"], ",")
	sets := map[string]map[string][]row{} // subject, contact
	var kept []row
	for _, r := range legsFirst(rows, leg) {
		isA, isB := has(p["subjects"], r["a_number"]), has(p["subjects"], r["b_number"])
		other := r["b_number"]
		if !isA {
			other = r["a_number"]
		}
		hidden := p["exclude"] != "" && (!isA || has(p["exclude"], r["b_number"])) && (!isB || has(p["exclude"], r["a_number"]))
		switch {
		case !isA && !isB:
			a.outside["OUTSIDE_SUBJECTS"]++
		case !within(t, r, p):
			a.outside["OUTSIDE_PERIOD"]++
		case p["types"] != "" && !has(p["types"], r["type"]):
			a.outside["OUTSIDE_TYPES"]++
		case pass.again(r, "") || leg[r["source"]+":"+r["row"]]:
			a.repeats++
		case other == "":
			a.outside["NO_COUNTERPARTY"]++
		case r["a_number"] == r["b_number"]:
			a.outside["OWN_NUMBER"]++
		case other == "none:redacted":
			a.outside["REDACTED"]++
		case other == "none:unavailable":
			a.outside["UNAVAILABLE"]++
		case strings.HasPrefix(other, "none:"):
			a.outside["WITHHELD"]++
		case strings.HasPrefix(other, "short:") && p["include_short_codes"] == "false":
			a.outside["SHORT_CODE"]++
		case strings.HasPrefix(other, "text:") && p["include_short_codes"] == "false":
			a.outside["NOT_A_NUMBER"]++
		case p["include_zero_duration"] == "false" && r["type"] == "voice" && r["duration_s"] == "0":
			a.outside["ZERO_DURATION"]++
		case hidden:
			a.outside["ON_EXCLUDE_LIST"]++
		default:
			kept = append(kept, r)
			for _, pair := range [][2]string{{r["a_number"], r["b_number"]}, {r["b_number"], r["a_number"]}} {
				if !has(p["subjects"], pair[0]) || has(p["exclude"], pair[1]) {
					continue
				}
				if sets[pair[0]] == nil {
					sets[pair[0]] = map[string][]row{}
				}
				if of := sets[pair[0]][pair[1]]; len(of) == 0 || of[len(of)-1]["source"]+of[len(of)-1]["row"] != r["source"]+r["row"] {
					sets[pair[0]][pair[1]] = append(of, r)
				}
			}
		}
	}
	held := func(contact string) (n int, events []row) {
		for _, s := range subjects {
			if of := sets[s][contact]; len(of) > 0 {
				n++
				events = append(events, of...)
			}
		}
		return n, events
	}
	least := number(t, p["min_subjects"])
	if broken == "more than" {
		least++
	}
	type line struct {
		n, events int
		id, text  string
	}
	var lines []line
	done := map[string]bool{}
	for _, s := range subjects {
		for contact := range sets[s] {
			n, events := held(contact)
			if n < least || done[contact] {
				continue
			}
			done[contact] = true
			var each []string
			first, last := events[0]["start_utc"], events[0]["start_utc"]
			for _, s := range subjects {
				each = append(each, fmt.Sprint(len(sets[s][contact])))
			}
			for _, e := range events {
				first, last = min(first, e["start_utc"]), max(last, e["start_utc"])
			}
			lines = append(lines, line{n, len(events), contact, fmt.Sprintf("%s,%d,%d,%s,%s,%s", contact, n, len(events), strings.Join(each, ","), first, last)})
		}
	}
	sort.Slice(lines, func(i, j int) bool {
		x, y := lines[i], lines[j]
		if x.n != y.n {
			return x.n > y.n
		}
		if x.events != y.events {
			return x.events > y.events
		}
		return x.id < y.id
	})
	for _, l := range lines {
		a.lines = append(a.lines, l.text)
	}
	for _, r := range kept {
		if done[r["a_number"]] && has(p["subjects"], r["b_number"]) || done[r["b_number"]] && has(p["subjects"], r["a_number"]) {
			a.shown++
		} else {
			a.outside["BELOW_MIN_SUBJECTS"]++
		}
	}
	return a
}

func TestCommonAgrees(t *testing.T) {
	agree(t, step.Common{}, 80, func(r *rand.Rand) analysis.Params {
		p := period(r)
		p["subjects"] = []string{strings.Join(phones, ","), phones[2] + "," + phones[0], phones[0] + "," + phones[1] + ",+447700900004"}[r.IntN(3)]
		p["exclude"] = []string{"", "", "+447700900004", phones[1] + ",short:60300"}[r.IntN(4)]
		p["min_subjects"] = []string{"2", "2", "3"}[r.IntN(3)]
		p["leg_s"] = []string{"2", "1", ""}[r.IntN(3)]
		p["include_short_codes"] = []string{"true", "false"}[r.IntN(2)]
		p["include_zero_duration"] = []string{"true", "false"}[r.IntN(2)]
		return p
	}, slowCommon, "more than", "legs")
}

// slowNight is night-cells from its definition, with days as text.
func slowNight(t *testing.T, rows []row, p analysis.Params, broken string) answer {
	t.Helper()
	a := answer{outside: map[string]int64{}}
	pass := newSieve(rows)
	nights, all := map[string]map[string]bool{}, map[string]bool{}
	of := map[string][]row{}
	for _, r := range rows {
		at := london(t, r)
		clock, day := at.Format("15:04:05"), at.Format("2006-01-02")
		from, until := p["night_from"]+":00", p["night_until"]+":00"
		dark := clock >= from && clock < until
		if until < from {
			dark = clock >= from || clock < until
			if clock < until && broken != "calendar days" {
				day = at.AddDate(0, 0, -1).Format("2006-01-02")
			}
		}
		switch {
		case r["subject"] != p["subject"]:
			a.outside["OUTSIDE_SUBJECT"]++
		case !within(t, r, p):
			a.outside["OUTSIDE_PERIOD"]++
		case p["types"] != "" && !has(p["types"], r["type"]):
			a.outside["OUTSIDE_TYPES"]++
		case !dark:
			a.outside["OUTSIDE_NIGHT"]++
		case p["evidence"] != "" && !has(p["evidence"], r["evidence"]):
			a.outside["OUTSIDE_EVIDENCE"]++
		case r["start_cell"] == "":
			a.outside["NO_CELL"]++
		case pass.again(r, ""):
			a.repeats++
		default:
			if nights[r["start_cell"]] == nil {
				nights[r["start_cell"]] = map[string]bool{}
			}
			nights[r["start_cell"]][day], all[day] = true, true
			of[r["start_cell"]] = append(of[r["start_cell"]], r)
		}
	}
	var cells []string
	for c, events := range of {
		if len(nights[c]) < number(t, p["min_nights"]) {
			a.outside["BELOW_MIN_NIGHTS"] += int64(len(events))
			continue
		}
		a.shown += int64(len(events))
		cells = append(cells, c)
	}
	sort.Slice(cells, func(i, j int) bool {
		x, y := cells[i], cells[j]
		if len(nights[x]) != len(nights[y]) {
			return len(nights[x]) > len(nights[y])
		}
		if len(of[x]) != len(of[y]) {
			return len(of[x]) > len(of[y])
		}
		return x < y
	})
	ranks := map[int]bool{}
	for i, c := range cells {
		ranks[len(nights[c])] = true
		rank := len(ranks)
		if broken == "ties" {
			rank = i + 1
		}
		share := halfEven(int64(len(nights[c])), int64(len(all)))
		a.lines = append(a.lines, fmt.Sprintf("%d,%s,%d,%d,%s,%d,%s,%s", rank, c, len(nights[c]), len(all), share, len(of[c]), of[c][0]["start_utc"], of[c][len(of[c])-1]["start_utc"]))
	}
	return a
}

// halfEven writes a share in a hundred with one decimal, by fractions.
func halfEven(part, all int64) string {
	tenths := new(big.Rat).SetFrac64(part*1000, all)
	low := new(big.Int).Quo(tenths.Num(), tenths.Denom())
	rest := new(big.Rat).Sub(tenths, new(big.Rat).SetInt(low))
	if c := rest.Cmp(big.NewRat(1, 2)); c > 0 || c == 0 && low.Bit(0) == 1 {
		low.Add(low, big.NewInt(1))
	}
	n := low.Int64()
	return fmt.Sprintf("%d.%d", n/10, n%10)
}

func TestNightAgrees(t *testing.T) {
	agree(t, step.Night{}, 80, func(r *rand.Rand) analysis.Params {
		p := period(r)
		p["subject"] = phones[r.IntN(3)]
		p["night_from"], p["night_until"] = "23:00", "06:00"
		if r.IntN(4) == 0 {
			p["night_from"], p["night_until"] = "01:00", "09:30"
		}
		p["min_nights"] = []string{"1", "1", "2"}[r.IntN(3)]
		p["evidence"] = []string{"at", "", "at,within"}[r.IntN(3)]
		return p
	}, slowNight, "calendar days", "ties")
}

// slowPattern is pattern-of-life from its definition.
func slowPattern(t *testing.T, rows []row, p analysis.Params, broken string) answer {
	t.Helper()
	a := answer{outside: map[string]int64{}}
	pass := newSieve(rows)
	count, with := map[string]int{}, map[string]map[string]bool{}
	first, last := "", ""
	touch := func(day string) {
		if first == "" {
			first, last = day, day
		}
		first, last = min(first, day), max(last, day)
	}
	for _, r := range rows {
		listed := p["exclude"] != "" && (r["a_number"] != p["subject"] && has(p["exclude"], r["a_number"]) || r["b_number"] != p["subject"] && has(p["exclude"], r["b_number"]))
		switch {
		case r["subject"] != p["subject"]:
			a.outside["OUTSIDE_SUBJECT"]++
		case !within(t, r, p):
			a.outside["OUTSIDE_PERIOD"]++
		case p["types"] != "" && !has(p["types"], r["type"]):
			a.outside["OUTSIDE_TYPES"]++
		case listed:
			a.outside["ON_EXCLUDE_LIST"]++
		case pass.again(r, ""):
			a.repeats++
		default:
			a.shown++
			at := london(t, r)
			if broken == "UTC" {
				at = at.UTC()
			}
			key := at.Format("Monday 15")
			count[key]++
			if with[key] == nil {
				with[key] = map[string]bool{}
			}
			with[key][at.Format("2006-01-02")] = true
			touch(at.Format("2006-01-02"))
		}
	}
	local := func(text string, less time.Duration) string {
		return london(t, row{"start_utc": instant(t, text).Add(-less).Format(time.RFC3339)}).Format("2006-01-02")
	}
	if first != "" || p["from"] != "" && p["until"] != "" {
		if p["from"] != "" {
			touch(local(p["from"], 0))
		}
		if p["until"] != "" {
			touch(local(p["until"], time.Second))
		}
	}
	dates := map[string]int{}
	if first != "" {
		from, to := instant(t, first+"T00:00:00Z"), instant(t, last+"T00:00:00Z")
		for d := from; !d.After(to); d = d.AddDate(0, 0, 1) {
			dates[d.Weekday().String()]++
		}
	}
	for i, day := range []string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"} {
		for h := range 24 {
			key := fmt.Sprintf("%s %02d", day, h)
			a.lines = append(a.lines, fmt.Sprintf("%d,%s,%d,%d,%d,%d", i+1, day, h, count[key], dates[day], len(with[key])))
		}
	}
	return a
}

func TestPatternAgrees(t *testing.T) {
	agree(t, step.Pattern{}, 80, func(r *rand.Rand) analysis.Params {
		p := period(r)
		p["subject"] = phones[r.IntN(3)]
		p["exclude"] = []string{"", "+447700900004," + phones[1]}[r.IntN(2)]
		p["types"] = []string{"", "voice,sms,mms"}[r.IntN(2)]
		return p
	}, slowPattern, "UTC")
}

// TestPatternDays holds the second table and the figures of pattern-of-life
// against the first, by hand: 3 days, two with events.
func TestPatternDays(t *testing.T) {
	out, _, err := steptest.Run(step.Pattern{}, map[string][]byte{"events": file(
		call("2026-10-23T22:30:00Z", "voice", "originating", kyle, marcus, 47, nil), // Friday 23:30 BST
		call("2026-10-24T08:00:00Z", "sms", "originating", kyle, third, 0, nil),     // Saturday 09:00
		call("2026-10-24T19:00:00Z", "sms", "originating", kyle, third, 0, nil),     // Saturday 20:00
	), "set-aside": []byte(none)}, analysis.Params{"subject": kyle, "until": "2026-10-25T23:00:00Z"})
	if err != nil {
		t.Fatal(err)
	}
	want := "date,day_no,events,first,last\n2026-10-23,5,1,23:30:00,23:30:00\n2026-10-24,6,2,09:00:00,20:00:00\n2026-10-25,7,0,,\n"
	if got := string(out["days"]); got != want {
		t.Errorf("got\n%s", got)
	}
	sum := string(out["summary"])
	// Of the two first events 09:00 and 23:30, ranks ceil(0.5*2) = 1 and ceil(0.75*2) = 2.
	for _, part := range []string{
		`"name":"dates","nature":"derived","title":"Dates in the period","value":"3"`, `"title":"Dates without an event","value":"1"`,
		`"name":"first_p50","nature":"derived","title":"First event of a date, percentile 50","value":"09:00:00"`,
		`"title":"First event of a date, percentile 75","value":"23:30:00"`, `"title":"Last event of a date, percentile 50","value":"20:00:00"`,
	} {
		if !strings.Contains(sum, part) {
			t.Errorf("the summary does not hold %s: %s", part, sum)
		}
	}
}
