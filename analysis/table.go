package analysis

import (
	"errors"
	"fmt"
)

// ErrField is returned for a column of a result that does not say what it is.
var ErrField = errors.New("field refused")

// Nature tells on what a column of a result stands.
type Nature string

// The three natures. A fact stands in the source row as it was read; a derived
// value was counted, added or compared by a rule that the page names; an
// assessment is an opinion and belongs to an expert.
const (
	Fact       Nature = "fact"
	Derived    Nature = "derived"
	Assessment Nature = "assessment"
)

// The kinds of value that a column can hold.
const (
	KindText       = "text"       // words
	KindIdentifier = "identifier" // number, handset, subscriber or name of a party, in canonical form
	KindCount      = "count"      // whole number
	KindSeconds    = "seconds"    // whole seconds, a duration
	KindInstant    = "instant"    // 2026-10-24T17:04:12Z
	KindDay        = "day"        // 2026-10-24 on the clock that the summary names
	KindHour       = "hour"       // time of day on that clock, such as 18:04:12 or 18
	KindMetres     = "metres"     // whole metres, always with a basis
	KindDegrees    = "degrees"    // whole degrees, 0 to 359
	KindCoordinate = "coordinate" // whole units of the reference system that the row names
	KindCell       = "cell"       // scheme:identity of a cell
	KindRatio      = "ratio"      // percentage with one decimal
	KindFlags      = "flags"      // words with blanks between them
	KindRow        = "row"        // part of a reference to a source row
)

// Field describes one column of a result table.
// Shape: Name is the header of the column; Title is what a page prints above
// it; Basis says how a value was made, and must stand with every distance.
type Field struct {
	Name   string `json:"name"`
	Title  string `json:"title"`
	Nature Nature `json:"nature"`
	Kind   string `json:"kind"`
	Basis  string `json:"basis,omitempty"`
}

// Table describes the main table of a result: the output port that holds it
// and its columns in their order.
type Table struct {
	Port   string  `json:"port"`
	Fields []Field `json:"fields"`
}

// Header returns the names of the columns in their order.
func (t Table) Header() []string {
	names := make([]string, 0, len(t.Fields))
	for _, f := range t.Fields {
		names = append(names, f.Name)
	}
	return names
}

// Verify returns nil when every column says what it is, and the table may stand
// in an exhibit of a witness of fact (or, with expert, of an expert).
// Errors: ErrField for a column without a name, title or known kind, a distance
// without a basis, an assessment where only facts may stand, an opinion word in
// a title or basis.
func (t Table) Verify(expert bool) error {
	if t.Port == "" || len(t.Fields) == 0 {
		return fmt.Errorf("%w: the table has no port or no columns", ErrField)
	}
	seen := make(map[string]bool, len(t.Fields))
	for _, f := range t.Fields {
		if seen[f.Name] {
			return fmt.Errorf("%w: column %q stands twice in %s", ErrField, f.Name, t.Port)
		}
		seen[f.Name] = true
		if err := f.Verify(expert); err != nil {
			return err
		}
	}
	return nil
}

// Verify returns nil when the column says what it is; see Table.Verify.
// Errors: ErrField.
func (f Field) Verify(expert bool) error {
	switch {
	case f.Name == "" || f.Title == "":
		return fmt.Errorf("%w: a column has no name or no title: %+v", ErrField, f)
	case f.Nature != Fact && f.Nature != Derived && f.Nature != Assessment:
		return fmt.Errorf("%w: column %q has the nature %q; it is fact, derived or assessment", ErrField, f.Name, f.Nature)
	case f.Nature == Assessment && !expert:
		return fmt.Errorf("%w: column %q is an assessment; only an exhibit of an expert may hold one", ErrField, f.Name)
	case f.Kind == KindMetres && f.Basis == "":
		return fmt.Errorf("%w: column %q is a distance and does not say how it was made", ErrField, f.Name)
	case !knownKind(f.Kind):
		return fmt.Errorf("%w: column %q has the kind %q, which is not known", ErrField, f.Name, f.Kind)
	case expert:
		return nil
	}
	for _, text := range []string{f.Title, f.Basis} {
		if err := CheckFactual(text); err != nil {
			return fmt.Errorf("%w: column %q: %w", ErrField, f.Name, err)
		}
	}
	return nil
}

func knownKind(kind string) bool {
	switch kind {
	case KindText, KindIdentifier, KindCount, KindSeconds, KindInstant, KindDay, KindHour, KindMetres,
		KindDegrees, KindCoordinate, KindCell, KindRatio, KindFlags, KindRow:
		return true
	}
	return false
}
