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

// Rules under which a row is no part of a table of night cells.
const (
	outsideNight = "OUTSIDE_NIGHT"
	belowNights  = "BELOW_MIN_NIGHTS"
)

// Night is the step night-cells@1: on how many nights each cell was used.
type Night struct{}

// Info returns the step's name, ports and parameters.
func (Night) Info() analysis.Info {
	return analysis.Info{
		Name: "night-cells", Version: 1, Class: analysis.Analyse, Title: "Cells used at night",
		Inputs: eventInputs(), Outputs: outputs("cells", "excluded"),
		Params: append([]analysis.Param{
			{Name: "subject", Required: true, Doc: "canonical identifier whose records are counted, such as +447700900142"},
			{Name: "night_from", Default: "23:00", Doc: "time of day at which a night begins"},
			{Name: "night_until", Default: "06:00", Doc: "time of day at which a night has ended; before night_from it is that of the next day"},
			{Name: "min_nights", Default: "5", Doc: "least number of nights on which a cell was used for it to be listed"},
			{Name: "evidence", Default: "at", Doc: "what the time must say of the cell: at, at-or-before-start, at-or-before-end, within, with commas between them; blank = all"},
			{Name: "types", Doc: "event types with commas between them; blank = all"},
			zoneParam("IANA zone on whose clock nights are counted"),
		}, periodParams()...),
		Caveats: []string{analysis.CavOpinion, analysis.CavCellArea, analysis.CavCellChose, analysis.CavNight, analysis.CavAbsence},
	}
}

// nightFields returns the columns of the port `cells`.
func nightFields() []analysis.Field {
	return []analysis.Field{
		derived("rank", "Rank", analysis.KindCount, "place by number of nights; equal numbers share a place"),
		fact("cell", "Start cell", analysis.KindCell),
		derived("nights_present", "Nights with the cell", analysis.KindCount, "nights with at least one event that starts on the cell"),
		derived("nights_total", "Nights with any cell", analysis.KindCount, "nights with at least one event that starts on a cell"),
		derived("ratio", "Share of nights", analysis.KindRatio, "nights with the cell in a hundred nights with any cell, half to even"),
		derived("events", "Events", analysis.KindCount, "rows counted, repeats once"),
		derived("first", "First (UTC)", analysis.KindInstant, "earliest start"),
		derived("last", "Last (UTC)", analysis.KindInstant, "greatest start"),
	}
}

// nightCell is what is known of one cell.
type nightCell struct {
	cell        string
	events      int64
	nights      map[int64]bool
	first, last int64
}

type night struct {
	*question
	subject     string
	from, until int64 // seconds of the day
	least       int64
	used        map[string]*nightCell
	nights      map[int64]bool
	rows        []leftRow // of cells that may turn out to have too few nights
}

// leftRow is a row that may be left out once all are known.
type leftRow struct {
	cell  *nightCell
	start int64
	place
}

// Run counts, for each cell, the nights on which an event of the subject
// starts on it.
//
// A night is [night_from, night_until) on the clock of zone and bears the date
// on which it begins. Only start cells count. A row in the hour that happens
// twice has one local time and so one night. A row is left out by the first
// rule that it breaks: OUTSIDE_SUBJECT, OUTSIDE_PERIOD, OUTSIDE_TYPES,
// OUTSIDE_NIGHT, OUTSIDE_EVIDENCE, NO_CELL; and, if it is no repeat,
// BELOW_MIN_NIGHTS for a cell with too few.
// Shape: order by nights descending, events descending, cell; rank is dense
// over nights, so that cells with as many nights have one rank.
// Errors: ErrParameter, event.ErrNotCanonical.
func (s Night) Run(env analysis.Env, in map[string]analysis.Input, params analysis.Params, out map[string]io.Writer) (analysis.Result, error) {
	q, err := ask(env, s.Info(), in, params, out)
	if err != nil {
		return analysis.Result{}, err
	}
	r := &night{question: q, subject: params["subject"], used: map[string]*nightCell{}, nights: map[int64]bool{}}
	r.caveats = []string{analysis.CavNight}
	if r.from, err = timeOfDay(params, "night_from"); err != nil {
		return analysis.Result{}, err
	}
	if r.until, err = timeOfDay(params, "night_until"); err != nil {
		return analysis.Result{}, err
	}
	if r.from == r.until {
		return analysis.Result{}, fmt.Errorf("%w: night_from and night_until are the same time", analysis.ErrParameter)
	}
	if r.least, err = whole(params, "min_nights", 1); err != nil {
		return analysis.Result{}, err
	}
	if err := r.each(in["events"], r.row); err != nil {
		return analysis.Result{}, err
	}
	if err := r.below(); err != nil {
		return analysis.Result{}, err
	}
	if err := r.table("cells", r.text()); err != nil {
		return analysis.Result{}, err
	}
	r.figure(derived("nights_total", "Nights with any cell", analysis.KindCount, "nights with at least one event that starts on a cell"), strconv.Itoa(len(r.nights)))
	return r.finish(nightFields())
}

// timeOfDay reads a parameter such as 23:00.
func timeOfDay(params analysis.Params, name string) (int64, error) {
	text := params[name]
	if len(text) == 5 && text[2] == ':' {
		at, ok := event.ParseInstant([]byte("2000-01-01T" + text + ":00Z"))
		if day, _ := event.ParseInstant([]byte("2000-01-01T00:00:00Z")); ok {
			return at - day, nil
		}
	}
	return 0, fmt.Errorf("%w: %s is %q; write it as 23:00", analysis.ErrParameter, name, text)
}

// local returns the day and the second of the day of a row's start.
func (q *question) local(row *event.Row) (day, second int64) {
	offset, _ := q.zone.At(row.Start())
	at := row.Start() + int64(offset)
	day, second = at/86400, at%86400
	if second < 0 {
		day, second = day-1, second+86400
	}
	return day, second
}

// night returns the day on which the night of a row began.
func (r *night) night(row *event.Row) (int64, bool) {
	day, second := r.local(row)
	if r.from < r.until {
		return day, second >= r.from && second < r.until
	}
	if second >= r.from {
		return day, true
	}
	return day - 1, second < r.until
}

func (r *night) row(row *event.Row) error {
	if in, err := r.askedOf(row, r.subject); !in || err != nil {
		return err
	}
	day, dark := r.night(row)
	cell := row.Field(event.StartCell)
	switch {
	case !dark:
		r.outside.Add(outsideNight)
		return nil
	case len(r.evidence) > 0 && !r.evidence[string(row.Field(event.Evidence))]:
		return r.leave(outsideEvidence, row)
	case len(cell) == 0:
		return r.leave(noCell, row)
	}
	if again, err := r.repeatedOfSubject(row); again || err != nil {
		return err
	}
	c := r.used[string(cell)]
	if c == nil {
		c = &nightCell{cell: string(cell), nights: map[int64]bool{}, first: row.Start()}
		r.used[c.cell] = c
	}
	c.events++
	c.last = row.Start()
	c.nights[day], r.nights[day] = true, true
	r.tallies.add(row)
	if int64(len(c.nights)) < r.least {
		r.rows = append(r.rows, leftRow{c, row.Start(), place{string(row.Field(event.Source)), row.SourceRow()}})
	}
	return nil
}

// below lists the rows of the cells with too few nights; the others are shown.
func (r *night) below() error {
	for _, c := range r.used {
		if int64(len(c.nights)) >= r.least {
			r.shown += c.events
		}
	}
	for _, row := range r.rows {
		if int64(len(row.cell.nights)) >= r.least {
			continue
		}
		if err := r.leaveAt(belowNights, row.start, row.place); err != nil {
			return err
		}
	}
	return nil
}

func (r *night) text() []byte {
	table := make([]*nightCell, 0, len(r.used))
	for _, c := range r.used {
		if int64(len(c.nights)) >= r.least {
			table = append(table, c)
		}
	}
	slices.SortFunc(table, func(a, b *nightCell) int {
		return cmp.Or(cmp.Compare(len(b.nights), len(a.nights)), cmp.Compare(b.events, a.events), strings.Compare(a.cell, b.cell))
	})
	text := event.AppendRecord(nil, analysis.Table{Fields: nightFields()}.Header()...)
	rank, before := 0, -1
	for _, c := range table {
		if len(c.nights) != before {
			rank, before = rank+1, len(c.nights)
		}
		text = event.AppendRecord(text, strconv.Itoa(rank), c.cell, strconv.Itoa(len(c.nights)), strconv.Itoa(len(r.nights)),
			percent(int64(len(c.nights)), int64(len(r.nights))), strconv.FormatInt(c.events, 10), instant(c.first), instant(c.last))
	}
	return text
}

// percent writes part of all in a hundred with one decimal, half to even.
func percent(part, all int64) string {
	if all == 0 {
		return ""
	}
	tenths, rest := part*1000/all, part*1000%all
	if 2*rest > all || 2*rest == all && tenths%2 == 1 {
		tenths++
	}
	return strconv.FormatInt(tenths/10, 10) + "." + strconv.FormatInt(tenths%10, 10)
}
