package bundle

import (
	"crypto/sha256"
	"fmt"

	"custos.example/ledger"
)

// key is a payload digest as a map key.
type key struct {
	algorithm string
	digest    ledger.Digest
}

// keyOf returns the one digest of a set as a map key.
// Errors: ErrContents when there is not exactly one, of a known algorithm.
func keyOf(set ledger.DigestSet) (key, error) {
	algorithm, digest, err := set.Single()
	if err != nil {
		return key{}, fmt.Errorf("%w: %w", ErrContents, err)
	}
	return key{algorithm, digest}, nil
}

// String returns the digest under its algorithm's name.
func (k key) String() string { return k.algorithm + " " + k.digest.String() }

// digestText returns a digest set as text, for sorting and for messages.
func digestText(set ledger.DigestSet) string {
	k, err := keyOf(set)
	if err != nil {
		return fmt.Sprint(map[string]ledger.Digest(set))
	}
	return k.String()
}

// salted tells whether the digest needs a salt.
func salted(set ledger.DigestSet) bool {
	_, ok := set[ledger.Salted]
	return ok
}

// namedBy returns the digest of content under an algorithm.
func namedBy(algorithm string, salt ledger.Salt, content ledger.Digest) ledger.Digest {
	if algorithm == ledger.Salted {
		return ledger.SaltedDigest(salt, content)
	}
	return content
}

// agrees returns nil when content is what the payload's digest says.
func agrees(p Payload, content ledger.Digest) error {
	k, err := keyOf(p.Digest)
	if err != nil {
		return err
	}
	if k.algorithm == ledger.Rows || namedBy(k.algorithm, p.Salt, content) != k.digest {
		return fmt.Errorf("%w: %s is not the content of %s", ErrContents, p.Name, k)
	}
	return nil
}

// digestOf returns SHA-256 of data.
func digestOf(data []byte) ledger.Digest { return sha256.Sum256(data) }
