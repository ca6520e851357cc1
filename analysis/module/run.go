package module

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/experimental/sysfs"
	"github.com/tetratelabs/wazero/sys"

	"custos.example/analysis"
	"custos.example/analysis/module/wasi"
)

// fixedSeconds is the only time of day that a module sees: 1 January 2000 UTC.
const fixedSeconds = 946684800

// maxStderr is how much of what a crashing module says is kept.
const maxStderr = 64 << 10

// Run runs one step in the module and returns what the step returned.
// Every writer of out receives one output in order; scratch is called once for
// each scratch stream that the step asks for.
// Errors: *StepError when the step itself refused, with the text it has
// natively; ErrLimit; ErrContract; the caller's own error when one of its
// streams failed. After any error what out received is worthless.
func (m *Module) Run(ctx context.Context, name string, version int, in map[string]analysis.Input,
	params analysis.Params, out map[string]io.Writer, scratch func() (analysis.Scratch, error),
) (analysis.Result, error) {
	step := wasi.StepName(name, version)
	if params == nil {
		params = analysis.Params{}
	}
	request, err := json.Marshal(wasi.Request{Step: step, Params: params})
	if err != nil {
		return analysis.Result{}, fmt.Errorf("%s in the module: %w", step, err)
	}
	f := newFiles(request, in, out, scratch)
	defer f.close()
	result, err := m.run(ctx, f)
	if err != nil {
		var refused *StepError
		if errors.As(err, &refused) {
			return analysis.Result{}, refused
		}
		return analysis.Result{}, fmt.Errorf("%s in module %.12s: %w", step, m.digest, err)
	}
	return result, nil
}

func (m *Module) run(ctx context.Context, f *files) (analysis.Result, error) {
	ctx, cancel := context.WithTimeout(ctx, m.options.Timeout)
	defer cancel()
	mounts, ok := wazero.NewFSConfig().(sysfs.FSConfig)
	if !ok {
		return analysis.Result{}, errors.New("the runtime takes no file system of ours")
	}
	stderr := &bounded{}
	var ticks int64
	config := wazero.NewModuleConfig().
		WithName("").
		WithArgs("custos-steps").
		WithStderr(stderr).
		WithFSConfig(mounts.WithSysFSMount(f, "/")).
		WithRandSource(&seeded{state: m.options.Seed}).
		WithWalltime(func() (int64, int32) { return fixedSeconds, 0 }, sys.ClockResolution(1)).
		WithNanotime(func() int64 { ticks += 1000; return ticks }, sys.ClockResolution(1000)).
		WithNanosleep(func(ns int64) { ticks += max(ns, 0) }).
		WithOsyield(func() {
			if ctx.Err() != nil {
				panic(sys.NewExitError(sys.ExitCodeContextCanceled))
			}
			runtime.Gosched() // compiled code cannot be preempted: without this it would hold up the collector
		})
	instance, err := m.runtime.InstantiateModule(ctx, m.compiled, config)
	if instance != nil {
		defer func() { _ = instance.Close(ctx) }() // its outcome is already known
	}
	if stop := m.stopped(ctx, err, stderr); stop != nil {
		if f.hostErr != nil && ctx.Err() == nil {
			return analysis.Result{}, f.hostErr
		}
		return analysis.Result{}, stop
	}
	var exit *sys.ExitError
	return f.outcome(errors.As(err, &exit) && exit.ExitCode() == wasi.ExitError)
}

// stopped returns why a run ended without an answer, or nil when it ended with
// exit code 0 or 1.
func (m *Module) stopped(ctx context.Context, err error, stderr *bounded) error {
	if cause := ctx.Err(); cause != nil {
		if errors.Is(cause, context.DeadlineExceeded) {
			return fmt.Errorf("%w: time, %v at most: %w", ErrLimit, m.options.Timeout, cause)
		}
		return cause
	}
	if err == nil {
		return nil
	}
	said := stderr.Bytes()
	if bytes.Contains(said, []byte("out of memory")) {
		return fmt.Errorf("%w: memory, %d pages of 64 KiB at most", ErrLimit, m.options.Pages)
	}
	var exit *sys.ExitError
	if !errors.As(err, &exit) {
		cause, _, _ := strings.Cut(err.Error(), "\n")
		return &CrashError{Cause: cause, Stderr: said}
	}
	switch exit.ExitCode() {
	case wasi.ExitDone, wasi.ExitError:
		return nil
	case 2:
		return &CrashError{ExitCode: 2, Cause: "panic", Stderr: said}
	}
	return &CrashError{ExitCode: exit.ExitCode(), Cause: "no step ends so", Stderr: said}
}

// outcome reads what the module left behind.
func (f *files) outcome(failed bool) (analysis.Result, error) {
	if f.hostErr != nil {
		return analysis.Result{}, f.hostErr
	}
	if f.violation != "" {
		return analysis.Result{}, fmt.Errorf("%w: %s", ErrContract, f.violation)
	}
	if failed {
		failure, err := wasi.ParseFailure(f.answers[wasi.ErrorFile].data.Bytes())
		if err != nil {
			return analysis.Result{}, fmt.Errorf("%w: exit code 1 without a readable reason: %w", ErrContract, err)
		}
		if failure.Code == wasi.CodeRequest {
			return analysis.Result{}, fmt.Errorf("%w: %s", ErrContract, failure.Message)
		}
		return analysis.Result{}, &StepError{Code: failure.Code, Message: failure.Message}
	}
	var missing []string
	for port, o := range f.out {
		if !o.created {
			missing = append(missing, port)
		}
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		return analysis.Result{}, fmt.Errorf("%w: it left out output %s", ErrContract, strings.Join(missing, ", "))
	}
	if !f.answers[wasi.ResultFile].created {
		return analysis.Result{}, fmt.Errorf("%w: it left no result", ErrContract)
	}
	result, err := wasi.ParseResult(f.answers[wasi.ResultFile].data.Bytes())
	if err != nil {
		return analysis.Result{}, fmt.Errorf("%w: %w", ErrContract, err)
	}
	return result, nil
}

// bounded keeps the first maxStderr bytes and takes the rest in silence.
type bounded struct{ bytes.Buffer }

// Write keeps what fits.
func (b *bounded) Write(p []byte) (int, error) {
	if left := maxStderr - b.Len(); left > 0 {
		b.Buffer.Write(p[:min(left, len(p))])
	}
	return len(p), nil
}

// seeded is a fixed sequence of bytes (splitmix64), the module's randomness.
type seeded struct {
	state uint64
	rest  []byte
}

// Read fills p.
func (s *seeded) Read(p []byte) (int, error) {
	for n := range p {
		if len(s.rest) == 0 {
			s.state += 0x9e3779b97f4a7c15
			z := s.state
			z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
			z = (z ^ z>>27) * 0x94d049bb133111eb
			s.rest = binary.LittleEndian.AppendUint64(s.rest[:0], z^z>>31)
		}
		p[n], s.rest = s.rest[0], s.rest[1:]
	}
	return len(p), nil
}
