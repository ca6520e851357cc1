package rego

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
)

// kept is how many releases are kept ready at once.
const kept = 8

// Engines opens policy releases from their texts, checks and compiles each once
// and keeps it. It is safe for concurrent use.
// Trust: what it opens is the release that the text is; whether that release is in
// force is for the record to say.
type Engines struct {
	mu       sync.Mutex
	opened   map[string]*opening
	order    []string // digests, the one asked for last at the end
	compiled atomic.Int64
}

// opening is one release that is being opened, or is open.
type opening struct {
	done   chan struct{} // closed when engine and err stand
	engine *Engine
	err    error
}

// NewEngines returns engines of which none is open yet.
func NewEngines() *Engines { return &Engines{opened: map[string]*opening{}} }

// Built returns the text of the release that this program was built with.
func Built() ([]byte, error) {
	sources, err := embedded()
	if err != nil {
		return nil, err
	}
	return releaseText(sources), nil
}

// Open returns the engine of the release that the text is.
// Errors: ErrText, ErrForm, and the compiler's own, which name file and line.
func (e *Engines) Open(ctx context.Context, text []byte) (*Engine, error) {
	digest := Digest(text)
	if ready, found := e.Ready(digest); found {
		return ready, nil
	}
	e.mu.Lock()
	o, found := e.opened[digest]
	if !found {
		o = &opening{done: make(chan struct{})}
		e.opened[digest] = o
		go e.open(context.WithoutCancel(ctx), digest, text, o) // who waits for it may go; the next one finds it
	}
	e.mu.Unlock()
	select {
	case <-o.done:
		return o.engine, o.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Ready returns the engine of a release that is open.
func (e *Engines) Ready(digest string) (*Engine, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	o, found := e.opened[digest]
	if !found {
		return nil, false
	}
	select {
	case <-o.done:
	default:
		return nil, false
	}
	e.touch(digest)
	return o.engine, o.err == nil
}

// Compiled is how often rules were compiled.
func (e *Engines) Compiled() int64 { return e.compiled.Load() }

// open compiles a release. One that cannot be opened is forgotten at once.
func (e *Engines) open(ctx context.Context, digest string, text []byte, o *opening) {
	o.engine, o.err = e.make(ctx, text)
	e.mu.Lock()
	defer e.mu.Unlock()
	close(o.done)
	if o.err != nil {
		delete(e.opened, digest)
		return
	}
	e.touch(digest)
	for len(e.order) > kept {
		delete(e.opened, e.order[0])
		e.order = e.order[1:]
	}
}

// touch puts a release at the end of those that are let go first.
func (e *Engines) touch(digest string) {
	e.order = append(slices.DeleteFunc(e.order, func(d string) bool { return d == digest }), digest)
}

func (e *Engines) make(ctx context.Context, text []byte) (*Engine, error) {
	sources, err := parseRelease(text)
	if err != nil {
		return nil, err
	}
	e.compiled.Add(1)
	engine, err := open(ctx, sources)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrForm, err)
	}
	return engine, engine.form(engine.modules)
}
