// Package wasi owns the half of the step module that runs inside it: the
// layout of its files and the code that reads a request, runs one step and
// writes what came of it.
//
// It uses files and nothing else, so that any WASI preview 1 runtime can run
// the module (MODULE.md). It never reads a clock, the environment, arguments
// or randomness, and knows nothing of the runtime that hosts it.
package wasi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"custos.example/analysis"
)

// The files of a run, as the module sees them.
const (
	RequestFile = "/run/request.json"
	ResultFile  = "/run/result.json"
	ErrorFile   = "/run/error.json"
	InFolder    = "/in/"
	OutFolder   = "/out/"
	ScratchDir  = "/scratch/"
)

// The exit codes of the module. Any other code is a crash.
const (
	ExitDone  = 0
	ExitError = 1
)

// The codes that ErrorFile can carry.
const (
	CodeRequest       = "request"
	CodeUnknownStep   = "unknown-step"
	CodeNotThisFormat = "not-this-format"
	CodeParameter     = "parameter"
	CodeContent       = "content"
	CodeStep          = "step"
)

// Request is the content of RequestFile.
// Shape: Step is "name@version", for instance "source-csv@1".
type Request struct {
	Step   string          `json:"step"`
	Params analysis.Params `json:"params"`
}

// Failure is the content of ErrorFile.
type Failure struct {
	Code    string `json:"error"`
	Message string `json:"message"`
}

// StepName returns how a request names a step.
func StepName(name string, version int) string {
	return name + "@" + strconv.Itoa(version)
}

// ParseStepName splits "name@version".
// Errors: any spelling that StepName would not write.
func ParseStepName(s string) (string, int, error) {
	name, digits, ok := strings.Cut(s, "@")
	version, err := strconv.Atoi(digits)
	if !ok || err != nil || name == "" || version < 1 || StepName(name, version) != s {
		return "", 0, fmt.Errorf("step %q is not of the form name@version", s)
	}
	return name, version, nil
}

// ParseRequest reads the content of RequestFile.
// Errors: unknown keys, trailing bytes, a malformed step name.
func ParseRequest(data []byte) (Request, error) {
	var r Request
	if err := strict(data, &r); err != nil {
		return Request{}, fmt.Errorf("request: %w", err)
	}
	if _, _, err := ParseStepName(r.Step); err != nil {
		return Request{}, fmt.Errorf("request: %w", err)
	}
	return r, nil
}

// ParseResult reads the content of ResultFile.
func ParseResult(data []byte) (analysis.Result, error) {
	var r analysis.Result
	if err := strict(data, &r); err != nil {
		return analysis.Result{}, fmt.Errorf("result: %w", err)
	}
	return r, nil
}

// ParseFailure reads the content of ErrorFile.
func ParseFailure(data []byte) (Failure, error) {
	var f Failure
	if err := strict(data, &f); err != nil {
		return Failure{}, fmt.Errorf("error file: %w", err)
	}
	switch f.Code {
	case CodeRequest, CodeUnknownStep, CodeNotThisFormat, CodeParameter, CodeContent, CodeStep:
		return f, nil
	}
	return Failure{}, fmt.Errorf("error file: unknown code %q", f.Code)
}

func strict(data []byte, into any) error {
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("bytes after the end of the object")
	}
	return nil
}
