package ledger

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
)

// TestReadEnvelopeAgreesWithTheCanonicalReader changes every byte of an envelope,
// removes it, doubles it and puts others before it: the short way may refuse more
// than the long one, never accept more or read otherwise.
func TestReadEnvelopeAgreesWithTheCanonicalReader(t *testing.T) {
	whole := Envelope{Payload: []byte(`{"a":"ü"}`), PayloadType: StatementType, Signatures: []Signature{
		{KeyID{1, 2}, bytes.Repeat([]byte{0xfb}, 64)}, {KeyID{3}, bytes.Repeat([]byte{7}, 64)},
	}}
	text, err := whole.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	got, ok := readEnvelope(string(text))
	if !ok || !reflect.DeepEqual(got, whole) {
		t.Fatalf("the envelope itself is read as %+v, %t", got, ok)
	}
	accepted := 0
	compare := func(s string) {
		t.Helper()
		short, ok := readEnvelope(s)
		var long Envelope
		err := UnmarshalCanonical([]byte(s), &long)
		if ok && err != nil {
			t.Errorf("%q is accepted the short way and refused the long way: %v", s, err)
		}
		if ok && !reflect.DeepEqual(short, long) {
			t.Errorf("%q is read as %+v the short way and %+v the long way", s, short, long)
		}
		if ok {
			accepted++
		}
	}
	for i := range text {
		before, after := string(text[:i]), string(text[i+1:])
		for _, c := range []string{"", string(text[i]) + string(text[i]), "0", "f", "A", "/", "=", "\"", "\\", "\\u0041", " ", "\n", "\r", "{", "}", "]", ",", "\x00", "\xff"} {
			compare(before + c + after)
		}
		compare(before)
	}
	compare(strings.Replace(string(text), `"signatures":[`, `"signatures":[],"x":[`, 1))
	compare(string(text) + " ")
	if accepted == 0 {
		t.Error("no changed envelope was accepted: other payloads and signatures should be")
	}
}
