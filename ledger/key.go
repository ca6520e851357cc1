package ledger

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"slices"
)

// spkiPrefix is the DER that stands before the 32 bytes of every Ed25519 key in
// a SubjectPublicKeyInfo (RFC 8410); there is no other encoding.
const spkiPrefix = "\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00"

// PublicKey is an Ed25519 public key that has passed ParsePublicKey.
// Shape: prints and parses as padded base64 of the 44-byte DER SubjectPublicKeyInfo.
type PublicKey struct{ key [ed25519.PublicKeySize]byte }

// NewPublicKey returns the 32 bytes of an Ed25519 key as a PublicKey.
// Errors: FaultValue when the length is wrong, the encoding is not the only one,
// or the point is of small order: under such a key one signature fits many
// messages, so nobody would be bound by it.
func NewPublicKey(raw []byte) (PublicKey, error) {
	var p PublicKey
	if len(raw) != len(p.key) {
		return p, fault(FaultValue, "an Ed25519 key has 32 bytes, not %d", len(raw))
	}
	copy(p.key[:], raw)
	little := slices.Clone(raw)
	little[31] &= 0x7f // the sign of x stands in the top bit
	slices.Reverse(little)
	if hex.EncodeToString(little) >= fieldPrime || slices.Contains(smallOrder[:], hex.EncodeToString(little)) {
		return PublicKey{}, fault(FaultValue, "an Ed25519 key of small order or in a second encoding")
	}
	return p, nil
}

// fieldPrime is 2^255-19, the first y that has no canonical encoding.
const fieldPrime = "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed"

// smallOrder lists the y of the eight points of order 1, 2, 4 and 8, big-endian.
var smallOrder = [...]string{
	"0000000000000000000000000000000000000000000000000000000000000000",
	"0000000000000000000000000000000000000000000000000000000000000001",
	"05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826",
	"7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7",
	"7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec",
}

// ParsePublicKey accepts exactly the DER SubjectPublicKeyInfo of an Ed25519 key.
// Errors: FaultValue.
func ParsePublicKey(der []byte) (PublicKey, error) {
	raw, found := bytes.CutPrefix(der, []byte(spkiPrefix))
	if !found {
		return PublicKey{}, fault(FaultValue, "not the DER SubjectPublicKeyInfo of an Ed25519 key")
	}
	return NewPublicKey(raw)
}

// DER returns the SubjectPublicKeyInfo.
func (p PublicKey) DER() []byte { return append([]byte(spkiPrefix), p.key[:]...) }

// KeyID returns SHA-256 of DER().
func (p PublicKey) KeyID() KeyID { return sha256.Sum256(p.DER()) }

// Ed25519 returns the 32 bytes of the key.
func (p PublicKey) Ed25519() ed25519.PublicKey { return slices.Clone(p.key[:]) }

// String returns padded base64 of DER().
func (p PublicKey) String() string { return base64.StdEncoding.EncodeToString(p.DER()) }

// MarshalText returns String().
func (p PublicKey) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText accepts exactly what MarshalText writes. Errors: FaultValue.
func (p *PublicKey) UnmarshalText(text []byte) error {
	der, err := decodeBase64(string(text))
	if err != nil {
		return err
	}
	*p, err = ParsePublicKey(der)
	return err
}

// Verify returns nil if sig is the key's Ed25519 signature of message.
// Trust: S must be below the group's order and R in its only encoding, as
// crypto/ed25519 has it (RFC 8032, without the cofactor).
// Errors: FaultSignature.
func (p PublicKey) Verify(message, sig []byte) error {
	if len(sig) != ed25519.SignatureSize || !ed25519.Verify(p.key[:], message, sig) {
		return fault(FaultSignature, "the signature of key %s does not match what it signs", p.KeyID())
	}
	return nil
}
