package timestamp

import (
	"bytes"
	"crypto/x509"
	"slices"
)

// Trim returns a token with only the certificates that its shortest chain to one of
// the roots needs, the root left out, in the order of DER. Nothing that is signed
// changes. An answer brings what its authority thinks useful; a record keeps
// nothing for which no signature vouches.
// Errors: ErrForm; ErrUntrusted and ErrCertificate when there is no chain.
func Trim(token []byte, roots Roots) ([]byte, error) {
	t, err := Parse(token)
	if err != nil {
		return nil, err
	}
	chains, err := t.chains(roots)
	if err != nil {
		return nil, err
	}
	chain := chains[0]
	if err := allStrong(chain); err != nil {
		return nil, err
	}
	var needed [][]byte
	for _, c := range t.certificates {
		if c == t.signer.certificate || has(chain[:len(chain)-1], c) {
			needed = append(needed, c.Raw)
		}
	}
	slices.SortFunc(needed, bytes.Compare)

	outer := &der{rest: token}
	info := outer.list(tagSequence)
	id, _ := info.raw()
	d := info.list(tagContext0 | tagConstructed).list(tagSequence)
	var parts [][]byte
	for len(d.rest) > 0 {
		part, _ := d.raw()
		if part[0] == tagContext0|tagConstructed {
			part = element(part[0], needed...)
		}
		parts = append(parts, part)
	}
	if d.err != nil {
		return nil, d.err
	}
	return element(tagSequence, id, element(tagContext0|tagConstructed, element(tagSequence, parts...))), nil
}

// sorted tells whether certificates stand in the order of DER.
func sorted(list []*x509.Certificate) bool {
	return slices.IsSortedFunc(list, func(a, b *x509.Certificate) int { return bytes.Compare(a.Raw, b.Raw) })
}
