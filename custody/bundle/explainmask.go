package bundle

import (
	"fmt"

	"custos.example/analysis"
	"custos.example/ledger"
)

// maskStep is the step that puts tokens in the place of people who are no subject
// of the case, and portKnown its list of who is shown.
const (
	maskStep  = "mask-events"
	portKnown = "known"
)

// masked opens the list by which the exhibit's tokens were made.
// Errors: ErrNoRow when it is not in the bundle.
func (t *tracer) masked(given []ledger.Dependency) error {
	for _, d := range given {
		k, err := keyOf(d.Digest)
		if err != nil || d.Name != portKnown {
			continue
		}
		u, here := t.payload(k)
		if !here {
			break
		}
		if t.mask, err = analysis.ReadKnown(u); err != nil {
			return fmt.Errorf("%w: %w", ErrNoRow, err)
		}
		return nil
	}
	return fmt.Errorf("%w: the list by which its tokens were made is not in the bundle", ErrNoRow)
}
