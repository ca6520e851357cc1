package store

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"custos.example/custody"
)

// How many findings a check lists; what is beyond is counted by its kind.
const (
	mostOfLog   = 1000 // that concern no case
	mostOfCase  = 100
	mostOfCases = 1000 // of all cases, above leastOfCase of each
	leastOfCase = 10
)

// findings are what a check found. Each case has a bound of its own, so that one of which nothing can
// be opened hides nothing of the others.
// Memory: what is listed, and of each case one number for each kind of finding.
type findings struct {
	list  []custody.Finding
	of    map[custody.CaseID]*tally
	above int // listed of cases, above leastOfCase of each
}

// tally is how many findings of one case are listed, and how many of each kind are not.
type tally struct {
	listed int
	more   map[string]int
}

// add lists a finding in a column of a table, or counts it.
func (f *findings) add(finding custody.Finding, column string) {
	t := f.of[finding.Case]
	if t == nil {
		t = &tally{more: map[string]int{}}
		f.of[finding.Case] = t
	}
	switch {
	case finding.Case == "" && t.listed < mostOfLog, t.listed < leastOfCase:
	case finding.Case != "" && t.listed < mostOfCase && f.above < mostOfCases:
		f.above++
	default:
		t.more[kindOf(finding.Where, column)]++
		return
	}
	t.listed++
	f.list = append(f.list, finding)
}

// kindOf is the table and the column of a finding.
func kindOf(where, column string) string {
	table, _, _ := strings.Cut(where, " ")
	if column != "" {
		table += ", column " + column
	}
	return table
}

// all returns what is listed, and after it, of each case that has more, how many and of what kind.
func (f *findings) all() []custody.Finding {
	list := f.list
	for _, id := range slices.Sorted(maps.Keys(f.of)) {
		t := f.of[id]
		if len(t.more) == 0 {
			continue
		}
		where, total := "case "+string(id), 0
		if id == "" {
			where = "store"
		}
		var kinds []string
		for _, kind := range slices.Sorted(maps.Keys(t.more)) {
			total += t.more[kind]
			kinds = append(kinds, fmt.Sprintf("%d in %s", t.more[kind], kind))
		}
		list = append(list, custody.Finding{Where: where, Case: id, More: total, What: fmt.Sprintf("%d more findings are not listed (%s): %s", total, strings.Join(kinds, "; "), doRestore)})
	}
	return list
}
