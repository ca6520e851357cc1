package wasi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"custos.example/analysis"
)

// outputBuffer is how many bytes of an output wait before a call to the host:
// a call costs far more than a copy.
const outputBuffer = 64 << 10

// Steps returns the step of a name and version, or false.
type Steps func(name string, version int) (analysis.Step, bool)

// Serve runs the one step that RequestFile names and returns the exit code of
// the module: ExitDone with ResultFile written, or ExitError with ErrorFile
// written. The folder root stands before every path; it is empty inside the
// module.
func Serve(root string, steps Steps) int {
	h := half{root: root}
	err := h.serve(steps)
	for _, f := range h.inputs {
		_ = f.Close() // only read
	}
	if err == nil {
		return ExitDone
	}
	data, jsonErr := json.Marshal(Failure{Code: codeOf(err), Message: err.Error()})
	if jsonErr == nil {
		jsonErr = os.WriteFile(h.path(ErrorFile), data, 0o600)
	}
	if jsonErr != nil {
		fmt.Fprintln(os.Stderr, "cannot write", ErrorFile+":", jsonErr)
		return 3
	}
	return ExitError
}

var (
	errRequest     = errors.New("request refused")
	errUnknownStep = errors.New("the module has no such step")
)

func codeOf(err error) string {
	switch {
	case errors.Is(err, errRequest):
		return CodeRequest
	case errors.Is(err, errUnknownStep):
		return CodeUnknownStep
	case errors.Is(err, analysis.ErrNotThisFormat):
		return CodeNotThisFormat
	case errors.Is(err, analysis.ErrParameter):
		return CodeParameter
	case errors.Is(err, analysis.ErrContent):
		return CodeContent
	}
	return CodeStep
}

// half is the state of one run inside the module.
type half struct {
	root    string
	inputs  []*os.File
	scratch int
}

func (h *half) path(name string) string {
	if h.root == "" {
		return name
	}
	return filepath.Join(h.root, filepath.FromSlash(name))
}

func (h *half) serve(steps Steps) error {
	data, err := os.ReadFile(h.path(RequestFile))
	if err != nil {
		return fmt.Errorf("%w: %w", errRequest, err)
	}
	request, err := ParseRequest(data)
	if err != nil {
		return fmt.Errorf("%w: %w", errRequest, err)
	}
	name, version, err := ParseStepName(request.Step)
	if err != nil {
		return fmt.Errorf("%w: %w", errRequest, err)
	}
	step, ok := steps(name, version)
	if !ok {
		return fmt.Errorf("%w: %s", errUnknownStep, request.Step)
	}
	in, err := h.openInputs(step.Info())
	if err != nil {
		return err
	}
	out, err := h.createOutputs(analysis.Makes(step.Info(), in))
	if err != nil {
		return err
	}
	writers := make(map[string]io.Writer, len(out))
	for port, f := range out {
		writers[port] = f
	}
	runner := analysis.Runner{Env: env{analysis.NewMemoryEnv(0), h}}
	outcome, err := runner.Run(context.Background(), step, in, request.Params, writers)
	if err != nil {
		return err
	}
	for _, port := range analysis.Makes(step.Info(), in) {
		if err := out[port.Name].Close(); err != nil {
			return fmt.Errorf("output %s: %w", port.Name, err)
		}
	}
	data, err = json.Marshal(outcome.Result)
	if err != nil {
		return fmt.Errorf("result: %w", err)
	}
	return os.WriteFile(h.path(ResultFile), data, 0o600)
}

func (h *half) openInputs(info analysis.Info) (map[string]analysis.Input, error) {
	in := make(map[string]analysis.Input, len(info.Inputs))
	for _, port := range info.Inputs {
		f, err := os.Open(h.path(InFolder + port.Name))
		if errors.Is(err, os.ErrNotExist) {
			continue // the step says what it misses, the same natively and here
		}
		if err != nil {
			return nil, fmt.Errorf("%w: input %s: %w", errRequest, port.Name, err)
		}
		h.inputs = append(h.inputs, f)
		stat, err := f.Stat()
		if err != nil {
			return nil, fmt.Errorf("%w: input %s: %w", errRequest, port.Name, err)
		}
		in[port.Name] = input{File: f, size: stat.Size()}
	}
	return in, nil
}

func (h *half) createOutputs(ports []analysis.Port) (map[string]*output, error) {
	out := make(map[string]*output, len(ports))
	for _, port := range ports {
		f, err := os.OpenFile(h.path(OutFolder+port.Name), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
		if err != nil {
			return nil, fmt.Errorf("%w: output %s: %w", errRequest, port.Name, err)
		}
		out[port.Name] = newOutput(f)
	}
	return out, nil
}

// env is what a step sees inside the module: zones from the data compiled into
// it, scratch from the host.
type env struct {
	*analysis.MemoryEnv
	half *half
}

// Scratch returns a stream that the host keeps.
func (e env) Scratch() (analysis.Scratch, error) { return e.half.newScratch() }

func (h *half) newScratch() (analysis.Scratch, error) {
	name := h.path(ScratchDir + strconv.Itoa(h.scratch))
	h.scratch++
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // a number in the scratch folder
	if err != nil {
		return nil, fmt.Errorf("scratch: %w", err)
	}
	return &scratch{file: f}, nil
}
