package render

import (
	"io"
	"strings"

	"custos.example/analysis"
	"custos.example/analysis/event"
)

// ScheduleCSV is the step render-schedule-csv@1: a schedule as a table of text
// that a spreadsheet program opens without running or rounding anything.
//
// The table begins in the first byte: its header, then one line a row, and
// nothing else. UTF-8 without a mark, LF, RFC 4180.
// A cell that would start with = + - @ a tab or a CR has an apostrophe before
// it. Digits that a spreadsheet would round stand in groups with a blank
// between them. Records of names the identifier whose records the row is of:
// handset, SIM card and cells are that one's. Repeats stand after the rows, each with the number of the row
// that it repeats and the word "repeat" in the column Row is. A what-if copy says
// in its first line that it is one.
type ScheduleCSV struct{}

// Info returns the step's name, ports and parameters.
func (ScheduleCSV) Info() analysis.Info {
	return analysis.Info{
		Name: "render-schedule-csv", Version: 1, Class: analysis.Render, Title: "Schedule as a table",
		Inputs:  scheduleInputs(),
		Outputs: []analysis.Port{{Name: "page", Media: "text/csv", Extension: "csv"}},
	}
}

// CSVColumns returns the header of the table.
func CSVColumns() []string {
	return []string{
		"No.", "Row is", "Date", "Time", "Zone", "Type", "From", "From attributed to", "To", "To attributed to", "Forwarded to",
		"Duration", "Records of", "Handset IMEI (14 digits)", "IMSI", "Start cell", "Start place", "Start direction",
		"End cell", "End place", "End direction", "Note", "Flags", "Source", "Source SHA-256 (first 16)", "Source row",
	}
}

// Run writes the table.
// Errors: event.ErrNotCanonical, ErrMeta.
func (ScheduleCSV) Run(env analysis.Env, in map[string]analysis.Input, _ analysis.Params, out map[string]io.Writer) (analysis.Result, error) {
	x, err := openExhibit(env, in, "schedule", "repeats")
	if err != nil {
		return analysis.Result{}, err
	}
	w := newCSVWriter(out["page"], x.front.notServed, CSVColumns())
	n := tableCount{}
	for _, port := range []string{"schedule", "repeats"} {
		err := eachRow(port, in[port], func(r scheduleRow) error {
			n.add(port)
			cells := csvCells(x.meta, port, r)
			for i := range cells {
				cells[i] = harmless(visible(cells[i]))
			}
			return w.record(cells)
		})
		if err != nil {
			return analysis.Result{}, err
		}
	}
	if err := n.verify(x.sum); err != nil {
		return analysis.Result{}, err
	}
	if err := w.flush(); err != nil {
		return analysis.Result{}, err
	}
	return x.sum.result(), nil
}

// csvCells returns the cells of one row: every page that shows a schedule in
// columns of its own has these.
func csvCells(m Meta, port string, r scheduleRow) []string {
	is := "shown"
	if port == "repeats" {
		is = "repeat"
	}
	from, to := r.field(event.ANumber), r.field(event.BNumber)
	return []string{
		r.own(rowNo), is, ukDate(r.own(rowDate)), r.own(rowTime), r.own(rowZone), typeWord(r.field(event.Type)),
		party(from, ""), m.person(from, r.own(rowDate)), party(to, r.field(event.APN)), m.person(to, r.own(rowDate)), party(r.field(event.CNumber), ""),
		duration(r.field(event.DurationS)), party(r.field(event.Subject), ""), handset(r.field(event.IMEI)), grouped(r.field(event.IMSI)),
		cellName(r.field(event.StartCell)), r.field(event.StartPlace), azimuth(r.field(event.StartAzimuth)),
		cellName(r.field(event.EndCell)), r.field(event.EndPlace), azimuth(r.field(event.EndAzimuth)),
		note(r), r.field(event.Flags), m.reference(r.field(event.Source)), r.field(event.Source), r.field(event.Record),
	}
}

// harmless puts an apostrophe before text that a spreadsheet program would run, or read
// as another number, and a blank into digits that it would round.
func harmless(s string) string {
	if s == "" {
		return s
	}
	if strings.IndexByte("=+-@\t\r", s[0]) >= 0 {
		return "'" + s
	}
	if len(s) > 11 && strings.Trim(s, "0123456789eE.") == "" {
		return grouped(s)
	}
	if event.Scientific([]byte(s)) || len(s) > 1 && s[0] == '0' && strings.Trim(s, "0123456789") == "" {
		return "'" + s
	}
	return s
}

// grouped writes long digits in groups: five, then the rest.
func grouped(digits string) string {
	if len(digits) < 12 {
		return digits
	}
	return digits[:5] + " " + digits[5:]
}
