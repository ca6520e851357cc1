package sandbox

import (
	"errors"
	"fmt"
	"strings"

	"custos.example/analysis"
	"custos.example/analysis/source"
)

// Stopped is a reading that was cut off, or that ended without an answer.
// Trust: Reason is of this package's own words and never holds a byte of the
// file.
type Stopped struct { //nolint:errname // the word of the field
	Reason string
}

// Error returns the reason.
func (s *Stopped) Error() string { return "the reading of the file broke off: " + s.Reason }

// The reasons for which a reading is cut off.
const (
	reasonMemory    = "it wanted more memory than the %d MiB that one file may take"
	reasonCPU       = "it took more than the %v of processor time that a file of this size may take"
	reasonWall      = "it had not ended after %v"
	reasonForbidden = "it tried to do what the reader of a file never does (a forbidden call to the operating system)"
	reasonWritten   = "it wrote more than the %d bytes that a file of this size may give"
	reasonFault     = "the reader met an internal fault: report the defect, with a made-up file that shows it"
	reasonProtocol  = "the reader answered what it was not asked"
	reasonSignal    = "the reader was ended by signal %d"
	reasonExit      = "the reader ended by itself with exit code %d"
)

// Refusal is what a step says of its input.
// Shape: Error returns the same text as the step returns in process.
type Refusal struct { //nolint:errname // the word of the field
	Code    string
	Message string
}

// Error returns what the step said.
func (r *Refusal) Error() string { return r.Message }

// Unwrap returns the error that the code stands for.
func (r *Refusal) Unwrap() error { return errorsByCode()[r.Code] }

// errorsByCode are the errors that survive the way from one process to the other.
func errorsByCode() map[string]error {
	return map[string]error{
		"not-this-format": analysis.ErrNotThisFormat,
		"parameter":       analysis.ErrParameter,
		"content":         analysis.ErrContent,
		"ports":           analysis.ErrPorts,
		"balance":         analysis.ErrBalance,
		"tie":             source.ErrTie,
		"unknown-layout":  source.ErrUnknownLayout,
		"scratch-full":    analysis.ErrScratchFull,
	}
}

// refusal puts an error into the form that travels.
func refusal(err error) *Refusal {
	for code, known := range errorsByCode() {
		if errors.Is(err, known) {
			return &Refusal{code, err.Error()}
		}
	}
	return &Refusal{"", err.Error()}
}

func stopped(reason string, args ...any) error { return &Stopped{fmt.Sprintf(reason, args...)} }

// setUpFailed says that a reader could not give up what it does not need, and so
// saw nothing of the file. It is this machine's fault, not the file's.
func setUpFailed(said string) error { return fmt.Errorf("%w: %s", ErrSetUp, strings.TrimSpace(said)) }

// ErrSetUp says that a reader could not be started, or not confined, on this
// machine. The file is not to blame, and nothing of it was read.
var ErrSetUp = errors.New("a reader could not be set up on this machine")
