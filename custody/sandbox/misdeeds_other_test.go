//go:build !linux

package sandbox_test

import (
	"io"
	"time"

	"custos.example/analysis"
)

// misdeeds are few here: what the system does not confine is not tried.
var misdeeds = map[string]func(env analysis.Env, out io.Writer) error{
	"spins": func(analysis.Env, io.Writer) error { time.Sleep(time.Hour); return nil },
}
