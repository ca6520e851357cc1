package analysis

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"

	"custos.example/analysis/event"
)

// KnownFormat is the value of the key `format` of a list of the known.
const KnownFormat = "custos/known/v1"

// ErrKnown is returned for a list of the known that is not in its form.
var ErrKnown = errors.New("list of the known refused")

// Known says who is shown by name: the subjects of a case, and whom somebody else
// agreed to reveal, by their tokens.
// Shape: canonical JSON; Key is 64 hex digits, secret, one for each case;
// Identifiers are sorted.
type Known struct {
	Format      string   `json:"format"`
	Identifiers []string `json:"identifiers"`
	Key         string   `json:"key"`
}

// maxKnown bounds a list of the known.
const maxKnown = 16 << 20

// ReadKnown returns the mask that a list of the known describes.
// Errors: ErrKnown.
func ReadKnown(in Input) (*event.Mask, error) {
	if in.Size() > maxKnown {
		return nil, fmt.Errorf("%w: longer than %d bytes", ErrKnown, maxKnown)
	}
	text, err := io.ReadAll(io.NewSectionReader(in, 0, in.Size()))
	if err != nil {
		return nil, fmt.Errorf("known: %w", err)
	}
	var k Known
	if err := ParseCanonical(text, &k); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKnown, err)
	}
	key, err := hex.DecodeString(k.Key)
	if err != nil || len(key) != 32 || k.Format != KnownFormat || !slices.IsSorted(k.Identifiers) {
		return nil, fmt.Errorf("%w: it is not of the form %s with a key of 32 bytes, or not sorted", ErrKnown, KnownFormat)
	}
	return event.NewMask(key, k.Identifiers), nil
}
