package hostile

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
)

// The forms of documents of the record.
const (
	Envelope   = "envelope"
	Checkpoint = "checkpoint"
	Receipt    = "receipt"
	NoteKey    = "note-key"
	PublicKey  = "public-key"
	JSON       = "json" // canonical, any shape
)

const origin = "log.example/custos"

// Key is the key that signed every document here: service and log in one.
func Key() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{0x42}, 32)) }

// spki is the DER of an Ed25519 key.
func spki(raw []byte) []byte {
	return append([]byte{0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00}, raw...)
}

func public() ed25519.PublicKey { return ed25519.PublicKey(Key()[32:]) }

// b64 is base64 as the record writes it.
func b64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// envelopeOf signs a payload by hand.
func envelopeOf(kind, payload string) string {
	signed := fmt.Sprintf("DSSEv1 %d %s %d %s", len(kind), kind, len(payload), payload)
	return sealedBy(kind, payload, ed25519.Sign(Key(), []byte(signed)))
}

func sealedBy(kind, payload string, sig []byte) string {
	id := sha256.Sum256(spki(public()))
	return fmt.Sprintf(`{"payload":"%s","payloadType":"%s","signatures":[{"keyid":"%s","sig":"%s"}]}`, b64([]byte(payload)), kind, hex.EncodeToString(id[:]), b64(sig))
}

// noteOf signs a text as the log does.
func noteOf(text string) string {
	number := sha256.Sum256(append([]byte(origin+"\n\x01"), public()...))
	return text + "\n— " + origin + " " + b64(append(number[:4:4], ed25519.Sign(Key(), []byte(text))...)) + "\n"
}

// records are documents of the record, each with one thing wrong; the first of
// each form is honest.
func records(r *rand.Rand) []File {
	list := append(append(envelopes(), notes()...), keys()...)
	list = append(list, texts(r)...)
	for i := range list {
		list[i].Name, list[i].Reader = "record/"+list[i].Form+", "+list[i].Name, Record
		if list[i].Verdict == "" {
			list[i].Verdict = Reject
		}
	}
	return list
}

func document(form, name, text string) File { return File{Form: form, Name: name, Content: of(text)} }

func honestly(form, text string) File {
	return File{Form: form, Name: "honest", Verdict: Accept, Content: of(text)}
}

func envelopes() []File {
	const kind, payload = "application/vnd.in-toto+json", `{"a":1}`
	good := envelopeOf(kind, payload)
	pae := func(text string) string { return sealedBy(kind, payload, ed25519.Sign(Key(), []byte(text))) }
	sig := ed25519.Sign(Key(), fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(kind), kind, len(payload), payload))
	order, _ := new(big.Int).SetString("1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed", 16)
	s := new(big.Int).SetBytes(reversed(sig[32:]))
	large := append(append([]byte{}, sig[:32]...), reversed(s.Add(s, order).FillBytes(make([]byte, 32)))...)
	replace := func(old, with string) string { return strings.Replace(good, old, with, 1) }
	one := good[strings.Index(good, `{"keyid"`):strings.LastIndex(good, "]")]
	return []File{
		honestly(Envelope, good),
		document(Envelope, "no signature", replace(one, "")),
		document(Envelope, "the signature twice", replace(one, one+","+one)),
		document(Envelope, "the signature three times", replace(one, one+","+one+","+one)),
		document(Envelope, "signature of nothing", replace(b64(sig), "")),
		document(Envelope, "signature of zeros", replace(b64(sig), b64(make([]byte, 64)))),
		document(Envelope, "signature cut", replace(b64(sig), b64(sig[:63]))),
		document(Envelope, "signature of 65 bytes", replace(b64(sig), b64(append(sig[:64:64], 0)))),
		document(Envelope, "S beyond the order", replace(b64(sig), b64(large))),
		document(Envelope, "other payload", replace(b64([]byte(payload)), b64([]byte(`{"a":2}`)))),
		document(Envelope, "other type", replace(kind, "application/vnd.custos.acknowledgement+json")),
		document(Envelope, "unknown type", envelopeOf("text/plain", payload)),
		document(Envelope, "type in capitals", envelopeOf("Application/vnd.in-toto+json", payload)),
		document(Envelope, "signed without its type", pae(payload)),
		document(Envelope, "signed with a wrong length", pae(fmt.Sprintf("DSSEv1 %d %s %d %s", len(kind), kind, len(payload)+1, payload))),
		document(Envelope, "signed with a length 07", pae(fmt.Sprintf("DSSEv1 %d %s 07 %s", len(kind), kind, payload))),
		document(Envelope, "signed as of another version", pae(fmt.Sprintf("DSSEv2 %d %s %d %s", len(kind), kind, len(payload), payload))),
		document(Envelope, "key id of nobody", replace(`"keyid":"`, `"keyid":"00`)),
		document(Envelope, "key id of another", strings.Replace(good, good[strings.Index(good, `"keyid":"`)+9:][:64], strings.Repeat("0", 64), 1)),
		document(Envelope, "key id in capitals", strings.Replace(good, good[strings.Index(good, `"keyid":"`)+9:][:64], strings.ToUpper(good[strings.Index(good, `"keyid":"`)+9:][:64]), 1)),
		document(Envelope, "a key twice", replace(`{"payload"`, `{"payload":"e30=","payload"`)),
		document(Envelope, "a key in another case", replace(`{"payload"`, `{"PAYLOAD":"e30=","payload"`)),
		document(Envelope, "a key escaped", replace(`"payload"`, `"pay\u006coad"`)),
		document(Envelope, "an unknown key", replace(`}]}`, `}],"x":1}`)),
		document(Envelope, "keys in another order", replace(`{"payload":"`+b64([]byte(payload))+`","payloadType":"`+kind+`"`, `{"payloadType":"`+kind+`","payload":"`+b64([]byte(payload))+`"`)),
		document(Envelope, "a blank", replace(`":"`, `": "`)),
		document(Envelope, "a line end after", good+"\n"),
		document(Envelope, "itself twice", good+good),
		document(Envelope, "a byte order mark", "\ufeff"+good),
		document(Envelope, "base64 with slack bits", replace(`eyJhIjoxfQ==`, `eyJhIjoxfR==`)),
		document(Envelope, "base64 without padding", replace(`eyJhIjoxfQ==`, `eyJhIjoxfQ`)),
		document(Envelope, "base64 with a line break", replace(`eyJhIjoxfQ==`, `eyJh\nIjoxfQ==`)),
		document(Envelope, "base64 for URLs", replace(b64(sig), base64.URLEncoding.EncodeToString(sig)+"-")),
		document(Envelope, "null for a signature", replace(one, "null")),
		document(Envelope, "a number for a payload", replace(`"`+b64([]byte(payload))+`"`, "1")),
		document(Envelope, "17 MiB", replace(b64([]byte(payload)), strings.Repeat("AAAA", 17<<18))),
	}
}

// reversed turns bytes round: numbers of Ed25519 stand least byte first.
func reversed(b []byte) []byte {
	turned := make([]byte, len(b))
	for i := range b {
		turned[len(b)-1-i] = b[i]
	}
	return turned
}

func notes() []File {
	root := sha256.Sum256([]byte("\x00\x01"))
	text := func(size string) string { return origin + "\n" + size + "\n" + b64(root[:]) + "\n" }
	good := noteOf(text("1"))
	line := good[strings.Index(good, "— "):]
	proof := "c2sp.org/tlog-proof@v1\nindex 0\n\n" + good
	list := []File{honestly(Checkpoint, good), honestly(Receipt, proof)}
	for name, note := range map[string]string{
		"size 01": noteOf(text("01")), "size +1": noteOf(text("+1")), "size -1": noteOf(text("-1")), "size 2^64": noteOf(text("18446744073709551616")),
		"size 1e3": noteOf(text("1e3")), "no size": noteOf(text("")), "a line more": noteOf(text("1") + "x\n"), "CR": strings.ReplaceAll(good, "\n", "\r\n"),
		"no signature": text("1") + "\n", "the signature twice": good + line, "17 signatures": good + strings.Repeat(line, 16), "a hyphen for the dash": strings.Replace(good, "— ", "- ", 1),
		"no last line end": strings.TrimSuffix(good, "\n"), "two line ends": good + "\n", "a blank line less": strings.Replace(good, "\n\n", "\n", 1),
		"root cut": noteOf(strings.Replace(text("1"), b64(root[:]), b64(root[:31]), 1)), "root in hex": noteOf(strings.Replace(text("1"), b64(root[:]), hex.EncodeToString(root[:]), 1)),
		"other origin": strings.Replace(good, origin+"\n", "log.example/other\n", 1), "origin with a blank": noteOf(strings.Replace(text("1"), origin, "log example", 1)),
		"no origin": noteOf(strings.Replace(text("1"), origin, "", 1)), "other size": strings.Replace(good, "\n1\n", "\n2\n", 1), "signed by another name": strings.Replace(good, "— "+origin, "— log.example/other", 1),
		"signature of 3 bytes": strings.Replace(good, strings.Fields(line)[2], "AAAA", 1), "65 KiB": noteOf(origin + strings.Repeat("x", 65<<10) + "\n1\n" + b64(root[:]) + "\n"),
		"nothing": "", "NUL": strings.Replace(good, "custos", "cus\x00tos", 1), "other number of the key": strings.Replace(good, strings.Fields(line)[2], b64(make([]byte, 68)), 1),
	} {
		list = append(list, document(Checkpoint, name, note), document(Receipt, "checkpoint: "+name, "c2sp.org/tlog-proof@v1\nindex 0\n\n"+note))
	}
	hash := b64(root[:]) + "\n"
	for name, text := range map[string]string{
		"index 1 of 1": strings.Replace(proof, "index 0", "index 1", 1), "index -1": strings.Replace(proof, "index 0", "index -1", 1), "index 00": strings.Replace(proof, "index 0", "index 00", 1),
		"index 2^64": strings.Replace(proof, "index 0", "index 18446744073709551616", 1), "a hash too many": strings.Replace(proof, "index 0\n", "index 0\n"+hash, 1),
		"64 hashes": strings.Replace(proof, "index 0\n", "index 0\n"+strings.Repeat(hash, 64), 1), "extra": strings.Replace(proof, "index 0\n", "extra AAAA\nindex 0\n", 1),
		"version 2": strings.Replace(proof, "@v1", "@v2", 1), "a hash of 31 bytes": strings.Replace(proof, "index 0\n", "index 0\n"+b64(root[:31])+"\n", 1), "CR": strings.ReplaceAll(proof, "\n", "\r\n"),
	} {
		list = append(list, document(Receipt, name, text))
	}
	sortFiles(list)
	return list
}

func keys() []File {
	raw := public()
	number := sha256.Sum256(append([]byte(origin+"\n\x01"), raw...))
	good := fmt.Sprintf("%s+%08x+%s", origin, binary.BigEndian.Uint32(number[:]), b64(append([]byte{1}, raw...)))
	parts := strings.SplitN(good, "+", 3)
	list := []File{
		honestly(NoteKey, good),
		document(NoteKey, "other number", parts[0]+"+00000000+"+parts[2]), document(NoteKey, "number in capitals", parts[0]+"+"+strings.ToUpper(parts[1])+"+"+parts[2]),
		document(NoteKey, "number of 7 digits", parts[0]+"+"+parts[1][1:]+"+"+parts[2]), document(NoteKey, "type 2", parts[0]+"+"+parts[1]+"+"+b64(append([]byte{2}, raw...))),
		document(NoteKey, "key cut", parts[0]+"+"+parts[1]+"+"+b64(append([]byte{1}, raw[:31]...))), document(NoteKey, "no name", "+"+parts[1]+"+"+parts[2]),
		document(NoteKey, "blank in the name", "log example+"+parts[1]+"+"+parts[2]), document(NoteKey, "line end", good+"\n"), document(NoteKey, "nothing", ""),
		honestly(PublicKey, string(spki(raw))),
		document(PublicKey, "raw", string(raw)), document(PublicKey, "cut", string(spki(raw[:31]))), document(PublicKey, "a byte more", string(spki(raw))+"\x00"),
		document(PublicKey, "long form of a length", "\x30\x81\x2a"+string(spki(raw)[2:])), document(PublicKey, "X25519", strings.Replace(string(spki(raw)), "\x2b\x65\x70", "\x2b\x65\x6e", 1)),
		document(PublicKey, "order 1", string(spki(append([]byte{1}, make([]byte, 31)...)))), document(PublicKey, "order 4", string(spki(make([]byte, 32)))),
		document(PublicKey, "second encoding of zero", string(spki(append(append([]byte{0xed}, bytes.Repeat([]byte{0xff}, 30)...), 0x7f)))),
		document(PublicKey, "all ones", string(spki(bytes.Repeat([]byte{0xff}, 32)))),
	}
	small, _ := hex.DecodeString("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")
	return append(list, document(PublicKey, "order 8", string(spki(small))))
}

func texts(*rand.Rand) []File {
	list := []File{honestly(JSON, `{"a":[1,true,"é"],"b":{}}`)}
	for name, text := range map[string]string{
		"33 deep": strings.Repeat("[", 40) + strings.Repeat("]", 40), "10,001 deep": strings.Repeat("[", 10_001) + strings.Repeat("]", 10_001), "a million brackets": strings.Repeat("[", 1_000_000),
		"a key twice": `{"a":1,"a":2}`, "a key twice, one escaped": `{"a":1,"\u0061":2}`, "2^53": "9007199254740992", "1e999": "1e999", "1.0": "1.0", "minus nothing": "-0", "NaN": "NaN", "null": "null",
		"lone surrogate": `"\ud800"`, "invalid UTF-8": "\"\xff\"", "byte order mark": "\ufeff{}", "after the end": "{}{}", "line end": "{}\n", "blank": `{"a": 1}`, "order": `{"b":1,"a":2}`,
		"order by bytes, not units": "{\"\ufffd\":1,\"\U0001f600\":2}", "needless escape": `"\u0061"`, "escaped stroke": `"\/"`, "capital hex": `"\u001F"`, "raw control": "\"\x01\"", "comment": "{}//x", "single quotes": "{'a':1}",
		"comma at the end": `[1,]`, "leading 0": "01", "plus": "+1", "nothing": "", "cut": `{"a":`, "overlong": "\"\xc0\xaf\"",
	} {
		list = append(list, document(JSON, name, text))
	}
	sortFiles(list)
	return list
}
