package ledger

import (
	"encoding"
	"encoding/base64"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// node is a parsed JSON value.
// Shape: kind is one of { [ " t f 0; text holds a string's or number's value.
type node struct {
	kind    byte
	text    string
	keys    []string
	members []node
}

type reader struct {
	data []byte
	pos  int
}

// parseJSON reads one value, with nothing before, between or after its tokens.
func parseJSON(data []byte) (node, error) {
	r := &reader{data: data}
	n, err := r.value(0)
	if err == nil && r.pos != len(data) {
		err = r.refuse("bytes after the end")
	}
	return n, err
}

func (r *reader) refuse(words string) error {
	return fault(FaultJSON, "%s at byte %d", words, r.pos)
}

func (r *reader) peek() byte {
	if r.pos < len(r.data) {
		return r.data[r.pos]
	}
	return 0
}

// take consumes s if it comes next.
func (r *reader) take(s string) bool {
	ok := strings.HasPrefix(string(r.data[r.pos:min(len(r.data), r.pos+len(s))]), s)
	if ok {
		r.pos += len(s)
	}
	return ok
}

func (r *reader) value(depth int) (node, error) {
	switch c := r.peek(); {
	case c == '{' || c == '[':
		if depth++; depth > maxDepth {
			return node{}, r.refuse("nested deeper than 32")
		}
		if c == '{' {
			return r.object(depth)
		}
		return r.array(depth)
	case c == '"':
		s, err := r.str()
		return node{kind: '"', text: s}, err
	case r.take("true"):
		return node{kind: 't'}, nil
	case r.take("false"):
		return node{kind: 'f'}, nil
	case c == '-' || c >= '0' && c <= '9':
		return r.integer()
	}
	return node{}, r.refuse("not a value of canonical JSON")
}

func (r *reader) object(depth int) (node, error) {
	n := node{kind: '{'}
	r.pos++
	if r.take("}") {
		return n, nil
	}
	for {
		key, err := r.str()
		if err != nil {
			return n, err
		}
		if len(n.keys) > 0 && compareUTF16(n.keys[len(n.keys)-1], key) >= 0 {
			return n, r.refuse("key " + strconv.Quote(key) + " repeated or out of order")
		}
		if !r.take(":") {
			return n, r.refuse("no colon")
		}
		m, err := r.value(depth)
		if err != nil {
			return n, err
		}
		n.keys, n.members = append(n.keys, key), append(n.members, m)
		if r.take("}") {
			return n, nil
		}
		if !r.take(",") {
			return n, r.refuse("object not closed")
		}
	}
}

func (r *reader) array(depth int) (node, error) {
	n := node{kind: '['}
	r.pos++
	if r.take("]") {
		return n, nil
	}
	for {
		m, err := r.value(depth)
		if err != nil {
			return n, err
		}
		n.members = append(n.members, m)
		if r.take("]") {
			return n, nil
		}
		if !r.take(",") {
			return n, r.refuse("array not closed")
		}
	}
}

func (r *reader) integer() (node, error) {
	start := r.pos
	r.take("-")
	for c := r.peek(); c >= '0' && c <= '9'; c = r.peek() {
		r.pos++
	}
	text := string(r.data[start:r.pos])
	i, err := strconv.ParseInt(text, 10, 64)
	if err != nil || strconv.FormatInt(i, 10) != text || i < -maxInteger || i > maxInteger {
		return node{}, r.refuse("not an integer within 2^53-1 in its only form")
	}
	return node{kind: '0', text: text}, nil
}

func (r *reader) str() (string, error) {
	if !r.take(`"`) {
		return "", r.refuse("no string")
	}
	var b strings.Builder
	for start := r.pos; ; {
		switch c := r.peek(); {
		case r.pos >= len(r.data) || c < 0x20:
			return "", r.refuse("string not closed, or a bare control character in it")
		case c == '"':
			b.Write(r.data[start:r.pos])
			r.pos++
			if !utf8.ValidString(b.String()) {
				return "", r.refuse("string is not valid UTF-8")
			}
			return b.String(), nil
		case c == '\\':
			b.Write(r.data[start:r.pos])
			v, err := r.escape()
			if err != nil {
				return "", err
			}
			b.WriteByte(v)
			start = r.pos
		default:
			r.pos++
		}
	}
}

// escape reads the only escapes that RFC 8785 writes; all give one ASCII character.
func (r *reader) escape() (byte, error) {
	r.pos++
	c := r.peek()
	if c == '"' || c == '\\' {
		r.pos++
		return c, nil
	}
	if i := strings.IndexByte(shortEscapes, c); i >= 0 && c != 0 {
		r.pos++
		return shortControls[i], nil
	}
	if r.take("u00") && r.pos+2 <= len(r.data) {
		v, err := strconv.ParseUint(string(r.data[r.pos:r.pos+2]), 16, 8)
		if err == nil && v < 0x20 && strings.IndexByte(shortControls, byte(v)) < 0 {
			r.pos += 2
			return byte(v), nil
		}
	}
	return 0, r.refuse("an escape that canonical JSON does not write")
}

// fill sets v from n, refusing every difference of shape.
func fill(v reflect.Value, n node) error {
	if v.CanAddr() && v.Addr().Type().Implements(textUnmarshaler) {
		if n.kind != '"' {
			return fault(FaultJSON, "not a string")
		}
		return v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(n.text))
	}
	switch kind := v.Kind(); {
	case kind == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return fill(v.Elem(), n)
	case kind == reflect.Interface && !v.IsNil() && v.Elem().Kind() == reflect.Pointer:
		return fill(v.Elem().Elem(), n)
	case kind == reflect.Interface && v.NumMethod() == 0:
		v.Set(reflect.ValueOf(plain(n)))
		return nil
	case kind == reflect.Struct && n.kind == '{':
		return fillStruct(v, n)
	case kind == reflect.Map && n.kind == '{' && v.Type().Key().Kind() == reflect.String:
		return fillMap(v, n)
	case kind == reflect.Slice && n.kind == '[':
		return fillSlice(v, n)
	case kind == reflect.Slice && n.kind == '"' && v.Type().Elem().Kind() == reflect.Uint8:
		b, err := decodeBase64(n.text)
		v.SetBytes(b)
		return err
	case kind == reflect.String && n.kind == '"':
		v.SetString(n.text)
		return nil
	case kind == reflect.Bool && (n.kind == 't' || n.kind == 'f'):
		v.SetBool(n.kind == 't')
		return nil
	case n.kind == '0' && v.CanInt():
		i, err := strconv.ParseInt(n.text, 10, v.Type().Bits())
		v.SetInt(i)
		return asFault(err)
	case n.kind == '0' && v.CanUint():
		i, err := strconv.ParseUint(n.text, 10, v.Type().Bits())
		v.SetUint(i)
		return asFault(err)
	}
	return fault(FaultJSON, "a value of another type than %s", v.Type())
}

func asFault(err error) error {
	if err != nil {
		return fault(FaultJSON, "%v", err)
	}
	return nil
}

func fillStruct(v reflect.Value, n node) error {
	fields, err := fieldsOf(v.Type())
	if err != nil {
		return err
	}
	used := 0
	for _, f := range fields {
		found := false
		for i, key := range n.keys {
			if key != f.key {
				continue
			}
			if err := fill(v.Field(f.index), n.members[i]); err != nil {
				return at(key, err)
			}
			found = true
			used++
		}
		if !found && !f.optional {
			return fault(FaultJSON, "key %q is missing", f.key)
		}
	}
	if used == len(n.keys) {
		return nil
	}
	for _, key := range n.keys {
		if !hasKey(fields, key) {
			return fault(FaultJSON, "key %q is not known here", key)
		}
	}
	return nil
}

func hasKey(fields []field, key string) bool {
	for _, f := range fields {
		if f.key == key {
			return true
		}
	}
	return false
}

func fillMap(v reflect.Value, n node) error {
	v.Set(reflect.MakeMapWithSize(v.Type(), len(n.keys)))
	for i, key := range n.keys {
		item := reflect.New(v.Type().Elem()).Elem()
		if err := fill(item, n.members[i]); err != nil {
			return at(key, err)
		}
		v.SetMapIndex(reflect.ValueOf(key).Convert(v.Type().Key()), item)
	}
	return nil
}

func fillSlice(v reflect.Value, n node) error {
	v.Set(reflect.MakeSlice(v.Type(), len(n.members), len(n.members)))
	for i := range n.members {
		if err := fill(v.Index(i), n.members[i]); err != nil {
			return at("["+strconv.Itoa(i)+"]", err)
		}
	}
	return nil
}

// plain returns n as map[string]any, []any, string, bool or int64.
func plain(n node) any {
	switch n.kind {
	case '{':
		m := make(map[string]any, len(n.keys))
		for i, key := range n.keys {
			m[key] = plain(n.members[i])
		}
		return m
	case '[':
		l := make([]any, len(n.members))
		for i := range n.members {
			l[i] = plain(n.members[i])
		}
		return l
	case '0':
		i, _ := strconv.ParseInt(n.text, 10, 64) // the reader has accepted it as an integer
		return i
	case '"':
		return n.text
	}
	return n.kind == 't'
}

// decodeBase64 accepts padded standard base64 without slack bits or newlines.
func decodeBase64(s string) ([]byte, error) {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil || base64.StdEncoding.EncodeToString(b) != s {
		return nil, fault(FaultJSON, "not padded standard base64 in its only form")
	}
	return b, nil
}
