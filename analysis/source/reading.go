package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"custos.example/analysis"
)

// reading walks a file record by record and tells rows of a table from headers,
// banners, totals and the rest. Every line of the file is counted once.
type reading struct {
	b    *book
	s    *scanner
	m    *mapping // the table that is open; nil before the first header
	text []byte

	bom        bool
	preamble   int64 // lines before the first header that no rule knows
	headers    int64
	siteRows   int64
	ended      bool // an end line was passed and no header since
	noData     int64
	inSites    bool
	opened     bool // a header was found
	records    int64
	sinceTotal int64 // records of this table since a total, or since it began
	totals     []declared
	beyond     *totalsBeyond // those behind the last that is listed

	stray bool // since the last line of kind subject a line was no record, and known to no rule

	changed func(offset int64) // called when the table, the subject or the end changes
}

// newReading returns a reading of a file; sink takes every byte in order.
func (b *book) newReading(in analysis.Input, sink io.Writer) *reading {
	s := newScanner(in, b.separator, b.profile.File.Multiline, sink)
	b.dress(s)
	return &reading{b: b, s: s}
}

// dress gives a scanner what the profile says of the text.
func (b *book) dress(s *scanner) {
	s.anyBytes = b.encoding == windows1252Text
	s.noQuotes = b.profile.File.Quotes == "none" || b.separator == 0
	s.equals = b.unwrap.equals
	if b.encoding.wide() {
		s.wide = &wideText{big: b.encoding == utf16BE}
	}
	if b.separator == 0 {
		s.cuts = b.tables[0].head.cuts
	}
}

// open reads up to the header, or to where it must stand.
// Errors: ErrNotThisFormat, saying what was expected and what was found.
func (rd *reading) open() error {
	b, s := rd.b, rd.s
	switch {
	case s.size == 0:
		return fmt.Errorf("%w: the file is empty (0 bytes)", analysis.ErrNotThisFormat)
	case s.wide != nil && s.size%2 == 1:
		return fmt.Errorf("%w: the file has an odd number of bytes (%d), and %s has two for each letter", analysis.ErrNotThisFormat, s.size, b.encoding)
	}
	var err error
	if rd.bom, err = s.skipBOM(); err != nil {
		return err
	}
	if len(b.profile.Tables) > 0 {
		return nil
	}
	m := b.tables[0]
	if m.head.Headerless {
		rd.enter(m)
		return nil
	}
	return rd.findHeader(m)
}

// findHeader looks for the header of the file's one table.
func (rd *reading) findHeader(m *mapping) error {
	h := &m.head
	least, most := int64(max(h.HeaderRow, 1)), int64(max(h.HeaderRow, 1))
	if h.HeaderWithin > 0 {
		least, most = 1, int64(h.HeaderWithin)
	}
	why := ""
	for {
		r, err := rd.s.next()
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("%w: the file ends at row %d, before the header of profile %s", analysis.ErrNotThisFormat, rd.s.row, rd.b.profile.Name)
		}
		if err != nil {
			return err
		}
		if r.row >= least {
			var found bool
			if why, found = h.match(r); found {
				rd.headers++
				rd.enter(m)
				return nil
			}
		}
		if rd.rule(r) {
			if rd.noData > 0 {
				return nil // what follows needs no header; next looks at it
			}
			if h.HeaderRow == 0 {
				most++ // a line that the profile knows is not where the header should stand
			}
			continue
		}
		if r.row >= most {
			if h.HeaderWithin > 0 {
				why = fmt.Sprintf("none of the first %d lines is the header; the last of them: %s", h.HeaderWithin, why)
			}
			return notThis(r.row, why, rd.b.profile.Name)
		}
		rd.preamble++
	}
}

// enter opens a table. Behind a line that nobody knows, which may be the banner
// of the next target, it has the records of somebody who is not known.
func (rd *reading) enter(m *mapping) {
	if rd.stray {
		for _, t := range rd.b.tables {
			t.statedSubject = subjectOfLine{}
		}
	}
	if m != rd.m {
		rd.sinceTotal = 0
	}
	rd.m, rd.ended, rd.inSites, rd.opened = m, false, false, true
	m.content = nil
	if !m.head.Headerless {
		rd.b.expect(m.head.opening())
	}
	if rd.changed != nil {
		rd.changed(rd.s.offset())
	}
}

// next returns the next row of a table, or a row of a place in the file where
// there can be none; its table is rd.m.
// Errors: io.EOF after the last; a failure to read.
func (rd *reading) next() (*record, error) {
	for {
		r, err := rd.s.next()
		if err != nil {
			return nil, err
		}
		if rd.special(r) {
			continue
		}
		rd.records++
		rd.sinceTotal++
		rd.stray = rd.stray || isStray(r, rd.m)
		if rd.ended && r.fault == "" {
			r.fault, r.column = reasonAfterEnd, absent
		}
		return r, nil
	}
}

// isStray reports a line that has not the form of a record of the table: other
// columns, or text in one of them alone.
func isStray(r *record, m *mapping) bool {
	if m == nil || r.fault != "" || len(r.fields) != m.head.width {
		return true
	}
	filled := 0
	for _, f := range r.fields {
		if isPrinted(f) || len(bytes.TrimSpace(f)) > 0 {
			if filled++; filled == 2 {
				return false
			}
		}
	}
	return true
}

// special deals with a line that is no record and reports it.
func (rd *reading) special(r *record) bool {
	several := len(rd.b.tables) > 1 || rd.b.sites.inFile
	if rd.m != nil && !several && !rd.b.first[firstByte(r)] && rd.m.dated(r) {
		return false
	}
	if rd.header(r) || rd.rule(r) {
		return true
	}
	if rd.inSites && !rd.ended {
		why := rd.b.sites.take(r)
		if why == "" {
			rd.siteRows++
			return true
		}
		if r.fault == "" {
			r.fault, r.column = reasonSite, absent
		}
		return false
	}
	if rd.m == nil && !rd.ended && r.fault == "" {
		r.fault, r.column = reasonNoTable, absent
	}
	return false
}

// dated reports a row whose start begins with a digit, as that of no header does.
func (m *mapping) dated(r *record) bool {
	at := m.start.columns[0]
	if m.head.bind != nil {
		at = m.head.bind[at]
	}
	if at < 0 || at >= len(r.fields) {
		return false
	}
	f := r.fields[at]
	if !isTrimmed(f) {
		f = bytes.TrimSpace(f)
	}
	return len(f) > 0 && f[0] >= '0' && f[0] <= '9'
}

// table returns the table whose rows are being read.
func (rd *reading) table() *mapping {
	if rd.m == nil {
		return rd.b.tables[0]
	}
	return rd.m
}

// header reports a line that opens a table, again or for the first time.
func (rd *reading) header(r *record) bool {
	b := rd.b
	if rd.m != nil && rd.m.head.Headerless || r.fault != "" && b.separator != 0 {
		return false
	}
	if rd.m != nil && rd.m.head.loose && rd.m.head.repeats(r) {
		rd.headers++
		rd.enter(rd.m)
		return true
	}
	if si := b.sites; si.inFile && si.head.plausible(r) {
		if _, ok := si.head.match(r); ok {
			rd.headers++
			rd.inSites, rd.ended = true, false
			if rd.changed != nil {
				rd.changed(rd.s.offset())
			}
			return true
		}
	}
	almost := false
	for _, m := range b.tables {
		if m.head.plausible(r) {
			if _, ok := m.head.match(r); ok {
				rd.headers++
				rd.enter(m)
				return true
			}
		} else if rd.m == nil || rd.m.dated(r) {
			continue
		}
		almost = almost || rd.m != nil && m.head.almost(r)
	}
	if almost {
		rd.leave(r.offset)
	}
	return false
}

// leave closes the table: a header stands here that the profile does not know,
// and no row below it may be read by the columns of another.
func (rd *reading) leave(offset int64) {
	rd.m, rd.inSites = nil, false
	if rd.changed != nil {
		rd.changed(offset)
	}
}

// rule reports a line that a rule of the profile knows.
func (rd *reading) rule(r *record) bool {
	b := rd.b
	if len(b.lines) == 0 || !b.first[firstByte(r)] {
		return false
	}
	rd.text = lineText(rd.text, r)
	for i := range b.lines {
		rule := &b.lines[i]
		c, ok := rule.pattern.match(rd.text)
		if !ok {
			continue
		}
		rule.seen++
		switch rule.Kind {
		case lineTotal:
			rd.total(r, rule, c.count)
		case lineSubject:
			rd.stray = false
			for _, m := range b.tables {
				if m.shape.Subject.From == "line" {
					m.setSubject(c.subject)
				}
			}
			if rd.changed != nil {
				rd.changed(rd.s.offset())
			}
		case lineNoData:
			rd.noData = r.row
		case lineEnd:
			rd.ended = true
			if rd.changed != nil {
				rd.changed(rd.s.offset())
			}
		}
		return true
	}
	return false
}

// total holds a declared total against what was counted.
func (rd *reading) total(r *record, rule *lineRule, count int64) {
	d := declared{Row: r.row, Text: string(rd.text), Of: rule.Of, Declared: count, Counted: rd.sinceTotal}
	if d.Of == "" {
		d.Of = "table"
	}
	if d.Of == "file" {
		d.Counted = rd.records
	}
	d.Agrees = d.Declared == d.Counted
	if len(rd.totals) < maxTotals {
		rd.totals = append(rd.totals, d)
	} else {
		rd.beyond = rd.beyond.add(d)
	}
	if d.Of == "table" {
		rd.sinceTotal = 0
	}
}

// maxTotals bounds how many totals are listed one by one.
const maxTotals = 1000

// close checks what must have been in the file.
// Errors: ErrNotThisFormat.
func (rd *reading) close() error {
	if !rd.opened && rd.noData == 0 && len(rd.b.profile.Tables) > 0 {
		return fmt.Errorf("%w: the file ends at row %d, and no line is the header of a table of profile %s", analysis.ErrNotThisFormat, rd.s.row, rd.b.profile.Name)
	}
	for i := range rd.b.lines {
		if rule := &rd.b.lines[i]; rule.Required && rule.seen == 0 {
			return fmt.Errorf("%w: no line is %q, which profile %s requires", analysis.ErrNotThisFormat, rule.Like, rd.b.profile.Name)
		}
	}
	return nil
}
