package source

import (
	"bytes"

	"custos.example/analysis/event"
)

// compileParties makes the columns of the subject and of the parties ready.
func (m *mapping) compileParties() error {
	p := &m.shape
	for _, c := range []struct {
		to    *party
		key   string
		shape PartyShape
	}{
		{&m.subject, "subject", p.Subject},
		{&m.other, "other", p.Other},
		{&m.calling, "calling", p.Calling},
		{&m.called, "called", p.Called},
		{&m.forwarded, "forwarded", p.Forwarded},
	} {
		if err := m.compileParty(c.to, c.key, c.shape); err != nil {
			return err
		}
	}
	if (m.calling.at == absent) != (m.called.at == absent) {
		return refuse("%scalling and called are given both, or neither", m.where())
	}
	if m.calling.at != absent && m.other.at != absent {
		return refuse("%sparties are named by other, or by calling and called, not both", m.where())
	}
	return m.compileSubject()
}

func (m *mapping) compileParty(to *party, key string, shape PartyShape) error {
	var err error
	if to.at, err = m.column(key+".column", shape.Column); err != nil {
		return err
	}
	if key != "subject" {
		if shape.From != "" || shape.Asserted {
			return refuse("%s%s: from and asserted are for the subject", m.where(), key)
		}
		if to.at == absent {
			if shape.Read+shape.Blank != "" {
				return refuse("%s%s must name a column", m.where(), key)
			}
			return nil
		}
		want := []string{"refuse", "withheld", "none"}
		if key == "forwarded" {
			want = []string{"", "none"}
		}
		if err := oneOf(m.where()+key+".blank", shape.Blank, want...); err != nil {
			return err
		}
	}
	if to.at == absent && shape.From != "line" {
		return nil
	}
	to.id, to.blank = shape.Read == "id", shape.Blank
	return oneOf(m.where()+key+".read", shape.Read, "number", "id")
}

func (m *mapping) compileSubject() error {
	s := m.shape.Subject
	ways := 0
	for _, yes := range []bool{s.Column != "", s.From != "", s.Asserted} {
		if yes {
			ways++
		}
	}
	if ways != 1 || s.Blank != "" {
		return refuse("%ssubject must be one of: a column, from line, from parties, asserted", m.where())
	}
	if err := oneOf("subject.from", s.From, "", "line", "parties"); err != nil {
		return err
	}
	if s.From == "parties" && m.calling.at == absent {
		return refuse("%sa subject from the parties needs the columns calling and called", m.where())
	}
	if s.From == "line" {
		found := false
		for i := range m.book.lines {
			found = found || m.book.lines[i].Kind == lineSubject
		}
		if !found {
			return refuse("%sa subject from a line needs a rule of kind subject in file.lines", m.where())
		}
	}
	if s.Asserted && m.book.asserted == nil {
		return missingDecision(m.book.profile.Name)
	}
	m.sameSubject.watch(m.subject.at)
	return nil
}

// subjectOfLine is what a line of the file says of whose records follow: the
// identifier, or why it has none, and the flags that reading it raised, which are
// those of every row below.
type subjectOfLine struct {
	id    []byte
	fault string
	flags flagSet
}

// setSubject keeps the identifier that a line of the file states.
func (m *mapping) setSubject(raw []byte) {
	var buf []byte
	f := [][]byte{raw}
	flags, trace := m.flags, m.trace
	m.flags, m.trace = 0, nil
	value, reason := m.identifier(event.Subject, m.subject.id, 0, f, &buf)
	m.statedSubject = subjectOfLine{id: bytes.Clone(value), fault: reason, flags: m.flags}
	m.flags, m.trace = flags, trace
}

// parties reads the subject and both parties of a row.
func (m *mapping) parties(f [][]byte, c *code, e *event.Event) (string, int) {
	reason, column := m.readSubject(f, e)
	if reason != "" {
		return reason, column
	}
	if m.calling.at != absent {
		return m.bothParties(f, c, e)
	}
	other, reason := m.otherParty(f, c, e)
	if reason != "" {
		return reason, m.other.at
	}
	if c.Leg == "terminating" {
		e.A, e.B = other, e.Subject
	} else {
		e.A, e.B = e.Subject, other
	}
	return "", 0
}

func (m *mapping) readSubject(f [][]byte, e *event.Event) (string, int) {
	s := &m.shape.Subject
	if asserted := m.book.asserted; asserted != nil {
		e.Subject = asserted
		m.noteText(event.Subject, "decision "+AssertSubject, asserted)
		if !s.Asserted {
			m.flags.set(flagSubjectAsserted)
		}
		return "", 0
	}
	switch s.From {
	case "line":
		if m.statedSubject.fault != "" {
			return m.statedSubject.fault, absent
		}
		if m.statedSubject.id == nil {
			return reasonSubject, absent
		}
		e.Subject = m.statedSubject.id
		m.flags |= m.statedSubject.flags
		m.noteText(event.Subject, "P-LINE", e.Subject)
		return "", 0
	case "parties":
		return "", 0
	}
	value, reason := m.subjectAgain(f, &m.partyB[0])
	if reason != "" {
		return reason, m.subject.at
	}
	if value == nil {
		return reasonSubject, m.subject.at
	}
	e.Subject = value
	return "", 0
}

// bothParties reads the calling and the called party. The row's leg says which
// of them the subject is; with leg by-subject, the subject says the leg.
func (m *mapping) bothParties(f [][]byte, c *code, e *event.Event) (string, int) {
	optional := c.Other == "optional"
	a, reason := m.party(event.ANumber, &m.calling, f, &m.partyB[1], optional)
	if reason != "" {
		return reason, m.calling.at
	}
	var b []byte
	switch c.Other {
	case "none", "apn":
		if reason = m.noParty(f, m.called.at, c.Other == "apn", e); reason != "" {
			return reason, m.called.at
		}
	default:
		b, reason = m.party(event.BNumber, &m.called, f, &m.partyB[2], optional)
	}
	if reason != "" {
		return reason, m.called.at
	}
	e.A, e.B = a, b
	if m.shape.Subject.From == "parties" && e.Subject == nil {
		at := m.calling.at
		if e.Subject = a; c.Leg == "terminating" {
			e.Subject, at = b, m.called.at
		}
		if e.Subject == nil {
			return reasonSubject, at
		}
		m.note(event.Subject, at, f[at], "P-LEG", e.Subject)
		return "", 0
	}
	isA, isB := bytes.Equal(e.Subject, a), bytes.Equal(e.Subject, b)
	switch {
	case c.Leg != "by-subject":
		if !isA && !isB {
			m.flags.set(flagSubjectNotParty)
		}
	case isA:
		e.Leg, e.Mark = "originating", 0
		m.noteText(event.Leg, "P-BY-SUBJECT", []byte(e.Leg))
	case isB:
		e.Leg, e.Mark = "terminating", 0
		m.noteText(event.Leg, "P-BY-SUBJECT", []byte(e.Leg))
	default:
		return reasonNotSubject, m.calling.at
	}
	return "", 0
}

var withheld = []byte("none:withheld")

// number reads the identifier of one of two parties.
func (m *mapping) number(field event.Column, p *party, f [][]byte, keep *[]byte) ([]byte, string) {
	if p.id {
		return m.identifier(field, true, p.at, f, keep)
	}
	return m.numberAgain(field, p.at, f, keep)
}

// party reads one of two parties, and what its blank means.
func (m *mapping) party(field event.Column, p *party, f [][]byte, keep *[]byte, optional bool) ([]byte, string) {
	value, reason := m.number(field, p, f, keep)
	if reason != "" || value != nil || optional {
		return value, reason
	}
	switch p.blank {
	case "withheld":
		m.note(field, p.at, f[p.at], "P-BLANK-WITHHELD", withheld)
		return withheld, ""
	case "none":
		return nil, ""
	}
	return nil, reasonOther
}

// noParty reads a cell that holds no party: nothing, or an access point's name.
func (m *mapping) noParty(f [][]byte, at int, apn bool, e *event.Event) string {
	if at == absent {
		return ""
	}
	raw := bytes.TrimSpace(f[at])
	if len(raw) == 0 {
		return ""
	}
	if !apn || !hasLetter(raw) {
		return reasonUnexpected
	}
	e.APN = raw
	m.note(event.APN, at, f[at], "P-APN", raw)
	return ""
}

// otherParty reads the other party as the event's code wants it.
func (m *mapping) otherParty(f [][]byte, c *code, e *event.Event) ([]byte, string) {
	if m.other.at == absent {
		return nil, ""
	}
	if c.Other == "none" || c.Other == "apn" {
		return nil, m.noParty(f, m.other.at, c.Other == "apn", e)
	}
	field := event.BNumber
	if c.Leg == "terminating" {
		field = event.ANumber
	}
	return m.party(field, &m.other, f, &m.partyB[1], c.Other == "optional")
}
