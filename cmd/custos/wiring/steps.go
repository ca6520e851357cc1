package wiring

import (
	"context"
	"errors"
	"fmt"
	"io"

	"custos.example/analysis"
	"custos.example/analysis/module"
	"custos.example/analysis/registry"
	"custos.example/custody"
	"custos.example/ledger"
)

// steps is the ordered list of steps that this program was built with.
type steps struct{}

// Find returns a step.
func (steps) Find(name string, version int) (analysis.Step, bool) {
	return registry.Find(name, version)
}

// All returns every step.
func (steps) All() []analysis.Step { return registry.All() }

// archive is the module that this program carries.
type archive struct {
	carried *module.Carried
	file    custody.ModuleFile
}

// openArchive returns the module, or nil when the program was built without.
func openArchive() (*archive, error) {
	carried, err := module.OpenBuilt(module.Options{})
	if errors.Is(err, module.ErrNotBuilt) {
		return nil, nil //nolint:nilnil // no module is a state, not a fault
	}
	if err != nil {
		return nil, err
	}
	a := &archive{carried: carried}
	if a.file.Digest, err = ledger.ParseDigest(carried.Info().Module); err != nil {
		return nil, fmt.Errorf("digest of the module: %w", err)
	}
	if a.file.Source, err = ledger.ParseDigest(carried.Info().Source); err != nil {
		return nil, fmt.Errorf("digest of the module's source: %w", err)
	}
	return a, nil
}

// Built names the module's file.
func (a *archive) Built() custody.ModuleFile { return a.file }

// Bytes returns the module's file.
func (a *archive) Bytes() ([]byte, error) { return a.carried.Wasm() }

// Native tells whether the program's own steps stand for the module.
func (a *archive) Native() bool { return a.carried.Native() == nil }

// Run runs a step in the module. The compiled code outlives the request that
// first needed it.
func (a *archive) Run(ctx context.Context, name string, version int, in map[string]analysis.Input, params analysis.Params,
	out map[string]io.Writer, scratch func() (analysis.Scratch, error),
) (analysis.Result, error) {
	compiled, err := a.carried.Module(context.WithoutCancel(ctx))
	if err != nil {
		return analysis.Result{}, err
	}
	return compiled.Run(ctx, name, version, in, params, out, scratch)
}

// Close gives back the compiled code.
func (a *archive) Close() error { return a.carried.Close(context.Background()) }

// sourceDigest is the digest of the steps' source text, for a program that
// carries no module.
func sourceDigest() (ledger.Digest, error) {
	text, err := module.SourceDigest(analysis.Sources)
	if err != nil {
		return ledger.Digest{}, err
	}
	return ledger.ParseDigest(text)
}
