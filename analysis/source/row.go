package source

import (
	"bytes"

	"custos.example/analysis/event"
)

// Reasons for which a row is set aside, besides those of its text (scan.go)
// and of lost identifiers (package event).
const (
	reasonNotRecord  = "NOT_A_RECORD"
	reasonCode       = "UNKNOWN_EVENT_CODE"
	reasonSubject    = "MISSING_SUBJECT"
	reasonOther      = "MISSING_OTHER_PARTY"
	reasonUnexpected = "UNEXPECTED_OTHER_PARTY"
	reasonFormula    = "FORMULA_CELL"
	reasonIdentifier = "BAD_IDENTIFIER"
	reasonTime       = "BAD_TIME"
	reasonGap        = "IMPOSSIBLE_LOCAL_TIME"
	reasonNoDuration = "MISSING_DURATION"
	reasonDuration   = "BAD_DURATION"
	reasonDoubled    = "ENCODED_TWICE"
	reasonNotSubject = "SUBJECT_IS_NO_PARTY"
	reasonAfterEnd   = "AFTER_THE_END"
	reasonNoTable    = "BEFORE_A_HEADER"
)

// builtinReasons returns the reasons that a profile's own must not repeat.
func builtinReasons() []string {
	return []string{
		reasonColumns, reasonQuote, reasonUnclosed, reasonLong, reasonNUL, reasonUTF8, reasonCode, reasonSubject,
		reasonOther, reasonUnexpected, reasonFormula, reasonIdentifier, reasonTime, reasonGap, reasonNoDuration, reasonDuration,
		reasonDoubled, reasonNotSubject, reasonAfterEnd, reasonNoTable, reasonSite, event.SciNotationLost, event.RoundedNumber,
	}
}

// row turns a record into an event. A reason says that it is set aside, with
// the column (from 0, or -1) that caused it: the first fault found, in the
// order text, rows set apart, codes, subject, parties, time, duration.
func (m *mapping) row(r *record, e *event.Event) (reason string, column int) {
	if r.fault != "" {
		return r.fault, r.column
	}
	if len(r.fields) != m.head.width {
		return reasonColumns, -1
	}
	f := r.fields
	m.record = r
	if m.head.bind != nil {
		f = m.bound(r.fields)
		m.record = nil
	}
	if r.odd {
		if column := m.recode(f); column != absent {
			return reasonDoubled, column
		}
	}
	for i := range m.apart {
		if m.apart[i].fits(f) {
			return m.apart[i].reason, m.apart[i].at
		}
	}
	*e = event.Event{Zone: m.clock.Name(), Minute: m.minute}
	m.flags = 0
	c, column := m.code(f)
	if c == nil {
		return reasonCode, column
	}
	e.Type, e.Leg, e.Evidence, e.Mark = c.Type, c.Leg, c.Evidence, c.mark
	if reason, column = m.parties(f, c, e); reason != "" {
		return reason, column
	}
	if reason = m.startTime(f, c, e); reason != "" {
		return reason, m.start.columns[0]
	}
	if reason = m.length(f, c, e); reason != "" {
		return reason, m.duration
	}
	if m.end != nil {
		m.endTime(f, c, e)
	}
	m.handsetAgain(f, e)
	m.network(f, e)
	m.sites(f, e)
	for _, id := range [...][]byte{e.A, e.B, e.C} {
		if bytes.HasPrefix(id, textParty) && !event.IsSender([]byte(e.Type), id) {
			m.flags.set(flagUnrecognised)
		}
	}
	m.flagB = m.flags.append(m.flagB[:0])
	e.Flags = m.flagB
	return "", 0
}

var (
	nothing   = []byte{}
	textParty = []byte("text:")
)

// bound puts the fields of a row in the order of the profile's columns.
func (m *mapping) bound(fields [][]byte) [][]byte {
	m.cells = m.cells[:0]
	for _, at := range m.head.bind {
		cell := nothing
		if at != absent {
			cell = fields[at]
		}
		m.cells = append(m.cells, cell)
	}
	return m.cells
}

// recode turns a row with letters beyond ASCII into UTF-8. It returns a column
// that is encoded twice and should not be, or the other way about.
func (m *mapping) recode(f [][]byte) int {
	column := absent
	switch m.book.encoding {
	case windows1252Text:
		m.wide = widen(m.wide, f)
	case utf8Twice:
		m.wide, column = undouble(m.wide, f)
	case utf8Text, utf16LE, utf16BE:
		for i, field := range f {
			if doubled(m.wide, field) {
				return i
			}
		}
	}
	return column
}

// fits reports that a row is set apart by this rule.
func (r *rowRule) fits(f [][]byte) bool {
	text := bytes.TrimSpace(f[r.at])
	switch {
	case r.blank:
		return len(text) == 0
	case r.pattern != nil:
		_, ok := r.pattern.match(text)
		return ok
	}
	return string(text) == r.equals
}

// identifier reads a number or a code; nil without a reason is a blank.
func (m *mapping) identifier(field event.Column, id bool, at int, f [][]byte, keep *[]byte) ([]byte, string) {
	raw := f[at]
	if m.book.unwrap != (unwrapping{}) {
		raw = m.unwrapped(raw)
	}
	if id {
		return m.plainID(field, at, raw, keep)
	}
	n := m.book.plan.Read(raw)
	switch n.Kind {
	case event.Blank:
		return nil, ""
	case event.Lost:
		return nil, n.Rule
	case event.Formula:
		return nil, reasonFormula
	case event.Damaged:
		return nil, reasonIdentifier
	case event.Number, event.Short, event.Text, event.Other, event.Absent:
	}
	switch n.Flag {
	case event.RepairedZero:
		m.flags.set(flagRepairedZero)
	case event.Unrecognised:
		m.flags.set(flagUnrecognised)
	case event.DialPrefix:
		m.flags.set(flagDialPrefix)
	}
	if n.TrunkZero {
		m.flags.set(flagTrunkZero)
	}
	*keep = append((*keep)[:0], n.Value...)
	m.note(field, at, raw, n.Rule, n.Value)
	return *keep, ""
}

// unwrapped takes off what the profile says stands around identifiers: an
// apostrophe before it, ="..." about it, or tel: and sip: of an address.
func (m *mapping) unwrapped(raw []byte) []byte {
	t := bytes.TrimSpace(raw)
	u := &m.book.unwrap
	if u.equals && len(t) >= 3 && t[0] == '=' && t[1] == '"' && t[len(t)-1] == '"' {
		t = t[2 : len(t)-1]
	}
	if u.apostrophe && len(t) > 0 && t[0] == '\'' {
		t = bytes.TrimSuffix(t[1:], []byte{'\''})
	}
	if u.uri {
		for _, scheme := range uriSchemes {
			if len(t) > len(scheme) && bytes.EqualFold(t[:len(scheme)], scheme) {
				t = t[len(scheme):]
				if i := bytes.IndexAny(t, "@;"); i >= 0 {
					t = t[:i]
				}
				break
			}
		}
	}
	return t
}

var uriSchemes = [][]byte{[]byte("sip:"), []byte("sips:"), []byte("tel:")}

// plainID reads an identifier that the profile says is no number.
func (m *mapping) plainID(field event.Column, at int, text []byte, keep *[]byte) ([]byte, string) {
	raw := bytes.TrimSpace(text)
	switch {
	case len(raw) == 0:
		return nil, ""
	case event.Rounded(raw):
		if hasLetter(raw) {
			return nil, event.SciNotationLost
		}
		return nil, event.RoundedNumber
	case len(raw) > 64 || hasControl(raw):
		return nil, reasonIdentifier
	}
	if isFormula(raw) {
		m.flags.set(flagFormulaText)
	}
	*keep = append(append((*keep)[:0], "id:"...), raw...)
	m.note(field, at, text, "P-ID", *keep)
	return *keep, ""
}

// length reads the duration, for the types that have one.
func (m *mapping) length(f [][]byte, c *code, e *event.Event) string {
	if m.duration == absent {
		return ""
	}
	raw := f[m.duration]
	if !isTrimmed(raw) {
		raw = bytes.TrimSpace(raw)
	}
	if len(raw) == 0 {
		if c.needsDuration {
			return reasonNoDuration
		}
		return ""
	}
	n, ok := int64(0), false
	if m.shape.Duration.Layout == "hh:mm:ss" {
		n, ok = fastHMS(raw)
	}
	if !ok {
		n, ok = readDuration(m.shape.Duration.Layout, raw, m.book.point)
	}
	if !c.hasDuration {
		// A message has no duration; 0 is how many systems write that.
		if !ok || n != 0 {
			m.flags.set(flagDurationUnused)
		}
		return ""
	}
	if !ok || !inYears(e.Start+n) {
		return reasonDuration
	}
	e.Duration, e.HasDuration, e.End, e.HasEnd = n, true, e.Start+n, true
	if m.trace != nil {
		m.note(event.DurationS, m.duration, raw, "D-"+m.shape.Duration.Layout, appendInt(nil, n))
	}
	return ""
}
