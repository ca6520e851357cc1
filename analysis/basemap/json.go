package basemap

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"custos.example/analysis"
	"custos.example/analysis/grid"
)

// Limits of a JSON text, and so of memory.
const (
	maxDepth  = 48
	maxString = 4096 // bytes of a key or of a text that is kept
	maxDigits = 64
)

// errSyntax is returned for a text that is no JSON.
var errSyntax = errors.New("not JSON")

// text reads JSON one token at a time and holds no more than a token.
type text struct {
	in    *bufio.Reader
	at    int64 // offset of the next byte
	depth int
	buf   []byte
}

func newText(in io.Reader) *text { return &text{in: bufio.NewReaderSize(in, 64<<10)} }

func (t *text) fail(what string) error {
	return fmt.Errorf("%w: %w: byte %d: %s", analysis.ErrNotThisFormat, errSyntax, t.at, what)
}

// byte returns the next byte, which it moves past.
func (t *text) byte() (byte, error) {
	c, err := t.in.ReadByte()
	if errors.Is(err, io.EOF) {
		return 0, t.fail("the text ends too soon")
	}
	if err == nil {
		t.at++
	}
	return c, err
}

// peek returns the next byte that is no blank, without moving past it.
func (t *text) peek() (byte, error) {
	for {
		c, err := t.byte()
		if err != nil {
			return 0, err
		}
		if c != ' ' && c != '\t' && c != '\n' && c != '\r' {
			t.at--
			return c, t.in.UnreadByte()
		}
	}
}

func (t *text) expect(want byte) error {
	c, err := t.peek()
	if err != nil {
		return err
	}
	if c != want {
		return t.fail(fmt.Sprintf("%q stands where %q must", c, want))
	}
	_, err = t.byte()
	return err
}

// list walks over an array or object: each is called in front of each value,
// with the key in an object, and must read the value.
func (t *text) list(open, end byte, each func(key string) error) error {
	if err := t.expect(open); err != nil {
		return err
	}
	if t.depth++; t.depth > maxDepth {
		return t.fail(fmt.Sprintf("nested deeper than %d", maxDepth))
	}
	defer func() { t.depth-- }()
	for first := true; ; first = false {
		c, err := t.peek()
		if err != nil {
			return err
		}
		if c == end {
			_, err = t.byte()
			return err
		}
		if !first {
			if err := t.expect(','); err != nil {
				return err
			}
		}
		key := ""
		if open == '{' {
			if key, err = t.string(); err != nil {
				return err
			}
			if err := t.expect(':'); err != nil {
				return err
			}
		} else if c, err := t.peek(); err != nil || c == ']' {
			return errors.Join(err, t.fail("a value is missing"))
		}
		if err := each(key); err != nil {
			return err
		}
	}
}

func (t *text) object(each func(key string) error) error { return t.list('{', '}', each) }

func (t *text) array(each func() error) error {
	return t.list('[', ']', func(string) error { return each() })
}

// raw reads a string with its quotation marks into buf; keep false forgets it.
func (t *text) raw(keep bool) error {
	if err := t.expect('"'); err != nil {
		return err
	}
	t.buf = append(t.buf[:0], '"')
	for escaped := false; ; {
		c, err := t.byte()
		if err != nil {
			return err
		}
		if c < 0x20 {
			return t.fail("a control character stands in a text")
		}
		if keep {
			if t.buf = append(t.buf, c); len(t.buf) > maxString {
				return t.fail(fmt.Sprintf("a text is longer than %d bytes", maxString))
			}
		}
		if c == '"' && !escaped {
			return nil
		}
		escaped = c == '\\' && !escaped
	}
}

func (t *text) string() (string, error) {
	if err := t.raw(true); err != nil {
		return "", err
	}
	if !utf8.Valid(t.buf) {
		return "", t.fail("a text is not UTF-8")
	}
	var s string
	if err := json.Unmarshal(t.buf, &s); err != nil {
		return "", t.fail("a text has an escape that does not exist")
	}
	return s, nil
}

// word reads a number, true, false or null; valid until the next read.
func (t *text) word() ([]byte, error) {
	if _, err := t.peek(); err != nil {
		return nil, err
	}
	t.buf = t.buf[:0]
	for {
		c, err := t.in.ReadByte()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && c != 'E' && c != '-' && c != '+' && c != '.' {
			if err := t.in.UnreadByte(); err != nil {
				return nil, err
			}
			break
		}
		t.at++
		if t.buf = append(t.buf, c); len(t.buf) > maxDigits {
			return nil, t.fail(fmt.Sprintf("a number is longer than %d digits", maxDigits))
		}
	}
	if !json.Valid(t.buf) {
		return nil, t.fail(fmt.Sprintf("%.20q is no number, true, false or null", t.buf))
	}
	return t.buf, nil
}

// number reads a number; valid until the next read.
func (t *text) number() ([]byte, error) {
	w, err := t.word()
	if err != nil {
		return nil, err
	}
	if w[0] >= 'a' {
		return nil, t.fail("there is no number where one must be")
	}
	return w, nil
}

// skip reads one value of any kind and forgets it.
func (t *text) skip() error {
	c, err := t.peek()
	if err != nil {
		return err
	}
	switch c {
	case '{':
		return t.object(func(string) error { return t.skip() })
	case '[':
		return t.array(t.skip)
	case '"':
		return t.raw(false)
	}
	_, err = t.word()
	return err
}

// plain reads a text or number as text, and returns nothing for other values.
func (t *text) plain() (string, error) {
	c, err := t.peek()
	if err != nil {
		return "", err
	}
	switch c {
	case '"':
		return t.string()
	case '{', '[':
		return "", t.skip()
	}
	w, err := t.word()
	if err != nil || w[0] >= 'a' {
		return "", err
	}
	return string(w), nil
}

// end wants nothing but blanks to be left.
func (t *text) end() error {
	for {
		c, err := t.in.ReadByte()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if c != ' ' && c != '\t' && c != '\n' && c != '\r' {
			return t.fail("there is something behind the end")
		}
		t.at++
	}
}

// coordinates reads nested arrays of positions into n.
// Errors: those of the syntax; what concerns the feature alone is returned as
// fault, and reading can go on behind it.
func (t *text) coordinates(s system, n *nest) (fault, err error) {
	err = t.coordinateList(s, n, 1, &fault)
	return fault, err
}

func (t *text) coordinateList(s system, n *nest, depth int, fault *error) error {
	var pair [2]int64
	numbers, lists := 0, 0
	err := t.array(func() error {
		c, err := t.peek()
		if err != nil {
			return err
		}
		if c == '[' {
			lists++
			return t.coordinateList(s, n, depth+1, fault)
		}
		w, err := t.number()
		if err != nil {
			return err
		}
		if numbers++; numbers > 2 {
			return nil // heights and measures are not drawn
		}
		if pair[numbers-1], err = decimal(w, s.places()); err != nil {
			*fault = err
		}
		return nil
	})
	if err != nil {
		return err
	}
	switch {
	case numbers > 0 && lists > 0 || numbers == 1:
		*fault = errShape
	case numbers > 1:
		n.add(s, pair, depth, fault)
	case len(n.points) > n.done():
		n.ends = append(n.ends, len(n.points))
	}
	return nil
}

func (n *nest) done() int {
	if len(n.ends) == 0 {
		return 0
	}
	return n.ends[len(n.ends)-1]
}

func (n *nest) add(s system, pair [2]int64, depth int, fault *error) {
	if *fault != nil {
		return
	}
	p, err := s.at(pair[0], pair[1])
	if err != nil {
		*fault = err
		return
	}
	if len(n.points) >= maxShape {
		*fault = errMany
		return
	}
	if n.depth != 0 && n.depth != depth {
		n.uneven = true
	}
	n.depth = depth
	n.points = append(n.points, grid.Point{Lat: p.Lat, Lon: p.Lon})
}
