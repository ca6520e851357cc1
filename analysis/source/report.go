package source

import (
	"slices"
	"strings"

	"custos.example/analysis"
	"custos.example/analysis/event"
)

// ReportFormat is the value of the key `format` in a report.
const ReportFormat = "custos/source-report/v1"

// report is the port `report`: what the import found and what it stands on.
type report struct {
	Format    string           `json:"format"`
	Source    reportSource     `json:"source"`
	Profile   reportProfile    `json:"profile"`
	Decisions []Decision       `json:"decisions"`
	Time      []reportTime     `json:"time"`
	DayOrder  reportOrder      `json:"dayOrder"`
	First     string           `json:"first"`
	Last      string           `json:"last"`
	Numbers   reportPlan       `json:"numbers"`
	Balance   analysis.Balance `json:"balance"`
	Lines     reportLines      `json:"lines"`
	Totals    []declared       `json:"totals"`
	Beyond    *totalsBeyond    `json:"totalsBeyond,omitempty"` // nil when all totals are listed
	NoData    int64            `json:"noData"`                 // row of the line that says so, or 0
	Sites     reportSites      `json:"sites"`
	Types     []reportCount    `json:"types"`
	Flags     []reportCount    `json:"flags"`
	Tables    []reportTable    `json:"tables"`
	Events    string           `json:"eventsFormat"`

	first, last int64
	any         bool
	types       analysis.Tally
	typeCounts  [64]int64
	typeNames   [64]typeName // all there can be
	marked      [64]markedType
	flagCounts  [flagCount]int64
	over12      int64
	day         int64 // of the last event, in days from 1970-01-01
	dayOver12   bool
}

// typeName is a type of event and its leg.
type typeName struct{ kind, leg string }

// markedType is where events of a mark are counted.
type markedType struct {
	mark uint64
	at   int
}

type reportSource struct {
	SHA256     string `json:"sha256"`
	Size       int64  `json:"size"`
	BOM        bool   `json:"bom"`
	Encoding   string `json:"encoding"`
	EncodingBy string `json:"encodingBy"` // profile or decision
}

type reportProfile struct {
	Name    string `json:"name"`
	Version int    `json:"version"`
	SHA256  string `json:"sha256"`
}

// reportTime is how one table's times were read.
type reportTime struct {
	Table    string `json:"table"`
	Zone     string `json:"zone"`
	Basis    string `json:"basis"`
	ZoneData string `json:"zoneData"`
	Unit     string `json:"unit"`
}

// reportOrder is which of two numbers of a date is the day.
type reportOrder struct {
	Order     string `json:"order"`
	By        string `json:"by"`        // profile, rows or decision
	Rows      int64  `json:"rows"`      // that prove it, where the file was asked
	DayOver12 int64  `json:"dayOver12"` // events whose day is over 12
}

type reportPlan struct {
	Plan string `json:"plan"`
	Data string `json:"data"`
}

// reportLines accounts for every line of the file.
// Shape: Rows = Preamble + Headers + Rules + Blank + Sites + the records received.
type reportLines struct {
	Rows     int64         `json:"rows"`
	Preamble int64         `json:"preamble"`
	Headers  int64         `json:"headers"`
	Rules    []reportCount `json:"rules"`
	Blank    int64         `json:"blank"`
	Sites    int64         `json:"sites"`
}

// reportSites is what the site table held.
type reportSites struct {
	In        string      `json:"in"`
	Rows      int64       `json:"rows"`
	Sites     int64       `json:"sites"`
	Conflicts []string    `json:"conflicts"` // keys with two positions; none of them is used
	Faults    []siteFault `json:"faults"`
	Bad       int64       `json:"bad"`
}

// reportTable names a table's columns that the profile does not read.
type reportTable struct {
	Table  string   `json:"table"`
	Unused []string `json:"unused"`
}

type reportCount struct {
	Name string `json:"name"`
	Rows int64  `json:"rows"`
}

func newReport(b *book, decisions []byte, env analysis.Env) report {
	ds, err := ParseDecisions(decisions)
	if err != nil || ds == nil {
		ds = []Decision{}
	}
	r := report{
		Format: ReportFormat, Events: event.Version,
		Source:    reportSource{Encoding: b.encoding.String(), EncodingBy: b.encodedBy},
		Profile:   reportProfile{Name: b.profile.Name, Version: b.profile.Version, SHA256: b.profile.digest},
		Decisions: ds,
		Time:      []reportTime{},
		Numbers:   reportPlan{Plan: b.plan.Name(), Data: event.PlanData()},
		DayOrder:  reportOrder{Order: "day-first", By: "profile"},
	}
	for _, m := range b.tables {
		unit := "second"
		if m.minute {
			unit = "minute"
		}
		r.Time = append(r.Time, reportTime{Table: m.table, Zone: m.clock.Name(), Basis: m.zoneFrom, ZoneData: env.ZoneData(), Unit: unit})
		if m.shape.Start.Order == "month-first" {
			r.DayOrder.Order = "month-first"
		}
	}
	if o := b.order; o.byFile {
		r.DayOrder = reportOrder{Order: "day-first", By: o.basis, Rows: o.rows}
		if o.month {
			r.DayOrder.Order = "month-first"
		}
	}
	return r
}

// count takes one event into the figures.
func (r *report) count(e *event.Event, flags flagSet) {
	if !r.any || e.Start < r.first {
		r.first = e.Start
	}
	if !r.any || e.Start > r.last {
		r.last = e.Start
	}
	r.any = true
	m := &r.marked[e.Mark%uint64(len(r.marked))]
	if e.Mark == 0 || e.Mark != m.mark {
		*m = markedType{e.Mark, r.typeAt(e)}
	}
	r.typeCounts[m.at]++
	for bit := 0; flags != 0; bit++ {
		if flags&1 != 0 {
			r.flagCounts[bit]++
		}
		flags >>= 1
	}
	if day := dayOf(e.Start + int64(e.OffsetS)); day != r.day {
		_, _, d := event.CivilDate(day)
		r.day, r.dayOver12 = day, d > 12
	}
	if r.dayOver12 {
		r.over12++
	}
}

// typeAt returns where events of such a type and leg are counted.
func (r *report) typeAt(e *event.Event) int {
	name := typeName{e.Type, e.Leg}
	for i := range r.typeNames {
		if r.typeNames[i] == (typeName{}) {
			r.typeNames[i] = name
		}
		if r.typeNames[i] == name {
			return i
		}
	}
	return len(r.typeNames) - 1
}

// dayOf returns the days from 1970-01-01 of a local time.
func dayOf(local int64) int64 {
	day := local / 86400
	if local%86400 < 0 {
		day--
	}
	return day
}

// finish completes the report and returns its canonical JSON.
func (r *report) finish(im *importer) ([]byte, error) {
	rd := im.rd
	r.Source.Size, r.Source.BOM = rd.s.size, rd.bom
	r.Balance = im.balance
	r.NoData, r.Totals, r.Beyond = rd.noData, rd.totals, rd.beyond
	if r.Totals == nil {
		r.Totals = []declared{}
	}
	r.DayOrder.DayOver12 = r.over12
	if r.any {
		r.First = string(event.AppendInstant(nil, r.first))
		r.Last = string(event.AppendInstant(nil, r.last))
	}
	r.types = analysis.Tally{}
	for i, name := range r.typeNames {
		if name != (typeName{}) {
			r.types[name.kind+"|"+name.leg] = r.typeCounts[i]
		}
	}
	r.Types, r.Flags = []reportCount{}, []reportCount{}
	for _, c := range r.types.List() {
		r.Types = append(r.Types, reportCount{c.Rule, c.Rows})
	}
	for bit, n := range r.flagCounts {
		if n > 0 {
			r.Flags = append(r.Flags, reportCount{flagName(bit), n})
		}
	}
	r.Lines = reportLines{Rows: rd.s.row, Preamble: rd.preamble, Headers: rd.headers, Blank: rd.s.blank, Sites: rd.siteRows, Rules: []reportCount{}}
	for i := range im.b.lines {
		if rule := &im.b.lines[i]; rule.seen > 0 {
			r.Lines.Rules = append(r.Lines.Rules, reportCount{rule.Kind + ": " + rule.Like, rule.seen})
		}
	}
	r.Sites = im.b.sites.report()
	for _, m := range im.b.tables {
		r.Tables = append(r.Tables, reportTable{Table: m.table, Unused: m.unused()})
	}
	return analysis.MarshalCanonical(r)
}

// report tells what the site table held, in an order of its own.
func (si *siteBook) report() reportSites {
	r := reportSites{In: si.shape.In, Rows: si.rows, Sites: int64(len(si.known)), Conflicts: []string{}, Faults: si.faults, Bad: si.bad}
	if r.Faults == nil {
		r.Faults = []siteFault{}
	}
	for key := range si.conflicts {
		r.Conflicts = append(r.Conflicts, strings.ReplaceAll(key, "\x1f", " "))
	}
	slices.Sort(r.Conflicts)
	return r
}

// unused returns the columns of the file that the profile does not read.
func (m *mapping) unused() []string {
	used := make([]bool, len(m.head.names))
	mark := func(columns ...int) {
		for _, c := range columns {
			if c != absent {
				used[c] = true
			}
		}
	}
	if m.book.asserted == nil {
		mark(m.subject.at)
	}
	mark(m.other.at, m.calling.at, m.called.at, m.forwarded.at, m.dialled, m.duration, m.imei.at, m.imsi.at,
		m.bearer.at, m.roaming.at, m.apn.at, m.callRef.at, m.outcome.at)
	for _, r := range []*timeReader{m.start, m.end} {
		if r != nil {
			mark(r.columns...)
		}
	}
	mark(m.codeColumns...)
	for i := range m.volumes {
		mark(m.volumes[i].at)
	}
	for i := range m.apart {
		mark(m.apart[i].at)
	}
	for _, s := range []site{m.from, m.to} {
		mark(s.cell, s.area, s.radio, s.spot.x, s.spot.y, s.spot.grid, s.azimuth, s.place)
		mark(s.lookup...)
	}
	names := []string{}
	if m.head.bind == nil {
		for i, u := range used {
			if !u {
				names = append(names, m.head.names[i])
			}
		}
		return names
	}
	read := make([]bool, len(m.head.file))
	for i, at := range m.head.bind {
		if at != absent && used[i] {
			read[at] = true
		}
	}
	for at, name := range m.head.file {
		if !read[at] {
			names = append(names, name)
		}
	}
	return names
}
