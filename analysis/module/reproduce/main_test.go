package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"custos.example/analysis"
	"custos.example/analysis/module"
	"custos.example/analysis/registry"
	"custos.example/analysis/source"
	"custos.example/analysis/steptest"
)

// openCarried returns the module that was built from these sources.
func openCarried(t *testing.T, seed uint64) *module.Carried {
	t.Helper()
	missing := t.Skipf
	if os.Getenv("CI") == "true" {
		missing = t.Fatalf
	}
	c, err := module.OpenBuilt(module.Options{Seed: seed})
	if errors.Is(err, module.ErrNotBuilt) {
		missing("%v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	now, err := module.SourceDigest(analysis.Sources)
	if err != nil {
		t.Fatal(err)
	}
	if now != c.Info().Source {
		missing("the module was built from other sources: run `make module`")
	}
	t.Cleanup(func() { c.Close(context.Background()) })
	return c
}

func newLine(t *testing.T, c *module.Carried, route string) line {
	t.Helper()
	l := line{ctx: t.Context(), carried: c, route: route, made: map[string][]byte{"calls": calls, "decisions": []byte("[]")}}
	var ok bool
	if l.made["profile"], ok = source.ReadProfile("uk-17"); !ok {
		t.Fatal("no profile uk-17")
	}
	var err error
	if l.made["meta"], err = front(); err != nil {
		t.Fatal(err)
	}
	return l
}

// Every step of the line makes the same bytes here and in the module, and the
// module's own randomness decides nothing.
func TestTheWholeLineAgreesWithTheModule(t *testing.T) {
	c, seeded := openCarried(t, 0), openCarried(t, 12345)
	m, err := c.Module(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	native, other := newLine(t, c, "native"), newLine(t, seeded, "module")
	shown := false
	for _, s := range stages() {
		step, ok := registry.Find(s.step, 1)
		if !ok {
			t.Fatalf("%s@1 is not registered", s.step)
		}
		made, err := native.run(step, s)
		if err != nil {
			t.Fatal(err)
		}
		in, err := native.inputs(s)
		if err != nil {
			t.Fatal(err)
		}
		outcome, err := module.Agree(t.Context(), m, step, analysis.NewMemoryEnv(scratchLimit), in, s.params)
		if err != nil {
			t.Fatal(err)
		}
		shown = shown || outcome.Result.Balance.Shown == 50
		again, err := other.run(step, s)
		if err != nil {
			t.Fatal(err)
		}
		for port, data := range made {
			name := s.step + "/" + port
			if outcome.Outputs[port].SHA256 != digest(data.Bytes()) {
				t.Errorf("%s: a second native run differs", name)
			}
			if digest(again[port].Bytes()) != digest(data.Bytes()) {
				t.Errorf("%s: the module under another seed differs", name)
			}
			native.made[name], other.made[name] = data.Bytes(), again[port].Bytes()
		}
	}
	if !shown {
		t.Error("no step shows 50 rows")
	}
}

// A refusal has the same words on both sides, for every step of the line.
func TestEveryStepRefusesAlikeInTheModule(t *testing.T) {
	c := openCarried(t, 0)
	m, err := c.Module(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range registry.All() {
		in := map[string]analysis.Input{}
		for _, port := range step.Info().Inputs {
			in[port.Name] = strings.NewReader("\"no such\x00thing")
		}
		_, err := module.Agree(t.Context(), m, step, analysis.NewMemoryEnv(scratchLimit), in, nil)
		if err == nil || errors.Is(err, module.ErrDisagree) || errors.Is(err, module.ErrContract) {
			t.Errorf("%s: %v", step.Info().Name, err)
		}
	}
}

// Every golden case comes out of the module as it stands in the repository.
func TestEveryGoldenCaseInTheModule(t *testing.T) {
	c := openCarried(t, 0)
	ran := 0
	for _, step := range registry.All() {
		info := step.Info()
		for _, want := range steptest.Cases(t, filepath.Join("..", "..", "registry", "testdata", "golden"), step) {
			in := map[string]analysis.Input{}
			for port, data := range want.In {
				in[port] = bytes.NewReader(data)
			}
			made := map[string]*bytes.Buffer{}
			out := map[string]io.Writer{}
			for _, port := range analysis.Makes(info, in) {
				made[port.Name] = &bytes.Buffer{}
				out[port.Name] = made[port.Name]
			}
			result, err := c.Run(t.Context(), info.Name, info.Version, in, want.Params, out, analysis.NewMemoryEnv(scratchLimit).Scratch)
			if err != nil {
				t.Errorf("%s, %s: %v", want.Step, want.Name, err)
				continue
			}
			for port, data := range want.Out {
				if !bytes.Equal(made[port].Bytes(), data) {
					t.Errorf("%s, %s: output %s differs from the golden one", want.Step, want.Name, port)
				}
			}
			got, errGot := analysis.MarshalCanonical(result)
			recorded, errRecorded := analysis.MarshalCanonical(want.Result)
			if err := errors.Join(errGot, errRecorded); err != nil || !bytes.Equal(got, recorded) {
				t.Errorf("%s, %s: result %s, want %s, %v", want.Step, want.Name, got, recorded, err)
			}
			ran++
		}
	}
	if ran < len(registry.All()) {
		t.Errorf("%d cases for %d steps", ran, len(registry.All()))
	}
}
