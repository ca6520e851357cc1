package authority

import (
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"io"
	"math/big"
	"time"
)

// New returns an authority with a root certificate and one for time stamps,
// both made here.
// Shape: the same bytes for the same keys, name, times and randomness, when the
// keys are Ed25519.
func New(name string, root, key crypto.Signer, from, until time.Time, random io.Reader) (*Authority, error) {
	a := &Authority{Key: key, random: random}
	usage, err := asn1.Marshal([]asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 8}})
	if err != nil {
		return nil, fmt.Errorf("write the use of a certificate: %w", err)
	}
	top := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name + " root"}, NotBefore: from, NotAfter: until,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	if a.Root, err = certificate(top, top, root, root.Public(), random); err != nil {
		return nil, err
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, NotBefore: from, NotAfter: until,
		KeyUsage: x509.KeyUsageDigitalSignature,
		// the package writes this extension as one that need not be understood
		ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: true, Value: usage}},
	}
	signer, err := certificate(leaf, a.Root, root, key.Public(), random)
	if err != nil {
		return nil, err
	}
	a.Chain = []*x509.Certificate{signer}
	return a, nil
}

// certificate returns a signed certificate.
func certificate(template, parent *x509.Certificate, by crypto.Signer, public crypto.PublicKey, random io.Reader) (*x509.Certificate, error) {
	raw, err := x509.CreateCertificate(random, template, parent, public, by)
	if err != nil {
		return nil, fmt.Errorf("make the certificate %q: %w", template.Subject.CommonName, err)
	}
	return x509.ParseCertificate(raw)
}
