package source

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"custos.example/analysis"
	"custos.example/analysis/event"
	"custos.example/analysis/grid"
)

// ScopeFormat is the value of the key `format` in a scope.
const ScopeFormat = "custos/scope/v1"

// ErrScope is returned for a scope that cannot be used as written.
var ErrScope = errors.New("scope refused")

// Scope is what the authority behind a file covers, as the port `scope` has it.
// Shape: canonical JSON. Identifiers are sorted: numbers and names as events
// have them (+447700900123, id:ego), handset and subscriber identities as 14 to
// 16 digits, cells as cell: and the cell as events have it, areas as
// area:LATITUDE,LONGITUDE,METRES, and * for everybody. From and Until are the first and the last
// instant, such as 2026-10-01T00:00:00Z.
type Scope struct {
	Class       Class    `json:"class"`
	Content     bool     `json:"content"` // the content of communications may be received
	Format      string   `json:"format"`
	From        string   `json:"from"`
	Identifiers []string `json:"identifiers"`
	Until       string   `json:"until"`
}

// Class is the highest class of event that a scope covers.
type Class string

// The classes. An event that names a handset, a subscriber identity, a cell or
// a place is traffic data; one that does not is service use.
// Source: Regulation of Investigatory Powers Act 2000, s.21(4), (6).
const (
	ClassTraffic Class = "traffic"
	ClassService Class = "service-use"
	ClassNone    Class = "none" // subscriber or entity data only: no event at all
)

// The reasons for which an event lies outside the scope, in the order in which
// one that has several is counted.
const (
	ExcessIdentifier = "EXCESS_IDENTIFIER"
	ExcessDates      = "EXCESS_DATES"
	ExcessDataType   = "EXCESS_DATA_TYPE"
)

// outside is a set of those reasons.
type outside int64

const (
	byIdentifier outside = 1 << iota
	byDates
	byDataType
	outsideBits = iota
)

// first is the reason under which an event is counted.
func (o outside) first() string {
	switch {
	case o&byIdentifier != 0:
		return ExcessIdentifier
	case o&byDates != 0:
		return ExcessDates
	}
	return ExcessDataType
}

// append appends every reason, with blanks between.
func (o outside) append(dst []byte) []byte {
	start := len(dst)
	for _, r := range []struct {
		bit  outside
		word string
	}{{byIdentifier, ExcessIdentifier}, {byDates, ExcessDates}, {byDataType, ExcessDataType}} {
		if o&r.bit == 0 {
			continue
		}
		if len(dst) > start {
			dst = append(dst, ' ')
		}
		dst = append(dst, r.word...)
	}
	return dst
}

// MarshalScope returns a scope as the port `scope` has it.
// Errors: ErrScope.
func MarshalScope(s Scope) ([]byte, error) {
	s.Format = ScopeFormat
	if s.Identifiers == nil {
		s.Identifiers = []string{}
	}
	if _, err := newScope(s); err != nil {
		return nil, err
	}
	return analysis.MarshalCanonical(s)
}

// ParseScope reads the port `scope`.
// Errors: ErrScope.
func ParseScope(text []byte) (Scope, error) {
	var s Scope
	if err := analysis.ParseCanonical(text, &s); err != nil {
		return s, fmt.Errorf("%w: %w", ErrScope, err)
	}
	_, err := newScope(s)
	return s, err
}

// scope is a Scope that is ready to judge events.
type scope struct {
	Scope
	from, until int64
	names       map[string]bool
	handsets    map[string]bool // first 14 digits
	cells       map[string]bool
	areas       []scopeArea
	near        map[grid.Point]bool // whether a site lies in one of the areas
	last        []byte              // the subject that was judged last
	lastNamed   bool
}

type scopeArea struct {
	centre grid.Point
	metres int64
}

// Identifiers that are no person's: everybody, and the prefixes of places.
const (
	Everybody  = "*"
	PrefixCell = "cell:"
	PrefixArea = "area:"
)

const handsetDigits = 14

func newScope(s Scope) (*scope, error) {
	out := &scope{Scope: s, names: map[string]bool{}, handsets: map[string]bool{}, cells: map[string]bool{}, near: map[grid.Point]bool{}}
	var known [2]bool
	out.from, known[0] = event.ParseInstant([]byte(s.From))
	out.until, known[1] = event.ParseInstant([]byte(s.Until))
	switch {
	case s.Format != ScopeFormat:
		return nil, fmt.Errorf("%w: its format is %q, not %s", ErrScope, s.Format, ScopeFormat)
	case !known[0] || !known[1] || out.until < out.from:
		return nil, fmt.Errorf("%w: its period does not begin and end as 2026-10-01T00:00:00Z does, in this order", ErrScope)
	case s.Class != ClassTraffic && s.Class != ClassService && s.Class != ClassNone:
		return nil, fmt.Errorf("%w: its class is %q", ErrScope, s.Class)
	case !slices.IsSorted(s.Identifiers) || len(slices.Compact(slices.Clone(s.Identifiers))) != len(s.Identifiers):
		return nil, fmt.Errorf("%w: its identifiers are not sorted, or stand twice", ErrScope)
	}
	for _, id := range s.Identifiers {
		if err := out.add(id); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s *scope) add(id string) error {
	if id == "" {
		return fmt.Errorf("%w: an identifier is blank", ErrScope)
	}
	if cell, is := strings.CutPrefix(id, PrefixCell); is {
		s.cells[cell] = true
		return nil
	}
	if text, is := strings.CutPrefix(id, PrefixArea); is {
		parts := strings.Split(text, ",")
		if len(parts) != 3 {
			return fmt.Errorf("%w: an area is written area:LATITUDE,LONGITUDE,METRES", ErrScope)
		}
		var a scopeArea
		var err [3]error
		a.centre.Lat, _, err[0] = grid.ParseDegrees(parts[0])
		a.centre.Lon, _, err[1] = grid.ParseDegrees(parts[1])
		a.metres, err[2] = strconv.ParseInt(parts[2], 10, 32)
		if e := errors.Join(err[0], err[1], err[2], a.centre.Verify()); e != nil || a.metres < 1 {
			return fmt.Errorf("%w: an area is written area:LATITUDE,LONGITUDE,METRES", ErrScope)
		}
		s.areas = append(s.areas, a)
		return nil
	}
	s.names[id] = true
	if len(id) >= handsetDigits && len(id) <= handsetDigits+2 && strings.Trim(id, "0123456789") == "" {
		s.handsets[id[:handsetDigits]] = true
	}
	return nil
}

// judge says for which reasons an event lies outside; 0 when it is inside.
func (s *scope) judge(e *event.Event) outside {
	var out outside
	if !s.covers(e) {
		out |= byIdentifier
	}
	if e.Start < s.from || e.Start > s.until {
		out |= byDates
	}
	if s.Class == ClassNone || s.Class == ClassService && located(e) {
		out |= byDataType
	}
	return out
}

// covers tells whether the scope names whose event it is, or where it was.
func (s *scope) covers(e *event.Event) bool {
	if string(e.Subject) != string(s.last) {
		s.last, s.lastNamed = append(s.last[:0], e.Subject...), s.names[string(e.Subject)]
	}
	if s.lastNamed || len(e.IMSI) > 0 && s.names[string(e.IMSI)] {
		return true
	}
	if len(s.handsets) > 0 && len(e.IMEI) >= handsetDigits && s.handsets[string(e.IMEI[:handsetDigits])] {
		return true
	}
	if len(s.cells) > 0 && (s.cells[string(e.StartAt.Cell)] || s.cells[string(e.EndAt.Cell)]) {
		return true
	}
	return s.names[Everybody] || len(s.areas) > 0 && (s.within(e.CRS, &e.StartAt) || s.within(e.CRS, &e.EndAt))
}

// within tells whether a site lies in one of the areas.
func (s *scope) within(crs string, at *event.Site) bool {
	if !at.HasXY {
		return false
	}
	p := grid.Point{Lat: at.Y, Lon: at.X}
	if crs == "EPSG:27700" {
		var err error
		if p, err = grid.FromGrid(grid.Grid{E: at.X * grid.Metre, N: at.Y * grid.Metre}); err != nil {
			return false
		}
	}
	near, known := s.near[p]
	if !known {
		near = slices.ContainsFunc(s.areas, func(a scopeArea) bool { return grid.Metres(p, a.centre) <= a.metres })
		if len(s.near) < math.MaxUint16 {
			s.near[p] = near
		}
	}
	return near
}

// located tells whether an event names apparatus or a place.
func located(e *event.Event) bool {
	return len(e.IMEI)+len(e.IMSI)+len(e.Roaming)+len(e.StartAt.Cell)+len(e.EndAt.Cell)+len(e.StartAt.Place)+len(e.EndAt.Place) > 0 ||
		e.StartAt.HasXY || e.EndAt.HasXY
}

// contentIn returns the first column of a row that holds the content of a
// communication, or nothing. What columns are called is looked at once a table.
func (s *scope) contentIn(m *mapping, r *record) string {
	if s.Content || r.fault != "" {
		return ""
	}
	if m.content == nil {
		m.content = ContentColumns(m.columnsOfFile())
	}
	for _, at := range m.content {
		if at >= len(r.fields) {
			continue
		}
		if text := bytes.TrimSpace(r.fields[at]); len(text) > 0 && string(text) != "-" {
			return m.columnsOfFile()[at]
		}
	}
	return ""
}

// columnsOfFile returns the names of the file's own columns.
func (m *mapping) columnsOfFile() []string {
	if len(m.head.file) > 0 {
		return m.head.file
	}
	return m.head.names
}

// ContentColumns returns the places of columns whose names say that they hold
// what was said or written, not that it was.
// Shape: never nil.
func ContentColumns(names []string) []int {
	carriers := []string{"sms", "mms", "message", "msg", "chat", "mail", "email", "voicemail", "im", "call", "recording"}
	whole := []string{"text", "body", "content", "contents", "transcript", "transcription"}
	alone := []string{"message", "msg", "sms message", "chat message", "communication content", "content of communication", "caption"}
	at := []int{}
	for i, name := range names {
		words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return r < 'a' || r > 'z' })
		if len(words) == 0 {
			continue
		}
		last := words[len(words)-1]
		carried := len(words) == 1 || slices.ContainsFunc(words[:len(words)-1], func(w string) bool { return slices.Contains(carriers, w) })
		if slices.Contains(whole, last) && carried || slices.Contains(alone, strings.Join(words, " ")) {
			at = append(at, i)
		}
	}
	return at
}
