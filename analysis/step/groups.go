package step

import (
	"bytes"
	"fmt"
	"strconv"

	"custos.example/analysis/event"
)

// maxLink is the greatest difference, in seconds, between the starts of two
// rows that merge-events links as one event.
const maxLink = 3600

// RuleAcross is the rule under which merge-events links rows of different sources
// as reports of one event.
const RuleAcross = "REPEAT-ACROSS"

// groups counts one row of each group of linked rows.
//
// Within a source a row repeats another with the same content; across sources
// merge-events links rows to the first of their group. The first may be of no
// use to an analysis that can use a later one, for the two can differ by some
// seconds, in the subject or in what they hold; then the later one stands for the
// group. Where columns were filled in after the merge, a later one can also come
// before the first.
type groups struct {
	since     int64
	now, then map[groupKey]int64 // by the first row of the group; rows since, and maxLink before
	any       bool
}

// groupKey is the first row of a group, and the scope in which it is counted.
type groupKey struct {
	source uint64
	row    int64
	scope  int
}

// join returns the number under which a row of this group was used before, or
// uses this row under no.
// Errors: event.ErrNotCanonical for a row that repeats nothing before it.
func (g *groups) join(row *event.Row, scope int, no int64) (first int64, again bool, err error) {
	if !g.any || row.Start()-g.since > maxLink {
		g.then, g.now = g.now, make(map[groupKey]int64)
		g.since, g.any = row.Start(), true
	}
	key, other, err := groupOf(row)
	if err != nil {
		return 0, false, err
	}
	key.scope = scope
	own := groupKey{source: key.source, row: row.SourceRow(), scope: scope}
	if other {
		if own.source, err = sourceNumber(row); err != nil {
			return 0, false, fmt.Errorf("row %d: %w", row.SourceRow(), err)
		}
	}
	if first, again = g.now[key]; !again {
		first, again = g.then[key]
	}
	if again {
		g.now[own] = first // a row of its own source may repeat this one
		return first, true, nil
	}
	if row.IsRepeat() && !other {
		return 0, false, fmt.Errorf("%w: row %d repeats row %q, which is not shown before it", event.ErrNotCanonical, row.SourceRow(), row.Field(event.RepeatOf))
	}
	g.now[key] = no
	if other {
		g.now[own] = no
	}
	return no, false, nil
}

// groupOf returns the first row of a row's group, and whether it is of another
// source.
// Shape: repeat_of is blank, a row, or source:row.
func groupOf(row *event.Row) (key groupKey, other bool, err error) {
	source, of := row.Field(event.Source), row.Field(event.RepeatOf)
	key.row = row.SourceRow()
	if len(of) > 0 {
		before, after, found := bytes.Cut(of, []byte{':'})
		if found {
			source, of, other = before, after, true
		}
		var ok bool
		if key.row, ok = parseWhole(of); !ok {
			return key, other, fmt.Errorf("%w: row %d repeats %q, which is no row", event.ErrNotCanonical, row.SourceRow(), row.Field(event.RepeatOf))
		}
	}
	key.source, err = parseSource(source)
	if err != nil {
		return key, other, fmt.Errorf("row %d: %w", row.SourceRow(), err)
	}
	return key, other, nil
}

// sourceNumber returns a row's own source as a number.
func sourceNumber(row *event.Row) (uint64, error) { return parseSource(row.Field(event.Source)) }

// parseSource reads the first 16 hex digits of a source's digest.
func parseSource(text []byte) (uint64, error) {
	n, err := strconv.ParseUint(string(text), 16, 64)
	if err != nil || len(text) != 16 {
		return 0, fmt.Errorf("%w: the source %q is not 16 hex digits", event.ErrNotCanonical, text)
	}
	return n, nil
}

// parseWhole reads a canonical whole number from 0.
func parseWhole(text []byte) (int64, bool) {
	n, err := strconv.ParseInt(string(text), 10, 64)
	return n, err == nil && n >= 0 && string(strconv.AppendInt(nil, n, 10)) == string(text)
}
