package custody

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
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

// fewestWords is the least that is taken for a reason where another person decides on it.
const fewestWords = 3

// checkReason is checkText for a reason on which somebody else is to decide: a word, or
// a mark, gives them nothing to decide on.
// Errors: ErrInvalid.
func checkReason(name, text string) error {
	said := slices.DeleteFunc(strings.Fields(text), func(word string) bool { return !strings.ContainsFunc(word, unicode.IsLetter) })
	if len(said) < fewestWords {
		return fmt.Errorf("the %s has fewer than %d words: say what it is needed for, since another person decides on it: %w", name, fewestWords, ErrInvalid)
	}
	return checkText(name, text)
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
