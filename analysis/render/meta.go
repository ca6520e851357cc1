package render

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"custos.example/analysis"
)

// MetaFormat is the value of the key `format` in a renderer's port `meta`.
const MetaFormat = "custos/exhibit-meta/v1"

// ErrMeta is returned for a port `meta` that does not say what a page needs.
var ErrMeta = errors.New("meta refused")

const maxMeta = 1 << 20

// Meta is the port `meta` of every renderer: what a page says besides its
// result. custody writes it, as canonical JSON.
// Shape: texts are whole sentences where the page prints sentences. An optional
// key is left out when it is empty.
type Meta struct {
	Format       string        `json:"format"`
	Reference    string        `json:"reference"` // of the exhibit: JAS/1
	Version      int           `json:"version"`   // of the exhibit, from 1
	Title        string        `json:"title"`
	Question     string        `json:"question"` // the one question that the exhibit answers
	Case         string        `json:"case"`     // Operation HALYARD, HAL/2026/0417
	Producer     string        `json:"producer"` // Jo A. Saunders, analyst, Avonbridge Police
	Made         string        `json:"made"`     // instant, 2026-11-21T10:52:00.000Z
	Program      string        `json:"program"`  // custos 1.0.0
	Module       string        `json:"module,omitempty"`
	Log          string        `json:"log,omitempty"`    // origin of the log
	Bundle       string        `json:"bundle,omitempty"` // file name of the bundle
	Changed      string        `json:"changed"`          // First version; nothing replaced.
	Time         string        `json:"time"`             // on what the zone of the times stands
	CellDate     string        `json:"cellDate,omitempty"`
	Survey       string        `json:"survey,omitempty"` // No radio survey was carried out.
	Sources      []Source      `json:"sources"`
	Decisions    []string      `json:"decisions"` // decisions about the sources, as sentences
	Attributions []Attribution `json:"attributions"`
}

// Source is one file that the exhibit was made from.
// Shape: SHA256 is the whole digest of the file as received, 64 hex digits.
type Source struct {
	Reference string `json:"reference"`
	Title     string `json:"title"`
	Authority string `json:"authority,omitempty"`
	Rows      int64  `json:"rows"`
	SHA256    string `json:"sha256"`
}

// Attribution is a statement that links an identifier with a person, and what
// it stands on.
type Attribution struct {
	Identifier string `json:"identifier"`
	Person     string `json:"person"`
	Period     string `json:"period"`
	Basis      string `json:"basis"`
	StatedBy   string `json:"statedBy"`
}

// ParseMeta reads the port `meta`.
// Errors: ErrMeta for a key that is missing, unknown or malformed.
func ParseMeta(text []byte) (Meta, error) {
	var m Meta
	if len(text) > maxMeta {
		return m, fmt.Errorf("%w: longer than %d bytes", ErrMeta, maxMeta)
	}
	if err := analysis.ParseCanonical(text, &m); err != nil {
		return m, fmt.Errorf("%w: %w", ErrMeta, err)
	}
	if m.Format != MetaFormat {
		return m, fmt.Errorf("%w: format is %q, expected %q", ErrMeta, m.Format, MetaFormat)
	}
	for _, f := range []struct{ name, value string }{
		{"reference", m.Reference},
		{"title", m.Title},
		{"question", m.Question},
		{"case", m.Case},
		{"producer", m.Producer},
		{"program", m.Program},
	} {
		if strings.TrimSpace(f.value) == "" {
			return m, fmt.Errorf("%w: %s is blank", ErrMeta, f.name)
		}
	}
	if m.Version < 1 {
		return m, fmt.Errorf("%w: version is below 1", ErrMeta)
	}
	if _, err := m.made(); err != nil {
		return m, err
	}
	for _, s := range m.Sources {
		if len(s.SHA256) != 64 || strings.Trim(s.SHA256, "0123456789abcdef") != "" {
			return m, fmt.Errorf("%w: source %q has no whole SHA-256", ErrMeta, s.Reference)
		}
	}
	return m, nil
}

// made returns the instant at which the exhibit was made.
func (m Meta) made() (time.Time, error) {
	const form = "2006-01-02T15:04:05.000Z"
	t, err := time.Parse(form, m.Made)
	if err != nil || t.Format(form) != m.Made {
		return t, fmt.Errorf("%w: made is %q; it is written as 2026-11-21T10:52:00.000Z", ErrMeta, m.Made)
	}
	return t, nil
}

func readMeta(in analysis.Input) (Meta, error) {
	text, err := readSmall(in)
	if err != nil {
		return Meta{}, fmt.Errorf("meta: %w", err)
	}
	return ParseMeta(text)
}

// readSmall reads an input that is kept in memory.
func readSmall(in analysis.Input) ([]byte, error) {
	if in.Size() > maxMeta {
		return nil, fmt.Errorf("longer than %d bytes", maxMeta)
	}
	return io.ReadAll(io.NewSectionReader(in, 0, in.Size()))
}

// reference returns by what a page calls a source, given the short digest that
// stands in a row.
func (m Meta) reference(short string) string {
	for _, s := range m.Sources {
		if strings.HasPrefix(s.SHA256, short) && s.Reference != "" {
			return s.Reference
		}
	}
	return short
}

// person returns to whom an identifier is attributed, blank when to nobody.
func (m Meta) person(identifier string) string {
	for _, a := range m.Attributions {
		if a.Identifier == identifier {
			return a.Person
		}
	}
	return ""
}
