package custody_test

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"custos.example/custody"
	"custos.example/ledger"
)

// judge reads the log as a stranger would, with no rule and no projection of the
// service, and says which allowed decisions have no lawful authority behind them.
type judge struct {
	*house
	authorities map[ledger.EntryID][]authorityState
	datasets    map[string]datasetState // by entry
	assigned    map[string][]assignment
	found       []string
	checked     int
}

// authorityState is what an authority said from an entry on.
type authorityState struct {
	index ledger.Index
	by    string
	key   ledger.KeyID
	authorityText
}

type authorityText struct {
	Granted   struct{ On string }
	Cancelled struct{ On string }
	Renewals  []struct{ On string }
	Scope     struct {
		DataTypes, Identifiers []string
		From, Until            string
	}
}

// datasetState is a data set with the authority that it came under.
type datasetState struct {
	authority ledger.EntryID
	importer  string
	outside   int // of its events
}

type assignment struct {
	index       ledger.Index
	from, until time.Time
}

// questionText is what is read of a recorded decision.
type questionText struct {
	Input struct {
		Now       time.Time
		Actor     struct{ ID string }
		Authority struct{ ID string }
		Dataset   struct{ ID string }
		Source    struct {
			DataTypes, Identifiers  []string
			From, Until, ObtainedOn string
		}
	}
	RequestedBy string `json:"requested_by"`
}

// judge returns how many decisions on data were checked, and what was found.
func (x *history) judge() (int, []string) {
	x.Helper()
	j := judge{
		house: x.house, authorities: map[ledger.EntryID][]authorityState{}, datasets: map[string]datasetState{}, assigned: map[string][]assignment{},
	}
	log := slices.Concat(x.entries(x.id, ledger.Work), x.entries(x.id, ledger.Reads))
	slices.SortFunc(log, func(a, b custody.Stored) int { return cmp.Compare(a.Index, b.Index) })
	for _, stored := range log {
		statement, err := stored.Statement()
		if err != nil {
			x.Fatal(err)
		}
		j.read(stored, statement)
	}
	return j.checked, j.found
}

func (j *judge) wrong(stored custody.Stored, format string, args ...any) {
	j.found = append(j.found, fmt.Sprintf("entry %d: ", stored.Index)+fmt.Sprintf(format, args...))
}

// payload reads what an entry names.
func (j *judge) payload(s ledger.Statement, name string) io.Reader {
	j.Helper()
	at := slices.IndexFunc(s.Subject, func(subject ledger.Subject) bool { return subject.Name == name })
	if at < 0 {
		j.Fatalf("%s has no %s", s.Kind(), name)
	}
	blob, err := j.Service.Blobs.Find(j.Context(), j.id, s.Subject[at].Digest)
	if err != nil {
		j.Fatal(err)
	}
	content, err := j.Service.Blobs.Open(j.Context(), j.id, blob.Address)
	if err != nil {
		j.Fatal(err)
	}
	j.Cleanup(func() { _ = content.Close() })
	return io.NewSectionReader(content, 0, content.Size())
}

func (j *judge) decode(s ledger.Statement, name string, into any) {
	j.Helper()
	if err := json.NewDecoder(j.payload(s, name)).Decode(into); err != nil {
		j.Fatalf("%s: %v", s.Kind(), err)
	}
}

func (j *judge) read(stored custody.Stored, s ledger.Statement) {
	p := s.Predicate
	switch d := p.Detail.(type) {
	case *ledger.CaseOpened:
		for _, person := range d.Assigned {
			j.assigned[person] = append(j.assigned[person], assignment{stored.Index, p.Time.Time, time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)})
		}
	case *ledger.CaseAssigned:
		j.assigned[d.Person] = append(j.assigned[d.Person], assignment{stored.Index, d.From.Time, d.Until.Time})
	case *ledger.AuthorityRecorded:
		first := stored.Entry
		for _, d := range p.ResolvedDependencies {
			if (d.Name == "amends" || d.Name == "first") && d.Entry != nil { // the first stands after the one replaced
				first = *d.Entry
			}
		}
		state := authorityState{index: stored.Index, by: p.Actor.ID, key: p.Actor.Key}
		j.decode(s, "authority", &state.authorityText)
		j.authorities[first] = append(j.authorities[first], state)
	case *ledger.DatasetNormalised:
		if len(p.Authority) != 1 {
			j.wrong(stored, "a data set under %d authorities", len(p.Authority))
			return
		}
		j.datasets[stored.Entry.String()] = datasetState{p.Authority[0], p.Actor.ID, j.outside(stored, s)}
	case *ledger.AccessDecided:
		if d.Allowed {
			j.decision(stored, s, d)
		}
	}
}

// outside counts the events of a data set that lie outside the authority as it
// stood then.
func (j *judge) outside(stored custody.Stored, s ledger.Statement) int {
	states := j.authorities[s.Predicate.Authority[0]]
	if len(states) == 0 {
		return 1
	}
	scope := states[len(states)-1].Scope
	rows, err := csv.NewReader(j.payload(s, "events")).ReadAll()
	if err != nil {
		j.Fatal(err)
	}
	who, when := slices.Index(rows[0], "subject"), slices.Index(rows[0], "start_utc")
	outside := 0
	for _, row := range rows[1:] {
		if !slices.Contains(scope.Identifiers, row[who]) || row[when] < scope.From || row[when] >= scope.Until {
			outside++
		}
	}
	return outside
}

// decision checks one decision that allowed something about data.
func (j *judge) decision(stored custody.Stored, s ledger.Statement, d *ledger.AccessDecided) {
	if !slices.Contains([]string{"source.import", "analysis.run", "exhibit.produce", "row.read"}, d.Action) {
		return
	}
	var q questionText
	j.decode(s, "decision", &q)
	j.checked++
	if !j.works(q.RequestedBy, stored.Index, q.Input.Now) {
		j.wrong(stored, "%s by %s, who is not assigned then", d.Action, q.RequestedBy)
	}
	if d.Action != "source.import" {
		data, known := j.datasets[q.Input.Dataset.ID]
		if !known {
			j.wrong(stored, "%s on data that was never imported", d.Action)
			return
		}
		j.behind(stored, d.Action, data.authority, data.importer)
		if data.outside > 0 {
			j.wrong(stored, "%s on data with %d events outside the scope", d.Action, data.outside)
		}
		return
	}
	authority, err := ledger.ParseEntryID(q.Input.Authority.ID)
	if err != nil {
		j.wrong(stored, "an import under no authority")
		return
	}
	state, there := j.behind(stored, d.Action, authority, q.RequestedBy)
	if !there {
		return
	}
	from, until := stamp(state.Scope.From), stamp(state.Scope.Until)
	if !within(q.Input.Source.Identifiers, state.Scope.Identifiers) || !within(q.Input.Source.DataTypes, state.Scope.DataTypes) ||
		stamp(q.Input.Source.From).Before(from) || stamp(q.Input.Source.Until).After(until) {
		j.wrong(stored, "an import of what is outside the scope of its authority")
	}
	obtained := q.Input.Source.ObtainedOn
	if cancelled := state.Cancelled.On; obtained < state.Granted.On || obtained > state.lastDay() || cancelled != "" && cancelled != "none" && obtained > cancelled {
		j.wrong(stored, "an import of what was obtained on %s, granted on %s, cancelled %q", obtained, state.Granted.On, cancelled)
	}
}

// behind returns the newest state of an authority that stood in the log before, and
// wants it to have been recorded by another signer.
func (j *judge) behind(stored custody.Stored, action string, authority ledger.EntryID, importer string) (authorityState, bool) {
	var state authorityState
	there := false
	for _, s := range j.authorities[authority] {
		if s.index < stored.Index {
			state, there = s, true
		}
	}
	if !there {
		j.wrong(stored, "%s without an authority earlier in the log", action)
		return state, false
	}
	if state.by == importer || state.by == "service" {
		j.wrong(stored, "%s on what was imported by who recorded its authority", action)
	}
	return state, true
}

// works tells whether somebody was assigned, by the newest entry about it.
func (j *judge) works(person string, before ledger.Index, now time.Time) bool {
	held := false
	for _, a := range j.assigned[person] {
		if a.index < before {
			held = !now.Before(a.from) && now.Before(a.until)
		}
	}
	return held
}

// lastDay is the last day of the last period: a month that begins with its first
// day, once more for each renewal in time.
func (a authorityText) lastDay() string {
	end := monthFrom(a.Granted.On)
	for _, renewal := range a.Renewals {
		if renewal.On <= end {
			day, _ := time.Parse(time.DateOnly, end)
			end = monthFrom(day.AddDate(0, 0, 1).Format(time.DateOnly))
		}
	}
	return end
}

// monthFrom returns the last day of the month that begins with a day.
func monthFrom(grant string) string {
	first, err := time.Parse(time.DateOnly, grant)
	if err != nil {
		return ""
	}
	y, m, day := first.Date()
	if most := time.Date(y, m+2, 0, 0, 0, 0, 0, time.UTC); day > most.Day() {
		return most.Format(time.DateOnly)
	}
	return time.Date(y, m+1, day-1, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
}

func stamp(text string) time.Time {
	at, _ := time.Parse(time.RFC3339, text)
	return at
}

// within tells whether every word of a list is in another.
func within(list, in []string) bool {
	return !slices.ContainsFunc(list, func(word string) bool { return !slices.Contains(in, word) })
}
