package timestamp

import (
	"bytes"
	"cmp"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"slices"
)

// The outcomes that a caller may tell apart, beside ErrForm.
var (
	// ErrImprint says that a token is over something else.
	ErrImprint = errors.New("the time stamp is over something else")
	// ErrSignature says that a token was changed after it was signed, or that its
	// signature is of a kind that is not accepted.
	ErrSignature = errors.New("the signature of the time stamp does not match it")
	// ErrUntrusted says that a token leads to none of the caller's roots.
	ErrUntrusted = errors.New("the time stamp is by an authority that you did not list")
	// ErrSurplus says that a token brings a certificate that no chain to the caller's
	// roots needs. Another caller's roots may need it.
	ErrSurplus = errors.New("the time stamp brings a certificate that its chain to your roots does not need")
	// ErrCertificate says that the signer's certificate is not one for time
	// stamps, or was not valid when the token was made.
	ErrCertificate = errors.New("the certificate does not allow this time stamp")
	// ErrNonce says that an answer is to another request.
	ErrNonce = errors.New("the time stamp answers another request")
)

// Roots are the certificates that a caller trusts, for time stamps only.
// Shape: usually self-signed; any certificate of an authority's chain will do.
type Roots struct {
	list []*x509.Certificate
}

// NewRoots returns the roots in the DER certificates of a trust file.
// Errors: ErrForm, saying which.
func NewRoots(certificates [][]byte) (Roots, error) {
	var r Roots
	for i, raw := range certificates {
		c, err := x509.ParseCertificate(raw)
		if err != nil {
			return Roots{}, fmt.Errorf("%w: root %d is not a certificate: %w", ErrForm, i+1, err)
		}
		r.list = append(r.list, c)
	}
	return r, nil
}

// Len returns how many roots there are.
func (r Roots) Len() int { return len(r.list) }

// ParsePEM returns the DER certificates of a PEM file, as a trust file holds
// them, or the one of a DER file.
// Errors: ErrForm when there is none, or anything else than certificates.
func ParsePEM(data []byte) ([][]byte, error) {
	if c, err := x509.ParseCertificate(data); err == nil {
		return [][]byte{c.Raw}, nil
	}
	var list [][]byte
	for {
		block, rest := pem.Decode(data)
		if block == nil {
			break
		}
		if _, err := x509.ParseCertificate(block.Bytes); block.Type != "CERTIFICATE" || err != nil {
			return nil, fmt.Errorf("%w: a block %q that is not a certificate", ErrForm, printable([]byte(block.Type)))
		}
		list, data = append(list, block.Bytes), rest
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%w: no certificate in it", ErrForm)
	}
	return list, nil
}

// Stamp is a token that was checked.
// Shape: Authority is the name in the signer's certificate, Organisation that in
// the root which it leads to: authorities of one organisation have one.
type Stamp struct {
	Info
	Authority    string
	Organisation string
}

// Verify returns what the token shows, if it is a true token over the imprint by
// an authority under one of the roots.
//
// Trust: the signature, made over these attributes and this content; the
// certificate, the one that the attributes bind; the chain, as it stood at the
// time that the token states; no certificate in it that is not of that chain. Where
// several chains lead to the roots, it is the shortest that needs all of them.
// Errors: ErrImprint, ErrSignature, ErrUntrusted, ErrSurplus, ErrCertificate, ErrForm.
func (t Token) Verify(imprint Imprint, roots Roots) (Stamp, error) {
	if t.Info.Imprint != imprint {
		return Stamp{}, ErrImprint
	}
	if err := t.checkSignature(); err != nil {
		return Stamp{}, err
	}
	if err := forStamps(t.signer.certificate); err != nil {
		return Stamp{}, err
	}
	chains, err := t.chains(roots)
	if err != nil {
		return Stamp{}, err
	}
	fits := slices.IndexFunc(chains, t.brings)
	if fits < 0 {
		return Stamp{}, ErrSurplus
	}
	chain := chains[fits]
	if err := allStrong(chain); err != nil {
		return Stamp{}, err
	}
	if !sorted(t.certificates) {
		return Stamp{}, fmt.Errorf("%w: its certificates are out of order", ErrForm)
	}
	root := chain[len(chain)-1]
	return Stamp{t.Info, printable([]byte(name(t.signer.certificate))), printable([]byte(organisation(root)))}, nil
}

// checkSignature checks what needs no root.
func (t Token) checkSignature() error {
	s := t.signer
	sum, known := hashes[s.digest]
	if !known {
		return fmt.Errorf("%w: digest algorithm %s", ErrSignature, s.digest)
	}
	if !bytes.Equal(sum(t.content), s.imprint) {
		return fmt.Errorf("%w: its content was changed", ErrSignature)
	}
	bound, known := hashes[s.boundBy]
	if !known || !bytes.Equal(bound(s.certificate.Raw), s.bound) {
		return fmt.Errorf("%w: it was made under another certificate", ErrSignature)
	}
	algorithm, known := signatures[s.algorithm+" "+s.digest]
	if !known {
		return fmt.Errorf("%w: signature algorithm %s with digest %s", ErrSignature, s.algorithm, s.digest)
	}
	if err := s.certificate.CheckSignature(algorithm, s.attributes, s.signature); err != nil {
		return fmt.Errorf("%w: %w", ErrSignature, err)
	}
	return nil
}

// hashes are the accepted digest algorithms.
var hashes = map[string]func([]byte) []byte{
	oidSHA256: func(b []byte) []byte { h := sha256.Sum256(b); return h[:] },
	oidSHA384: func(b []byte) []byte { h := sha512.Sum384(b); return h[:] },
	oidSHA512: func(b []byte) []byte { h := sha512.Sum512(b); return h[:] },
}

// signatures are the accepted algorithms by signature and digest algorithm.
var signatures = map[string]x509.SignatureAlgorithm{
	"1.2.840.113549.1.1.1 " + oidSHA256:  x509.SHA256WithRSA,
	"1.2.840.113549.1.1.1 " + oidSHA384:  x509.SHA384WithRSA,
	"1.2.840.113549.1.1.1 " + oidSHA512:  x509.SHA512WithRSA,
	"1.2.840.113549.1.1.11 " + oidSHA256: x509.SHA256WithRSA,
	"1.2.840.113549.1.1.12 " + oidSHA384: x509.SHA384WithRSA,
	"1.2.840.113549.1.1.13 " + oidSHA512: x509.SHA512WithRSA,
	"1.2.840.10045.4.3.2 " + oidSHA256:   x509.ECDSAWithSHA256,
	"1.2.840.10045.4.3.3 " + oidSHA384:   x509.ECDSAWithSHA384,
	"1.2.840.10045.4.3.4 " + oidSHA512:   x509.ECDSAWithSHA512,
	"1.3.101.112 " + oidSHA512:           x509.PureEd25519,
}

// forStamps returns nil if a certificate is for time stamps and nothing else.
// Source: RFC 3161 section 2.3.
func forStamps(c *x509.Certificate) error {
	critical := false
	for _, e := range c.Extensions {
		critical = critical || e.Id.String() == oidExtKeyUsage && e.Critical
	}
	switch {
	case len(c.ExtKeyUsage) != 1 || len(c.UnknownExtKeyUsage) > 0 || c.ExtKeyUsage[0] != x509.ExtKeyUsageTimeStamping || !critical:
		return fmt.Errorf("%w: it is not for time stamps alone, or does not say so in a critical extension", ErrCertificate)
	case c.IsCA:
		return fmt.Errorf("%w: it is that of an issuer of certificates", ErrCertificate)
	case c.KeyUsage&^(x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment) != 0:
		return fmt.Errorf("%w: it is for other uses too", ErrCertificate)
	}
	return strong(c)
}

// strong returns nil if a certificate's key is one of which nobody can find the
// private half.
func strong(c *x509.Certificate) error {
	switch key := c.PublicKey.(type) {
	case *rsa.PublicKey:
		if key.N.BitLen() >= 2048 {
			return nil
		}
	case *ecdsa.PublicKey:
		if key.Curve.Params().BitSize >= 256 {
			return nil
		}
	case ed25519.PublicKey:
		return nil
	}
	return fmt.Errorf("%w: a key that is too short, or of a kind that is not accepted", ErrCertificate)
}

// chains returns the chains from the signer's certificate up to a root, each of whose
// certificates was valid when the token was made. Shape: one or more, the shortest first.
func (t Token) chains(roots Roots) ([][]*x509.Certificate, error) {
	trusted, between := x509.NewCertPool(), x509.NewCertPool()
	for _, c := range roots.list {
		trusted.AddCert(c)
	}
	for _, c := range t.certificates {
		if c != t.signer.certificate {
			between.AddCert(c)
		}
	}
	chains, err := t.signer.certificate.Verify(x509.VerifyOptions{
		Roots: trusted, Intermediates: between, CurrentTime: t.Info.Time, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping},
	})
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.As(err, &unknown):
		return nil, fmt.Errorf("%w: %s", ErrUntrusted, printable([]byte(name(t.signer.certificate))))
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrCertificate, err)
	}
	slices.SortStableFunc(chains, func(a, b []*x509.Certificate) int { return cmp.Compare(len(a), len(b)) })
	return chains, nil
}

// brings tells whether a token brings the certificates of a chain and no others. The
// root is left out, but may be there when another signed it: to whoever trusts only that
// one it is no root. One that signed itself is of use to nobody, unless it is the signer's.
func (t Token) brings(chain []*x509.Certificate) bool {
	last := len(chain) - 1
	own := bytes.Equal(chain[last].RawIssuer, chain[last].RawSubject)
	if last > 0 && (own || !has(t.certificates, chain[last])) {
		chain = chain[:last]
	}
	foreign := func(c *x509.Certificate) bool { return !has(t.certificates, c) }
	return len(t.certificates) == len(chain) && !slices.ContainsFunc(chain, foreign)
}

// allStrong returns nil if each key of a chain is one of which nobody can find the
// private half.
func allStrong(chain []*x509.Certificate) error {
	for _, c := range chain {
		if err := strong(c); err != nil {
			return err
		}
	}
	return nil
}

// has tells whether a list has a certificate.
func has(list []*x509.Certificate, c *x509.Certificate) bool {
	for _, other := range list {
		if other.Equal(c) {
			return true
		}
	}
	return false
}

// organisation returns whose a root is.
func organisation(c *x509.Certificate) string {
	if len(c.Subject.Organization) > 0 {
		return c.Subject.Organization[0]
	}
	return name(c)
}

// name returns what an authority is called in its certificate.
func name(c *x509.Certificate) string {
	if c.Subject.CommonName != "" {
		return c.Subject.CommonName
	}
	return c.Subject.String()
}

// Accept returns the token of an authority's answer to a request, with only the
// certificates that its chain needs, and what it shows.
//
// Errors: those of ParseResponse, Parse and Verify; ErrNonce.
func (r Request) Accept(answer []byte, roots Roots) ([]byte, Stamp, error) {
	token, err := ParseResponse(answer)
	if err != nil {
		return nil, Stamp{}, err
	}
	if token, err = Trim(token, roots); err != nil {
		return nil, Stamp{}, err
	}
	t, err := Parse(token)
	if err != nil {
		return nil, Stamp{}, err
	}
	s, err := t.Verify(r.Imprint, roots)
	if err != nil {
		return nil, Stamp{}, err
	}
	if s.Nonce == nil || s.Nonce.Cmp(orNought(r.Nonce)) != 0 {
		return nil, Stamp{}, ErrNonce
	}
	return token, s, nil
}

func orNought(n *big.Int) *big.Int {
	if n == nil {
		return new(big.Int)
	}
	return n
}
