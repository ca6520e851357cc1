package sign

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"

	"custos.example/ledger"
)

// ErrDistant says that what came back from a key's holder is no signature by
// that key over what was asked.
var ErrDistant = errors.New("what came back is not a signature by this key")

// Distant is a key whose private half is with its holder, somewhere else: every
// message is sent there and the signature comes back.
type Distant struct {
	public ledger.PublicKey
	ask    func(ctx context.Context, message []byte) ([]byte, error)
}

var _ Signer = Distant{}

// NewDistant returns the signer of a public key; ask brings a message to its
// holder and returns with the signature.
func NewDistant(public ledger.PublicKey, ask func(ctx context.Context, message []byte) ([]byte, error)) Distant {
	return Distant{public, ask}
}

// KeyID is the SHA-256 of the public key's SubjectPublicKeyInfo.
func (d Distant) KeyID() ledger.KeyID { return d.public.KeyID() }

// Public is the public key.
func (d Distant) Public() ed25519.PublicKey { return d.public.Ed25519() }

// Sign asks the holder.
// Errors: ErrDistant; those of ask.
func (d Distant) Sign(ctx context.Context, message []byte) ([]byte, error) {
	sig, err := d.ask(ctx, message)
	if err != nil {
		return nil, err
	}
	if err := d.public.Verify(message, sig); err != nil {
		return nil, fmt.Errorf("%w: key %s: %w", ErrDistant, d.KeyID(), err)
	}
	return sig, nil
}
