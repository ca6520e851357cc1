package custody_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"custos.example/analysis/paper"
	"custos.example/custody"
	"custos.example/ledger"
)

// The recount below shares nothing with the reports but the entries: it opens every
// envelope and payload by itself and counts.

// recounted is what a figure should say.
type recounted struct {
	value   int64
	entries []string
	hidden  bool
}

// compare tells every figure of a document that is not what was recounted, and every
// one of either that the other lacks.
func compare(d paper.Document, want map[string]recounted) (wrong []string) {
	seen := map[string]bool{}
	for _, s := range d.Sections {
		for _, f := range s.Figures {
			w, known := want[f.ID]
			seen[f.ID] = true
			slices.Sort(w.entries)
			switch {
			case !known:
				wrong = append(wrong, f.ID+" was not recounted")
			case w.hidden != f.Suppressed:
				wrong = append(wrong, fmt.Sprintf("%s: hidden %t, recounted %t with %d", f.ID, f.Suppressed, w.hidden, w.value))
			case !w.hidden && w.value != f.Value:
				wrong = append(wrong, fmt.Sprintf("%s is %d, recounted %d", f.ID, f.Value, w.value))
			case !w.hidden && !slices.Equal(slices.Compact(w.entries), f.Entries):
				wrong = append(wrong, fmt.Sprintf("%s: entries %v, recounted %v", f.ID, f.Entries, w.entries))
			}
		}
	}
	for id := range want {
		if !seen[id] {
			wrong = append(wrong, id+" is not in the report")
		}
	}
	return wrong
}

// rawEntry is an entry as it is stored, with its payloads as loose JSON.
type rawEntry struct {
	custody.Stored
	p  ledger.Predicate
	at time.Time
	in string // reference of the case
	by map[string]any
}

// raw is the log as it was when it had asOf entries.
type raw struct {
	o           *office
	all         []rawEntry // in the order of time, then of ids
	from, until time.Time
	on          time.Time
	asOf        ledger.Index
	today       string
	want        map[string]recounted
}

// recount counts everything that a report counts.
func (o *office) recount(d paper.Document, from, until time.Time) map[string]recounted {
	o.Helper()
	r := &raw{o: o, from: from, until: until, want: map[string]recounted{}}
	made, size, _ := strings.Cut(d.Made, ", of a log of ")
	if _, err := fmt.Sscanf(size, "%d entries", &r.asOf); err != nil {
		o.Fatal(err)
	}
	var err error
	if r.on, err = time.Parse("2 January 2006 15:04:05 UTC", made); err != nil {
		o.Fatal(err)
	}
	r.today = civil(r.on)
	r.read("")
	for _, c := range o.cases {
		r.read(c.id)
	}
	slices.SortStableFunc(r.all, func(x, y rawEntry) int {
		return cmp.Or(x.at.Compare(y.at), cmp.Compare(x.Entry.String(), y.Entry.String()))
	})
	switch d.Reference {
	case "IPCO":
		r.ipco()
	case "OVERSIGHT":
		r.oversight()
	case "DPIA":
		r.dpia()
	case "HEALTH":
		r.health()
	}
	return r.want
}

// summer is when clocks in the United Kingdom went forward that year.
var summer = time.Date(2024, 3, 31, 1, 0, 0, 0, time.UTC)

// civil is the day of an instant in the United Kingdom.
func civil(t time.Time) string {
	if !t.Before(summer) {
		t = t.Add(time.Hour)
	}
	return t.UTC().Format(time.DateOnly)
}

// midnight is when a day of the United Kingdom began.
func midnight(day string) time.Time {
	t, _ := time.Parse(time.DateOnly, day)
	if t.After(summer) {
		t = t.Add(-time.Hour)
	}
	return t
}

// read opens every entry of a case or of the organisation.
func (r *raw) read(id custody.CaseID) {
	r.o.Helper()
	chains, err := r.o.Store.Chains(r.o.Context(), id)
	if err != nil {
		r.o.Fatal(err)
	}
	reference := ""
	for _, chain := range chains {
		for _, stored := range r.o.entries(id, chain.Kind) {
			if stored.Index >= r.asOf {
				continue
			}
			statement, err := stored.Statement()
			if err != nil {
				r.o.Fatal(err)
			}
			e := rawEntry{Stored: stored, p: statement.Predicate, at: statement.Predicate.Time.Time, by: map[string]any{}}
			if d, is := e.p.Detail.(*ledger.CaseOpened); is {
				reference = d.Reference
			}
			for _, s := range statement.Subject {
				switch s.Name {
				case "decision", "error", "row", "authority", "copy", "request":
					e.by[s.Name] = r.payload(id, s.Digest)
				}
			}
			r.all = append(r.all, e)
		}
	}
	for n := range r.all {
		if r.all[n].Case == id {
			r.all[n].in = reference
		}
	}
}

// payload reads a payload as loose JSON.
func (r *raw) payload(id custody.CaseID, digest ledger.DigestSet) any {
	r.o.Helper()
	blob, err := r.o.Service.Blobs.Find(r.o.Context(), id, digest)
	if err != nil {
		r.o.Fatal(err)
	}
	content, err := r.o.Service.Blobs.Open(r.o.Context(), id, blob.Address)
	if err != nil {
		r.o.Fatal(err)
	}
	defer func() { _ = content.Close() }()
	text, err := io.ReadAll(io.NewSectionReader(content, 0, content.Size()))
	if err != nil {
		r.o.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		r.o.Fatal(err)
	}
	return v
}

// at walks into loose JSON.
func at(v any, path ...string) any {
	for _, name := range path {
		m, is := v.(map[string]any)
		if !is {
			return nil
		}
		v = m[name]
	}
	return v
}

func textAt(v any, path ...string) string {
	s, _ := at(v, path...).(string)
	return s
}

func instantAt(v any, path ...string) time.Time {
	t, _ := time.Parse(time.RFC3339, textAt(v, path...))
	return t
}

func (r *raw) within(t time.Time) bool {
	return !t.Before(r.from) && (r.until.IsZero() || t.Before(r.until))
}

// kind are the entries of a kind.
func (r *raw) kind(kind string) (list []rawEntry) {
	for _, e := range r.all {
		if e.Kind == kind {
			list = append(list, e)
		}
	}
	return list
}

// inPeriod are the entries of a kind in the period.
func (r *raw) inPeriod(kind string) []rawEntry {
	return slices.DeleteFunc(r.kind(kind), func(e rawEntry) bool { return !r.within(e.at) })
}

func (r *raw) say(id string, value int64, list []rawEntry) {
	w := recounted{value: value}
	for _, e := range list {
		w.entries = append(w.entries, e.Entry.String())
	}
	r.want[id] = w
}

func (r *raw) count(id string, list []rawEntry) { r.say(id, int64(len(list)), list) }

func (r *raw) none(ids ...string) {
	for _, id := range ids {
		r.say(id, 0, nil)
	}
}

// madeFrom tells whether an entry names another as an input.
func madeFrom(e, from rawEntry) bool {
	return slices.ContainsFunc(e.p.ResolvedDependencies, func(d ledger.Dependency) bool { return d.Entry != nil && *d.Entry == from.Entry })
}

// returns are the files of communications data of the period, and the records that
// the newest data set of each received.
func (r *raw) returns() (list []rawEntry, records int64) {
	for _, e := range r.inPeriod("evidence-received") {
		if e.p.Detail.(*ledger.EvidenceReceived).Reference != "" || len(e.p.Authority) == 0 {
			continue
		}
		list = append(list, e)
		last := int64(0)
		for _, d := range r.kind("dataset-normalised") {
			if madeFrom(d, e) {
				last = int64(d.p.RowBalance.Received)
			}
		}
		records += last
	}
	return list, records
}

// excess are the data sets of the period with rows outside the scope.
func (r *raw) excess() (list []rawEntry, rows int64) {
	for _, d := range r.inPeriod("dataset-normalised") {
		if d.p.RowBalance.Outside > 0 {
			list, rows = append(list, d), rows+int64(d.p.RowBalance.Outside)
		}
	}
	return list, rows
}

// refusals are the refused decisions of the period; of cases alone or of all.
func (r *raw) refusals(cases bool) []rawEntry {
	return slices.DeleteFunc(r.inPeriod("access-decided"), func(e rawEntry) bool {
		return e.p.Detail.(*ledger.AccessDecided).Allowed || cases && e.Case == ""
	})
}

// reads are the allowed reads of rows, with the data set that was read.
func (r *raw) reads() (list []rawEntry) {
	for _, e := range r.kind("access-decided") {
		if d := e.p.Detail.(*ledger.AccessDecided); d.Allowed && d.Action == "row.read" {
			list = append(list, e)
		}
	}
	return list
}

// errors are the newest state of each error and all states before it.
func (r *raw) errors() map[string][]rawEntry {
	states := map[string][]rawEntry{}
	for _, e := range r.kind("error-recorded") {
		name := string(e.Case) + " " + e.p.Detail.(*ledger.ErrorRecorded).Error
		states[name] = append(states[name], e)
	}
	for _, list := range states {
		slices.SortFunc(list, func(x, y rawEntry) int { return cmp.Compare(x.Index, y.Index) })
	}
	return states
}

// errorSays is what a state says of an error, as corrections are told.
func errorSays(e rawEntry) string {
	doc := e.by["error"]
	return textAt(doc, "type") + textAt(doc, "cause") + textAt(doc, "causedBy") + instantAt(doc, "discoveredAt").Format(time.DateTime)
}

// erred are the errors of the period as they stand, those that are reportable, and
// the earlier states that were corrected.
func (r *raw) erred() (all, reportable, corrected []rawEntry) {
	for _, states := range r.errors() {
		last := states[len(states)-1]
		within := r.within(instantAt(last.by["error"], "discoveredAt"))
		if within {
			if all = append(all, last); textAt(last.by["error"], "type") == "reportable" {
				reportable = append(reportable, last)
			}
		}
		for _, old := range states[:len(states)-1] {
			if (within || r.within(instantAt(old.by["error"], "discoveredAt"))) && errorSays(old) != errorSays(last) {
				corrected = append(corrected, old)
			}
		}
	}
	return all, reportable, corrected
}

// rows are the newest rows of a register, by case and name; first are the first.
func (r *raw) rows(register string) (newest, first map[string]rawEntry) {
	newest, first = map[string]rawEntry{}, map[string]rawEntry{}
	for _, e := range r.kind("register-recorded") {
		if d := e.p.Detail.(*ledger.RegisterRecorded); d.Register == register {
			name := string(e.Case) + " " + d.Name
			if old, known := newest[name]; !known || old.Index < e.Index {
				newest[name] = e
			}
			if old, known := first[name]; !known || old.Index > e.Index {
				first[name] = e
			}
		}
	}
	return newest, first
}

// answers are the newest answer to each request for a permission.
func (r *raw) answers() map[ledger.EntryID]rawEntry {
	answers := map[ledger.EntryID]rawEntry{}
	for _, e := range r.kind("permission-decided") {
		request := e.p.Detail.(*ledger.PermissionDecided).Request
		if old, known := answers[request]; !known || old.Index < e.Index {
			answers[request] = e
		}
	}
	return answers
}

// permissions are the requests of the period, and the approvals in force of them.
func (r *raw) permissions() (asked, approved []rawEntry) {
	answers := r.answers()
	for _, e := range r.inPeriod("permission-asked") {
		asked = append(asked, e)
		if answer, known := answers[e.Entry]; known && answer.p.Detail.(*ledger.PermissionDecided).Decision == "approved" {
			approved = append(approved, answer)
		}
	}
	return asked, approved
}

// byRule gathers refusals by a name of each, under every rule that its payload gives as
// a reason.
func byRule(list []rawEntry, name func(d *ledger.AccessDecided, rule string) string, without bool) (names []string, by map[string][]rawEntry) {
	by = map[string][]rawEntry{}
	for _, e := range list {
		d := e.p.Detail.(*ledger.AccessDecided)
		var rules []string
		reasons, _ := at(e.by["decision"], "result", "reasons").([]any)
		for _, reason := range reasons {
			rules = append(rules, textAt(reason, "rule"))
		}
		if len(rules) == 0 && without {
			rules = []string{"no rule allows it"}
		}
		slices.Sort(rules)
		for _, rule := range slices.Compact(rules) {
			by[name(d, rule)] = append(by[name(d, rule)], e)
		}
	}
	return slices.Sorted(maps.Keys(by)), by
}
