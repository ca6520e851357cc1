package custody

import (
	"errors"
	"strings"
	"testing"
)

// TestTextsAreCountedInCharacters wants a limit of characters to be one of
// characters, whatever the language.
func TestTextsAreCountedInCharacters(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		good bool
	}{
		"as many as may be":     {strings.Repeat("e", maxText), true},
		"as many, each of them": {strings.Repeat("ŵ", maxText), true},
		"one too many":          {strings.Repeat("ŵ", maxText+1), false},
		"blank":                 {" \t", false},
	} {
		if err := checkText("reason", c.text); (err == nil) != c.good || err != nil && !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := checkLength("reason", ""); err != nil {
		t.Errorf("a text that may be left out: %v", err)
	}
}
