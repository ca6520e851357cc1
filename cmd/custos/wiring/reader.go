package wiring

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"

	"custos.example/analysis"
	"custos.example/analysis/source"
	"custos.example/custody"
	"custos.example/custody/sandbox"
)

// Self returns the program that is running, as it is to be started again: on
// Linux the very file, even when a newer one has taken its name.
func Self() (string, error) {
	if runtime.GOOS == "linux" {
		return "/proc/self/exe", nil
	}
	return os.Executable()
}

// reader reads received files in a process of its own.
type reader struct{ *sandbox.Room }

// Run runs a source step.
func (r reader) Run(ctx context.Context, name string, version int, in map[string]analysis.Input, params analysis.Params,
	out map[string]io.Writer, scratch func() (analysis.Scratch, error),
) (analysis.Result, error) {
	result, err := r.Room.Run(ctx, name, version, in, params, out, scratch)
	return result, brokeOff(err)
}

// Detect names the profiles that fit.
func (r reader) Detect(ctx context.Context, file analysis.Input) ([]source.Match, error) {
	matches, err := r.Room.Detect(ctx, file)
	return matches, brokeOff(err)
}

// DetectCells names the profile of a list of cells.
func (r reader) DetectCells(ctx context.Context, file analysis.Input) (string, error) {
	profile, err := r.Room.DetectCells(ctx, file)
	return profile, brokeOff(err)
}

// brokeOff puts the end of a reader into the words of the use cases.
func brokeOff(err error) error {
	var stopped *sandbox.Stopped
	if errors.As(err, &stopped) {
		return &custody.BrokeOff{Reason: stopped.Error()}
	}
	if errors.Is(err, sandbox.ErrSetUp) {
		return fmt.Errorf("%w: custos capabilities says what a reader needs: %w", custody.ErrPushback, err)
	}
	return err
}
