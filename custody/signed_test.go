package custody

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"reflect"
	"testing"
	"time"

	"custos.example/ledger"
)

// seedSigner signs with a key made from one byte.
type seedSigner struct {
	key ed25519.PrivateKey
	id  ledger.KeyID
}

func newSeedSigner(t *testing.T, seed byte) seedSigner {
	t.Helper()
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, 32))
	public, err := ledger.NewPublicKey(key.Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	return seedSigner{key, public.KeyID()}
}

func (s seedSigner) KeyID() ledger.KeyID { return s.id }

func (s seedSigner) Sign(_ context.Context, message []byte) ([]byte, error) {
	return ed25519.Sign(s.key, message), nil
}

// TestSignedIsWhatItsBytesSay reads back what was signed, and refuses a signer who
// is not the actor, so that the statement beside the bytes is never another.
func TestSignedIsWhatItsBytesSay(t *testing.T) {
	service, actor := newSeedSigner(t, 1), newSeedSigner(t, 2)
	statement, err := ledger.NewStatement(ledger.Predicate{
		Actor:                ledger.Actor{ID: "jo.saunders", Key: actor.id, Role: "analyst"},
		Authority:            []ledger.EntryID{},
		Detail:               &ledger.EvidenceReceived{Item: "HAL/1", FileName: "ee.csv", Size: 5000, From: "operator"},
		Place:                ledger.Place{Chain: ledger.ChainID{1}, Entry: ledger.EntryID{2}},
		Parameters:           map[string]string{"zone": "Europe/London"},
		ResolvedDependencies: []ledger.Dependency{},
		Time:                 ledger.NewTime(time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)),
	}, ledger.Subject{Name: "source", Digest: ledger.DigestSet{ledger.SHA256: {7}}})
	if err != nil {
		t.Fatal(err)
	}
	written, err := Write(statement)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := written.Sign(t.Context(), service, actor)
	if err != nil {
		t.Fatal(err)
	}
	read, err := ParseSigned(signed.Bytes())
	if err != nil || !reflect.DeepEqual(read, signed) {
		t.Fatalf("read as %+v, %v; signed %+v", read, err, signed)
	}
	if _, err := written.Sign(t.Context(), actor, service); !errors.Is(err, ErrInvalid) {
		t.Errorf("signed by another than the actor: %v", err)
	}
	if _, err := written.Sign(t.Context(), service, nil); !errors.Is(err, ErrInvalid) {
		t.Errorf("not signed by the actor: %v", err)
	}
	if _, err := ParseSigned(append(bytes.Clone(signed.Bytes()), ' ')); !errors.Is(err, ErrInvalid) {
		t.Errorf("bytes after the envelope: %v", err)
	}
	statement.Subject = nil
	if _, err := Write(statement); !errors.Is(err, ErrInvalid) {
		t.Errorf("a statement without a subject: %v", err)
	}
}
