package bundle

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ASCII returns text with every character outside printable ASCII shown as
// its code point, so that nothing printed can steer a terminal or reorder a
// line.
func ASCII(text string) string {
	return escape(text, func(r rune) bool { return r >= ' ' && r <= '~' })
}

// maxMarks is how many combining marks one character may carry: no script
// stacks more, and a longer stack covers the lines above and below.
const maxMarks = 4

// Visible returns text with control, format and other unseen characters shown
// as their code points, and marks that would cover what is not theirs; letters of
// every script stay.
func Visible(text string) string {
	marks := maxMarks // a text begins with no character to carry one
	return escape(text, func(r rune) bool {
		if unicode.Is(unicode.M, r) && !unseen(r) {
			marks++
			return marks <= maxMarks
		}
		marks = 0
		if r == ' ' {
			marks = maxMarks
		}
		return r == ' ' || unicode.IsGraphic(r) && !unicode.Is(unicode.Zs, r) && !unseen(r)
	})
}

// braille is the pattern of no dots, which shows nothing and counts as a symbol.
const braille = '\u2800'

// unseen tells whether a character that Unicode counts as graphic shows nothing:
// fillers, joiners, and selectors of another form.
func unseen(r rune) bool {
	return r == braille || unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) || unicode.Is(unicode.Variation_Selector, r)
}

// escape returns text with every character that keep refuses shown as [U+0000].
func escape(text string, keep func(rune) bool) string {
	var b strings.Builder
	for i, r := range text {
		switch {
		case r == unicode.ReplacementChar && !strings.HasPrefix(text[i:], "\uFFFD"):
			fmt.Fprintf(&b, "[0x%02X]", text[i])
		case keep(r):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "[U+%04X]", r)
		}
	}
	return b.String()
}

// maxName is how much of a name a sentence shows, in characters.
const maxName = 200

// quoted returns a text that somebody else chose as it may stand in a sentence:
// between quotation marks, so that it cannot be taken for words of the report,
// without runs of spaces, and not too much of it.
func quoted(text string) string {
	text = strings.ReplaceAll(oneSpaced(text), `"`, "'")
	if utf8.RuneCountInString(text) > maxName {
		text = string([]rune(text)[:maxName]) + "..."
	}
	return `"` + text + `"`
}

// plainWord is a reference, a number or a name without a space.
var plainWord = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/@-]{0,63}$`)

// word returns a text that somebody else chose as it stands if it is one plain
// word, and quoted if not.
func word(text string) string {
	if plainWord.MatchString(text) {
		return text
	}
	return quoted(text)
}

// words returns several of them with commas between.
func words(texts []string) string {
	list := make([]string, len(texts))
	for i, text := range texts {
		list[i] = word(text)
	}
	return strings.Join(list, ", ")
}

// spaces is a run of spaces.
var spaces = regexp.MustCompile(` {2,}`)

// oneSpaced returns text with every run of spaces as one: a longer one could put what
// follows where a line of the report begins.
func oneSpaced(text string) string { return spaces.ReplaceAllString(text, " ") }
