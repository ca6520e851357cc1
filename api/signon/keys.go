package signon

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// How long keys count, from when the provider gave them.
const (
	fresh  = 5 * time.Minute // then they are asked for anew when they are used
	stale  = time.Hour       // then they count no more, though the provider cannot be reached
	pause  = 10 * time.Second
	minRSA = 2048 // bits
)

// algorithms is the fixed list: nothing in a token adds to it.
func algorithms() []jose.SignatureAlgorithm {
	return []jose.SignatureAlgorithm{jose.ES256, jose.RS256, jose.EdDSA}
}

func names() []string {
	var list []string
	for _, a := range algorithms() {
		list = append(list, string(a))
	}
	return list
}

// keys are the public keys of a provider. A key that it takes away counts no more after
// five minutes; a new one is asked for when a token names it, but not more than once in
// ten seconds, whatever tokens come.
type keys struct {
	config Config
	asking sync.Mutex // held while the provider is asked

	mu    sync.Mutex
	set   []jose.JSONWebKey
	at    time.Time // when the set was given
	tried time.Time // when the provider was last asked
	fault error     // what came of it
}

func newKeys(c Config) *keys { return &keys{config: c} }

// checked hands a signature to the keys, and keeps what the library only prints.
type checked struct {
	keys  *keys
	asked bool
	err   error
}

// VerifySignature returns the payload of a token.
func (c *checked) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	var payload []byte
	c.asked = true
	payload, c.err = c.keys.verify(ctx, token)
	return payload, c.err
}

// verify returns the payload of a token that a key of the provider signed.
// Errors: ErrRefused; ErrUnreachable.
func (k *keys) verify(ctx context.Context, token string) ([]byte, error) {
	signed, err := jose.ParseSigned(token, algorithms())
	if err != nil || len(signed.Signatures) != 1 {
		return nil, refused("it is not signed in a way that is taken")
	}
	set, err := k.current(ctx)
	if err != nil {
		return nil, err
	}
	payload, known := opened(signed, set)
	if payload == nil && !known {
		if set, err = k.newer(ctx); err != nil {
			return nil, err
		}
		payload, known = opened(signed, set)
	}
	switch {
	case payload != nil:
		return payload, nil
	case known:
		return nil, refused("its signature is false")
	}
	return nil, refused("the issuer has no such key as it names; if the issuer made a new one just now, try again in a moment")
}

// opened tries the keys that a token may be signed with, and tells whether there is one
// of that name.
func opened(signed *jose.JSONWebSignature, set []jose.JSONWebKey) (payload []byte, known bool) {
	header := signed.Signatures[0].Header
	for i := range set {
		if header.KeyID != "" && set[i].KeyID != header.KeyID {
			continue
		}
		known = known || header.KeyID != ""
		if !fits(set[i], header.Algorithm) {
			continue
		}
		if payload, err := signed.Verify(set[i].Key); err == nil {
			return payload, true
		}
	}
	return nil, known
}

// fits tells whether a key is one for that algorithm.
func fits(key jose.JSONWebKey, algorithm string) bool {
	if key.Algorithm != "" && key.Algorithm != algorithm {
		return false
	}
	switch public := key.Key.(type) {
	case *rsa.PublicKey:
		return algorithm == string(jose.RS256) && public.N.BitLen() >= minRSA
	case *ecdsa.PublicKey:
		return algorithm == string(jose.ES256) && public.Curve == elliptic.P256()
	case ed25519.PublicKey:
		return algorithm == string(jose.EdDSA)
	}
	return false
}

// current returns the keys that count now, and asks for them when they are not fresh.
// While one caller asks, the others go on with those that still count.
// Errors: ErrUnreachable.
func (k *keys) current(ctx context.Context) ([]jose.JSONWebKey, error) {
	set, age := k.held()
	if set != nil && age < fresh {
		return set, nil
	}
	if set != nil && age < stale {
		if !k.asking.TryLock() {
			return set, nil
		}
	} else {
		k.asking.Lock()
	}
	defer k.asking.Unlock()
	fault := k.ask(ctx)
	if set, age = k.held(); set != nil && age < stale {
		return set, nil
	}
	return nil, fault
}

// newer returns the keys after the provider was asked again, if it may be.
// Errors: ErrUnreachable.
func (k *keys) newer(ctx context.Context) ([]jose.JSONWebKey, error) {
	k.asking.Lock()
	defer k.asking.Unlock()
	_ = k.ask(ctx) // those that are held count on
	set, age := k.held()
	if set == nil || age >= stale {
		return nil, ErrUnreachable
	}
	return set, nil
}

// held returns the keys and their age.
func (k *keys) held() ([]jose.JSONWebKey, time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.set, k.config.Now().Sub(k.at).Abs()
}

// ask asks the provider for its keys, unless it was asked a moment ago. The caller
// holds asking.
// Errors: ErrUnreachable.
func (k *keys) ask(ctx context.Context) error {
	now := k.config.Now()
	k.mu.Lock()
	tried, fault := k.tried, k.fault
	k.mu.Unlock()
	if !tried.IsZero() && now.Sub(tried).Abs() < pause {
		return fault
	}
	set, err := k.fetch(context.WithoutCancel(ctx)) // whoever hangs up does not hold up the others
	k.mu.Lock()
	defer k.mu.Unlock()
	k.tried, k.fault = now, nil
	if err != nil {
		k.fault = fmt.Errorf("%w: %w", ErrUnreachable, err)
		return k.fault
	}
	k.set, k.at = set, now
	return nil
}

// fetch gets the keys, and before that where they are, if nobody has said so.
func (k *keys) fetch(ctx context.Context) ([]jose.JSONWebKey, error) {
	c, at := client(), k.config.Keys
	defer c.CloseIdleConnections()
	if at == "" {
		var err error
		if at, err = k.where(ctx, c); err != nil {
			return nil, err
		}
	}
	text, err := get(ctx, c, at)
	if err != nil {
		return nil, err
	}
	return parseKeys(text)
}

// where asks the issuer where its keys are.
// Source: OpenID Connect Discovery 1.0 section 4.
func (k *keys) where(ctx context.Context, c *http.Client) (string, error) {
	text, err := get(ctx, c, strings.TrimSuffix(k.config.Issuer, "/")+"/.well-known/openid-configuration")
	if err != nil {
		return "", err
	}
	var said struct {
		Issuer string `json:"issuer"`
		Keys   string `json:"jwks_uri"`
	}
	if err := json.Unmarshal(text, &said); err != nil {
		return "", fmt.Errorf("what the issuer says of itself cannot be read: %w", err)
	}
	if said.Issuer != k.config.Issuer {
		return "", fmt.Errorf("the issuer %s calls itself %.200q: its tokens will too; give that name: %w", k.config.Issuer, said.Issuer, ErrSettings)
	}
	return said.Keys, sameHost(k.config.Issuer, said.Keys)
}

// parseKeys reads a key set. Keys that cannot be used here are left out.
func parseKeys(text []byte) ([]jose.JSONWebKey, error) {
	var document struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(text, &document); err != nil {
		return nil, fmt.Errorf("the keys of the issuer cannot be read: %w", err)
	}
	set := []jose.JSONWebKey{}
	for _, raw := range document.Keys {
		var key jose.JSONWebKey
		if json.Unmarshal(raw, &key) != nil || !key.Valid() || !key.IsPublic() || key.Use != "" && key.Use != "sig" {
			continue
		}
		for _, name := range names() {
			if fits(key, name) {
				set = append(set, key)
				break
			}
		}
	}
	return set, nil
}
