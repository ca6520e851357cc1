package store

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	"custos.example/custody"
)

// primary are the columns that name a row of each table. A table that is not
// here fails the harness: it would not be covered.
var primary = map[string][]string{
	"log_head": {"id"}, "chains": {"id"}, "scopes": {"case_id"}, "entries": {"idx"},
	"facts": {"case_id", "collection", "fact_key", "idx"}, "erasures": {"idx"}, "schema_versions": {"version"},
}

// table is a table with all its rows, as the harness found it.
type table struct {
	name    string
	columns []string
	rows    [][]any
}

// tampering edits a store behind its back, one edit at a time, and puts it back.
type tampering struct {
	t      *testing.T
	w      *world
	raw    *sql.DB
	before string // dump
	passes []pass

	made, refused, found, equal int
	missed                      []string
	by                          map[string]int // edits found, by table
}

// change is one edit: rows that go and rows that come, in one table.
type change struct {
	what      string
	gone, new [][]any
}

func (h *tampering) read(name string) table {
	h.t.Helper()
	rows, err := h.raw.Query("SELECT * FROM " + name)
	if err != nil {
		h.t.Fatal(err)
	}
	defer rows.Close()
	tb := table{name: name}
	if tb.columns, err = rows.Columns(); err != nil {
		h.t.Fatal(err)
	}
	for rows.Next() {
		row := make([]any, len(tb.columns))
		into := make([]any, len(row))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			h.t.Fatal(err)
		}
		tb.rows = append(tb.rows, row)
	}
	if err := rows.Err(); err != nil {
		h.t.Fatal(err)
	}
	slices.SortFunc(tb.rows, func(a, b []any) int { return strings.Compare(fmt.Sprintf("%020v", a), fmt.Sprintf("%020v", b)) })
	return tb
}

// replace takes rows away and puts others in, in one transaction.
func (h *tampering) replace(tb table, gone, fresh [][]any) error {
	tx, err := h.raw.Begin()
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	for _, row := range gone {
		var where []string
		var args []any
		for i, c := range tb.columns {
			if slices.Contains(primary[tb.name], c) {
				args = append(args, row[i])
				where = append(where, fmt.Sprintf("%s = $%d", c, len(args)))
			}
		}
		r, err := tx.Exec("DELETE FROM "+tb.name+" WHERE "+strings.Join(where, " AND "), args...)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); n != 1 || err != nil {
			return fmt.Errorf("delete one row of %s: %d, %w", tb.name, n, err)
		}
	}
	for _, row := range fresh {
		if _, err := tx.Exec("INSERT INTO "+tb.name+" ("+strings.Join(tb.columns, ", ")+") VALUES ("+placeholders(1, len(row))+")", row...); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// try makes one edit, asks fsck and the dump about it, and puts it back.
func (h *tampering) try(tb table, c change) {
	h.t.Helper()
	h.made++
	if err := h.replace(tb, c.gone, c.new); err != nil {
		h.refused++ // the rules of the schema did not take it
		return
	}
	h.judge(tb, c.what)
	if err := h.replace(tb, c.new, c.gone); err != nil {
		h.t.Fatalf("put back %s: %v", c.what, err)
	}
}

func (h *tampering) judge(tb table, what string) {
	h.t.Helper()
	report, err := h.w.fsck(context.Background(), custody.FsckOptions{}, h.passes)
	if err != nil {
		h.missed = append(h.missed, fmt.Sprintf("%s: fsck could not go on: %v", what, err))
		return
	}
	named := slices.ContainsFunc(report.Findings, func(f custody.Finding) bool {
		return strings.HasPrefix(f.Where, tb.name) && strings.Contains(f.What, ": ")
	})
	switch {
	case named:
		h.found++
		h.by[tb.name]++
	case len(report.Findings) > 0:
		h.missed = append(h.missed, fmt.Sprintf("%s: found, and not where it is: %+v", what, report.Findings[0]))
	default:
		var b bytes.Buffer
		if err := h.w.Dump(context.Background(), &b); err == nil && b.String() == h.before {
			h.equal++
			return
		}
		h.missed = append(h.missed, what+": not found")
	}
}

// variants returns other values for a value of a row; others are the values of
// the same column.
func variants(v any, others []any) []any {
	var all []any
	switch x := v.(type) {
	case int64:
		all = []any{x + 1, x - 1, x ^ 1, x + 1<<40}
	case string:
		all = []any{x + "x", ""}
		if x != "" {
			all = append(all, x[:len(x)-1]+string(x[len(x)-1]^1))
		}
	case []byte:
		for _, at := range []int{0, len(x) / 2, len(x) - 1} {
			flipped := bytes.Clone(x)
			flipped[at] ^= 1
			all = append(all, flipped)
		}
		all = append(all, nil, x[:len(x)-1], make([]byte, len(x)))
	case nil:
		all = []any{make([]byte, 32), []byte("x")}
	}
	for _, o := range others {
		if fmt.Sprintf("%T%v", o, o) != fmt.Sprintf("%T%v", v, v) {
			all = append(all, o)
			break
		}
	}
	return slices.DeleteFunc(all, func(o any) bool { return fmt.Sprintf("%T%v", o, o) == fmt.Sprintf("%T%v", v, v) })
}

// changes lists the edits of a table: every column of every row to other values,
// every row removed, every pair of neighbours swapped wholly and by column, and
// a copy of a row added. most bounds the rows that are edited.
func changes(tb table, most int) []change {
	var all []change
	step := max(1, len(tb.rows)/most)
	for i := 0; i < len(tb.rows); i += step {
		row := tb.rows[i]
		where := fmt.Sprintf("%s row %d", tb.name, i)
		all = append(all, change{where + ": removed", [][]any{row}, nil})
		for c, column := range tb.columns {
			var others []any
			for j := range tb.rows {
				others = append(others, tb.rows[(i+1+j)%len(tb.rows)][c])
			}
			for _, v := range variants(row[c], others) {
				edited := slices.Clone(row)
				edited[c] = v
				all = append(all, change{fmt.Sprintf("%s: %s from %.60v to %.60v", where, column, row[c], v), [][]any{row}, [][]any{edited}})
			}
		}
		added := slices.Clone(row)
		for c, column := range tb.columns {
			if slices.Contains(primary[tb.name], column) {
				switch x := added[c].(type) {
				case int64:
					added[c] = x + 1<<30
				case string:
					added[c] = x + "x"
				case []byte:
					added[c] = append([]byte{x[0] ^ 0xff}, x[1:]...)
				}
			}
		}
		all = append(all, change{where + ": copied under another name", nil, [][]any{added}})
		if i+1 < len(tb.rows) {
			all = append(all, swaps(tb, where, row, tb.rows[i+1])...)
		}
	}
	return all
}

func swaps(tb table, where string, a, b []any) []change {
	var all []change
	whole := change{where + ": swapped with the next", [][]any{a, b}, [][]any{slices.Clone(b), slices.Clone(a)}}
	for c, column := range tb.columns {
		if slices.Contains(primary[tb.name], column) {
			whole.new[0][c], whole.new[1][c] = a[c], b[c]
		}
		x, y := slices.Clone(a), slices.Clone(b)
		x[c], y[c] = b[c], a[c]
		all = append(all, change{fmt.Sprintf("%s: %s swapped with the next", where, column), [][]any{a, b}, [][]any{x, y}})
	}
	return append(all, whole)
}
