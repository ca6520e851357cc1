// Command guest is the module of the test steps.
package main

import (
	"io"
	"os"
	"time"

	"custos.example/analysis"
	"custos.example/analysis/module/testdata/steps"
	"custos.example/analysis/module/wasi"
)

type env struct {
	scratch func() (analysis.Scratch, error)
}

// Scratch asks the host.
func (e env) Scratch() (analysis.Scratch, error) { return e.scratch() }

// Zone knows UTC alone.
func (env) Zone(string) (*time.Location, error) { return time.UTC, nil }

// ZoneData returns nothing.
func (env) ZoneData() string { return "" }

func main() {
	os.Exit(wasi.Serve("", steps.Find, func(step analysis.Step, scratch func() (analysis.Scratch, error),
		in map[string]analysis.Input, params analysis.Params, out map[string]io.Writer,
	) (analysis.Result, error) {
		return step.Run(env{scratch}, in, params, out)
	}))
}
