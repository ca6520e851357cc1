package module_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"custos.example/analysis"
	"custos.example/analysis/module"
)

// testCache keeps compiled code between the tests of one run.
var testCache string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "custos-cache-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	testCache = dir
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// testGuest returns the module of the test steps, built once.
var testGuest = sync.OnceValues(func() ([]byte, error) { return buildGuest("./testdata/guest") })

func buildGuest(folder string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "custos-guest-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "guest.wasm")
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=", "-o", file, folder)
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0", "GOFLAGS=")
	if said, err := cmd.CombinedOutput(); err != nil {
		return nil, errors.New(string(said))
	}
	return os.ReadFile(file)
}

// openGuest returns the compiled module of the test steps.
func openGuest(t *testing.T, options module.Options) *module.Module {
	t.Helper()
	wasm, err := testGuest()
	if err != nil {
		t.Fatal(err)
	}
	if options.CacheFolder == "" {
		options.CacheFolder = testCache
	}
	if options.Timeout == 0 {
		options.Timeout = time.Minute
	}
	m, err := module.Open(t.Context(), wasm, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return m
}

// one runs a test step on one input and returns its one output.
func one(t *testing.T, m *module.Module, name, source string, params analysis.Params) (string, analysis.Result, error) {
	t.Helper()
	var out bytes.Buffer
	result, err := m.Run(t.Context(), name, 1, map[string]analysis.Input{"source": bytes.NewReader([]byte(source))},
		params, map[string]io.Writer{"page": &out}, newScratch)
	return out.String(), result, err
}

// memScratch is a scratch stream in memory.
type memScratch struct {
	bytes.Buffer
	closed bool
}

func newScratch() (analysis.Scratch, error) { return &memScratch{}, nil }

func (s *memScratch) ReadAt(p []byte, off int64) (int, error) {
	return bytes.NewReader(s.Bytes()).ReadAt(p, off)
}
func (s *memScratch) Size() int64  { return int64(s.Len()) }
func (s *memScratch) Close() error { s.closed = true; return nil }

// testEnv is the native environment of the test steps.
type testEnv struct{}

func (testEnv) Scratch() (analysis.Scratch, error)  { return newScratch() }
func (testEnv) Zone(string) (*time.Location, error) { return time.UTC, nil }
func (testEnv) ZoneData() string                    { return "" }
