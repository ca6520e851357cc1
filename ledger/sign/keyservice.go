package sign

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sigstore/sigstore/pkg/signature/kms"
	_ "github.com/sigstore/sigstore/pkg/signature/kms/hashivault" // hashivault:// and openbao://
	"github.com/sigstore/sigstore/pkg/signature/options"

	"custos.example/ledger"
)

// ErrKeyService says that a key service did not do what was asked of it.
var ErrKeyService = errors.New("the key service failed")

// answerWithin is how long a key service may take to sign.
const answerWithin = 20 * time.Second

// Service is an Ed25519 key whose private half stays in a key service.
//
// Trust: whoever can ask the service can sign. Every signature is checked here
// against the public key that the service gave when it was opened.
type Service struct {
	uri    string
	held   kms.SignerVerifier
	public ed25519.PublicKey
	id     ledger.KeyID
}

var _ Signer = (*Service)(nil)

// OpenService returns the key under a URI: hashivault://NAME and openbao://NAME
// are built in, of any other scheme a program sigstore-kms-SCHEME is asked, as
// sigstore's own tools do. Address and credentials are the provider's own
// (VAULT_ADDR, VAULT_TOKEN and the like).
//
// Errors: ErrKeyService when it cannot be reached, or holds no Ed25519 key of
// that name.
func OpenService(ctx context.Context, uri string) (*Service, error) {
	if scheme, name, ok := strings.Cut(uri, "://"); !ok || scheme == "" || name == "" {
		return nil, fmt.Errorf("%w: %q is not a key's address such as hashivault://NAME", ErrKeyService, uri)
	}
	held, err := kms.Get(ctx, uri, crypto.Hash(0)) // Ed25519 signs the message itself
	if err != nil {
		return nil, fmt.Errorf("open the key %s: %w: %w", uri, ErrKeyService, err)
	}
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	key, err := held.PublicKey(options.WithContext(ctx))
	if err != nil {
		return nil, fmt.Errorf("public key of %s: %w: %w", uri, ErrKeyService, err)
	}
	public, ok := key.(ed25519.PublicKey)
	if !ok {
		return nil, fmt.Errorf("%w: %s is a %T; custos signs with Ed25519 only", ErrKeyService, uri, key)
	}
	known, err := ledger.NewPublicKey(public)
	if err != nil {
		return nil, fmt.Errorf("public key of %s: %w: %w", uri, ErrKeyService, err)
	}
	return &Service{uri: uri, held: held, public: bytes.Clone(public), id: known.KeyID()}, nil
}

// KeyID is the SHA-256 of the public key's SubjectPublicKeyInfo.
func (s *Service) KeyID() ledger.KeyID { return s.id }

// Public is the public key as it was when the key was opened.
func (s *Service) Public() ed25519.PublicKey { return bytes.Clone(s.public) }

// Sign has the service sign the message.
// Errors: ErrKeyService, also when the answer is not a signature by the key that
// was opened, as after a rotation inside the service.
func (s *Service) Sign(ctx context.Context, message []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	sig, err := s.held.SignMessage(bytes.NewReader(message), options.WithContext(ctx))
	if err != nil {
		return nil, fmt.Errorf("sign with %s: %w: %w", s.uri, ErrKeyService, err)
	}
	if !ed25519.Verify(s.public, message, sig) {
		return nil, fmt.Errorf("sign with %s: %w: its answer is no signature by the key %s: was the key replaced there?", s.uri, ErrKeyService, s.id)
	}
	return sig, nil
}

// Close does nothing: there is no private key here.
func (s *Service) Close() error { return nil }
