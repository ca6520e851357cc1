package bundle

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"custos.example/ledger"
)

// signatureChecks is phase 4: what every entry is, and who signed it.
func signatureChecks() []check {
	return []check{
		{4, "statements", askSame, checkStatements, nil},
		{4, "signatures", askWho, checkSignatures, func(c *checker) string {
			n := 0
			c.shown(func(ledger.ChainKind, ledger.Entry) { n++ })
			return fmt.Sprintf("%d entries are as they were signed", n)
		}},
		{4, "enrolled", askWho, checkEnrolled, nil},
		{4, "roles", askWho, checkRoles, func(*checker) string { return "each is signed by someone who was allowed to make it" }},
		{12, "revoked", askWho, checkRevoked, func(*checker) string { return "no key had been withdrawn when it was used" }},
		{4, "trusted", askWho, checkTrusted, func(c *checker) string {
			return fmt.Sprintf("all %d keys are ones that you listed", len(c.signers()))
		}},
		{4, "keys-chain", askWho, checkKeysChain, nil},
	}
}

// checkStatements wants every shown entry to be an envelope around a statement
// of a known kind, in its exact form.
func checkStatements(c *checker) []problem {
	var problems []problem
	for _, s := range []*shownChain{&c.keys, &c.organisation, &c.work} {
		problems = append(problems, ofCodes(s.faults, "S04", "What %s says is not in the form that its kind has.",
			ledger.FaultJSON, ledger.FaultValue, ledger.FaultEnvelope, ledger.FaultStatement)...)
	}
	return problems
}

// faultsOfKeys returns every fault of signatures and keys, found once.
func (c *checker) faultsOfKeys() []error {
	if c.ring != nil {
		return c.signed
	}
	ring, err := ledger.NewKeyring(c.keys.entries)
	c.ring, c.signed = ring, flatten(err)
	for _, s := range []*shownChain{&c.organisation, &c.work} {
		for _, e := range s.entries {
			if err := ring.Verify(e); err != nil {
				c.signed = append(c.signed, placed(s.Kind, e.N, err))
			}
		}
	}
	return c.signed
}

// placed returns a fault with the place where it was found.
func placed(kind ledger.ChainKind, n uint64, err error) error {
	words := err.Error()
	var f *ledger.Fault
	if errors.As(err, &f) {
		words = f.Words
	}
	return &ledger.Fault{Code: ledger.CodeOf(err), Where: fmt.Sprintf("%s %d", kind, n), Words: words}
}

func checkSignatures(c *checker) []problem {
	return ofCodes(c.faultsOfKeys(), "S02", "The signature on %s does not match its content: the content was altered after signing.",
		ledger.FaultSignature)
}

func checkEnrolled(c *checker) []problem {
	return ofCodes(c.faultsOfKeys(), "S01", "The key that signed %s stands nowhere in the record.",
		ledger.FaultUnknownKey, ledger.FaultFirst)
}

func checkRoles(c *checker) []problem {
	return ofCodes(c.faultsOfKeys(), "S01", "The key on %s is not of a person or machine allowed to make it.", ledger.FaultRole)
}

func checkRevoked(c *checker) []problem {
	return ofCodes(c.faultsOfKeys(), "K01", "The key on %s was not in force when the entry was recorded.", ledger.FaultRevoked)
}

// signer is one key that signed shown entries.
type signer struct {
	id       ledger.KeyID
	entries  int
	recorder bool // was the first signature of an entry
}

// signers returns the keys that signed shown entries, in the order of their ids.
func (c *checker) signers() []signer {
	found := map[ledger.KeyID]*signer{}
	c.shown(func(_ ledger.ChainKind, e ledger.Entry) {
		for i, s := range e.Signed.Signatures {
			if found[s.KeyID] == nil {
				found[s.KeyID] = &signer{id: s.KeyID}
			}
			found[s.KeyID].entries++
			found[s.KeyID].recorder = found[s.KeyID].recorder || i == 0
		}
	})
	list := make([]signer, 0, len(found))
	for _, s := range found {
		list = append(list, *s)
	}
	slices.SortFunc(list, func(a, b signer) int { return strings.Compare(a.id.String(), b.id.String()) })
	return list
}

// checkTrusted wants every key that signed to be one that the caller listed, as
// the key of the same holder.
func checkTrusted(c *checker) []problem {
	if c.o.Trust == nil {
		return []problem{unknown("S05", "This record agrees with itself; no key in it is one you said you trust. Give a list of keys with --trust FILE.")}
	}
	var problems []problem
	for _, s := range c.signers() {
		h, enrolled := c.ring[s.id]
		listed := slices.IndexFunc(c.o.Trust.Keys, func(k ledger.TrustKey) bool { return k.ID == s.id })
		if listed < 0 {
			problems = append(problems, unknown("S05", "%d entries are signed with key %s, recorded as that of %s. You have not told this program whose key that is. Compare it with the list that the force publishes.",
				s.entries, group(s.id.String()), quoted(h.Name)))
			continue
		}
		if holder := c.o.Trust.Keys[listed].Holder; enrolled && holder != h.Holder {
			problems = append(problems, unknown("S05", "%d entries are signed with key %s. Your list says that it is the key of %s, and the record that it is that of %s (%s).",
				s.entries, group(s.id.String()), word(holder), word(h.Holder), quoted(h.Name)))
		}
		if s.recorder && !c.o.Trust.Recorder(s.id) {
			problems = append(problems, unknown("S05", "Key %s signs as a recording service, and your list does not say that it is one.", group(s.id.String())))
		}
	}
	return problems
}

// checkKeysChain wants the keys to stand on the chain that the caller was told
// of. Of another log than the caller's, another chain shows nothing.
func checkKeysChain(c *checker) []problem {
	switch {
	case c.o.Trust == nil || c.o.Trust.KeysChain == c.keys.ID:
		return nil
	case c.receipt.Checkpoint.Verify(c.o.Trust.Log...) != nil:
		return []problem{unknown("L04", "Your list of keys is of another log than this bundle.")}
	}
	return []problem{differs("L04", "The keys of this record stand on another chain than the one in your list. Two versions of the record may exist. Keep both files.")}
}

// group returns a key id as people compare it: its first digits in fours.
func group(hex string) string {
	hex = strings.ToUpper(hex[:min(16, len(hex))])
	var parts []string
	for len(hex) > 4 {
		parts, hex = append(parts, hex[:4]), hex[4:]
	}
	return strings.Join(append(parts, hex), "-")
}
