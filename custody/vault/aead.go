package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
)

const (
	sealVersion = 1
	nonceSize   = 24
	tagSize     = 16
	overhead    = 1 + nonceSize + tagSize
)

// aead is AES-256-GCM with a random nonce of 192 bits: the first half makes the
// key of the message, the second is the nonce under it. A plain 96-bit nonce
// would have to be counted; this one may be drawn for ever, also by a restored
// or cloned machine.
//
// Source: C2SP XAES-256-GCM.
type aead struct {
	block cipher.Block
	k1    [16]byte
}

func newAEAD(key [32]byte) *aead {
	defer clear(key[:])
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic(err) // the key has 32 bytes by its type
	}
	a := &aead{block: block}
	block.Encrypt(a.k1[:], a.k1[:])
	var carry byte
	for i := len(a.k1) - 1; i >= 0; i-- {
		next := a.k1[i] >> 7
		a.k1[i] = a.k1[i]<<1 | carry
		carry = next
	}
	a.k1[15] ^= carry * 0x87
	return a
}

// message returns the cipher of one message.
func (a *aead) message(nonce []byte) cipher.AEAD {
	var key [32]byte
	defer clear(key[:])
	for i := range 2 {
		half := key[16*i : 16*i+16]
		copy(half, []byte{0, byte(i + 1), 'X', 0})
		copy(half[4:], nonce[:12])
		subtle.XORBytes(half, half, a.k1[:])
		a.block.Encrypt(half, half)
	}
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return gcm
}

// seal returns version, nonce, ciphertext and tag.
func (a *aead) seal(aad, plaintext []byte) ([]byte, error) {
	out := make([]byte, 1+nonceSize, overhead+len(plaintext))
	out[0] = sealVersion
	if _, err := rand.Read(out[1:]); err != nil {
		return nil, fmt.Errorf("draw a nonce: %w", err)
	}
	nonce := out[1 : 1+nonceSize]
	return a.message(nonce).Seal(out, nonce[12:], plaintext, aad), nil
}

func (a *aead) open(aad, sealed []byte) ([]byte, error) {
	if len(sealed) < overhead || sealed[0] != sealVersion {
		return nil, fmt.Errorf("too short or of an unknown version: %w", ErrIntegrity)
	}
	nonce := sealed[1 : 1+nonceSize]
	plaintext, err := a.message(nonce).Open(nil, nonce[12:], sealed[1+nonceSize:], aad)
	if err != nil {
		return nil, fmt.Errorf("changed, or sealed for another place: %w", ErrIntegrity)
	}
	return plaintext, nil
}
