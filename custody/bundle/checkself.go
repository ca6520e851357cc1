package bundle

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"

	"custos.example/ledger"
)

// selfChecks is phase 0: does this program do what it must?
func selfChecks() []check {
	return []check{{0, "self-test", askSame, checkSelf, func(*checker) string { return "this program passed its own test" }}}
}

// ErrSelfTest is returned when the program fails its own test.
var ErrSelfTest = errors.New("this program failed its own test")

// checkSelf runs a few fixed cases whose answers are known, good and bad ones,
// through the functions on which every answer rests.
func checkSelf(c *checker) []problem {
	for _, try := range []func(primitives) error{trySignature, tryCommitment, tryTree} {
		if err := try(c.p); err != nil {
			p := unknown("V00", "This copy of the checker failed its own test. Do not rely on it. Get a fresh copy.")
			p.stop = true
			return []problem{p}
		}
	}
	return nil
}

// Vectors of the self-test. The signature is RFC 8032 section 7.1 test 2.
const (
	selfPublic     = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
	selfSignature  = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
	selfMessage    = "\x72"
	selfCommitment = "f6c4e6695ae00a57e558f3ce69337065ff0bc712081307ca12db770f041e2553"
)

// trySignature accepts a true signature and refuses a false one.
func trySignature(primitives) error {
	raw, err := hex.DecodeString(selfPublic)
	if err != nil {
		return err
	}
	public, err := ledger.NewPublicKey(raw)
	if err != nil {
		return err
	}
	sig, err := hex.DecodeString(selfSignature)
	if err != nil {
		return err
	}
	if err := public.Verify([]byte(selfMessage), sig); err != nil {
		return err
	}
	sig[10] ^= 1
	if public.Verify([]byte(selfMessage), sig) == nil {
		return ErrSelfTest
	}
	return nil
}

// tryCommitment makes a commitment whose value is known.
func tryCommitment(primitives) error {
	chain := ledger.DeriveChain("custos.example/self-test", ledger.Work, ledger.Nonce{1})
	inner := ledger.DeriveInner(ledger.Salt{2}, []byte("envelope"))
	if ledger.Commit(chain, 3, ledger.Commitment{4}, inner).String() != selfCommitment {
		return ErrSelfTest
	}
	return nil
}

// tryTree accepts a true audit path and a true consistency proof in a tree of
// two leaves, and refuses false ones.
func tryTree(p primitives) error {
	a, b := ledger.Commitment{1}.LeafHash(), ledger.Commitment{2}.LeafHash()
	root := ledger.Digest(sha256.Sum256(append(append([]byte{1}, a[:]...), b[:]...)))
	switch {
	case p.inclusion(1, b, []ledger.Digest{a}, 2, root) != nil,
		p.inclusion(0, b, []ledger.Digest{a}, 2, root) == nil,
		p.inclusion(1, b, []ledger.Digest{b}, 2, root) == nil,
		p.consistency(1, 2, []ledger.Digest{b}, a, root) != nil,
		p.consistency(1, 2, []ledger.Digest{a}, a, root) == nil:
		return ErrSelfTest
	}
	return nil
}
