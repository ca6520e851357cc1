// Package steps owns small steps, honest and hostile, that exist to try the
// host of the module against. None of them is registered.
package steps

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"sort"
	"strings"
	"time"

	"custos.example/analysis"
)

// Step is a named function from one input to one output.
type Step struct {
	Name string
	Do   func(env analysis.Env, in analysis.Input, params analysis.Params, out io.Writer) (analysis.Result, error)
}

// Info returns one input "source" and one output "page".
func (s Step) Info() analysis.Info {
	return analysis.Info{
		Name: s.Name, Version: 1, Class: analysis.Render, Title: s.Name,
		Inputs:  []analysis.Port{{Name: "source"}},
		Outputs: []analysis.Port{{Name: "page"}},
		Params:  []analysis.Param{{Name: "end"}},
	}
}

// Run calls Do.
func (s Step) Run(env analysis.Env, in map[string]analysis.Input, params analysis.Params, out map[string]io.Writer) (analysis.Result, error) {
	if in["source"] == nil {
		return analysis.Result{}, errors.New("input source is missing")
	}
	return s.Do(env, in["source"], params, out["page"])
}

// Find returns the step of that name and version 1.
func Find(name string, version int) (analysis.Step, bool) {
	for _, s := range All() {
		if s.Name == name && version == 1 {
			return s, true
		}
	}
	return nil, false
}

// All returns every step of this package.
func All() []Step {
	return slices.Concat(honest(), twoFaced(), impure(), hostile(), trespassing())
}

func honest() []Step {
	return []Step{
		{"echo", echo},
		{"refuse-parameter", func(analysis.Env, analysis.Input, analysis.Params, io.Writer) (analysis.Result, error) {
			return analysis.Result{}, fmt.Errorf("%w: top is \"x\", a number is needed", analysis.ErrParameter)
		}},
		{"refuse-format", func(analysis.Env, analysis.Input, analysis.Params, io.Writer) (analysis.Result, error) {
			return analysis.Result{}, fmt.Errorf("%w: row 1 has no column A", analysis.ErrNotThisFormat)
		}},
		{"refuse", func(analysis.Env, analysis.Input, analysis.Params, io.Writer) (analysis.Result, error) {
			return analysis.Result{}, errors.New("row 7, column B: too long")
		}},
	}
}

// echo copies its input to its output by way of a scratch stream.
func echo(env analysis.Env, in analysis.Input, params analysis.Params, out io.Writer) (analysis.Result, error) {
	s, err := env.Scratch()
	if err != nil {
		return analysis.Result{}, err
	}
	n, err := io.Copy(s, io.NewSectionReader(in, 0, in.Size()))
	if err != nil {
		return analysis.Result{}, err
	}
	if s.Size() != n {
		return analysis.Result{}, fmt.Errorf("scratch holds %d of %d bytes", s.Size(), n)
	}
	if _, err := io.Copy(out, io.NewSectionReader(s, 0, s.Size())); err != nil {
		return analysis.Result{}, err
	}
	if _, err := io.WriteString(out, params["end"]); err != nil {
		return analysis.Result{}, err
	}
	result := analysis.Result{Caveats: []string{"CAV-CELL-6"}}
	result.Balance.Received, result.Balance.Shown = n, n
	return result, s.Close()
}

// there tells whether the step runs inside a module.
func there() bool { return runtime.GOOS == "wasip1" }

// twoFaced returns steps that do one thing natively and another in a module.
func twoFaced() []Step {
	say := func(here, inside string) func(analysis.Env, analysis.Input, analysis.Params, io.Writer) (analysis.Result, error) {
		return func(_ analysis.Env, _ analysis.Input, _ analysis.Params, out io.Writer) (analysis.Result, error) {
			text := here
			if there() {
				text = inside
			}
			if reason, ok := strings.CutPrefix(text, "error "); ok {
				return analysis.Result{}, errors.New(reason)
			}
			_, err := io.WriteString(out, text)
			return analysis.Result{}, err
		}
	}
	return []Step{
		{"here-not-there", say("done", "error no")},
		{"there-not-here", say("error no", "done")},
		{"refuse-differently", say("error no", "error never")},
		{"longer", say("longer", "long")},
		{"late", say(strings.Repeat("x", 131072)+"here", strings.Repeat("x", 131072)+"there")},
		{"other-balance", func(analysis.Env, analysis.Input, analysis.Params, io.Writer) (analysis.Result, error) {
			var result analysis.Result
			if there() {
				result.Balance.Received, result.Balance.Shown = 1, 1
			}
			return result, nil
		}},
	}
}

// impure returns steps whose outputs depend on more than their inputs.
func impure() []Step {
	return []Step{
		{"clock", func(_ analysis.Env, _ analysis.Input, _ analysis.Params, out io.Writer) (analysis.Result, error) {
			_, err := fmt.Fprintln(out, time.Now().UnixNano())
			return analysis.Result{}, err
		}},
		{"map-order", func(_ analysis.Env, _ analysis.Input, _ analysis.Params, out io.Writer) (analysis.Result, error) {
			m := map[int]bool{}
			for n := range 64 {
				m[n] = true
			}
			for n := range m {
				fmt.Fprint(out, n, " ")
			}
			return analysis.Result{}, nil
		}},
		{"zone", func(_ analysis.Env, _ analysis.Input, _ analysis.Params, out io.Writer) (analysis.Result, error) {
			_, err := fmt.Fprintln(out, time.Unix(1e9, 0).String())
			return analysis.Result{}, err
		}},
		{"host-zone", func(_ analysis.Env, _ analysis.Input, _ analysis.Params, out io.Writer) (analysis.Result, error) {
			london, err := time.LoadLocation("Europe/London")
			if err != nil {
				london = time.UTC // a host without zone files
			}
			_, err = fmt.Fprintln(out, time.Unix(1e9, 0).In(london).String())
			return analysis.Result{}, err
		}},
		{"environment", func(_ analysis.Env, _ analysis.Input, _ analysis.Params, out io.Writer) (analysis.Result, error) {
			env := os.Environ()
			sort.Strings(env)
			_, err := fmt.Fprintln(out, env, os.Args)
			return analysis.Result{}, err
		}},
	}
}

// hostile returns steps that do not end as a step ends.
func hostile() []Step {
	return []Step{
		{"loop", func(analysis.Env, analysis.Input, analysis.Params, io.Writer) (analysis.Result, error) {
			for n := 0; ; n++ {
				if n < 0 {
					return analysis.Result{}, nil
				}
			}
		}},
		{"sleep", func(_ analysis.Env, _ analysis.Input, _ analysis.Params, out io.Writer) (analysis.Result, error) {
			time.Sleep(time.Hour)
			_, err := io.WriteString(out, "slept")
			return analysis.Result{}, err
		}},
		{"bomb", func(analysis.Env, analysis.Input, analysis.Params, io.Writer) (analysis.Result, error) {
			var kept [][]byte
			for {
				b := make([]byte, 1<<20)
				b[len(kept)%len(b)] = 1
				kept = append(kept, b)
			}
		}},
		{"panic", func(analysis.Env, analysis.Input, analysis.Params, io.Writer) (analysis.Result, error) {
			panic("number 07700 900123")
		}},
		{"exit", func(analysis.Env, analysis.Input, analysis.Params, io.Writer) (analysis.Result, error) {
			os.Exit(7)
			return analysis.Result{}, nil
		}},
		{"quit", func(analysis.Env, analysis.Input, analysis.Params, io.Writer) (analysis.Result, error) {
			os.Exit(0)
			return analysis.Result{}, nil
		}},
		{"no-reason", func(analysis.Env, analysis.Input, analysis.Params, io.Writer) (analysis.Result, error) {
			os.Exit(1)
			return analysis.Result{}, nil
		}},
		{"lie", func(analysis.Env, analysis.Input, analysis.Params, io.Writer) (analysis.Result, error) {
			os.WriteFile("/run/result.json", []byte(`{"balance":{"received":"many"}}`), 0o600)
			os.Exit(0)
			return analysis.Result{}, nil
		}},
		{"chatter", func(_ analysis.Env, _ analysis.Input, _ analysis.Params, out io.Writer) (analysis.Result, error) {
			os.WriteFile("/run/result.json", make([]byte, 2<<20), 0o600)
			return analysis.Result{}, nil
		}},
	}
}

// trespassing returns steps that reach for files that are not theirs.
func trespassing() []Step {
	return []Step{
		{"write-elsewhere", elsewhere(func() { os.WriteFile("/etc/elsewhere", []byte("x"), 0o600) })},
		{"write-input", elsewhere(func() { os.WriteFile("/in/source", []byte("x"), 0o600) })},
		{"write-climb", elsewhere(func() { os.WriteFile("/out/../../../etc/elsewhere", []byte("x"), 0o600) })},
		{"make-folder", elsewhere(func() { os.Mkdir("/out/folder", 0o700) })},
		{"rename", elsewhere(func() { os.Rename("/in/source", "/out/page") })},
		{"link", elsewhere(func() { os.Symlink("/etc/passwd", "/out/page") })},
		{"remove", elsewhere(func() { os.Remove("/in/source") })},
		{"open-twice", elsewhere(func() { os.Create("/out/page") })},
		{"open-many", elsewhere(func() {
			for range 1000 {
				if _, err := os.Open("/in/source"); err != nil {
					return
				}
			}
		})},
		{"read-elsewhere", func(_ analysis.Env, _ analysis.Input, _ analysis.Params, out io.Writer) (analysis.Result, error) {
			for _, name := range []string{"/etc/passwd", "/in/../etc/passwd", "/proc/self/environ", "etc/hostname"} {
				if _, err := os.ReadFile(name); !errors.Is(err, os.ErrNotExist) {
					return analysis.Result{}, fmt.Errorf("%s: %v", name, err)
				}
			}
			_, err := io.WriteString(out, "nothing there")
			return analysis.Result{}, err
		}},
	}
}

func elsewhere(act func()) func(analysis.Env, analysis.Input, analysis.Params, io.Writer) (analysis.Result, error) {
	return func(_ analysis.Env, _ analysis.Input, _ analysis.Params, out io.Writer) (analysis.Result, error) {
		act()
		_, err := io.WriteString(out, "done")
		return analysis.Result{}, err
	}
}
