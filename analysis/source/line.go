package source

import "bytes"

// Kinds of line that are no records.
const (
	lineBanner  = "banner"
	lineTrailer = "trailer"
	lineTotal   = "total"
	lineSubject = "subject"
	lineNoData  = "no-data"
	lineEnd     = "end"
)

// lineRule recognises a line that is no record.
type lineRule struct {
	LineRule
	pattern *pattern
	seen    int64
}

func (b *book) compileLine(rule LineRule) error {
	key := "file.lines"
	p, err := compilePattern(key, rule.Like)
	if err != nil {
		return err
	}
	if err := oneOf(key+" kind", rule.Kind, lineBanner, lineTrailer, lineTotal, lineSubject, lineNoData, lineEnd); err != nil {
		return err
	}
	if err := oneOf(key+" of", rule.Of, "", "table", "file"); err != nil {
		return err
	}
	if rule.Of != "" && rule.Kind != lineTotal {
		return refuse("%s: of is for a total", key)
	}
	if p.has("count") != (rule.Kind == lineTotal) {
		return refuse("%s: a total has a {count} in its pattern, and nothing else has one: %q", key, rule.Like)
	}
	if p.has("subject") != (rule.Kind == lineSubject) {
		return refuse("%s: a line of kind subject has a {subject} in its pattern, and nothing else has one: %q", key, rule.Like)
	}
	p.first(&b.first)
	b.lines = append(b.lines, lineRule{LineRule: rule, pattern: p})
	return nil
}

// lineText returns the text of a line: its cells that are not blank, joined by
// one blank; runs of blanks count as one.
func lineText(dst []byte, r *record) []byte {
	dst = dst[:0]
	for _, f := range r.fields {
		dst = appendWords(dst, unmarked(f))
	}
	return dst
}

func appendWords(dst, text []byte) []byte {
	for _, word := range bytes.Fields(text) {
		if len(dst) > 0 {
			dst = append(dst, ' ')
		}
		dst = append(dst, word...)
	}
	return dst
}

// firstByte returns the first byte of the text of a record (lineText), or 0. A
// byte order mark, left where files were put together, is no part of it.
func firstByte(r *record) byte {
	for _, f := range r.fields {
		if isPrinted(f) {
			return f[0]
		}
		if text := bytes.TrimSpace(unmarked(f)); len(text) > 0 {
			return text[0]
		}
	}
	return 0
}

// unmarked is a text without the byte order mark before it.
func unmarked(text []byte) []byte { return bytes.TrimPrefix(text, []byte("\ufeff")) }

// declared is a total that the file states, held against what was counted.
type declared struct {
	Row      int64  `json:"row"`
	Text     string `json:"text"`
	Of       string `json:"of"`
	Declared int64  `json:"declared"`
	Counted  int64  `json:"counted"`
	Agrees   bool   `json:"agrees"`
}

// totalsBeyond counts the totals of a file that has more than are listed: each is
// compared like the others.
type totalsBeyond struct {
	Row    int64 `json:"row"` // of the first of them that does not agree, or 0
	Totals int64 `json:"totals"`
	Differ int64 `json:"differ"`
}

func (t *totalsBeyond) add(d declared) *totalsBeyond {
	if t == nil {
		t = &totalsBeyond{}
	}
	t.Totals++
	if !d.Agrees {
		if t.Differ++; t.Row == 0 {
			t.Row = d.Row
		}
	}
	return t
}
