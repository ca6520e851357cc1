package render

import (
	"slices"
	"strings"

	"custos.example/analysis"
	"custos.example/analysis/event"
)

// frontPage is what every exhibit says before its first row, in one order for
// paper, screen and workbook: what it is, the question, the counts, what it was
// made from and how, and its limits.
type frontPage struct {
	reference string
	title     string
	notServed string // the sentence of a what-if copy; blank on an exhibit
	question  string
	period    string
	about     []string // the case, the producer, when it was made
	statement string   // at the foot of every page
	balance   analysis.Balance
	counts    []string // sentences below the balance
	sections  []section
	limits    []analysis.Caveat
	details   []section // what stands behind the limits
}

// section is one part of the front page under a heading: sentences, or a table.
type section struct {
	title  string
	text   []string
	heads  []heading
	rows   [][]string
	beside bool // on paper it stands to the right of the section before
}

// heading is the head of one column of a small table.
type heading struct {
	title string
	width float64 // in millimetres of paper
	mono  bool
	right bool
}

// newFront returns the front page of an exhibit. Clock shows its times.
func newFront(m Meta, sum pageSummary, clock *event.Clock) frontPage {
	f := frontPage{
		reference: m.Reference, title: m.Title, notServed: m.notServed(), question: m.Question, period: periodWords(sum, clock),
		about:     append([]string{m.Case}, m.produced()...),
		statement: m.statement(), balance: sum.Balance, counts: countWords(sum), limits: sum.Caveats,
	}
	f.sections = append(f.sections, sourceSection(m), attributionSection(m))
	if len(sum.Figures) > 0 {
		f.sections = append(f.sections, figureSection(m, sum, clock))
	}
	f.sections = append(f.sections,
		section{title: "Time", text: []string{timeWords(m, sum)}},
		section{title: "How it was made", text: []string{madeBy(m, sum)}, beside: true},
	)
	f.details = append(f.details, defectSection(m))
	if len(m.Decisions) > 0 {
		f.details = append(f.details, section{title: "Decisions on the sources", text: m.Decisions})
	}
	if len(sum.Flags) > 0 {
		used, among := usedRows(sum)
		f.details = append(f.details, section{title: "Rows " + used + " with a flag" + among, text: []string{flagCounts(sum.Flags)}})
	}
	if len(sum.Table.Fields) > 0 {
		f.details = append(f.details, section{title: "What the columns are", text: natureWords(sum.Table.Fields)})
	}
	return f
}

// notServed returns the sentence that a what-if copy carries on every page and
// in its first row; blank for an exhibit.
func (m Meta) notServed() string {
	if m.WhatIf == "" {
		return ""
	}
	return "NOT THE SERVED EXHIBIT. A what-if copy of " + m.Reference + ", version " + decimal(int64(m.Version)) + ", made again with other parameters."
}

// produced returns by whom and when an exhibit was produced; of a what-if copy,
// that it was not.
func (m Meta) produced() []string {
	if m.WhatIf != "" {
		return []string{
			"What-if copy, made with custos-verify rerun from exhibit " + m.Reference + " produced by " + m.Producer + "; not produced or signed by them",
			"Date of the served exhibit: " + madeWords(m.Made),
		}
	}
	return []string{"Produced by " + m.Producer, madeWords(m.Made)}
}

// statement returns what the foot of every page says the exhibit is.
func (m Meta) statement() string {
	switch {
	case m.WhatIf != "":
		return "NOT THE SERVED EXHIBIT: a what-if copy."
	case m.Expert != "":
		return m.Reference + ", version " + decimal(int64(m.Version)) + ". Exhibit of an expert: may hold opinion."
	}
	return m.Reference + ", version " + decimal(int64(m.Version)) + ". Evidence of fact; contains no opinion."
}

func sourceSection(m Meta) section {
	s := section{title: "Sources", heads: []heading{
		{"Ref", 18, false, false},
		{"What it is and who supplied it", 62, false, false},
		{"Authority", 27, false, false},
		{"Rows", 17, false, true},
		{"SHA-256 of the file as received", 60, true, false},
	}}
	if slices.ContainsFunc(m.Sources, func(s Source) bool { return s.Selected }) {
		s.heads[4].title = "SHA-256 of the file, or root of its rows"
	}
	for _, src := range m.Sources {
		what, rows := src.Title, number(src.Rows)
		if src.Operator != "" && !strings.Contains(what, src.Operator) {
			what += ", " + src.Operator
		}
		if src.Note != "" {
			what = sentence(what) + " Note: " + sentence(src.Note)
		}
		if src.Rows == 0 {
			rows = ""
		}
		s.rows = append(s.rows, []string{src.Reference, what, src.Authority, rows, src.SHA256[:32] + " " + src.SHA256[32:]})
	}
	if len(s.rows) == 0 {
		return section{title: s.title, text: []string{"No source is stated."}}
	}
	return s
}

func attributionSection(m Meta) section {
	if len(m.Attributions) == 0 {
		return section{title: "Attribution", text: []string{"No identifier is attributed to a person in this exhibit."}}
	}
	s := section{title: "Attribution", heads: []heading{
		{"Identifier", 29, false, false},
		{"Stated user", 33, false, false},
		{"Period", 33, false, false},
		{"Basis", 61, false, false},
		{"Stated by", 28, false, false},
	}}
	for _, a := range m.Attributions {
		s.rows = append(s.rows, []string{event.Display(a.Identifier), a.Person, a.Period, a.Basis, a.StatedBy})
	}
	return s
}

func figureSection(m Meta, sum pageSummary, clock *event.Clock) section {
	s := section{title: "Figures of the whole result", heads: []heading{
		{"What", 62, false, false}, {"Value", 52, false, false}, {"Fact or derived, and its basis", 70, false, false},
	}}
	for _, f := range sum.Figures {
		nature := natureWord(f.Nature)
		if f.Basis != "" {
			nature += ": " + f.Basis
		}
		s.rows = append(s.rows, []string{fieldTitle(f.Field), fieldText(m, clock, f.Kind, f.Value), nature})
	}
	return s
}

// defectSection declares what the register of known defects says.
func defectSection(m Meta) section {
	s := section{title: "Known defects"}
	switch {
	case m.Defects == nil:
		s.text = []string{"Not declared: the register of known defects was not consulted when this was made."}
	case len(m.Defects.List) == 0:
		s.text = []string{"None: on " + madeWords(m.Defects.AsOf) + ", the register held no defect that touches a source, a table or a step of this exhibit."}
	default:
		s.text = []string{"On " + madeWords(m.Defects.AsOf) + ", the register held these defects that touch this exhibit:"}
		for _, d := range m.Defects.List {
			s.text = append(s.text, d.ID+": "+sentence(d.Title)+" Effect on this exhibit: "+sentence(d.Effect)+" State: "+sentence(d.State))
		}
	}
	return s
}

// natureWords says which columns are facts and which were derived, and on what
// a value stands that has a basis.
func natureWords(fields []analysis.Field) []string {
	var text []string
	for _, nature := range []analysis.Nature{analysis.Fact, analysis.Derived, analysis.Assessment} {
		var titles []string
		for _, f := range fields {
			if f.Nature == nature {
				titles = append(titles, fieldTitle(f))
			}
		}
		if len(titles) > 0 {
			text = append(text, natureWord(nature)+": "+strings.Join(titles, ", ")+".")
		}
	}
	var bases []string
	titles := map[string][]string{}
	for _, f := range fields {
		if f.Basis != "" {
			if titles[f.Basis] == nil {
				bases = append(bases, f.Basis)
			}
			titles[f.Basis] = append(titles[f.Basis], fieldTitle(f))
		}
	}
	for n, basis := range bases {
		bases[n] = strings.Join(titles[basis], ", ") + ": " + sentence(basis)
	}
	if len(bases) > 0 {
		text = append(text, "How they were made. "+strings.Join(bases, " "))
	}
	return text
}

// fieldTitle returns the head of a column as a page prints it: a page shows an
// instant on the clock that it names, beside what that clock showed, and a
// distance in metres.
func fieldTitle(f analysis.Field) string {
	switch f.Kind {
	case analysis.KindInstant:
		return strings.TrimSuffix(f.Title, " (UTC)")
	case analysis.KindMetres:
		return f.Title + " (m)"
	}
	return f.Title
}

func natureWord(n analysis.Nature) string {
	switch n {
	case analysis.Fact:
		return "Fact, as it stands in a source row"
	case analysis.Derived:
		return "Derived by rule from facts"
	case analysis.Assessment:
		return "Opinion of the expert"
	}
	return string(n)
}

// countWords says, rule by rule, where the rows are that are not shown.
func countWords(sum pageSummary) []string {
	var text []string
	b := sum.Balance
	if len(b.OutsideBy) > 0 {
		text = append(text, "Outside the question: "+ruleWords(b.OutsideBy)+".")
	}
	if b.Repeats > 0 {
		text = append(text, "Repeats: reports of an event that another row reports already ("+sum.RepeatRule+"); each is kept in the data set.")
	}
	if len(b.SetAsideBy) > 0 {
		text = append(text, "Set aside, with the row and the reason listed in the bundle: "+ruleWords(b.SetAsideBy)+".")
	}
	return text
}

// flagCounts says how many of the rows shown carry each flag.
func flagCounts(flags []analysis.Count) string {
	parts := make([]string, 0, len(flags))
	for _, f := range flags {
		words := flagWords[f.Name]
		if words == "" {
			words = "flagged"
		}
		parts = append(parts, f.Name+" ("+words+"): "+number(f.Rows))
	}
	return strings.Join(parts, "; ") + "."
}

// sentence ends a text with a full stop when it ends with none.
func sentence(s string) string {
	s = strings.TrimSpace(s)
	if s == "" || strings.HasSuffix(s, ".") || strings.HasSuffix(s, "?") || strings.HasSuffix(s, "!") {
		return s
	}
	return s + "."
}

// parameterNames returns the names of the parameters in their order.
func parameterNames(p analysis.Params) []string {
	names := make([]string, 0, len(p))
	for name := range p {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
