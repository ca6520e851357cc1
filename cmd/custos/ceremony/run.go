package ceremony

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"custos.example/ledger/sign"
)

// ErrBrokenOff says that a ceremony ended before its script did. What was done
// stands in the transcript.
var ErrBrokenOff = errors.New("the ceremony was broken off")

// Room is where a ceremony is held.
type Room struct {
	Folder string                                // where files are made
	Show   func(line string)                     // what everybody sees
	Ask    func(question string) (string, error) // what somebody types
	Secret func(question string) ([]byte, error) // the same, shown to nobody
	Now    func() time.Time
}

// Held is a ceremony and its transcript.
type Held struct {
	Purpose    string
	Officers   []string
	Transcript []byte
}

// ceremony is one that is going on.
type ceremony struct {
	Room
	script   Script
	officers []string
	parts    [][]byte
	keys     map[string]string // digits of the id, by file
	text     bytes.Buffer
}

// Run follows the script with the officers in the room. The transcript is
// returned in every case: of one that was broken off it says so.
// Errors: ErrBrokenOff.
func Run(script Script, room Room) (Held, error) {
	c := &ceremony{Room: room, script: script, keys: map[string]string{}}
	digest := sha256.Sum256(script.Text)
	c.write("%s", transcriptLine)
	c.write("purpose: %s", script.Purpose)
	c.write("script: sha256 %x", digest)
	err := c.follow()
	for _, part := range c.parts {
		clear(part)
	}
	if err != nil {
		c.write("broken off: %s", oneLine(err.Error()))
		err = fmt.Errorf("%w: %w", ErrBrokenOff, err)
	} else {
		c.write("complete")
	}
	return Held{script.Purpose, c.officers, c.text.Bytes()}, err
}

const transcriptLine = "custos ceremony transcript v1"

// write adds a line to the transcript and shows it.
func (c *ceremony) write(format string, args ...any) {
	line := oneLine(fmt.Sprintf(format, args...))
	if c.text.Len() > 0 {
		line = c.Now().UTC().Format("2006-01-02T15:04:05Z") + " " + line
	}
	c.text.WriteString(line + "\n")
	c.Show(line)
}

// oneLine leaves out what would break or hide a line.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r >= 0x200e && r <= 0x200f || r >= 0x2028 && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return ' '
		}
		return r
	}, text)
}

func (c *ceremony) follow() error {
	for i := range c.script.Officers {
		name, err := c.Ask(fmt.Sprintf("Name of officer %d: ", i+1))
		if err != nil {
			return err
		}
		if name = strings.TrimSpace(oneLine(name)); name == "" || slices.Contains(c.officers, name) {
			return fmt.Errorf("officer %d has no name of their own", i+1)
		}
		c.officers = append(c.officers, name)
		c.write("officer %d: %s", i+1, name)
	}
	for _, step := range c.script.Steps {
		c.write("step, line %d: %s %s", step.Line, step.Verb, step.Rest)
		if err := c.step(step); err != nil {
			return fmt.Errorf("line %d: %w", step.Line, err)
		}
	}
	return nil
}

func (c *ceremony) step(step Step) error {
	switch step.Verb {
	case "ask":
		answer, err := c.Ask(step.Rest + " ")
		if err == nil {
			c.write("answer: %s", answer)
		}
		return err
	case "confirm":
		for i, name := range c.officers {
			answer, err := c.Ask(fmt.Sprintf("%s, type yes: ", name))
			if err != nil {
				return err
			}
			if answer != "yes" {
				return fmt.Errorf("officer %d did not confirm", i+1)
			}
			c.write("confirmed by officer %d, %s", i+1, name)
		}
	case "key":
		name, how, _ := strings.Cut(step.Rest, " ")
		return c.makeKey(name, how == anyTwo)
	case "read-back":
		return c.readBack(step.Rest)
	}
	return nil
}

// secrets asks every officer for their part, once.
func (c *ceremony) secrets() error {
	for i := len(c.parts); i < len(c.officers); i++ {
		part, err := c.Secret(fmt.Sprintf("%s, type your part of the passphrase (12 characters or more): ", c.officers[i]))
		if err != nil {
			return err
		}
		if len(part) < 12 {
			return fmt.Errorf("the part of officer %d is shorter than 12 characters", i+1)
		}
		again, err := c.Secret(fmt.Sprintf("%s, once more: ", c.officers[i]))
		if err != nil {
			return err
		}
		if !bytes.Equal(part, again) {
			return fmt.Errorf("officer %d typed two different parts", i+1)
		}
		clear(again)
		c.parts = append(c.parts, part)
		c.write("officer %d has typed their part", i+1)
	}
	return nil
}

// makeKey makes a key and writes it under the parts of all officers, or once for
// each two of them; the public half beside it.
func (c *ceremony) makeKey(name string, pairs bool) error {
	if err := c.secrets(); err != nil {
		return err
	}
	key, err := sign.Generate(rand.Reader)
	if err != nil {
		return err
	}
	defer func() { _ = key.Close() }() // it cannot fail
	files := map[string][]byte{name: slices.Concat(c.parts...)}
	if pairs {
		clear(files)
		for i := range c.parts {
			for j := i + 1; j < len(c.parts); j++ {
				files[fmt.Sprintf("%s.%d-%d", name, i+1, j+1)] = slices.Concat(c.parts[i], c.parts[j])
			}
		}
	}
	for _, file := range slices.Sorted(maps.Keys(files)) {
		content, err := key.Seal(files[file])
		clear(files[file])
		if err == nil {
			err = sign.Write(filepath.Join(c.Folder, file), content)
		}
		if err != nil {
			return err
		}
		c.write("file %s: sha256 %x", file, sha256.Sum256(content))
	}
	public, err := key.PublicPEM()
	if err == nil {
		err = sign.Write(filepath.Join(c.Folder, name+".pub"), public)
	}
	if err != nil {
		return err
	}
	c.keys[name] = strings.ToUpper(key.KeyID().String())
	c.write("key %s: %s", name, key.KeyID())
	return nil
}

// readBack has every officer read the digits of a key from where they wrote them
// down, or from the screen, and type them.
func (c *ceremony) readBack(name string) error {
	digits, made := c.keys[name]
	if !made {
		return fmt.Errorf("no key %s was made in this ceremony", name)
	}
	for i, officer := range c.officers {
		typed, err := c.Ask(fmt.Sprintf("%s, type the first eight digits of the key %s: ", officer, name))
		if err != nil {
			return err
		}
		if strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(typed)) != digits[:8] {
			return fmt.Errorf("officer %d read other digits than those of the key", i+1)
		}
		c.write("officer %d read %s back", i+1, digits[:8])
	}
	return nil
}

// ParseTranscript returns what a transcript says of itself.
// Errors: ErrScript when it is none, or of a ceremony that was broken off.
func ParseTranscript(text []byte) (Held, error) {
	h := Held{Transcript: text}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	if lines[0] != transcriptLine || len(lines) < 4 || !strings.HasSuffix(lines[len(lines)-1], " complete") {
		return h, fmt.Errorf("%w: this is not the transcript of a ceremony that was completed", ErrScript)
	}
	for _, line := range lines[1:] {
		_, line, _ = strings.Cut(line, " ")
		if rest, found := strings.CutPrefix(line, "purpose: "); found && h.Purpose == "" {
			h.Purpose = rest
		}
		if rest, found := strings.CutPrefix(line, "officer "); found {
			if _, name, named := strings.Cut(rest, ": "); named {
				h.Officers = append(h.Officers, name)
			}
		}
	}
	return h, nil
}
