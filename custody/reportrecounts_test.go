package custody_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"custos.example/ledger"
)

// ipco recounts the report for an inspection.
func (r *raw) ipco() {
	returns, records := r.returns()
	r.count("ipco.returns", returns)
	r.say("ipco.records", records, returns)
	r.none("ipco.returns.outside", "ipco.returns.not-known", "ipco.excess.asked", "ipco.excess.approved", "ipco.urgent", "ipco.urgent.unconfirmed", "ipco.applications",
		"ipco.applications.without", "ipco.notices", "ipco.renewed", "ipco.cancelled", "ipco.professions", "ipco.sources")
	granted := r.inPeriod("authority-recorded")
	r.count("ipco.granted", granted)
	r.say("ipco.items", int64(len(granted)), granted)
	if len(granted) > 0 {
		r.count("ipco.types.events", granted)
	}
	r.use(returns)
	sets, outside := r.excess()
	r.count("ipco.excess", sets)
	r.say("ipco.excess.rows", outside, sets)
	all, reportable, corrected := r.erred()
	r.count("ipco.errors", all)
	r.count("ipco.errors.reportable", reportable)
	r.count("ipco.errors.late", reportable) // how many days there are under this Act is not known
	r.count("ipco.errors.corrected", corrected)
	refused := r.refusals(false)
	r.count("ipco.refusals", refused)
	names, by := byRule(refused, func(d *ledger.AccessDecided, rule string) string { return d.Action + "\x00" + rule }, true)
	for n, name := range names {
		r.count(fmt.Sprintf("ipco.refusals.%d", n+1), by[name])
	}
	asked, approved := r.permissions()
	r.count("ipco.permissions", asked)
	r.count("ipco.permissions.approved", approved)
}

// under are the entries of some that rest on an authority.
func under(list []rawEntry, authority rawEntry) []rawEntry {
	return slices.DeleteFunc(slices.Clone(list), func(e rawEntry) bool { return !slices.Contains(e.p.Authority, authority.Entry) })
}

// use recounts what use was made of each authority, to the end of the record.
func (r *raw) use(returns []rawEntry) {
	files, datasets := r.kind("evidence-received"), r.kind("dataset-normalised")
	authorities := r.kind("authority-recorded")
	slices.SortStableFunc(authorities, func(x, y rawEntry) int { return cmp.Compare(x.in, y.in) })
	var all, never []rawEntry
	for _, a := range authorities {
		if !r.within(a.at) && len(under(returns, a)) == 0 {
			continue
		}
		all = append(all, a)
		got, runs, exhibits := under(files, a), under(r.kind("analysis-run"), a), under(r.kind("exhibit-produced"), a)
		var reads []rawEntry
		for _, read := range r.reads() {
			set := textAt(read.by["decision"], "custom", "asked", "dataset")
			if slices.ContainsFunc(under(datasets, a), func(d rawEntry) bool { return d.Entry.String() == set }) {
				reads = append(reads, read)
			}
		}
		if len(got) > 0 && len(runs)+len(exhibits)+len(reads) == 0 {
			never = append(never, a)
		}
		name := fmt.Sprintf("ipco.use.%d.", len(all))
		r.count(name+"returns", got)
		r.count(name+"runs", runs)
		r.count(name+"exhibits", exhibits)
		r.count(name+"reads", reads)
	}
	r.count("ipco.authorities", all)
	r.count("ipco.never-used", never)
}

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

// inUse is what is in use in the first so many entries.
func (r *raw) inUse(asOf ledger.Index) map[string]rawEntry {
	use := map[string]rawEntry{}
	note := func(name string, e rawEntry) {
		if old, known := use[name]; !known || e.Entry.String() < old.Entry.String() {
			use[name] = e
		}
	}
	people, rules := map[string]rawEntry{}, rawEntry{}
	for _, e := range r.all {
		if e.Index >= asOf {
			continue
		}
		switch d := e.p.Detail.(type) {
		case *ledger.DatasetNormalised:
			note(fmt.Sprintf("source %s@%d", e.p.Step.Name, e.p.Step.Version), e)
		case *ledger.AnalysisRun:
			note(fmt.Sprintf("step %s@%d", e.p.Step.Name, e.p.Step.Version), e)
		case *ledger.KeyEnrolled:
			if old, known := people[d.Holder]; !known || old.Index < e.Index {
				people[d.Holder] = e
			}
		case *ledger.PolicyReleased:
			if d.Name != "co-signers" && (rules.p.Detail == nil || rules.Index < e.Index) {
				rules = e
			}
		}
	}
	for _, e := range people {
		for _, role := range e.p.Detail.(*ledger.KeyEnrolled).Roles {
			note("role "+role, e)
		}
	}
	note("rules "+rules.p.Detail.(*ledger.PolicyReleased).Release.String(), rules)
	return use
}

// dpia recounts the assessment.
func (r *raw) dpia() {
	returns, records := r.returns()
	r.count("dpia.returns", returns)
	r.say("dpia.records", records, returns)
	sets := r.inPeriod("dataset-normalised")
	if len(returns) > 0 {
		r.count("dpia.kind.1", returns)
	}
	if len(sets) > 0 {
		r.count("dpia.format.1", sets)
	}
	if granted := r.inPeriod("authority-recorded"); len(granted) > 0 {
		r.count("dpia.basis.1", granted)
		r.count("dpia.people.1", granted)
		r.hideGroup([]string{"dpia.people.1"})
	}
	copies := r.inPeriod("copy-issued")
	if len(copies) > 0 {
		r.count("dpia.copies.1", copies)
	}
	r.count("dpia.copies.out", slices.DeleteFunc(slices.Clone(copies), func(e rawEntry) bool {
		return slices.ContainsFunc(r.kind("copy-disposed"), func(d rawEntry) bool {
			return d.Case == e.Case && d.p.Detail.(*ledger.CopyDisposed).Copy == e.p.Detail.(*ledger.CopyIssued).Copy
		})
	}))
	r.none("dpia.retention.due", "dpia.holds", "dpia.erased", "dpia.by-place", "dpia.unmask", "dpia.unmask.approved", "dpia.exhibits.checked", "dpia.rows.aside", "dpia.log.revoked",
		"dpia.log.stamps")
	_, approved := r.permissions()
	r.count("dpia.further-use", approved)
	refused := r.refusals(false)
	r.count("dpia.refusals", refused)
	names, by := byRule(refused, func(_ *ledger.AccessDecided, rule string) string { return rule }, false)
	for n, name := range names {
		r.count(fmt.Sprintf("dpia.rule.%d", n+1), by[name])
	}
	r.count("dpia.exhibits", r.inPeriod("exhibit-produced"))
	r.enrolled()
	received, repeats := int64(0), int64(0)
	for _, d := range sets {
		received, repeats = received+int64(d.p.RowBalance.Received), repeats+int64(d.p.RowBalance.Repeats)
	}
	r.say("dpia.rows", received, sets)
	r.say("dpia.rows.repeats", repeats, sets)
	excess, outside := r.excess()
	r.say("dpia.rows.outside", outside, excess)
	all, _, _ := r.erred()
	r.count("dpia.errors", all)
	r.count("dpia.log.clock", r.stepped())
	r.change()
}

// enrolled recounts the people with a key, and those of them who asked for nothing.
func (r *raw) enrolled() {
	newest := map[string]rawEntry{}
	for _, e := range r.kind("key-enrolled") {
		d := e.p.Detail.(*ledger.KeyEnrolled)
		if slices.Contains(d.Roles, "recorder") || slices.Contains(d.Roles, "log") {
			continue
		}
		if old, known := newest[d.Holder]; !known || old.Index < e.Index {
			newest[d.Holder] = e
		}
	}
	var people, dormant []rawEntry
	for id, e := range newest {
		people = append(people, e)
		if !slices.ContainsFunc(r.inPeriod("access-decided"), func(d rawEntry) bool { return d.p.Actor.ID == id }) {
			dormant = append(dormant, e)
		}
	}
	r.count("dpia.people.enrolled", people)
	r.count("dpia.people.dormant", dormant)
}

// change recounts what is new since the assessment before.
func (r *raw) change() {
	before := map[string]rawEntry{}
	var last rawEntry
	for _, e := range r.kind("report-made") {
		if e.p.Parameters["report"] == "dpia" && (last.p.Detail == nil || e.Index > last.Index) {
			last = e
		}
	}
	if last.p.Detail != nil {
		size, _ := at(last.by["request"], "asOf").(float64)
		before = r.inUse(ledger.Index(size))
	}
	now := r.inUse(r.asOf)
	var added, gone []rawEntry
	for name, e := range now {
		if _, known := before[name]; !known {
			added = append(added, e)
		}
	}
	for name, e := range before {
		if _, known := now[name]; !known && !strings.HasPrefix(name, "none") {
			gone = append(gone, e)
		}
	}
	r.count("dpia.new", added)
	r.count("dpia.no-more", gone)
}
