package ledger_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"custos.example/ledger"
)

// shape has one of everything that canonical JSON can hold.
type shape struct {
	Blob  []byte            `json:"blob"`
	Count int64             `json:"count"`
	Map   map[string]string `json:"map,omitempty"`
	Name  string            `json:"name"`
	Note  string            `json:"note,omitempty"`
	Sub   *shape            `json:"sub,omitempty"`
	Tags  []string          `json:"tags"`
	Yes   bool              `json:"yes"`
}

const goodShape = `{"blob":"AQI=","count":-7,"map":{"a":"b"},"name":"é/\u001f\n","sub":{"blob":"","count":0,"name":"","tags":[],"yes":false},"tags":["x"],"yes":true}`

func TestCanonicalIsIdentity(t *testing.T) {
	var v shape
	if err := ledger.UnmarshalCanonical([]byte(goodShape), &v); err != nil {
		t.Fatal(err)
	}
	if v.Name != "é/\x1f\n" || v.Count != -7 || v.Sub == nil || v.Tags[0] != "x" || v.Map["a"] != "b" || len(v.Blob) != 2 {
		t.Errorf("read %+v", v)
	}
	again, err := ledger.MarshalCanonical(v)
	if err != nil || string(again) != goodShape {
		t.Errorf("wrote %s, %v", again, err)
	}
}

// TestCanonicalRefuses tries each way in which a second text could mean the same, or
// one text mean two things to two readers.
func TestCanonicalRefuses(t *testing.T) {
	swap := func(old, new string) string {
		if !strings.Contains(goodShape, old) {
			t.Fatalf("%q is not in the good text", old)
		}
		return strings.Replace(goodShape, old, new, 1)
	}
	for name, text := range map[string]string{
		"duplicate key":           swap(`"count":-7`, `"count":-7,"count":-7`),
		"duplicate key, escaped":  swap(`"count":-7`, `"count":-7,"\u0063ount":-7`),
		"case variant":            swap(`"count"`, `"Count"`),
		"case variant beside":     swap(`"count":-7`, `"COUNT":-7,"count":-7`),
		"folded variant":          swap(`"tags"`, `"tagſ"`),
		"unknown key":             swap(`"count":-7`, `"count":-7,"extra":1`),
		"missing key":             swap(`"count":-7,`, ``),
		"optional but empty":      swap(`"map":{"a":"b"}`, `"map":{}`),
		"optional empty text":     swap(`"name":"é`, `"name":"","note":"","x":"`),
		"order":                   swap(`"blob":"AQI=","count":-7`, `"count":-7,"blob":"AQI="`),
		"space":                   swap(`:-7`, `: -7`),
		"newline after":           goodShape + "\n",
		"second value":            goodShape + goodShape,
		"byte order mark":         "\ufeff" + goodShape,
		"null":                    swap(`["x"]`, `null`),
		"null for optional":       swap(`{"a":"b"}`, `null`),
		"null in list":            swap(`["x"]`, `[null]`),
		"fraction":                swap(`-7`, `-7.0`),
		"exponent":                swap(`-7`, `-7e0`),
		"minus zero":              swap(`-7`, `-0`),
		"leading zero":            swap(`-7`, `07`),
		"beyond 2^53":             swap(`-7`, `9007199254740992`),
		"beyond -2^53":            swap(`-7`, `-9007199254740992`),
		"beyond 64 bits":          swap(`-7`, `99999999999999999999`),
		"text for number":         swap(`-7`, `"-7"`),
		"escape not needed":       swap(`/`, `\/`),
		"escaped letter":          swap(`"x"`, `"\u0078"`),
		"upper-case escape":       swap(`\u001f`, `\u001F`),
		"long escape":             swap(`\n`, `\u000a`),
		"escaped U+2028":          swap(`"x"`, `"\u2028"`),
		"bare control":            swap(`\n`, "\n"),
		"lone high surrogate":     swap(`"x"`, `"\ud83d"`),
		"lone low surrogate":      swap(`"x"`, `"\ude00"`),
		"surrogate pair escaped":  swap(`"x"`, `"\ud83d\ude00"`),
		"invalid UTF-8":           swap(`"x"`, "\"\xff\""),
		"surrogate in UTF-8":      swap(`"x"`, "\"\xed\xa0\x80\""),
		"overlong UTF-8":          swap(`"x"`, "\"\xc0\xaf\""),
		"base64 slack":            swap(`AQI=`, `AQJ=`),
		"base64 newline":          swap(`AQI=`, `AQ\nI=`),
		"base64 without padding":  swap(`AQI=`, `AQI`),
		"base64 of URL":           swap(`AQI=`, `-_8=`),
		"base64 as list":          swap(`"AQI="`, `[1,2]`),
		"cut":                     goodShape[:len(goodShape)-1],
		"empty":                   "",
		"list instead of object":  "[" + goodShape + "]",
		"too deep":                strings.Repeat("[", 33) + strings.Repeat("]", 33),
		"far too deep":            strings.Repeat("[", 20000) + strings.Repeat("]", 20000),
		"deep in an unknown key":  swap(`"yes":true`, `"yes":true,"z":`+strings.Repeat("[", 9000)+strings.Repeat("]", 9000)),
		"boolean as a number":     swap(`"yes":true`, `"yes":1`),
		"boolean in upper case":   swap(`true`, `TRUE`),
		"comment":                 swap(`-7`, `-7/**/`),
		"comma at the end":        swap(`["x"]`, `["x",]`),
		"single quotes":           swap(`"x"`, `'x'`),
		"number as a key's value": swap(`"a":"b"`, `"a":1`),
	} {
		var v shape
		err := ledger.UnmarshalCanonical([]byte(text), &v)
		if err == nil {
			t.Errorf("%s: accepted", name)
		} else if ledger.CodeOf(err) == "" {
			t.Errorf("%s: %v has no code", name, err)
		}
	}
}

// TestCanonicalOrder holds the rules in which RFC 8785 and Go's own encoder differ.
func TestCanonicalOrder(t *testing.T) {
	var loose any
	if err := ledger.UnmarshalCanonical([]byte(strings.Repeat("[", 33)+strings.Repeat("]", 33)), &loose); err == nil {
		t.Error("a list nested 33 deep was read without a shape")
	}
	for depth, want := range map[int]bool{32: true, 33: false} {
		text := strings.Repeat(`{"a":`, depth-1) + "{}" + strings.Repeat("}", depth-1)
		if err := ledger.UnmarshalCanonical([]byte(text), &loose); (err == nil) != want {
			t.Errorf("objects nested %d deep: %v", depth, err)
		}
	}
	for want, v := range map[string]any{
		"{\"\U0001f600\":1,\"\ufffd\":2}":          map[string]int{"\ufffd": 2, "\U0001f600": 1},
		"{\"\\r\":1,\"1\":2,\"\u0080\":3,\"ö\":4}": map[string]int{"ö": 4, "\u0080": 3, "1": 2, "\r": 1},
		"\"\u2028\u2029<>&'\u007f\"":               "\u2028\u2029<>&'\u007f",
		`"\b\t\n\f\r\u000b\u0000\"\\"`:             "\b\t\n\f\r\v\x00\"\\",
		`[9007199254740991,-9007199254740991,0]`:   []int64{1<<53 - 1, -(1<<53 - 1), 0},
		`[]`:                                       []string(nil),
		`{}`:                                       map[string]string(nil),
		strings.Repeat("[", 32) + strings.Repeat("]", 32): nested(32),
	} {
		got, err := ledger.MarshalCanonical(v)
		if err != nil || string(got) != want {
			t.Errorf("%v: wrote %q, %v; want %q", v, got, err, want)
		}
		var back any
		if err := ledger.UnmarshalCanonical([]byte(want), &back); err != nil {
			t.Errorf("%q: %v", want, err)
		}
	}
	for name, v := range map[string]any{
		"float": 1.0, "float in object": map[string]any{"a": 1.5}, "nil": nil, "nil pointer": (*shape)(nil), "2^53": int64(1 << 53), "u 2^53": uint64(1 << 53), "bad text": "\xff", "depth": nested(33),
		"no tag": struct{ A int }{}, "int keys": map[int]string{1: "a"}, "function": func() {}, "float in any": []any{json.Number("1.5")}, "bad key": map[string]int{"\xff": 1},
	} {
		if got, err := ledger.MarshalCanonical(v); !errors.Is(err, ledger.FaultJSON) {
			t.Errorf("%s: wrote %q, %v", name, got, err)
		}
	}
}

func nested(depth int) any {
	var v any = []any{}
	for range depth - 1 {
		v = []any{v}
	}
	return v
}

// TestCanonicalRandom writes random values, reads them back and writes them again; and
// no other arrangement of the same text is read.
func TestCanonicalRandom(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		text, err := ledger.MarshalCanonical(randomValue(random, 4))
		if err != nil {
			t.Fatal(err)
		}
		var back any
		if err := ledger.UnmarshalCanonical(text, &back); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		again, err := ledger.MarshalCanonical(back)
		if err != nil || string(again) != string(text) {
			t.Fatalf("%q became %q, %v", text, again, err)
		}
		at := random.IntN(len(text) + 1)
		spaced := string(text[:at]) + " " + string(text[at:])
		var other any
		if ledger.UnmarshalCanonical([]byte(spaced), &other) == nil && fmt.Sprint(other) == fmt.Sprint(back) {
			t.Fatalf("%q is read like %q", spaced, text)
		}
	}
}

// TestCanonicalKeysAreUTF16 holds the order of random keys against their UTF-16.
func TestCanonicalKeysAreUTF16(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		keys := []string{randomText(random) + "a", randomText(random) + "b"}
		text, err := ledger.MarshalCanonical(map[string]bool{keys[0]: true, keys[1]: false})
		if err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(keys, func(a, b string) int { return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b))) })
		first, err := ledger.MarshalCanonical(keys[0])
		if err != nil || !strings.HasPrefix(string(text), "{"+string(first)+":") {
			t.Fatalf("%q: %q should stand first (%v)", text, keys[0], err)
		}
	}
}

func randomValue(r *rand.Rand, depth int) any {
	switch n := r.IntN(6); {
	case n == 0 && depth > 0:
		m := map[string]any{}
		for range r.IntN(5) {
			m[randomText(r)] = randomValue(r, depth-1)
		}
		return m
	case n == 1 && depth > 0:
		list := make([]any, r.IntN(4))
		for i := range list {
			list[i] = randomValue(r, depth-1)
		}
		return list
	case n == 2:
		return r.IntN(2) == 0
	case n == 3:
		return r.Int64N(1<<54) - 1<<53 + 1
	}
	return randomText(r)
}

func randomText(r *rand.Rand) string {
	alphabet := []rune("a\"\\\n\x01/é\u2028\ud7ff\ue000\ufffd\U0001f600\U0010ffff")
	text := make([]rune, r.IntN(6))
	for i := range text {
		text[i] = alphabet[r.IntN(len(alphabet))]
	}
	return string(text)
}
