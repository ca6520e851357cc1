package authority

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"io"
	"math/big"
	"slices"
	"time"

	"custos.example/ledger/timestamp"
)

// Authority signs time stamps.
// Shape: Chain is the signer's certificate and those that lead to Root, which
// is not among them.
type Authority struct {
	Key   crypto.Signer
	Chain []*x509.Certificate
	Root  *x509.Certificate

	random io.Reader
}

// Statement is what a token is to say.
type Statement struct {
	Imprint timestamp.Imprint
	Time    time.Time
	Serial  *big.Int
	Nonce   *big.Int // nil for none
}

var (
	oidSignedData  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidTSTInfo     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
	oidContentType = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidDigest      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSigningCert = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	oidSHA256      = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidSHA512      = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3}
	oidRSA         = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	oidECDSA       = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}
	oidEd25519     = asn1.ObjectIdentifier{1, 3, 101, 112}
	// policyOwn is an identifier of nobody's: the arc for examples (X.660 joint-iso-itu-t 999).
	policyOwn = asn1.ObjectIdentifier{2, 999, 1}
)

type (
	messageImprint struct {
		Algorithm pkix.AlgorithmIdentifier
		Digest    []byte
	}
	accuracy struct {
		Seconds int
	}
	tstInfo struct {
		Version  int
		Policy   asn1.ObjectIdentifier
		Imprint  messageImprint
		Serial   *big.Int
		Time     time.Time `asn1:"generalized"`
		Accuracy accuracy
		Nonce    *big.Int `asn1:"optional"`
	}
	certificateID struct {
		Algorithm pkix.AlgorithmIdentifier `asn1:"optional"`
		Hash      []byte
	}
	signingCertificate struct{ Certs []certificateID }
	attribute          struct {
		Type   asn1.ObjectIdentifier
		Values []asn1.RawValue `asn1:"set"`
	}
	issuerAndSerial struct {
		Issuer asn1.RawValue
		Serial *big.Int
	}
	signerInfo struct {
		Version    int
		Signer     issuerAndSerial
		Digest     pkix.AlgorithmIdentifier
		Attributes asn1.RawValue
		Algorithm  pkix.AlgorithmIdentifier
		Signature  []byte
	}
	encapsulated struct {
		Type    asn1.ObjectIdentifier
		Content []byte `asn1:"explicit,tag:0"`
	}
	signedData struct {
		Version      int
		Digests      []pkix.AlgorithmIdentifier `asn1:"set"`
		Content      encapsulated
		Certificates asn1.RawValue
		Signers      []signerInfo `asn1:"set"`
	}
	contentInfo struct {
		Type    asn1.ObjectIdentifier
		Content signedData `asn1:"explicit,tag:0"`
	}
)

// Issue returns a token that says so.
// Units: the time is cut to whole seconds, with an accuracy of one.
// Source: RFC 3161 section 2.4.2, RFC 5652 section 5, RFC 5816.
func (a *Authority) Issue(s Statement) ([]byte, error) {
	content, err := asn1.Marshal(tstInfo{
		Version: 1, Policy: policyOwn, Serial: s.Serial, Time: s.Time.UTC().Truncate(time.Second), Nonce: s.Nonce, Accuracy: accuracy{1},
		Imprint: messageImprint{pkix.AlgorithmIdentifier{Algorithm: oidSHA256}, s.Imprint[:]},
	})
	if err != nil {
		return nil, fmt.Errorf("write the time stamp: %w", err)
	}
	suite, err := suiteOf(a.Key)
	if err != nil {
		return nil, err
	}
	attributes, err := a.attributes(content, suite)
	if err != nil {
		return nil, err
	}
	signature, err := suite.sign(a.Key, a.random, append([]byte{0x31}, attributes[1:]...))
	if err != nil {
		return nil, fmt.Errorf("sign the time stamp: %w", err)
	}
	signer := a.Chain[0]
	certificates := make([][]byte, len(a.Chain))
	for i, c := range a.Chain {
		certificates[i] = c.Raw
	}
	slices.SortFunc(certificates, bytes.Compare)
	digest := pkix.AlgorithmIdentifier{Algorithm: suite.digest}
	return asn1.Marshal(contentInfo{oidSignedData, signedData{
		Version: 3, Digests: []pkix.AlgorithmIdentifier{digest}, Content: encapsulated{oidTSTInfo, content},
		Certificates: asn1.RawValue{Class: asn1.ClassContextSpecific, IsCompound: true, Bytes: slices.Concat(certificates...)},
		Signers: []signerInfo{{
			Version: 1, Signer: issuerAndSerial{asn1.RawValue{FullBytes: signer.RawIssuer}, signer.SerialNumber}, Digest: digest,
			Attributes: asn1.RawValue{FullBytes: attributes}, Algorithm: suite.algorithm, Signature: signature,
		}},
	}})
}

// attributes returns the signed attributes as they stand in a token.
func (a *Authority) attributes(content []byte, s suite) ([]byte, error) {
	hash := sha256.Sum256(a.Chain[0].Raw)
	list := make([][]byte, 0, 3)
	for _, value := range []struct {
		id    asn1.ObjectIdentifier
		value any
	}{
		{oidContentType, oidTSTInfo},
		{oidDigest, s.sum(content)},
		{oidSigningCert, signingCertificate{[]certificateID{{Hash: hash[:]}}}},
	} {
		body, err := asn1.Marshal(value.value)
		if err != nil {
			return nil, fmt.Errorf("write an attribute: %w", err)
		}
		one, err := asn1.Marshal(attribute{value.id, []asn1.RawValue{{FullBytes: body}}})
		if err != nil {
			return nil, fmt.Errorf("write an attribute: %w", err)
		}
		list = append(list, one)
	}
	slices.SortFunc(list, bytes.Compare)
	return asn1.Marshal(asn1.RawValue{Class: asn1.ClassContextSpecific, IsCompound: true, Bytes: slices.Concat(list...)})
}

// suite is how one kind of key signs.
type suite struct {
	digest    asn1.ObjectIdentifier
	algorithm pkix.AlgorithmIdentifier
	sum       func([]byte) []byte
	sign      func(crypto.Signer, io.Reader, []byte) ([]byte, error)
}

// suiteOf returns how a key signs: SHA-512 under Ed25519, as RFC 8419 has it,
// and SHA-256 under the others.
func suiteOf(key crypto.Signer) (suite, error) {
	sum256 := func(b []byte) []byte { h := sha256.Sum256(b); return h[:] }
	hashed := func(k crypto.Signer, random io.Reader, b []byte) ([]byte, error) {
		return k.Sign(random, sum256(b), crypto.SHA256)
	}
	switch key.Public().(type) {
	case ed25519.PublicKey:
		return suite{
			oidSHA512,
			pkix.AlgorithmIdentifier{Algorithm: oidEd25519},
			func(b []byte) []byte { h := sha512.Sum512(b); return h[:] },
			func(k crypto.Signer, random io.Reader, b []byte) ([]byte, error) {
				return k.Sign(random, b, crypto.Hash(0))
			},
		}, nil
	case *ecdsa.PublicKey:
		return suite{oidSHA256, pkix.AlgorithmIdentifier{Algorithm: oidECDSA}, sum256, hashed}, nil
	case *rsa.PublicKey:
		return suite{oidSHA256, pkix.AlgorithmIdentifier{Algorithm: oidRSA, Parameters: asn1.NullRawValue}, sum256, hashed}, nil
	}
	return suite{}, fmt.Errorf("%w: a key of the kind %T", timestamp.ErrForm, key.Public())
}
