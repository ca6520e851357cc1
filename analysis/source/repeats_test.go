package source_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestRepeatsWithinASourceInAnyOrder: rows that are equal in every column of the
// event are repeats, in whatever order the file has them and however they are
// written; the first of them by its row is the one that the others name.
func TestRepeatsWithinASourceInAnyOrder(t *testing.T) {
	p := small("who, whom, at, imei", "imei: {column: imei}")
	var list []string
	want := map[string]int{}
	for i := range 40 {
		whom := fmt.Sprintf("9004%02d", i%7)
		at := fmt.Sprintf("24/10/2026 18:%02d:00", i%5)
		forms := []string{"07700" + whom, "447700" + whom, "+44 7700 " + whom, "07700 " + whom, "7700" + whom}
		list = append(list, fmt.Sprintf("07700900123;%s;%s;%s\n", forms[i%5], at, pick(i%11 == 0, "352099112044173", "")))
		want[whom+at+pick(i%11 == 0, "x", "")]++
	}
	sizes := func(groups map[string]int) string {
		var n []int
		for _, size := range groups {
			n = append(n, size)
		}
		slices.Sort(n)
		return fmt.Sprint(n)
	}
	r := rand.New(rand.NewPCG(3, 4)) //nolint:gosec // repeatable orders
	for range 20 {
		r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		im := mustImport(t, []byte("who;whom;at;imei\n"+strings.Join(list, "")), p)
		groups, first := map[string]int{}, map[string]string{}
		for _, e := range rows(t, im.events) {
			name := e["row"]
			if e["repeat_of"] != "" {
				name = e["repeat_of"]
			}
			groups[name]++
			content := e["start_utc"] + e["b_number"] + e["imei"]
			if first[content] == "" {
				first[content] = name
			}
			if first[content] != name {
				t.Fatalf("row %s is a repeat of %s, and the first of its kind is %s", e["row"], name, first[content])
			}
		}
		if sizes(groups) != sizes(want) {
			t.Fatalf("groups of %s, want %s", sizes(groups), sizes(want))
		}
		if b := im.outcome.Result.Balance; b.Shown != int64(len(want)) || b.Repeats != int64(40-len(want)) {
			t.Fatal(b)
		}
	}
}

// TestOneDifferenceIsNoRepeat is the control: a row that differs in one column
// of the event is an event of its own.
func TestOneDifferenceIsNoRepeat(t *testing.T) {
	p := small("who, whom, at, imei, cell, len", "imei: {column: imei}", "start-cell: {column: cell, pattern: name}", "duration: {column: len, layout: seconds, types: [voice]}")
	base := []string{"07700900123", "07700900456", at + "0", "352099112044173", "BA1", "5"}
	other := []string{"07700900124", "07700900457", at + "1", "35209911204417", "BA2", "6"}
	file := "who;whom;at;imei;cell;len\n" + strings.Join(base, ";") + "\n" + strings.Join(base, ";") + "\n"
	for i := range base {
		row := slices.Clone(base)
		row[i] = other[i]
		file += strings.Join(row, ";") + "\n"
	}
	if b := mustImport(t, []byte(file), p).outcome.Result.Balance; b.Repeats != 1 || b.Shown != 7 {
		t.Error(b)
	}
}
