package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"custos.example/analysis"
	"custos.example/analysis/event"
)

// Derivation tells how one field of an event came from its source row.
// Shape: Field is a canonical column; Column the source's column, blank when
// the value stands on a decision, a line of the file or a constant; Raw the text
// as it stands there; Rule the id of the rule that was used; Value the canonical
// text.
type Derivation struct {
	Field  string `json:"field"`
	Column string `json:"column"`
	Raw    string `json:"raw"`
	Rule   string `json:"rule"`
	Value  string `json:"value"`
}

// Explanation tells how one source row was read.
// Shape: Text is the raw row as UTF-8, for showing; Reason and Column are set
// when the row was set aside.
type Explanation struct {
	Text   string       `json:"text"`
	Fields []Derivation `json:"fields"`
	Reason string       `json:"reason"`
	Column string       `json:"column"`
	// Decisions are what a person recorded about the whole file.
	Decisions []Decision `json:"decisions,omitempty"`
	Event     []byte     `json:"-"` // content columns of the event as canonical text
}

// Explainer reads single rows of a source again, by the code that the import
// ran and in the state that the import had at that row.
//
// It reads the file once from its beginning, no further than the rows that are
// asked for, since a line far above can say how a row is to be read.
type Explainer struct {
	b     *book
	in    analysis.Input
	rd    *reading
	read  int64 // offset of the record that was read last
	whole bool  // the file was read to its end
	parts []part

	decisions []Decision
}

// part is a stretch of the file that is read in one state.
type part struct {
	from    int64
	m       *mapping // nil before the first table
	head    head
	subject subjectOfLine
	ended   bool
	sites   bool // rows of the site table
}

// NewExplainer returns the explainer of a source: in holds the inputs of
// source-csv by port.
// Errors: ErrProfile, ErrDecision, event.ErrZone, ErrNotThisFormat; a failure to read.
func NewExplainer(in map[string]analysis.Input) (*Explainer, error) {
	var texts [2][]byte
	for i, name := range []string{"profile", "decisions"} {
		if in[name] == nil {
			return nil, fmt.Errorf("%w: the input %q is missing", ErrProfile, name)
		}
		text, err := readAll(in[name])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		texts[i] = text
	}
	b, err := load(texts[0], texts[1], embeddedClock)
	if err != nil {
		return nil, err
	}
	if in["source"] == nil {
		return nil, fmt.Errorf("%w: the input \"source\" is missing", ErrProfile)
	}
	if err := b.begin(in); err != nil {
		return nil, err
	}
	decisions, err := ParseDecisions(texts[1])
	if err != nil {
		return nil, err
	}
	x := &Explainer{b: b, in: in["source"], rd: b.newReading(in["source"], nil), read: -1, decisions: decisions}
	x.rd.changed = x.divide
	if err := x.rd.open(); err != nil {
		return nil, fmt.Errorf("source: %w", err)
	}
	return x, nil
}

// divide notes that another state begins at an offset.
func (x *Explainer) divide(offset int64) {
	rd := x.rd
	p := part{from: offset, m: rd.m, ended: rd.ended, sites: rd.inSites && !rd.ended}
	if rd.m != nil {
		p.head, p.subject = rd.m.head, rd.m.statedSubject
	}
	x.parts = append(x.parts, p)
}

// reach reads on to the record at an offset.
func (x *Explainer) reach(offset int64) error {
	for !x.whole && x.read < offset {
		r, err := x.rd.next()
		switch {
		case errors.Is(err, io.EOF):
			x.whole = true
		case err != nil:
			return fmt.Errorf("source: %w", err)
		default:
			x.read = r.offset
		}
	}
	return nil
}

// Row returns the raw bytes of the record at a byte offset of the source,
// without its line end, and how it was read.
// Errors: io.EOF when there is no record; a failure to read.
func (x *Explainer) Row(offset int64) ([]byte, Explanation, error) {
	if offset < 0 || offset >= x.in.Size() {
		return nil, Explanation{}, fmt.Errorf("byte %d of %d: %w", offset, x.in.Size(), io.EOF)
	}
	raw, s, err := x.b.rowAt(x.in, offset)
	if err != nil {
		return nil, Explanation{}, err
	}
	if err := x.reach(offset); err != nil {
		return nil, Explanation{}, err
	}
	out, err := x.explain(&s.rec, offset)
	out.Text, out.Decisions = x.b.shown(raw), x.decisions
	return raw, out, err
}

// explain finds the state that the import had at an offset, and reads the record
// in it.
func (x *Explainer) explain(r *record, offset int64) (Explanation, error) {
	i, found := slices.BinarySearchFunc(x.parts, offset, func(p part, at int64) int {
		switch {
		case p.from < at:
			return -1
		case p.from > at:
			return 1
		}
		return 0
	})
	if !found {
		i--
	}
	for i+1 < len(x.parts) && x.parts[i+1].from == offset {
		i++
	}
	p := &part{}
	if i >= 0 {
		p = &x.parts[i]
	}
	if p.sites && r.fault == "" {
		if why := x.b.sites.take(r); why == "" {
			return Explanation{}, fmt.Errorf("byte %d stands in the site table", offset)
		}
		r.fault, r.column = reasonSite, absent
	}
	if p.ended && r.fault == "" {
		r.fault, r.column = reasonAfterEnd, absent
	}
	m := p.m
	if m == nil {
		m = x.b.tables[0]
		if r.fault == "" {
			r.fault, r.column = reasonNoTable, absent
		}
		return m.explain(r), nil
	}
	// The reading that goes on has a state of its own.
	head, subject := m.head, m.statedSubject
	defer func() { m.head, m.statedSubject = head, subject }()
	m.head, m.statedSubject = p.head, p.subject
	return m.explain(r), nil
}

// decided names, at the start and end of a row, the decisions of a person on
// which they rest: the zone of a clock time, and which number of a date is the
// day. A start that the source states with its offset rests on no zone.
func (m *mapping) decided(fields []Derivation) {
	zone, order := m.book.zone, m.book.order.decided
	for i := range fields {
		f := &fields[i]
		if f.Field != event.Columns()[event.StartUTC] && f.Field != event.Columns()[event.EndUTC] {
			continue
		}
		local := strings.HasPrefix(f.Rule, "Z-LOCAL") || strings.HasPrefix(f.Rule, "Z-FOLD")
		epoch := strings.HasPrefix(f.Rule, "Z-EPOCH")
		if zone != nil && m.shape.Start.Zone == "asserted" && local && strings.HasSuffix(f.Rule, " "+zone.Value) {
			f.Rule += "; decision " + AssertZone + " " + zone.Value
		}
		if order != nil && m.shape.Start.Order == "by-file" && !epoch {
			f.Rule += "; decision " + AssertDayOrder + " " + order.Value
		}
	}
}

// shown returns raw bytes of the file as text that can be shown.
func (b *book) shown(raw []byte) string {
	switch b.encoding {
	case utf16LE, utf16BE:
		raw, _ = appendUTF16(nil, raw, b.encoding == utf16BE, true)
	case windows1252Text:
		raw = appendWide(nil, raw)
	case utf8Text, utf8Twice:
	}
	return strings.ToValidUTF8(string(raw), "\ufffd")
}

// explain reads a record and notes where each field came from.
func (m *mapping) explain(r *record) Explanation {
	var x Explanation
	m.trace = &x.Fields
	defer func() { m.trace = nil }()
	var e event.Event
	reason, column := m.row(r, &e)
	if reason != "" {
		x.Reason, x.Column = reason, m.faultColumn(r, column)
		return x
	}
	m.decided(x.Fields)
	x.Event = event.AppendContent(nil, &e)
	return x
}

// rowAt reads the record at an offset. A record longer than any row may be has
// no raw bytes.
func (b *book) rowAt(in analysis.Input, offset int64) ([]byte, *scanner, error) {
	s := newScanner(in, b.separator, b.profile.File.Multiline, nil)
	b.dress(s)
	s.read, s.base = offset, offset
	if s.wide != nil {
		s.wide.at = offset
	}
	line, err := s.line()
	if err != nil {
		return nil, nil, err
	}
	if s.rec.fault != "" {
		return nil, s, nil
	}
	raw := bytes.Clone(line)
	if s.wide != nil {
		raw = make([]byte, 2*units(line))
		if _, err := in.ReadAt(raw, offset); err != nil && !errors.Is(err, io.EOF) {
			return nil, nil, fmt.Errorf("reading at byte %d: %w", offset, err)
		}
	}
	s.split(line)
	return raw, s, nil
}

// RawRow returns the raw bytes of the record at a byte offset of a source,
// without its line end, by the inputs of source-csv.
// Errors: as NewExplainer and Explainer.Row.
func RawRow(profile, decisions []byte, in analysis.Input, offset int64) ([]byte, error) {
	b, err := load(profile, decisions, embeddedClock)
	if err != nil {
		return nil, err
	}
	if offset < 0 || offset >= in.Size() {
		return nil, fmt.Errorf("byte %d of %d: %w", offset, in.Size(), io.EOF)
	}
	raw, _, err := b.rowAt(in, offset)
	return raw, err
}

func embeddedClock(name string) (*event.Clock, error) {
	loc, err := event.Location(name)
	if err != nil {
		return nil, err
	}
	return event.NewClock(loc), nil
}

// load parses and compiles a profile with its decisions.
func load(profile, decisions []byte, clock func(string) (*event.Clock, error)) (*book, error) {
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

// columnName returns the name of a column as the profile has it.
func (m *mapping) columnName(i int) string {
	if i < 0 || i >= len(m.head.names) {
		return ""
	}
	return m.head.names[i]
}

// faultColumn returns the column that a fault concerns: a fault of the text
// counts the columns of the file, any other those of the profile.
func (m *mapping) faultColumn(r *record, column int) string {
	if r.fault == "" || m.head.bind == nil {
		return m.columnName(column)
	}
	if column < 0 || column >= len(m.head.file) {
		return ""
	}
	return m.head.file[column]
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

// noteText records a value that came from no column.
func (m *mapping) noteText(field event.Column, rule string, value []byte) {
	m.note(field, absent, nil, rule, value)
}
