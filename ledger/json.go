package ledger

import (
	"bytes"
	"encoding"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

const (
	maxDepth   = 32
	maxInteger = 1<<53 - 1
)

var (
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
	jsonNumber    = reflect.TypeFor[json.Number]()
)

// MarshalCanonical returns v as canonical JSON: RFC 8785 restricted to objects,
// arrays, strings, booleans and integers within 2^53-1.
//
// Shape: structs by their json tags (each exported field must have one; omitempty
// is honoured), maps with string keys, slices (nil writes []), []byte as padded
// standard base64, TextMarshalers as strings. Keys sort by UTF-16 code units.
// Errors: FaultJSON for null, floats, invalid UTF-8, depth over 32 and the like.
func MarshalCanonical(v any) ([]byte, error) {
	return appendValue(nil, reflect.ValueOf(v), 0)
}

func appendValue(b []byte, v reflect.Value, depth int) ([]byte, error) {
	if !v.IsValid() || (v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface) && v.IsNil() {
		return nil, fault(FaultJSON, "canonical JSON has no null")
	}
	if v.Type().Implements(textMarshaler) {
		m, _ := v.Interface().(encoding.TextMarshaler)
		t, err := m.MarshalText()
		if err != nil {
			return nil, err
		}
		return appendString(b, string(t))
	}
	switch kind := v.Kind(); {
	case kind == reflect.Pointer || kind == reflect.Interface:
		return appendValue(b, v.Elem(), depth)
	case kind == reflect.Bool:
		return strconv.AppendBool(b, v.Bool()), nil
	case v.CanInt():
		if i := v.Int(); i < -maxInteger || i > maxInteger {
			return nil, fault(FaultJSON, "%d is beyond 2^53-1", i)
		}
		return strconv.AppendInt(b, v.Int(), 10), nil
	case v.CanUint():
		if v.Uint() > maxInteger {
			return nil, fault(FaultJSON, "%d is beyond 2^53-1", v.Uint())
		}
		return strconv.AppendUint(b, v.Uint(), 10), nil
	case kind == reflect.String:
		if v.Type() == jsonNumber {
			i, err := strconv.ParseInt(v.String(), 10, 64)
			if err != nil {
				return nil, fault(FaultJSON, "a number that is no integer within 2^53-1")
			}
			return appendValue(b, reflect.ValueOf(i), depth)
		}
		return appendString(b, v.String())
	case kind == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8:
		return append(base64.StdEncoding.AppendEncode(append(b, '"'), v.Bytes()), '"'), nil
	case depth == maxDepth:
		return nil, fault(FaultJSON, "nested deeper than %d", maxDepth)
	case kind == reflect.Slice:
		return appendArray(b, v, depth+1)
	case kind == reflect.Map:
		return appendMap(b, v, depth+1)
	case kind == reflect.Struct:
		return appendStruct(b, v, depth+1)
	}
	return nil, fault(FaultJSON, "canonical JSON has no %s", v.Type())
}

func appendArray(b []byte, v reflect.Value, depth int) (_ []byte, err error) {
	b = append(b, '[')
	for i := range v.Len() {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = appendValue(b, v.Index(i), depth); err != nil {
			return nil, at("["+strconv.Itoa(i)+"]", err)
		}
	}
	return append(b, ']'), nil
}

// pair is one key of an object with its value.
type pair struct {
	key   string
	value reflect.Value
}

func appendMap(b []byte, v reflect.Value, depth int) ([]byte, error) {
	if v.Type().Key().Kind() != reflect.String {
		return nil, fault(FaultJSON, "keys of %s are not strings", v.Type())
	}
	pairs := make([]pair, 0, v.Len())
	for it := v.MapRange(); it.Next(); {
		pairs = append(pairs, pair{it.Key().String(), it.Value()})
	}
	return appendPairs(b, pairs, depth)
}

func appendStruct(b []byte, v reflect.Value, depth int) ([]byte, error) {
	fields, err := fieldsOf(v.Type())
	if err != nil {
		return nil, err
	}
	b = append(b, '{')
	first := true
	for _, f := range fields {
		value := v.Field(f.index)
		if f.optional && (value.IsZero() || (value.Kind() == reflect.Slice || value.Kind() == reflect.Map) && value.Len() == 0) {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		if b, err = appendValue(append(b, f.quoted...), value, depth); err != nil {
			return nil, at(f.key, err)
		}
	}
	return append(b, '}'), nil
}

func appendPairs(b []byte, pairs []pair, depth int) (_ []byte, err error) {
	slices.SortFunc(pairs, func(x, y pair) int { return compareUTF16(x.key, y.key) })
	b = append(b, '{')
	for i, p := range pairs {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = appendString(b, p.key); err != nil {
			return nil, err
		}
		if b, err = appendValue(append(b, ':'), p.value, depth); err != nil {
			return nil, at(p.key, err)
		}
	}
	return append(b, '}'), nil
}

// compareUTF16 orders keys as RFC 8785 section 3.2.3 wants: by UTF-16 code units. That
// is the order of their UTF-8 bytes, but that U+E000 to U+FFFF (which begin with EE or
// EF) stand behind the characters beyond (F0 to F4, surrogates in UTF-16).
func compareUTF16(a, b string) int {
	rank := func(c byte) int {
		if c == 0xee || c == 0xef {
			return 0x100
		}
		return int(c)
	}
	for i := range min(len(a), len(b)) {
		if d := rank(a[i]) - rank(b[i]); d != 0 {
			return d
		}
		if a[i] != b[i] {
			return int(a[i]) - int(b[i])
		}
	}
	return len(a) - len(b)
}

func appendString(b []byte, s string) ([]byte, error) {
	if !utf8.ValidString(s) {
		return nil, fault(FaultJSON, "text is not valid UTF-8")
	}
	b = append(b, '"')
	plain := 0 // s[plain:i] has been read and needs no escape
	for i := range len(s) {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[plain:i]...)
		plain = i + 1
		switch short := strings.IndexByte(shortControls, c); {
		case c >= 0x20:
			b = append(b, '\\', c)
		case short >= 0:
			b = append(b, '\\', shortEscapes[short])
		default:
			b = fmt.Appendf(b, `\u%04x`, c)
		}
	}
	return append(append(b, s[plain:]...), '"'), nil
}

// The control characters that RFC 8785 writes in two characters, and how.
const shortControls, shortEscapes = "\b\t\n\f\r", "btnfr"

type field struct {
	key      string
	quoted   []byte // the key as it is written, with its colon
	index    int
	optional bool
}

// known remembers the fields of each struct type that was written: they follow
// from the type alone, and looking them up is most of the cost of writing.
var known sync.Map // reflect.Type to []field

// fieldsOf returns the JSON keys of a struct type in the order of writing.
func fieldsOf(t reflect.Type) ([]field, error) {
	if fields, ok := known.Load(t); ok {
		return fields.([]field), nil //nolint:errcheck,forcetypeassert // nothing else is stored
	}
	fields := make([]field, 0, t.NumField())
	for i := range t.NumField() {
		key, rest, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if key == "-" {
			continue
		}
		if key == "" || !t.Field(i).IsExported() || rest != "" && rest != "omitempty" {
			return nil, fault(FaultJSON, "%s.%s has no plain json tag", t, t.Field(i).Name)
		}
		quoted, err := appendString(nil, key)
		if err != nil {
			return nil, err
		}
		fields = append(fields, field{key, append(quoted, ':'), i, rest == "omitempty"})
	}
	slices.SortFunc(fields, func(x, y field) int { return compareUTF16(x.key, y.key) })
	known.Store(t, fields)
	return fields, nil
}

// UnmarshalCanonical fills v, a pointer to a zero value, from canonical JSON, and
// holds v's own canonical form against data, byte for byte.
//
// So it refuses duplicate, unknown, case-variant and missing keys, null, floats,
// white space, slack base64, other escapes, lone surrogates, integers beyond 2^53-1,
// depth over 32, trailing bytes: nothing is in data that is not in v. An `any` gets
// map[string]any, []any, string, bool and json.Number.
// Trust: data is hostile; the cost is linear in its length.
// Errors: FaultJSON, or FaultValue from a value's own text form.
func UnmarshalCanonical(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	d.DisallowUnknownFields()
	if err := d.Decode(v); CodeOf(err) != "" {
		return err
	} else if err != nil {
		return fault(FaultJSON, "%v", err)
	}
	again, err := appendValue(make([]byte, 0, len(data)), reflect.ValueOf(v), 0)
	if err != nil {
		return err
	}
	if !bytes.Equal(again, data) {
		i := 0
		for i < min(len(again), len(data)) && again[i] == data[i] {
			i++
		}
		return fault(FaultJSON, "byte %d of %d is not what canonical JSON with every key, once, would have there", i, len(data))
	}
	return nil
}

// decodeBase64 accepts padded standard base64 without slack bits or newlines.
func decodeBase64(s string) ([]byte, error) {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil || base64.StdEncoding.EncodeToString(b) != s {
		return nil, fault(FaultValue, "not padded standard base64 in its only form")
	}
	return b, nil
}
