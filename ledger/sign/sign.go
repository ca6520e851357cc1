// Package sign owns the private keys that custos signs with: it creates and
// opens Ed25519 key files, in clear or under a passphrase, asks key services by
// URI and holders elsewhere, and signs through sigstore's signature package, of
// which it is the only importer.
//
// It never decides what is signed or by whom, never verifies anything on behalf
// of a reader (that is package ledger), and never lets a private key out.
package sign

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"

	"github.com/sigstore/sigstore/pkg/cryptoutils"
	"github.com/sigstore/sigstore/pkg/signature"

	"custos.example/ledger"
)

// The outcomes that a caller may tell apart.
var (
	// ErrExists says that there is a key already. It is left as it was.
	ErrExists = errors.New("there is a key here already")
	// ErrKeyFile says that a file is not a key file as this package writes it,
	// or that others than its owner can read it.
	ErrKeyFile = errors.New("not an acceptable key file")
	// ErrClosed says that the key has been closed.
	ErrClosed = errors.New("the key is closed")
)

// Signer signs with one key.
type Signer interface {
	// KeyID is the SHA-256 of the public key's SubjectPublicKeyInfo.
	KeyID() ledger.KeyID
	Public() ed25519.PublicKey
	// Sign returns the Ed25519 signature of the message.
	// Shape: 64 bytes; of an envelope the message is its PAE.
	Sign(ctx context.Context, message []byte) ([]byte, error)
}

// Key is an Ed25519 private key that is held in memory.
type Key struct {
	private ed25519.PrivateKey
	signer  *signature.ED25519SignerVerifier
	public  ed25519.PublicKey
	id      ledger.KeyID
}

var _ Signer = (*Key)(nil)

// Generate returns a new key made from 32 bytes of random.
func Generate(random io.Reader) (*Key, error) {
	seed := make([]byte, ed25519.SeedSize)
	if _, err := io.ReadFull(random, seed); err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	return newKey(ed25519.NewKeyFromSeed(seed))
}

// Parse returns the key that Marshal wrote.
// Errors: ErrKeyFile for anything else, a different encoding of a key included;
// ErrPassphrase when the key is protected by one.
func Parse(file []byte) (*Key, error) {
	if Sealed(file) {
		return nil, fmt.Errorf("%w: none was given", ErrPassphrase)
	}
	private, err := cryptoutils.UnmarshalPEMToPrivateKey(file, cryptoutils.SkipPassword)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeyFile, err)
	}
	key, err := edKey(private)
	if err != nil {
		return nil, err
	}
	again, err := key.Marshal()
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(again, file) {
		return nil, fmt.Errorf("%w: it is not written as custos writes keys", ErrKeyFile)
	}
	return key, nil
}

// edKey returns the key if it is an Ed25519 key.
func edKey(private crypto.PrivateKey) (*Key, error) {
	edPrivate, ok := private.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%w: it holds a %T, not an Ed25519 key", ErrKeyFile, private)
	}
	return newKey(edPrivate)
}

func newKey(private ed25519.PrivateKey) (*Key, error) {
	signer, err := signature.LoadED25519SignerVerifier(private)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeyFile, err)
	}
	public, ok := private.Public().(ed25519.PublicKey)
	if !ok {
		return nil, fmt.Errorf("%w: no public half", ErrKeyFile)
	}
	spki, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeyFile, err)
	}
	return &Key{private: private, signer: signer, public: public, id: ledger.KeyID(sha256.Sum256(spki))}, nil
}

// Marshal returns the key as a file that Parse reads.
// Shape: one PEM block of PKCS #8, "PRIVATE KEY". Trust: the private key is in
// it, in clear.
// Errors: ErrClosed.
func (k *Key) Marshal() ([]byte, error) {
	if k.signer == nil {
		return nil, ErrClosed
	}
	der, err := x509.MarshalPKCS8PrivateKey(k.private)
	if err != nil {
		return nil, fmt.Errorf("write a key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// KeyID is the SHA-256 of the public key's SubjectPublicKeyInfo.
func (k *Key) KeyID() ledger.KeyID { return k.id }

// Public is the public key.
func (k *Key) Public() ed25519.PublicKey { return bytes.Clone(k.public) }

// PublicPEM returns the public key as a PEM file, as sigstore's tools read it.
func (k *Key) PublicPEM() ([]byte, error) {
	return cryptoutils.MarshalPublicKeyToPEM(crypto.PublicKey(k.public))
}

// Sign returns the signature of the message. It has been checked against the
// public key, so that a fault while signing shows here and not in court.
// Errors: ErrClosed.
func (k *Key) Sign(ctx context.Context, message []byte) ([]byte, error) {
	if k.signer == nil {
		return nil, ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	sig, err := k.signer.SignMessage(bytes.NewReader(message))
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	if err := k.signer.VerifySignature(bytes.NewReader(sig), bytes.NewReader(message)); err != nil {
		return nil, fmt.Errorf("check the new signature: %w", err)
	}
	return sig, nil
}

// Close overwrites the private key in memory. The key signs no more.
func (k *Key) Close() error {
	clear(k.private)
	k.signer = nil
	return nil
}
