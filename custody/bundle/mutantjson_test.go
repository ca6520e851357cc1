package bundle_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"

	"custos.example/custody/bundle/bundletest"
	"custos.example/ledger"
)

// forms makes changed documents out of good ones; one seed makes the same.
type forms struct{ r *rand.Rand }

// pick returns one of a list.
func pick[T any](f forms, list []T) T { return list[f.r.IntN(len(list))] }

// document returns a changed JSON document: another value, another text for the
// same value, or a change inside an envelope that it holds.
func (f forms) document(data []byte) []byte {
	switch n := f.r.IntN(20); {
	case n < 10:
		return f.value(data)
	case n < 15:
		return f.writing(data)
	case n < 18:
		if inner := f.inside(data); inner != nil {
			return inner
		}
	}
	return f.bytes(data)
}

// envelopes finds what a document holds in base64.
var envelopes = regexp.MustCompile(`"(envelope|payload)":"([A-Za-z0-9+/=]{8,})"`)

// inside changes an envelope, or a statement in one, and writes it back.
func (f forms) inside(data []byte) []byte {
	found := envelopes.FindAllSubmatchIndex(data, -1)
	if len(found) == 0 {
		return nil
	}
	at := pick(f, found)
	inner, err := base64.StdEncoding.DecodeString(string(data[at[4]:at[5]]))
	if err != nil {
		return nil
	}
	changed := base64.StdEncoding.EncodeToString(f.document(inner))
	return slices.Concat(data[:at[4]], []byte(changed), data[at[5]:])
}

// slot is one place of a document.
type slot struct {
	get    any
	set    func(any)
	remove func()
}

// slots returns every place of a document.
func slots(v any, into []slot) []slot {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			into = append(into, slot{x, func(n any) { v[k] = n }, func() { delete(v, k) }})
			into = slots(x, into)
		}
	case []any:
		for i, x := range v {
			into = append(into, slot{x, func(n any) { v[i] = n }, nil})
			into = slots(x, into)
		}
	}
	return into
}

// value changes one place of a document and writes it in its exact form.
func (f forms) value(data []byte) []byte {
	var v map[string]any
	if err := ledger.UnmarshalCanonical(data, &v); err != nil {
		return f.bytes(data)
	}
	all := slots(v, nil)
	if len(all) == 0 {
		return f.bytes(data)
	}
	slices.SortFunc(all, func(a, b slot) int { return strings.Compare(fmt.Sprint(a.get), fmt.Sprint(b.get)) }) // a map has no order
	s := pick(f, all)
	switch n := f.r.IntN(10); {
	case n == 0 && s.remove != nil:
		s.remove()
	case n == 1:
		s.set(pick(f, all).get)
	case n == 2:
		s.set(pick(f, []any{"", "x", true, []any{}, map[string]any{}, json.Number("0"), json.Number("9007199254740991")}))
	default:
		s.set(f.other(s.get, all))
	}
	again, err := ledger.MarshalCanonical(v)
	if err != nil {
		return f.bytes(data)
	}
	return again
}

// other returns another value of the same type.
func (f forms) other(v any, all []slot) any {
	switch v := v.(type) {
	case string:
		return f.text(v)
	case json.Number:
		return json.Number(pick(f, []string{"1", "2", "7", "-1", "9007199254740991", v.String() + "0"}))
	case bool:
		return !v
	case []any:
		return f.list(v)
	case map[string]any:
		v[pick(f, []string{"note", "N", "Entry", "digest", "salt", "inner", "prev"})] = pick(f, all).get
	}
	return v
}

// text returns another text.
func (f forms) text(s string) string {
	if s == "" {
		return "x"
	}
	i := f.r.IntN(len(s))
	return strings.ToValidUTF8(pick(f, []string{
		s[:i] + s[i+1:], s[:i] + "0" + s[i:], s[:i] + pick(f, []string{"f", "A", "=", "/", "é", "\u202e", "\x00"}) + s[i+1:],
		strings.ToUpper(s), s + s[:1], s[:i], s[i:] + s[:i], " " + s,
	}), "")
}

// list returns a list with items moved, doubled or left out.
func (f forms) list(v []any) []any {
	if len(v) == 0 {
		return []any{"x"}
	}
	i, j := f.r.IntN(len(v)), f.r.IntN(len(v))
	switch f.r.IntN(4) {
	case 0:
		return slices.Delete(slices.Clone(v), i, i+1)
	case 1:
		return slices.Insert(slices.Clone(v), i, v[j])
	case 2:
		v = slices.Clone(v)
		v[i], v[j] = v[j], v[i]
		return v
	}
	v = slices.Clone(v)
	slices.Reverse(v)
	return v
}

// writings are other texts that careless readers take for the same value.
var writings = []struct {
	was *regexp.Regexp
	is  []string
}{
	{regexp.MustCompile(`[:,{[]`), []string{"$0 ", "$0\n", "$0\t", "\ufeff$0"}},
	{regexp.MustCompile(`:(\d+)`), []string{":0$1", ":$1.0", ":$1e0", ":-$1", ":$1.5", ":\"$1\"", ":${1}0000000000000000", ":null"}},
	{regexp.MustCompile(`"([a-zA-Z]+)":`), []string{`"$1":"x","$1":`, `"$1":null,"$1":`, `"$1\u0000":`, `"\u0024$1":`, `"__proto__":{},"$1":`}},
	{regexp.MustCompile(`"([a-z])([a-zA-Z]*)":`), []string{`"\u0061$2":`, `"$1$2 ":`}},
	{regexp.MustCompile(`"([0-9a-f]{32,64})"`), []string{`"$1 "`, `"$1\n"`, `"0x$1"`, `["$1"]`, `"\u0030$1"`}},
	{regexp.MustCompile(`([A-Za-z0-9+/]{40,})(=*)"`), []string{`$1$2\n"`, `$1$2="`, `$1"`, `$1 $2"`, `$1\u003d"`, `${1}A$2"`}},
	{regexp.MustCompile(`/`), []string{`\/`, `\u002f`}},
	{regexp.MustCompile(`[}\]]$`), []string{"$0 ", "$0\n", "$0$0", "$0{}", "$0\x00", ",$0"}},
	{regexp.MustCompile(`^\{`), []string{"\ufeff{", " {", "{}{", "[{"}},
}

// writing changes how a document is written at one place.
func (f forms) writing(data []byte) []byte {
	w := pick(f, writings)
	found := w.was.FindAllSubmatchIndex(data, -1)
	if len(found) == 0 {
		return f.bytes(data)
	}
	at := pick(f, found)
	var out []byte
	out = append(out, data[:at[0]]...)
	out = w.was.Expand(out, []byte(pick(f, w.is)), data, at)
	return append(out, data[at[1]:]...)
}

// bytes changes bytes anywhere.
func (f forms) bytes(data []byte) []byte {
	if len(data) == 0 {
		return []byte{0}
	}
	out := slices.Clone(data)
	i := f.r.IntN(len(out))
	j := i + f.r.IntN(min(len(out)-i, 64)+1)
	switch f.r.IntN(9) {
	case 0:
		for range 1 + f.r.IntN(8) {
			out[f.r.IntN(len(out))] ^= 1 << f.r.IntN(8)
		}
	case 1:
		out[i] = pick(f, []byte{0, 1, 0x20, 0x7f, 0x80, 0xff, '\n', '\r', '"'})
	case 2:
		out = slices.Delete(out, i, j)
	case 3:
		out = slices.Insert(out, i, data[i:j]...)
	case 4:
		out = slices.Insert(out, i, bytes.Repeat([]byte{byte(f.r.Uint32())}, 1+f.r.IntN(16))...)
	case 5:
		k := f.r.IntN(len(out) - (j - i) + 1)
		copy(out[k:], data[i:j])
	case 6:
		clear(out[i:j])
	case 7:
		out = out[:i]
	case 8:
		out = append(out, data[i:j]...)
	}
	return out
}

// noteLines changes the lines of a receipt or a checkpoint.
func (f forms) noteLines(data []byte) []byte {
	list := strings.SplitAfter(string(data), "\n")
	i, j := f.r.IntN(len(list)), f.r.IntN(len(list))
	switch f.r.IntN(9) {
	case 0:
		list = slices.Delete(list, i, i+1)
	case 1:
		list = slices.Insert(list, i, list[j])
	case 2:
		list[i], list[j] = list[j], list[i]
	case 3:
		list[i] = strings.ReplaceAll(list[i], "\n", "\r\n")
	case 4:
		list[i] = strings.ToLower(list[i])
	case 5:
		list[i] = pick(f, []string{" ", "0", "-", "+", "— ", "extra ", "\x00", "\u00a0"}) + list[i]
	case 6:
		list[i] = strings.Replace(list[i], "\n", pick(f, []string{" \n", "=\n", "\n\n", "", "A\n", "\v\n"}), 1)
	case 7: // a line by somebody unknown, which has to be passed over
		list = append(list, "— stranger.example "+base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{byte(i)}, 5+f.r.IntN(80)))+"\n")
	case 8:
		list[i] = f.text(list[i])
	}
	return []byte(strings.Join(list, ""))
}

// invalid returns a statement that no key can make right: it is not in its one form,
// or not in the closed list.
func (f forms) invalid(statement []byte) []byte {
	for {
		var changed []byte
		if f.r.IntN(2) == 0 {
			changed = f.writing(statement)
		} else {
			var v map[string]any
			if err := ledger.UnmarshalCanonical(statement, &v); err != nil {
				panic(err) // it was just signed
			}
			predicate := v["predicate"].(map[string]any) //nolint:forcetypeassert // every statement has one
			place := predicate["place"].(map[string]any) //nolint:forcetypeassert // as above
			pick(f, []func(){
				func() { v["extra"] = "x" }, func() { predicate["Time"] = predicate["time"] }, func() { delete(predicate, "time") },
				func() { delete(predicate, "authority") }, func() { delete(v, "subject") }, func() { v["subject"] = []any{} },
				func() { v["_type"] = "https://in-toto.io/Statement/v0.1" }, func() { v["predicateType"] = v["predicateType"].(string) + "x" }, //nolint:forcetypeassert // as above
				func() { predicate["time"] = "2026-11-21T09:01:00Z" }, func() { predicate["operation"] = "viewing" }, func() { predicate["actor"] = "x" },
				func() { place["entry"] = "00" }, func() { delete(place, "after") }, func() { place["chain"] = strings.Repeat("AB", 32) },
				func() { predicate["detail"] = map[string]any{} }, func() { predicate["onBehalfOf"] = "" }, func() { predicate["rowBalance"] = map[string]any{} },
				func() { predicate["step"] = map[string]any{"name": "x"} }, func() { predicate["resolvedDependencies"] = map[string]any{} },
				func() {
					predicate["rowBalance"] = map[string]any{"outside": 0, "received": 9, "repeats": 0, "setAside": 0, "shown": 8}
				},
				func() { predicate["parameters"] = map[string]any{"least": 1} },
			})()
			changed = bundletest.Canonical(v)
		}
		if !bytes.Equal(changed, statement) {
			return changed
		}
	}
}
