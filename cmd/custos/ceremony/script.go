// Package ceremony owns key ceremonies: a script that says what is done in which
// order, the officers who do it, and the transcript of what was done.
//
// It reads no record and knows no service: it is made to run on a machine without
// a network. What a person types as a secret never reaches the transcript.
package ceremony

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ErrScript says that a script cannot be followed.
var ErrScript = errors.New("the script of the ceremony is not acceptable")

// Script is what is to be done.
// Shape: Officers is 2 or more.
type Script struct {
	Purpose  string
	Officers int
	Steps    []Step
	Text     []byte
}

// Step is one line of a script.
// Shape: Verb is one of verbs; Rest is what follows it.
type Step struct {
	Line int
	Verb string
	Rest string
}

// verbs says what a line can ask for.
//
//	say TEXT          read out
//	ask QUESTION      the answer is written down
//	confirm TEXT      every officer types yes, or the ceremony ends
//	key FILE          a key is made, protected by what all officers type
//	key FILE any-two  the same, in one file for each two of them
//	read-back FILE    every officer reads the first eight digits of the key and types them
func verbs() []string { return []string{"say", "ask", "confirm", "key", "read-back"} }

// firstLine begins every script.
const firstLine = "custos ceremony v1"

// Parse reads a script: the line "custos ceremony v1", "purpose TEXT", "officers
// N", then the steps, one a line. Empty lines and lines that begin with # are
// passed over.
// Errors: ErrScript, with the line.
func Parse(text []byte) (Script, error) {
	s := Script{Text: text}
	lines := strings.Split(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n")
	if strings.TrimSpace(lines[0]) != firstLine {
		return s, fmt.Errorf("%w: its first line is not %q", ErrScript, firstLine)
	}
	for i, line := range lines[1:] {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if err := s.read(i+2, line); err != nil {
			return s, err
		}
	}
	if s.Purpose == "" || s.Officers < 2 || len(s.Steps) == 0 {
		return s, fmt.Errorf("%w: it needs a purpose, two officers or more, and a step", ErrScript)
	}
	return s, nil
}

func (s *Script) read(number int, line string) error {
	verb, rest, _ := strings.Cut(line, " ")
	rest = strings.TrimSpace(rest)
	refuse := func(what string) error { return fmt.Errorf("%w: line %d: %s", ErrScript, number, what) }
	if rest == "" {
		return refuse(fmt.Sprintf("%q is followed by nothing", verb))
	}
	switch verb {
	case "purpose":
		s.Purpose = rest
		return nil
	case "officers":
		n, err := strconv.Atoi(rest)
		if err != nil || n < 2 || n > 9 || len(s.Steps) > 0 {
			return refuse("officers are 2 to 9, and are named before the first step")
		}
		s.Officers = n
		return nil
	case "key":
		name, how, _ := strings.Cut(rest, " ")
		if how != "" && how != anyTwo {
			return refuse(fmt.Sprintf("a key is protected by all officers, or by %s", anyTwo))
		}
		rest = strings.TrimSpace(name + " " + how)
		fallthrough
	case "read-back":
		if name, _, _ := strings.Cut(rest, " "); strings.ContainsAny(name, `/\`) || strings.HasPrefix(name, ".") {
			return refuse("name a plain file: it is made in the folder of the ceremony")
		}
	case "say", "ask", "confirm":
	default:
		return refuse(fmt.Sprintf("there is no step %q; the steps are %s", verb, strings.Join(verbs(), ", ")))
	}
	s.Steps = append(s.Steps, Step{number, verb, rest})
	return nil
}

// anyTwo marks a key that any two of the officers can open.
const anyTwo = "any-two"
