package ledger

import (
	"crypto/sha256"
	"encoding/binary"
	"io"

	"github.com/transparency-dev/merkle/rfc6962"
)

// ChainKind tells what a chain is for; its value is hashed into the chain's name.
type ChainKind uint8

// The four kinds of chain.
const (
	Organisation ChainKind = 0 // openings and erasures of cases; shown by inclusion only
	Work         ChainKind = 1 // what was done in one case
	Reads        ChainKind = 2 // who looked, and every decision
	Keys         ChainKind = 3 // keys, roles and policies; every bundle shows it whole
)

// String returns the word used in messages and file names.
func (k ChainKind) String() string {
	if k > Keys {
		return "unknown"
	}
	return [...]string{"organisation", "work", "reads", "keys"}[k]
}

// LeafPrefix is the first byte of every leaf's data; the commitment follows.
const LeafPrefix = 0x01

// DeriveChain returns the name of a chain.
// Shape: SHA-256("custos/chain/v1\n" || SHA-256(origin) || u8(kind) || nonce).
func DeriveChain(origin string, kind ChainKind, nonce Nonce) ChainID {
	o := sha256.Sum256([]byte(origin))
	return ChainID(hash("custos/chain/v1\n", o[:], []byte{byte(kind)}, nonce[:]))
}

// DeriveInner returns the blinded digest of an envelope's exact bytes.
// Shape: SHA-256("custos/inner/v1\n" || salt || SHA-256(envelope)).
func DeriveInner(salt Salt, envelope []byte) Digest {
	e := sha256.Sum256(envelope)
	return Digest(hash("custos/inner/v1\n", salt[:], e[:]))
}

// Commit returns the commitment of entry n of a chain; prev is that of n-1, or
// zero for n = 1.
// Shape: SHA-256("custos/commitment/v1\n" || chain || u64be(n) || prev || inner).
func Commit(chain ChainID, n uint64, prev Commitment, inner Digest) Commitment {
	return Commitment(hash("custos/commitment/v1\n", chain[:], binary.BigEndian.AppendUint64(nil, n), prev[:], inner[:]))
}

// Leaf returns the 33 bytes that the log holds as one leaf's data.
func (c Commitment) Leaf() []byte { return append([]byte{LeafPrefix}, c[:]...) }

// LeafHash returns the RFC 6962 hash of the leaf, SHA-256(0x00 || Leaf()).
func (c Commitment) LeafHash() Digest { return Digest(rfc6962.DefaultHasher.HashLeaf(c.Leaf())) }

// SaltedDigest returns the "custos-salted-v1" digest of a payload, for content
// that could be guessed from a plain one.
// Shape: SHA-256("custos/payload/v1\n" || salt || SHA-256(content)).
func SaltedDigest(salt Salt, content Digest) Digest {
	return Digest(hash("custos/payload/v1\n", salt[:], content[:]))
}

// NewNonce returns 32 bytes of random as a chain's nonce.
func NewNonce(random io.Reader) (n Nonce, err error) {
	_, err = io.ReadFull(random, n[:])
	return n, err
}

// NewSalt returns 32 bytes of random as a salt.
func NewSalt(random io.Reader) (s Salt, err error) {
	_, err = io.ReadFull(random, s[:])
	return s, err
}

func hash(domain string, parts ...[]byte) (sum [32]byte) {
	h := sha256.New()
	h.Write([]byte(domain))
	for _, p := range parts {
		h.Write(p)
	}
	h.Sum(sum[:0])
	return sum
}
