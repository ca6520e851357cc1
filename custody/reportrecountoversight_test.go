package custody_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"custos.example/ledger"
)

// hide hides what is too small to be told.
func (r *raw) hide(id string) {
	if w := r.want[id]; len(w.entries) > 0 && len(w.entries) < 5 {
		r.want[id] = recounted{hidden: true}
	}
}

// hideGroup hides what is too small among the parts of a sum, and where that is one
// alone the next smallest too, by how many entries there are.
func (r *raw) hideGroup(ids []string) {
	small := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { n := len(r.want[id].entries); return n == 0 || n >= 5 })
	if len(small) == 1 {
		rest := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return len(r.want[id].entries) < 5 })
		slices.SortStableFunc(rest, func(x, y string) int { return cmp.Compare(len(r.want[x].entries), len(r.want[y].entries)) })
		if len(rest) > 0 {
			small = append(small, rest[0])
		}
	}
	for _, id := range small {
		r.want[id] = recounted{hidden: true}
	}
}

// oversight recounts volume, delay and cost.
func (r *raw) oversight() {
	returns, records := r.returns()
	all, _, _ := r.erred()
	_, first := r.rows("submission")
	var submissions []rawEntry
	for _, e := range first {
		if r.within(e.at) {
			submissions = append(submissions, e)
		}
	}
	r.count("oversight.cases", r.inPeriod("case-opened"))
	r.count("oversight.items", nil)
	r.count("oversight.returns", returns)
	r.say("oversight.records", records, returns)
	r.count("oversight.runs", r.inPeriod("analysis-run"))
	r.count("oversight.exhibits", r.inPeriod("exhibit-produced"))
	r.count("oversight.copies", r.inPeriod("copy-issued"))
	r.count("oversight.submissions", submissions)
	r.count("oversight.reads", slices.DeleteFunc(r.reads(), func(e rawEntry) bool { return !r.within(e.at) }))
	r.count("oversight.refusals", r.refusals(true))
	r.count("oversight.errors", all)
	for id := range maps.Clone(r.want) {
		r.hide(id)
	}
	r.delay(returns)
	r.cost()
	r.waiting("oversight.waiting.")
	ids := []string{}
	for n := 1; n <= 8; n++ {
		ids = append(ids, fmt.Sprintf("oversight.waiting.%d", n))
	}
	r.hideGroup(ids)
}

// delay recounts how long things took.
func (r *raw) delay(returns []rawEntry) {
	type spell struct {
		days  int64
		entry rawEntry
	}
	spells := map[string][]spell{"received": nil, "read": nil, "worked": nil, "provider": nil}
	for _, e := range returns {
		obtained := ""
		for _, d := range r.kind("access-decided") {
			if e.p.Decision != nil && d.Entry == e.p.Decision.Entry {
				obtained = textAt(d.by["decision"], "input", "source", "obtainedOn")
			}
		}
		day, _ := time.Parse(time.DateOnly, obtained)
		arrived, _ := time.Parse(time.DateOnly, civil(e.at))
		spells["received"] = append(spells["received"], spell{int64(arrived.Sub(day).Hours() / 24), e})
		for _, d := range r.kind("dataset-normalised") {
			if !madeFrom(d, e) {
				continue
			}
			spells["read"] = append(spells["read"], spell{int64(d.at.Sub(e.at).Hours() / 24), d})
			for _, run := range r.kind("analysis-run") {
				if madeFrom(run, d) {
					spells["worked"] = append(spells["worked"], spell{int64(run.at.Sub(e.at).Hours() / 24), run})
					break
				}
			}
			break
		}
	}
	for name, list := range spells {
		id, entries, days := "oversight.delay."+name, []rawEntry{}, []int64{}
		for _, s := range list {
			entries, days = append(entries, s.entry), append(days, s.days)
		}
		slices.Sort(days)
		r.count(id+".number", entries)
		if len(days) > 0 {
			r.say(id+".middle", days[(len(days)-1)/2], entries)
			r.say(id+".longest", days[len(days)-1], entries)
		}
		for _, part := range []string{".number", ".middle", ".longest"} {
			if _, there := r.want[id+part]; there {
				r.hide(id + part)
			}
		}
	}
}

// cost recounts the sums of the period.
func (r *raw) cost() {
	newest, _ := r.rows("cost")
	expected := map[string]bool{"spoc-advice": true, "authority-estimate": true}
	var list []rawEntry
	for _, e := range newest {
		if gone, _ := at(e.by["row"], "withdrawn").(bool); !gone && r.within(midnight(textAt(e.by["row"], "on"))) {
			list = append(list, e)
		}
	}
	total := func(list []rawEntry) (charged, estimated int64) {
		for _, e := range list {
			pence, _ := at(e.by["row"], "pence").(float64)
			switch kind := textAt(e.by["row"], "kind"); {
			case expected[kind]:
				estimated += int64(pence)
			case kind == "credit":
				charged -= int64(pence)
			default:
				charged += int64(pence)
			}
		}
		return charged, estimated
	}
	charged, estimated := total(list)
	r.say("oversight.cost.charged", charged, list)
	r.say("oversight.cost.expected", estimated, list)
	r.hideGroup([]string{"oversight.cost.charged", "oversight.cost.expected"})
	for _, part := range []string{"unit", "operator", "kind"} {
		by := map[string][]rawEntry{}
		for _, e := range list {
			by[textAt(e.by["row"], part)] = append(by[textAt(e.by["row"], part)], e)
		}
		ids := []string{}
		for n, name := range slices.Sorted(maps.Keys(by)) {
			id := fmt.Sprintf("oversight.cost.%s.%d", part, n+1)
			charged, estimated := total(by[name])
			if part == "kind" {
				charged += estimated
			}
			r.say(id, charged, by[name])
			ids = append(ids, id)
		}
		r.hideGroup(ids)
	}
}

// waiting recounts what should have been done.
func (r *raw) waiting(prefix string) {
	var errors, late, asked []rawEntry
	for _, states := range r.errors() {
		if last := states[len(states)-1]; textAt(last.by["error"], "type") == "reportable" && last.p.Detail.(*ledger.ErrorRecorded).State == "open" {
			errors = append(errors, last)
		}
	}
	newest, _ := r.rows("submission")
	for _, e := range newest {
		if textAt(e.by["row"], "state") == "requested" && textAt(e.by["row"], "dueOn") < r.today {
			late = append(late, e)
		}
	}
	answers := r.answers()
	for _, e := range r.kind("permission-asked") {
		if _, answered := answers[e.Entry]; !answered {
			asked = append(asked, e)
		}
	}
	for n := 1; n <= 8; n++ {
		r.count(fmt.Sprintf("%s%d", prefix, n), map[int][]rawEntry{1: errors, 4: late, 6: asked}[n])
	}
}

// health recounts the health of the log.
func (r *raw) health() {
	r.none("health.signatures.bad", "health.clock", "health.revoked", "health.stamps", "health.defects")
	r.count("health.clock", r.stepped())
	r.waiting("health.waiting.")
}

// stepped are the steps of the clock of the period.
func (r *raw) stepped() []rawEntry {
	return slices.DeleteFunc(r.kind("clock-stepped"), func(e rawEntry) bool { return !r.within(e.p.Detail.(*ledger.ClockStepped).After.Time) })
}
