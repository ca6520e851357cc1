package module

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"sync"

	"custos.example/analysis"
)

// Carried is the module that this binary carries. It is expanded whenever its
// bytes are asked for, which is seldom, and compiled when it is first run, since
// a native step needs no module.
type Carried struct {
	built
	options Options
	native  error

	mu       sync.Mutex
	compiled *Module
}

// OpenBuilt returns the module that this binary carries.
// Errors: ErrNotBuilt.
func OpenBuilt(options Options) (*Carried, error) {
	folder, err := fs.Sub(builtFolder, "built")
	if err != nil {
		return nil, fmt.Errorf("built module: %w", err)
	}
	b, err := readBuilt(folder)
	if err != nil {
		return nil, err
	}
	return &Carried{built: b, options: options, native: Native(b.info)}, nil
}

// Wasm returns the module's bytes.
// Errors: ErrNotBuilt when a file is absent; any difference between its files and what SumsFile says, or between its
// bytes and what module.json says.
func (c *Carried) Wasm() ([]byte, error) { return c.expand() }

// Info returns what was recorded of the module.
func (c *Carried) Info() Info { return c.info }

// Native returns nil when this binary's own steps may stand in for it.
func (c *Carried) Native() error { return c.native }

// Module returns the compiled module, which belongs to c.
func (c *Carried) Module(ctx context.Context) (*Module, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.compiled == nil {
		wasm, err := c.expand()
		if err != nil {
			return nil, err
		}
		m, err := Open(ctx, wasm, c.options)
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
