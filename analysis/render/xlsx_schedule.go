package render

import (
	"io"
	"slices"
	"strconv"

	"custos.example/analysis"
	"custos.example/analysis/event"
)

// ScheduleXLSX is the step render-schedule-xlsx@1: a schedule as a workbook in
// which every identifier is text.
// Shape: sheet About, as page 1 of the printed schedule; sheets Schedule and
// Repeats, for reading; sheet Data, every recorded column of the schedule as it
// is, for working.
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

// Run writes the workbook. It holds nothing back and keeps no row in memory:
// every sheet is read twice, once to measure and once to write.
// Errors: ErrNotCanonical; more rows or longer texts than the format holds.
func (s ScheduleXLSX) Run(_ analysis.Env, in map[string]analysis.Input, _ analysis.Params, out map[string]io.Writer) (analysis.Result, error) {
	meta, err := readMeta(in["meta"])
	if err != nil {
		return analysis.Result{}, err
	}
	sum, err := readSummary(in["summary"])
	if err != nil {
		return analysis.Result{}, err
	}
	if sum, err = sum.withMeta(meta); err != nil {
		return analysis.Result{}, err
	}
	code, _, err := contentCode(meta, in)
	if err != nil {
		return analysis.Result{}, err
	}
	about := aboutRows(meta, sum, code)
	sheets := []xlsxSheet{
		{Name: "About", Columns: aboutColumns(), Rows: func(row func([]string) error) error {
			for _, cells := range about {
				if err := row(cells); err != nil {
					return err
				}
			}
			return nil
		}},
		{Name: "Schedule", Columns: readingColumns(), Rows: readingRows(meta, "schedule", in)},
		{Name: "Repeats", Columns: readingColumns(), Rows: readingRows(meta, "repeats", in)},
		{Name: "Data", Columns: dataColumns(), Rows: dataRows("schedule", in), Wide: true},
	}
	if err := countRows(sum, in); err != nil {
		return analysis.Result{}, err
	}
	if err := writeXLSX(out["page"], sheets); err != nil {
		return analysis.Result{}, err
	}
	return sum.result(), nil
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

func readingColumns() []xlsxColumn {
	return []xlsxColumn{
		{"No.", 6, xlsxNumber},
		{"Date", 11, xlsxText},
		{"Time", 9, xlsxText},
		{"Zone", 9, xlsxText},
		{"Type", 10, xlsxText},
		{"From", 15, xlsxText},
		{"From attributed to", 18, xlsxText},
		{"To", 15, xlsxText},
		{"To attributed to", 18, xlsxText},
		{"Forwarded to", 15, xlsxText},
		{"Duration", 10, xlsxText},
		{"Handset IMEI (14 digits)", 18, xlsxText},
		{"Start cell", 22, xlsxText},
		{"Start place", 30, xlsxText},
		{"Start direction", 9, xlsxText},
		{"End cell", 22, xlsxText},
		{"End direction", 9, xlsxText},
		{"Note", 40, xlsxText},
		{"Source", 9, xlsxText},
		{"Source row", 8, xlsxNumber},
	}
}

// readingRows returns a function that reads a schedule from its beginning, in
// the words of the printed schedule.
func readingRows(m Meta, port string, in map[string]analysis.Input) func(row func([]string) error) error {
	return func(row func([]string) error) error {
		return eachRow(port, in[port], func(r scheduleRow) error {
			from, to := r.field(event.ANumber), r.field(event.BNumber)
			return row([]string{
				r.own(rowNo), ukDate(r.own(rowDate)), r.own(rowTime), r.own(rowZone), typeWord(r.field(event.Type)),
				party(from, ""), m.person(from), party(to, r.field(event.APN)), m.person(to),
				party(r.field(event.CNumber), ""), duration(r.field(event.DurationS)), handset(r.field(event.IMEI)),
				cellName(r.field(event.StartCell)), r.field(event.StartPlace), azimuth(r.field(event.StartAzimuth)),
				cellName(r.field(event.EndCell)), azimuth(r.field(event.EndAzimuth)),
				note(r), m.reference(r.field(event.Source)), r.field(event.Record),
			})
		})
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

func aboutColumns() []xlsxColumn {
	return []xlsxColumn{{"About this schedule", 28, xlsxText}, {"As recorded", 100, xlsxText}}
}

// aboutRows returns what the sheet About says: the same facts as page 1 of the
// printed schedule, the limits before everything that can be read into rows.
func aboutRows(m Meta, sum pageSummary, code string) [][]string {
	rows := [][]string{}
	add := func(what string, values ...string) {
		for n, v := range values {
			if v == "" {
				continue
			}
			if n > 0 {
				what = ""
			}
			rows = append(rows, []string{what, v})
		}
	}
	add("Exhibit", m.Reference+", version "+strconv.Itoa(m.Version), m.Changed)
	add("Case", m.Case)
	add("Produced by", m.Producer, m.Made)
	add("Title", m.Title)
	add("The question asked", m.Question)
	for _, c := range sum.Caveats {
		add(c.ID, c.Text)
	}
	add("Counts", sum.Balance.String())
	for _, r := range sum.Balance.OutsideBy {
		add("Outside the question", r.Rule+": "+strconv.FormatInt(r.Rows, 10))
	}
	for _, r := range sum.Balance.SetAsideBy {
		add("Set aside", r.Rule+": "+strconv.FormatInt(r.Rows, 10))
	}
	for _, s := range m.Sources {
		add("Source "+s.Reference, s.Title, s.Authority, strconv.FormatInt(s.Rows, 10)+" rows", "SHA-256 "+s.SHA256)
	}
	for _, a := range m.Attributions {
		add("Attribution", event.Display(a.Identifier)+": "+a.Person, a.Period, a.Basis, "Stated by "+a.StatedBy)
	}
	add("Decisions", m.Decisions...)
	add("Time", m.Time, "Shown in "+sum.Time.Shown+", supplied in "+sum.Time.Supplied,
		"tz database "+sum.Time.ZoneVersion+", SHA-256 "+sum.Time.ZoneData)
	add("How it was made", m.Program, sum.Step)
	names := make([]string, 0, len(sum.Parameters))
	for name := range sum.Parameters {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		add("Parameter "+name, orDash(sum.Parameters[name]))
	}
	add("Content code", code, "It stands for the sources, the parameters and the rows; it does not cover this page.")
	add("Identifiers", "Every identifier is stored as text: a spreadsheet shows all its digits and runs nothing.")
	return rows
}
