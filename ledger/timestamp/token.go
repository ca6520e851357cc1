package timestamp

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"math/big"
	"time"
)

// Object identifiers, in dotted decimals.
const (
	oidSignedData    = "1.2.840.113549.1.7.2"
	oidTSTInfo       = "1.2.840.113549.1.9.16.1.4"
	oidContentType   = "1.2.840.113549.1.9.3"
	oidMessageDigest = "1.2.840.113549.1.9.4"
	oidSigningCertV2 = "1.2.840.113549.1.9.16.2.47"
	oidSHA256        = "2.16.840.1.101.3.4.2.1"
	oidSHA384        = "2.16.840.1.101.3.4.2.2"
	oidSHA512        = "2.16.840.1.101.3.4.2.3"
	oidExtKeyUsage   = "2.5.29.37"
)

// maxCertificates is the most certificates of one token.
const maxCertificates = 8

// Info is what a token states.
// Shape: Policy in dotted decimals. Units: Time in UTC; Accuracy either way, 0
// when the authority states none.
// Source: RFC 3161 section 2.4.2, TSTInfo.
type Info struct {
	Policy   string
	Imprint  Imprint
	Serial   *big.Int
	Time     time.Time
	Accuracy time.Duration
	Nonce    *big.Int // nil when there is none
}

// Token is a parsed time-stamp token.
// Trust: nothing is checked until Verify.
type Token struct {
	Info Info

	content      []byte              // the bytes that carry Info
	certificates []*x509.Certificate // as they stand in it
	signer       signer
}

// signer is the one SignerInfo of a token.
type signer struct {
	certificate *x509.Certificate
	digest      string // algorithm
	algorithm   string // of the signature
	attributes  []byte // the signed attributes as they are signed
	signature   []byte
	imprint     []byte // messageDigest
	bound       []byte // hash of the signer's certificate
	boundBy     string // and its algorithm
}

// Parse returns a token, accepting only DER and only what a token needs: one
// signer, its certificate, no revocation lists, no unsigned attributes.
// Errors: ErrForm.
// Source: RFC 5652 section 5; RFC 3161 section 2.4.2; RFC 5816.
func Parse(token []byte) (Token, error) {
	if len(token) > maxToken {
		return Token{}, fmt.Errorf("%w: %d bytes", ErrForm, len(token))
	}
	outer := &der{rest: token}
	info := outer.list(tagSequence)
	if id := info.oid(); info.err == nil && id != oidSignedData {
		info.fail("not signed data")
	}
	wrapped := info.list(tagContext0 | tagConstructed)
	d := wrapped.list(tagSequence)
	if v := d.small(); d.err == nil && v != 3 {
		d.fail("signed data of version %d", v)
	}
	digests := d.list(tagSet)
	listed := digests.algorithm()
	var t Token
	t.takeContent(d)
	set := d.list(tagContext0 | tagConstructed)
	t.takeCertificates(set)
	signers := d.list(tagSet)
	s := signers.list(tagSequence)
	t.takeSigner(s)
	if err := outer.end(info, wrapped, d, digests, set, signers, s); err != nil {
		return Token{}, err
	}
	if listed != t.signer.digest {
		return Token{}, fmt.Errorf("%w: it lists another digest algorithm than the signer's", ErrForm)
	}
	var err error
	t.Info, err = parseInfo(t.content)
	return t, err
}

// takeContent takes the encapsulated content.
func (t *Token) takeContent(d *der) {
	content := d.list(tagSequence)
	if id := content.oid(); content.err == nil && id != oidTSTInfo {
		content.fail("its content is no time stamp")
	}
	wrapped := content.list(tagContext0 | tagConstructed)
	t.content = wrapped.take(tagOctets)
	if err := content.end(wrapped); err != nil && d.err == nil {
		d.err = err
	}
}

// takeCertificates takes the certificates.
func (t *Token) takeCertificates(set *der) {
	for _, raw := range set.elements(maxCertificates) {
		c, err := x509.ParseCertificate(raw)
		if err != nil {
			set.fail("a certificate in it is malformed")
			return
		}
		t.certificates = append(t.certificates, c)
	}
}

// takeSigner takes the SignerInfo and finds its certificate.
func (t *Token) takeSigner(s *der) {
	version := s.small()
	for _, c := range t.certificates {
		if named(version, s.rest, c) {
			t.signer.certificate = c
		}
	}
	if s.err == nil && t.signer.certificate == nil {
		s.fail("the signer's certificate is not in it")
	}
	s.raw()
	t.signer.digest = s.algorithm()
	full := s.rest
	attributes := s.list(tagContext0 | tagConstructed)
	if s.err == nil {
		t.signer.attributes = append([]byte{tagSet}, full[1:len(full)-len(s.rest)]...)
	}
	t.signer.takeAttributes(attributes)
	t.signer.algorithm = s.algorithm()
	t.signer.signature = s.take(tagOctets)
	if attributes.err != nil && s.err == nil {
		s.err = attributes.err
	}
}

// named tells whether the identifier at the beginning of rest is a
// certificate's: issuer and number in version 1, key identifier in version 3.
func named(version int, rest []byte, c *x509.Certificate) bool {
	switch version {
	case 1:
		d := &der{rest: rest}
		l := d.list(tagSequence)
		issuer, _ := l.raw()
		number := l.integer()
		return l.end() == nil && bytes.Equal(issuer, c.RawIssuer) && number.Cmp(c.SerialNumber) == 0
	case 3:
		d := &der{rest: rest}
		return bytes.Equal(d.take(tagContext0), c.SubjectKeyId) && d.err == nil && len(c.SubjectKeyId) > 0
	}
	return false
}

// takeAttributes takes the signed attributes. Attributes that a token need not
// have are passed over: they are signed all the same.
func (s *signer) takeAttributes(list *der) {
	found := map[string]bool{}
	for _, raw := range list.elements(16) {
		outer := &der{rest: raw}
		d := outer.list(tagSequence)
		id := d.oid()
		values := d.list(tagSet)
		if found[id] {
			list.fail("an attribute stands twice")
		}
		found[id] = true
		switch id {
		case oidContentType:
			if values.oid() != oidTSTInfo {
				values.fail("it was signed as something else")
			}
		case oidMessageDigest:
			s.imprint = values.take(tagOctets)
		case oidSigningCertV2:
			s.takeBound(values)
		default:
			values.elements(16)
		}
		if err := outer.end(d, values); err != nil && list.err == nil {
			list.err = err
		}
	}
	for _, id := range []string{oidContentType, oidMessageDigest, oidSigningCertV2} {
		if list.err == nil && !found[id] {
			list.fail("the signed attribute %s is missing", id)
		}
	}
}

// takeBound takes a SigningCertificateV2, the first of whose hashes is of the
// signer's certificate.
// Source: RFC 5035 section 3.
func (s *signer) takeBound(values *der) {
	d := values.list(tagSequence)
	certs := d.list(tagSequence)
	first := certs.list(tagSequence)
	s.boundBy = oidSHA256
	if first.next(tagSequence) {
		s.boundBy = first.algorithm()
	}
	s.bound = first.take(tagOctets)
	if first.next(tagSequence) {
		first.raw() // issuer and number, which the hash covers
	}
	certs.elements(maxCertificates) // further certificates of the chain
	if d.next(tagSequence) {
		d.raw() // policies
	}
	if err := d.end(certs, first); err != nil && values.err == nil {
		values.err = err
	}
}
