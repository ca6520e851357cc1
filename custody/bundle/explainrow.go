package bundle

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"custos.example/analysis"
	"custos.example/analysis/event"
	"custos.example/analysis/source"
	"custos.example/ledger"
)

// dataset finds the reading of the source from which the row comes, and the
// place of the row there.
func (t *tracing) dataset() error {
	columns := event.Columns()
	var err error
	if t.x.Record, err = strconv.ParseInt(t.cells[columns[event.Record]], 10, 64); err != nil {
		return fmt.Errorf("%w: its source row is not a number", ErrNoRow)
	}
	if err := t.reading(); err != nil {
		return err
	}
	text, stands := t.cells[columns[event.Offset]]
	if !stands {
		t.x.Offset, err = t.place()
		return err
	}
	if t.x.Offset, err = strconv.ParseInt(text, 10, 64); err != nil {
		return fmt.Errorf("%w: its place in the source is not a number", ErrNoRow)
	}
	return nil
}

// place looks up in the normalised rows where a source row begins, for a table
// that gives only its number.
func (t *tracing) place() (int64, error) {
	id := t.from.Statement.Predicate.Place.Entry
	if t.places[id] == nil {
		places := map[int64]int64{}
		for _, s := range t.from.Statement.Subject {
			k, err := keyOf(s.Digest)
			u, here := t.payload(k)
			open := event.NewReader
			if s.Name == "excess" {
				open = event.NewExcessReader
			}
			if err != nil || !here || s.Name != "events" && s.Name != "excess" {
				continue
			}
			rows, err := open(io.NewSectionReader(u, 0, u.Size()))
			for err == nil {
				var row *event.Row
				if row, err = rows.Next(); err == nil {
					record, _ := strconv.ParseInt(string(row.Field(event.Record)), 10, 64)
					places[record], _ = strconv.ParseInt(string(row.Field(event.Offset)), 10, 64)
				}
			}
			if !errors.Is(err, io.EOF) {
				return 0, fmt.Errorf("%w: the normalised rows cannot be read: %w", ErrNoRow, err)
			}
		}
		t.places[id] = places
	}
	at, known := t.places[id][t.x.Record]
	if !known {
		return 0, fmt.Errorf("%w: source row %d is not among the normalised rows", ErrNoRow, t.x.Record)
	}
	return at, nil
}

// reading finds the entry that read the row's file.
func (t *tracing) reading() error {
	found, here := t.readingOf(t.cells[event.Columns()[event.Source]])
	if !here {
		return t.selected(t.cells[event.Columns()[event.Source]])
	}
	t.from, t.x.Item = found.entry, found.item
	t.received(found.dep)
	t.x.Member = t.memberOf(found.key)
	return nil
}

// selected says of a row that was selected from a file which row of it it is; the
// file itself is withheld.
// Errors: ErrNoRow, always.
func (t *tracing) selected(prefix string) error {
	for _, e := range t.work.entries {
		p := e.Statement.Predicate
		if _, ok := p.Detail.(*ledger.DatasetSelected); ok && prefix != "" && strings.HasPrefix(p.Parameters["root"], prefix) {
			return fmt.Errorf("%w: it is row %d of %s, proved in entry %d to be as it was read; the file itself is withheld, so that it cannot be followed further",
				ErrNoRow, t.x.Record, p.Parameters["item"], e.N)
		}
	}
	return fmt.Errorf("%w: the file that it came from is not in the bundle", ErrNoRow)
}

// sourceReading is the reading of one file behind the exhibit.
type sourceReading struct {
	entry ledger.Entry // the dataset-normalised
	item  string
	dep   ledger.Dependency
	key   key
}

// readingOf finds the reading of the file whose digest begins with a prefix.
func (t *tracing) readingOf(prefix string) (sourceReading, bool) {
	for _, e := range t.work.entries {
		d, ok := e.Statement.Predicate.Detail.(*ledger.DatasetNormalised)
		if !ok || prefix == "" || !t.graph().ancestors[e.Statement.Predicate.Place.Entry] {
			continue
		}
		for _, dep := range e.Statement.Predicate.ResolvedDependencies {
			k, err := keyOf(dep.Digest)
			u, here := t.payload(k)
			if err == nil && here && dep.Name == "source" && strings.HasPrefix(u.sha256.String(), prefix) {
				return sourceReading{e, d.Item, dep, k}, true
			}
		}
	}
	return sourceReading{}, false
}

// received says which entry took the file in.
func (t *tracing) received(dep ledger.Dependency) {
	if dep.Entry == nil {
		return
	}
	e := t.graph().byID[*dep.Entry]
	d, ok := e.Statement.Predicate.Detail.(*ledger.EvidenceReceived)
	if !ok {
		return
	}
	p := e.Statement.Predicate
	t.x.FileName = d.FileName
	hand := "on behalf of"
	if t.ring[p.Actor.Key].HeldBy == "holder" {
		hand = "and signed by"
	}
	t.x.Received = fmt.Sprintf("recorded %s %s %s, entry %d, log index %s",
		p.Time.Format("2 January 2006, 15:04:05 UTC"), hand, quoted(t.ring[p.Actor.Key].Name), e.N, thousands(int64(e.Index))) //nolint:gosec // printed only
}

// memberOf returns the name of the member that holds a payload.
func (t *tracing) memberOf(k key) string {
	for _, line := range t.manifest.Members {
		if other, err := keyOf(line.Payload); err == nil && other == k {
			return line.Name
		}
	}
	return ""
}

// authority names the authorities under which the data set was made.
func (t *tracing) authority() {
	for _, id := range t.from.Statement.Predicate.Authority {
		if d, ok := t.graph().byID[id].Statement.Predicate.Detail.(*ledger.AuthorityRecorded); ok {
			t.x.Under = append(t.x.Under, d.Reference)
		}
	}
}

// sourcePorts are the inputs of a source step that its rows are read from.
var sourcePorts = []string{"source", "profile", "decisions", "sites"}

// read reads the source row again by the recorded profile and decisions, and
// compares every field with what the exhibit shows.
func (t *tracing) read() error {
	rows, err := t.explainer()
	if err != nil {
		return fmt.Errorf("%w: the source cannot be read again: %w", ErrNoRow, err)
	}
	_, again, err := rows.Row(t.x.Offset)
	if err != nil {
		return fmt.Errorf("%w: the source row cannot be read: %w", ErrNoRow, err)
	}
	t.x.Raw = again.Text
	t.x.Rules, t.x.Decided = again.Fields, again.Decisions
	if again.Reason != "" {
		t.x.Differs = append(t.x.Differs, "read again, the row is set aside: "+again.Reason)
	} else {
		t.compare(again.Event)
	}
	t.x.Agrees = len(t.x.Differs) == 0
	return nil
}

// explainer returns what reads the rows of the data set's file again, made once.
func (t *tracing) explainer() (*source.Explainer, error) {
	id := t.from.Statement.Predicate.Place.Entry
	if known := t.sources[id]; known != nil {
		return known, nil
	}
	inputs := map[string]analysis.Input{}
	for _, dep := range t.from.Statement.Predicate.ResolvedDependencies {
		k, err := keyOf(dep.Digest)
		if err != nil || !slices.Contains(sourcePorts, dep.Name) {
			continue
		}
		if u, here := t.payload(k); here {
			inputs[dep.Name] = u
		}
	}
	rows, err := source.NewExplainer(inputs)
	if err == nil {
		t.sources[id] = rows
	}
	return rows, err
}

// joinStep is the step that fills in positions of cells from a cell table, and
// placed the columns that it may fill.
const joinStep = "cell-join"

var joinFills = []event.Column{
	event.CRS, event.StartX, event.StartY, event.StartAzimuth, event.StartPlace, event.EndX, event.EndY, event.EndAzimuth, event.EndPlace, event.Flags,
}

// compare holds the event that was read again against the exhibit's row.
func (t *tracing) compare(content []byte) {
	text := event.AppendHeader(nil)
	text = append(text, content...)
	text = event.AppendTrail(text, t.cells[event.Columns()[event.Source]], t.x.Record, t.x.Offset, 0)
	rows, err := event.NewReader(bytes.NewReader(text))
	if err != nil {
		t.x.Differs = append(t.x.Differs, err.Error())
		return
	}
	row, err := rows.Next()
	if err != nil {
		t.x.Differs = append(t.x.Differs, err.Error())
		return
	}
	if t.mask != nil {
		t.mask.Row(row) // the exhibit has tokens for people who are no subject of the case
	}
	for _, column := range t.compared() {
		name := event.Columns()[column]
		shown, given := t.cells[name], string(row.Field(column))
		if column == event.Flags {
			shown = t.ownFlags(shown)
		}
		switch {
		case shown == given:
		case t.joined && slices.Contains(joinFills, column):
			t.x.Rules = append(t.x.Rules, source.Derivation{Field: name, Raw: given, Rule: "from the cell table", Value: shown})
		default:
			t.x.Differs = append(t.x.Differs, fmt.Sprintf("%s: the exhibit shows %q, the source gives %q", name, shown, given))
		}
	}
}

// always are columns that every table shows as the source gives them.
var always = []event.Column{
	event.StartUTC, event.Type, event.Leg, event.Subject, event.ANumber, event.BNumber, event.CNumber, event.DurationS,
}

// compared returns the columns of the table that are held against the source:
// all of a schedule's, of another table those that no analysis words anew.
func (t *tracing) compared() []event.Column {
	if slices.Equal(t.columns, event.ScheduleColumns()) {
		return event.ScheduleFields()
	}
	return slices.DeleteFunc(slices.Clone(always), func(c event.Column) bool { return !slices.Contains(t.columns, event.Columns()[c]) })
}
