package rowtree_test

import (
	"bytes"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"custos.example/analysis/event"
	"custos.example/analysis/rowtree"
)

// TestFormatExample makes what FORMAT.md says of its example row by means of this package:
// the salt and the hash of a part and the leaf. The control is the row before.
func TestFormatExample(t *testing.T) {
	says := exampleRow(t)
	given, err := hex.DecodeString(says["seed"])
	if err != nil || len(given) != len(rowtree.Seed{}) {
		t.Fatalf("seed %q: %v", says["seed"], err)
	}
	number, err := strconv.ParseUint(says["row-number"], 10, 32)
	if err != nil || number == 0 {
		t.Fatalf("row number %q: %v", says["row-number"], err)
	}
	fields := make([]string, event.NumColumns)
	for part := range rowtree.NumParts {
		values, err := csv.NewReader(strings.NewReader(says[fmt.Sprintf("part-%d", part)])).Read()
		if err != nil || len(values) != len(plain[part]) {
			t.Fatalf("part %d has %d values, not %d: %v", part, len(values), len(plain[part]), err)
		}
		for i, name := range plain[part] {
			fields[slices.Index(event.Columns(), name)] = values[i]
		}
	}
	file := event.AppendHeader(nil)
	line := event.AppendRecord(nil, fields...)
	for range number + 1 {
		file = append(file, line...)
	}
	texts, err := rowtree.Cut(line[:len(line)-1])
	if err != nil {
		t.Fatal(err)
	}
	for _, index := range []uint64{number, number - 1} {
		withheld := [rowtree.NumParts]bool{rowtree.Trail: true}
		var shown, hidden rowtree.Opening
		for _, by := range []struct {
			withheld [rowtree.NumParts]bool
			into     *rowtree.Opening
		}{{withheld, &shown}, {[rowtree.NumParts]bool{rowtree.Called: true}, &hidden}} {
			_, err := rowtree.Prove((*rowtree.Seed)(given), bytes.NewReader(file), number+1, []uint64{index}, by.withheld,
				func(o rowtree.Opening) error { *by.into = o; return nil }, func(rowtree.Hash) error { return nil })
			if err != nil {
				t.Fatal(err)
			}
		}
		for name, got := range map[string]string{
			"part-salt-3":   fmt.Sprintf("%x", shown.Salts[rowtree.Called]),
			"part-hash-3":   fmt.Sprintf("%x", hidden.Hashes[rowtree.Called]),
			"row-leaf-hash": fmt.Sprintf("%x", shown.Leaf(&texts)),
		} {
			if same := got == says[name]; same != (index == number) {
				t.Errorf("row %d: %s is %s, the format says %s", index, name, got, says[name])
			}
		}
	}
}

// exampleRow returns what stands in the example row of FORMAT.md, given and made.
func exampleRow(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("../../ledger/FORMAT.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(text), "```example row\n")
	example, _, closed := strings.Cut(after, "```")
	if !found || !closed {
		t.Fatal("FORMAT.md has no example row")
	}
	says := map[string]string{}
	for _, line := range strings.Split(strings.TrimSpace(example), "\n") {
		name, value, ok := strings.Cut(line, " = ")
		if !ok {
			name, value, _ = strings.Cut(line, " > ")
		}
		says[name] = value
	}
	return says
}
