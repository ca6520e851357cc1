package analysis

import (
	_ "embed" // the words of opinion
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// ErrOpinion is returned for a text of an exhibit of fact that holds an opinion.
var ErrOpinion = errors.New("opinion refused")

//go:embed opinion.txt
var opinionFile string

// Opinion is a phrase that an exhibit of fact may not use, and why.
// Shape: Words in lower case; a word ending in * stands for all that begin so.
type Opinion struct {
	Phrase string
	Reason string
	words  []string
}

// Opinions returns the phrases of opinion.txt in their order there.
func Opinions() []Opinion {
	var list []Opinion
	for _, line := range strings.Split(opinionFile, "\n") {
		phrase, reason, found := strings.Cut(line, " | ")
		if strings.HasPrefix(line, "#") || !found {
			continue
		}
		list = append(list, Opinion{Phrase: phrase, Reason: reason, words: strings.Fields(phrase)})
	}
	return list
}

// CheckFactual returns nil when a text uses no phrase of opinion. Call it with
// the title, the question and the notes of every exhibit that is not an
// expert's, each by itself.
//
// It is a guard against slips, not a judge of meaning: a text that passes can
// still be an opinion, and the second person reads for that.
// Errors: ErrOpinion with the phrase and the reason.
func CheckFactual(text string) error {
	words := textWords(text)
	for _, o := range Opinions() {
		for i := range words {
			if o.begins(words[i:]) {
				return fmt.Errorf("%w: %q: %s. Word it as what the records hold, or make it an exhibit of an expert",
					ErrOpinion, strings.Join(words[i:i+len(o.words)], " "), o.Reason)
			}
		}
	}
	return nil
}

// begins reports that the words begin with the phrase.
func (o Opinion) begins(words []string) bool {
	if len(words) < len(o.words) {
		return false
	}
	for i, want := range o.words {
		stem, open := strings.CutSuffix(want, "*")
		if words[i] != want && (!open || !strings.HasPrefix(words[i], stem)) {
			return false
		}
	}
	return true
}

// textWords cuts a text into its words in lower case. What is neither a letter,
// a mark on one nor a digit parts words, but invisible characters and soft
// hyphens do not: they must not hide a phrase.
func textWords(text string) []string {
	text = strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cf) {
			return -1
		}
		return unicode.ToLower(r)
	}, text)
	return strings.FieldsFunc(text, func(r rune) bool { return !unicode.In(r, unicode.L, unicode.M, unicode.N) })
}
