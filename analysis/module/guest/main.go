// Command guest is the module of steps: it runs one registered step over the
// files of one run, under any WASI preview 1 runtime. MODULE.md describes it.
package main

import (
	"context"
	"io"
	"os"

	"custos.example/analysis"
	"custos.example/analysis/module/wasi"
	"custos.example/analysis/registry"
)

// env is the module's environment: zones from the embedded data, scratch from
// the host.
type env struct {
	*analysis.MemoryEnv
	scratch func() (analysis.Scratch, error)
}

// Scratch returns a stream that the host keeps.
func (e env) Scratch() (analysis.Scratch, error) { return e.scratch() }

func main() {
	os.Exit(wasi.Serve("", registry.Find, run))
}

func run(step analysis.Step, scratch func() (analysis.Scratch, error), in map[string]analysis.Input,
	params analysis.Params, out map[string]io.Writer,
) (analysis.Result, error) {
	runner := analysis.Runner{Env: env{analysis.NewMemoryEnv(0), scratch}}
	outcome, err := runner.Run(context.Background(), step, in, params, out)
	return outcome.Result, err
}
