package render

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"custos.example/analysis"
	"custos.example/analysis/event"
)

// errPattern is returned for a result that is no pattern of life.
var errPattern = errors.New("no pattern of life")

// PatternSVG is the step render-pattern-svg@1: how many events are recorded in
// each hour of each day of the week, as bars with their numbers.
type PatternSVG struct{}

// Info returns the step's name, ports and parameters.
func (PatternSVG) Info() analysis.Info {
	return analysis.Info{
		Name: "render-pattern-svg", Version: 1, Class: analysis.Render, Title: "Chart of events by hour and day of the week",
		Inputs: []analysis.Port{
			{Name: "pattern", Media: "text/csv", Extension: "csv"},
			{Name: "summary", Media: "application/json", Extension: "json"},
			{Name: "meta", Media: "application/json", Extension: "json"},
		},
		Outputs: []analysis.Port{{Name: "page", Media: "image/svg+xml", Extension: "svg"}},
	}
}

// Run draws the chart.
// Errors: ErrMeta, event.ErrNotCanonical; a table without day, hour and events.
func (PatternSVG) Run(env analysis.Env, in map[string]analysis.Input, _ analysis.Params, out map[string]io.Writer) (analysis.Result, error) {
	x, err := openExhibit(env, in, "pattern")
	if err != nil {
		return analysis.Result{}, err
	}
	days, err := readPattern(x, in["pattern"])
	if err != nil {
		return analysis.Result{}, err
	}
	page := newDrawnPage(x, "events by hour and day of the week")
	for _, c := range x.front.limits {
		page.caveats = append(page.caveats, caveat{id: c.ID, text: c.Text})
	}
	for _, f := range x.sum.Figures {
		page.notes = append(page.notes, fieldTitle(f.Field)+": "+orDash(fieldText(x.meta, x.clock, f.Kind, f.Value))+" ("+natureWord(f.Nature)+basisWords(f.Basis)+").")
	}
	if _, err := io.WriteString(out["page"], patternDocument(page, days)); err != nil {
		return analysis.Result{}, err
	}
	return x.sum.result(), nil
}

func basisWords(basis string) string {
	if basis == "" {
		return ""
	}
	return ": " + basis
}

// patternDay is one day of the week.
type patternDay struct {
	name  string
	dates string // how many dates of the period fall on it; blank when not stated
	hours [24]int64
}

// readPattern reads the counts by day and hour.
func readPattern(x exhibit, in analysis.Input) ([]patternDay, error) {
	head := x.sum.Table.Header()
	at := map[string]int{}
	for _, name := range []string{"day_no", "day", "hour", "events", "dates"} {
		at[name] = slices.Index(head, name)
		if at[name] < 0 {
			return nil, fmt.Errorf("%w: its table has no column %q", errPattern, name)
		}
	}
	days := make([]patternDay, 7)
	seen := map[[2]int64]bool{}
	err := eachLine("pattern", in, head, func(fields [][]byte) error {
		value := func(name string, below int64) (int64, error) {
			n, err := strconv.ParseInt(string(fields[at[name]]), 10, 64)
			if err != nil || n < 0 || n >= below {
				return 0, fmt.Errorf("%w: %s is %q: %w", errPattern, name, fields[at[name]], event.ErrNotCanonical)
			}
			return n, nil
		}
		day, err := value("day_no", 8)
		hour, err2 := value("hour", 24)
		events, err3 := value("events", 1<<40)
		if err := errors.Join(err, err2, err3); err != nil {
			return err
		}
		if day == 0 || seen[[2]int64{day, hour}] {
			return fmt.Errorf("%w: day %d and hour %d stand twice or are no day", errPattern, day, hour)
		}
		seen[[2]int64{day, hour}] = true
		d := &days[day-1]
		d.name, d.dates = string(fields[at["day"]]), string(fields[at["dates"]])
		d.hours[hour] = events
		return nil
	})
	if err == nil && len(seen) != 7*24 {
		err = fmt.Errorf("%w: it has %d of 168 hours of a week", errPattern, len(seen))
	}
	return days, err
}

// patternDocument returns the whole file: a row of bars for each day, all to one
// scale, every bar with its number, so that the chart is its own table.
func patternDocument(page drawnPage, days []patternDay) string {
	const barTop, barHeight, rowHeight = 420, 1_000, 1_750
	c := &canvas{}
	y := c.drawTop(page) + 800
	most, sum := int64(1), int64(0)
	for _, d := range days {
		for _, n := range d.hours {
			most, sum = max(most, n), sum+n
		}
	}
	left, width := int64(pageMargin+4_300), int64(frameWidth-4_300-1_700)
	column := width / 24
	for hour := range int64(24) {
		c.text(spot{left + hour*column + column/2, y}, words{size: small, fill: ink, bold: true, anchor: "middle"}, fmt.Sprintf("%02d", hour))
	}
	c.text(spot{pageMargin, y}, words{size: small, fill: ink, bold: true}, "Day (dates in the period)")
	c.text(spot{pageMargin + frameWidth, y}, words{size: small, fill: ink, bold: true, anchor: "end"}, "Events")
	c.line(spot{pageMargin, y + 130}, spot{pageMargin + frameWidth, y + 130}, ink, 25, "")
	y += 130
	for _, d := range days {
		base := y + barTop + barHeight
		c.text(spot{pageMargin, base - 60}, words{size: normal, fill: ink}, d.name+" ("+orDash(d.dates)+")")
		total := int64(0)
		for hour, n := range d.hours {
			total += n
			at := left + int64(hour)*column
			height := divide(n*barHeight, most)
			if n > 0 {
				height = max(height, 30)
				c.rect(at+column/4, base-height, column/2, height, ink, 10, grey40)
			}
			how := words{size: small, fill: ink, anchor: "middle"}
			if n == 0 {
				how.fill = grey40
			}
			c.text(spot{at + column/2, base - height - 80}, how, decimal(n))
		}
		c.text(spot{pageMargin + frameWidth, base - 60}, words{size: normal, fill: ink, bold: true, anchor: "end"}, decimal(total))
		c.line(spot{pageMargin, base + 60}, spot{pageMargin + frameWidth, base + 60}, grey40, 12, "")
		y += rowHeight
	}
	y = c.drawNotes(page, "Chart", "The hour is that of the start on the clock shown: 07 is from 07:00 to before 08:00. All bars are drawn to one scale; the number above each is the count of events. "+
		fmt.Sprintf("%d events in all.", sum), y+700)
	return svgPage{
		height: y + pageMargin/2, title: page.title(),
		desc: fmt.Sprintf("Bars of %d events by hour of the day for each day of the week; every bar has its number.", sum),
	}.document(c)
}
