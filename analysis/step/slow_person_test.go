package step_test

import (
	"fmt"
	"math/rand/v2"
	"sort"
	"strings"
	"testing"
	"time"

	"custos.example/analysis"
	"custos.example/analysis/step"
)

// slowUsage is first-last-use from its definition.
func slowUsage(t *testing.T, rows []row, p analysis.Params, broken string) answer {
	t.Helper()
	a := answer{outside: map[string]int64{}}
	pass := newSieve(rows)
	by := map[string][]row{}
	for _, r := range rows {
		named, used := false, false
		for kind, id := range map[string]string{"imei": fmt.Sprintf("%.14s", r["imei"]), "imsi": r["imsi"], "number": r["subject"]} {
			if id == "" || p["identifiers"] != "" && !has(p["identifiers"], id) || !within(t, r, p) || p["types"] != "" && !has(p["types"], r["type"]) {
				continue
			}
			named = true
			if key := kind + "," + id; broken == "repeats" || !pass.again(r, key) {
				used, by[key] = true, append(by[key], r)
			}
		}
		switch {
		case !within(t, r, p):
			a.outside["OUTSIDE_PERIOD"]++
		case p["types"] != "" && !has(p["types"], r["type"]):
			a.outside["OUTSIDE_TYPES"]++
		case !named:
			a.outside["NO_IDENTIFIER"]++
		case !used:
			a.repeats++
		default:
			a.shown++
		}
	}
	for key, of := range by {
		first, last := of[0], of[0]
		for _, r := range of {
			if instant(t, r["start_utc"]).After(instant(t, last["start_utc"])) || broken == "last of ties" && r["start_utc"] == last["start_utc"] {
				last = r
			}
		}
		from, to := first["start_utc"], last["start_utc"]
		for _, r := range rows { // of every source that holds the identifier
			for _, o := range of {
				if r["source"] == o["source"] {
					from, to = min(from, r["start_utc"]), max(to, r["start_utc"])
				}
			}
		}
		flag := ""
		if first["fold"] == "unknown" || last["fold"] == "unknown" {
			flag = "FOLD_UNKNOWN"
		}
		a.lines = append(a.lines, strings.Join([]string{
			key, first["start_utc"], last["start_utc"], fmt.Sprint(len(of)), from, to,
			first["source"], first["row"], last["source"], last["row"], flag,
		}, ","))
	}
	sort.Strings(a.lines)
	return a
}

func TestFirstLastAgrees(t *testing.T) {
	agree(t, step.FirstLast{}, 80, func(r *rand.Rand) analysis.Params {
		p := period(r)
		p["identifiers"] = []string{"", "", "+447700900001,001010812834870", "35209911204417"}[r.IntN(4)]
		p["types"] = []string{"", "voice,sms"}[r.IntN(2)]
		return p
	}, slowUsage, "repeats", "last of ties")
}

// slowHistory is handset-history from its definition: for each key, the list of
// its events, cut wherever the partner changes.
func slowHistory(t *testing.T, rows []row, p analysis.Params, broken string) answer {
	t.Helper()
	a := answer{outside: map[string]int64{}}
	pass := newSieve(rows)
	by := map[string][]row{}
	column := map[string]string{"imsi": "imsi", "number": "subject", "imei": "imei14"}[p["key"]]
	for _, r := range rows {
		if r["imei14"] = ""; len(r["imei"]) >= 14 {
			r["imei14"] = r["imei"][:14]
		}
		r["partner"] = r["imei14"]
		if p["key"] == "imei" {
			r["partner"] = r["imsi"]
		}
		switch {
		case !within(t, r, p):
			a.outside["OUTSIDE_PERIOD"]++
		case p["types"] != "" && !has(p["types"], r["type"]):
			a.outside["OUTSIDE_TYPES"]++
		case r[column] == "":
			a.outside["NO_KEY"]++
		case p["identifiers"] != "" && !has(p["identifiers"], r[column]):
			a.outside["OUTSIDE_IDENTIFIERS"]++
		case r["partner"] == "":
			a.outside["NO_HANDSET"]++
		case pass.again(r, r["subject"]):
			a.repeats++
		default:
			a.shown++
			by[r[column]] = append(by[r[column]], r)
		}
	}
	var keys []string
	for k := range by {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	apart := func(x, y row) int { return int(instant(t, y["start_utc"]).Sub(instant(t, x["start_utc"])).Seconds()) }
	for _, k := range keys {
		of := by[k]
		var runs [][]row
		for i, r := range of {
			cut := i == 0 || of[i-1]["partner"] != r["partner"]
			if i > 0 && p["max_gap_s"] != "" {
				gap := apart(of[i-1], r)
				cut = cut || gap > number(t, p["max_gap_s"]) || broken == "gap" && gap == number(t, p["max_gap_s"])
			}
			if cut {
				runs = append(runs, nil)
			}
			runs[len(runs)-1] = append(runs[len(runs)-1], r)
		}
		for i, run := range runs {
			first, last := run[0], run[len(run)-1]
			var flags []string
			if first["fold"] == "unknown" || last["fold"] == "unknown" {
				flags = append(flags, "FOLD_UNKNOWN")
			}
			overlap := false
			for j, other := range runs { // any event of a run with another partner
				if (j == i-1 || j == i+1 || broken == "any run") && other[0]["partner"] != run[0]["partner"] {
					for _, x := range other {
						for _, y := range run {
							d := apart(x, y)
							overlap = overlap || max(d, -d) <= number(t, p["overlap_s"])
						}
					}
				}
			}
			if overlap {
				flags = append(flags, "OVERLAP")
			}
			fields := []string{k, fmt.Sprint(i + 1)}
			for _, c := range []string{"imsi", "subject", "imei14"} {
				values := map[string]bool{}
				for _, r := range run {
					if r[c] != "" {
						values[r[c]] = true
					}
				}
				var list []string
				for v := range values {
					list = append(list, v)
				}
				sort.Strings(list)
				fields = append(fields, strings.Join(list, "; "))
			}
			a.lines = append(a.lines, strings.Join(append(fields, first["start_utc"], last["start_utc"], fmt.Sprint(len(run)),
				first["source"], first["row"], last["source"], last["row"], strings.Join(flags, " ")), ","))
		}
	}
	return a
}

func TestHandsetsAgree(t *testing.T) {
	agree(t, step.Handsets{}, 80, func(r *rand.Rand) analysis.Params {
		p := period(r)
		p["key"] = []string{"imsi", "number", "imei"}[r.IntN(3)]
		p["identifiers"] = []string{"", "", "+447700900001,001010812834870,35209911204419"}[r.IntN(3)]
		p["max_gap_s"] = []string{"", "900", "3600"}[r.IntN(3)]
		p["overlap_s"] = []string{"0", "60", "300"}[r.IntN(3)]
		return p
	}, slowHistory, "gap")
}

// slowGaps is gaps from its definition, minute by minute of thought: the silent
// stretches are what is left of the period when every event is taken out of it.
func slowGaps(t *testing.T, rows []row, p analysis.Params, broken string) answer {
	t.Helper()
	a := answer{outside: map[string]int64{}}
	pass := newSieve(rows)
	type stay struct {
		from, to time.Time
		row
	}
	var stays []stay
	lasts := func(r row) bool { // over the beginning of the period
		if p["from"] == "" || r["end_utc"] == "" {
			return false
		}
		from, end := instant(t, p["from"]), instant(t, r["end_utc"])
		if r["fold"] == "unknown" {
			end = end.Add(time.Hour)
		}
		return instant(t, r["start_utc"]).Before(from) && end.After(from)
	}
	for _, r := range rows {
		switch {
		case r["subject"] != p["subject"]:
			a.outside["OUTSIDE_SUBJECT"]++
		case !within(t, r, p) && (broken == "starts inside" || !lasts(r)):
			a.outside["OUTSIDE_PERIOD"]++
		case p["types"] != "" && !has(p["types"], r["type"]):
			a.outside["OUTSIDE_TYPES"]++
		case pass.again(r, r["subject"]):
			a.repeats++
		default:
			a.shown++
			s := stay{instant(t, r["start_utc"]), instant(t, r["start_utc"]), r}
			if r["end_utc"] != "" && broken != "starts only" {
				s.to = instant(t, r["end_utc"])
			}
			if r["fold"] == "unknown" && broken != "one reading" {
				s.to = s.to.Add(time.Hour)
			}
			if lasts(r) {
				s.from = instant(t, p["from"])
			}
			stays = append(stays, s)
		}
	}
	least := time.Duration(number(t, p["gap_s"])) * time.Second
	add := func(where string, from, to time.Time, before, after row) {
		if to.Sub(from) < least || to.Sub(from) == least && broken != "closed" {
			return
		}
		flag := ""
		if before["fold"] == "unknown" || after["fold"] == "unknown" {
			flag = "FOLD_UNKNOWN"
		}
		cell := before["end_cell"]
		if cell == "" {
			cell = before["start_cell"]
		}
		a.lines = append(a.lines, strings.Join([]string{
			fmt.Sprint(len(a.lines) + 1), where, from.Format(time.RFC3339), to.Format(time.RFC3339), fmt.Sprint(int(to.Sub(from).Seconds())),
			cell, after["start_cell"], before["source"], before["row"], after["source"], after["row"], flag,
		}, ","))
	}
	if len(stays) == 0 {
		if p["from"] != "" && p["until"] != "" {
			add("no record", instant(t, p["from"]), instant(t, p["until"]), row{}, row{})
		}
		return a
	}
	if p["from"] != "" {
		add("before the first", instant(t, p["from"]), stays[0].from, row{}, stays[0].row)
	}
	for i := 1; i <= len(stays); i++ {
		last := stays[0]
		for _, s := range stays[:i] {
			if !s.to.Before(last.to) {
				last = s
			}
		}
		if i < len(stays) {
			add("between", last.to, stays[i].from, last.row, stays[i].row)
		} else if p["until"] != "" {
			add("after the last", last.to, instant(t, p["until"]), last.row, row{})
		}
	}
	return a
}

func TestGapsAgree(t *testing.T) {
	agree(t, step.Gaps{}, 80, func(r *rand.Rand) analysis.Params {
		p := period(r)
		p["subject"] = phones[r.IntN(3)]
		p["gap_s"] = []string{"300", "1800", "21600"}[r.IntN(3)]
		p["types"] = []string{"", "voice,sms"}[r.IntN(2)]
		return p
	}, slowGaps, "starts only", "one reading", "closed", "starts inside")
}
