package render

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"custos.example/analysis"
	"custos.example/analysis/event"
)

// TimelineSVG is the step render-timeline-svg@1: the events of a schedule along
// the time at which they are recorded, one lane for each subject, with a list
// of every event below.
type TimelineSVG struct{}

// Info returns the step's name, ports and parameters.
func (TimelineSVG) Info() analysis.Info {
	return analysis.Info{
		Name: "render-timeline-svg", Version: 1, Class: analysis.Render, Title: "Timeline of the events recorded",
		Inputs:  scheduleInputs(),
		Outputs: []analysis.Port{{Name: "page", Media: "image/svg+xml", Extension: "svg"}},
	}
}

// Run draws the timeline. What it cannot show is said in its place, and the
// list of events stands all the same.
// Errors: ErrMeta, event.ErrNotCanonical, analysis.ErrBalance.
func (TimelineSVG) Run(env analysis.Env, in map[string]analysis.Input, _ analysis.Params, out map[string]io.Writer) (analysis.Result, error) {
	x, err := openExhibit(env, in, "schedule", "repeats")
	if err != nil {
		return analysis.Result{}, err
	}
	if err := countRows(x.sum, in); err != nil {
		return analysis.Result{}, err
	}
	t, err := readTimeline(in["schedule"])
	if err != nil {
		return analysis.Result{}, err
	}
	page := newDrawnPage(x, "timeline")
	for _, c := range x.front.limits {
		page.caveats = append(page.caveats, caveat{id: c.ID, text: c.Text})
	}
	if _, err := io.WriteString(out["page"], t.document(page, x.clock)); err != nil {
		return analysis.Result{}, err
	}
	return x.sum.result(), nil
}

// Sizes of a timeline, in 0.01 mm.
const (
	laneName   = 3_400 // room at the left for the name of a lane
	laneHeight = 900
	stripHead  = 900 // above the lanes, for the hours
	stripGap   = 350
	fewestRoom = 90 // so wide is an event without a duration
)

// document returns the whole file.
func (t timeline) document(page drawnPage, clock *event.Clock) string {
	c := &canvas{}
	y := c.drawTop(page) + 700
	var list []strip
	if t.undrawn == "" {
		if list = strips(t, clock); len(list) > maxStrips {
			t.undrawn = fmt.Sprintf("the rows need more than %d lines of time: ask for a shorter period", maxStrips)
		}
	}
	if t.undrawn != "" {
		for _, line := range wrap("No timeline is drawn: "+t.undrawn+". The events are listed below.", middle, frameWidth) {
			c.text(spot{pageMargin, y}, words{size: middle, fill: ink}, line)
			y += 500
		}
	} else {
		longest := int64(1)
		for _, s := range list {
			if s.without == "" {
				longest = max(longest, s.until-s.from)
			}
		}
		for _, s := range list {
			if s.without != "" {
				c.text(spot{pageMargin, y + 500}, words{size: normal, fill: ink, bold: true}, s.without)
				y += 600 + stripGap
				continue
			}
			y = c.drawStrip(t, s, longest, clock, y) + stripGap
		}
		y = c.drawKinds(t, y+300)
	}
	y = c.drawEvents(t, y+500)
	y = c.drawNotes(page, "Chart", "Time runs from left to right. A mark stands at the time recorded; its height and place in the lane say nothing. "+
		"A lane without a mark means that the schedule shows no record, and says nothing about the telephone (CAV-CELL-6); so does a line No record shown, which stands for whole pieces of time without an event. "+
		"Numbers are those of the schedule's rows; where marks stand too close together for all of them, the list below has them.", y+600)
	return svgPage{height: y + pageMargin/2, title: page.title(), desc: t.describe()}.document(c)
}

func (t timeline) describe() string {
	if t.undrawn != "" {
		return "No timeline is drawn: " + t.undrawn + ". Every event is listed."
	}
	return fmt.Sprintf("Timeline of %d events recorded for %s. Every event is listed below it.", len(t.events), strings.Join(t.lanes, ", "))
}

// drawStrip draws one piece of time with its lanes, to the scale of the longest,
// and returns where it ends.
func (c *canvas) drawStrip(t timeline, s strip, longest int64, clock *event.Clock, y int64) int64 {
	width := int64(frameWidth - laneName)
	left := int64(pageMargin + laneName)
	x := func(at int64) int64 { return left + divide((at-s.from)*width, longest) }
	offset, _ := clock.At(s.from)
	day := ukDate(string(event.AppendInstant(nil, s.from+int64(offset)))[:10])
	c.text(spot{pageMargin, y + 500}, words{size: normal, fill: ink, bold: true}, day)
	top, bottom := y+stripHead-150, y+stripHead+int64(len(t.lanes))*laneHeight
	for n, k := range s.ticks {
		c.line(spot{x(k.at), top}, spot{x(k.at), bottom}, hairlin, 12, "")
		how := words{size: small, fill: grey70, anchor: "middle"}
		at := spot{x(k.at), y + 600}
		if n == 0 {
			how.anchor = "start"
		}
		if n == len(s.ticks)-1 && at.x > pageMargin+frameWidth-500 {
			how.anchor = "end"
		}
		c.text(at, how, k.text)
	}
	for lane, name := range t.lanes {
		base := y + stripHead + int64(lane)*laneHeight
		c.text(spot{pageMargin, base + laneHeight/2 + 80}, words{size: small, fill: ink}, name)
		c.line(spot{left, base + laneHeight}, spot{x(s.until), base + laneHeight}, grey40, 12, "")
		c.drawLane(t, s, lane, base, x)
	}
	c.line(spot{left, top}, spot{left, bottom}, grey40, 20, "")
	if s.changed != "" {
		c.line(spot{x(s.change), top}, spot{x(s.change), bottom}, ink, 30, "50 70")
		for _, line := range wrap(s.changed, small, width) {
			bottom += 330
			c.text(spot{left, bottom}, words{size: small, fill: ink}, line)
		}
	}
	return bottom
}

// drawLane draws the events of one lane in one strip; an event that goes on past
// its end is drawn in the next as well.
func (c *canvas) drawLane(t timeline, s strip, lane int, base int64, x func(at int64) int64) {
	var free [2]int64 // where the last number above and below ends
	free[0], free[1] = -1<<40, -1<<40
	for _, e := range t.events {
		if e.lane != lane || !e.in(s.from, s.until) {
			continue
		}
		from, to := x(max(e.start, s.from)), x(min(e.end, s.until))
		c.drawEvent(e.kind, from, to, base+laneHeight/2)
		if e.start < s.from {
			continue
		}
		text := e.row
		if e.doubtful {
			text += "?"
		}
		half := textWidth(text, small) / 2
		for n, y := range [2]int64{base + 230, base + laneHeight - 40} {
			if from-half > free[n]+40 {
				c.text(spot{from, y}, words{size: small, fill: ink, anchor: "middle"}, text)
				free[n] = from + half
				break
			}
		}
	}
}

// drawEvent draws the mark of one kind of event: its shape tells the kind, and
// never its colour.
func (c *canvas) drawEvent(kind string, from, to, y int64) {
	to = max(to, from+fewestRoom)
	at := spot{from, y}
	switch kind {
	case "voice":
		c.rect(from, y-100, to-from, 200, ink, 10, ink)
	case "sms", "mms":
		c.polygon([]spot{{at.x, at.y - 130}, {at.x + 120, at.y + 100}, {at.x - 120, at.y + 100}}, ink, 30, white)
	case "data":
		c.rect(from, y-100, to-from, 200, ink, 25, white)
	case "voicemail", "forward":
		c.line(spot{at.x - 110, at.y - 110}, spot{at.x + 110, at.y + 110}, ink, 40, "")
		c.line(spot{at.x - 110, at.y + 110}, spot{at.x + 110, at.y - 110}, ink, 40, "")
	default:
		c.line(spot{at.x, at.y - 130}, spot{at.x, at.y + 130}, ink, 40, "")
	}
}

// drawKinds draws the legend, one item for each kind of event shown.
func (c *canvas) drawKinds(t timeline, y int64) int64 {
	n := int64(0)
	for _, kind := range []struct{ name, words string }{
		{"voice", "Voice: bar over its duration"},
		{"sms", "SMS or MMS: triangle"},
		{"data", "Data session: hollow bar over its whole time"},
		{"forward", "Diverted or voicemail: cross"},
		{"system", "Other: upright line"},
	} {
		same := map[string]string{"mms": "sms", "voicemail": "forward", "other": "system"}
		for _, e := range t.events {
			shown := e.kind
			if same[shown] != "" {
				shown = same[shown]
			}
			if shown != kind.name {
				continue
			}
			left := pageMargin + n%3*(frameWidth/3)
			at := y + n/3*480
			c.drawEvent(kind.name, left+200, left+600, at-90)
			c.text(spot{left + 900, at}, words{size: normal, fill: ink}, kind.words)
			n++
			break
		}
	}
	y += (n + 2) / 3 * 480
	if slices.ContainsFunc(t.events, func(e chartEvent) bool { return e.doubtful }) {
		c.text(spot{pageMargin + 200, y}, words{size: normal, fill: ink, bold: true}, "?")
		c.text(spot{pageMargin + 900, y}, words{size: normal, fill: ink}, doubtfulWords)
		y += 480
	}
	return y - 300
}

const doubtfulWords = "Behind a number: the row lies in the hour that happens twice and its source does not say in which; drawn at the earlier instant"

// drawEvents draws the list of every event, and returns where it ends.
func (c *canvas) drawEvents(t timeline, y int64) int64 {
	return c.drawTable("Events recorded, as in the schedule", []listColumn{
		{title: "No.", width: 1_400},
		{title: "Date", width: 2_300},
		{title: "Time", width: 1_900},
		{title: "Zone", width: 1_800},
		{title: "Type", width: 2_200},
		{title: "Records of", width: 4_200},
		{title: "From", width: 4_600},
		{title: "To", width: 5_600},
		{title: "Duration", width: 2_700},
	}, func(use func(cells []string)) {
		for _, e := range t.events {
			use(e.cells)
		}
	}, y)
}
