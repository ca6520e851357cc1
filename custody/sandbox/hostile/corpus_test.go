package hostile_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"custos.example/analysis"
	"custos.example/analysis/celltable"
	"custos.example/analysis/registry"
	"custos.example/analysis/source"
	"custos.example/custody/sandbox"
	"custos.example/custody/sandbox/hostile"
)

// seed is that of the corpus in every test.
const seed = 4

// seeds are those of the corpora that a test reads: one, or in the long run many.
func seeds() []uint64 {
	list := []uint64{seed}
	if os.Getenv("CUSTOS_LONG") != "" {
		for s := uint64(100); s < 110; s++ {
			list = append(list, s)
		}
	}
	return list
}

// corpora are the files of every seed that given readers get.
func corpora(readers ...hostile.Reader) []hostile.File {
	var files []hostile.File
	for _, s := range seeds() {
		for _, f := range hostile.Corpus(s) {
			if slices.Contains(readers, f.Reader) {
				files = append(files, f)
			}
		}
	}
	return files
}

// TestMain makes this program a reader when a test starts it as one.
func TestMain(m *testing.M) {
	if sandbox.Called(os.Args) {
		os.Exit(sandbox.Serve(registry.Find))
	}
	os.Exit(m.Run())
}

// limits are those that every file of the corpus must stay under.
var limits = sandbox.Limits{CPU: 10 * time.Second, Wall: time.Minute, Memory: 512 << 20}

// seen is what a reader made of a file.
type seen struct {
	verdict hostile.Verdict
	code    string        // of a rejection, its message; else every reason and flag
	took    time.Duration // of processors
}

// reading reads files apart.
type reading struct{ *sandbox.Room }

func newReading(t *testing.T) reading {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return reading{sandbox.New(self, limits)}
}

// read reads one file and says what came of it.
func (r reading) read(ctx context.Context, f hostile.File) seen {
	before := processor()
	verdict, code := r.outcome(ctx, f)
	return seen{verdict, code, processor() - before}
}

func (r reading) outcome(ctx context.Context, f hostile.File) (hostile.Verdict, string) {
	in := map[string]analysis.Input{"source": f.Content}
	switch f.Reader { //nolint:exhaustive // the rest is read as a table
	case hostile.Detection:
		return of(nil, second(r.Detect(ctx, f.Content)))
	case hostile.CellTable:
		if _, err := r.DetectCells(ctx, f.Content); err != nil {
			return of(nil, err)
		}
		profile, _ := celltable.ReadProfile("generic")
		in["profile"] = bytes.NewReader(profile)
		return r.run(ctx, "cell-table", in, analysis.Params{"valid-from": "2026-01-01T00:00:00Z", "valid-until": "2027-01-01T00:00:00Z", "valid-basis": "made up"})
	case hostile.BaseMap:
		return r.run(ctx, "base-map", in, analysis.Params{"format": "geojson", "class": "road", "credit": "made up", "licence": "none", "name": "name"})
	}
	profile, _ := source.ReadProfile("uk-17")
	in["profile"], in["decisions"] = bytes.NewReader(profile), strings.NewReader("[]")
	return r.run(ctx, "source-csv", in, nil)
}

func second[T any](_ T, err error) error { return err }

// run runs a source step and sums up its outputs.
func (r reading) run(ctx context.Context, name string, in map[string]analysis.Input, params analysis.Params) (hostile.Verdict, string) {
	step, _ := registry.Find(name, 1)
	out, made := map[string]io.Writer{}, map[string]*bytes.Buffer{}
	for _, port := range analysis.Makes(step.Info(), in) {
		made[port.Name] = &bytes.Buffer{}
		out[port.Name] = made[port.Name]
	}
	_, err := r.Run(ctx, name, 1, in, params, out, analysis.NewMemoryEnv(1<<30).Scratch)
	if err != nil {
		return of(nil, err)
	}
	var report struct {
		Balance analysis.Balance `json:"balance"`
		Flags   []struct {
			Flag string `json:"flag"`
			Name string `json:"name"`
		} `json:"flags"`
	}
	if err := json.Unmarshal(made["report"].Bytes(), &report); err != nil {
		return of(nil, err)
	}
	var codes []string
	for _, reason := range report.Balance.SetAsideBy {
		codes = append(codes, reason.Rule)
	}
	for _, flag := range report.Flags {
		codes = append(codes, flag.Flag+flag.Name)
	}
	verdict, code := of(codes, nil)
	if verdict == hostile.Accept && made["events"] != nil {
		code = made["events"].String()
	}
	return verdict, code
}

func of(codes []string, err error) (hostile.Verdict, string) {
	var stopped *sandbox.Stopped
	switch {
	case errors.As(err, &stopped):
		return "stopped", err.Error()
	case err != nil:
		return hostile.Reject, err.Error()
	case len(codes) > 0:
		return hostile.Flag, strings.Join(codes, " ")
	}
	return hostile.Accept, ""
}

// TestImports reads every file of the corpus that claims to be a table or a map,
// apart and under the limits, and wants the verdict and the code that stand with
// it. The controls are honest files, which must be accepted by each reader.
func TestImports(t *testing.T) {
	r := newReading(t)
	trials, failures, longest := 0, 0, time.Duration(0)
	for _, f := range corpora(hostile.Table, hostile.Detection, hostile.CellTable, hostile.BaseMap) {
		trials++
		got := r.read(t.Context(), f)
		if longest = max(longest, got.took); got.took > 10*time.Second {
			t.Errorf("%s took %v", f.Name, got.took)
			failures++
		}
		if got.verdict != f.Verdict || !strings.Contains(got.code, f.Code) {
			failures++
			t.Errorf("%s: %s %.300q; wanted %s %q", f.Name, got.verdict, got.code, f.Verdict, f.Code)
		}
	}
	controls := hostile.Honest()
	caught := 0
	for _, f := range controls {
		if got := r.read(t.Context(), f); got.verdict == hostile.Accept {
			caught++
		} else {
			t.Errorf("control %s: %s %s", f.Name, got.verdict, got.code)
		}
	}
	most := peak()
	if most > 512<<20 {
		t.Errorf("a reader took %d MiB", most>>20)
	}
	fmt.Printf("PROOF harness=hostile-imports trials=%d failures=%d control=\"%d of %d honest files accepted\"\n", trials, failures, caught, len(controls))
	t.Logf("longest %v, largest reader %d MiB", longest, most>>20)
}

// TestSameCorpus wants the same bytes for a seed, other bytes for another, and
// each name once.
func TestSameCorpus(t *testing.T) {
	a, b, c := hostile.Corpus(seed), hostile.Corpus(seed), hostile.Corpus(seed+1)
	var names []string
	other := false
	for i := range a {
		names = append(names, a[i].Name)
		x, y, z := beginning(t, a[i]), beginning(t, b[i]), beginning(t, c[i])
		if a[i].Name != b[i].Name || !bytes.Equal(x, y) {
			t.Errorf("%s is not the same twice", a[i].Name)
		}
		other = other || !bytes.Equal(x, z)
	}
	if !other {
		t.Error("control: another seed gives the same corpus")
	}
	slices.Sort(names)
	for i := range names[1:] {
		if names[i] == names[i+1] {
			t.Errorf("two files are called %s", names[i])
		}
	}
	if n := len(slices.Compact(slices.Clone(names))); n != len(names) {
		t.Errorf("%d names for %d files", n, len(names))
	}
	t.Logf("%d files", len(a))
}

func beginning(t *testing.T, f hostile.File) []byte {
	t.Helper()
	b := make([]byte, min(f.Content.Size(), 1<<20))
	if _, err := f.Content.ReadAt(b, 0); err != nil && !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	return b
}
