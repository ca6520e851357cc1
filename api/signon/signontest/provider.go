// Package signontest owns an identity provider for tests: it serves discovery and keys
// over HTTP, on this machine, and signs tokens, right ones and wrong ones. It shares no
// code with what checks them.
package signontest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// Audience is the audience of right tokens.
const Audience = "custos.example"

// Provider is an identity provider.
type Provider struct {
	Issuer string

	mu    sync.Mutex
	keys  map[string]any // private keys, by name
	given map[string]map[string]any
	asked int
	down  bool
	self  map[string]any
}

// New returns a provider with an RSA key "r", an ECDSA key "e" and an Ed25519 key "d".
func New(tb testing.TB) *Provider {
	tb.Helper()
	p := &Provider{keys: map[string]any{}, given: map[string]map[string]any{}}
	server := httptest.NewServer(p)
	tb.Cleanup(server.Close)
	p.Issuer = server.URL
	p.self = map[string]any{"issuer": p.Issuer, "jwks_uri": p.Issuer + "/keys"}
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		tb.Fatal(err)
	}
	e, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	_, d, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	p.Give("r", r, nil)
	p.Give("e", e, nil)
	p.Give("d", d, nil)
	return p
}

// ServeHTTP answers like a provider.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var answer any
	switch {
	case p.down:
		http.Error(w, "down", http.StatusBadGateway)
		return
	case r.URL.Path == "/.well-known/openid-configuration":
		answer = p.self
	case r.URL.Path == "/keys":
		p.asked++
		list := []any{}
		for _, key := range p.given {
			list = append(list, key)
		}
		answer = map[string]any{"keys": list}
	case r.URL.Path == "/moved":
		http.Redirect(w, r, p.Issuer+"/keys", http.StatusFound)
		return
	default:
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer)
}

// Asked is how often its keys were asked for.
func (p *Provider) Asked() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked
}

// Down makes it answer nothing that can be used, or well again.
func (p *Provider) Down(down bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = down
}

// Say makes it say something else of itself.
func (p *Provider) Say(name string, value any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.self[name] = value
}

// Hold makes it hold a key without showing its public half.
func (p *Provider) Hold(name string, private any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keys[name] = private
}

// Private returns a key that it holds.
func (p *Provider) Private(name string) any {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.keys[name]
}

// Give makes it hold a key and show its public half, with more members.
func (p *Provider) Give(name string, private any, more map[string]any) {
	p.Hold(name, private)
	key := map[string]any{"kid": name, "use": "sig"}
	switch k := private.(type) {
	case *rsa.PrivateKey:
		key["kty"], key["n"], key["e"] = "RSA", b64(k.N.Bytes()), b64(big.NewInt(int64(k.E)).Bytes())
	case *ecdsa.PrivateKey:
		point, err := k.PublicKey.Bytes()
		if err != nil {
			panic(err)
		}
		size := (len(point) - 1) / 2
		key["kty"], key["crv"], key["x"], key["y"] = "EC", k.Params().Name, b64(point[1:1+size]), b64(point[1+size:])
	case ed25519.PrivateKey:
		key["kty"], key["crv"], key["x"] = "OKP", "Ed25519", b64(k[ed25519.SeedSize:])
	case []byte:
		key["kty"], key["k"] = "oct", b64(k)
	}
	for member, value := range more {
		key[member] = value
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.given[name] = key
}

// Withdraw takes a key away from those that it shows.
func (p *Provider) Withdraw(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.given, name)
}

// Claims are right claims for a subject, issued at an instant, for an hour.
func (p *Provider) Claims(subject string, at time.Time) map[string]any {
	return map[string]any{
		"iss": p.Issuer, "sub": subject, "aud": Audience, "iat": at.Unix(), "nbf": at.Unix(), "exp": at.Add(time.Hour).Unix(), "roles": []string{"administrator"},
	}
}

// Token signs claims with a key, under an algorithm; more are further members of the header.
func (p *Provider) Token(alg, key string, claims, more map[string]any) string {
	header := map[string]any{"alg": alg, "kid": key, "typ": "JWT"}
	for name, value := range more {
		if header[name] = value; value == nil {
			delete(header, name)
		}
	}
	h, _ := json.Marshal(header)
	c, _ := json.Marshal(claims)
	return p.Raw(alg, key, h, c)
}

// Raw signs a header and claims as they are.
func (p *Provider) Raw(alg, key string, header, claims []byte) string {
	p.mu.Lock()
	private := p.keys[key]
	p.mu.Unlock()
	text := b64(header) + "." + b64(claims)
	return text + "." + b64(sign(alg, private, []byte(text)))
}

// sign signs with whatever the key is; HS256 by an RSA key is under its public half.
func sign(alg string, private any, text []byte) []byte {
	if alg == "none" {
		return nil
	}
	sum := sha256.Sum256(text)
	var signature []byte
	var err error
	switch k := private.(type) {
	case *rsa.PrivateKey:
		if alg == "HS256" {
			der, _ := x509.MarshalPKIXPublicKey(&k.PublicKey)
			return mac(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), text)
		}
		if alg == "PS256" {
			signature, err = rsa.SignPSS(rand.Reader, k, crypto.SHA256, sum[:], nil)
			break
		}
		signature, err = rsa.SignPKCS1v15(rand.Reader, k, crypto.SHA256, sum[:])
	case *ecdsa.PrivateKey:
		r, s, e := ecdsa.Sign(rand.Reader, k, sum[:])
		size := (k.Params().BitSize + 7) / 8
		signature, err = append(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))...), e
	case ed25519.PrivateKey:
		signature = ed25519.Sign(k, text)
	case []byte:
		signature = mac(k, text)
	}
	if err != nil {
		panic(err)
	}
	return signature
}

func mac(key, text []byte) []byte {
	m := hmac.New(sha256.New, key)
	m.Write(text)
	return m.Sum(nil)
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
