package ledger_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"custos.example/ledger"
)

// broken is a signer that fails.
type broken struct{ testKey }

func (broken) Sign(context.Context, []byte) ([]byte, error) { return nil, errBroken }

var errBroken = errors.New("the key does not answer")

func TestEnvelopeComesBack(t *testing.T) {
	service, actor := newKey("service"), newKey("analyst")
	e, err := ledger.Sign(context.Background(), ledger.StatementType, []byte("{}"), service, actor)
	if err != nil {
		t.Fatal(err)
	}
	data, err := e.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	back, err := ledger.ParseEnvelope(data)
	if err != nil || !bytes.Equal(back.Payload, e.Payload) || len(back.Signatures) != 2 || back.Signatures[0].KeyID != service.KeyID() {
		t.Fatalf("came back as %+v, %v", back, err)
	}
	if err := back.Verify(ledger.LookUp(actor.public, service.public)); err != nil {
		t.Error(err)
	}
	if err := back.Verify(ledger.LookUp(service.public)); ledger.CodeOf(err) != ledger.FaultUnknownKey {
		t.Errorf("with one of two keys: %v", err)
	}
	back.Payload = []byte("[]")
	if err := back.Verify(ledger.LookUp(service.public)); ledger.CodeOf(err) != ledger.FaultSignature {
		t.Errorf("another payload: %v", err)
	}
	back.Payload, back.PayloadType = e.Payload, ledger.AcknowledgementType
	if err := back.Verify(ledger.LookUp(actor.public, service.public)); ledger.CodeOf(err) != ledger.FaultSignature {
		t.Errorf("another payload type: %v", err)
	}
	if _, err := ledger.Sign(context.Background(), ledger.StatementType, nil, service, service); ledger.CodeOf(err) != ledger.FaultEnvelope {
		t.Errorf("one key as both: %v", err)
	}
	if _, err := ledger.Sign(context.Background(), ledger.StatementType, nil, service, broken{actor}); !errors.Is(err, errBroken) {
		t.Errorf("a key that fails: %v", err)
	}
}

// TestEnvelopeRefuses each form that DSSE allows and this format does not.
func TestEnvelopeRefuses(t *testing.T) {
	service, actor := newKey("service"), newKey("analyst")
	e, err := ledger.Sign(context.Background(), ledger.StatementType, []byte("{}"), service, actor)
	if err != nil {
		t.Fatal(err)
	}
	written := func(change func(e *ledger.Envelope)) string {
		other := e
		other.Signatures = append([]ledger.Signature{}, e.Signatures...)
		change(&other)
		b, err := other.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	good := written(func(*ledger.Envelope) {})
	for name, c := range map[string]struct {
		text string
		code ledger.Code
	}{
		"no signature":       {written(func(e *ledger.Envelope) { e.Signatures = nil }), ledger.FaultEnvelope},
		"three signatures":   {written(func(e *ledger.Envelope) { e.Signatures = append(e.Signatures, ledger.Signature{Sig: make([]byte, 64)}) }), ledger.FaultEnvelope},
		"one key twice":      {written(func(e *ledger.Envelope) { e.Signatures[1] = e.Signatures[0] }), ledger.FaultEnvelope},
		"short signature":    {written(func(e *ledger.Envelope) { e.Signatures[1].Sig = e.Signatures[1].Sig[:63] }), ledger.FaultEnvelope},
		"signature of ECDSA": {written(func(e *ledger.Envelope) { e.Signatures[1].Sig = make([]byte, 71) }), ledger.FaultEnvelope},
		"another type":       {written(func(e *ledger.Envelope) { e.PayloadType = "application/json" }), ledger.FaultEnvelope},
		"no type":            {written(func(e *ledger.Envelope) { e.PayloadType = "" }), ledger.FaultEnvelope},
		"payload of URL":     {strings.Replace(good, `"e30="`, `"e30"`, 1), ledger.FaultJSON},
		"key of another":     {strings.Replace(good, `"payload"`, `"certificate":"","payload"`, 1), ledger.FaultJSON},
		"key id of sigstore": {strings.Replace(good, `"keyid":"`, `"keyid":"SHA256:`, 1), ledger.FaultValue},
		"key id missing":     {strings.Replace(good, `"keyid":"`+service.KeyID().String()+`",`, ``, 1), ledger.FaultJSON},
		"line after":         {good + "\n", ledger.FaultJSON},
		"too large":          {good + strings.Repeat(" ", ledger.MaxEnvelope), ledger.FaultEnvelope},
		"empty":              {"", ledger.FaultJSON},
	} {
		if _, err := ledger.ParseEnvelope([]byte(c.text)); ledger.CodeOf(err) != c.code {
			t.Errorf("%s: %v; want %s", name, err, c.code)
		}
	}
}

func TestOpenStatementWantsTheActorsSignatureLast(t *testing.T) {
	w := newWorld(t)
	s := w.item(w.analyst)
	e, err := ledger.ParseEnvelope(s.envelope)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.OpenStatement(e); err != nil {
		t.Fatal(err)
	}
	swapped := e
	swapped.Signatures = []ledger.Signature{e.Signatures[1], e.Signatures[0]}
	if _, err := ledger.OpenStatement(swapped); ledger.CodeOf(err) != ledger.FaultEnvelope {
		t.Errorf("signatures swapped: %v", err)
	}
	typed := e
	typed.PayloadType = ledger.AcknowledgementType
	if _, err := ledger.OpenStatement(typed); ledger.CodeOf(err) != ledger.FaultEnvelope {
		t.Errorf("as an acknowledgement: %v", err)
	}
}

func TestCoSignRefuses(t *testing.T) {
	w := newWorld(t).fill()
	s := w.signedCheckpoint(0)
	sign := func(m []byte) ([]byte, error) { return newKey("co0").Sign(context.Background(), m) }
	if _, err := s.CoSign(coSigner(t, "co0"), time.Unix(-1, 0), sign); ledger.CodeOf(err) != ledger.FaultCheckpoint {
		t.Errorf("before 1970: %v", err)
	}
	plain := newKey("co0").noteKey(t, "co0.example", ledger.LogKey)
	if _, err := s.CoSign(plain, time.Unix(1, 0), sign); ledger.CodeOf(err) != ledger.FaultCheckpoint {
		t.Errorf("with a log's key: %v", err)
	}
	if _, err := s.CoSign(coSigner(t, "co0"), time.Unix(1, 0), func([]byte) ([]byte, error) { return nil, errBroken }); !errors.Is(err, errBroken) {
		t.Errorf("a key that fails: %v", err)
	}
}
