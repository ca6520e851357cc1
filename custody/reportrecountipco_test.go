package custody_test

import (
	"cmp"
	"fmt"
	"slices"

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
