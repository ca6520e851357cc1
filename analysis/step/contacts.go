package step

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"custos.example/analysis"
	"custos.example/analysis/event"
)

// Rules under which a row is no contact.
const (
	outsideSubject = "OUTSIDE_SUBJECT"
	noCounterparty = "NO_COUNTERPARTY"
	ownNumber      = "OWN_NUMBER"
	unavailable    = "UNAVAILABLE"
	redactedParty  = "REDACTED"
	withheldParty  = "WITHHELD"
	shortCode      = "SHORT_CODE"
	notANumber     = "NOT_A_NUMBER"
	zeroDuration   = "ZERO_DURATION"
	belowMinimum   = "BELOW_MIN_COUNT"
)

// Contacts is the step top-contacts@1: whom a subject was in contact with, and
// how often.
type Contacts struct{}

// Info returns the step's name, ports and parameters.
func (Contacts) Info() analysis.Info {
	return analysis.Info{
		Name: "top-contacts", Version: 1, Class: analysis.Analyse, Title: "Contacts by number of events",
		Inputs: []analysis.Port{
			{Name: "events", Media: "text/csv", Extension: "csv"},
			{Name: "set-aside", Media: "text/csv", Extension: "csv"},
		},
		Outputs: []analysis.Port{
			{Name: "contacts", Media: "text/csv", Extension: "csv"},
			{Name: "excluded", Media: "text/csv", Extension: "csv"},
			{Name: "summary", Media: "application/json", Extension: "json"},
		},
		Params: []analysis.Param{
			{Name: "subject", Required: true, Doc: "canonical identifier of the subject, such as +447700900123"},
			{Name: "from", Doc: "first instant of the period, such as 2026-10-24T17:00:00Z; blank = no limit"},
			{Name: "until", Doc: "first instant after the period; blank = no limit"},
			{Name: "types", Default: "voice,sms,mms", Doc: "event types with commas between them; blank = all"},
			{Name: "min_count", Default: "1", Doc: "least number of events for a counterparty to be shown"},
			{Name: "include_zero_duration", Default: "true", Doc: "true or false: calls of 0 seconds are counted"},
			{Name: "include_short_codes", Default: "false", Doc: "true or false: short codes and text senders are counted"},
			legParam(),
			{Name: "zone", Default: "Europe/London", Doc: "IANA zone whose days are counted"},
		},
		Caveats: []string{analysis.CavOpinion, analysis.CavCount, analysis.CavAbsence},
	}
}

// ContactColumns returns the header of the port `contacts`.
// Units: voice_s in seconds; sms counts SMS and MMS; days are local days.
func ContactColumns() []string {
	return analysis.Table{Fields: contactFields()}.Header()
}

// ExcludedColumns returns the header of the port `excluded`.
func ExcludedColumns() []string { return []string{"counterparty", "rule", "events"} }

// contact is what is known of one counterparty.
type contact struct {
	id                            string
	events, out, in, voice, texts int64
	first, last                   int64
	days, lastDay, dayBefore      int64
}

type contacts struct {
	window      window
	types       map[string]bool
	clocks      *clocks
	zone        *event.Clock
	subject     []byte
	minimum     int64
	zero, short bool

	groups            groups
	legs              legs
	received, repeats int64
	outside           analysis.Tally
	tallies           *tallies
	found             map[string]*contact
	excluded          map[[2]string]int64
}

// Run groups a subject's events by counterparty.
//
// A row is left out by the first rule that it breaks: OUTSIDE_SUBJECT,
// OUTSIDE_PERIOD, OUTSIDE_TYPES; then, if it is no repeat, NO_COUNTERPARTY,
// OWN_NUMBER, REDACTED, UNAVAILABLE, WITHHELD, SHORT_CODE, NOT_A_NUMBER, ZERO_DURATION; and BELOW_MIN_COUNT for a
// counterparty with too few. Of a row and its repeats one is counted, and of the
// two legs of one event in a source one (REPEAT-LEG, the parameter leg_s).
// Shape: order by events descending, voice_s descending, counterparty
// ascending; rank is dense over events.
// Errors: ErrParameter, event.ErrZone, event.ErrNotCanonical.
func (s Contacts) Run(env analysis.Env, in map[string]analysis.Input, params analysis.Params, out map[string]io.Writer) (analysis.Result, error) {
	r, err := newContacts(env, params)
	if err != nil {
		return analysis.Result{}, err
	}
	aside, asideRows, err := setAside(in["set-aside"])
	if err != nil {
		return analysis.Result{}, err
	}
	if r.received, err = r.legs.each(in["events"], r.asked, r.row); err != nil {
		return analysis.Result{}, err
	}
	shown, err := r.write(out["contacts"])
	if err != nil {
		return analysis.Result{}, err
	}
	if err := r.writeExcluded(out["excluded"]); err != nil {
		return analysis.Result{}, err
	}
	b := balance(r.received+asideRows, shown, r.repeats, r.outside, aside)
	r.tallies.cell, r.tallies.azimuth = false, false // the table shows no cells
	sum, err := r.tallies.summary(env, s.Info(), params, b, contactFields(), analysis.CavCount)
	if err != nil {
		return analysis.Result{}, err
	}
	return conclude(sum, out["summary"])
}

func newContacts(env analysis.Env, params analysis.Params) (*contacts, error) {
	r := &contacts{
		clocks: newClocks(env), outside: analysis.Tally{}, tallies: newTallies(),
		found: map[string]*contact{}, excluded: map[[2]string]int64{}, subject: []byte(params["subject"]),
	}
	var err error
	if r.window, err = parseWindow(params); err != nil {
		return nil, err
	}
	if r.types, err = types(params["types"]); err != nil {
		return nil, err
	}
	if r.zone, err = r.clocks.of(params["zone"]); err != nil {
		return nil, fmt.Errorf("%w: zone: %w", analysis.ErrParameter, err)
	}
	if r.minimum, err = strconv.ParseInt(params["min_count"], 10, 64); err != nil || r.minimum < 1 || strconv.FormatInt(r.minimum, 10) != params["min_count"] {
		return nil, fmt.Errorf("%w: min_count is %q; it is a whole number from 1", analysis.ErrParameter, params["min_count"])
	}
	if r.zero, err = truth(params, "include_zero_duration"); err != nil {
		return nil, err
	}
	if r.legs, err = newLegs(params); err != nil {
		return nil, err
	}
	r.short, err = truth(params, "include_short_codes")
	return r, err
}

func truth(params analysis.Params, name string) (bool, error) {
	switch params[name] {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, fmt.Errorf("%w: %s is %q; it is true or false", analysis.ErrParameter, name, params[name])
}

// asked reports that the subject is a party of a row, and that it was asked for.
func (r *contacts) asked(row *event.Row) (bool, error) {
	if !bytes.Equal(row.Field(event.ANumber), r.subject) && !bytes.Equal(row.Field(event.BNumber), r.subject) {
		r.outside.Add(outsideSubject)
		return false, nil
	}
	in, err := r.clocks.inside(r.window, row)
	switch {
	case err != nil:
		return false, err
	case !in:
		r.outside.Add(outsidePeriod)
		return false, nil
	case len(r.types) > 0 && !r.types[string(row.Field(event.Type))]:
		r.outside.Add(outsideTypes)
		return false, nil
	}
	return true, nil
}

func (r *contacts) row(row *event.Row, leg bool) error {
	other, out := row.Field(event.BNumber), bytes.Equal(row.Field(event.ANumber), r.subject)
	if !out {
		other = row.Field(event.ANumber)
	}
	_, again, err := r.groups.join(row, 0, 0)
	switch {
	case err != nil:
		return err
	case again:
		r.repeats++
		r.tallies.repeat(row)
		return nil
	case leg:
		r.repeats++
		r.tallies.legs = true
		return nil
	}
	if rule := r.noContact(other, row); rule != "" {
		r.outside.Add(rule)
		r.excluded[[2]string{string(other), rule}]++
		return nil
	}
	r.tallies.add(row)
	return r.count(other, out, row)
}

// noContact returns the rule by which a row is no contact.
func (r *contacts) noContact(other []byte, row *event.Row) string {
	kind, _, named := bytes.Cut(other, []byte{':'})
	switch {
	case len(other) == 0:
		return noCounterparty
	case bytes.Equal(row.Field(event.ANumber), row.Field(event.BNumber)):
		return ownNumber // a mailbox, say; nobody is in contact with himself
	case string(other) == redacted:
		return redactedParty
	case string(other) == "none:unavailable":
		return unavailable
	case named && string(kind) == "none":
		return withheldParty
	case named && string(kind) == "short" && !r.short:
		return shortCode
	case named && (string(kind) == "text" || string(kind) == "other") && !r.short:
		return notANumber
	case !r.zero && string(row.Field(event.Type)) == "voice" && string(row.Field(event.DurationS)) == "0":
		return zeroDuration
	}
	return ""
}

func (r *contacts) count(other []byte, out bool, row *event.Row) error {
	c := r.found[string(other)]
	if c == nil {
		c = &contact{id: string(other), first: row.Start(), last: row.Start(), lastDay: -1 << 62, dayBefore: -1 << 62}
		r.found[c.id] = c
	}
	c.events++
	if out {
		c.out++
	} else {
		c.in++
	}
	c.last = max(c.last, row.Start())
	switch string(row.Field(event.Type)) {
	case "sms", "mms":
		c.texts++
	case "voice":
		if d := row.Field(event.DurationS); len(d) > 0 {
			n, err := strconv.ParseInt(string(d), 10, 64)
			if err != nil || n < 0 {
				return fmt.Errorf("%w: row %d has the duration %q", event.ErrNotCanonical, row.SourceRow(), d)
			}
			c.voice += n
		}
	}
	offset, _ := r.zone.At(row.Start())
	local := row.Start() + int64(offset)
	day := local / 86400
	if local%86400 < 0 {
		day--
	}
	// Events come in order of UTC; where clocks go back over midnight a local
	// day can come back once.
	if day != c.lastDay && day != c.dayBefore {
		c.days++
	}
	if day != c.lastDay {
		c.dayBefore, c.lastDay = c.lastDay, day
	}
	return nil
}

// write writes the table and returns the number of events that it counts.
func (r *contacts) write(w io.Writer) (int64, error) {
	table := make([]*contact, 0, len(r.found))
	for _, c := range r.found {
		if c.events < r.minimum {
			r.outside[belowMinimum] += c.events
			r.excluded[[2]string{c.id, belowMinimum}] = c.events
			continue
		}
		table = append(table, c)
	}
	slices.SortFunc(table, func(a, b *contact) int {
		return cmp.Or(cmp.Compare(b.events, a.events), cmp.Compare(b.voice, a.voice), strings.Compare(a.id, b.id))
	})
	line := event.AppendRecord(nil, ContactColumns()...)
	var shown, rank, before int64
	for _, c := range table {
		if c.events != before {
			rank, before = rank+1, c.events
		}
		shown += c.events
		line = append(strconv.AppendInt(line, rank, 10), ',')
		line = append(event.AppendField(line, []byte(c.id)), ',')
		for _, n := range []int64{c.events, c.out, c.in, c.voice, c.texts} {
			line = append(strconv.AppendInt(line, n, 10), ',')
		}
		line = append(event.AppendInstant(line, c.first), ',')
		line = append(event.AppendInstant(line, c.last), ',')
		line = append(strconv.AppendInt(line, c.days, 10), '\n')
	}
	_, err := w.Write(line)
	return shown, err
}

func (r *contacts) writeExcluded(w io.Writer) error {
	_, err := w.Write(excludedText(r.excluded))
	return err
}

// excludedText writes the table of ExcludedColumns: events by counterparty and
// rule, in the order of events descending, counterparty, rule.
func excludedText(excluded map[[2]string]int64) []byte {
	type entry struct {
		id, rule string
		events   int64
	}
	table := make([]entry, 0, len(excluded))
	for key, n := range excluded {
		table = append(table, entry{key[0], key[1], n})
	}
	slices.SortFunc(table, func(a, b entry) int {
		return cmp.Or(cmp.Compare(b.events, a.events), strings.Compare(a.id, b.id), strings.Compare(a.rule, b.rule))
	})
	line := event.AppendRecord(nil, ExcludedColumns()...)
	for _, e := range table {
		line = event.AppendRecord(line, e.id, e.rule, strconv.FormatInt(e.events, 10))
	}
	return line
}
