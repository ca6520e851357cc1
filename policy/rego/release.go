package rego

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A policy release is one text: the files of its rules, one after another. What
// is proposed, approved, stored and put in force is that text, and its SHA-256
// names it.
// Source: RELEASES.md
const (
	releaseHead = "custos policy release v1\n"
	fileHead    = "-- "
	maxRelease  = 1 << 20 // bytes
	maxFiles    = 64
)

// ErrText says that a text is not that of a policy release.
var ErrText = errors.New("not the text of a policy release")

var fileName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,60}\.rego$`)

// releaseText returns the one text of a set of rules.
// Shape: the head, then for each file, in the order of names, "-- NAME SIZE\n" and
// its SIZE bytes.
func releaseText(sources []source) []byte {
	sorted := slices.Clone(sources)
	slices.SortFunc(sorted, func(a, b source) int { return strings.Compare(a.name, b.name) })
	var b bytes.Buffer
	b.WriteString(releaseHead)
	for _, s := range sorted {
		fmt.Fprintf(&b, "%s%s %d\n%s", fileHead, s.name, len(s.text), s.text)
	}
	return b.Bytes()
}

// parseRelease accepts exactly what releaseText returns for files that may stand
// in a release.
// Errors: ErrText.
func parseRelease(text []byte) ([]source, error) {
	if len(text) > maxRelease {
		return nil, fmt.Errorf("%d bytes are more than %d: %w", len(text), maxRelease, ErrText)
	}
	rest, found := strings.CutPrefix(string(text), releaseHead)
	if !found {
		return nil, fmt.Errorf("it does not begin with %q: %w", strings.TrimSpace(releaseHead), ErrText)
	}
	var sources []source
	for rest != "" {
		line, after, found := strings.Cut(rest, "\n")
		name, size, spaced := strings.Cut(strings.TrimPrefix(line, fileHead), " ")
		n, err := strconv.Atoi(size)
		if !found || !spaced || !strings.HasPrefix(line, fileHead) || err != nil || n < 0 || n > len(after) {
			return nil, fmt.Errorf("file %d has no head, or not its bytes: %w", len(sources)+1, ErrText)
		}
		sources = append(sources, source{name, after[:n]})
		rest = after[n:]
	}
	if err := acceptable(sources); err != nil {
		return nil, err
	}
	if !bytes.Equal(releaseText(sources), text) {
		return nil, fmt.Errorf("its files are not in order, or not written as they should be: %w", ErrText)
	}
	return sources, nil
}

// acceptable returns nil when the files may stand in a release: readable text with
// plain names, so that what is approved is what is seen.
// Errors: ErrText.
func acceptable(sources []source) error {
	if len(sources) == 0 || len(sources) > maxFiles {
		return fmt.Errorf("a release has 1 to %d files, not %d: %w", maxFiles, len(sources), ErrText)
	}
	seen := map[string]bool{}
	for _, s := range sources {
		switch {
		case !fileName.MatchString(s.name) || strings.HasSuffix(s.name, "_test.rego"):
			return fmt.Errorf("a file of rules is called like period.rego, in small letters, digits and dashes; this one is called %q: %w", s.name, ErrText)
		case seen[s.name]:
			return fmt.Errorf("%s is there twice: %w", s.name, ErrText)
		case !strings.HasSuffix(s.text, "\n"):
			return fmt.Errorf("%s does not end with a line end: %w", s.name, ErrText)
		}
		seen[s.name] = true
		if at := unreadable(s.text); at >= 0 {
			return fmt.Errorf("%s has a character that cannot be seen in line %d: %w", s.name, 1+strings.Count(s.text[:at], "\n"), ErrText)
		}
	}
	return nil
}

// unreadable returns where the first character stands that a reader would not
// see, or would see as another (a direction that is turned, a carriage return), or
// -1.
func unreadable(text string) int {
	for at, r := range text {
		switch {
		case r == '\n' || r == '\t':
		case r < ' ', r >= 0x7f && r < 0xa0, r == 0xad, r >= 0x200b && r <= 0x200f, r >= 0x2028 && r <= 0x202e,
			r >= 0x2060 && r <= 0x206f, r == 0xfeff, r >= 0xfff9 && r <= 0xfffb, r >= 0xe0000 && r <= 0xe0fff:
			return at
		case r == utf8.RuneError:
			return at
		}
	}
	return -1
}

// Digest names a text of a release.
// Shape: 64 lower-case hex digits.
func Digest(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// File is one file of rules.
type File struct{ Name, Text string }

// Text returns the text of the release that files make.
// Errors: ErrText.
func Text(files []File) ([]byte, error) {
	sources := make([]source, len(files))
	for i, f := range files {
		sources[i] = source{f.Name, f.Text}
	}
	if err := acceptable(sources); err != nil {
		return nil, err
	}
	text := releaseText(sources)
	if len(text) > maxRelease {
		return nil, fmt.Errorf("%d bytes are more than %d: %w", len(text), maxRelease, ErrText)
	}
	return text, nil
}

// Files returns the files of a release, in the order of their names.
// Errors: ErrText.
func Files(text []byte) ([]File, error) {
	sources, err := parseRelease(text)
	if err != nil {
		return nil, err
	}
	files := make([]File, len(sources))
	for i, s := range sources {
		files[i] = File{s.name, s.text}
	}
	return files, nil
}
