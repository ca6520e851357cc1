//go:build !linux

package store

import (
	"os"
	"time"
)

func syncData(f *os.File) error { return f.Sync() }

// processorTime is not measured here.
func processorTime() time.Duration { return 0 }
