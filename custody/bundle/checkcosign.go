package bundle

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"custos.example/ledger"
	"custos.example/ledger/quorum"
)

// checkCoSigners counts the organisations that co-signed, if the caller said how
// many are enough. Several keys of one organisation count once; a key of the
// log's own people counts for nobody.
func checkCoSigners(c *checker) []problem {
	if c.o.Policy == nil || c.o.Trust == nil {
		return nil
	}
	for _, s := range c.o.Policy.CoSigners {
		if c.ofTheLog(s.Key.Public) {
			return []problem{unknown("W01", "Your policy counts %s as a co-signer, and its key is one of the log's own people: it confirms nothing.", s.Name)}
		}
	}
	signed, err := c.o.Policy.Verify(c.receipt.Checkpoint, c.o.Trust.Log...)
	switch {
	case errors.Is(err, ledger.FaultQuorum), errors.Is(err, ledger.FaultUnknownKey):
		return []problem{c.tooFew(signed)}
	case err != nil:
		return []problem{differs("W01", "A co-signature on the log's summary does not match it: %s.", err)}
	}
	if c.o.Policy.Asked() {
		c.held.coSigned = signed
	}
	return nil
}

// ofTheLog tells whether a key is the log's, or one that signs its entries.
func (c *checker) ofTheLog(key ledger.PublicKey) bool {
	return slices.ContainsFunc(c.o.Trust.Log, func(k ledger.NoteKey) bool { return k.Public == key }) ||
		slices.ContainsFunc(c.o.Trust.Keys, func(k ledger.TrustKey) bool { return k.Public == key })
}

// tooFew is the problem of a quorum that was not reached.
func (c *checker) tooFew(signed []ledger.CoSigned) problem {
	need, all := c.o.Policy.Organisations()
	p := unknown("W01", "Fewer organisations confirmed this log than your policy asks for: found %d, and %d of %d are needed.",
		len(organisations(signed)), need, all)
	p.detail = []string{coSignedWords(signed)}
	return p
}

// organisations returns who co-signed, each once, sorted.
func organisations(signed []ledger.CoSigned) []string {
	var names []string
	for _, s := range signed {
		names = append(names, quorum.Organisation(s.Key))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// coSignedWords says who co-signed, and when.
func coSignedWords(signed []ledger.CoSigned) string {
	if len(signed) == 0 {
		return "no co-signature by anybody whom you named"
	}
	var parts []string
	for _, s := range signed {
		parts = append(parts, fmt.Sprintf("%s (%s)", s.Key.Name, s.At.Format(moment)))
	}
	slices.Sort(parts)
	return "co-signed by " + strings.Join(parts, ", ")
}

// uncounted says which co-signers of the caller's list signed, when no policy says
// how many are enough.
func (c *checker) uncounted() string {
	signed := c.coSignatures()
	if len(signed) == 0 {
		return ""
	}
	return "; of those that you listed, " + coSignedWords(signed)
}

// coSignatures returns the co-signatures that hold, by any co-signer whom the
// caller named.
func (c *checker) coSignatures() []ledger.CoSigned {
	var keys []ledger.NoteKey
	if c.o.Trust != nil {
		keys = append(keys, c.o.Trust.CoSigners...)
	}
	if c.o.Policy != nil {
		for _, s := range c.o.Policy.CoSigners {
			if !slices.Contains(keys, s.Key) {
				keys = append(keys, s.Key)
			}
		}
	}
	signed, err := c.receipt.Checkpoint.CoSignatures(keys...)
	if err != nil {
		return nil
	}
	return signed
}

// checkFresh wants the quorum to be made by co-signatures that are no older than
// the caller allows, so that an old summary cannot be passed off as the newest.
func checkFresh(c *checker) []problem {
	if c.o.MaxAge <= 0 || c.o.Policy == nil || c.o.Trust == nil {
		return nil
	}
	oldest := c.o.Now.Add(-c.o.MaxAge)
	young := c.receipt.Checkpoint
	young.Signatures = slices.Clone(young.Signatures)
	var stale []string
	for _, s := range c.held.coSigned {
		if !s.At.Before(oldest) && !s.At.After(c.o.Now.Add(clockTolerance)) {
			continue
		}
		stale = append(stale, fmt.Sprintf("%s (%s)", s.Key.Name, s.At.Format(moment)))
		young.Signatures = slices.DeleteFunc(young.Signatures, func(n ledger.NoteSignature) bool {
			return n.Name == s.Key.Name && n.Hash == s.Key.Hash()
		})
	}
	if _, err := c.o.Policy.Verify(young, c.o.Trust.Log...); err == nil && c.o.Policy.Asked() {
		return nil
	}
	p := unknown("W02", "STALE: too few co-signatures were made within %s of now (%s). This may not be the newest record.",
		c.o.MaxAge.Round(time.Second), c.o.Now.UTC().Format(moment))
	if len(stale) > 0 {
		p.detail = []string{"older than that, or dated in the future: " + strings.Join(stale, ", ")}
	}
	return []problem{p}
}
