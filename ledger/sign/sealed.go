package sign

import (
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/sigstore/sigstore/pkg/cryptoutils"
)

// ErrPassphrase says that a key file is protected by a passphrase and that none,
// or another one, was given.
var ErrPassphrase = errors.New("the passphrase of the key file is missing or wrong")

// sealedBlock is the PEM type of a key that is protected by a passphrase.
const sealedBlock = "ENCRYPTED SIGSTORE PRIVATE KEY"

// shortest is the least number of bytes of a passphrase.
const shortest = 12

// Passphrase is asked for the passphrase of a key file.
// Shape: confirm is set when a new key is to be protected by it, so that a person
// types it twice.
type Passphrase func(confirm bool) ([]byte, error)

// Seal returns the key as a file that Unseal reads.
// Shape: one PEM block; scrypt and NaCl secretbox, as sigstore's tools write and
// read it.
// Errors: ErrClosed; ErrPassphrase when the passphrase is shorter than 12 bytes.
func (k *Key) Seal(passphrase []byte) ([]byte, error) {
	if k.signer == nil {
		return nil, ErrClosed
	}
	if len(passphrase) < shortest {
		return nil, fmt.Errorf("%w: it needs %d characters or more", ErrPassphrase, shortest)
	}
	sealed, err := cryptoutils.MarshalPrivateKeyToEncryptedDER(k.private, cryptoutils.StaticPasswordFunc(passphrase))
	if err != nil {
		return nil, fmt.Errorf("protect a key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: sealedBlock, Bytes: sealed}), nil
}

// Sealed tells whether a key file is protected by a passphrase.
func Sealed(file []byte) bool {
	block, rest := pem.Decode(file)
	return block != nil && block.Type == sealedBlock && len(block.Headers) == 0 && len(rest) == 0
}

// Unseal returns the key in a file that Seal wrote.
// Errors: ErrKeyFile; ErrPassphrase when it is not this passphrase.
func Unseal(file, passphrase []byte) (*Key, error) {
	if !Sealed(file) {
		return nil, fmt.Errorf("%w: it is not protected by a passphrase", ErrKeyFile)
	}
	if len(passphrase) == 0 {
		return nil, fmt.Errorf("%w: none was given", ErrPassphrase)
	}
	private, err := cryptoutils.UnmarshalPEMToPrivateKey(file, cryptoutils.StaticPasswordFunc(passphrase))
	if err != nil {
		return nil, fmt.Errorf("%w, or the file is damaged: %w", ErrPassphrase, err)
	}
	return edKey(private)
}
