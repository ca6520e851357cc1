package source

import (
	"fmt"
	"io"

	"custos.example/analysis"
	"custos.example/analysis/event"
)

// Derivation tells how one field of an event came from its source row.
// Shape: Field is a canonical column; Column the source's column, blank when
// the value stands on a decision; Raw the text as it stands there; Rule the id
// of the rule that was used; Value the canonical text.
type Derivation struct {
	Field  string `json:"field"`
	Column string `json:"column"`
	Raw    string `json:"raw"`
	Rule   string `json:"rule"`
	Value  string `json:"value"`
}

// Explanation tells how one source row was read.
// Shape: Reason and Column are set when the row was set aside.
type Explanation struct {
	Fields []Derivation `json:"fields"`
	Reason string       `json:"reason"`
	Column string       `json:"column"`
	Event  []byte       `json:"-"` // content columns of the event as canonical text
}

// Explain reads one raw row again under a profile and decisions, and tells for
// each field where it came from. It runs the code that the import ran.
// Errors: ErrProfile, ErrDecision, event.ErrZone.
func Explain(profile, decisions, raw []byte) (Explanation, error) {
	m, err := load(profile, decisions, embeddedClock)
	if err != nil {
		return Explanation{}, err
	}
	s := &scanner{separator: m.separator, anyBytes: m.profile.File.Encoding != "utf-8"}
	s.rec.column = -1
	s.split(raw)
	var x Explanation
	m.trace = &x.Fields
	var e event.Event
	reason, column := m.row(&s.rec, &e)
	if reason != "" {
		x.Reason, x.Column = reason, m.columnName(column)
		return x, nil
	}
	x.Event = event.AppendContent(nil, &e)
	return x, nil
}

// RowAt returns the raw bytes of the record that begins at a byte offset of a
// source file, without its line end.
// Errors: ErrProfile; a failure to read; io.EOF when there is no record.
func RowAt(profile []byte, in analysis.Input, offset int64) ([]byte, error) {
	p, err := ParseProfile(profile)
	if err != nil {
		return nil, err
	}
	if offset < 0 || offset >= in.Size() {
		return nil, fmt.Errorf("byte %d of %d: %w", offset, in.Size(), io.EOF)
	}
	m := &mapping{profile: p}
	if err := m.compileFile(); err != nil {
		return nil, err
	}
	s := newScanner(in, m.separator, p.File.Multiline, nil)
	s.read, s.base = offset, offset
	line, err := s.line()
	if err != nil {
		return nil, err
	}
	if s.rec.fault != "" {
		return nil, fmt.Errorf("the record at byte %d: %s", offset, s.rec.fault)
	}
	return line, nil
}

func embeddedClock(name string) (*event.Clock, error) {
	loc, err := event.Location(name)
	if err != nil {
		return nil, err
	}
	return event.NewClock(loc), nil
}

// load parses and compiles a profile with its decisions.
func load(profile, decisions []byte, clock func(string) (*event.Clock, error)) (*mapping, error) {
	p, err := ParseProfile(profile)
	if err != nil {
		return nil, err
	}
	ds, err := ParseDecisions(decisions)
	if err != nil {
		return nil, err
	}
	return compile(p, ds, clock)
}

// CheckProfile returns nil when a profile and its decisions can be used.
// Errors: ErrProfile, ErrDecision, event.ErrZone.
func CheckProfile(profile, decisions []byte) error {
	_, err := load(profile, decisions, embeddedClock)
	return err
}

func (m *mapping) columnName(i int) string {
	if i < 0 || i >= len(m.profile.File.Header) {
		return ""
	}
	return m.profile.File.Header[i]
}

// note records a derivation when somebody asked for it.
func (m *mapping) note(field event.Column, at int, raw []byte, rule string, value []byte) {
	if m.trace == nil {
		return
	}
	*m.trace = append(*m.trace, Derivation{
		Field: event.Columns()[field], Column: m.columnName(at), Raw: string(raw), Rule: rule, Value: string(value),
	})
}

func (m *mapping) noteText(field event.Column, raw, rule string, value []byte) {
	m.note(field, absent, []byte(raw), rule, value)
}
