package vault

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
)

// Seal returns plaintext encrypted under the key of the case; the empty id is
// the organisation. Open gives it back only for the same case and the same aad.
// Errors: ErrNotFound, ErrDestroyed.
func (v *Vault) Seal(ctx context.Context, id string, aad, plaintext []byte) ([]byte, error) {
	var out []byte
	err := v.use(ctx, id, func(k *keys) (err error) {
		out, err = k.seal.seal(aad, plaintext)
		return err
	})
	return out, err
}

// Open returns what Seal was given.
// Errors: ErrIntegrity when it was changed or sealed for another case or aad;
// ErrNotFound, ErrDestroyed.
func (v *Vault) Open(ctx context.Context, id string, aad, sealed []byte) ([]byte, error) {
	var out []byte
	err := v.use(ctx, id, func(k *keys) (err error) {
		out, err = k.seal.open(aad, sealed)
		return err
	})
	return out, err
}

// WrapPayloadKey is Seal under a key of its own for each payload, which
// DestroyPayloads can destroy alone.
// Errors: as Seal.
func (v *Vault) WrapPayloadKey(ctx context.Context, id, address string, aad, key []byte) ([]byte, error) {
	var out []byte
	err := v.use(ctx, id, func(k *keys) error {
		g := uint32(0)
		if k.payload == nil {
			g = k.tree.generation(address)
		}
		a, err := k.payloadKey(address, g)
		if err != nil {
			return err
		}
		sealed, err := a.seal(aad, key)
		out = append(binary.BigEndian.AppendUint32(nil, g), sealed...)
		return err
	})
	return out, err
}

// UnwrapPayloadKey returns what WrapPayloadKey was given. Errors: as Open.
func (v *Vault) UnwrapPayloadKey(ctx context.Context, id, address string, aad, wrapped []byte) ([]byte, error) {
	var out []byte
	err := v.use(ctx, id, func(k *keys) error {
		if len(wrapped) < 4 {
			return fmt.Errorf("too short: %w", ErrIntegrity)
		}
		a, err := k.payloadKey(address, binary.BigEndian.Uint32(wrapped))
		if err == nil {
			out, err = a.open(aad, wrapped[4:])
		}
		return err
	})
	return out, err
}

// payloadKey returns the cipher of one payload. Those of the organisation are
// never destroyed, and have one key.
func (k *keys) payloadKey(address string, generation uint32) (*aead, error) {
	if k.payload != nil && generation == 0 {
		return k.payload, nil
	}
	if k.payload != nil {
		return nil, fmt.Errorf("no such key: %w", ErrIntegrity)
	}
	secret, err := k.tree.key(leafOf(address, generation))
	if err != nil {
		return nil, err
	}
	return newAEAD(secret), nil
}

// Address returns the name under which content of that SHA-256 is kept in the
// case: equal content has equal names in one case and unrelated names in two.
// Shape: 64 lower-case hex digits.
func (v *Vault) Address(ctx context.Context, id string, content [32]byte) (string, error) {
	var out string
	err := v.use(ctx, id, func(k *keys) error {
		out = keyedHash(k.address[:], content[:])
		return nil
	})
	return out, err
}

// Blind returns a keyed digest by which a row can be found without its name.
// It is empty when the case has no key, or none any more: no row can have been kept
// under that, because Seal fails as well.
// Shape: 64 lower-case hex digits, or empty.
// Errors: a key that cannot be read now, which says nothing about any row.
func (v *Vault) Blind(id, collection, key string) (string, error) {
	var out string
	err := v.use(context.Background(), id, func(k *keys) error {
		length := binary.BigEndian.AppendUint64(nil, uint64(len(collection)))
		out = keyedHash(k.blind[:], length, []byte(collection), []byte(key))
		return nil
	})
	if errors.Is(err, ErrNotFound) || errors.Is(err, ErrDestroyed) || errors.Is(err, ErrInvalid) {
		return "", nil
	}
	return out, err
}

// Derive returns 32 secret bytes that are the same for a case, a label and a
// context, unrelated to those of any other, and gone with the key of the case.
// Shape: label has no line feed.
// Errors: ErrInvalid, ErrNotFound, ErrDestroyed.
func (v *Vault) Derive(ctx context.Context, id, label string, context []byte) ([32]byte, error) {
	var out [32]byte
	for _, r := range label {
		if r == '\n' {
			return out, errors.Join(errors.New("a label has no line feed"), ErrInvalid)
		}
	}
	err := v.use(ctx, id, func(k *keys) error {
		out = derive(&k.raw, "derive\n"+label, context)
		return nil
	})
	return out, err
}

func keyedHash(key []byte, parts ...[]byte) string {
	mac := hmac.New(sha256.New, key)
	for _, part := range parts {
		mac.Write(part)
	}
	return hex.EncodeToString(mac.Sum(nil))
}
