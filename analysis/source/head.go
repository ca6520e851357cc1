package source

import (
	"bytes"
	"fmt"

	"custos.example/analysis"
)

// head is a table's columns: their names in the profile, and how to find them.
type head struct {
	Head
	names []string
	loose bool // columns found by name, pattern or place: the file may have others
	likes []*pattern
	cuts  []cut
	width int   // of the file's rows, known when the header was found
	bind  []int // for each name the file's column, or absent; nil when they are the same
	file  []string
}

const maxColumns = 500

func compileHead(key string, h Head, fixed bool) (head, error) {
	out := head{Head: h}
	if (len(h.Header) == 0) == (len(h.Columns) == 0) {
		return out, refuse("%s must have either header or columns", key)
	}
	if h.HeaderRow < 0 || h.HeaderRow > 1000 || h.HeaderWithin < 0 || h.HeaderWithin > 1000 {
		return out, refuse("%s: header-row and header-within go from 1 to 1000", key)
	}
	if h.HeaderRow > 0 && h.HeaderWithin > 0 || h.Headerless && h.HeaderRow+h.HeaderWithin > 0 {
		return out, refuse("%s: one of header-row, header-within and headerless at most", key)
	}
	if len(h.Header) > 0 {
		if fixed || len(h.Header) < 2 || len(h.Header) > maxColumns {
			return out, refuse("%s: header must name 2 to %d columns, of a file that is not of fixed width", key, maxColumns)
		}
		out.names, out.width, out.file = h.Header, len(h.Header), h.Header
	} else if err := out.compileColumns(key, fixed); err != nil {
		return out, err
	}
	seen := map[string]bool{}
	for _, name := range out.names {
		if name == "" || seen[name] {
			return out, refuse("%s: a column has a blank or repeated name %q", key, name)
		}
		seen[name] = true
	}
	return out, nil
}

func (h *head) compileColumns(key string, fixed bool) error {
	if len(h.Columns) > maxColumns {
		return refuse("%s: there are more than %d columns", key, maxColumns)
	}
	h.loose = true
	byText, last := 0, 0
	for _, c := range h.Columns {
		h.names = append(h.names, c.Name)
		var like *pattern
		if c.Like != "" {
			var err error
			if like, err = compilePattern(key+".columns", c.Like); err != nil {
				return err
			}
		}
		h.likes = append(h.likes, like)
		ways := 0
		for _, yes := range []bool{c.Is != "", c.Like != "", len(c.Any) > 0} {
			if yes {
				ways++
			}
		}
		if ways > 1 || contains(c.Any, "") {
			return refuse("%s: column %q has one of is, any and like", key, c.Name)
		}
		byText += ways
		switch {
		case fixed && (c.At <= last || c.To < c.At || c.To > maxField):
			return refuse("%s: column %q must say from which letter (at) to which (to) it stands, after the one before", key, c.Name)
		case fixed && !h.Headerless && ways == 0:
			return refuse("%s: column %q of a header of fixed width must say is, any or like", key, c.Name)
		case fixed && c.Optional:
			return refuse("%s: no column of fixed width is optional", key)
		case fixed:
			last = c.To
			h.cuts = append(h.cuts, cut{c.At - 1, c.To})
		case c.To != 0 || c.At < 0 || c.At > maxColumns:
			return refuse("%s: column %q: at goes from 1 to %d, and to is for fixed width", key, c.Name, maxColumns)
		case c.At > 0 && ways > 0:
			return refuse("%s: column %q is found by at, or by its text", key, c.Name)
		case c.At == 0 && ways == 0:
			return refuse("%s: column %q must say is, any, like or at", key, c.Name)
		}
		if h.Headerless && ways > 0 || c.Optional && c.At > 0 {
			return refuse("%s: column %q: a file without a header has no text to find a column by, and a column found by at is not optional", key, c.Name)
		}
	}
	if !h.Headerless && byText == 0 {
		return refuse("%s: at least one column must be found by its text, or the file be headerless", key)
	}
	return h.bindPlaces(fixed)
}

// bindPlaces binds what needs no header.
func (h *head) bindPlaces(fixed bool) error {
	if fixed {
		h.width, h.file = len(h.names), h.names
		return nil
	}
	if h.Headerless {
		h.bind = make([]int, len(h.names))
		for i, c := range h.Columns {
			h.bind[i] = c.At - 1
			h.width = max(h.width, c.At)
		}
		h.file = make([]string, h.width)
		for i, at := range h.bind {
			h.file[at] = h.names[i]
		}
	}
	return nil
}

// match reports whether a record is this table's header, and binds the columns
// to it. why says, for a message, what does not fit.
func (h *head) match(r *record) (why string, ok bool) {
	if r.fault == reasonNUL {
		return "there are NUL bytes, as in UTF-16 or a binary file", false
	}
	if r.fault != "" && r.fault != reasonColumns {
		return fmt.Sprintf("the line cannot be read (%s)", r.fault), false
	}
	if !h.loose {
		return h.matchAll(r)
	}
	if h.cuts != nil {
		return h.matchFixed(r)
	}
	return h.matchLoose(r)
}

func (h *head) matchAll(r *record) (string, bool) {
	want := h.names
	for i := range min(len(want), len(r.fields)) {
		if got := r.fields[i]; string(got) != want[i] {
			return fmt.Sprintf("column %d is %q; expected %q", i+1, show(got), want[i]), false
		}
	}
	if len(r.fields) != len(want) {
		return fmt.Sprintf("there are %d columns; expected %d", len(r.fields), len(want)), false
	}
	return "", true
}

func (h *head) matchFixed(r *record) (string, bool) {
	for i, c := range h.Columns {
		if got := bytes.TrimSpace(r.fields[i]); !h.Headerless && !h.fits(i, got) {
			return fmt.Sprintf("at letter %d stands %q; expected %s", c.At, show(got), c.wanted()), false
		}
	}
	return "", true
}

// fits reports that a text is that of column i.
func (h *head) fits(i int, text []byte) bool {
	if like := h.likes[i]; like != nil {
		_, ok := like.match(text)
		return ok
	}
	if names := h.Columns[i].Any; len(names) > 0 {
		return contains(names, string(text))
	}
	return string(text) == h.Columns[i].Is
}

// wanted says, for a message, by which text a column is found.
func (c *ColumnShape) wanted() string {
	if len(c.Any) > 0 {
		return join(c.Any)
	}
	return fmt.Sprintf("%q", c.Is+c.Like)
}

func (h *head) matchLoose(r *record) (string, bool) {
	bind := make([]int, len(h.Columns))
	for i, c := range h.Columns {
		bind[i] = absent
		if c.At > 0 {
			if bind[i] = c.At - 1; c.At > len(r.fields) {
				return fmt.Sprintf("there are %d columns; column %q is expected at %d", len(r.fields), c.Name, c.At), false
			}
			continue
		}
		for at, f := range r.fields {
			if !h.fits(i, bytes.TrimSpace(f)) {
				continue
			}
			if bind[i] != absent {
				return fmt.Sprintf("columns %d and %d are both %s", bind[i]+1, at+1, c.wanted()), false
			}
			bind[i] = at
		}
		if bind[i] == absent && !c.Optional {
			return fmt.Sprintf("no column is %s", c.wanted()), false
		}
	}
	h.bind, h.width = bind, len(r.fields)
	h.file = make([]string, h.width)
	for at, f := range r.fields {
		h.file[at] = string(bytes.TrimSpace(f))
	}
	return "", true
}

// plausible reports, at little cost, that a record may be this header.
func (h *head) plausible(r *record) bool {
	if len(r.fields) == 0 {
		return false
	}
	if !h.loose {
		return string(r.fields[0]) == h.names[0]
	}
	for i, c := range h.Columns {
		if c.Optional || c.Is+c.Like == "" && len(c.Any) == 0 {
			continue
		}
		if h.cuts != nil {
			return h.fits(i, bytes.TrimSpace(r.fields[i]))
		}
		for _, f := range r.fields {
			if h.fits(i, bytes.TrimSpace(f)) {
				return true
			}
		}
		return false
	}
	return true
}

// almost reports a record that has at least two, and half, of the header's names
// and is not the header: the header of a layout that has changed.
func (h *head) almost(r *record) bool {
	found, want := 0, 0
	for i, name := range h.names {
		if h.loose && h.Columns[i].At > 0 && h.cuts == nil {
			continue
		}
		want++
		for at, f := range r.fields {
			cell := bytes.TrimSpace(f)
			if h.cuts != nil && at != i {
				continue
			}
			if !h.loose && string(cell) == name || h.loose && h.fits(i, cell) && len(cell) > 0 {
				found++
				break
			}
		}
	}
	return found >= 2 && 2*found >= want
}

// opening returns the text with which the header's line begins, or "".
func (h *head) opening() string {
	if h.cuts == nil {
		return h.file[0]
	}
	c := &h.Columns[0]
	if len(c.Any) > 0 {
		return "*"
	}
	return c.Is + c.Like
}

// repeats reports that a record is the header again, letter for letter.
func (h *head) repeats(r *record) bool {
	if len(r.fields) != len(h.file) || r.fault != "" {
		return false
	}
	for i, f := range r.fields {
		if string(f) != h.file[i] && string(bytes.TrimSpace(f)) != h.file[i] {
			return false
		}
	}
	return true
}

func notThis(row int64, why, profile string) error {
	return fmt.Errorf("%w: row %d: %s, as profile %s wants", analysis.ErrNotThisFormat, row, why, profile)
}

// show shortens a text from the file for a message.
func show(p []byte) []byte {
	if len(p) > 40 {
		return append(bytes.Clone(p[:40]), "..."...)
	}
	return p
}
