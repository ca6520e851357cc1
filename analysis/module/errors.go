package module

import (
	"errors"
	"fmt"

	"custos.example/analysis"
	"custos.example/analysis/module/wasi"
)

var (
	// ErrNotBuilt is returned by Built when this binary carries no module.
	ErrNotBuilt = errors.New("this binary carries no compiled steps; run `make module` and build it again")
	// ErrNotModule is returned by Open for bytes that are not a module of steps.
	ErrNotModule = errors.New("not a module of steps")
	// ErrLimit is returned when a run would pass its time or memory.
	ErrLimit = errors.New("the module reached a limit")
	// ErrContract is returned when a module does what no step may do, or leaves
	// out what every step must: outputs of such a run are worthless.
	ErrContract = errors.New("the module broke the contract of a step")
	// ErrNotNative is returned by Native: use the module instead.
	ErrNotNative = errors.New("this binary's own steps may not stand in for the module")
	// ErrDisagree is returned by Agree when the module and this binary made
	// different bytes of the same inputs.
	ErrDisagree = errors.New("the module and this binary disagree")
	// ErrUnknownStep is returned when the module has no step of that name.
	ErrUnknownStep = errors.New("the module has no such step")
)

// StepError is a step's own refusal, reported from inside the module.
// Shape: Error returns the same text as the step returns natively.
type StepError struct {
	Code    string
	Message string
}

// Error returns what the step said.
func (e *StepError) Error() string { return e.Message }

// Unwrap returns the error of package analysis that the code stands for.
func (e *StepError) Unwrap() error {
	switch e.Code {
	case wasi.CodeNotThisFormat:
		return analysis.ErrNotThisFormat
	case wasi.CodeParameter:
		return analysis.ErrParameter
	case wasi.CodeContent:
		return analysis.ErrContent
	case wasi.CodeUnknownStep:
		return ErrUnknownStep
	}
	return nil
}

// CrashError is a module that stopped by itself: a panic, a trap, an exit code that
// no step has.
// Trust: Stderr may hold evidence; it is never part of the message or a log.
type CrashError struct {
	ExitCode uint32
	Cause    string
	Stderr   []byte
}

// Error returns the exit code and the kind of stop.
func (e *CrashError) Error() string {
	return fmt.Sprintf("the module stopped by itself with exit code %d (%s)", e.ExitCode, e.Cause)
}

// Unwrap returns ErrContract.
func (e *CrashError) Unwrap() error { return ErrContract }
