package celltable

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"custos.example/analysis"
	"custos.example/analysis/delimited"
)

// ParseProfile returns the profile that a YAML text states, and whether it makes
// sense.
// Errors: source.ErrProfile, naming the key.
func ParseProfile(text []byte) (*Profile, error) {
	m, err := compile(text)
	if err != nil {
		return nil, err
	}
	return &m.profile, nil
}

// Detect returns the name of the carried profile whose header a list has, word
// by word; there is at most one.
// Errors: analysis.ErrNotThisFormat, naming the carried profiles; a failure to
// read.
func Detect(in analysis.Input) (string, error) {
	for _, name := range ProfileNames() {
		text, _ := ReadProfile(name)
		m, err := compile(text)
		if err != nil {
			return "", err
		}
		head, err := delimited.NewReader(io.NewSectionReader(in, 0, in.Size()), m.separator, maxRecord).Next()
		if err == io.EOF { //nolint:errorlint // as package delimited returns it
			break
		}
		if err != nil {
			return "", err
		}
		found := make([]string, 0, len(head.Fields))
		for _, f := range head.Fields {
			found = append(found, string(f))
		}
		if slices.Equal(found, m.profile.File.Header) {
			return name, nil
		}
	}
	return "", fmt.Errorf("%w: its header is that of no carried profile (%s); write one (PROFILES.md of package celltable)", analysis.ErrNotThisFormat, strings.Join(ProfileNames(), ", "))
}
