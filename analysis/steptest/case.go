// Package steptest owns the tests that every step has to pass, whoever wrote
// it: golden cases, the same bytes on every run, and failure, not output, when
// an input, an output or the scratch fails.
//
// It is used by tests only and holds no step of its own.
package steptest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"custos.example/analysis"
)

// scratchLimit is more than any golden case needs.
const scratchLimit = 1 << 30

// Case is one golden case: a folder <step>/<name> under a golden root.
//
// Shape of the folder: in.<port>.<extension> for every input port that is given,
// out.<port>.<extension> for every output port, params.json, result.json, and
// SOURCE, which says where the inputs come from and under which licence.
type Case struct {
	Dir    string
	Step   string // such as source-csv@1
	Name   string
	In     map[string][]byte
	Params analysis.Params
	Out    map[string][]byte
	Result analysis.Result
}

// Cases returns the golden cases of a step.
// Errors: t.Fatal when there is none, or one has no SOURCE.
func Cases(t testing.TB, root string, step analysis.Step) []Case {
	t.Helper()
	id := analysis.Identity(step)
	dirs, err := os.ReadDir(filepath.Join(root, id))
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(dirs) == 0 {
		t.Fatalf("%s is registered but has no golden case; add %s", id, filepath.Join(root, id, "<case>"))
	}
	if err != nil {
		t.Fatal(err)
	}
	var list []Case
	for _, d := range dirs {
		c, err := load(filepath.Join(root, id, d.Name()), step.Info())
		if err != nil {
			t.Fatalf("%s: %v", filepath.Join(id, d.Name()), err)
		}
		list = append(list, c)
	}
	return list
}

func load(dir string, info analysis.Info) (Case, error) {
	c := Case{Dir: dir, Step: info.Identity(), Name: filepath.Base(dir), In: map[string][]byte{}, Out: map[string][]byte{}, Params: analysis.Params{}}
	source, err := os.ReadFile(filepath.Join(dir, "SOURCE"))
	if err != nil || len(bytes.TrimSpace(source)) == 0 {
		return c, errors.New("there is no SOURCE that says where the inputs come from")
	}
	for _, p := range info.Inputs {
		in, err := os.ReadFile(filepath.Join(dir, "in."+p.Name+"."+p.Extension))
		if p.Optional && errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return c, err
		}
		c.In[p.Name] = in
	}
	params, err := os.ReadFile(filepath.Join(dir, "params.json"))
	if err != nil {
		return c, err
	}
	if err := json.Unmarshal(params, &c.Params); err != nil {
		return c, fmt.Errorf("params.json: %w", err)
	}
	for _, p := range analysis.Makes(info, c.In) {
		out, err := os.ReadFile(filepath.Join(dir, "out."+p.Name+"."+p.Extension))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return c, err
		}
		c.Out[p.Name] = out
	}
	result, err := os.ReadFile(filepath.Join(dir, "result.json"))
	if err == nil {
		err = json.Unmarshal(result, &c.Result)
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return c, err
}

// Run runs a step over inputs held in memory.
func Run(step analysis.Step, in map[string][]byte, params analysis.Params) (map[string][]byte, analysis.Outcome, error) {
	return run(analysis.NewMemoryEnv(scratchLimit), step, in, params)
}

func run(env analysis.Env, step analysis.Step, in map[string][]byte, params analysis.Params) (map[string][]byte, analysis.Outcome, error) {
	ins := map[string]analysis.Input{}
	for name, b := range in {
		ins[name] = bytes.NewReader(b)
	}
	outs, bufs := map[string]io.Writer{}, map[string]*bytes.Buffer{}
	for _, p := range analysis.Makes(step.Info(), in) {
		bufs[p.Name] = new(bytes.Buffer)
		outs[p.Name] = bufs[p.Name]
	}
	o, err := analysis.Runner{Env: env}.Run(context.Background(), step, ins, params, outs)
	got := map[string][]byte{}
	for name, b := range bufs {
		got[name] = b.Bytes()
	}
	return got, o, err
}

// Golden runs every case of a step and compares every byte of its outputs, and
// its balance and caveats. With update it writes what it got instead.
func Golden(t *testing.T, root string, step analysis.Step, update bool) {
	t.Helper()
	for _, c := range Cases(t, root, step) {
		t.Run(c.Step+"/"+c.Name, func(t *testing.T) {
			got, o, err := Run(step, c.In, c.Params)
			if err != nil {
				t.Fatal(err)
			}
			if update {
				write(t, c, step.Info(), got, o.Result)
				return
			}
			for _, p := range analysis.Makes(step.Info(), c.In) {
				if len(c.Out[p.Name]) == 0 && len(got[p.Name]) > 0 {
					t.Errorf("the case has no out.%s.%s; run the test with -update and read what it writes", p.Name, p.Extension)
				} else if at := differ(got[p.Name], c.Out[p.Name]); at >= 0 {
					t.Errorf("output %s differs from byte %d: got %q, want %q", p.Name, at, around(got[p.Name], at), around(c.Out[p.Name], at))
				}
			}
			if a, b := resultText(t, o.Result), resultText(t, c.Result); a != b {
				t.Errorf("result %s, want %s", a, b)
			}
		})
	}
}

func resultText(t *testing.T, r analysis.Result) string {
	t.Helper()
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func write(t *testing.T, c Case, info analysis.Info, got map[string][]byte, r analysis.Result) {
	t.Helper()
	for _, p := range analysis.Makes(info, c.In) {
		if err := os.WriteFile(filepath.Join(c.Dir, "out."+p.Name+"."+p.Extension), got[p.Name], 0o644); err != nil { //nolint:gosec // test data
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(c.Dir, "result.json"), []byte(resultText(t, r)+"\n"), 0o644); err != nil { //nolint:gosec // test data
		t.Fatal(err)
	}
}

// differ returns the first byte at which two texts differ, or -1.
func differ(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	if len(a) != len(b) {
		return min(len(a), len(b))
	}
	return -1
}

func around(p []byte, at int) []byte { return p[max(0, min(at-30, len(p))):min(len(p), at+60)] }

// Digests returns one line for each output of each golden case, sorted, so that
// runs in different environments can be compared as text.
func Digests(t testing.TB, root string, steps []analysis.Step) string {
	t.Helper()
	var lines []string
	for _, s := range steps {
		for _, c := range Cases(t, root, s) {
			_, o, err := Run(s, c.In, c.Params)
			if err != nil {
				t.Fatalf("%s/%s: %v", c.Step, c.Name, err)
			}
			for port, d := range o.Outputs {
				lines = append(lines, fmt.Sprintf("%s/%s %s %s %d", c.Step, c.Name, port, d.SHA256, d.Size))
			}
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n") + "\n"
}
