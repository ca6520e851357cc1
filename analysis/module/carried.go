package module

import (
	"context"
	"io"
	"sync"

	"custos.example/analysis"
)

// Carried is the module that this binary carries. It is compiled when it is
// first run, since a native step needs no module.
type Carried struct {
	wasm    []byte
	info    Info
	options Options
	native  error

	mu       sync.Mutex
	compiled *Module
}

// OpenBuilt returns the module that this binary carries.
// Errors: ErrNotBuilt, and those of Load.
func OpenBuilt(options Options) (*Carried, error) {
	wasm, info, err := Built()
	if err != nil {
		return nil, err
	}
	return &Carried{wasm: wasm, info: info, options: options, native: Native(info)}, nil
}

// Wasm returns the module's bytes, which must not be changed.
func (c *Carried) Wasm() []byte { return c.wasm }

// Info returns what was recorded of the module.
func (c *Carried) Info() Info { return c.info }

// Native returns nil when this binary's own steps may stand in for it.
func (c *Carried) Native() error { return c.native }

// Module returns the compiled module, which belongs to c.
func (c *Carried) Module(ctx context.Context) (*Module, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.compiled == nil {
		m, err := Open(ctx, c.wasm, c.options)
		if err != nil {
			return nil, err
		}
		c.compiled = m
	}
	return c.compiled, nil
}

// Run runs one step in the module, as Module.Run does.
func (c *Carried) Run(ctx context.Context, name string, version int, in map[string]analysis.Input,
	params analysis.Params, out map[string]io.Writer, scratch func() (analysis.Scratch, error),
) (analysis.Result, error) {
	m, err := c.Module(ctx)
	if err != nil {
		return analysis.Result{}, err
	}
	return m.Run(ctx, name, version, in, params, out, scratch)
}

// Close gives back the compiled code, if there is any.
func (c *Carried) Close(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.compiled == nil {
		return nil
	}
	m := c.compiled
	c.compiled = nil
	return m.Close(ctx)
}
