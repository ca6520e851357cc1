package source_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"

	"custos.example/analysis"
	"custos.example/analysis/source"
)

// corpus returns the path of a file of the shared data sets.
func corpus(t *testing.T, name string) []byte {
	t.Helper()
	dir := os.Getenv("CUSTOS_CORPUS")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("data sets are missing: %v", err)
		}
		t.Skipf("data sets are missing: %v", err)
	}
	return b
}

type imported struct {
	events, aside, report string
	outcome               analysis.Outcome
}

func profile(t testing.TB, name string) []byte {
	t.Helper()
	b, ok := source.ReadProfile(name)
	if !ok {
		t.Fatalf("no profile %q", name)
	}
	return b
}

func tryImport(file, profile []byte, decisions ...source.Decision) (imported, error) {
	ds, err := source.MarshalDecisions(decisions)
	if err != nil {
		return imported{}, err
	}
	var events, aside, report bytes.Buffer
	o, err := analysis.Runner{Env: analysis.NewMemoryEnv(1 << 30)}.Run(context.Background(), source.CSV{},
		map[string]analysis.Input{"source": bytes.NewReader(file), "profile": bytes.NewReader(profile), "decisions": bytes.NewReader(ds)},
		nil, map[string]io.Writer{"events": &events, "set-aside": &aside, "report": &report})
	return imported{events.String(), aside.String(), report.String(), o}, err
}

func mustImport(t testing.TB, file, profile []byte, decisions ...source.Decision) imported {
	t.Helper()
	im, err := tryImport(file, profile, decisions...)
	if err != nil {
		t.Fatal(err)
	}
	return im
}

var (
	whoEgo  = source.Decision{Kind: source.AssertSubject, Value: "id:ego", Who: "A. N. Analyst", Why: "the file is named ego.csv by its supplier"}
	zoneEgo = source.Decision{Kind: source.AssertZone, Value: "UTC", Who: "A. N. Analyst", Why: "the supplier's letter"}
)

func TestSmoke(t *testing.T) {
	im := mustImport(t, corpus(t, "06-bandicoot/demo/data/ego.csv"), profile(t, "bandicoot"), whoEgo, zoneEgo)
	t.Log(im.outcome.Result.Balance, im.report, im.events[:900])
	im = mustImport(t, corpus(t, "06-bandicoot/bandicoot/tests/samples/user_ignored.csv"), profile(t, "bandicoot"), whoEgo, zoneEgo)
	t.Log(im.outcome.Result.Balance, im.aside)
	pk := corpus(t, "08-pk-excel-mangled/CDR.csv")
	im = mustImport(t, pk, profile(t, "pk-08"))
	t.Log(im.outcome.Result.Balance, im.report)
	im = mustImport(t, pk, profile(t, "pk-08"), source.Decision{Kind: source.AssertSubject, Value: "id:A", Who: "x", Why: "y"})
	t.Log(im.outcome.Result.Balance, im.report, im.events[:900])
}
