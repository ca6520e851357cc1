package timestamp_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"testing"
	"time"

	"custos.example/ledger/timestamp"
	"custos.example/ledger/timestamp/authority"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// data is what is stamped.
var data = []byte("log.example/custos\n3\nDKNEvOX9kJMCDeEQM2mpYFT94/P0n2TTE8RXgbVcWD0=\n")

// key returns a new key of a kind.
func key(t testing.TB, kind string) crypto.Signer {
	t.Helper()
	var k crypto.Signer
	var err error
	switch kind {
	case "rsa":
		k, err = rsa.GenerateKey(rand.Reader, 2048)
	case "ecdsa":
		k, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	default:
		_, k, err = ed25519.GenerateKey(rand.Reader)
	}
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// issued returns a token over data and the roots under which it holds.
func issued(t testing.TB, kind string) ([]byte, timestamp.Roots) {
	t.Helper()
	a, err := authority.New("An authority", key(t, kind), key(t, kind), noon.AddDate(-1, 0, 0), noon.AddDate(1, 0, 0), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return issue(t, a, noon), roots(t, a.Root)
}

func issue(t testing.TB, a *authority.Authority, at time.Time) []byte {
	t.Helper()
	token, err := a.Issue(authority.Statement{Imprint: timestamp.ImprintOf(data), Time: at, Serial: big.NewInt(12345), Nonce: big.NewInt(99)})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func roots(t testing.TB, list ...*x509.Certificate) timestamp.Roots {
	t.Helper()
	raw := make([][]byte, len(list))
	for i, c := range list {
		raw[i] = c.Raw
	}
	r, err := timestamp.NewRoots(raw)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// check is what a checker does with a token.
func check(token []byte, r timestamp.Roots) error {
	parsed, err := timestamp.Parse(token)
	if err != nil {
		return err
	}
	_, err = parsed.Verify(timestamp.ImprintOf(data), r)
	return err
}

// TestEveryBitOfAToken flips each bit of a token of each kind, and cuts it at
// each byte: none holds. The control is a checker that trusts the content of a
// token without its signature.
func TestEveryBitOfAToken(t *testing.T) {
	trials, failures, fooled := 0, 0, 0
	for _, kind := range []string{"ed25519", "ecdsa", "rsa"} {
		token, r := issued(t, kind)
		if err := check(token, r); err != nil {
			t.Fatalf("%s: the token itself: %v", kind, err)
		}
		for bit := range len(token) * 8 {
			bad := bytes.Clone(token)
			bad[bit/8] ^= 1 << (bit % 8)
			trials++
			if check(bad, r) == nil {
				failures++
				t.Errorf("%s: bit %d of %d changes nothing", kind, bit, len(token)*8)
			}
			if parsed, err := timestamp.Parse(bad); err == nil && parsed.Info.Imprint == timestamp.ImprintOf(data) {
				fooled++
			}
		}
		for n := range token {
			trials++
			if check(token[:n], r) == nil {
				failures++
				t.Errorf("%s: cut at byte %d it holds", kind, n)
			}
		}
		for _, more := range [][]byte{{0}, token} {
			trials++
			if check(append(bytes.Clone(token), more...), r) == nil {
				failures++
				t.Errorf("%s: with %d bytes after it, it holds", kind, len(more))
			}
		}
	}
	if fooled == 0 {
		t.Error("the control catches nothing: even a checker without signatures refuses every change")
	}
	t.Logf("PROOF harness=time-stamp-bits trials=%d failures=%d control=%q", trials, failures, fmt.Sprintf("a checker that reads no signature accepts %d of them", fooled))
}

// TestEd25519TokensAreTheSameEachTime, so that they can stand in golden files.
func TestEd25519TokensAreTheSameEachTime(t *testing.T) {
	seed := func(b byte) ed25519.PrivateKey { return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{b}, 32)) }
	var tokens [][]byte
	for range 2 {
		a, err := authority.New("Fixed", seed(1), seed(2), noon, noon.AddDate(1, 0, 0), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		tokens = append(tokens, issue(t, a, noon.Add(time.Hour)))
	}
	if !bytes.Equal(tokens[0], tokens[1]) {
		t.Error("two tokens of the same statement differ")
	}
}

// dishonest is an authority whose certificates a test chooses.
type dishonest struct {
	root, leaf *x509.Certificate
	rootKey    crypto.Signer
	leafKey    crypto.Signer
	between    *x509.Certificate // issuer between them, when not nil
}

// stamps is the critical extension of a certificate for time stamps.
func stamps(critical bool, ids ...asn1.ObjectIdentifier) pkix.Extension {
	value, err := asn1.Marshal(ids)
	if err != nil {
		panic(err)
	}
	return pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: critical, Value: value}
}

var (
	forStamps = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 8}
	forServer = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 1}
)

// make signs the certificates and returns the authority.
func (d *dishonest) make(t *testing.T) *authority.Authority {
	t.Helper()
	sign := func(c, parent *x509.Certificate, public crypto.PublicKey, by crypto.Signer) *x509.Certificate {
		raw, err := x509.CreateCertificate(rand.Reader, c, parent, public, by)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := x509.ParseCertificate(raw)
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	a := &authority.Authority{Key: d.leafKey}
	a.Root = sign(d.root, d.root, d.rootKey.Public(), d.rootKey)
	parent, by := a.Root, d.rootKey
	if d.between != nil {
		k := key(t, "ecdsa")
		parent, by = sign(d.between, a.Root, k.Public(), d.rootKey), k
		a.Chain = append(a.Chain, parent)
	}
	a.Chain = slices.Insert(a.Chain, 0, sign(d.leaf, parent, d.leafKey.Public(), by))
	return a
}

// honest returns certificates as they should be.
func honest(t *testing.T) *dishonest {
	return &dishonest{
		root: &x509.Certificate{
			SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Root"}, NotBefore: noon.AddDate(-1, 0, 0), NotAfter: noon.AddDate(1, 0, 0),
			IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		},
		leaf: &x509.Certificate{
			SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "Leaf"}, NotBefore: noon.AddDate(0, -1, 0), NotAfter: noon.AddDate(0, 1, 0),
			KeyUsage: x509.KeyUsageDigitalSignature, ExtraExtensions: []pkix.Extension{stamps(true, forStamps)},
		},
		rootKey: key(t, "ecdsa"), leafKey: key(t, "ecdsa"),
	}
}

// TestCertificatesThatDoNotAllowIt names each way in which a chain can be wrong.
func TestCertificatesThatDoNotAllowIt(t *testing.T) {
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		change func(*dishonest)
		want   error
	}{
		"as it should be": {func(*dishonest) {}, nil},
		"through an issuer between": {func(d *dishonest) {
			d.between = &x509.Certificate{
				SerialNumber: big.NewInt(3), Subject: pkix.Name{CommonName: "Between"}, NotBefore: noon.AddDate(-1, 0, 0), NotAfter: noon.AddDate(1, 0, 0),
				IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
			}
		}, nil},
		"an issuer between that may not issue": {func(d *dishonest) {
			d.between = &x509.Certificate{
				SerialNumber: big.NewInt(3), Subject: pkix.Name{CommonName: "Between"}, NotBefore: noon.AddDate(-1, 0, 0), NotAfter: noon.AddDate(1, 0, 0),
				BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature,
			}
		}, timestamp.ErrUntrusted},
		"not for time stamps":       {func(d *dishonest) { d.leaf.ExtraExtensions = nil }, timestamp.ErrCertificate},
		"for a server":              {func(d *dishonest) { d.leaf.ExtraExtensions = []pkix.Extension{stamps(true, forServer)} }, timestamp.ErrCertificate},
		"for a server too":          {func(d *dishonest) { d.leaf.ExtraExtensions = []pkix.Extension{stamps(true, forStamps, forServer)} }, timestamp.ErrCertificate},
		"not said critically":       {func(d *dishonest) { d.leaf.ExtraExtensions = []pkix.Extension{stamps(false, forStamps)} }, timestamp.ErrCertificate},
		"for encryption too":        {func(d *dishonest) { d.leaf.KeyUsage |= x509.KeyUsageKeyEncipherment }, timestamp.ErrCertificate},
		"an issuer's":               {func(d *dishonest) { d.leaf.IsCA, d.leaf.BasicConstraintsValid = true, true }, timestamp.ErrCertificate},
		"ended before":              {func(d *dishonest) { d.leaf.NotAfter = noon.Add(-time.Hour) }, timestamp.ErrCertificate},
		"begun after":               {func(d *dishonest) { d.leaf.NotBefore = noon.Add(time.Hour) }, timestamp.ErrCertificate},
		"under a root that ended":   {func(d *dishonest) { d.root.NotAfter = noon.Add(-time.Hour) }, timestamp.ErrCertificate},
		"with a key of 1,024 bits":  {func(d *dishonest) { d.leafKey = short }, timestamp.ErrCertificate},
		"under a root of 1,024 too": {func(d *dishonest) { d.rootKey = short }, timestamp.ErrCertificate},
	} {
		t.Run(name, func(t *testing.T) {
			d := honest(t)
			tc.change(d)
			a := d.make(t)
			if err := check(issue(t, a, noon), roots(t, a.Root)); !errors.Is(err, tc.want) {
				t.Errorf("%v, not %v", err, tc.want)
			}
		})
	}
}

// TestTokensOfOthers are true tokens that do not hold here.
func TestTokensOfOthers(t *testing.T) {
	token, r := issued(t, "ecdsa")
	_, strangers := issued(t, "ecdsa")
	if err := check(token, strangers); !errors.Is(err, timestamp.ErrUntrusted) {
		t.Errorf("under a stranger's root of the same name: %v", err)
	}
	if err := check(token, timestamp.Roots{}); !errors.Is(err, timestamp.ErrUntrusted) {
		t.Errorf("without a root: %v", err)
	}
	parsed, err := timestamp.Parse(token)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parsed.Verify(timestamp.ImprintOf([]byte("other")), r); !errors.Is(err, timestamp.ErrImprint) {
		t.Errorf("over something else: %v", err)
	}
	request, err := timestamp.NewRequest(timestamp.ImprintOf(data), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	again, err := timestamp.ParseRequest(request.Bytes())
	if err != nil || again.Imprint != request.Imprint || again.Nonce.Cmp(request.Nonce) != 0 {
		t.Errorf("%+v, %v", again, err)
	}
	answer := func(token []byte) []byte {
		type grant struct {
			Status struct{ Status int }
			Token  asn1.RawValue
		}
		out, err := asn1.Marshal(grant{Token: asn1.RawValue{FullBytes: token}})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	if _, _, err := request.Accept(answer(token), r); !errors.Is(err, timestamp.ErrNonce) {
		t.Errorf("an answer to another request: %v", err)
	}
	request.Nonce = big.NewInt(99)
	if _, stamp, err := request.Accept(answer(token), r); err != nil || !stamp.Time.Equal(noon) {
		t.Errorf("the control: %v, %v", stamp, err)
	}
}

// TestUnneededCertificatesAreRefusedAndTrimmed: nothing may stand in a kept
// token for which nobody vouches.
func TestUnneededCertificatesAreRefusedAndTrimmed(t *testing.T) {
	a, err := authority.New("An authority", key(t, "ecdsa"), key(t, "ecdsa"), noon.AddDate(-1, 0, 0), noon.AddDate(1, 0, 0), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	r := roots(t, a.Root)
	plain := issue(t, a, noon)
	stranger := honest(t).make(t).Chain[0]
	for name, extra := range map[string]*x509.Certificate{"the root": a.Root, "a stranger's": stranger} {
		more := *a
		more.Chain = append(slices.Clone(a.Chain), extra)
		token := issue(t, &more, noon)
		if err := check(token, r); !errors.Is(err, timestamp.ErrSurplus) {
			t.Errorf("%s: %v", name, err)
		}
		trimmed, err := timestamp.Trim(token, r)
		if err != nil {
			t.Fatal(err)
		}
		if err := check(trimmed, r); err != nil || len(trimmed) >= len(token) {
			t.Errorf("%s: trimmed from %d to %d bytes: %v", name, len(token), len(trimmed), err)
		}
	}
	if trimmed, err := timestamp.Trim(plain, r); err != nil || !bytes.Equal(trimmed, plain) {
		t.Errorf("a token that needs no trimming was changed: %v", err)
	}
}

func TestRootsInFiles(t *testing.T) {
	_, r := issued(t, "ecdsa")
	if r.Len() != 1 {
		t.Errorf("%d roots", r.Len())
	}
	a := honest(t).make(t)
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Root.Raw})
	for name, file := range map[string][]byte{"PEM": text, "DER": a.Root.Raw} {
		if list, err := timestamp.ParsePEM(file); err != nil || len(list) != 1 || !bytes.Equal(list[0], a.Root.Raw) {
			t.Errorf("%s: %d, %v", name, len(list), err)
		}
	}
	secret := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("x")})
	for _, file := range [][]byte{nil, []byte("rubbish"), secret, append(slices.Clone(text), secret...)} {
		if _, err := timestamp.ParsePEM(file); !errors.Is(err, timestamp.ErrForm) {
			t.Errorf("%q: %v", file, err)
		}
	}
	if _, err := timestamp.NewRoots([][]byte{[]byte("rubbish")}); !errors.Is(err, timestamp.ErrForm) {
		t.Errorf("%v", err)
	}
}

// FuzzToken wants every token that parses to be one that has one form only: no
// panic, and nothing accepted after trimming it twice that differs.
func FuzzToken(f *testing.F) {
	token, r := issued(f, "ed25519")
	f.Add(token)
	f.Add([]byte{0x30, 0x80})
	f.Fuzz(func(t *testing.T, in []byte) {
		parsed, err := timestamp.Parse(in)
		if err != nil {
			if !errors.Is(err, timestamp.ErrForm) {
				t.Errorf("an error of another kind: %v", err)
			}
			return
		}
		if _, err := parsed.Verify(timestamp.ImprintOf(data), r); err == nil && !bytes.Equal(in, token) {
			t.Errorf("another token holds: %x", in)
		}
	})
}

// FuzzAnswer wants no panic and no unknown error.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte{0x30, 5, 0x30, 3, 2, 1, 2})
	request, err := timestamp.NewRequest(timestamp.ImprintOf(data), rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(request.Bytes())
	f.Fuzz(func(t *testing.T, in []byte) {
		if _, err := timestamp.ParseResponse(in); err != nil && !errors.Is(err, timestamp.ErrForm) && !errors.Is(err, timestamp.ErrRefused) {
			t.Errorf("an error of another kind: %v", err)
		}
		if r, err := timestamp.ParseRequest(in); err == nil && !bytes.Equal(r.Bytes(), in) && len(r.Bytes()) == len(in) {
			t.Errorf("%x is read as another request", in)
		}
	})
}
