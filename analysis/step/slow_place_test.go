package step_test

import (
	"fmt"
	"math/rand/v2"
	"sort"
	"strings"
	"testing"
	"time"

	"custos.example/analysis"
	"custos.example/analysis/grid"
	"custos.example/analysis/step"
)

// slowTimeline is merged-timeline from its definition: every line that a row
// gives, sorted as a whole.
func slowTimeline(t *testing.T, rows []row, p analysis.Params, broken string) answer {
	t.Helper()
	a := answer{outside: map[string]int64{}}
	pass := newSieve(rows)
	type line struct {
		at       time.Time
		priority int
		before   string
		row2     row
		no, nth  int
	}
	var lines []line
	priority := func(source string) int {
		for i, s := range strings.Split(p["sources"], ",") {
			if s == source && broken != "priority" {
				return i
			}
		}
		return 1000
	}
	no := 0
	for _, r := range rows {
		ids := p["identifiers"]
		asked := ids == "" || has(ids, r["subject"]) || has(ids, r["a_number"]) || has(ids, r["b_number"])
		switch {
		case !asked:
			a.outside["OUTSIDE_IDENTIFIERS"]++
		case !within(t, r, p):
			a.outside["OUTSIDE_PERIOD"]++
		case p["types"] != "" && !has(p["types"], r["type"]):
			a.outside["OUTSIDE_TYPES"]++
		case pass.again(r, ""):
			a.repeats++
		default:
			a.shown++
			no++
			l := line{instant(t, r["start_utc"]), priority(r["source"]), "", r, no, 0}
			if r["fold"] == "unknown" && broken != "one place" {
				l.before, l.nth = "1 of 2", 1
				m := l
				m.before, m.nth, m.at = "2 of 2", 2, l.at.Add(time.Hour)
				lines = append(lines, m)
			}
			lines = append(lines, l)
		}
	}
	sort.Slice(lines, func(i, j int) bool {
		x, y := lines[i], lines[j]
		switch {
		case !x.at.Equal(y.at):
			return x.at.Before(y.at)
		case x.priority != y.priority:
			return x.priority < y.priority
		case x.no != y.no:
			return x.no < y.no
		}
		return x.nth < y.nth
	})
	for _, l := range lines {
		at := london(t, row{"start_utc": l.at.Format(time.RFC3339)})
		fields := []string{fmt.Sprint(l.no), l.before, at.Format("2006-01-02"), at.Format("15:04:05"), at.Format("MST"), l.at.Format(time.RFC3339)}
		for _, c := range []string{
			"type", "a_number", "b_number", "c_number", "duration_s", "start_cell", "evidence", "flags", "source", "row",
		} {
			fields = append(fields, l.row2[c])
		}
		a.lines = append(a.lines, strings.Join(fields, ","))
	}
	return a
}

func TestTimelineAgrees(t *testing.T) {
	agree(t, step.Timeline{}, 80, func(r *rand.Rand) analysis.Params {
		p := period(r)
		p["identifiers"] = []string{"", phones[0], "short:60300"}[r.IntN(3)]
		p["sources"] = []string{"", "0fedcba987654322,fedcba9876543210", "fedcba9876543211"}[r.IntN(3)]
		p["types"] = []string{"", "voice,sms"}[r.IntN(2)]
		return p
	}, slowTimeline, "priority", "one place")
}

// slowMeetings is co-location from its definition: all pairs, then clusters
// joined until none joins another.
func slowMeetings(t *testing.T, rows []row, p analysis.Params, broken string) answer {
	t.Helper()
	a := answer{outside: map[string]int64{}}
	pass := newSieve(rows)
	var kept []row
	far := int64(number(t, p["distance_m"]))
	for _, r := range rows {
		_, known := site(t, r, "start")
		switch {
		case p["subjects"] != "" && !has(p["subjects"], r["subject"]):
			a.outside["OUTSIDE_SUBJECTS"]++
		case !within(t, r, p):
			a.outside["OUTSIDE_PERIOD"]++
		case p["evidence"] != "" && !has(p["evidence"], r["evidence"]):
			a.outside["OUTSIDE_EVIDENCE"]++
		case r["fold"] == "unknown":
			a.outside["FOLD_UNKNOWN"]++
		case r["start_cell"] == "" && (!known || far == 0):
			a.outside["NO_CELL"]++
		case pass.again(r, r["subject"]) && broken != "repeats":
			a.repeats++
		default:
			kept = append(kept, r)
		}
	}
	type set struct {
		subjects [2]string
		from, to time.Time
		pairs    int
		rows     map[string]row
		far      int64
		blank    bool
		name     bool
	}
	var sets []set
	limit := time.Duration(number(t, p["within_s"])) * time.Second
	for i, x := range kept {
		for _, y := range kept[:i] {
			if x["subject"] == y["subject"] || instant(t, x["start_utc"]).Sub(instant(t, y["start_utc"])) > limit {
				continue
			}
			px, kx := site(t, x, "start")
			py, ky := site(t, y, "start")
			same := x["start_cell"] != "" && x["start_cell"] == y["start_cell"]
			if !same && (far == 0 || !kx || !ky || grid.Metres(px, py) > far) {
				continue
			}
			s := set{
				subjects: [2]string{min(x["subject"], y["subject"]), max(x["subject"], y["subject"])}, from: instant(t, y["start_utc"]), to: instant(t, x["start_utc"]), pairs: 1,
				rows: map[string]row{x["source"] + x["row"]: x, y["source"] + y["row"]: y}, blank: !kx || !ky, name: same && strings.HasPrefix(x["start_cell"], "name:"),
			}
			if kx && ky {
				s.far = grid.Metres(py, px)
			}
			sets = append(sets, s)
		}
	}
	for joined := broken != "pairs"; joined; {
		joined = false
	again:
		for i := range sets {
			for j := range sets[:i] {
				x, y := &sets[i], &sets[j]
				if x.subjects != y.subjects || x.from.Sub(y.to) > limit || y.from.Sub(x.to) > limit {
					continue
				}
				if x.from.Before(y.from) {
					y.from = x.from
				}
				if x.to.After(y.to) {
					y.to = x.to
				}
				y.pairs, y.far, y.blank, y.name = y.pairs+x.pairs, max(x.far, y.far), x.blank || y.blank, x.name || y.name
				for k, r := range x.rows {
					y.rows[k] = r
				}
				sets = append(sets[:i], sets[i+1:]...)
				joined = true
				break again
			}
		}
	}
	sort.Slice(sets, func(i, j int) bool {
		x, y := sets[i], sets[j]
		if !x.from.Equal(y.from) {
			return x.from.Before(y.from)
		}
		if !x.to.Equal(y.to) {
			return x.to.Before(y.to)
		}
		return x.subjects[0]+" "+x.subjects[1] < y.subjects[0]+" "+y.subjects[1]
	})
	used := map[string]bool{}
	for i, s := range sets {
		count, cells := map[string]int{}, map[string]bool{}
		for k, r := range s.rows {
			used[k] = true
			count[r["subject"]]++
			if r["start_cell"] != "" {
				cells[r["start_cell"]] = true
			}
		}
		var list []string
		for c := range cells {
			list = append(list, c)
		}
		sort.Strings(list)
		metres, flag := fmt.Sprint(s.far), ""
		if s.blank {
			metres = ""
		}
		if s.name {
			flag = "CELL_NAME"
		}
		a.lines = append(a.lines, strings.Join([]string{
			fmt.Sprint(i + 1), s.subjects[0], s.subjects[1], s.from.Format(time.RFC3339), s.to.Format(time.RFC3339),
			fmt.Sprint(count[s.subjects[0]]), fmt.Sprint(count[s.subjects[1]]), fmt.Sprint(s.pairs), strings.Join(list, "; "), metres, flag,
		}, ","))
	}
	a.shown = int64(len(used))
	if n := int64(len(kept)) - a.shown; n > 0 {
		a.outside["NO_MATCH"] = n
	}
	return a
}

func TestCoLocationAgrees(t *testing.T) {
	agree(t, step.CoLocation{}, 80, func(r *rand.Rand) analysis.Params {
		p := period(r)
		p["subjects"] = []string{"", phones[0] + "," + phones[1], strings.Join(phones, ",")}[r.IntN(3)]
		p["within_s"] = []string{"300", "900", "1800"}[r.IntN(3)]
		p["distance_m"] = []string{"0", "0", "210", "400"}[r.IntN(4)]
		p["distance_basis"] = "assumed by the analyst"
		p["evidence"] = []string{"at", ""}[r.IntN(2)]
		return p
	}, slowMeetings, "pairs", "repeats")
}
