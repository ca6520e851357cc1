package step_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"custos.example/analysis"
	"custos.example/analysis/grid"
	"custos.example/analysis/step"
)

// site returns the point of one end of a row.
func site(t *testing.T, r row, end string) (grid.Point, bool) {
	t.Helper()
	if r[end+"_x"] == "" {
		return grid.Point{}, false
	}
	p, err := grid.FromGrid(grid.Grid{E: int64(number(t, r[end+"_x"])) * grid.Metre, N: int64(number(t, r[end+"_y"])) * grid.Metre})
	return p, err == nil
}

// slowMoves returns the rows between which a subject's sites are too far apart.
func slowMoves(t *testing.T, rows []row, p analysis.Params, broken string) map[string]bool {
	t.Helper()
	fast := map[string]bool{}
	if p["speed_kmh"] == "" || broken == "slow" {
		return fast
	}
	subjects := map[string]bool{}
	for _, r := range rows {
		subjects[r["subject"]] = true
	}
	for subject := range subjects {
		pass := newSieve(rows)
		type stop struct {
			at    time.Time
			where grid.Point
			key   string
		}
		var stops [][]stop
		for _, r := range rows {
			if r["subject"] != subject || r["evidence"] != "at" || r["fold"] == "unknown" || p["types"] != "" && !has(p["types"], r["type"]) {
				continue
			}
			var of []stop
			for _, name := range []string{"start", "end"} {
				at := instant(t, r["start_utc"])
				if name == "end" && r["end_utc"] != "" {
					at = instant(t, r["end_utc"])
				}
				if where, known := site(t, r, name); known {
					of = append(of, stop{at, where, r["source"] + ":" + r["row"]})
				}
			}
			if len(of) > 0 && !pass.again(r, "") {
				stops = append(stops, of)
			}
		}
		in := func(s stop) bool { return !s.at.Before(instant(t, p["from"])) && s.at.Before(instant(t, p["until"])) }
		for i := 1; i < len(stops); i++ {
			a, b := stops[i-1][len(stops[i-1])-1], stops[i][0]
			hours := b.at.Sub(a.at).Hours()
			if hours < 0 || !in(a) && !in(b) || a.where == b.where {
				continue
			}
			if float64(grid.Metres(a.where, b.where))/1000 > hours*float64(number(t, p["speed_kmh"])) {
				fast[a.key], fast[b.key] = true, true
			}
		}
	}
	return fast
}

// slowArea is area-hits from its definition.
func slowArea(t *testing.T, rows []row, p analysis.Params, broken string) answer {
	t.Helper()
	a := answer{outside: map[string]int64{}}
	pass := newSieve(rows)
	tokens := map[string]string{}
	from, until := instant(t, p["from"]), instant(t, p["until"])
	var middle grid.Point
	if p["point"] != "" {
		s, err := grid.ParseReference(p["point"])
		if err != nil {
			t.Fatal(err)
		}
		if middle, err = grid.FromGrid(s.Centre()); err != nil {
			t.Fatal(err)
		}
	}
	no := 0
	fast := slowMoves(t, rows, p, broken)
	for _, r := range rows {
		if p["types"] != "" && !has(p["types"], r["type"]) {
			a.outside["OUTSIDE_TYPES"]++
			continue
		}
		ends := map[string]time.Time{"start": instant(t, r["start_utc"]), "end": instant(t, r["start_utc"])}
		if r["end_utc"] != "" {
			ends["end"] = instant(t, r["end_utc"])
		}
		in, when := map[string]bool{}, map[string]time.Time{}
		for _, later := range []time.Duration{0, time.Hour} {
			if later > 0 && r["fold"] != "unknown" {
				continue
			}
			for name, at := range ends {
				at = at.Add(later)
				now := !at.Before(from) && at.Before(until)
				if r["evidence"] == "within" && broken != "points" {
					now = now || ends["start"].Add(later).Before(until) && !ends["end"].Add(later).Before(from)
				}
				if now && !in[name] {
					in[name], when[name] = true, at
				}
			}
		}
		if !in["start"] && !in["end"] {
			a.outside["OUTSIDE_PERIOD"]++
			continue
		}
		if broken == "digest" && pass.again(r, r["subject"]) {
			a.repeats++
			continue
		}
		var got [][]string
		cell, position, faced := false, true, true
		for _, name := range []string{"start", "end"} {
			at, known := site(t, r, name)
			if !in[name] || r[name+"_cell"] == "" && !known {
				continue
			}
			cell = true
			metres, bearing, near := "", "", false
			if known && p["point"] != "" {
				d := grid.Metres(middle, at)
				metres = fmt.Sprint(d)
				b := grid.Bearing(at, middle)
				bearing = strconv.FormatFloat(float64(b)/grid.Degree, 'f', 0, 64)
				if bearing == "360" {
					bearing = "0"
				}
				near = p["radius_m"] != "" && (d < int64(number(t, p["radius_m"])) || d == int64(number(t, p["radius_m"])) && broken != "open")
				if az := r[name+"_azimuth"]; p["azimuth_within"] != "" && az != "omni" {
					faced = faced && (!near || az != "" || p["cells"] != "" && has(p["cells"], r[name+"_cell"]) || at == middle)
					near = near && (at == middle || az != "" && grid.Turn(degrees(az)*grid.Degree, b) <= int64(number(t, p["azimuth_within"]))*grid.Degree)
				}
			}
			by := ""
			switch {
			case p["cells"] != "" && r[name+"_cell"] != "" && has(p["cells"], r[name+"_cell"]):
				by = "cell list"
			case near:
				by = "radius"
			case p["radius_m"] != "" && !known:
				position = false
			}
			if by != "" {
				got = append(got, []string{name, r[name+"_cell"], r[name+"_azimuth"], metres, bearing, by, when[name].Format(time.RFC3339)})
			}
		}
		if len(got) == 2 && fmt.Sprint(got[0][1:5]) == fmt.Sprint(got[1][1:5]) {
			got = got[:1]
			got[0][0] = "start and end"
		}
		if len(got) == 0 {
			switch {
			case !cell:
				a.outside["NO_CELL"]++
			case !position:
				a.outside["NO_POSITION"]++
			case !faced && broken != "faces away":
				a.outside["NO_AZIMUTH"]++
			default:
				a.outside["OUTSIDE_AREA"]++
			}
			continue
		}
		if broken != "digest" && pass.again(r, r["subject"]) {
			a.repeats++
			continue
		}
		no++
		a.shown++
		id := r["subject"]
		if p["tokens"] == "true" && !has(p["named"], id) {
			if tokens[id] == "" {
				tokens[id] = "token " + fmt.Sprint(len(tokens)+1)
			}
			id = tokens[id]
		}
		flags := strings.Fields(r["flags"])
		if fast[r["source"]+":"+r["row"]] {
			flags = append(flags, "IMPLAUSIBLE_MOVE")
		}
		for _, g := range got {
			at := london(t, row{"start_utc": g[6]})
			zone := at.Format("MST")
			if r["fold"] == "unknown" && broken != "one zone" {
				first := ends[strings.Fields(g[0])[0]]
				early, late := london(t, row{"start_utc": first.Format(time.RFC3339)}), london(t, row{"start_utc": first.Add(time.Hour).Format(time.RFC3339)})
				switch other := late; {
				case early.Format("15:04") == late.Format("15:04"):
					zone = early.Format("MST") + "/" + late.Format("MST")
				case at.Equal(late):
					other = early
					fallthrough
				default:
					zone += other.Format(" or 15:04:05 MST")
				}
			}
			a.lines = append(a.lines, strings.Join([]string{
				fmt.Sprint(no), id, at.Format("2006-01-02"), at.Format("15:04:05"), zone, g[6], g[0], r["type"], r["leg"], r["evidence"], r["duration_s"],
				g[1], g[2], g[3], g[4], g[5], strings.Join(flags, " "), r["source"], r["row"],
			}, ","))
		}
	}
	return a
}

func TestAreaAgrees(t *testing.T) {
	agree(t, step.Area{}, 80, func(r *rand.Rand) analysis.Params {
		p := analysis.Params{"from": "2026-10-24T20:00:00Z", "until": []string{"2026-10-25T00:45:00Z", "2026-10-25T01:30:00Z", "2026-11-02T00:00:00Z"}[r.IntN(3)]}
		p["cells"] = []string{"", "cgi:001-01-1-4", "name:Mast A,cgi:001-01-1-3"}[r.IntN(3)]
		if r.IntN(2) == 0 || p["cells"] == "" {
			p["point"], p["point_basis"] = "ST 749 647", "the map, by the analyst"
			p["radius_m"], p["radius_basis"] = []string{"100", "204", "350", "700"}[r.IntN(4)], "assumed by the analyst"
			p["azimuth_within"] = []string{"", "60", "95"}[r.IntN(3)]
		}
		p["named"] = []string{"", phones[1]}[r.IntN(2)]
		p["speed_kmh"] = []string{"", "2", "200"}[r.IntN(3)]
		p["tokens"] = []string{"true", "false"}[r.IntN(2)]
		return p
	}, slowArea, "points", "slow", "digest", "faces away", "one zone")
}

// degrees reads an azimuth; one that cannot be read faces nothing.
func degrees(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return -1
	}
	return n
}
