package custody

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"custos.example/analysis/paper"
	"custos.example/ledger"
	"custos.example/policy"
)

// ipcoReport is what an inspection of communications data asks for: every return
// against its authority, the operators' own lists against the record, what use was
// made of each, excess data, errors with their clocks, urgent oral grants, refusals,
// and the statistics.
func ipcoReport(ctx context.Context, a *act, ask reportAsk) (paper.Document, error) {
	about, err := a.aboutRecord(ctx, ask)
	if err != nil {
		return paper.Document{}, err
	}
	cases, err := a.casesAsOf(ctx, ask)
	if err != nil {
		return paper.Document{}, err
	}
	r := ipco{cases: cases, ask: ask}
	r.returns()
	sections := []paper.Section{r.returnSection()}
	lists, err := r.listSections()
	if err != nil {
		return paper.Document{}, err
	}
	sections = append(sections, lists...)
	sections = append(sections, r.useSection(), r.excessSection())
	errorSections, err := r.errorSections(ctx)
	if err != nil {
		return paper.Document{}, err
	}
	sections = append(sections, errorSections...)
	refused, err := a.refusals(ctx, cases, ask)
	if err != nil {
		return paper.Document{}, err
	}
	statistics, err := r.statisticsSection(ctx)
	if err != nil {
		return paper.Document{}, err
	}
	sections = append(sections, r.urgentSection(), r.refusalSection(refused), r.overrideSection(), statistics)
	if len(r.details) > 0 {
		sections = append(sections, paper.Section{
			Heading: "Names of the figures in the tables", Paragraphs: []string{"Each number of a table above by the name under which the entries behind it are told."},
			Figures: r.details,
		})
	}
	return paper.Document{Reference: "IPCO", About: about, Sections: sections}, nil
}

// ipco draws up the sections of the report.
type ipco struct {
	cases   []*caseRecord
	ask     reportAsk
	lines   []ipcoReturn
	details []paper.Figure
}

// ipcoReturn is one return of the period, with its authority.
type ipcoReturn struct {
	returned
	in        *caseRecord
	authority authorityUse
	inTime    string
}

// How a return stands to the period of its authority.
const (
	inTimeYes       = "yes"
	inTimeNotice    = "yes: by a notice that could still be answered"
	inTimeAfter     = "no: after the last day"
	inTimeBefore    = "no: before it was granted"
	inTimeCancelled = "no: after it was cancelled"
	inTimeUnknown   = "not known"
	inTimeNone      = "no period is set"
)

// obtained tells how the day on which data was obtained stands to the authority.
func (u authorityUse) obtained(r returned) string {
	switch {
	case u.gone || !r.declared || r.said.ObtainedOn == "":
		return inTimeUnknown
	case u.document.Granted.On != "" && r.said.ObtainedOn < u.document.Granted.On:
		return inTimeBefore
	case u.document.Cancelled.On != "" && r.said.ObtainedOn >= u.document.Cancelled.On:
		return inTimeCancelled
	case u.lastDay == policy.NoDate:
		return inTimeNone
	case r.said.ObtainedOn > u.lastDay && u.outlives():
		return inTimeNotice
	case r.said.ObtainedOn > u.lastDay:
		return inTimeAfter
	}
	return inTimeYes
}

// outlives tells whether a notice could be answered after the last day of its authority:
// under RIPA 2000 with what the operator had by then, under IPA 2016 when it was given
// by then (rule A-09).
func (u authorityUse) outlives() bool {
	d := u.document
	if d.Route == policy.Route22Notice {
		return d.Notice.HeldWithinTime == Yes
	}
	return (d.Route == policy.Route60A || d.Route == policy.Route61) && d.Instrument == policy.Notice &&
		d.Notice.GivenOn != "" && d.Granted.On <= d.Notice.GivenOn && d.Notice.GivenOn <= u.lastDay
}

// returns gathers the returns of communications data that were received in the
// period.
func (r *ipco) returns() {
	for _, c := range r.cases {
		for _, one := range c.returns {
			if !r.ask.within(one.Time.Time) {
				continue
			}
			u, known := c.authority(one.Authority[0])
			if known && !u.gone && !u.commsData() {
				continue // obtained under another power
			}
			r.lines = append(r.lines, ipcoReturn{one, c, u, u.obtained(one)})
		}
	}
}

func (r *ipco) returnSection() paper.Section {
	t := paper.Table{Columns: []string{"No.", "Case", "Item", "Operator", "Authority", "Granted", "Last day", "Obtained", "In time", "Records", "Entry"}, Rows: [][]string{}}
	var all, outside, unknown []ledger.EntryID
	records := uint64(0)
	for n, one := range r.lines {
		all = append(all, one.Entry)
		records += one.records
		switch one.inTime {
		case inTimeAfter, inTimeBefore, inTimeCancelled:
			outside = append(outside, one.Entry)
		case inTimeUnknown:
			unknown = append(unknown, one.Entry)
		}
		t.Rows = append(t.Rows, []string{
			inDigits(n + 1), one.in.name(), one.Item, one.From, orDefault(one.authority.document.Reference, "erased"), dayText(one.authority.document.Granted.On),
			dayText(one.authority.lastDay), dayText(one.said.ObtainedOn), one.inTime, strconv.FormatUint(one.records, 10), shortID(one.Entry),
		})
	}
	return paper.Section{
		Heading: "1. Returns and their authorities",
		Paragraphs: []string{
			"Every file of communications data that was received in the period, with the authority under which it was obtained. Whether it was obtained in time is " +
				"worked out from the day that was stated when it was received and the last day of the authority by the rules in force.",
		},
		Figures: []paper.Figure{
			countFigure("ipco.returns", "Returns received", all), countFigure("ipco.returns.outside", "of these, obtained outside the period of the authority", outside),
			countFigure("ipco.returns.not-known", "of these, with nothing on record to tell by", unknown),
			sumFigure("ipco.records", "Records in the returns", "", int64(records), all), //nolint:gosec // far below
		},
		Table: &t,
	}
}

// useSection says what use was made of what was obtained under each authority.
func (r *ipco) useSection() paper.Section {
	t := paper.Table{Columns: []string{"No.", "Case", "Authority", "Returns", "Runs", "Exhibits", "Reads", "Use"}, Rows: [][]string{}}
	var all, never []ledger.EntryID
	for _, c := range r.cases {
		for _, u := range c.authorities {
			if !u.gone && !u.commsData() || !r.touches(c, u) {
				continue
			}
			all = append(all, u.first)
			use := "used"
			switch {
			case len(u.returns) == 0:
				use = "nothing was obtained"
			case u.unused():
				use, never = "ACQUIRED, NEVER USED", append(never, u.first)
			}
			name := "ipco.use." + inDigits(len(t.Rows)+1)
			t.Rows = append(t.Rows, []string{
				inDigits(len(t.Rows) + 1), c.name(), orDefault(u.document.Reference, "erased"), inDigits(len(u.returns)), inDigits(len(u.runs)), inDigits(len(u.exhibits)), inDigits(len(u.reads)), use,
			})
			words := "Authority " + inDigits(len(t.Rows)) + " of section 3: "
			r.details = append(r.details, countFigure(name+".returns", words+"returns", u.returns), countFigure(name+".runs", words+"runs", u.runs),
				countFigure(name+".exhibits", words+"versions of exhibits", u.exhibits), countFigure(name+".reads", words+"reads of rows", u.reads))
		}
	}
	return paper.Section{
		Heading: "3. Use made of what was acquired",
		Paragraphs: []string{
			"Every authority for communications data that was first recorded in the period or under which a return was received in it. Use is counted to the end of the " +
				"record: analyses run, versions of exhibits produced, and rows that somebody was allowed to read.",
		},
		Figures: []paper.Figure{countFigure("ipco.authorities", "Authorities", all), countFigure("ipco.never-used", "of these, acquired and never used", never)},
		Table:   &t,
	}
}

// touches tells whether the report is about an authority.
func (r *ipco) touches(c *caseRecord, u authorityUse) bool {
	return r.ask.within(u.at.Time) || slices.ContainsFunc(r.lines, func(one ipcoReturn) bool { return one.in == c && slices.Contains(one.Authority, u.first) })
}

// excessSection is the register of data outside what was authorised.
func (r *ipco) excessSection() paper.Section {
	t := paper.Table{Columns: []string{"Case", "Item", "Rows outside", "Asked on", "Asked by", "Decision", "Entry"}, Rows: [][]string{}}
	var sets, asked, approved []ledger.EntryID
	rows := uint64(0)
	for _, c := range r.cases {
		for _, d := range c.datasets {
			if _, has := d.subject(portExcess); !has || d.Balance.Outside == 0 || !r.ask.within(d.Time.Time) {
				continue
			}
			sets, rows = append(sets, d.Entry), rows+d.Balance.Outside
			row := []string{c.name(), d.Item, strconv.FormatUint(d.Balance.Outside, 10), "", "", "kept apart, not used", shortID(d.Entry)}
			for _, q := range c.asked {
				if q.About != string(policy.AboutExcess) || q.Dataset != d.Entry.String() {
					continue
				}
				decision := c.decided[q.Entry]
				asked = append(asked, q.Entry)
				if decision.Decision == string(policy.PermissionApproved) {
					approved = append(approved, decision.Entry)
				}
				row[3], row[4], row[5] = inUTC(q.Time.Time), q.By, orDefault(decision.Decision, "asked, not decided")
			}
			t.Rows = append(t.Rows, row)
		}
	}
	return paper.Section{
		Heading:    "4. Data outside what was authorised",
		Paragraphs: []string{"Data sets of the period with rows outside the scope of their authority. Such rows are kept apart and stand in no result unless their use was approved."},
		Figures: []paper.Figure{
			countFigure("ipco.excess", "Data sets with rows outside", sets), sumFigure("ipco.excess.rows", "Rows outside", "", int64(rows), sets), //nolint:gosec // far below
			countFigure("ipco.excess.asked", "Requests to use them", asked), countFigure("ipco.excess.approved", "of these, approved", approved),
		},
		Table: &t,
	}
}

// urgentSection is the register of grants that were given orally or urgently.
func (r *ipco) urgentSection() paper.Section {
	t := paper.Table{Columns: []string{"Case", "Authority", "Route", "Granted", "Ground", "Confirmed in writing", "Entry"}, Rows: [][]string{}}
	var all, open []ledger.EntryID
	for _, c := range r.cases {
		for _, u := range c.authorities {
			d := u.document
			oral := d.Granted.Form == policy.OralRecorded
			if u.gone || !u.commsData() || !r.ask.within(u.at.Time) || !oral && d.Granted.UrgentGround == "" && d.Use != policy.UrgentOperation {
				continue
			}
			all = append(all, u.first)
			confirmed := "needs none"
			if oral {
				if confirmed = dayText(d.Granted.ConfirmedOn); confirmed == "" {
					confirmed, open = "NOT CONFIRMED", append(open, u.first)
				}
			}
			t.Rows = append(t.Rows, []string{
				c.name(), d.Reference, string(d.Route), strings.TrimSpace(dayText(d.Granted.On) + " " + d.Granted.Time), string(d.Granted.UrgentGround), confirmed, shortID(u.first),
			})
		}
	}
	return paper.Section{
		Heading: "6. Urgent and oral grants",
		Figures: []paper.Figure{
			countFigure("ipco.urgent", "Urgent or oral grants recorded", all), countFigure("ipco.urgent.unconfirmed", "of these, oral and not confirmed in writing", open),
		},
		Table: &t,
	}
}

// overrideSection says what was allowed by a person that the rules alone do not.
func (r *ipco) overrideSection() paper.Section {
	t := paper.Table{Columns: []string{"Case", "About", "Asked on", "Asked by", "Decision", "Decided by", "Entry"}, Rows: [][]string{}}
	var asked, approved []ledger.EntryID
	for _, c := range r.cases {
		for _, q := range c.asked {
			if !r.ask.within(q.Time.Time) {
				continue
			}
			decision := c.decided[q.Entry]
			asked = append(asked, q.Entry)
			if decision.Decision == string(policy.PermissionApproved) {
				approved = append(approved, decision.Entry)
			}
			t.Rows = append(t.Rows, []string{c.name(), q.About, inUTC(q.Time.Time), q.By, orDefault(decision.Decision, "not decided"), decision.By, shortID(q.Entry)})
		}
	}
	return paper.Section{
		Heading:    "7b. What a person allowed beyond the rules",
		Paragraphs: []string{"Requests of the period to use data outside the scope, to be shown a third party, for a further use, or for an inspection, with the newest decision on each."},
		Figures:    []paper.Figure{countFigure("ipco.permissions", "Requests", asked), countFigure("ipco.permissions.approved", "of these, approved and in force", approved)},
		Table:      &t,
	}
}
