package step

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"custos.example/analysis"
	"custos.example/analysis/event"
)

// Rules under which a row is no contact in common.
const (
	listedOut        = "ON_EXCLUDE_LIST"
	belowSubjects    = "BELOW_MIN_SUBJECTS"
	maxSubjects      = 60
	outsideSubjects  = "OUTSIDE_SUBJECTS"
	minimumOfCommons = 2
)

// Common is the step common-contacts@1: the parties with whom several subjects
// have events.
type Common struct{}

// Info returns the step's name, ports and parameters.
func (Common) Info() analysis.Info {
	return analysis.Info{
		Name: "common-contacts", Version: 1, Class: analysis.Analyse, Title: "Contacts in common",
		Inputs: eventInputs(), Outputs: outputs("common", "excluded"),
		Params: append(periodParams(),
			analysis.Param{Name: "subjects", Required: true, Doc: "canonical identifiers of two to sixty subjects with commas between them"},
			analysis.Param{Name: "min_subjects", Default: "2", Doc: "least number of subjects who have a contact in common"},
			analysis.Param{Name: "exclude", Doc: "identifiers that are not listed, with commas between them"},
			analysis.Param{Name: "types", Default: "voice,sms,mms", Doc: "event types with commas between them; blank = all"},
			analysis.Param{Name: "include_zero_duration", Default: "true", Doc: "true or false: calls of 0 seconds are counted"},
			analysis.Param{Name: "include_short_codes", Default: "false", Doc: "true or false: short codes and text senders are counted"},
			legParam(),
			zoneParam("IANA zone in which times are shown beside the table"),
		),
		Caveats: []string{analysis.CavOpinion, analysis.CavCount, analysis.CavShared, analysis.CavAbsence},
	}
}

// commonFields returns the columns of the port `common`: one for each subject.
func commonFields(subjects []string) []analysis.Field {
	fields := []analysis.Field{
		fact("contact", "Contact", analysis.KindIdentifier),
		derived("subjects", "Subjects", analysis.KindCount, "subjects with at least one event with the contact"),
		derived("events", "Events", analysis.KindCount, "the events of the subjects added"),
	}
	for i, s := range subjects {
		fields = append(fields, derived("events_"+strconv.Itoa(i+1), "Events of "+event.Display(s), analysis.KindCount, "rows counted, repeats once"))
	}
	return append(fields,
		derived("first", "First (UTC)", analysis.KindInstant, "earliest start"),
		derived("last", "Last (UTC)", analysis.KindInstant, "greatest start"))
}

// shared is what is known of one contact.
type shared struct {
	id          string
	events      []int64 // by subject
	first, last int64
}

func (s *shared) subjects() int {
	n := 0
	for _, e := range s.events {
		if e > 0 {
			n++
		}
	}
	return n
}

func (s *shared) total() int64 {
	var n int64
	for _, e := range s.events {
		n += e
	}
	return n
}

type common struct {
	*question
	subjects []string
	column   map[string]int // subject to its place
	exclude  map[string]bool
	least    int64
	legs     legs
	contact  contacts // its rules of what is no contact
	found    map[string]*shared
	once     map[string]int64    // rows that count for one contact, by it
	twice    map[[2]string]int64 // rows between two subjects, by both
	left     map[[2]string]int64
}

// Run counts the events of each subject with each other party.
//
// An event between two subjects counts for each of them as a contact of the
// other. A row is left out by the first rule that it breaks: OUTSIDE_SUBJECTS
// (neither party is a subject), OUTSIDE_PERIOD, OUTSIDE_TYPES; then, if it is
// no repeat, NO_COUNTERPARTY, OWN_NUMBER, REDACTED, UNAVAILABLE, WITHHELD,
// SHORT_CODE, NOT_A_NUMBER, ZERO_DURATION, ON_EXCLUDE_LIST; and BELOW_MIN_SUBJECTS when none of the
// contacts for which it counts has enough subjects.
// Shape: order by subjects descending, events descending, contact ascending.
// Errors: ErrParameter, event.ErrNotCanonical.
func (s Common) Run(env analysis.Env, in map[string]analysis.Input, params analysis.Params, out map[string]io.Writer) (analysis.Result, error) {
	q, err := ask(env, s.Info(), in, params, out)
	if err != nil {
		return analysis.Result{}, err
	}
	r, err := newCommon(q, params)
	if err != nil {
		return analysis.Result{}, err
	}
	if r.received, err = r.legs.each(in["events"], r.between, r.row); err != nil {
		return analysis.Result{}, err
	}
	if err := r.table("common", r.text()); err != nil {
		return analysis.Result{}, err
	}
	r.account()
	if err := r.table("excluded", excludedText(r.left)); err != nil {
		return analysis.Result{}, err
	}
	return r.finish(commonFields(r.subjects))
}

func newCommon(q *question, params analysis.Params) (*common, error) {
	r := &common{
		question: q, column: map[string]int{}, found: map[string]*shared{}, once: map[string]int64{},
		twice: map[[2]string]int64{}, left: map[[2]string]int64{},
	}
	r.question.left, r.cells, r.caveats = nil, false, []string{analysis.CavCount, analysis.CavShared}
	var err error
	if r.subjects, err = list("subjects", params["subjects"]); err != nil {
		return nil, err
	}
	if len(r.subjects) < minimumOfCommons || len(r.subjects) > maxSubjects {
		return nil, fmt.Errorf("%w: subjects names %d; there must be %d to %d", analysis.ErrParameter, len(r.subjects), minimumOfCommons, maxSubjects)
	}
	for i, s := range r.subjects {
		r.column[s] = i
	}
	exclude, err := list("exclude", params["exclude"])
	if err != nil {
		return nil, err
	}
	r.exclude = set(exclude)
	if r.least, err = whole(params, "min_subjects", minimumOfCommons); err != nil {
		return nil, err
	}
	if r.contact.zero, err = truth(params, "include_zero_duration"); err != nil {
		return nil, err
	}
	if r.legs, err = newLegs(params); err != nil {
		return nil, err
	}
	r.contact.short, err = truth(params, "include_short_codes")
	return r, err
}

// between reports that a party of a row is a subject, and that it was asked for.
func (r *common) between(row *event.Row) (bool, error) {
	_, isA := r.column[string(row.Field(event.ANumber))]
	_, isB := r.column[string(row.Field(event.BNumber))]
	if !isA && !isB {
		r.outside.Add(outsideSubjects)
		return false, nil
	}
	return r.asked(row)
}

func (r *common) row(row *event.Row, leg bool) error {
	a, b := row.Field(event.ANumber), row.Field(event.BNumber)
	ofA, isA := r.column[string(a)]
	ofB, isB := r.column[string(b)]
	if again, err := r.repeated(row, 0); again || err != nil {
		return err
	}
	if leg {
		r.repeats++
		r.tallies.legs = true
		return nil
	}
	other := b
	if !isA {
		other = a
	}
	rule := r.contact.noContact(other, row)
	if rule == "" && r.exclude[string(other)] && (!isA || !isB || r.exclude[string(a)]) {
		rule = listedOut
	}
	if rule != "" {
		r.outside.Add(rule)
		r.left[[2]string{string(other), rule}]++
		return nil
	}
	r.tallies.add(row)
	toB, toA := isA && !r.exclude[string(b)], isB && !r.exclude[string(a)]
	if toB {
		r.count(b, ofA, row.Start())
	}
	if toA {
		r.count(a, ofB, row.Start())
	}
	switch {
	case toA && toB:
		r.twice[[2]string{string(a), string(b)}]++
	case toB:
		r.once[string(b)]++
	default:
		r.once[string(a)]++
	}
	return nil
}

func (r *common) count(contact []byte, subject int, start int64) {
	c := r.found[string(contact)]
	if c == nil {
		c = &shared{id: string(contact), events: make([]int64, len(r.subjects)), first: start}
		r.found[c.id] = c
	}
	c.events[subject]++
	c.last = start
}

// account counts the rows that the table stands on, and those of contacts with
// too few subjects.
func (r *common) account() {
	enough := func(id string) bool { return int64(r.found[id].subjects()) >= r.least }
	below := func(id string, n int64) {
		r.outside[belowSubjects] += n
		r.left[[2]string{id, belowSubjects}] += n
	}
	for id, n := range r.once {
		if enough(id) {
			r.shown += n
		} else {
			below(id, n)
		}
	}
	for ids, n := range r.twice {
		if enough(ids[0]) || enough(ids[1]) {
			r.shown += n
		} else {
			below(ids[1], n)
		}
	}
}

func (r *common) text() []byte {
	table := make([]*shared, 0, len(r.found))
	for _, c := range r.found {
		if int64(c.subjects()) >= r.least {
			table = append(table, c)
		}
	}
	slices.SortFunc(table, func(a, b *shared) int {
		return cmp.Or(cmp.Compare(b.subjects(), a.subjects()), cmp.Compare(b.total(), a.total()), strings.Compare(a.id, b.id))
	})
	text := event.AppendRecord(nil, analysis.Table{Fields: commonFields(r.subjects)}.Header()...)
	for _, c := range table {
		fields := []string{c.id, strconv.Itoa(c.subjects()), strconv.FormatInt(c.total(), 10)}
		for _, n := range c.events {
			fields = append(fields, strconv.FormatInt(n, 10))
		}
		text = event.AppendRecord(text, append(fields, instant(c.first), instant(c.last))...)
	}
	return text
}
