package analysis

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// ErrNotCanonical is returned for JSON that is not in its one canonical form.
var ErrNotCanonical = errors.New("not canonical JSON")

const (
	maxInteger = 1<<53 - 1
	maxDepth   = 32
)

// MarshalCanonical returns a value as canonical JSON: RFC 8785 restricted to
// objects, arrays, strings, booleans and integers within 2^53 - 1.
// Errors: ErrNotCanonical when the value holds anything else.
func MarshalCanonical(v any) ([]byte, error) {
	loose, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	tree, err := decodeTree(loose)
	if err != nil {
		return nil, err
	}
	return appendTree(nil, tree, 0)
}

// ParseCanonical reads canonical JSON into a struct or slice.
// Errors: ErrNotCanonical for unknown, duplicate or case-variant keys, for
// missing required keys, for any other spelling of the same value.
// Trust: none; the depth is limited and the caller limits the size.
func ParseCanonical(data []byte, v any) error {
	tree, err := decodeTree(data)
	if err != nil {
		return err
	}
	again, err := appendTree(nil, tree, 0)
	if err != nil {
		return err
	}
	if !bytes.Equal(again, data) {
		return fmt.Errorf("%w: the bytes are not the canonical spelling of what they say", ErrNotCanonical)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return fmt.Errorf("%w: %w", ErrNotCanonical, err)
	}
	if again, err = MarshalCanonical(v); err != nil {
		return err
	}
	if !bytes.Equal(again, data) {
		return fmt.Errorf("%w: a key is missing, empty where it must be left out, or in another case", ErrNotCanonical)
	}
	return nil
}

func decodeTree(data []byte) (any, error) {
	if !utf8.Valid(data) {
		return nil, fmt.Errorf("%w: invalid UTF-8", ErrNotCanonical)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var tree any
	if err := d.Decode(&tree); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotCanonical, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: bytes after the value", ErrNotCanonical)
	}
	return tree, nil
}

func appendTree(dst []byte, v any, depth int) ([]byte, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("%w: deeper than %d levels", ErrNotCanonical, maxDepth)
	}
	var err error
	switch v := v.(type) {
	case bool:
		return strconv.AppendBool(dst, v), nil
	case string:
		return appendString(dst, v), nil
	case json.Number:
		n, err := strconv.ParseInt(v.String(), 10, 64)
		if err != nil || n > maxInteger || n < -maxInteger {
			return nil, fmt.Errorf("%w: %s is not an integer within 2^53 - 1", ErrNotCanonical, v)
		}
		return strconv.AppendInt(dst, n, 10), nil
	case []any:
		dst = append(dst, '[')
		for i, item := range v {
			if i > 0 {
				dst = append(dst, ',')
			}
			if dst, err = appendTree(dst, item, depth+1); err != nil {
				return nil, err
			}
		}
		return append(dst, ']'), nil
	case map[string]any:
		dst = append(dst, '{')
		for i, key := range utf16Keys(v) {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendString(dst, key), ':')
			if dst, err = appendTree(dst, v[key], depth+1); err != nil {
				return nil, err
			}
		}
		return append(dst, '}'), nil
	}
	return nil, fmt.Errorf("%w: null or a float", ErrNotCanonical)
}

// utf16Keys returns the keys in the order of RFC 8785 section 3.2.3.
func utf16Keys(m map[string]any) []string {
	keys := sortedKeys(m)
	slices.SortFunc(keys, func(a, b string) int {
		return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
	})
	return keys
}

// appendString appends a string with the escapes of RFC 8785 section 3.2.2.2.
func appendString(dst []byte, s string) []byte {
	const hexDigits = "0123456789abcdef"
	dst = append(dst, '"')
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c >= 0x20:
			dst = append(dst, c)
		case strings.IndexByte("\b\t\n\f\r", c) >= 0:
			dst = append(dst, '\\', "btnfr"[strings.IndexByte("\b\t\n\f\r", c)])
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return append(dst, '"')
}
