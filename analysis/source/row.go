package source

import (
	"bytes"
	"strconv"

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
)

// row turns a record into an event. A reason says that it is set aside, with
// the column (from 0, or -1) that caused it: the first fault found, in the
// order codes, subject, other party, time, duration.
func (m *mapping) row(r *record, e *event.Event) (reason string, column int) {
	if r.fault != "" {
		return r.fault, r.column
	}
	f := r.fields
	if len(f) != len(m.profile.File.Header) {
		return reasonColumns, -1
	}
	if r.odd && m.profile.File.Encoding == "windows-1252" {
		m.widen(f)
	}
	for _, n := range m.notRecords {
		if string(bytes.TrimSpace(f[n.column])) == n.equals {
			return reasonNotRecord, n.column
		}
	}
	*e = event.Event{Zone: m.clock.Name(), Minute: m.minute}
	m.flags = 0
	c, column := m.code(f)
	if c == nil {
		return reasonCode, column
	}
	e.Type, e.Leg, e.Evidence = c.Type, c.Leg, c.Evidence
	if reason, column = m.parties(f, c, e); reason != "" {
		return reason, column
	}
	if reason = m.startTime(f, e); reason != "" {
		return reason, m.times[0]
	}
	if reason = m.length(f, c, e); reason != "" {
		return reason, m.duration
	}
	m.handset(f, e)
	m.sites(f, e)
	m.flagB = m.flags.append(m.flagB[:0])
	e.Flags = m.flagB
	return "", 0
}

// code finds the event that a row's codes stand for, or the first column whose
// value the profile does not know.
func (m *mapping) code(f [][]byte) (*code, int) {
	m.key = m.key[:0]
	for i, at := range m.codeColumns {
		if i > 0 {
			m.key = append(m.key, 0x1f)
		}
		m.key = append(m.key, bytes.TrimSpace(f[at])...)
	}
	if c := m.codes[string(m.key)]; c != nil {
		if m.trace != nil {
			for _, at := range m.codeColumns {
				m.note(event.Type, at, f[at], "E-CODE", []byte(c.Type))
				m.note(event.Leg, at, f[at], "E-CODE", []byte(c.Leg))
			}
		}
		return c, 0
	}
	for i, at := range m.codeColumns {
		if !m.known[i][string(bytes.TrimSpace(f[at]))] {
			return nil, at
		}
	}
	return nil, m.codeColumns[len(m.codeColumns)-1]
}

func (m *mapping) parties(f [][]byte, c *code, e *event.Event) (string, int) {
	if m.asserted != nil {
		e.Subject = m.asserted
		m.noteText(event.Subject, "", "decision "+AssertSubject, m.asserted)
		if !m.profile.Subject.Asserted {
			m.flags.set(flagSubjectAsserted)
		}
	} else {
		value, reason := m.identifier(event.Subject, m.profile.Subject.Read, m.subject, f, &m.subjectB)
		if reason != "" {
			return reason, m.subject
		}
		if value == nil {
			return reasonSubject, m.subject
		}
		e.Subject = value
	}
	other, reason := m.otherParty(f, c, e)
	if reason != "" {
		return reason, m.other
	}
	if c.Leg == "terminating" {
		e.A, e.B = other, e.Subject
	} else {
		e.A, e.B = e.Subject, other
	}
	return "", 0
}

var withheld = []byte("none:withheld")

// otherParty reads the other party as the event's code wants it.
func (m *mapping) otherParty(f [][]byte, c *code, e *event.Event) ([]byte, string) {
	raw := bytes.TrimSpace(f[m.other])
	switch c.Other {
	case "none":
		if len(raw) > 0 {
			return nil, reasonUnexpected
		}
		return nil, ""
	case "apn":
		if len(raw) > 0 && !hasLetter(raw) {
			return nil, reasonUnexpected
		}
		e.APN = raw
		m.note(event.APN, m.other, f[m.other], "P-APN", raw)
		return nil, ""
	}
	field := event.BNumber
	if c.Leg == "terminating" {
		field = event.ANumber
	}
	value, reason := m.identifier(field, m.profile.Other.Read, m.other, f, &m.otherB)
	if reason != "" || value != nil {
		return value, reason
	}
	if c.Other == "optional" || m.profile.Other.Blank == "none" {
		return nil, ""
	}
	if m.profile.Other.Blank == "withheld" {
		m.note(field, m.other, f[m.other], "P-BLANK-WITHHELD", withheld)
		return withheld, ""
	}
	return nil, reasonOther
}

// identifier reads a number or a code; nil without a reason is a blank.
func (m *mapping) identifier(field event.Column, read string, at int, f [][]byte, keep *[]byte) ([]byte, string) {
	if read == "id" {
		return m.plainID(field, at, f, keep)
	}
	n := m.plan.Read(f[at])
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
	}
	*keep = append((*keep)[:0], n.Value...)
	m.note(field, at, f[at], n.Rule, n.Value)
	return *keep, ""
}

// plainID reads an identifier that the profile says is no number.
func (m *mapping) plainID(field event.Column, at int, f [][]byte, keep *[]byte) ([]byte, string) {
	raw := bytes.TrimSpace(f[at])
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
	m.note(field, at, f[at], "P-ID", *keep)
	return *keep, ""
}

// startTime reads the start and turns it into an instant.
func (m *mapping) startTime(f [][]byte, e *event.Event) string {
	var t moment
	for i, at := range m.times {
		if !m.layouts[i].read(bytes.TrimSpace(f[at]), &t) {
			return reasonTime
		}
	}
	local, ok := event.LocalSeconds(t[0], t[1], t[2], t[3], t[4], t[5])
	if !ok {
		return reasonTime
	}
	first, _, n := m.clock.Instants(local)
	if n == 0 {
		return reasonGap
	}
	e.Start, e.OffsetS = first, int(local-first)
	rule := "Z-LOCAL"
	if n == 2 {
		e.Fold = "unknown"
		m.flags.set(flagFoldUnknown)
		rule = "Z-FOLD-EARLIER"
	}
	if m.trace != nil {
		var raw []byte
		for i, at := range m.times {
			if i > 0 {
				raw = append(raw, ' ')
			}
			raw = append(raw, f[at]...)
		}
		m.note(event.StartUTC, m.times[0], raw, rule+" "+m.clock.Name(), event.AppendInstant(nil, first))
	}
	return ""
}

// length reads the duration, for the types that have one.
func (m *mapping) length(f [][]byte, c *code, e *event.Event) string {
	if m.duration == absent {
		return ""
	}
	raw := bytes.TrimSpace(f[m.duration])
	if len(raw) == 0 {
		if c.needsDuration {
			return reasonNoDuration
		}
		return ""
	}
	n, ok := int64(0), false
	if m.profile.Duration.Layout == "hh:mm:ss" {
		n, ok = fastHMS(raw)
	}
	if !ok {
		n, ok = readDuration(m.profile.Duration.Layout, raw)
	}
	if !c.hasDuration {
		// A message has no duration; 0 is how many systems write that.
		if !ok || n != 0 {
			m.flags.set(flagDurationUnused)
		}
		return ""
	}
	if !ok {
		return reasonDuration
	}
	e.Duration, e.HasDuration, e.End, e.HasEnd = n, true, e.Start+n, true
	if m.trace != nil {
		m.note(event.DurationS, m.duration, raw, "D-"+m.profile.Duration.Layout, strconv.AppendInt(nil, n, 10))
	}
	return ""
}

// handset reads IMEI, IMSI and what else is kept as text.
func (m *mapping) handset(f [][]byte, e *event.Event) {
	if m.imei != absent {
		raw := bytes.TrimSpace(f[m.imei])
		switch {
		case len(raw) == 0:
		case event.Rounded(raw):
			m.flags.set(flagIMEIRounded)
		case !allDigits(raw) || len(raw) < 14 || len(raw) > 16:
			m.flags.set(flagIMEIShape)
		default:
			e.IMEI = raw
			if len(raw) == 15 && raw[14] != '0' && !luhn(raw) {
				m.flags.set(flagIMEICheck)
			}
			m.note(event.IMEI, m.imei, f[m.imei], "H-IMEI", raw)
		}
	}
	if m.imsi != absent {
		raw := bytes.TrimSpace(f[m.imsi])
		switch {
		case len(raw) == 0:
		case event.Rounded(raw):
			m.flags.set(flagIMSIRounded)
		case !allDigits(raw) || len(raw) < 14 || len(raw) > 15:
			m.flags.set(flagIMSIShape)
		default:
			e.IMSI = raw
			m.note(event.IMSI, m.imsi, f[m.imsi], "H-IMSI", raw)
		}
	}
	if m.apn != absent {
		e.APN = m.text(event.APN, m.apn, f)
	}
	if m.callRef != absent {
		e.CallRef = m.text(event.CallRef, m.callRef, f)
	}
}

// text keeps a field as text, without the blanks around it.
func (m *mapping) text(field event.Column, at int, f [][]byte) []byte {
	raw := bytes.TrimSpace(f[at])
	if len(raw) == 0 {
		return nil
	}
	if isFormula(raw) {
		m.flags.set(flagFormulaText)
	}
	if hasOdd(raw) && hasControl(raw) {
		m.flags.set(flagControlText)
	}
	m.note(field, at, f[at], "T-TEXT", raw)
	return raw
}
