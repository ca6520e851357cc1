package bundletest

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"

	"golang.org/x/mod/sumdb/note"

	"custos.example/ledger"
)

// Random is a deterministic stream of bytes that look random.
type Random struct {
	seed string
	n    uint64
}

// NewRandom returns the stream that a seed stands for.
func NewRandom(seed string) *Random { return &Random{seed: seed} }

// Read fills p.
func (r *Random) Read(p []byte) (int, error) {
	for at := 0; at < len(p); {
		sum := sha256.Sum256(binary.BigEndian.AppendUint64([]byte(r.seed), r.n))
		r.n++
		at += copy(p[at:], sum[:])
	}
	return len(p), nil
}

// Key is a key with its private half.
type Key struct {
	Holder  string
	Name    string
	Roles   []string
	HeldBy  string
	private ed25519.PrivateKey
	public  ledger.PublicKey
}

// NewKey returns the key of a holder, the same each time for one seed.
func NewKey(seed, holder, name string, roles ...string) Key {
	sum := sha256.Sum256([]byte("key " + seed + " " + holder))
	private := ed25519.NewKeyFromSeed(sum[:])
	public, err := ledger.NewPublicKey(private.Public().(ed25519.PublicKey)) //nolint:forcetypeassert // ed25519 says so
	if err != nil {
		panic(err) // no seed in use gives such a key
	}
	return Key{Holder: holder, Name: name, Roles: roles, HeldBy: "service", private: private, public: public}
}

// KeyID returns the key's id.
func (k Key) KeyID() ledger.KeyID { return k.public.KeyID() }

// Public returns the public half.
func (k Key) Public() ledger.PublicKey { return k.public }

// Sign signs a message.
func (k Key) Sign(_ context.Context, message []byte) ([]byte, error) {
	return ed25519.Sign(k.private, message), nil
}

// Trust returns the key's line of a trust file.
func (k Key) Trust() ledger.TrustKey {
	return ledger.TrustKey{Holder: k.Holder, ID: k.KeyID(), Public: k.public, Roles: k.Roles}
}

// Actor returns the key's holder as the actor of an entry.
func (k Key) Actor() ledger.Actor {
	return ledger.Actor{ID: k.Holder, Key: k.KeyID(), Role: k.Roles[0]}
}

// Enrolled returns the detail that enrols the key.
func (k Key) Enrolled() *ledger.KeyEnrolled {
	return &ledger.KeyEnrolled{HeldBy: k.HeldBy, Holder: k.Holder, Key: k.KeyID(), Name: k.Name, Public: k.public, Roles: k.Roles}
}

// Note returns the key as one that signs checkpoints under a name.
func (k Key) Note(name string) note.Signer { return noteSigner{k, name} }

// NoteKey returns the public half of Note.
func (k Key) NoteKey(name string) ledger.NoteKey {
	public, err := ledger.NewNoteKey(name, ledger.LogKey, k.public)
	if err != nil {
		panic(err) // names here are constants
	}
	return public
}

type noteSigner struct {
	key  Key
	name string
}

func (s noteSigner) Name() string    { return s.name }
func (s noteSigner) KeyHash() uint32 { return s.key.NoteKey(s.name).Hash() }
func (s noteSigner) Sign(message []byte) ([]byte, error) {
	return ed25519.Sign(s.key.private, message), nil
}
