// Package signon owns the question whether a token of an identity provider is good,
// and whose it is: issuer and subject. It takes ID tokens and access tokens of OpenID
// Connect that are JSON web tokens, from one issuer and for one audience.
//
// It knows nothing of people and roles: to whom a subject belongs is said by the
// record, and what they may do is decided there. No claim but those that it checks is
// read. It asks no host but those that the operator named, follows no redirect, uses
// no proxy of the environment, and never asks again at the will of a caller.
package signon

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

// ErrRefused says that a token is not good; its text says why, to its bearer.
var ErrRefused = errors.New("the token was refused")

// ErrUnreachable says that the provider's keys cannot be had: whether a token is good
// cannot be said now.
var ErrUnreachable = errors.New("the identity provider could not be reached")

// ErrSettings says that what was said of a provider cannot be.
var ErrSettings = errors.New("not an identity provider that can be used")

// Limits of what a token may be.
const (
	longest = 16 << 10 // bytes
	oldest  = 12 * time.Hour
	leeway  = time.Minute // between two machines' clocks
)

// Config names a provider.
// Shape: Issuer exactly as its tokens say it, an https address, or http on this
// machine. Keys is the address of its keys; empty = where the issuer says, which has to
// be on the issuer's own host.
type Config struct {
	Issuer, Audience, Keys string
	Now                    func() time.Time
}

// Provider checks tokens of one issuer. It is safe for concurrent use.
type Provider struct {
	config Config
	keys   *keys
}

// Identity is who a token speaks of, and when it was issued.
type Identity struct {
	Issuer, Subject string
	Issued          time.Time
}

// New returns a provider; nobody is asked yet.
// Errors: ErrSettings.
func New(c Config) (*Provider, error) {
	issuer, err := address(c.Issuer)
	if err != nil {
		return nil, fmt.Errorf("the issuer: %w", err)
	}
	if issuer.RawQuery != "" {
		return nil, fmt.Errorf("the issuer %q: an issuer has no query: %w", c.Issuer, ErrSettings)
	}
	if c.Keys != "" {
		if _, err := address(c.Keys); err != nil {
			return nil, fmt.Errorf("the keys of the issuer: %w", err)
		}
	}
	if strings.TrimSpace(c.Audience) == "" {
		return nil, fmt.Errorf("say for which audience tokens of %s have to be issued: without one, a token for any other service would be taken: %w", c.Issuer, ErrSettings)
	}
	return &Provider{c, newKeys(c)}, nil
}

// Ready asks for the keys of the provider, so that a fault shows before anybody signs on.
// Errors: ErrUnreachable.
func (p *Provider) Ready(ctx context.Context) error {
	set, err := p.keys.current(ctx)
	if err == nil && len(set) == 0 {
		err = fmt.Errorf("%w: it has no key for %s", ErrUnreachable, strings.Join(names(), ", "))
	}
	return err
}

// compact is the one form of a token that is taken.
var compact = regexp.MustCompile(`^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$`)

// Looks tells whether a token has the form of a provider's.
func Looks(token string) bool { return strings.Count(token, ".") == 2 }

// Verify returns who a token speaks of, when it is signed by a key of the issuer, for
// this audience alone, begun, not ended and not too old.
//
// Trust: nothing of the token is used before its signature is checked but the name of
// the key; that names one of the issuer's keys and no other, whatever else the token
// brings along.
// Source: OpenID Connect Core 1.0 section 3.1.3.7; RFC 8725; RFC 9068.
// Errors: ErrRefused; ErrUnreachable.
func (p *Provider) Verify(ctx context.Context, token string) (Identity, error) {
	if len(token) > longest || !compact.MatchString(token) {
		return Identity{}, refused("it is no signed JSON web token of at most %d bytes", longest)
	}
	if err := checkForm(token); err != nil {
		return Identity{}, err
	}
	signature := &checked{keys: p.keys}
	verified, err := oidc.NewVerifier(p.config.Issuer, signature, &oidc.Config{
		ClientID: p.config.Audience, SupportedSigningAlgs: names(), Now: p.config.Now,
	}).Verify(ctx, token)
	var ended *oidc.TokenExpiredError
	switch {
	case signature.err != nil:
		return Identity{}, signature.err
	case errors.As(err, &ended):
		return Identity{}, refused("it ended at %s: sign on anew", ended.Expiry.UTC().Format(time.RFC3339))
	case err != nil && !signature.asked:
		return Identity{}, refused("it is not signed in a way that is taken (%s)", strings.Join(names(), ", "))
	case err != nil:
		return Identity{}, refused("it is not of the issuer %s, not for the audience %s, or not yet good", p.config.Issuer, p.config.Audience)
	}
	if err := p.check(verified); err != nil {
		return Identity{}, err
	}
	return Identity{p.config.Issuer, verified.Subject, verified.IssuedAt}, nil
}

// check makes the checks that are stricter than the library's.
func (p *Provider) check(t *oidc.IDToken) error {
	var exact map[string]json.RawMessage
	if err := t.Claims(&exact); err != nil {
		return refused("its claims cannot be read")
	}
	var begins struct {
		NotBefore *float64 `json:"nbf"`
	}
	if err := t.Claims(&begins); err != nil {
		return refused("its claims cannot be read")
	}
	now := p.config.Now()
	switch {
	case otherSpelling(exact):
		return refused("a claim in it is spelled like one of those that count")
	case t.Issuer != p.config.Issuer || !slices.Equal(t.Audience, []string{p.config.Audience}):
		return refused("it is not of the issuer %s for the audience %s alone: whoever else it is for could use it here", p.config.Issuer, p.config.Audience)
	case t.Subject == "":
		return refused("it names no subject")
	case t.IssuedAt.IsZero() || t.IssuedAt.Unix() <= 0:
		return refused("it does not say when it was issued")
	case now.Before(t.IssuedAt.Add(-leeway)) || begins.NotBefore != nil && float64(now.Add(leeway).Unix()) < *begins.NotBefore:
		return refused("by this server's clock it is not good yet")
	case !now.Before(t.Expiry):
		return refused("it ended at %s: sign on anew", t.Expiry.UTC().Format(time.RFC3339))
	case !now.Before(t.IssuedAt.Add(oldest)):
		return refused("it is older than %v: sign on anew", oldest)
	case exact["cnf"] != nil:
		return refused("it is bound to a key of its bearer, which cannot be checked here")
	case exact["events"] != nil:
		return refused("it is a notice of the issuer, not a token to sign on with")
	}
	return nil
}

// otherSpelling tells whether a claim differs from one that counts only in the case of
// its letters: readers disagree on which of the two they take.
func otherSpelling(claims map[string]json.RawMessage) bool {
	for name := range claims {
		for _, counts := range []string{"iss", "sub", "aud", "exp", "nbf", "iat", "cnf", "events", "_claim_names", "_claim_sources"} {
			if name != counts && strings.EqualFold(name, counts) {
				return true
			}
		}
	}
	return false
}

// checkForm refuses a token that is not written in the one way, and one that says of
// itself that it is none to sign on with.
func checkForm(token string) error {
	var first []byte
	for part := range strings.SplitSeq(token, ".") {
		text, err := base64.RawURLEncoding.Strict().DecodeString(part)
		if err != nil {
			return refused("it is not written as a JSON web token is")
		}
		if first == nil {
			first = text
		}
	}
	var header struct {
		Type     string          `json:"typ"`
		Critical json.RawMessage `json:"crit"`
	}
	if err := json.Unmarshal(first, &header); err != nil {
		return refused("its header cannot be read")
	}
	kind := strings.TrimPrefix(strings.ToLower(header.Type), "application/")
	if !slices.Contains([]string{"", "jwt", "at+jwt"}, kind) {
		return refused("it is of the type %.40q, not an ID token or an access token", header.Type)
	}
	if header.Critical != nil {
		return refused("it asks for something that is not understood here")
	}
	return nil
}

func refused(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrRefused, fmt.Sprintf(format, args...))
}
