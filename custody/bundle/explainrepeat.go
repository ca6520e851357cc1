package bundle

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"custos.example/analysis"
	"custos.example/analysis/event"
	"custos.example/ledger"
)

// repeats lists the source rows that the run found to repeat this one.
func (t *tracing) repeats() {
	for _, e := range t.work.entries {
		for _, s := range e.Statement.Subject {
			k, err := keyOf(s.Digest)
			u, here := t.payload(k)
			if err != nil || !here || s.Name != "repeats" || !t.graph().ancestors[e.Statement.Predicate.Place.Entry] {
				continue
			}
			t.repeatsIn(u)
		}
	}
}

// repeatsIn adds the rows of one list of repeats.
func (t *tracing) repeatsIn(in analysis.Input) {
	table, err := event.NewTable(io.NewSectionReader(in, 0, in.Size()), event.ScheduleColumns())
	if err != nil {
		return
	}
	for {
		fields, err := table.Next()
		if err != nil {
			return
		}
		if string(fields[0]) != strconv.Itoa(t.x.Row) {
			continue
		}
		cells := map[string]string{}
		for i, column := range event.ScheduleColumns() {
			cells[column] = string(fields[i])
		}
		t.repeat(cells)
	}
}

// repeat notes one row that was taken as a repeat: of its own file, or as the
// report of another.
func (t *tracing) repeat(cells map[string]string) {
	name := func(c event.Column) string { return cells[event.Columns()[c]] }
	from := name(event.Source)
	if from == t.cells[event.Columns()[event.Source]] {
		t.x.Repeats = append(t.x.Repeats, "row "+name(event.Record))
		return
	}
	file := "a file that is not in the bundle (SHA-256 begins " + from + "),"
	if found, here := t.readingOf(from); here {
		file = found.item + t.fileNameOf(found.dep)
	}
	text := fmt.Sprintf("%s row %s was taken as another report of this event under rule %s%s; its own start is %s UTC", file,
		name(event.Record), ruleAcross, t.acrossSeconds(), strings.TrimSuffix(strings.Replace(name(event.StartUTC), "T", " ", 1), "Z"))
	if cell := name(event.StartCell); cell != "" {
		text += ", its start cell " + cell
	} else {
		text += ", and it has no start cell"
	}
	if who := name(event.Subject); who != "" {
		text += ", its subject " + who
	}
	t.x.Linked = append(t.x.Linked, text)
}

// fileNameOf names the file in brackets, when the record does.
func (t *tracing) fileNameOf(dep ledger.Dependency) string {
	if dep.Entry == nil {
		return ""
	}
	if d, ok := t.graph().byID[*dep.Entry].Statement.Predicate.Detail.(*ledger.EvidenceReceived); ok {
		return " (file " + d.FileName + ")"
	}
	return ""
}

// mergeStep is the step that links reports of one event in several files, and
// ruleAcross the rule under which it does.
const (
	mergeStep  = "merge-events"
	ruleAcross = "REPEAT-ACROSS"
)

// acrossSeconds says how far apart the starts of linked rows may lie.
func (t *tracing) acrossSeconds() string {
	for _, e := range t.work.entries {
		p := e.Statement.Predicate
		if p.Step != nil && p.Step.Name == mergeStep && t.graph().ancestors[p.Place.Entry] && p.Parameters["start_s"] != "" {
			return " (starts no more than " + p.Parameters["start_s"] + " s apart)"
		}
	}
	return ""
}

// otherRecord is the flag of a schedule's row that is another subject's record
// of an event that stands above; the schedule adds it to what the source gives.
const otherRecord = "OTHER_RECORD"

// ownFlags returns the flags of a row without that of the schedule, and says
// what that one states.
func (t *tracing) ownFlags(flags string) string {
	words := strings.Fields(flags)
	if slices.Contains(words, event.ExcessAdmitted) {
		t.x.Linked = append(t.x.Linked, "This row ("+event.ExcessAdmitted+") lies outside the scope of the authority, and was brought in after its use was approved")
		words = slices.DeleteFunc(words, func(w string) bool { return w == event.ExcessAdmitted })
		flags = strings.Join(words, " ")
	}
	if !slices.Contains(words, otherRecord) {
		return flags
	}
	t.x.Linked = append(t.x.Linked, "This row ("+otherRecord+") is another subject's record of an event that a row above reports already, linked under rule "+
		ruleAcross+t.acrossSeconds()+"; it has its own handset and cells, and the event happened once")
	return strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == otherRecord }), " ")
}

// membersOf says, for a row of the table of members, which row of the page it
// belongs to and which members that row consists of.
func (t *tracing) membersOf() {
	const column = "cluster"
	at := slices.Index(t.columns, column)
	if at < 0 {
		return
	}
	table, err := event.NewTable(io.NewSectionReader(t.table, 0, t.table.Size()), t.columns)
	if err != nil {
		return
	}
	first, last := 0, 0
	for row := 1; ; row++ {
		fields, err := table.Next()
		if err != nil {
			break
		}
		if string(fields[at]) == t.cells[column] {
			if first == 0 {
				first = row
			}
			last = row
		}
	}
	t.x.Linked = append(t.x.Linked, fmt.Sprintf("This is row %d of the table %s. Row %s of the page consists of its rows %d to %d: explain each of them",
		t.x.Row, t.name, t.cells[column], first, last))
}
