package bundle

import (
	"errors"
	"fmt"
	"io"

	"custos.example/analysis"
	"custos.example/analysis/event"
	"custos.example/analysis/rowtree"
	"custos.example/ledger"
)

// The outputs of a selection, and the input that it is proved against.
const (
	selectedRows      = "rows"
	selectedEvents    = "events"
	selectedStatement = "selection"
	selectedSalts     = "salts"
	selectedPath      = "path"
)

// What stands in the place of what is withheld of a row.
const (
	redactedParty  = "none:redacted"
	redactedOffset = "0"
	shortRoot      = 16
)

// checkSelected wants every row of a selection to be one of those that were
// committed to when its file was read, each at its place and none twice, and every
// other row to be counted. What lies before the selection is withheld; that the
// file was read rightly is not checked, and said so.
func checkSelected(c *checker) []problem {
	var problems []problem
	for _, e := range c.work.entries {
		if _, ok := e.Statement.Predicate.Detail.(*ledger.DatasetSelected); !ok {
			continue
		}
		s := selectionCheck{checker: c, entry: e}
		if err := s.read(); err != nil {
			problems = append(problems, s.finding(err))
			continue
		}
		if err := s.verify(); err != nil {
			problems = append(problems, s.finding(err))
			continue
		}
		problems = append(problems, s.before())
	}
	return problems
}

// errLacking is returned when something that a selection needs is not here.
var errLacking = errors.New("not in the bundle")

// errUnequal is returned when a selection is not what it says.
var errUnequal = errors.New("rows that are served are not those that were committed to")

// selectionCheck is one selection that is checked.
type selectionCheck struct {
	*checker
	entry      ledger.Entry
	commitment rowtree.Commitment
	committed  uint64 // number of the entry that has it
	selection  analysis.Selection
	withheld   [rowtree.NumParts]bool
}

// finding is what is wrong with a selection.
func (s *selectionCheck) finding(err error) problem {
	if errors.Is(err, errLacking) {
		p := limit("P07", "The rows selected in entry %d were not checked: %s.", s.entry.N, err)
		if s.graph().ancestors[s.entry.Statement.Predicate.Place.Entry] {
			p.outcome = Unknown
		}
		return p
	}
	p := differs("P06", "The rows selected in entry %d are not those that were committed to.", s.entry.N)
	p.detail = []string{err.Error()}
	return p
}

// before says what of a selection that holds was not checked.
func (s *selectionCheck) before() problem {
	p := limit("P07", "%s Each of them is the one that entry %d committed to when the file was read. How it was read was not made again, because the file is withheld.",
		s.selection.Sentence(), s.committed)
	if s.graph().ancestors[s.entry.Statement.Predicate.Place.Entry] {
		p.outcome = Unknown
	}
	return p
}

// read finds the commitment and what the selection says of itself.
func (s *selectionCheck) read() error {
	p := s.entry.Statement.Predicate
	rows := dependencyOf(s.entry, selectedRows)
	if rows == nil || rows.Entry == nil {
		return fmt.Errorf("%w: no commitment to rows is named", errUnequal)
	}
	root, known := rows.Digest[ledger.Rows]
	if !known {
		return fmt.Errorf("%w: what is named as the commitment is none", errUnequal)
	}
	from, shown := s.graph().byID[*rows.Entry]
	if !shown {
		return fmt.Errorf("the entry with the commitment to their rows is %w", errLacking)
	}
	committed, ok := from.Statement.Predicate.Detail.(*ledger.RowsCommitted)
	if !ok {
		return fmt.Errorf("%w: entry %d commits to no rows", errUnequal, from.N)
	}
	s.commitment, s.committed = rowtree.Commitment{Root: rowtree.Hash(root), Count: committed.Count}, from.N
	data, err := s.subject(selectedStatement)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(io.NewSectionReader(data, 0, min(data.Size(), MaxDocument)))
	if err != nil {
		return fmt.Errorf("%w: %w", errLacking, err)
	}
	if s.selection, err = analysis.ParseSelection(text); err != nil {
		return fmt.Errorf("%w: %w", errUnequal, err)
	}
	for _, r := range s.selection.Redacted {
		part, _ := rowtree.ParsePart(r.Part) // it was read strictly
		s.withheld[part] = true
	}
	s.withheld[rowtree.Trail] = true
	switch {
	case s.selection.Root != root.String() || p.Parameters["root"] != root.String():
		err = fmt.Errorf("%w: the selection states another root than entry %d", errUnequal, from.N)
	case s.selection.Item != p.Parameters["item"]:
		err = fmt.Errorf("%w: the selection is said to be of two files", errUnequal)
	case uint64(s.selection.Rows) != committed.Count: //nolint:gosec // a balance that closes has no negative part
		err = fmt.Errorf("%w: the selection is from %d rows, and entry %d committed to %d", errUnequal, s.selection.Rows, from.N, committed.Count)
	case p.RowBalance == nil || !sameBalance(*p.RowBalance, s.selection.Balance()):
		err = fmt.Errorf("%w: the selection and its entry count rows otherwise", errUnequal)
	}
	return err
}

// dependencyOf returns the input of a name, or nil.
func dependencyOf(e ledger.Entry, name string) *ledger.Dependency {
	for i, d := range e.Statement.Predicate.ResolvedDependencies {
		if d.Name == name {
			return &e.Statement.Predicate.ResolvedDependencies[i]
		}
	}
	return nil
}

// subject returns what the selection's entry made under a name.
func (s *selectionCheck) subject(name string) (analysis.Input, error) {
	for _, made := range s.entry.Statement.Subject {
		if made.Name != name {
			continue
		}
		k, err := keyOf(made.Digest)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errUnequal, err)
		}
		if u, here := s.payload(k); here {
			return u, nil
		}
		return nil, fmt.Errorf("the table %q is %w", name, errLacking)
	}
	return nil, fmt.Errorf("%w: there is no %q", errUnequal, name)
}

// verify proves every row that is served, in the order of the file.
func (s *selectionCheck) verify() error {
	var inputs [3]*io.SectionReader
	for i, name := range []string{selectedEvents, selectedSalts, selectedPath} {
		in, err := s.subject(name)
		if err != nil {
			return err
		}
		inputs[i] = io.NewSectionReader(in, 0, in.Size())
	}
	events, err := event.NewReader(inputs[0])
	if err != nil {
		return fmt.Errorf("%w: %w", errUnequal, err)
	}
	salts, err := event.NewTable(inputs[1], rowtree.SaltColumns())
	if err != nil {
		return fmt.Errorf("%w: salts: %w", errUnequal, err)
	}
	path, err := event.NewTable(inputs[2], rowtree.PathColumns())
	if err != nil {
		return fmt.Errorf("%w: path: %w", errUnequal, err)
	}
	w := servedRows{selectionCheck: s, events: events, salts: salts}
	err = s.p.rows(s.commitment, w.next, func() (rowtree.Hash, error) {
		if err := s.ctx.Err(); err != nil {
			return rowtree.Hash{}, err
		}
		fields, err := path.Next()
		if err != nil {
			return rowtree.Hash{}, err
		}
		return rowtree.ParseHash(fields)
	})
	if err == nil && (w.shown != s.selection.Shown || w.repeats != s.selection.Repeats) {
		err = fmt.Errorf("%d rows and %d repeats are served, %d and %d are stated", w.shown, w.repeats, s.selection.Shown, s.selection.Repeats)
	}
	if err != nil && s.ctx.Err() != nil {
		return fmt.Errorf("%w: the check was stopped", errLacking)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errUnequal, err)
	}
	return nil
}

// servedRows are the rows of a selection, read beside what opens them.
type servedRows struct {
	*selectionCheck
	events         *event.Reader
	salts          *event.Table
	shown, repeats int64
}

// next returns the index and the leaf of the next row that is served.
func (w *servedRows) next() (uint64, rowtree.Hash, error) {
	row, err := w.events.Next()
	if errors.Is(err, io.EOF) {
		if _, err := w.salts.Next(); !errors.Is(err, io.EOF) {
			return 0, rowtree.Hash{}, errors.Join(errors.New("there are more salts than rows"), err)
		}
		return 0, rowtree.Hash{}, io.EOF
	}
	if err != nil {
		return 0, rowtree.Hash{}, err
	}
	fields, err := w.salts.Next()
	if errors.Is(err, io.EOF) {
		return 0, rowtree.Hash{}, errors.New("there are fewer salts than rows")
	}
	if err != nil {
		return 0, rowtree.Hash{}, err
	}
	o, err := rowtree.ParseOpening(fields)
	if err != nil {
		return 0, rowtree.Hash{}, err
	}
	for p := rowtree.Subject; p < rowtree.NumParts; p++ {
		if o.Shown[p] == w.withheld[p] {
			return 0, rowtree.Hash{}, fmt.Errorf("the part %s of row %d is not opened as the selection says", p, row.SourceRow())
		}
	}
	if err := w.blanks(row); err != nil {
		return 0, rowtree.Hash{}, err
	}
	if row.IsRepeat() {
		w.repeats++
	} else {
		w.shown++
	}
	texts, err := rowtree.Cut(w.events.Raw())
	if err != nil {
		return 0, rowtree.Hash{}, err
	}
	return o.Index, w.p.rowLeaf(o, texts), nil
}

// blanks wants nothing but the agreed marks where a part is withheld: nothing there
// is proved.
func (w *servedRows) blanks(row *event.Row) error {
	marks := map[event.Column]string{
		event.Subject: redactedParty, event.ANumber: redactedParty, event.BNumber: redactedParty,
		event.Source: w.selection.Root[:shortRoot], event.Offset: redactedOffset,
	}
	for p := rowtree.Subject; p < rowtree.NumParts; p++ {
		if !w.withheld[p] {
			continue
		}
		for _, column := range p.Columns() {
			want := marks[column]
			if got := string(row.Field(column)); got != want {
				return fmt.Errorf("row %d has text in %s, which is withheld", row.SourceRow(), event.Columns()[column])
			}
		}
	}
	return nil
}
