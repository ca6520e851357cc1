package analysis_test

import (
	"errors"
	"strings"
	"testing"

	"custos.example/analysis"
)

type thing struct {
	Name  string   `json:"name"`
	Count int64    `json:"count"`
	Good  bool     `json:"good"`
	Parts []string `json:"parts"`
	Extra string   `json:"extra,omitempty"`
}

func TestCanonicalJSON(t *testing.T) {
	v := thing{Name: "a\u2028<&>\"\\\x01\x7f\b\t\n\f\ré€😀", Count: -9007199254740991, Parts: []string{}}
	got, err := analysis.MarshalCanonical(v)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"count":-9007199254740991,"good":false,"name":"a` + "\u2028" + `<&>\"\\\u0001` + "\x7f" + `\b\t\n\f\ré€😀","parts":[]}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	var back thing
	if err := analysis.ParseCanonical(got, &back); err != nil || back.Name != v.Name {
		t.Errorf("%v %+v", err, back)
	}
	// RFC 8785 sorts keys by UTF-16 code units: U+1F600 before U+FB33.
	got, err = analysis.MarshalCanonical(map[string]int{"\ufb33": 1, "\U0001f600": 2, "a": 3})
	if err != nil || string(got) != "{\"a\":3,\"\U0001f600\":2,\"\ufb33\":1}" {
		t.Errorf("%s %v", got, err)
	}
}

func TestParseCanonicalRefuses(t *testing.T) {
	good := `{"count":1,"good":true,"name":"x","parts":["y"]}`
	var v thing
	if err := analysis.ParseCanonical([]byte(good), &v); err != nil {
		t.Fatalf("control: %v", err)
	}
	for name, text := range map[string]string{
		"order":         `{"good":true,"count":1,"name":"x","parts":["y"]}`,
		"blank":         strings.Replace(good, ":", ": ", 1),
		"double key":    `{"count":1,"count":1,"good":true,"name":"x","parts":["y"]}`,
		"other case":    strings.Replace(good, "count", "Count", 1),
		"unknown key":   strings.Replace(good, `"good"`, `"god":1,"good"`, 1),
		"missing key":   `{"count":1,"good":true,"parts":["y"]}`,
		"null":          strings.Replace(good, `["y"]`, "null", 1),
		"float":         strings.Replace(good, "1", "1.0", 1),
		"exponent":      strings.Replace(good, "1", "1e0", 1),
		"minus zero":    strings.Replace(good, "1", "-0", 1),
		"large":         strings.Replace(good, "1", "9007199254740992", 1),
		"after":         good + "\n",
		"twice":         good + good,
		"escape":        strings.Replace(good, `"x"`, `"\u0078"`, 1),
		"empty option":  strings.Replace(good, `"good"`, `"extra":"","good"`, 1),
		"lone half":     strings.Replace(good, `"x"`, `"\ud800"`, 1),
		"invalid UTF-8": strings.Replace(good, `"x"`, "\"\xff\"", 1),
		"deep":          strings.Repeat("[", 40) + strings.Repeat("]", 40),
		"nothing":       "",
	} {
		var v thing
		if err := analysis.ParseCanonical([]byte(text), &v); !errors.Is(err, analysis.ErrNotCanonical) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParseCanonical(f *testing.F) {
	f.Add([]byte(`{"count":1,"good":true,"name":"x","parts":["y"]}`))
	f.Add([]byte(`{"count":1,"extra":"\u2028","good":true,"name":"😀","parts":[]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var v thing
		if analysis.ParseCanonical(text, &v) != nil {
			return
		}
		again, err := analysis.MarshalCanonical(v)
		if err != nil || string(again) != string(text) {
			t.Fatalf("%q was read and written again as %q, %v", text, again, err)
		}
	})
}
