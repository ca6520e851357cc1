package bundle

import (
	"time"

	"custos.example/analysis"
	"custos.example/analysis/event"
)

// stepEnv gives steps scratch from the caller and zone rules from the program.
type stepEnv struct {
	scratch func() (analysis.Scratch, error)
}

// Scratch returns a new, empty stream.
func (e stepEnv) Scratch() (analysis.Scratch, error) { return e.scratch() }

// Zone returns the rules of a time zone from the embedded data.
func (e stepEnv) Zone(name string) (*time.Location, error) { return event.Location(name) }

// ZoneData returns the digest of that data.
func (e stepEnv) ZoneData() string { return event.ZoneData() }
