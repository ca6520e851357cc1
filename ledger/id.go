package ledger

import "encoding/hex"

// Digest is a SHA-256 value. Shape: prints and parses as 64 lower-case hex digits.
type Digest [32]byte

// ChainID names one chain of one log (see DeriveChain).
type ChainID [32]byte

// Commitment is what the log holds of one entry (see Commit).
type Commitment [32]byte

// KeyID is SHA-256 of a key's DER SubjectPublicKeyInfo.
type KeyID [32]byte

// Nonce is the 32 random bytes from which a chain's name is derived.
type Nonce [32]byte

// Salt is the 32 fresh random bytes that blind one entry or one payload.
type Salt [32]byte

// EntryID is the 16 random bytes that the actor's side gives to an entry.
type EntryID [16]byte

// Index is the number of a leaf in the log. Units: from 0.
type Index uint64

// String returns lower-case hex.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// String returns lower-case hex.
func (c ChainID) String() string { return hex.EncodeToString(c[:]) }

// String returns lower-case hex.
func (c Commitment) String() string { return hex.EncodeToString(c[:]) }

// String returns lower-case hex.
func (k KeyID) String() string { return hex.EncodeToString(k[:]) }

// String returns lower-case hex.
func (n Nonce) String() string { return hex.EncodeToString(n[:]) }

// String returns lower-case hex.
func (s Salt) String() string { return hex.EncodeToString(s[:]) }

// String returns lower-case hex.
func (e EntryID) String() string { return hex.EncodeToString(e[:]) }

// MarshalText returns lower-case hex, for JSON and flags.
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// MarshalText returns lower-case hex, for JSON and flags.
func (c ChainID) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// MarshalText returns lower-case hex, for JSON and flags.
func (c Commitment) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// MarshalText returns lower-case hex, for JSON and flags.
func (k KeyID) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// MarshalText returns lower-case hex, for JSON and flags.
func (n Nonce) MarshalText() ([]byte, error) { return []byte(n.String()), nil }

// MarshalText returns lower-case hex, for JSON and flags.
func (s Salt) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalText returns lower-case hex, for JSON and flags.
func (e EntryID) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// UnmarshalText accepts exactly what MarshalText writes. Errors: FaultValue.
func (d *Digest) UnmarshalText(b []byte) error { return readHex(d[:], string(b)) }

// UnmarshalText accepts exactly what MarshalText writes. Errors: FaultValue.
func (c *ChainID) UnmarshalText(b []byte) error { return readHex(c[:], string(b)) }

// UnmarshalText accepts exactly what MarshalText writes. Errors: FaultValue.
func (c *Commitment) UnmarshalText(b []byte) error { return readHex(c[:], string(b)) }

// UnmarshalText accepts exactly what MarshalText writes. Errors: FaultValue.
func (k *KeyID) UnmarshalText(b []byte) error { return readHex(k[:], string(b)) }

// UnmarshalText accepts exactly what MarshalText writes. Errors: FaultValue.
func (n *Nonce) UnmarshalText(b []byte) error { return readHex(n[:], string(b)) }

// UnmarshalText accepts exactly what MarshalText writes. Errors: FaultValue.
func (s *Salt) UnmarshalText(b []byte) error { return readHex(s[:], string(b)) }

// UnmarshalText accepts exactly what MarshalText writes. Errors: FaultValue.
func (e *EntryID) UnmarshalText(b []byte) error { return readHex(e[:], string(b)) }

// ParseDigest accepts exactly 64 lower-case hex digits. Errors: FaultValue.
func ParseDigest(s string) (d Digest, err error) { err = readHex(d[:], s); return d, err }

// ParseChainID accepts exactly 64 lower-case hex digits. Errors: FaultValue.
func ParseChainID(s string) (c ChainID, err error) { err = readHex(c[:], s); return c, err }

// ParseCommitment accepts exactly 64 lower-case hex digits. Errors: FaultValue.
func ParseCommitment(s string) (c Commitment, err error) { err = readHex(c[:], s); return c, err }

// ParseKeyID accepts exactly 64 lower-case hex digits. Errors: FaultValue.
func ParseKeyID(s string) (k KeyID, err error) { err = readHex(k[:], s); return k, err }

// ParseNonce accepts exactly 64 lower-case hex digits. Errors: FaultValue.
func ParseNonce(s string) (n Nonce, err error) { err = readHex(n[:], s); return n, err }

// ParseSalt accepts exactly 64 lower-case hex digits. Errors: FaultValue.
func ParseSalt(s string) (v Salt, err error) { err = readHex(v[:], s); return v, err }

// ParseEntryID accepts exactly 32 lower-case hex digits. Errors: FaultValue.
func ParseEntryID(s string) (e EntryID, err error) { err = readHex(e[:], s); return e, err }

// readHex fills dst from exactly 2*len(dst) lower-case hex digits.
func readHex(dst []byte, s string) error {
	if len(s) != 2*len(dst) {
		return fault(FaultValue, "%d characters where %d hex digits belong", len(s), 2*len(dst))
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return fault(FaultValue, "%q is not a lower-case hex digit", c)
		}
	}
	_, err := hex.Decode(dst, []byte(s))
	return err
}
