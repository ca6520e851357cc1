package ledger_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"custos.example/ledger"
)

// rewrite changes an envelope's statement as plain JSON and signs the result with
// the service's key and, if it has one, the actor's: what nobody but those who hold
// the keys can do, and what the format still refuses.
func (w *world) rewrite(s signed, actor testKey, change func(statement object)) signed {
	w.t.Helper()
	e, err := ledger.ParseEnvelope(s.envelope)
	if err != nil {
		w.t.Fatal(err)
	}
	o := w.parse(e.Payload)
	change(o)
	e.Payload = w.json(o)
	keys := []testKey{w.service, actor}
	for i := range e.Signatures {
		e.Signatures[i].Sig = ed25519.Sign(keys[i].private, ledger.PAE(e.PayloadType, e.Payload))
	}
	if s.envelope, err = e.Bytes(); err != nil {
		w.t.Fatal(err)
	}
	return s
}

// codeCase is one way to earn one code of FORMAT.md section 12.
type codeCase struct {
	code  string
	build func(w *world) map[string][]byte
}

func (w *world) item(actor testKey) signed {
	return w.sign(w.work, draft{actor: actor, detail: &ledger.ItemReceived{Item: "Z", Description: "a phone", From: "an officer"}})
}

// entryCases falsify the entries themselves.
func entryCases() []codeCase {
	placed := func(make func(w *world) signed) func(*world) map[string][]byte {
		return func(w *world) map[string][]byte {
			w.place(w.work, make(w))
			return w.pack(packing{})
		}
	}
	changed := func(change func(object)) func(*world) map[string][]byte {
		return placed(func(w *world) signed { return w.rewrite(w.item(w.analyst), w.analyst, change) })
	}
	predicate := func(key string, v any) func(*world) map[string][]byte {
		return changed(func(o object) { as[object](o["predicate"])[key] = v })
	}
	return []codeCase{
		{"envelope work 59", placed(func(w *world) signed {
			s := w.item(w.analyst)
			s.envelope = strip(w.t, s.envelope)
			return s
		})},
		{"json work 59", placed(func(w *world) signed {
			s := w.item(w.analyst)
			s.envelope = []byte(strings.Replace(string(s.envelope), `"payloadType"`, `"payload":"AA==","payloadType"`, 1))
			return s
		})},
		{"statement work 59", changed(func(o object) { o["predicateType"] = "https://custos.example/predicate/case-closed/v1" })},
		{"statement work 59", changed(func(o object) { o["predicateType"] = "https://custos.example/predicate/key-revoked/v1" })},
		{"statement work 59", predicate("detail", object{"item": "another"})},
		{"value work 59", predicate("time", "2026-02-30T21:04:05.123Z")},
		{"value work 59", predicate("operation", "viewing")},
		{"json work 59", predicate("Actor", object{})},
		{"statement work 59", predicate("rowBalance", object{"outside": 0, "received": 4, "repeats": 0, "setAside": 0, "shown": 3})},
		{"first work 59", placed(func(w *world) signed {
			return w.sign(w.work, draft{actor: w.analyst, detail: &ledger.CaseOpened{Case: caseID, Nonce: w.nonce, Reference: "r", Title: "t"}})
		})},
		{"place-after work 59", placed(func(w *world) signed {
			return w.sign(w.work, draft{actor: w.analyst, after: &ledger.Head{N: 59, Commitment: w.work.Links[57].Commitment}, detail: &ledger.ItemReceived{Item: "Z", Description: "d", From: "f"}})
		})},
		{"unknown-key work 59", placed(func(w *world) signed { return w.item(newKey("stranger")) })},
		{"signature work 59", placed(func(w *world) signed {
			s := w.item(w.analyst)
			return w.rewrite(s, w.checker, func(object) {})
		})},
		{"role work 59", predicate("actor", object{"id": "checker", "key": newKeyID("analyst"), "role": "analyst"})},
		{"role work 59", predicate("actor", object{"id": "analyst", "key": newKeyID("analyst"), "role": "recorder"})},
		{"role work 59", placed(func(w *world) signed {
			honest := w.service
			w.service = w.checker
			defer func() { w.service = honest }()
			return w.item(w.analyst)
		})},
		{"revoked work 59", placed(func(w *world) signed {
			w.add(w.keys, draft{detail: &ledger.KeyRevoked{Key: w.checker.KeyID(), Reason: "left"}})
			return w.item(w.checker)
		})},
	}
}

func newKeyID(name string) ledger.KeyID { return newKey(name).KeyID() }

// bundleCases falsify what stands around the entries.
func bundleCases() []codeCase {
	document := func(name string, change func(doc object)) func(*world) map[string][]byte {
		return func(w *world) map[string][]byte {
			return w.pack(packing{edit: func(docs map[string]object) { change(docs[name]) }})
		}
	}
	after := func(change func(w *world, members map[string][]byte)) func(*world) map[string][]byte {
		return func(w *world) map[string][]byte {
			members := w.pack(packing{})
			change(w, members)
			return members
		}
	}
	made := func(change func(d *ledger.BundleMade)) func(*world) map[string][]byte {
		return func(w *world) map[string][]byte { return w.pack(packing{made: change}) }
	}
	return []codeCase{
		{"manifest", after(func(_ *world, m map[string][]byte) { m["record/extra.json"] = []byte("{}") })},
		{"manifest chain/keys.json", after(func(_ *world, m map[string][]byte) { delete(m, "chain/keys.json") })},
		{"member exhibit/kd-2-schedule-pdf.pdf", after(func(_ *world, m map[string][]byte) {
			m["exhibit/kd-2-schedule-pdf.pdf"] = flip(m["exhibit/kd-2-schedule-pdf.pdf"], 40)
		})},
		{"chain-name work", document("chain/work.json", func(d object) { d["nonce"] = strings.Repeat("00", 32) })},
		{"chain-name keys", document("chain/keys.json", func(d object) { d["kind"] = 1 })},
		{"value chain/work.json", document("chain/work.json", func(d object) { d["nonce"] = strings.ToUpper(as[string](d["nonce"])) })},
		{"json chain/work.json", document("chain/work.json", func(d object) { d["note"] = "x" })},
		{"json work 12", document("chain/work.json", func(d object) { entriesOf(d)[11]["inner"] = strings.Repeat("00", 32) })},
		{"index work 12", document("chain/work.json", func(d object) { entriesOf(d)[11]["index"] = json.Number("3") })},
		{"first keys 3", document("chain/keys.json", func(d object) { hideEntry(d, 3) })},
		{"first work 1", func(w *world) map[string][]byte {
			return w.pack(packing{withhold: func(n uint64) bool { return n == 1 || third(n) }})
		}},
		{"head", made(func(d *ledger.BundleMade) { d.Heads.Keys = ledger.Head{N: 3, Commitment: d.Heads.Keys.Commitment} })},
		{"head", made(func(d *ledger.BundleMade) { d.Heads.Work.Commitment[0] ^= 1 })},
		{"withheld", made(func(d *ledger.BundleMade) { d.Withheld = d.Withheld[1:] })},
		{"withheld", made(func(d *ledger.BundleMade) {
			d.Withheld = slices.Insert(d.Withheld, 0, ledger.Withheld{N: 3, Reason: "sensitive"})
		})},
		{"case", func(w *world) map[string][]byte {
			w.entries["exhibit"] = ledger.EntryID{1}
			return w.pack(packing{})
		}},
		{"case", func(w *world) map[string][]byte {
			return w.pack(packing{registered: func(n uint64) bool { return n != 1 }})
		}},
		{"absent", func(w *world) map[string][]byte {
			return w.pack(packing{registered: func(n uint64) bool { return n == 1 }})
		}},
		{"payload", func(w *world) map[string][]byte {
			delete(w.entries, "erased")
			return w.pack(packing{})
		}},
		{"payload", func(w *world) map[string][]byte {
			for key, p := range w.payloads {
				if p.name == "exhibit/kd-2-schedule-pdf.pdf" {
					p.content = flip(p.content, 9)
					w.payloads[key] = p
				}
			}
			return w.pack(packing{})
		}},
		{"receipt", after(func(_ *world, m map[string][]byte) {
			m["bundle-made.tlog-proof"] = []byte(strings.Replace(string(m["bundle-made.tlog-proof"]), "\nindex ", "\nextra AAAA\nindex ", 1))
		})},
		{"signature checkpoint", after(func(_ *world, m map[string][]byte) {
			s, b := string(m["bundle-made.tlog-proof"]), []byte{}
			i := strings.Index(s, "\n\n") + len("\n\n"+origin+"\n")
			b = append(b, s[:i]...)
			m["bundle-made.tlog-proof"] = append(append(b, '9'), s[i:]...)
		})},
		{"checkpoint", after(func(_ *world, m map[string][]byte) {
			m["bundle-made.tlog-proof"] = []byte(strings.ReplaceAll(string(m["bundle-made.tlog-proof"]), origin, "log.example/other"))
		})},
		{"inclusion", after(func(w *world, m map[string][]byte) {
			doc := w.parse(m["paths.json"])
			doc["paths"] = as[[]any](doc["paths"])[1:]
			m["paths.json"] = w.json(doc)
		})},
		{"commitment work 59", after(func(w *world, m map[string][]byte) {
			doc := w.parse(m["bundle-made.json"])
			doc["prev"] = strings.Repeat("00", 32)
			m["bundle-made.json"] = w.json(doc)
		})},
	}
}

// hideEntry shows an entry of a chain by a made-up inner alone.
func hideEntry(doc object, n int) {
	e := entriesOf(doc)[n-1]
	b, err := base64.StdEncoding.DecodeString(as[string](e["envelope"]))
	if err != nil {
		panic(err)
	}
	salt, err := ledger.ParseSalt(as[string](e["salt"]))
	if err != nil {
		panic(err)
	}
	delete(e, "envelope")
	delete(e, "salt")
	e["inner"] = ledger.DeriveInner(salt, b).String()
}

// TestCheckerNamesEveryFault earns each code that the independent checker has, with
// the unchanged bundle as the control.
func TestCheckerNamesEveryFault(t *testing.T) {
	w := newWorld(t).fill()
	good := w.pack(packing{})
	w.expect(good, "OK ")
	for _, c := range slices.Concat(entryCases(), bundleCases()) {
		t.Run(strings.ReplaceAll(c.code, " ", "-"), func(t *testing.T) {
			w := newWorld(t).fill()
			w.expect(c.build(w), "FAULT "+c.code)
		})
	}
	file := zipOf(good)
	for name, bad := range map[string][]byte{
		"junk before": append([]byte("x"), file...), "junk after": append(slices.Clone(file), 'x'),
		"time": flip(file, 10), "cut": file[:len(file)-1], "comment": flip(file, len(file)-2),
	} {
		if line := w.checked(bad); !strings.HasPrefix(line, "FAULT zip") {
			t.Errorf("%s: the checker said %q", name, line)
		}
	}
}

// TestCheckerMissesNoBit turns single bits in the members that no manifest covers.
func TestCheckerMissesNoBit(t *testing.T) {
	w := newWorld(t).fill()
	good := w.pack(packing{})
	w.expect(good, "OK ")
	for _, name := range []string{"bundle-made.json", "bundle-made.tlog-proof", "paths.json", "manifest.json"} {
		step := len(good[name])/9 + 1
		for offset := step / 2; offset < len(good[name]); offset += step {
			members := w.copyOf(good)
			members[name] = flip(good[name], offset)
			w.expect(members, "FAULT ")
		}
	}
}

func (w *world) copyOf(members map[string][]byte) map[string][]byte {
	c := make(map[string][]byte, len(members))
	for name, data := range members {
		c[name] = data
	}
	return c
}
