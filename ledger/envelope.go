package ledger

import (
	"context"
	"fmt"
	"reflect"
	"strings"
)

// The payload types that custos signs.
const (
	StatementType       = "application/vnd.in-toto+json"
	AcknowledgementType = "application/vnd.custos.acknowledgement+json"
)

// MaxEnvelope is the most bytes that one envelope may have.
const MaxEnvelope = 16 << 20

// Signature is one signature of an envelope. Shape: Sig has 64 bytes.
type Signature struct {
	KeyID KeyID  `json:"keyid"`
	Sig   []byte `json:"sig"`
}

// Envelope is a DSSE envelope.
// Shape: Signatures[0] is the recording service's; Signatures[1], if there is
// one, the actor's, by another key.
type Envelope struct {
	Payload     []byte      `json:"payload"`
	PayloadType string      `json:"payloadType"`
	Signatures  []Signature `json:"signatures"`
}

// Signer makes Ed25519 signatures with one key.
type Signer interface {
	KeyID() KeyID
	Sign(ctx context.Context, message []byte) ([]byte, error)
}

// PAE returns the bytes that DSSE signs for a payload.
// Source: DSSE v1.0.2, protocol.md.
func PAE(payloadType string, payload []byte) []byte {
	return append(fmt.Appendf(nil, "DSSEv1 %d %s %d ", len(payloadType), payloadType, len(payload)), payload...)
}

// Sign returns payload in an envelope, signed by service and, unless it is nil,
// by actor.
// Errors: FaultEnvelope when both have one key; else the signer's own.
func Sign(ctx context.Context, payloadType string, payload []byte, service, actor Signer) (Envelope, error) {
	e := Envelope{Payload: payload, PayloadType: payloadType}
	signers := []Signer{service}
	if actor != nil {
		signers = append(signers, actor)
	}
	message := PAE(payloadType, payload)
	for _, s := range signers {
		sig, err := s.Sign(ctx, message)
		if err != nil {
			return Envelope{}, fmt.Errorf("sign with key %s: %w", s.KeyID(), err)
		}
		e.Signatures = append(e.Signatures, Signature{s.KeyID(), sig})
	}
	return e, e.check()
}

// ParseEnvelope accepts exactly the bytes that Bytes writes.
// Errors: FaultJSON, FaultEnvelope. It checks no signature.
func ParseEnvelope(data []byte) (Envelope, error) {
	if len(data) > MaxEnvelope {
		return Envelope{}, fault(FaultEnvelope, "%d bytes, more than %d", len(data), MaxEnvelope)
	}
	e, ok := readEnvelope(string(data))
	if !ok { // find out what is wrong with it
		e = Envelope{}
		if err := UnmarshalCanonical(data, &e); err != nil {
			return Envelope{}, at("envelope", err)
		}
	}
	return e, e.check()
}

// readEnvelope reads an envelope without going through its parts one by one as
// UnmarshalCanonical does, and says whether it could. Between the fixed texts of
// the canonical form stand only values that can be written in one way, so that
// what it accepts is what Bytes writes.
func readEnvelope(s string) (e Envelope, ok bool) {
	ok = true
	value := func(before string) (v string) { // what stands between before and the next quote
		var found, closed bool
		s, found = strings.CutPrefix(s, before)
		v, s, closed = strings.Cut(s, `"`)
		ok = ok && found && closed
		return v
	}
	raw := func(before string) []byte {
		b, err := decodeBase64(value(before))
		ok = ok && err == nil
		return b
	}
	e.Payload = raw(`{"payload":"`)
	e.PayloadType = value(`,"payloadType":"`)
	ok = ok && (e.PayloadType == StatementType || e.PayloadType == AcknowledgementType)
	for before := `,"signatures":[{"keyid":"`; ok && s != "]}"; before = `,{"keyid":"` {
		var signature Signature
		ok = signature.KeyID.UnmarshalText([]byte(value(before))) == nil && ok
		signature.Sig = raw(`,"sig":"`)
		var ended bool
		s, ended = strings.CutPrefix(s, "}")
		e.Signatures, ok = append(e.Signatures, signature), ok && ended
	}
	return e, ok
}

func (e Envelope) check() error {
	if e.PayloadType != StatementType && e.PayloadType != AcknowledgementType {
		return fault(FaultEnvelope, "payload type %q is not one of ours", e.PayloadType)
	}
	if n := len(e.Signatures); n != 1 && n != 2 || n == 2 && e.Signatures[0].KeyID == e.Signatures[1].KeyID {
		return fault(FaultEnvelope, "%d signatures; one or two by different keys belong here", n)
	}
	for _, s := range e.Signatures {
		if len(s.Sig) != 64 {
			return fault(FaultEnvelope, "a signature of %d bytes; Ed25519 has 64", len(s.Sig))
		}
	}
	return nil
}

// Bytes returns the exact bytes that are stored and committed to.
func (e Envelope) Bytes() ([]byte, error) {
	return appendValue(make([]byte, 0, len(e.Payload)*4/3+512), reflect.ValueOf(e), 0)
}

// Verify returns nil if every signature of e matches under the key that key
// returns for its key id.
// Errors: FaultSignature before FaultUnknownKey: a false signature is worse than
// a stranger's.
func (e Envelope) Verify(key func(KeyID) (PublicKey, error)) error {
	var unknown error
	for _, s := range e.Signatures {
		k, err := key(s.KeyID)
		if err != nil {
			unknown = err
			continue
		}
		if err := k.Verify(PAE(e.PayloadType, e.Payload), s.Sig); err != nil {
			return err
		}
	}
	return unknown
}

// LookUp returns keys as the function that Verify asks for.
// Errors: FaultUnknownKey from that function.
func LookUp(keys ...PublicKey) func(KeyID) (PublicKey, error) {
	return func(id KeyID) (PublicKey, error) {
		for _, k := range keys {
			if k.KeyID() == id {
				return k, nil
			}
		}
		return PublicKey{}, fault(FaultUnknownKey, "no key %s", id)
	}
}
