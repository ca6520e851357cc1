package custody

import (
	"errors"
	"strings"
	"testing"

	"custos.example/policy"
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

// TestReasonsToDecideOnHaveWords refuses what gives nobody anything to decide on: a
// word, or marks in the place of words, in the name of any kind of permission.
func TestReasonsToDecideOnHaveWords(t *testing.T) {
	for text, good := range map[string]bool{
		"x": false, "necessary": false, "see above": false, "- - - -": false, "1 2 3 4": false, " ": false,
		"seen at both scenes": true, "gwelwyd yn y ddau le": true, strings.Repeat("word ", maxText): false,
	} {
		request := AskPermission{About: policy.AboutUnmasking, Identifiers: []string{"07700900123"}, Reason: text}
		if err := request.check(); (err == nil) != good || err != nil && !errors.Is(err, ErrInvalid) {
			t.Errorf("%.20q: %v", text, err)
		}
	}
}
