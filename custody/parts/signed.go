package parts

import (
	"context"
	"crypto/sha256"
	"fmt"

	"custos.example/ledger"
)

// Signed is a document in its DSSE envelope.
// Shape: canonical JSON; one signature, of 64 bytes.
type Signed struct {
	Payload     []byte             `json:"payload"`
	PayloadType string             `json:"payloadType"`
	Signatures  []ledger.Signature `json:"signatures"`
}

// The payload types that are signed here.
const (
	coverType   = "application/vnd.custos.parts-cover+json"
	receiptType = "application/vnd.custos.parts-receipt+json"
)

// signed signs the canonical form of a document.
func signed(ctx context.Context, kind string, document any, signer ledger.Signer) (Signed, error) {
	payload, err := ledger.MarshalCanonical(document)
	if err != nil {
		return Signed{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	signature, err := signer.Sign(ctx, ledger.PAE(kind, payload))
	if err != nil {
		return Signed{}, fmt.Errorf("sign with key %s: %w", signer.KeyID(), err)
	}
	return Signed{payload, kind, []ledger.Signature{{KeyID: signer.KeyID(), Sig: signature}}}, nil
}

// open reads the document and checks that the key that it names itself has
// signed it. Whose key that is, is another question.
// Errors: ErrForm; ErrDiffers for a false signature.
func (s Signed) open(kind string, into any, key func() ledger.PublicKey) error {
	if s.PayloadType != kind || len(s.Signatures) != 1 || len(s.Signatures[0].Sig) != 64 {
		return fmt.Errorf("%w: not one signature of a %s", ErrForm, kind)
	}
	if err := ledger.UnmarshalCanonical(s.Payload, into); err != nil {
		return fmt.Errorf("%w: %w", ErrForm, err)
	}
	public := key()
	if public.KeyID() != s.Signatures[0].KeyID {
		return fmt.Errorf("%w: it names one key and is signed with another", ErrForm)
	}
	if err := public.Verify(ledger.PAE(kind, s.Payload), s.Signatures[0].Sig); err != nil {
		return fmt.Errorf("%w: the signature is not of these words: %w", ErrDiffers, err)
	}
	return nil
}

// digest is the SHA-256 of what was signed.
func (s Signed) digest() ledger.Digest { return sha256.Sum256(s.Payload) }
