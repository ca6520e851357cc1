package custody

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"custos.example/analysis"
	"custos.example/ledger"
	"custos.example/policy"
)

// Compare asks what changed between two versions of an exhibit.
// Shape: Before zero is the version before After.
type Compare struct {
	Ask    // Purpose must be there: rows are read
	Case   CaseID
	Before ledger.EntryID
	After  ledger.EntryID
	// Row is called for every row that is not the same, those that are gone last;
	// nil only counts. With it, what is handed out is a numbered copy.
	Row  func(ComparedRow) error
	Copy CopyTerms // who gets the rows; nothing = the asker
}

// Comparison is what a comparison row by row found.
// Shape: Reason is what the producer gave; Alike is false when the two are
// tables of different columns, and then nothing is counted.
type Comparison struct {
	Copy          IssuedCopy // under which the rows were handed out; zero when they were only counted
	Reference     string
	Before, After int // versions
	Reason        string
	Alike         bool
	Same          int
	Changed       int
	Added         int
	Removed       int
}

// ComparedRow is one row that is not the same in both.
// Shape: Change is added, removed or changed; Columns names what differs.
type ComparedRow struct {
	Change  string
	Key     string
	Columns []string
	Before  []string
	After   []string
}

// Sentence says what was found, for a page.
func (c Comparison) Sentence() string {
	if !c.Alike {
		return "The two have different columns and were not compared row by row."
	}
	return fmt.Sprintf("Compared row by row: %s the same, %d changed, %d added, %d removed.", rowsOf(c.Same), c.Changed, c.Added, c.Removed)
}

func rowsOf(n int) string {
	if n == 1 {
		return "1 row is"
	}
	return fmt.Sprintf("%d rows are", n)
}

// Compare compares two versions of an exhibit row by row.
// Errors: ErrInvalid when they are not versions of one exhibit.
func (e Exhibits) Compare(ctx context.Context, actor Actor, request Compare) (Comparison, error) {
	a, err := e.s.begin(ctx, actor, request.Case, policy.RowRead, request)
	if err != nil {
		return Comparison{}, err
	}
	after, err := find[exhibitFact](ctx, a.Store, a.id, inExhibits, request.After.String(), 0)
	if err != nil {
		return Comparison{}, fmt.Errorf("exhibit %s: %w", request.After, err)
	}
	before, err := a.versionBefore(ctx, after, request.Before)
	if err != nil {
		return Comparison{}, err
	}
	behind, err := a.lineage(ctx, before.Run, after.Run)
	if err != nil {
		return Comparison{}, err
	}
	about, err := a.lookAt(ctx, behind)
	if err != nil {
		return Comparison{}, err
	}
	issued := IssuedCopy{}
	if request.Row == nil {
		err = a.decide(ctx, about)
	} else {
		issued, err = a.comparisonCopy(ctx, about, before, after, request.Copy)
	}
	if err != nil {
		return Comparison{}, err
	}
	found, err := a.compareRuns(ctx, before.Run, after.Run, request.Row)
	found.Copy = issued
	found.Reference, found.Before, found.After = after.Reference, int(before.Version), int(after.Version) //nolint:gosec // small numbers
	found.Reason = after.Changed
	return found, err
}

// versionBefore returns the version that is named, or the one just before.
func (a *act) versionBefore(ctx context.Context, after exhibitFact, named ledger.EntryID) (exhibitFact, error) {
	exhibits, err := list[exhibitFact](ctx, a.Store, a.id, inExhibits, 0)
	if err != nil {
		return exhibitFact{}, err
	}
	for _, x := range exhibits {
		if x.Reference != after.Reference || x.Version >= after.Version {
			continue
		}
		if x.Entry == named || named == (ledger.EntryID{}) && x.Version+1 == after.Version {
			return x, nil
		}
	}
	return exhibitFact{}, fmt.Errorf("%s has no earlier version than %d to compare with: %w", after.Reference, after.Version, ErrInvalid)
}

// compareRuns compares the main tables of two runs.
func (a *act) compareRuns(ctx context.Context, before, after ledger.EntryID, row func(ComparedRow) error) (Comparison, error) {
	var found Comparison
	old, oldKey, err := a.mainTable(ctx, before)
	if err != nil {
		return found, err
	}
	defer letGo(old)
	fresh, freshKey, err := a.mainTable(ctx, after)
	if err != nil {
		return found, err
	}
	defer letGo(fresh)
	x, err := newTable(old)
	if err != nil {
		return found, err
	}
	y, err := newTable(fresh)
	if err != nil {
		return found, err
	}
	if !slices.Equal(x.header, y.header) || !slices.Equal(oldKey, freshKey) {
		return found, nil
	}
	found.Alike = true
	c := comparing{found: &found, key: columnsOf(x.header, oldKey), header: x.header, rows: map[string][]place{}, row: row, old: old}
	if err := c.remember(x); err != nil {
		return found, err
	}
	err = c.hold(y)
	return found, err
}

// mainTable opens the main table of a run and names the columns that say which
// row is which: the place in the source, or the first identifier.
func (a *act) mainTable(ctx context.Context, run ledger.EntryID) (Content, []string, error) {
	fact, _, err := a.producer(ctx, run)
	if err != nil {
		return nil, nil, err
	}
	content, _, err := a.open(ctx, a.id, fact.Subjects[0].Digest)
	if err != nil {
		return nil, nil, err
	}
	t, err := newTable(content)
	if err != nil {
		return nil, nil, errors.Join(err, content.Close())
	}
	if slices.Contains(t.header, "source") && slices.Contains(t.header, "row") {
		return content, []string{"source", "row"}, nil
	}
	summary, known := fact.subject("summary")
	if !known {
		return content, nil, nil
	}
	text, err := a.document(ctx, a.id, summary.Digest)
	if err != nil {
		return nil, nil, errors.Join(err, content.Close())
	}
	var s struct {
		Table analysis.Table `json:"table"`
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("%w: summary of run %s: %w", ErrIntegrity, run, err), content.Close())
	}
	for _, f := range s.Table.Fields {
		if f.Kind == analysis.KindIdentifier || f.Kind == analysis.KindCell {
			return content, []string{f.Name}, nil
		}
	}
	return content, nil, nil
}

// columnsOf returns the places of columns; all of them when none is named.
func columnsOf(header, names []string) []int {
	var at []int
	for i, name := range header {
		if len(names) == 0 || slices.Contains(names, name) {
			at = append(at, i)
		}
	}
	return at
}

// numbering is the column that only counts the rows of a table.
const numbering = "no"

// place is a row of the earlier table: where it stands, and what it holds.
type place struct {
	offset int64
	sum    [sha256.Size]byte
}

// comparing holds the earlier table by key while the later one is read.
type comparing struct {
	found  *Comparison
	header []string
	key    []int
	rows   map[string][]place
	row    func(ComparedRow) error
	old    analysis.Input
}

// remember takes in the earlier table.
func (c *comparing) remember(t *table) error {
	for {
		at := t.offset()
		row, err := t.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		key := c.keyOf(row)
		c.rows[key] = append(c.rows[key], place{at, c.content(row)})
	}
}

// hold holds the later table against what is remembered.
func (c *comparing) hold(t *table) error {
	for {
		row, err := t.next()
		if errors.Is(err, io.EOF) {
			return c.gone()
		}
		if err != nil {
			return err
		}
		key := c.keyOf(row)
		known := c.rows[key]
		if len(known) == 0 {
			c.found.Added++
			if err := c.tell(ComparedRow{Change: "added", Key: key, After: row}); err != nil {
				return err
			}
			continue
		}
		first := known[0]
		if c.rows[key] = known[1:]; len(known) == 1 {
			delete(c.rows, key)
		}
		if first.sum == c.content(row) {
			c.found.Same++
			continue
		}
		c.found.Changed++
		if c.row == nil {
			continue
		}
		before, err := rowAt(c.old, first.offset)
		if err != nil {
			return err
		}
		if err := c.tell(ComparedRow{Change: "changed", Key: key, Columns: c.different(before, row), Before: before, After: row}); err != nil {
			return err
		}
	}
}

// gone tells of the rows that the later table does not have, in the order of
// the earlier one.
func (c *comparing) gone() error {
	type left struct {
		key    string
		offset int64
	}
	var list []left
	for key, places := range c.rows {
		for _, p := range places {
			list = append(list, left{key, p.offset})
		}
	}
	c.found.Removed = len(list)
	if c.row == nil {
		return nil
	}
	slices.SortFunc(list, func(a, b left) int { return int(a.offset - b.offset) })
	for _, l := range list {
		before, err := rowAt(c.old, l.offset)
		if err != nil {
			return err
		}
		if err := c.tell(ComparedRow{Change: "removed", Key: l.key, Before: before}); err != nil {
			return err
		}
	}
	return nil
}

func (c *comparing) tell(row ComparedRow) error {
	if c.row == nil {
		return nil
	}
	return c.row(row)
}

// keyOf returns what says which row this is.
func (c *comparing) keyOf(row []string) string {
	parts := make([]string, len(c.key))
	for i, at := range c.key {
		parts[i] = row[at]
	}
	return strings.Join(parts, " ")
}

// content is a digest of what a row says, without the column that numbers it.
func (c *comparing) content(row []string) [sha256.Size]byte {
	h := sha256.New()
	for i, value := range row {
		if c.header[i] != numbering {
			_, _ = fmt.Fprintf(h, "%d:%s", len(value), value)
		}
	}
	return [sha256.Size]byte(h.Sum(nil))
}

func (c *comparing) different(before, after []string) []string {
	var names []string
	for i, name := range c.header {
		if name != numbering && before[i] != after[i] {
			names = append(names, name)
		}
	}
	return names
}
