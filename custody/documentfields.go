package custody

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// fieldKind is the form of one field of a document that people fill in.
type fieldKind int

const (
	aText   fieldKind = iota
	aWord             // one of a closed list
	aDay              // 2026-11-21
	aTime             // 14:35
	aMoment           // a day, or an instant such as 2026-11-21T00:00:00Z
	aProse            // text that may have several lines
	aList             // of objects; its path ends with []
	aNumber           // a whole number, not negative
	someTexts
	someWords
)

// documentField is one field of a document: what it means and who must fill it in.
// Shape: path as in scope.from; [] stands for each element of a list.
type documentField struct {
	path    string
	kind    fieldKind
	words   []string
	says    string
	must    powers // for these it must be there
	may     powers // for these it may be
	example any    // nil: not in the template
}

// powers is a set of powers under which material is obtained.
type powers uint

func (f documentField) wanted(p powers) bool { return f.must&p != 0 }

func (f documentField) allowed(p powers) bool { return (f.must|f.may)&p != 0 }

// fieldProblems gathers what is wrong with a document, field by field.
type fieldProblems []string

func (p *fieldProblems) add(path, format string, args ...any) {
	*p = append(*p, path+" "+fmt.Sprintf(format, args...))
}

// err is nil when nothing is wrong. No value of a field stands in its text.
func (p fieldProblems) err(what string) error {
	if len(p) == 0 {
		return nil
	}
	slices.Sort(p)
	return fmt.Errorf("%s cannot be recorded so:\n  %s\n%w", what, strings.Join(slices.Compact(p), "\n  "), ErrInvalid)
}

// checkFields holds a document against a table of fields.
func checkFields(table []documentField, tree map[string]any, p powers, power string) fieldProblems {
	c := fieldCheck{table: map[string]documentField{}, power: power, p: p, seen: map[string]bool{}}
	for _, f := range table {
		c.table[f.path] = f
	}
	c.object("", "", tree)
	for _, f := range table {
		path := strings.TrimSuffix(f.path, "[]")
		if f.wanted(p) && !c.seen[path] && !strings.Contains(path, "[]") {
			c.problems.add(path, "is missing: %s", f.says)
		}
	}
	return c.problems
}

// fieldCheck walks through one document.
type fieldCheck struct {
	table    map[string]documentField
	power    string
	p        powers
	seen     map[string]bool
	problems fieldProblems
}

// object checks the fields of one object; path names it in the table and at in
// the document.
func (c *fieldCheck) object(path, at string, tree map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(tree)) {
		c.value(join2(path, name), join2(at, name), tree[name])
	}
}

func join2(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func (c *fieldCheck) value(path, at string, value any) {
	f, leaf := c.table[path]
	switch v := value.(type) {
	case map[string]any:
		if leaf || !c.within(path+".") {
			c.problems.add(at, "has no fields of its own here")
			return
		}
		c.object(path, at, v)
		return
	case []any:
		if !leaf && c.within(path+"[].") {
			c.list(path, at, v)
			return
		}
	}
	if !leaf {
		c.problems.add(at, "is not a field of this document")
		return
	}
	c.seen[path] = true
	if !f.allowed(c.p) {
		c.problems.add(at, "has no meaning for %s: leave it out", c.power)
		return
	}
	if wrong := f.wrong(value); wrong != "" {
		c.problems.add(at, "%s: %s", wrong, f.says)
	}
}

// list checks a list of objects.
func (c *fieldCheck) list(path, at string, values []any) {
	for i, value := range values {
		object, is := value.(map[string]any)
		where := at + "[" + strconv.Itoa(i) + "]"
		if !is {
			c.problems.add(where, "is not an object with fields")
			continue
		}
		c.seen[path] = true
		for _, f := range c.table {
			name, in := strings.CutPrefix(f.path, path+"[].")
			if _, there := object[name]; in && f.wanted(c.p) && !there {
				c.problems.add(where+"."+name, "is missing: %s", f.says)
			}
		}
		c.object(path+"[]", where, object)
	}
}

// within tells whether the table has fields under a path.
func (c *fieldCheck) within(prefix string) bool {
	for path := range c.table {
		if strings.HasPrefix(path, prefix) {
			return true
		}
	}
	return false
}

const maxProse = 20_000 // bytes of a text that a person writes

// wrong says what is wrong with a value of the field, or nothing.
func (f documentField) wrong(value any) string {
	text, isText := value.(string)
	switch f.kind {
	case aNumber:
		number, is := value.(json.Number)
		if n, err := strconv.Atoi(number.String()); !is || err != nil || n < 0 || n > 9999 {
			return "is not a whole number up to 9999"
		}
		return ""
	case someTexts, someWords:
		return f.wrongList(value)
	case aText, aWord, aDay, aTime, aMoment, aProse, aList:
	}
	if !isText {
		return "is not a text"
	}
	return f.wrongText(text)
}

func (f documentField) wrongText(text string) string {
	if text == "" {
		return "is empty"
	}
	if strings.HasPrefix(text, "<") && strings.HasSuffix(text, ">") {
		return "still holds what stands there to be replaced"
	}
	switch f.kind {
	case aWord, someWords:
		if !slices.Contains(f.words, text) {
			return "is not one of " + strings.Join(f.words, ", ")
		}
	case aDay:
		if !isForm(time.DateOnly, text) {
			return "is not a day such as 2026-11-21"
		}
	case aTime:
		if !isForm("15:04", text) {
			return "is not a time of day such as 14:35"
		}
	case aMoment:
		if _, err := time.Parse(time.RFC3339, text); err != nil && !isForm(time.DateOnly, text) {
			return "is neither a day such as 2026-11-21 nor an instant such as 2026-11-21T00:00:00Z"
		}
	case aProse:
		if len(text) > maxProse {
			return fmt.Sprintf("is longer than %d bytes", maxProse)
		}
		if !printable(strings.ReplaceAll(text, "\n", " ")) {
			return "has characters that cannot be printed"
		}
	case aText, someTexts, aNumber, aList:
		if longer(text, maxText) {
			return fmt.Sprintf("is longer than %d bytes", maxText)
		}
		if !printable(text) {
			return "has characters that cannot be printed, or a line break"
		}
	}
	return ""
}

func (f documentField) wrongList(value any) string {
	list, is := value.([]any)
	if !is {
		return "is not a list"
	}
	if len(list) == 0 {
		return "is an empty list"
	}
	seen := map[string]bool{}
	for _, element := range list {
		text, is := element.(string)
		if !is {
			return "holds something that is not a text"
		}
		if wrong := f.wrongText(text); wrong != "" {
			return "holds something that " + wrong
		}
		if seen[text] {
			return "names one thing twice"
		}
		seen[text] = true
	}
	return ""
}

func printable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) })
}

// isForm tells whether text is a time written exactly in that layout.
func isForm(layout, text string) bool {
	t, err := time.Parse(layout, text)
	return err == nil && t.Format(layout) == text
}

// parseTree reads one JSON object, and refuses a key that stands twice.
func parseTree(text []byte) (map[string]any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	value, err := parseValue(d, "")
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is something after the JSON object")
	}
	tree, is := value.(map[string]any)
	if !is {
		return nil, errors.New("it is not a JSON object")
	}
	return tree, nil
}

const mostNested = 8

func parseValue(d *json.Decoder, at string) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, fmt.Errorf("it is not JSON: %w", err)
	}
	if strings.Count(at, ".") > mostNested {
		return nil, errors.New("it is nested too deeply")
	}
	switch token {
	case json.Delim('{'):
		tree := map[string]any{}
		for d.More() {
			key, err := d.Token()
			if err != nil {
				return nil, fmt.Errorf("it is not JSON: %w", err)
			}
			name := fmt.Sprint(key)
			if _, twice := tree[name]; twice {
				return nil, fmt.Errorf("%s stands twice", join2(at, name))
			}
			if tree[name], err = parseValue(d, join2(at, name)); err != nil {
				return nil, err
			}
		}
		_, err = d.Token()
		return tree, err
	case json.Delim('['):
		list := []any{}
		for d.More() {
			value, err := parseValue(d, at+".")
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		_, err = d.Token()
		return list, err
	}
	return token, nil
}
