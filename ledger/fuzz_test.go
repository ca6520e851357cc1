package ledger_test

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"

	"custos.example/ledger"
	"custos.example/ledger/quorum"
)

// identity fails unless a parser that accepts data writes exactly data back. Every
// parser of this package has that property, which is what keeps two readers from
// seeing two things in one file.
func identity[T any](f *testing.F, parse func([]byte) (T, error), write func(T) ([]byte, error), seeds ...[]byte) {
	f.Helper()
	for _, s := range seeds {
		if _, err := parse(s); err != nil {
			f.Fatalf("a seed is refused: %v", err)
		}
		f.Add(s)
		f.Add(append(bytes.Clone(s), '\n'))
		f.Add(s[:len(s)/2])
		f.Add(bytes.ToUpper(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := parse(data)
		if err != nil {
			if ledger.CodeOf(err) == "" {
				t.Fatalf("an error without a code: %v", err)
			}
			return
		}
		again, err := write(v)
		if err != nil || !bytes.Equal(again, data) {
			t.Fatalf("read %q, wrote %q, %v", data, again, err)
		}
	})
}

func FuzzCanonical(f *testing.F) {
	parse := func(data []byte) (any, error) {
		var v any
		err := ledger.UnmarshalCanonical(data, &v)
		if err == nil && !json.Valid(data) {
			f.Fatalf("%q is no JSON at all", data)
		}
		return v, err
	}
	identity(f, parse, ledger.MarshalCanonical, []byte(goodShape), []byte(`{"a":[1,-2,true,"\u001f😀"]}`), []byte(`[]`), []byte(`"x"`), []byte(`0`))
}

func FuzzEnvelope(f *testing.F) {
	w := newWorld(f).fill()
	identity(f, ledger.ParseEnvelope, ledger.Envelope.Bytes, w.work.Links[3].Envelope, w.keys.Links[0].Envelope)
}

func FuzzStatement(f *testing.F) {
	var seeds [][]byte
	for _, info := range ledger.Kinds() {
		text, err := sampleStatement(f, info).Bytes()
		if err != nil {
			f.Fatal(err)
		}
		seeds = append(seeds, text)
	}
	identity(f, ledger.ParseStatement, ledger.Statement.Bytes, seeds...)
}

func FuzzCheckpoint(f *testing.F) {
	w := newWorld(f).fill()
	write := func(s ledger.SignedCheckpoint) ([]byte, error) { return s.Bytes(), nil }
	identity(f, ledger.ParseCheckpoint, write, w.signedCheckpoint(0).Bytes(), w.signedCheckpoint(3).Bytes())
}

func FuzzReceipt(f *testing.F) {
	w := newWorld(f).fill()
	p, err := proofOf(w.signedCheckpoint(1).Bytes(), w.tree().Size(), w)
	if err != nil {
		f.Fatal(err)
	}
	write := func(r ledger.Receipt) ([]byte, error) { return r.Bytes(), nil }
	identity(f, ledger.ParseReceipt, write, p.Marshal())
}

func FuzzNoteKey(f *testing.F) {
	parse := func(data []byte) (ledger.NoteKey, error) { return ledger.ParseNoteKey(string(data)) }
	identity(f, parse, ledger.NoteKey.MarshalText, []byte(coSigner(f, "co0").String()), []byte(newKey("log").noteKey(f, origin, ledger.LogKey).String()))
}

func FuzzTrust(f *testing.F) {
	data, err := newWorld(f).fill().trust().Bytes()
	if err != nil {
		f.Fatal(err)
	}
	identity(f, ledger.ParseTrust, ledger.Trust.Bytes, data)
}

func FuzzAcknowledgement(f *testing.F) {
	w := newWorld(f).fill()
	l := w.work.Links[9]
	a := ledger.Acknowledgement{Origin: origin, Chain: w.work.ID, N: l.N, Index: l.Index, Commitment: l.Commitment}
	data, err := a.Sign(context.Background(), w.service)
	if err != nil {
		f.Fatal(err)
	}
	// Ed25519 signs the same bytes the same way; so writing again is signing again.
	parse := func(data []byte) (ledger.Acknowledgement, error) {
		return ledger.ParseAcknowledgement(data, ledger.LookUp(w.service.public))
	}
	identity(f, parse, func(a ledger.Acknowledgement) ([]byte, error) { return a.Sign(context.Background(), w.service) }, data)
}

func FuzzPublicKey(f *testing.F) {
	write := func(k ledger.PublicKey) ([]byte, error) { return k.DER(), nil }
	identity(f, ledger.ParsePublicKey, write, newKey("analyst").public.DER(), newKey("service").public.DER())
}

func FuzzTime(f *testing.F) {
	parse := func(data []byte) (t ledger.Time, err error) { err = t.UnmarshalText(data); return t, err }
	identity(f, parse, ledger.Time.MarshalText, []byte("2026-11-21T21:04:05.123Z"), []byte("0000-01-01T00:00:00.000Z"))
}

// FuzzPolicy has no writer: what is accepted must be decided the same way twice, and
// never be met by no co-signature unless it says so.
func FuzzPolicy(f *testing.F) {
	w := newWorld(f).fill()
	s := w.signedCheckpoint(0)
	logKey := w.logKey.noteKey(f, origin, ledger.LogKey)
	f.Add([]byte(policyText(f, "group a 2 w0 w1 w2\ngroup b any w3 a\nquorum b\n")))
	f.Add([]byte("quorum none\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := quorum.Parse(data)
		if err != nil {
			if ledger.CodeOf(err) != ledger.FaultPolicyFile {
				t.Fatalf("%v", err)
			}
			return
		}
		p.Logs = nil
		signed, err := p.Verify(s, logKey)
		if met := err == nil; met != (p.Quorum == "none") || len(signed) != 0 {
			t.Fatalf("quorum %q met %v by %d co-signatures: %v", p.Quorum, met, len(signed), err)
		}
	})
}

// FuzzChain lets a bundle's chain be anything: it must be refused or be the one that
// was packed.
func FuzzChain(f *testing.F) {
	w := newWorld(f).fill()
	f.Add(uint8(11), uint8(1), uint64(12), []byte("x"))
	f.Add(uint8(30), uint8(2), uint64(0), []byte{})
	f.Fuzz(func(t *testing.T, at, what uint8, number uint64, data []byte) {
		c := shownAs(w.work, third)
		l := &c.Links[int(at)%len(c.Links)]
		before := *l
		switch what % 6 {
		case 0:
			l.N = number
		case 1:
			l.Envelope = data
		case 2:
			copy(l.Commitment[:], data)
		case 3:
			copy(l.Salt[:], data)
		case 4:
			copy(l.Inner[:], data)
		case 5:
			l.Index = ledger.Index(number)
		}
		_, err := c.Verify()
		same := l.N == before.N && bytes.Equal(l.Envelope, before.Envelope) && l.Commitment == before.Commitment && l.Salt == before.Salt && l.Inner == before.Inner
		unused := same || l.Shown() && before.Shown() && what%6 == 4 || !l.Shown() && what%6 == 3
		if what%6 != 5 && unused != (err == nil) {
			t.Fatalf("entry %d, field %d: %v", before.N, what%6, err)
		}
	})
}
