package source

import (
	"bytes"
	"strings"

	"custos.example/analysis/event"
)

var (
	eventTypes = []string{"voice", "sms", "mms", "data", "voicemail", "forward", "system", "other"}
	eventLegs  = []string{"originating", "terminating", "forwarding", "voicemail", "data", "other", "by-subject"}
	otherNeeds = []string{"required", "optional", "none", "apn"}
	evidences  = []string{"at", "at-or-before-start", "at-or-before-end", "within"}
)

func (m *mapping) compileCodes() error {
	c := m.shape.Events
	if len(c.Columns) > 3 || len(c.Rows) == 0 {
		return refuse("%sevents must name at most 3 columns and at least one row", m.where())
	}
	if len(c.Columns) == 0 && len(c.Rows) != 1 {
		return refuse("%sevents without columns has one row, for every record", m.where())
	}
	for _, name := range c.Columns {
		at, err := m.column("events.columns", name)
		if err != nil {
			return err
		}
		if at == absent {
			return refuse("%sevents.columns has a blank name", m.where())
		}
		m.codeColumns = append(m.codeColumns, at)
		m.known = append(m.known, map[string]bool{})
	}
	m.codes = make(map[string]*code, len(c.Rows))
	for _, row := range c.Rows {
		if err := m.compileCode(row); err != nil {
			return err
		}
	}
	return nil
}

func (m *mapping) compileCode(row CodeRow) error {
	if len(row.When) != len(m.codeColumns) {
		return refuse("an events row must have one value a column: %q", row.When)
	}
	if row.Evidence == "" {
		row.Evidence = "at"
	}
	for _, check := range []struct {
		key, value string
		of         []string
	}{
		{"type", row.Type, eventTypes},
		{"leg", row.Leg, eventLegs},
		{"other", row.Other, otherNeeds},
		{"evidence", row.Evidence, evidences},
	} {
		if !contains(check.of, check.value) {
			return refuse("events row %q: %s is %q; it can be %s", row.When, check.key, check.value, join(check.of))
		}
	}
	absolute := m.calling.at != absent
	switch {
	case row.Leg == "by-subject" && (!absolute || m.shape.Subject.From == "parties"):
		return refuse("events row %q: leg by-subject needs the columns calling and called, and a subject that stands elsewhere", row.When)
	case m.shape.Subject.From == "parties" && row.Leg != "originating" && row.Leg != "terminating":
		return refuse("events row %q: with a subject from the parties, leg is originating or terminating", row.When)
	case !absolute && m.other.at == absent && row.Other != "none" && row.Other != "optional":
		return refuse("events row %q: other is %q, and the profile names no column of another party", row.When, row.Other)
	}
	d := m.shape.Duration
	m.book.marks++
	made := &code{CodeRow: row, mark: m.book.marks, hasDuration: contains(d.Types, row.Type), needsDuration: contains(d.Required, row.Type)}
	if row.Zone != "" {
		var err error
		if made.clock, err = m.book.clock(row.Zone); err != nil {
			return err
		}
	}
	if contains(row.When, "*") {
		m.anyCodes = append(m.anyCodes, made)
	} else {
		key := strings.Join(row.When, "\x1f")
		if m.codes[key] != nil {
			return refuse("events row %q stands there twice", row.When)
		}
		m.codes[key] = made
	}
	for i, value := range row.When {
		m.known[i][value] = true
	}
	return nil
}

// code finds the event that a row's codes stand for, or the first column whose
// value the profile does not know.
func (m *mapping) code(f [][]byte) (*code, int) {
	m.key = m.key[:0]
	for i, at := range m.codeColumns {
		if i > 0 {
			m.key = append(m.key, 0x1f)
		}
		text := f[at]
		if !isTrimmed(text) {
			text = bytes.TrimSpace(text)
		}
		m.key = append(m.key, text...)
	}
	c := m.codes[string(m.key)]
	if c == nil {
		c = m.anyCode(f)
	}
	if c != nil {
		if m.trace != nil {
			m.noteCode(f, c)
		}
		return c, 0
	}
	for i, at := range m.codeColumns {
		if !m.known[i]["*"] && !m.known[i][string(bytes.TrimSpace(f[at]))] {
			return nil, at
		}
	}
	return nil, m.codeColumns[len(m.codeColumns)-1]
}

// anyCode finds the first row with a * that fits.
func (m *mapping) anyCode(f [][]byte) *code {
next:
	for _, c := range m.anyCodes {
		for i, at := range m.codeColumns {
			if want := c.When[i]; want != "*" && want != string(bytes.TrimSpace(f[at])) {
				continue next
			}
		}
		return c
	}
	return nil
}

func (m *mapping) noteCode(f [][]byte, c *code) {
	if len(m.codeColumns) == 0 {
		m.noteText(event.Type, "E-ALL", []byte(c.Type))
		m.noteText(event.Leg, "E-ALL", []byte(c.Leg))
		return
	}
	for _, at := range m.codeColumns {
		m.note(event.Type, at, f[at], "E-CODE", []byte(c.Type))
		m.note(event.Leg, at, f[at], "E-CODE", []byte(c.Leg))
	}
}
