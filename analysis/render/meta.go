package render

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"custos.example/analysis"
	"custos.example/analysis/event"
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
	Question     string        `json:"question"`            // the one question that the exhibit answers
	Case         string        `json:"case"`                // Operation HALYARD, HAL/2026/0417
	Producer     string        `json:"producer"`            // Jo A. Saunders, analyst, Avonbridge Police
	Made         string        `json:"made"`                // instant, 2026-11-21T10:52:00.000Z
	Program      string        `json:"program"`             // custos 1.0.0
	CheckedBy    string        `json:"checkedBy,omitempty"` // Daniel C. Okafor, analyst, Avonbridge Police
	Expert       string        `json:"expert,omitempty"`    // whose opinion the exhibit may hold; blank = evidence of fact
	WhatIf       string        `json:"whatIf,omitempty"`    // which parameters were changed; set = not the served exhibit
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
	Defects      *Defects      `json:"defects,omitempty"`
	Places       []Place       `json:"places,omitempty"`
}

// Source is one file that the exhibit was made from.
// Shape: SHA256 is the whole digest of the file as received, 64 hex digits; of rows
// that are served in its place, the root of the commitment to all its rows.
type Source struct {
	Reference string `json:"reference"`
	Title     string `json:"title"`
	Operator  string `json:"operator,omitempty"` // who supplied it
	Authority string `json:"authority,omitempty"`
	Rows      int64  `json:"rows"`
	SHA256    string `json:"sha256"`
	Selected  bool   `json:"selected,omitempty"` // rows of the file are served in its place
	Note      string `json:"note,omitempty"`     // The file states 12 records in row 14; 11 were counted.
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

// Defects is what the register of known defects said at an instant of those
// that touch the exhibit. An empty list says that there was none.
type Defects struct {
	AsOf string   `json:"asOf"`
	List []Defect `json:"list"`
}

// Defect is one entry of the register.
type Defect struct {
	ID     string `json:"id"`
	Title  string `json:"title"`
	Effect string `json:"effect"` // on this exhibit
	State  string `json:"state"`  // open; mended in version 3
}

// Place is a place of interest on a map, and where its position is taken from.
// Units: X, Y as in the columns of an event: metres of the National Grid, or
// 1e-7 degree of longitude and latitude.
type Place struct {
	Letter string `json:"letter"`
	Name   string `json:"name"`
	CRS    string `json:"crs"`
	X      int64  `json:"x"`
	Y      int64  `json:"y"`
	Source string `json:"source"`
}

// maxTexts bounds, in characters, the texts that every page prints, so that they
// fit on it.
var maxTexts = map[string]int{"reference": 24, "title": 300, "question": 1_000, "case": 200, "producer": 300, "program": 200, "whatIf": 1_000, "expert": 300}

// maxNote bounds, in characters, what page 1 says under a source.
const maxNote = 1_000

// ParseMeta reads the port `meta`.
// Errors: ErrMeta for a key that is missing, unknown, malformed or too long, and
// for an opinion in the words of an exhibit of fact.
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
	for _, f := range []struct{ name, value string }{
		{"reference", m.Reference},
		{"title", m.Title},
		{"question", m.Question},
		{"case", m.Case},
		{"producer", m.Producer},
		{"program", m.Program},
		{"whatIf", m.WhatIf},
		{"expert", m.Expert},
	} {
		if n := utf8.RuneCountInString(f.value); n > maxTexts[f.name] {
			return m, fmt.Errorf("%w: %s has %d characters; a page has room for %d", ErrMeta, f.name, n, maxTexts[f.name])
		}
	}
	if m.Version < 1 {
		return m, fmt.Errorf("%w: version is below 1", ErrMeta)
	}
	if _, err := m.made(); err != nil {
		return m, err
	}
	if err := m.verifyLists(); err != nil {
		return m, err
	}
	return m, CheckWords(m)
}

// verifyLists wants what stands in lists to be whole.
func (m Meta) verifyLists() error {
	for _, s := range m.Sources {
		if len(s.SHA256) != 64 || strings.Trim(s.SHA256, "0123456789abcdef") != "" {
			return fmt.Errorf("%w: source %q has no whole SHA-256", ErrMeta, s.Reference)
		}
	}
	for _, s := range m.Sources {
		if s.Note != "" && strings.TrimSpace(s.Note) == "" {
			return fmt.Errorf("%w: the note of source %q is blank; leave it out", ErrMeta, s.Reference)
		}
		if n := utf8.RuneCountInString(s.Note); n > maxNote {
			return fmt.Errorf("%w: the note of source %q has %d characters; a page has room for %d", ErrMeta, s.Reference, n, maxNote)
		}
	}
	for _, a := range m.Attributions {
		if strings.TrimSpace(a.Person) == "" || strings.TrimSpace(a.Basis) == "" || strings.TrimSpace(a.StatedBy) == "" {
			return fmt.Errorf("%w: the attribution of %s has no person, no basis or nobody who states it", ErrMeta, a.Identifier)
		}
	}
	for _, p := range m.Places {
		if len(p.Letter) != 1 || p.Letter[0] < 'A' || p.Letter[0] > 'Z' || strings.TrimSpace(p.Name) == "" || strings.TrimSpace(p.Source) == "" {
			return fmt.Errorf("%w: place %q has no letter A to Z, no name or no source of its position", ErrMeta, p.Name)
		}
		if p.CRS != nationalGrid && p.CRS != wgs84 {
			return fmt.Errorf("%w: place %s is in coordinate system %q; it is %s or %s", ErrMeta, p.Letter, p.CRS, nationalGrid, wgs84)
		}
	}
	if m.Defects != nil {
		if _, err := parseInstant("defects as of", m.Defects.AsOf); err != nil {
			return err
		}
	}
	return nil
}

// made returns the instant at which the exhibit was made.
func (m Meta) made() (time.Time, error) { return parseInstant("made", m.Made) }

func parseInstant(what, text string) (time.Time, error) {
	const form = "2006-01-02T15:04:05.000Z"
	t, err := time.Parse(form, text)
	if err != nil || t.Format(form) != text {
		return t, fmt.Errorf("%w: %s is %q; it is written as 2026-11-21T10:52:00.000Z", ErrMeta, what, text)
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

// person returns to whom an identifier is attributed on a day (2026-10-24), blank when to
// nobody; without a day everybody to whom it is, with the period of who was limited.
func (m Meta) person(identifier, day string) string {
	var all []string
	for _, a := range m.Attributions {
		if a.Identifier != identifier {
			continue
		}
		name := a.Person
		from, until := a.days()
		switch {
		case day != "" && (from != "" && day < from || until != "" && day > until):
			continue
		case day == "" && from+until != "":
			name += " (" + a.Period + ")"
		}
		if !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return strings.Join(all, "; ")
}

// days returns the first and the last day of the period, blank where it has none. Words
// of another form limit nothing.
func (a Attribution) days() (from, until string) {
	switch {
	case strings.HasPrefix(a.Period, "from "):
		from = strings.TrimPrefix(a.Period, "from ")
	case strings.HasPrefix(a.Period, "until "):
		until = strings.TrimPrefix(a.Period, "until ")
	default:
		from, until, _ = strings.Cut(a.Period, " to ")
	}
	for _, day := range []string{from, until} {
		if _, ok := event.ParseInstant([]byte(day + "T00:00:00Z")); day != "" && !ok {
			return "", ""
		}
	}
	return from, until
}

// CheckWords returns nil when the texts of an exhibit of fact hold no opinion;
// in an exhibit of an expert they may.
// Errors: ErrMeta with analysis.ErrOpinion, naming the text and the phrase.
func CheckWords(m Meta) error {
	if m.Expert != "" {
		return nil
	}
	for _, f := range []struct{ name, value string }{
		{"title", m.Title}, {"question", m.Question}, {"changed", m.Changed}, {"whatIf", m.WhatIf},
	} {
		if err := analysis.CheckFactual(f.value); err != nil {
			return fmt.Errorf("%w: %s: %w", ErrMeta, f.name, err)
		}
	}
	for _, s := range m.Sources {
		if err := analysis.CheckFactual(s.Note); err != nil {
			return fmt.Errorf("%w: note of source %s: %w", ErrMeta, s.Reference, err)
		}
	}
	return nil
}
