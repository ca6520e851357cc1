package step_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"custos.example/analysis"
	"custos.example/analysis/event"
	"custos.example/analysis/step"
	"custos.example/analysis/steptest"
)

// This file makes random worlds, several sources that report one another's
// events among them, and reads them for the slow implementations.

var phones = []string{"+447700900001", "+447700900002", "+447700900003"}

// happening is one event of a world, before any source has written it.
type happening struct{ event.Event }

func happen(r *rand.Rand, base, span int64) happening {
	others := append([]string{"+447700900004", "short:60300", "text:GOV.UK", "none:withheld", "none:redacted", "none:unavailable", ""}, phones...)
	e := event.Event{Start: base + r.Int64N(span/300)*300 + r.Int64N(3), Zone: "Europe/London", Evidence: "at", Leg: "originating", Subject: []byte(phones[r.IntN(3)])}
	e.Type = []string{"voice", "voice", "voice", "sms", "data", "voicemail"}[r.IntN(6)]
	e.A, e.B = e.Subject, []byte(others[r.IntN(len(others))])
	if r.IntN(2) == 0 {
		e.A, e.B, e.Leg = e.B, e.A, "terminating"
	}
	switch e.Type {
	case "voice":
		e.HasDuration, e.Duration = true, int64(r.IntN(4)*30)
	case "data":
		e.HasDuration, e.Duration, e.Evidence, e.A, e.B = true, r.Int64N(9000), []string{"within", "at-or-before-start"}[r.IntN(2)], e.Subject, nil
	}
	if r.IntN(5) > 0 {
		e.IMEI = []byte("35209911204417" + fmt.Sprint(r.IntN(3)) + "0")[:15]
		if r.IntN(2) == 0 {
			e.IMEI = []byte("352099112044199")
		}
	}
	if r.IntN(5) > 0 {
		e.IMSI = []byte("00101081283487" + fmt.Sprint(r.IntN(2)))
	}
	e.StartAt = mast(r)
	e.EndAt = mast(r)
	e.CRS = "EPSG:27700"
	if !e.StartAt.HasXY && !e.EndAt.HasXY {
		e.CRS = ""
	}
	return happening{e}
}

// mast returns one of a few cells; cell 3 stands at two positions.
func mast(r *rand.Rand) event.Site {
	switch k := r.IntN(7); k {
	case 0:
		return event.Site{}
	case 1:
		return event.Site{Cell: []byte("name:Mast A")}
	case 2:
		return event.Site{X: 374900, Y: 164900, HasXY: true}
	default:
		return event.Site{
			Cell: fmt.Appendf(nil, "cgi:001-01-1-%d", k), X: int64(374912 + 300*(k/4) + 200*(k%2*r.IntN(2))), Y: 164703, HasXY: true,
			Azimuth: []byte([]string{"", "omni", "0", "90", "270"}[r.IntN(5)]),
		}
	}
}

// settle completes an event as a source would have read it.
func (h *happening) settle() {
	h.HasEnd, h.End = h.HasDuration, h.Start+h.Duration
	h.Fold, h.Flags, h.OffsetS = "", nil, 3600
	if clock := time.Unix(h.Start, 0).UTC().Format("2006-01-02 15"); clock == "2026-10-25 00" {
		h.Fold, h.Flags = "unknown", []byte(event.FoldUnknown)
	} else if h.Start >= 1792890000 { // 2026-10-25T01:00:00Z, GMT from here
		h.OffsetS = 0
	}
}

// sourceFile writes a source's events in order, repeats labelled.
func sourceFile(r *rand.Rand, id string, all []happening) []byte {
	type line struct {
		start, row int64
		text       string
	}
	lines := make([]line, 0, len(all))
	for i, row := range r.Perm(len(all)) {
		all[i].settle()
		lines = append(lines, line{all[i].Start, int64(row + 2), string(event.AppendContent(nil, &all[i].Event))})
	}
	sort.Slice(lines, func(i, j int) bool {
		return lines[i].start < lines[j].start || lines[i].start == lines[j].start && lines[i].row < lines[j].row
	})
	out, first := event.AppendHeader(nil), map[string]int64{}
	for _, l := range lines {
		of := first[l.text]
		if of == 0 {
			first[l.text] = l.row
		}
		out = event.AppendTrail(append(out, l.text...), id, l.row, l.row*100, of)
	}
	return out
}

// sources makes a world and the files of up to three sources of it: the night
// on which the clocks go back, or three weeks round it.
func sources(r *rand.Rand, most int) map[string][]byte {
	base, span := int64(1792873200), int64(54000) // 2026-10-24T18:20:00Z
	if r.IntN(2) == 0 {
		base, span = 1792108800, 21*86400 // 2026-10-16
	}
	in := map[string][]byte{}
	var told []happening
	for k := range 1 + r.IntN(3) {
		var mine []happening
		for range r.IntN(most) {
			mine = append(mine, happen(r, base, span))
			if last := mine[len(mine)-1]; r.IntN(6) == 0 {
				mine = append(mine, last)
			}
			if last := mine[len(mine)-1]; r.IntN(5) == 0 && len(last.A) > 0 && len(last.B) > 0 { // the other leg
				if last.Subject = last.B; r.IntN(2) == 0 {
					last.Subject = last.A
				}
				last.Start += r.Int64N(4)
				mine = append(mine, last)
			}
		}
		for _, h := range told {
			if r.IntN(3) > 0 {
				continue
			}
			h.Start += r.Int64N(7) - 3
			if h.HasDuration {
				h.Duration = max(0, h.Duration+r.Int64N(7)-3)
			}
			if r.IntN(2) == 0 && len(h.B) > 0 {
				h.Subject, h.StartAt, h.EndAt = h.B, mast(r), mast(r)
				if h.CRS = "EPSG:27700"; !h.StartAt.HasXY && !h.EndAt.HasXY {
					h.CRS = ""
				}
			}
			mine = append(mine, h)
		}
		told = append(told, mine...)
		n := ""
		if k > 0 {
			n = fmt.Sprint("-", k+1)
		}
		in["events"+n] = sourceFile(r, fmt.Sprintf("%016x", uint64(0xfedcba9876543210)>>(4*r.IntN(2))+uint64(k)), mine)
		in["set-aside"+n] = []byte(none)
	}
	in["set-aside"] = []byte(aside)
	return in
}

// world returns the merged events of some sources.
func world(t *testing.T, r *rand.Rand, most int) []byte {
	t.Helper()
	out, _, err := steptest.Run(step.Merge{}, sources(r, most), nil)
	if err != nil {
		t.Fatal(err)
	}
	return out["events"]
}

// taken returns rows in the order in which they are taken.
func taken(t *testing.T, rows []row) []row {
	t.Helper()
	several, first := map[string]bool{}, map[string]string{}
	for _, r := range rows {
		if first[r["start_utc"]] == "" {
			first[r["start_utc"]] = r["source"]
		}
		several[r["start_utc"]] = several[r["start_utc"]] || first[r["start_utc"]] != r["source"]
	}
	key := func(r row) string {
		if !several[r["start_utc"]] {
			return r["start_utc"] + fmt.Sprintf("%9d", number(t, r["row"]))
		}
		blanks, text := 0, ""
		for _, name := range event.Columns()[:event.NumContent] {
			if text += r[name] + "\x00"; name != "flags" && r[name] == "" {
				blanks++
			}
		}
		return r["start_utc"] + fmt.Sprint(r["start_cell"]+r["start_x"] == "", r["imei"] == "", r["imsi"] == "") + fmt.Sprintf("%3d", blanks) + text +
			r["source"] + fmt.Sprintf("%9d", number(t, r["row"]))
	}
	rows = slices.Clone(rows)
	sort.Slice(rows, func(i, j int) bool { return key(rows[i]) < key(rows[j]) })
	return rows
}

// root returns the first row of the group of each row, as source:row.
func root(rows []row) map[string]string {
	of := map[string]string{}
	for _, r := range rows {
		own := r["source"] + ":" + r["row"]
		switch {
		case r["repeat_of"] == "":
			of[own] = own
		case strings.Contains(r["repeat_of"], ":"):
			of[own] = r["repeat_of"]
		default:
			of[own] = of[r["source"]+":"+r["repeat_of"]]
		}
	}
	return of
}

// sieve counts one row of each group.
type sieve struct {
	root map[string]string
	seen map[string]bool
}

func newSieve(rows []row) *sieve { return &sieve{root(rows), map[string]bool{}} }

func (s *sieve) again(r row, scope string) bool {
	key := scope + "|" + s.root[r["source"]+":"+r["row"]]
	defer func() { s.seen[key] = true }()
	return s.seen[key]
}

// slowLegs returns the rows, as source:row, that are the second leg of an event
// of their own source: it looks at every row before each.
func slowLegs(t *testing.T, asked []row, p analysis.Params, broken string) map[string]bool {
	t.Helper()
	second, in := map[string]bool{}, map[[2]string]bool{}
	if p["leg_s"] == "" || broken == "legs" {
		return second
	}
	for i, r := range asked {
		if r["repeat_of"] != "" && !strings.Contains(r["repeat_of"], ":") {
			continue
		}
		for _, f := range asked[:i] {
			if f["repeat_of"] != "" && !strings.Contains(f["repeat_of"], ":") {
				continue
			}
			own, first := r["source"]+":"+r["row"], f["source"]+":"+f["row"]
			if second[first] || f["source"] != r["source"] || f["type"] != r["type"] || f["a_number"] != r["a_number"] || f["b_number"] != r["b_number"] {
				continue
			}
			if f["subject"] == r["subject"] || in[[2]string{first, r["subject"]}] || (f["duration_s"] == "") != (r["duration_s"] == "") {
				continue
			}
			apart, longer := int(instant(t, r["start_utc"]).Sub(instant(t, f["start_utc"])).Seconds()), 0
			if r["duration_s"] != "" {
				longer = number(t, r["duration_s"]) - number(t, f["duration_s"])
			}
			if most := number(t, p["leg_s"]); apart <= most && longer <= most && -longer <= most {
				second[own], in[[2]string{first, r["subject"]}] = true, true
				break
			}
		}
	}
	return second
}

// legsFirst returns rows with the second legs before the other rows of one start.
func legsFirst(rows []row, leg map[string]bool) []row {
	key := func(r row) string {
		return r["start_utc"] + fmt.Sprint(!leg[r["source"]+":"+r["row"]])
	}
	rows = slices.Clone(rows)
	sort.SliceStable(rows, func(i, j int) bool { return key(rows[i]) < key(rows[j]) })
	return rows
}

// asked returns the rows between parties that a step looks for legs among.
func asked(t *testing.T, rows []row, p analysis.Params, of string) []row {
	t.Helper()
	var list []row
	for _, r := range rows {
		if (has(of, r["a_number"]) || has(of, r["b_number"])) && within(t, r, p) && (p["types"] == "" || has(p["types"], r["type"])) {
			list = append(list, r)
		}
	}
	return list
}

// london returns a row's start on London's clock.
func london(t *testing.T, r row) time.Time {
	t.Helper()
	return instant(t, r["start_utc"]).In(londonZone())
}

var londonZone = sync.OnceValue(func() *time.Location {
	zone, err := event.Location("Europe/London")
	if err != nil {
		panic(err)
	}
	return zone
})

func number(t *testing.T, text string) int {
	t.Helper()
	var n int
	if _, err := fmt.Sscan(text, &n); err != nil {
		t.Fatal(text, err)
	}
	return n
}

// period returns parameters with a random period, or none.
func period(r *rand.Rand) analysis.Params {
	at := func(from int64) string { return string(event.AppendInstant(nil, from+r.Int64N(40)*900)) }
	p := analysis.Params{}
	if r.IntN(3) == 0 {
		p["from"] = at(1792873200)
	}
	if r.IntN(3) == 0 {
		p["until"] = at(1792873200 + 40*900)
	}
	return p
}
