package source

import (
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
	Time      reportTime       `json:"time"`
	Numbers   reportPlan       `json:"numbers"`
	Balance   analysis.Balance `json:"balance"`
	Preamble  int64            `json:"preambleLines"`
	Blank     int64            `json:"blankLines"`
	Types     []reportCount    `json:"types"`
	Flags     []reportCount    `json:"flags"`
	Unused    []string         `json:"unusedColumns"`
	Events    string           `json:"eventsFormat"`

	first, last int64
	any         bool
	types       analysis.Tally
	typeCounts  [64]int64
	typeNames   [64]string
	flagCounts  [flagCount]int64
}

type reportSource struct {
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`
	BOM    bool   `json:"bom"`
}

type reportProfile struct {
	Name    string `json:"name"`
	Version int    `json:"version"`
	SHA256  string `json:"sha256"`
}

type reportTime struct {
	Zone      string `json:"zone"`
	Basis     string `json:"basis"`
	ZoneData  string `json:"zoneData"`
	Unit      string `json:"unit"`
	First     string `json:"first"`
	Last      string `json:"last"`
	DayOver12 int64  `json:"dayOver12"` // rows that prove which of two numbers is the day
}

type reportPlan struct {
	Plan string `json:"plan"`
	Data string `json:"data"`
}

type reportCount struct {
	Name string `json:"name"`
	Rows int64  `json:"rows"`
}

func newReport(m *mapping, decisions []byte, env analysis.Env) report {
	unit := "second"
	if m.minute {
		unit = "minute"
	}
	ds, err := ParseDecisions(decisions)
	if err != nil || ds == nil {
		ds = []Decision{}
	}
	return report{
		Format: ReportFormat, Events: event.Version,
		Profile:   reportProfile{Name: m.profile.Name, Version: m.profile.Version, SHA256: m.profile.digest},
		Decisions: ds,
		Time:      reportTime{Zone: m.clock.Name(), Basis: m.zoneFrom, ZoneData: env.ZoneData(), Unit: unit},
		Numbers:   reportPlan{Plan: m.plan.Name(), Data: event.PlanData()},
	}
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
	for i := range r.typeNames {
		if r.typeNames[i] == "" {
			r.typeNames[i] = e.Type + "|" + e.Leg
		}
		if name := r.typeNames[i]; len(name) == len(e.Type)+1+len(e.Leg) && name[:len(e.Type)] == e.Type && name[len(e.Type)+1:] == e.Leg {
			r.typeCounts[i]++
			break
		}
	}
	for bit := 0; flags != 0; bit++ {
		if flags&1 != 0 {
			r.flagCounts[bit]++
		}
		flags >>= 1
	}
	if _, _, d := civil(e.Start + int64(e.OffsetS)); d > 12 {
		r.Time.DayOver12++
	}
}

func civil(local int64) (y, m, d int) {
	days := local / 86400
	if local%86400 < 0 {
		days--
	}
	return event.CivilDate(days)
}

// finish completes the report and returns its canonical JSON.
func (r *report) finish(im *importer) ([]byte, error) {
	r.Source.Size = im.s.size
	r.Blank = im.s.blank
	r.Balance = im.balance
	if r.any {
		r.Time.First = string(event.AppendInstant(nil, r.first))
		r.Time.Last = string(event.AppendInstant(nil, r.last))
	}
	r.types = analysis.Tally{}
	for i, name := range r.typeNames {
		if name != "" {
			r.types[name] = r.typeCounts[i]
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
	r.Unused = im.m.unused()
	return analysis.MarshalCanonical(r)
}

// unused returns the columns of the file that the profile does not read.
func (m *mapping) unused() []string {
	used := make([]bool, len(m.profile.File.Header))
	mark := func(columns ...int) {
		for _, c := range columns {
			if c != absent {
				used[c] = true
			}
		}
	}
	if m.asserted == nil {
		mark(m.subject)
	}
	mark(m.other, m.duration, m.imei, m.imsi, m.apn, m.callRef)
	mark(m.times...)
	mark(m.codeColumns...)
	for _, s := range []site{m.start, m.end} {
		mark(s.cell, s.x, s.y, s.azimuth, s.place)
	}
	names := []string{}
	for i, u := range used {
		if !u {
			names = append(names, m.profile.File.Header[i])
		}
	}
	return names
}
