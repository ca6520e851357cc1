package sign

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"

	"golang.org/x/mod/sumdb/note"
)

// algEd25519 is the byte that stands for Ed25519 in a note's key.
// Source: C2SP signed-note.
const algEd25519 = 1

// NoteSigner returns a signer of notes under that name. Of a log's key the name
// is the origin of the log.
// Source: C2SP signed-note, Ed25519 signatures.
// Errors: note.Sign refuses a name that is empty or has a space or a plus sign.
func (k *Key) NoteSigner(name string) note.Signer { return NoteSigner(name, k) }

// NoteSigner is Key.NoteSigner for a key of any kind.
func NoteSigner(name string, key Signer) note.Signer {
	return noteSigner{name: name, hash: noteHash(name, key.Public()), key: key}
}

// VerifierKey returns the text by which others verify what NoteSigner of the
// same name signs: name, key hash and public key.
// Errors: a name that is empty or has a space or a plus sign.
func (k *Key) VerifierKey(name string) (string, error) { return VerifierKey(name, k) }

// VerifierKey is Key.VerifierKey for a key of any kind.
func VerifierKey(name string, key Signer) (string, error) {
	return note.NewEd25519VerifierKey(name, key.Public())
}

type noteSigner struct {
	name string
	hash uint32
	key  Signer
}

func (s noteSigner) Name() string    { return s.name }
func (s noteSigner) KeyHash() uint32 { return s.hash }

func (s noteSigner) Sign(message []byte) ([]byte, error) {
	return s.key.Sign(context.Background(), message)
}

func noteHash(name string, public ed25519.PublicKey) uint32 {
	h := sha256.New()
	h.Write([]byte(name))
	h.Write([]byte{'\n', algEd25519})
	h.Write(public)
	return binary.BigEndian.Uint32(h.Sum(nil))
}
