package source

import (
	"bytes"
	"strconv"

	"custos.example/analysis/event"
)

func appendInt(dst []byte, n int64) []byte { return strconv.AppendInt(dst, n, 10) }

// handset reads the numbers of the handset and of the SIM.
func (m *mapping) handset(f [][]byte, e *event.Event) {
	if raw := m.serial(&m.imei, f); len(raw) > 0 {
		switch {
		case event.Rounded(raw):
			m.flags.set(flagIMEIRounded)
		case !allDigits(raw) || len(raw) < 14 || len(raw) > 16:
			m.flags.set(flagIMEIShape)
		default:
			e.IMEI = raw
			if len(raw) == 16 && raw[15] == '0' {
				m.flags.set(flagIMEISVZero)
			}
			if len(raw) == 15 && raw[14] != '0' && !luhn(raw) {
				m.flags.set(flagIMEICheck)
			}
			m.noteConstant(event.IMEI, &m.imei, f, "H-IMEI", raw)
		}
	}
	if raw := m.serial(&m.imsi, f); len(raw) > 0 {
		switch {
		case event.Rounded(raw):
			m.flags.set(flagIMSIRounded)
		case !allDigits(raw) || len(raw) < 14 || len(raw) > 15:
			m.flags.set(flagIMSIShape)
		default:
			e.IMSI = raw
			m.noteConstant(event.IMSI, &m.imsi, f, "H-IMSI", raw)
		}
	}
}

// serial returns the text of a number of a device, unwrapped.
func (m *mapping) serial(c *constant, f [][]byte) []byte {
	if c.at == absent {
		return c.value
	}
	raw := bytes.TrimSpace(f[c.at])
	if m.book.unwrap != (unwrapping{}) {
		raw = m.unwrapped(raw)
	}
	return raw
}

// network reads what else is known of the network's part.
func (m *mapping) network(f [][]byte, e *event.Event) {
	if m.forwarded.at != absent {
		if value, reason := m.party(event.CNumber, &m.forwarded, f, &m.partyB[3], true); reason == "" {
			e.C = value
		} else {
			m.flags.set(flagForwardShape)
		}
	}
	m.dialledDigits(f, e)
	if word, ok := m.word(&m.bearer, event.Bearer, f); ok {
		e.Bearer = []byte(word)
	} else {
		m.flags.set(flagBearerCode)
	}
	if word, ok := m.word(&m.outcome, event.Outcome, f); ok {
		e.Outcome = word
	} else {
		m.flags.set(flagOutcomeCode)
	}
	if v := m.constantText(event.Roaming, &m.roaming, f); v != nil {
		e.Roaming = v
	}
	if v := m.constantText(event.APN, &m.apn, f); v != nil {
		e.APN = v
	}
	e.CallRef = m.constantText(event.CallRef, &m.callRef, f)
	for i := range m.volumes {
		if m.volumes[i].at != absent {
			m.volume(i, f, e)
		}
	}
}

// dialledDigits keeps what was dialled where a column states it, or where the
// called number carries a prefix that the number itself does not.
func (m *mapping) dialledDigits(f [][]byte, e *event.Event) {
	switch {
	case m.dialled != absent:
		raw := bytes.TrimSpace(f[m.dialled])
		if m.book.unwrap != (unwrapping{}) {
			raw = m.unwrapped(raw)
		}
		if len(raw) == 0 {
			return
		}
		if len(raw) > 64 || hasControl(raw) || event.Rounded(raw) {
			m.flags.set(flagDialledShape)
			return
		}
		e.Dialled = raw
		m.note(event.Dialled, m.dialled, f[m.dialled], "T-DIALLED", raw)
	case m.flags&(1<<flagDialPrefix) != 0 && e.Leg == "originating":
		at := m.other.at
		if at == absent {
			at = m.called.at
		}
		if at == absent {
			return
		}
		raw := bytes.TrimSpace(f[at])
		if m.book.unwrap != (unwrapping{}) {
			raw = m.unwrapped(raw)
		}
		if m.book.plan.Read(raw).Flag != event.DialPrefix {
			return // the prefix stood before another number of the row
		}
		e.Dialled = raw
		m.note(event.Dialled, at, f[at], "T-DIALLED", e.Dialled)
	}
}

// word returns the canonical word of a coded column; false when it has none.
func (m *mapping) word(c *constant, field event.Column, f [][]byte) (string, bool) {
	if c.at == absent {
		if len(c.value) == 0 {
			return "", true
		}
		m.noteText(field, "V-CONSTANT", c.value)
		return string(c.value), true
	}
	raw := bytes.TrimSpace(f[c.at])
	if len(raw) == 0 {
		return "", true
	}
	word, ok := c.codes[string(raw)]
	if ok && m.trace != nil {
		m.note(field, c.at, f[c.at], "V-CODE", []byte(word))
	}
	return word, ok
}

// constantText returns a column's text, or the value that holds for every row.
func (m *mapping) constantText(field event.Column, c *constant, f [][]byte) []byte {
	if c.at != absent {
		return m.text(field, c.at, f)
	}
	if len(c.value) == 0 {
		return nil
	}
	m.noteText(field, "V-CONSTANT", c.value)
	return c.value
}

func (m *mapping) noteConstant(field event.Column, c *constant, f [][]byte, rule string, value []byte) {
	if c.at == absent {
		m.noteText(field, "V-CONSTANT", value)
		return
	}
	m.note(field, c.at, f[c.at], rule, value)
}

// volume reads a data volume as whole bytes.
func (m *mapping) volume(i int, f [][]byte, e *event.Event) {
	v := &m.volumes[i]
	raw := bytes.TrimSpace(f[v.at])
	if len(raw) == 0 {
		return
	}
	n, ok := int64(0), false
	if n, ok = digits(raw, 12); ok {
		n *= v.unit
	} else if n, ok = positive(readDecimal(raw, 6, m.book.point)); ok && n < 1<<42 {
		n = halfEven(n*v.unit, 1_000_000)
	} else {
		m.flags.set(flagVolumeShape)
		return
	}
	m.numberB[i] = appendInt(m.numberB[i][:0], n)
	field := [3]event.Column{event.Volume, event.VolumeUp, event.VolumeDown}[i]
	*[3]*[]byte{&e.Volume, &e.VolumeUp, &e.VolumeDown}[i] = m.numberB[i]
	m.note(field, v.at, f[v.at], "V-VOLUME", m.numberB[i])
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
