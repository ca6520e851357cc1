package module

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

// Defaults of Options.
const (
	// DefaultPages of 64 KiB are 1 GiB.
	DefaultPages = 16384
	// DefaultTimeout bounds one run, whatever the caller's context says.
	DefaultTimeout = 30 * time.Minute
)

// Options bound what a module can take. The zero value is usable.
type Options struct {
	// Pages of 64 KiB that a run may hold; 0 is DefaultPages.
	Pages uint32
	// Timeout of one run; 0 is DefaultTimeout.
	Timeout time.Duration
	// CacheFolder keeps compiled code between processes; empty keeps none.
	// Trust: what lies in it is executed natively, so it must be a folder that
	// only this program can write to.
	CacheFolder string
	// Seed is the only randomness that a module sees. A module whose outputs
	// depend on it is not a module of steps; tests vary it to find out.
	Seed uint64
}

// features is what the Go compiler emits for wasip1; all else is refused, in
// particular growing tables.
const features = api.CoreFeaturesV1 | api.CoreFeatureSignExtensionOps |
	api.CoreFeatureNonTrappingFloatToIntConversion | api.CoreFeatureBulkMemoryOperations

// maxWorkers bounds how many processors compile a module.
const maxWorkers = 4

// Module is a compiled module of steps; many runs can use it at once.
type Module struct {
	digest   string
	options  Options
	runtime  wazero.Runtime
	cache    wazero.CompilationCache
	compiled wazero.CompiledModule
}

// Open compiles a module of steps, ready to run; Close gives back its code.
// Errors: ErrNotModule for anything that asks for more than files.
// Trust: none in the bytes; the caller compares Digest with a recorded one.
func Open(ctx context.Context, wasm []byte, options Options) (*Module, error) {
	if options.Pages == 0 || options.Pages > 65536 {
		options.Pages = DefaultPages
	}
	if options.Timeout <= 0 {
		options.Timeout = DefaultTimeout
	}
	if err := checkSections(wasm, options.Pages); err != nil {
		return nil, err
	}
	config := wazero.NewRuntimeConfig().
		WithCoreFeatures(features).
		WithMemoryLimitPages(options.Pages).
		WithDebugInfoEnabled(false)
	m := &Module{options: options}
	sum := sha256.Sum256(wasm)
	m.digest = hex.EncodeToString(sum[:])
	if options.CacheFolder != "" {
		cache, err := wazero.NewCompilationCacheWithDir(options.CacheFolder)
		if err != nil {
			return nil, fmt.Errorf("cache of compiled modules: %w", err)
		}
		m.cache = cache
		config = config.WithCompilationCache(cache)
	}
	m.runtime = wazero.NewRuntimeWithConfig(ctx, config)
	if err := m.compile(ctx, wasm); err != nil {
		return nil, errors.Join(err, m.Close(ctx))
	}
	return m, nil
}

func (m *Module) compile(ctx context.Context, wasm []byte) error {
	if _, err := wasi_snapshot_preview1.Instantiate(ctx, m.runtime); err != nil {
		return fmt.Errorf("WASI: %w", err)
	}
	stoppable, err := metered(wasm)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotModule, err)
	}
	workers := min(runtime.GOMAXPROCS(0), maxWorkers)
	compiled, err := m.runtime.CompileModule(experimental.WithCompilationWorkers(ctx, workers), stoppable)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotModule, err)
	}
	m.compiled = compiled
	if _, ok := compiled.ExportedFunctions()["_start"]; !ok {
		return fmt.Errorf("%w: it has no _start", ErrNotModule)
	}
	return nil
}

// Digest returns the SHA-256 of the module, in lower-case hex.
func (m *Module) Digest() string { return m.digest }

// Close gives back the compiled code. Runs must have ended.
func (m *Module) Close(ctx context.Context) error {
	err := m.runtime.Close(ctx)
	if m.cache != nil {
		err = errors.Join(err, m.cache.Close(ctx))
	}
	return err
}
