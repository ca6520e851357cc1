package bundle

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
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
// the source row again gives other values than the exhibit shows. Repeats are
// rows of the same file with the same content, Linked reports of the same event
// in other files.
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
	Decided  []source.Decision   `json:"decisions,omitempty"`
	Agrees   bool                `json:"agrees"`
	Differs  []string            `json:"differs,omitempty"`
	Under    []string            `json:"authority"`
	Repeats  []string            `json:"repeats,omitempty"`
	Linked   []string            `json:"linked,omitempty"`
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
	var x Explained
	report, err := ExplainRows(ctx, r, size, o, []int{row}, file, func(e Explained) error {
		x = e
		return nil
	})
	return x, report, err
}

// ExplainRows is Explain for many rows: the bundle is checked once and its table
// read once. each is called in the order of the table.
// Errors: as Explain, for the first row that cannot be traced; the error of each.
func ExplainRows(ctx context.Context, r io.ReaderAt, size int64, o Options, rows []int, file string, each func(Explained) error) (Report, error) {
	c := newChecker(ctx, r, size, o)
	defer c.close()
	report := c.conclude(c.walk())
	if report.Exit == ExitDiffers || report.Exhibit == nil {
		return report, ErrNotTraced
	}
	s := tracer{checker: c, file: file, sources: map[ledger.EntryID]*source.Explainer{}, places: map[ledger.EntryID]map[int64]int64{}}
	if err := s.open(); err != nil {
		return report, err
	}
	wanted := map[int]bool{}
	for _, row := range rows {
		wanted[row] = true
	}
	return report, s.walk(wanted, func(row int, cells map[string]string, shown []Cell) error {
		t := tracing{tracer: &s, cells: cells, x: &Explained{
			Row: row, Headline: report.Headline, Exhibit: report.Exhibit.Reference, Table: s.name, Shown: shown,
		}}
		if err := t.trace(); err != nil {
			return err
		}
		return each(*t.x)
	})
}

// tracer follows rows of one table.
type tracer struct {
	*checker
	file    string
	name    string // of the table
	table   unpacked
	columns []string
	joined  bool        // positions may come from a cell table
	mask    *event.Mask // what put tokens in the place of third parties; nil where nothing did
	sources map[ledger.EntryID]*source.Explainer
	places  map[ledger.EntryID]map[int64]int64 // offsets by row of a data set
}

// tracing is one row on its way back.
type tracing struct {
	*tracer
	x     *Explained
	cells map[string]string
	from  ledger.Entry // the dataset-normalised
}

// trace fills in x.
func (t *tracing) trace() error {
	if err := t.dataset(); err != nil {
		return err
	}
	t.authority()
	t.repeats()
	t.membersOf()
	return t.read()
}

// open finds the table to follow rows of: one of the exhibit's own files, or
// what they were rendered from, whose rows say where in a source they stand.
// Errors: ErrNoRow.
func (t *tracer) open() error {
	e, _ := t.exhibit()
	entries := []ledger.Entry{e}
	for _, other := range slices.Backward(t.work.entries) {
		p := other.Statement.Predicate
		if !t.graph().ancestors[p.Place.Entry] || p.Place.Entry == e.Statement.Predicate.Place.Entry {
			continue
		}
		t.joined = t.joined || p.Step != nil && p.Step.Name == joinStep
		if p.Step != nil && p.Step.Name == maskStep && t.mask == nil {
			if err := t.masked(p.ResolvedDependencies); err != nil {
				return err
			}
		}
		if !slices.ContainsFunc(other.Statement.Subject, func(s ledger.Subject) bool { return s.Name == "events" }) {
			entries = append(entries, other)
		}
	}
	for _, e := range entries {
		for _, s := range e.Statement.Subject {
			if t.file != "" && s.Name != t.file || t.file == "" && slices.Contains([]string{"excluded", "repeats"}, s.Name) {
				continue
			}
			k, err := keyOf(s.Digest)
			u, here := t.payload(k)
			if err != nil || !here {
				continue
			}
			columns := headerOf(u)
			if slices.Contains(columns, event.Columns()[event.Source]) && slices.Contains(columns, event.Columns()[event.Record]) {
				t.name, t.table, t.columns = s.Name, u, columns
				return nil
			}
		}
	}
	return t.untraceable()
}

// headerOf returns the columns of a canonical table, or nothing.
func headerOf(in analysis.Input) []string {
	head := make([]byte, 4096)
	n, _ := in.ReadAt(head, 0)
	line, _, found := bytes.Cut(head[:n], []byte("\n"))
	if !found || bytes.ContainsAny(line, "\"\x00") {
		return nil
	}
	return strings.Split(string(line), ",")
}

// walk calls f for each wanted row of the table.
// Errors: ErrNoRow when one of them is not there.
func (t *tracer) walk(wanted map[int]bool, f func(row int, cells map[string]string, shown []Cell) error) error {
	table, err := event.NewTable(io.NewSectionReader(t.table, 0, t.table.Size()), t.columns)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoRow, err)
	}
	for row := 1; len(wanted) > 0; row++ {
		fields, err := table.Next()
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("%w: the table %q has %d rows and row %d was asked for", ErrNoRow, t.name, row-1, slices.Sorted(maps.Keys(wanted))[0])
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrNoRow, err)
		}
		if !wanted[row] {
			continue
		}
		delete(wanted, row)
		cells, shown := map[string]string{}, make([]Cell, len(t.columns))
		for i, column := range t.columns {
			cells[column], shown[i] = string(fields[i]), Cell{column, string(fields[i])}
		}
		if err := f(row, cells, shown); err != nil {
			return err
		}
	}
	return nil
}
