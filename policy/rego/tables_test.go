package rego

import (
	"os"
	"testing"
)

// readTables reads the tables of this program's own rules.
func readTables(t testing.TB) tables {
	t.Helper()
	all, err := parseTables(os.DirFS("testdata"))
	if err != nil || len(all.bases) == 0 || len(all.cases) <= len(all.bases) || len(all.periods) == 0 || len(all.units) == 0 {
		t.Fatalf("%d bases, %d cases, %d periods, %d files of tests: %v", len(all.bases), len(all.cases), len(all.periods), len(all.units), err)
	}
	return all
}
