package bundle

import (
	"bytes"
	"context"
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

// ErrNoRow is returned when a row cannot be traced: the exhibit has no table
// of events, or the table has no such row.
var ErrNoRow = errors.New("there is no such row")

// ErrNotTraced is returned when the bundle differs from the record, so that
// following a row through it would mean nothing.
var ErrNotTraced = errors.New("the bundle differs from the record; no row of it was followed")

// Explained says how one row of an exhibit came to be.
// Shape: Shown has the row's columns in order; Agrees is false when reading
// the source row again gives other values than the exhibit shows.
type Explained struct {
	Exhibit  string              `json:"exhibit"`
	Row      int                 `json:"row"`
	Table    string              `json:"table"`
	Headline Headline            `json:"headline"`
	Shown    []Cell              `json:"shown"`
	Item     string              `json:"item"`
	FileName string              `json:"fileName"`
	Member   string              `json:"member"`
	Received string              `json:"received"`
	Record   int64               `json:"record"`
	Offset   int64               `json:"offset"`
	Raw      string              `json:"raw"`
	Rules    []source.Derivation `json:"rules"`
	Agrees   bool                `json:"agrees"`
	Differs  []string            `json:"differs,omitempty"`
	Under    []string            `json:"authority"`
	Repeats  []string            `json:"repeats,omitempty"`
}

// Cell is one value of a row with the name of its column.
type Cell struct {
	Column string `json:"column"`
	Value  string `json:"value"`
}

// Explain checks the bundle and follows one row of the exhibit's table back to
// the bytes of the file that was received, reading them again by the recorded
// rules. file names the table when the exhibit has several; it may be empty.
// Errors: ErrNoRow; ErrNotTraced, beside the report that says why.
func Explain(ctx context.Context, r io.ReaderAt, size int64, o Options, row int, file string) (Explained, Report, error) {
	c := newChecker(ctx, r, size, o)
	defer c.close()
	report := c.conclude(c.walk())
	if report.Exit == ExitDiffers || report.Exhibit == nil {
		return Explained{}, report, ErrNotTraced
	}
	x := Explained{Row: row, Headline: report.Headline, Exhibit: report.Exhibit.Reference}
	t := tracing{checker: c, x: &x, file: file}
	err := t.trace()
	return x, report, err
}

// tracing is one row on its way back.
type tracing struct {
	*checker
	x     *Explained
	file  string
	cells map[string]string
	from  ledger.Entry // the dataset-normalised
}

// trace fills in x.
func (t *tracing) trace() error {
	table, err := t.table()
	if err != nil {
		return err
	}
	if err := t.find(table); err != nil {
		return err
	}
	if err := t.dataset(); err != nil {
		return err
	}
	t.authority()
	t.repeats()
	return t.read()
}

// table returns the exhibit's table of events: one of its own files, or what
// they were rendered from.
// Errors: ErrNoRow.
func (t *tracing) table() (unpacked, error) {
	header := []byte(strings.Join(event.ScheduleColumns(), ",") + "\n")
	e, _ := t.exhibit()
	entries := []ledger.Entry{e}
	for _, other := range t.work.entries {
		if t.graph().ancestors[other.Statement.Predicate.Place.Entry] {
			entries = append(entries, other)
		}
	}
	for _, e := range entries {
		for _, s := range e.Statement.Subject {
			if t.file != "" && s.Name != t.file {
				continue
			}
			k, err := keyOf(s.Digest)
			u, here := t.payload(k)
			if err != nil || !here {
				continue
			}
			head := make([]byte, len(header))
			if n, _ := u.ReadAt(head, 0); n == len(head) && bytes.Equal(head, header) {
				t.x.Table = s.Name
				return u, nil
			}
		}
	}
	return unpacked{}, fmt.Errorf("%w: the exhibit has no table of events that can be followed row by row", ErrNoRow)
}

// find reads the row of the wanted number.
// Errors: ErrNoRow.
func (t *tracing) find(in analysis.Input) error {
	table, err := event.NewTable(io.NewSectionReader(in, 0, in.Size()), event.ScheduleColumns())
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoRow, err)
	}
	last := "0"
	for {
		fields, err := table.Next()
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("%w: the table %q has %s rows and row %d was asked for", ErrNoRow, t.x.Table, last, t.x.Row)
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrNoRow, err)
		}
		if last = string(fields[0]); last == strconv.Itoa(t.x.Row) {
			t.cells = map[string]string{}
			for i, column := range event.ScheduleColumns() {
				t.cells[column] = string(fields[i])
				t.x.Shown = append(t.x.Shown, Cell{column, string(fields[i])})
			}
			return nil
		}
	}
}

// dataset finds the reading of the source from which the row comes.
func (t *tracing) dataset() (err error) {
	columns := event.Columns()
	if t.x.Record, err = strconv.ParseInt(t.cells[columns[event.Record]], 10, 64); err != nil {
		return fmt.Errorf("%w: its source row is not a number", ErrNoRow)
	}
	if t.x.Offset, err = strconv.ParseInt(t.cells[columns[event.Offset]], 10, 64); err != nil {
		return fmt.Errorf("%w: its place in the source is not a number", ErrNoRow)
	}
	for _, e := range t.work.entries {
		d, ok := e.Statement.Predicate.Detail.(*ledger.DatasetNormalised)
		if !ok {
			continue
		}
		for _, dep := range e.Statement.Predicate.ResolvedDependencies {
			k, err := keyOf(dep.Digest)
			u, here := t.payload(k)
			prefix := t.cells[columns[event.Source]]
			if err == nil && here && dep.Name == "source" && prefix != "" && strings.HasPrefix(u.sha256.String(), prefix) {
				t.from, t.x.Item = e, d.Item
				t.received(dep)
				t.x.Member = t.memberOf(k)
				return nil
			}
		}
	}
	return fmt.Errorf("%w: the file that it came from is not in the bundle", ErrNoRow)
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
	t.x.Received = fmt.Sprintf("recorded %s on behalf of %s, entry %d, log index %s",
		p.Time.Format("2 January 2006, 15:04:05 UTC"), t.ring[p.Actor.Key].Name, e.N, thousands(int64(e.Index))) //nolint:gosec // printed only
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
	at := slices.Index(event.ScheduleColumns(), event.Columns()[event.Record])
	for {
		fields, err := table.Next()
		if err != nil {
			return
		}
		if string(fields[0]) == strconv.Itoa(t.x.Row) {
			t.x.Repeats = append(t.x.Repeats, "row "+string(fields[at]))
		}
	}
}

// sourcePorts are the inputs of a source step that its rows are read from.
var sourcePorts = []string{"source", "profile", "decisions", "sites"}

// read reads the source row again by the recorded profile and decisions, and
// compares every field with what the exhibit shows.
func (t *tracing) read() error {
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
	if err != nil {
		return fmt.Errorf("%w: the source cannot be read again: %w", ErrNoRow, err)
	}
	_, again, err := rows.Row(t.x.Offset)
	if err != nil {
		return fmt.Errorf("%w: the source row cannot be read: %w", ErrNoRow, err)
	}
	t.x.Raw = again.Text
	t.x.Rules = again.Fields
	if again.Reason != "" {
		t.x.Differs = append(t.x.Differs, "read again, the row is set aside: "+again.Reason)
	} else {
		t.compare(again.Event)
	}
	t.x.Agrees = len(t.x.Differs) == 0
	return nil
}

// compare holds the event that was read again against the exhibit's row.
func (t *tracing) compare(content []byte) {
	text := event.AppendHeader(nil)
	text = append(text, content...)
	text = event.AppendTrail(text, t.cells[event.Columns()[event.Source]], t.x.Record, t.x.Offset, 0)
	table, err := event.NewTable(bytes.NewReader(text), event.Columns())
	if err != nil {
		t.x.Differs = append(t.x.Differs, err.Error())
		return
	}
	fields, err := table.Next()
	if err != nil {
		t.x.Differs = append(t.x.Differs, err.Error())
		return
	}
	for _, column := range event.ScheduleFields() {
		name := event.Columns()[column]
		if shown := t.cells[name]; shown != string(fields[column]) {
			t.x.Differs = append(t.x.Differs, fmt.Sprintf("%s: the exhibit shows %q, the source gives %q", name, shown, fields[column]))
		}
	}
}
