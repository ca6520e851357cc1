package step

import (
	"fmt"
	"io"
	"slices"
	"strconv"

	"custos.example/analysis"
	"custos.example/analysis/event"
)

// maxDays bounds the days of a pattern of life: a century.
const maxDays = 36600

// Pattern is the step pattern-of-life@1: how many events of a subject start in
// each hour of each day of the week.
type Pattern struct{}

// Info returns the step's name, ports and parameters.
func (Pattern) Info() analysis.Info {
	return analysis.Info{
		Name: "pattern-of-life", Version: 1, Class: analysis.Analyse, Title: "Events by hour and day of the week",
		Inputs: eventInputs(), Outputs: outputs("pattern", "days", "excluded"),
		Params: append([]analysis.Param{
			{Name: "subject", Required: true, Doc: "canonical identifier whose records are counted, such as +447700900142"},
			{Name: "exclude", Doc: "other parties whose events are not counted, with commas between them"},
			{Name: "types", Default: "voice,sms,mms", Doc: "event types with commas between them; blank = all"},
			zoneParam("IANA zone whose hours and days are counted"),
		}, periodParams()...),
		Caveats: []string{analysis.CavOpinion, analysis.CavAbsence, analysis.CavPattern},
	}
}

// patternFields returns the columns of the port `pattern`.
func patternFields() []analysis.Field {
	return []analysis.Field{
		derived("day_no", "Day no.", analysis.KindCount, "1 = Monday"),
		derived("day", "Day", analysis.KindText, "day of the week of the local start"),
		derived("hour", "Hour", analysis.KindHour, "hour of the local start, 0 to 23"),
		derived("events", "Events", analysis.KindCount, "rows counted, repeats once"),
		derived("dates", "Dates in the period", analysis.KindCount, "dates of the period that fall on this day of the week"),
		derived("dates_with", "Dates with an event", analysis.KindCount, "of these, dates with at least one event that starts in this hour"),
	}
}

// DayColumns returns the header of the port `days` of pattern-of-life.
// Units: first and last are local times of day.
func DayColumns() []string { return []string{"date", "day_no", "events", "first", "last"} }

// weekDays returns the names of the days, Monday first.
func weekDays() []string {
	return []string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}
}

// weekDay returns 0 for Monday to 6 for Sunday; 1970-01-01 was a Thursday.
func weekDay(day int64) int { return int(((day+3)%7 + 7) % 7) }

// dayOfLife is what is known of one date.
type dayOfLife struct {
	events      int64
	first, last int64 // seconds of the day
}

type pattern struct {
	*question
	subject string
	exclude map[string]bool
	grid    [7][24]int64
	with    [7][24]int64
	seen    map[[2]int64]bool // date and hour
	days    map[int64]*dayOfLife
}

// Run counts events by local hour and day of the week.
//
// The dates of the period are those on which an instant of it falls, on the
// clock of zone; without from or until they begin or end with the first or last
// event counted, and there are none without an event. A row in the hour that happens twice has one local hour. A row
// is left out by the first rule that it breaks: OUTSIDE_SUBJECT,
// OUTSIDE_PERIOD, OUTSIDE_TYPES, ON_EXCLUDE_LIST. Of the rest one of each group
// of repeats counts.
// Shape: 168 rows, Monday 0 first. Times in figures are order statistics by
// nearest rank over the dates with an event.
// Errors: ErrParameter, event.ErrNotCanonical.
func (s Pattern) Run(env analysis.Env, in map[string]analysis.Input, params analysis.Params, out map[string]io.Writer) (analysis.Result, error) {
	q, err := ask(env, s.Info(), in, params, out)
	if err != nil {
		return analysis.Result{}, err
	}
	exclude, err := list("exclude", params["exclude"])
	if err != nil {
		return analysis.Result{}, err
	}
	r := &pattern{question: q, subject: params["subject"], exclude: set(exclude), seen: map[[2]int64]bool{}, days: map[int64]*dayOfLife{}}
	r.cells, r.caveats = false, []string{analysis.CavPattern}
	if err := r.each(in["events"], r.row); err != nil {
		return analysis.Result{}, err
	}
	from, until, err := r.dates()
	if err != nil {
		return analysis.Result{}, err
	}
	if err := r.table("pattern", r.text(from, until)); err != nil {
		return analysis.Result{}, err
	}
	if err := r.table("days", r.dayText(from, until)); err != nil {
		return analysis.Result{}, err
	}
	r.statistics(from, until)
	return r.finish(patternFields())
}

func (r *pattern) row(row *event.Row) error {
	if in, err := r.askedOf(row, r.subject); !in || err != nil {
		return err
	}
	for _, c := range [...]event.Column{event.ANumber, event.BNumber} {
		if id := row.Field(c); len(id) > 0 && string(id) != r.subject && r.exclude[string(id)] {
			return r.leave(listedOut, row)
		}
	}
	if again, err := r.repeatedOfSubject(row); again || err != nil {
		return err
	}
	r.show(row)
	date, second := r.local(row)
	hour, day := second/3600, weekDay(date)
	r.grid[day][hour]++
	if key := [2]int64{date, hour}; !r.seen[key] {
		r.seen[key] = true
		r.with[day][hour]++
	}
	d := r.days[date]
	if d == nil {
		d = &dayOfLife{first: second, last: second}
		r.days[date] = d
	}
	d.events++
	d.first, d.last = min(d.first, second), max(d.last, second)
	return nil
}

// dates returns the dates of the period as [from, until).
func (r *pattern) dates() (from, until int64, err error) {
	date := func(unix int64) int64 {
		offset, _ := r.zone.At(unix)
		at := unix + int64(offset)
		if at%86400 < 0 {
			return at/86400 - 1
		}
		return at / 86400
	}
	first := true
	for d := range r.days { // least and greatest do not depend on the order
		if first || d < from {
			from = d
		}
		if first || d+1 > until {
			until = d + 1
		}
		first = false
	}
	w := r.window
	if first && (!w.hasFrom || !w.hasUntil) {
		return 0, 0, nil
	}
	if first {
		from, until = date(w.from), date(w.until-1)+1
	}
	// A row in the hour that happens twice can lie before the period by its
	// earlier instant; its date is counted all the same.
	if w.hasFrom {
		from = min(from, date(w.from))
	}
	if w.hasUntil {
		until = max(until, date(w.until-1)+1)
	}
	if until-from > maxDays {
		return 0, 0, fmt.Errorf("%w: the period has %d dates; give from and until within %d", analysis.ErrParameter, until-from, maxDays)
	}
	return from, until, nil
}

func (r *pattern) text(from, until int64) []byte {
	var dates [7]int64
	for d := from; d < until; d++ {
		dates[weekDay(d)]++
	}
	text := event.AppendRecord(nil, analysis.Table{Fields: patternFields()}.Header()...)
	for day, name := range weekDays() {
		for hour := range 24 {
			text = event.AppendRecord(text, strconv.Itoa(day+1), name, strconv.Itoa(hour), strconv.FormatInt(r.grid[day][hour], 10),
				strconv.FormatInt(dates[day], 10), strconv.FormatInt(r.with[day][hour], 10))
		}
	}
	return text
}

func (r *pattern) dayText(from, until int64) []byte {
	text := event.AppendRecord(nil, DayColumns()...)
	for d := from; d < until; d++ {
		fields := []string{instant(d * 86400)[:10], strconv.Itoa(weekDay(d) + 1), "0", "", ""}
		if day := r.days[d]; day != nil {
			fields[2], fields[3], fields[4] = strconv.FormatInt(day.events, 10), clockText(day.first), clockText(day.last)
		}
		text = event.AppendRecord(text, fields...)
	}
	return text
}

// clockText writes seconds of the day as 18:04:12.
func clockText(second int64) string { return instant(second)[11:19] }

// statistics adds the figures of the whole table.
func (r *pattern) statistics(from, until int64) {
	const nearest = "order statistic by nearest rank over the dates with an event"
	r.figure(derived("dates", "Dates in the period", analysis.KindCount, "dates on which an instant of the period falls"), strconv.FormatInt(until-from, 10))
	r.figure(derived("dates_without", "Dates without an event", analysis.KindCount, "dates in the period less dates with an event"), strconv.FormatInt(until-from-int64(len(r.days)), 10))
	var first, last []int64
	for _, d := range r.days {
		first, last = append(first, d.first), append(last, d.last)
	}
	slices.Sort(first)
	slices.Sort(last)
	for _, p := range []int{10, 25, 50, 75, 90} {
		n := strconv.Itoa(p)
		r.figure(derived("first_p"+n, "First event of a date, percentile "+n, analysis.KindHour, nearest), nearestRank(first, p))
		r.figure(derived("last_p"+n, "Last event of a date, percentile "+n, analysis.KindHour, nearest), nearestRank(last, p))
	}
}

// nearestRank returns the value of rank ceil(p/100 * n) among sorted values.
func nearestRank(values []int64, p int) string {
	if len(values) == 0 {
		return ""
	}
	rank := (p*len(values) + 99) / 100
	return clockText(values[max(rank, 1)-1])
}
