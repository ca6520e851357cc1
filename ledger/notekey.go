package ledger

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// The signature types of C2SP signed-note that custos accepts.
const (
	LogKey      = 0x01 // Ed25519 over the note's text
	CoSignerKey = 0x04 // Ed25519 tlog-cosignature/v1, with a time
)

// NoteKey is a verifier key of a log or a co-signer.
// Shape: prints and parses as a C2SP vkey, name+hash+base64(type || key).
type NoteKey struct {
	Name   string
	Type   byte
	Public PublicKey
}

// NewNoteKey returns the key under a name. Errors: FaultValue for a name that a
// note cannot hold or a type that is neither LogKey nor CoSignerKey.
func NewNoteKey(name string, kind byte, public PublicKey) (NoteKey, error) {
	bad := func(r rune) bool { return unicode.IsSpace(r) || r == '+' || r < 0x20 }
	if name == "" || !utf8.ValidString(name) || strings.IndexFunc(name, bad) >= 0 {
		return NoteKey{}, fault(FaultValue, "%q cannot name a key", name)
	}
	if kind != LogKey && kind != CoSignerKey {
		return NoteKey{}, fault(FaultValue, "signature type %d is not supported", kind)
	}
	return NoteKey{name, kind, public}, nil
}

// ParseNoteKey accepts exactly what String writes. Errors: FaultValue.
// Source: C2SP signed-note, verifier keys.
func ParseNoteKey(vkey string) (NoteKey, error) {
	name, rest, _ := strings.Cut(vkey, "+")
	_, text, _ := strings.Cut(rest, "+")
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(raw) != 33 {
		return NoteKey{}, fault(FaultValue, "not a verifier key of an Ed25519 type: %q", vkey)
	}
	public, err := NewPublicKey(raw[1:])
	if err != nil {
		return NoteKey{}, err
	}
	k, err := NewNoteKey(name, raw[0], public)
	if err == nil && k.String() != vkey {
		err = fault(FaultValue, "verifier key %q is not in its only form", vkey)
	}
	return k, err
}

// Hash returns the key's number in signature lines.
func (k NoteKey) Hash() uint32 {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%c%s", k.Name, k.Type, k.Public.key[:]))
	return binary.BigEndian.Uint32(sum[:])
}

// String returns the vkey.
func (k NoteKey) String() string {
	return fmt.Sprintf("%s+%08x+%s", k.Name, k.Hash(), base64.StdEncoding.EncodeToString(append([]byte{k.Type}, k.Public.key[:]...)))
}

// MarshalText returns String().
func (k NoteKey) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText accepts exactly what MarshalText writes. Errors: FaultValue.
func (k *NoteKey) UnmarshalText(b []byte) (err error) {
	*k, err = ParseNoteKey(string(b))
	return err
}

// verify returns the time in a co-signature (zero for a log's own signature) if sig
// is k's signature of a note's text.
func (k NoteKey) verify(text string, sig []byte) (time.Time, error) {
	if k.Type == LogKey {
		return time.Time{}, k.Public.Verify([]byte(text), sig)
	}
	if len(sig) != 8+64 || sig[0] >= 0x80 {
		return time.Time{}, fault(FaultSignature, "not a co-signature with a time")
	}
	seconds := binary.BigEndian.Uint64(sig)
	at := time.Unix(int64(seconds), 0).UTC() //nolint:gosec // below 2^63, see above
	return at, k.Public.Verify(coSignedMessage(seconds, text), sig[8:])
}

// coSignedMessage returns what a co-signer signs. Source: C2SP tlog-cosignature v1.
func coSignedMessage(seconds uint64, text string) []byte {
	return fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", seconds, text)
}
