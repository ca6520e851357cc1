package custody

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxText is the most characters of a title or a reason.
const maxText = 500

// checkText returns nil if a text, by the name that a message gives it, is there and
// of bearable length. Several are checked with cmp.Or, which says what is wrong with
// the first.
// Errors: ErrInvalid.
func checkText(name, text string) error {
	if strings.TrimSpace(text) == "" || longer(text, maxText) {
		return fmt.Errorf("the %s is empty or longer than %d characters: %w", name, maxText, ErrInvalid)
	}
	return nil
}

// checkLength returns nil if a text that may be left out is of bearable length.
// Errors: ErrInvalid.
func checkLength(name, text string) error {
	if longer(text, maxText) {
		return fmt.Errorf("the %s is longer than %d characters: %w", name, maxText, ErrInvalid)
	}
	return nil
}

// longer tells whether a text has more than so many characters, as people count them.
func longer(text string, most int) bool { return utf8.RuneCountInString(text) > most }
