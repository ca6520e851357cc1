package render

import (
	"io"

	"custos.example/analysis"
	"custos.example/analysis/event"
)

// ScheduleXLSX is the step render-schedule-xlsx@1: a schedule as a workbook in
// which every identifier is text.
// Shape: sheet About, as page 1 of the printed schedule; sheets Schedule and
// Repeats, for reading, with the texts of the CSV page; sheet Data, every recorded
// column of the schedule as it is, for working.
type ScheduleXLSX struct{}

// Info returns the step's name, ports and parameters.
func (ScheduleXLSX) Info() analysis.Info {
	return analysis.Info{
		Name: "render-schedule-xlsx", Version: 1, Class: analysis.Render, Title: "Schedule as a workbook",
		Inputs: scheduleInputs(),
		Outputs: []analysis.Port{
			{Name: "page", Media: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Extension: "xlsx"},
		},
	}
}

// Run writes the workbook. It keeps no row in memory.
// Errors: ErrNotCanonical; more rows or longer texts than the format holds.
func (s ScheduleXLSX) Run(env analysis.Env, in map[string]analysis.Input, _ analysis.Params, out map[string]io.Writer) (analysis.Result, error) {
	x, err := openExhibit(env, in, "schedule", "repeats")
	if err != nil {
		return analysis.Result{}, err
	}
	if err := countRows(x.sum, in); err != nil {
		return analysis.Result{}, err
	}
	sheets := []xlsxSheet{
		x.aboutSheet(),
		{Name: "Schedule", Columns: readingColumns(), Rows: readingRows(x.meta, "schedule", in)},
		{Name: "Repeats", Columns: readingColumns(), Rows: readingRows(x.meta, "repeats", in)},
		{Name: "Data", Columns: dataColumns(), Rows: dataRows("schedule", in), Recorded: true},
	}
	if err := writeXLSX(out["page"], x.front.notServed, sheets); err != nil {
		return analysis.Result{}, err
	}
	return x.sum.result(), nil
}

// countRows returns nil when the rows are those of the balance.
func countRows(sum pageSummary, in map[string]analysis.Input) error {
	n := tableCount{}
	for _, port := range []string{"schedule", "repeats"} {
		err := eachRow(port, in[port], func(scheduleRow) error {
			n.add(port)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return n.verify(sum)
}

// readingColumns returns the columns of the table of text.
func readingColumns() []xlsxColumn {
	widths := []int{6, 8, 11, 9, 9, 10, 15, 18, 15, 18, 15, 10, 16, 18, 18, 22, 40, 9, 22, 40, 9, 40, 22, 9, 18, 8}
	columns := make([]xlsxColumn, len(widths))
	for n, title := range CSVColumns() {
		columns[n] = xlsxColumn{title, widths[n], xlsxText}
		if title == "No." || title == "Source row" {
			columns[n].Kind = xlsxNumber
		}
	}
	return columns
}

// readingRows returns a function that reads a schedule from its beginning, in
// the words of the table of text.
func readingRows(m Meta, port string, in map[string]analysis.Input) func(row func([]string) error) error {
	return func(row func([]string) error) error {
		return eachRow(port, in[port], func(r scheduleRow) error { return row(csvCells(m, port, r)) })
	}
}

// dataRows returns a function that reads a schedule from its beginning, every
// column as it is.
func dataRows(port string, in map[string]analysis.Input) func(row func([]string) error) error {
	return func(row func([]string) error) error {
		cells := make([]string, len(event.ScheduleColumns()))
		return eachRow(port, in[port], func(r scheduleRow) error {
			for n := range cells {
				cells[n] = r.own(n)
			}
			return row(cells)
		})
	}
}

// dataColumns returns the columns of a schedule with titles for people.
func dataColumns() []xlsxColumn {
	known := map[string]xlsxColumn{
		"no": {"No.", 6, xlsxNumber}, "date": {"Date", 11, xlsxText}, "time": {"Time", 9, xlsxText}, "shown_zone": {"Zone", 8, xlsxText},
		"start_utc": {"Start (UTC)", 21, xlsxText}, "end_utc": {"End (UTC)", 21, xlsxText}, "precision": {"Precision", 9, xlsxText},
		"evidence": {"What the time says of the cell", 18, xlsxText}, "fold": {"Repeated hour", 9, xlsxText},
		"type": {"Type", 10, xlsxText}, "leg": {"Leg", 12, xlsxText}, "subject": {"Records of", 16, xlsxText},
		"a_number": {"From", 16, xlsxText}, "b_number": {"To", 16, xlsxText}, "c_number": {"Forwarded to", 16, xlsxText},
		"duration_s": {"Duration (s)", 10, xlsxNumber}, "imei": {"IMEI", 17, xlsxText}, "imsi": {"IMSI", 17, xlsxText},
		"bearer": {"Bearer", 8, xlsxText}, "apn": {"APN", 14, xlsxText}, "outcome": {"Outcome", 10, xlsxText}, "crs": {"Coordinates", 12, xlsxText},
		"start_cell": {"Start cell", 24, xlsxText}, "start_x": {"Start x", 12, xlsxNumber}, "start_y": {"Start y", 12, xlsxNumber},
		"start_azimuth": {"Start azimuth", 9, xlsxText}, "start_place": {"Start site", 30, xlsxText},
		"end_cell": {"End cell", 24, xlsxText}, "end_x": {"End x", 12, xlsxNumber}, "end_y": {"End y", 12, xlsxNumber},
		"end_azimuth": {"End azimuth", 9, xlsxText}, "end_place": {"End site", 30, xlsxText},
		"flags": {"Flags", 24, xlsxText}, "source": {"Source", 18, xlsxText}, "row": {"Source row", 10, xlsxNumber}, "offset": {"Source byte", 11, xlsxNumber},
	}
	columns := make([]xlsxColumn, 0, len(known))
	for _, name := range event.ScheduleColumns() {
		c, ok := known[name]
		if !ok {
			c = xlsxColumn{name, 14, xlsxText}
		}
		columns = append(columns, c)
	}
	return columns
}
