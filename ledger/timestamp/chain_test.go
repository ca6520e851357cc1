package timestamp_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"testing"

	"custos.example/ledger/timestamp"
	"custos.example/ledger/timestamp/authority"
)

// TestRootsOfOneChain lets checkers who trust different certificates of one authority read
// the token that was kept for those who trust its root: a genuine one is true to all. The
// controls are checkers who trust a stranger, and tokens with a certificate too many.
func TestRootsOfOneChain(t *testing.T) {
	d := honest(t)
	d.between = &x509.Certificate{
		SerialNumber: big.NewInt(3), Subject: pkix.Name{CommonName: "Between"}, NotBefore: noon.AddDate(-1, 0, 0), NotAfter: noon.AddDate(1, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	a := d.make(t)
	stranger := honest(t).make(t)
	with := func(chain ...*x509.Certificate) []byte {
		return issue(t, &authority.Authority{Key: a.Key, Root: a.Root, Chain: chain}, noon)
	}
	leaf, between := a.Chain[0], a.Chain[1]
	kept, short, all := with(leaf, between), with(leaf), with(leaf, between, a.Root)
	foreign, twice := with(leaf, between, stranger.Chain[0]), with(leaf, between, between)
	for name, tc := range map[string]struct {
		token []byte
		roots []*x509.Certificate
		want  error
	}{
		"the root alone":                     {kept, []*x509.Certificate{a.Root}, nil},
		"the issuer between alone":           {kept, []*x509.Certificate{between}, nil},
		"both":                               {kept, []*x509.Certificate{a.Root, between}, nil},
		"both, in the other order":           {kept, []*x509.Certificate{between, a.Root}, nil},
		"a token for the issuer between":     {short, []*x509.Certificate{between}, nil},
		"that token, and both":               {short, []*x509.Certificate{a.Root, between}, nil},
		"that token, and the root alone":     {short, []*x509.Certificate{a.Root}, timestamp.ErrUntrusted},
		"control: a stranger":                {kept, []*x509.Certificate{stranger.Root}, timestamp.ErrUntrusted},
		"control: a foreign one, the root":   {foreign, []*x509.Certificate{a.Root}, timestamp.ErrSurplus},
		"control: a foreign one, the issuer": {foreign, []*x509.Certificate{between}, timestamp.ErrSurplus},
		"control: a foreign one, both":       {foreign, []*x509.Certificate{a.Root, between}, timestamp.ErrSurplus},
		"control: one twice":                 {twice, []*x509.Certificate{a.Root}, timestamp.ErrForm},
		"control: the root too":              {all, []*x509.Certificate{a.Root}, timestamp.ErrSurplus},
		"control: the root too, the issuer":  {all, []*x509.Certificate{between}, timestamp.ErrSurplus},
	} {
		if err := check(tc.token, roots(t, tc.roots...)); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, not %v", name, err, tc.want)
		}
	}
}
