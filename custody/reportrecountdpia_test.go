package custody_test

import (
	"fmt"
	"slices"
	"strings"

	"custos.example/ledger"
)

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
